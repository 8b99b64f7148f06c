//! Small tests written for this crate, with what herd7 7.57 says of them; `spinning`, whose loop it unrolls, excepted.

/// Text, model, and the result: observation with its executions for and against, number of states, whether there is a data
/// race.
pub type Row = (&'static str, &'static str, (&'static str, usize, bool));

/// Under LKMM, and the last ones under RC11.
pub const TEXTS: &[Row] = &[
    (
        r"C MP
{}
P0(int *x, int *y) { WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); }
P1(int *x, int *y) { int r0 = READ_ONCE(*y); int r1 = READ_ONCE(*x); }
exists (1:r0=1 /\ 1:r1=0)",
        "lkmm",
        ("Sometimes 1 3", 4, false),
    ),
    (
        r"C MP+wmb+rmb
{}
P0(int *x, int *y) { WRITE_ONCE(*x, 1); smp_wmb(); WRITE_ONCE(*y, 1); }
P1(int *x, int *y) { int r0 = READ_ONCE(*y); smp_rmb(); int r1 = READ_ONCE(*x); }
exists (1:r0=1 /\ 1:r1=0)",
        "lkmm",
        ("Never 0 3", 3, false),
    ),
    (
        r#"C MP+release+acquire
"a string, and a key"
Cycle=Rfe Fre
(* Result: Never *)
{ x=0; int y=0; }
P0(int *x, int *y)
{
	WRITE_ONCE(*x, 1); // one
	smp_store_release(y, 1); /* two */
}

(* between *)
P1(int *x, int *y)
{
	int r0, r1;
	r0 = smp_load_acquire(y);
	r1 = READ_ONCE(*x);
}
~exists (1:r0=1 /\ ~1:r1=1) (* the end *)"#,
        "lkmm",
        ("Never 0 3", 3, false),
    ),
    (
        r"C SB+mbs
{}
P0(int *x, int *y) { WRITE_ONCE(*x, 1); smp_mb(); int r0 = READ_ONCE(*y); }
P1(int *x, int *y) { WRITE_ONCE(*y, 1); smp_mb(); int r0 = READ_ONCE(*x); }
forall (0:r0=1 \/ 1:r0=1)",
        "lkmm",
        ("Always 3 0", 3, false),
    ),
    (
        r"C SB+xchg
{}
P0(int *x, int *y) { int r9 = xchg(x, 1); int r0 = READ_ONCE(*y); }
P1(int *x, int *y) { int r9 = xchg_relaxed(y, 1); int r0 = READ_ONCE(*x); }
exists (0:r0=0 /\ 1:r0=0)",
        "lkmm",
        ("Sometimes 1 3", 4, false),
    ),
    (
        r"C LB+ctrl-in-arm+data
{}
P0(int *x, int *y) { int r0 = READ_ONCE(*x); if (r0 == 1) WRITE_ONCE(*y, 1); }
P1(int *x, int *y) { int r0 = READ_ONCE(*y); WRITE_ONCE(*x, r0); }
exists (0:r0=1)",
        "lkmm",
        ("Never 0 2", 1, false),
    ),
    (
        r"C LB+ctrl-past-arm+data
{}
P0(int *x, int *y) { int r0 = READ_ONCE(*x); if (r0) { int r1 = 7; } WRITE_ONCE(*y, 1); }
P1(int *x, int *y) { int r0 = READ_ONCE(*y); WRITE_ONCE(*x, r0); }
exists (0:r0=1)",
        "lkmm",
        ("Sometimes 1 3", 2, false),
    ),
    (
        r"C LB+unseen-dependency+data
{}
P0(int *x, int *y) { int r0 = 7; int r1 = READ_ONCE(*x); if (r1 != 7) { r0 = 0; } WRITE_ONCE(*y, r0); }
P1(int *x, int *y) { int r0 = READ_ONCE(*y); WRITE_ONCE(*x, r0); }
exists (0:r1=7)",
        "lkmm",
        ("Sometimes 1 4", 2, false),
    ),
    (
        r"C publish+pointer
{ int *p = &x; int y = 1; 1:r9 = 5; }
P0(int **p, int *y) { WRITE_ONCE(*y, 2); rcu_assign_pointer(*p, y); }
P1(int **p) { int *r0; int r1; rcu_read_lock(); r0 = rcu_dereference(*p); r1 = READ_ONCE(*r0); rcu_read_unlock(); }
locations [p; 1:r9]
exists (1:r0=y /\ 1:r1=1)",
        "lkmm",
        ("Never 0 2", 2, false),
    ),
    (
        r"C RCU+deferred-free
{}
P0(int *x, int *y) { rcu_read_lock(); int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*y); rcu_read_unlock(); }
P1(int *x, int *y) { WRITE_ONCE(*y, 1); synchronize_rcu(); WRITE_ONCE(*x, 1); }
exists (0:r0=1 /\ 0:r1=0)",
        "lkmm",
        ("Never 0 3", 3, false),
    ),
    (
        r"C locked-increments
{ spinlock_t l; }
P0(int *x, spinlock_t *l) { spin_lock(l); int r0 = READ_ONCE(*x); WRITE_ONCE(*x, r0 + 1); spin_unlock(l); }
P1(int *x, spinlock_t *l) { spin_lock(l); int r0 = READ_ONCE(*x); WRITE_ONCE(*x, r0 + 1); spin_unlock(l); }
exists (x!=2)",
        "lkmm",
        ("Never 0 2", 1, false),
    ),
    (
        r"C trylock
{}
P0(int *x, spinlock_t *l) { int r0 = spin_trylock(l); if (r0) { WRITE_ONCE(*x, 1); spin_unlock(l); } }
P1(int *x, spinlock_t *l) { int r0 = spin_trylock(l); if (r0) { WRITE_ONCE(*x, 2); spin_unlock(l); } }
exists (0:r0=0 /\ 1:r0=0)",
        "lkmm",
        ("Never 0 4", 3, false),
    ),
    (
        r"C conditional-atomics
{ atomic_t x = ATOMIC_INIT(1); }
P0(atomic_t *x) { int r0 = atomic_add_unless(x, 2, 1); int r1 = atomic_dec_and_test(x); }
P1(atomic_t *x) { atomic_inc(x); int r0 = atomic_fetch_add_relaxed(4, x); }
forall (x=5 \/ x=7)",
        "lkmm",
        ("Always 6 0", 2, false),
    ),
    (
        r"C cmpxchg
{}
P0(int *x) { int r0 = cmpxchg(x, 0, 1); }
P1(int *x) { int r0 = cmpxchg_acquire(x, 0, 2); int r1 = 3 - -1; int r2 = (r1 < 2) | 4; }
locations [x; 1:r1; 1:r2]
exists (0:r0=1:r0)",
        "lkmm",
        ("Never 0 2", 2, false),
    ),
    (
        r"C plain-race
{}
P0(int *x) { *x = 1; }
P1(int *x) { int r0 = *x; }
exists (1:r0=1)",
        "lkmm",
        ("Sometimes 1 1", 2, true),
    ),
    (
        r"C plain-published
{}
P0(int *x, int *y) { *x = 1; smp_store_release(y, 1); }
P1(int *x, int *y) { int r0; int r1 = 1; r0 = smp_load_acquire(y); if (r0) r1 = *x; }
exists (1:r1=0)",
        "lkmm",
        ("Never 0 2", 1, false),
    ),
    (
        r"C filtered
{}
P0(int *x) { WRITE_ONCE(*x, 1); }
P1(int *x) { int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*x); }
filter (1:r0=1)
exists (1:r1=0)",
        "lkmm",
        ("Never 0 1", 1, false),
    ),
    (
        r"C spinning
{}
P0(int *x, int *y) { WRITE_ONCE(*x, 1); smp_wmb(); WRITE_ONCE(*y, 1); }
P1(int *x, int *y) { int r0 = 0; while (r0 == 0) { r0 = READ_ONCE(*y); } smp_rmb(); int r1 = READ_ONCE(*x); }
forall (1:r1=1)",
        "lkmm",
        ("Always 1 0", 1, false),
    ),
    (
        r"C srcu-deferred-free
{}
P0(int *x, int *y, struct srcu_struct *s) { int r2 = srcu_read_lock(s); int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*y);
  srcu_read_unlock(s, r2); }
P1(int *x, int *y, struct srcu_struct *s) { WRITE_ONCE(*y, 1); synchronize_srcu(s); WRITE_ONCE(*x, 1); }
exists (0:r0=1 /\ 0:r1=0)",
        "lkmm",
        ("Never 0 3", 3, false),
    ),
    (
        r"C srcu-another-domain
{}
P0(int *x, int *y, struct srcu_struct *s) { int r2 = srcu_read_lock(s); int r0 = READ_ONCE(*x); int r1 = READ_ONCE(*y);
  srcu_read_unlock(s, r2); }
P1(int *x, int *y, struct srcu_struct *t) { WRITE_ONCE(*y, 1); synchronize_srcu(t); WRITE_ONCE(*x, 1); }
exists (0:r0=1 /\ 0:r1=0)",
        "lkmm",
        ("Sometimes 1 3", 4, false),
    ),
    (
        r"C SB+around-atomics
{}
P0(int *x, int *y, atomic_t *u) { WRITE_ONCE(*x, 1); smp_mb__before_atomic(); atomic_inc(u); int r0 = READ_ONCE(*y); }
P1(int *x, int *y, atomic_t *v) { WRITE_ONCE(*y, 1); atomic_inc(v); smp_mb__after_atomic(); int r0 = READ_ONCE(*x); }
exists (0:r0=0 /\ 1:r0=0)",
        "lkmm",
        ("Never 0 3", 3, false),
    ),
    (
        r"C is-locked
{}
P0(int *x, spinlock_t *l) { spin_lock(l); WRITE_ONCE(*x, 1); spin_unlock(l); }
P1(int *x, spinlock_t *l) { int r0 = READ_ONCE(*x); smp_mb(); int r1 = spin_is_locked(l); }
exists (1:r0=1 /\ 1:r1=1)",
        "lkmm",
        ("Sometimes 1 5", 4, false),
    ),
    (
        r"C deadlock
{}
P0(spinlock_t *l) { spin_lock(l); spin_lock(l); }
exists (true)",
        "lkmm",
        ("Never 0 0", 0, false),
    ),
    (
        r"C MP+rel+acq
{ [x]=0; [y]=0; }
P0(atomic_int *y, int *x) { *x = 1; atomic_store_explicit(y, 1, memory_order_release); }
P1(atomic_int *y, int *x) { int r0 = atomic_load_explicit(y, memory_order_acquire); int r1 = 2; if (r0) { r1 = *x; } }
exists (1:r0=1 /\ 1:r1=0)",
        "rc11",
        ("Never 0 2", 2, false),
    ),
    (
        r"C SB+fences
{}
P0(atomic_int *x, atomic_int *y) { atomic_store_explicit(x, 1, memory_order_relaxed);
  atomic_thread_fence(memory_order_seq_cst); int r0 = atomic_load_explicit(y, memory_order_relaxed); }
P1(atomic_int *x, atomic_int *y) { atomic_store_explicit(y, 1, memory_order_relaxed);
  atomic_thread_fence(memory_order_seq_cst); int r0 = atomic_load_explicit(x, memory_order_relaxed); }
exists (0:r0=0 /\ 1:r0=0)",
        "rc11",
        ("Never 0 3", 3, false),
    ),
    (
        r"C CAS
{ e=0; f=0; }
P0(atomic_int *x, int *e) { int r0 = atomic_compare_exchange_strong_explicit(x, e, 1, memory_order_acq_rel, memory_order_relaxed); }
P1(atomic_int *x, int *f) { int r0 = atomic_compare_exchange_strong_explicit(x, f, 2, memory_order_acquire, memory_order_relaxed);
  int r1 = atomic_fetch_add_explicit(x, 8, memory_order_relaxed); }
locations [x; e; f]
exists (0:r0=1 /\ 1:r0=1)",
        "rc11",
        ("Never 0 3", 3, false),
    ),
];
