//! The cycle generator: what it accepts, what it says of the rest, and what its tests look like.

use fencepost_model::{Bounds, Checker, Cycle, Dialect};
use proptest::prelude::*;

#[test]
fn errors_name_the_place_and_what_was_expected() {
    let cases = [
        (Dialect::AArch64, "", 1, "there is no edge at all"),
        (Dialect::AArch64, "Pod", 4, "the edge ends in `Pod` where R (read) or W (write) must stand"),
        (Dialect::AArch64, "PodWX Rfe", 5, "`X` stands in `PodWX` where R (read) or W (write) must stand"),
        (Dialect::AArch64, "Rfe PoWW", 7, "`WW` stands in `PoWW` where s (same location) or d (different locations)"),
        (Dialect::AArch64, "PodWW  Rfex", 11, "`x` stands in `Rfex` where nothing, or one annotation for each end"),
        (Dialect::AArch64, "PodWWPZ Rfe", 6, "`PZ` stands in `PodWWPZ` where nothing, or one annotation for each end"),
        (Dialect::AArch64, "DpDatadR", 8, "`R` stands in `DpDatadR` where W must stand"),
        (Dialect::Power, "PodWW Rfe DMB.SYdRR Fre", 11, "`DMB.SYdRR` is no edge of PPC, whose edges begin with Coe"),
        (Dialect::X86_64, "é MFencedWW", 1, "`é` is no edge of X86_64"),
        (
            Dialect::AArch64,
            "PodWW Rfe PodWR Fre",
            11,
            "`PodWR` begins with a write, but `Rfe` before it ends with a read",
        ),
        (
            Dialect::AArch64,
            "PodWW Rfe PodRRAP Fre",
            11,
            "`PodRRAP` begins with an access that is A, but `Rfe` before it",
        ),
        (
            Dialect::AArch64,
            "PodWWPA RfeAP PodRR Fre",
            9,
            "annotation A does not suit the write that `RfeAP` begins with",
        ),
        (Dialect::RiscV, "PodWW Rfe PodRR FrePAq", 1, "`PodWW` begins with an access that is P, but `FrePAq` before"),
        (Dialect::Linux, "PodWW RfePMb PodRRMbP Fre", 14, "annotation Mb does not suit the read"),
        (
            Dialect::Linux,
            "PodWRPAcquire XchgAcquireRelease RfeReleaseP PodRW Coe",
            15,
            "LKMM has no Xchg that reads Acquire",
        ),
        (Dialect::AArch64, "Rfi PosRW Coi", 1, "the cycle needs two edges between threads"),
        (Dialect::AArch64, "Rfe Fre", 1, "the cycle needs an edge of program order"),
        (Dialect::AArch64, "Rfe PosRR Fre PodWW Coe", 15, "`PodWW` leaves its location, and no other edge comes back"),
    ];
    for (dialect, text, column, message) in cases {
        let error = Cycle::parse(dialect, text).expect_err(text);
        assert_eq!(error.column(), column, "{text}: {error}");
        assert!(error.to_string().starts_with(&format!("column {column}: {message}")), "{text}: {error}");
    }
}

#[test]
fn the_same_cycle_can_begin_anywhere() {
    let table = include_str!("data/aarch64.tsv").lines().skip(1).step_by(7);
    for text in table.filter_map(|row| row.split('\t').nth(1)) {
        let mut edges: Vec<_> = text.split(' ').collect();
        let mut seen = Vec::new();
        for _ in 0..edges.len() {
            let test = Cycle::parse(Dialect::AArch64, &edges.join(" ")).expect(text).test();
            let found = Checker::new(&test.program, &Bounds::default()).explore(&Dialect::AArch64.target());
            seen.push(test.observe(&found));
            edges.rotate_left(1);
        }
        seen.dedup();
        assert_eq!(seen.len(), 1, "{text}: {seen:?}");
    }
}

/// Compares, with white space at the ends of lines taken away.
fn looks_like(dialect: Dialect, cycle: &str, wanted: &str) {
    let text = Cycle::parse(dialect, cycle).expect(cycle).test().litmus("T");
    let trimmed = text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    assert_eq!(trimmed, wanted.trim(), "\n{text}");
}

#[test]
fn litmus_files() {
    looks_like(
        Dialect::AArch64,
        "DMB.STdWW RfePA LxSxAL PodWRLP Fre",
        r#"
AArch64 T
"DMB.STdWW RfePA LxSxAL PodWRLP Fre"
{
0:X0=x; 0:X2=y;
1:X7=ok1; 1:X5=x; 1:X0=y;
}
 P0          | P1               ;
 MOV W1,#1   | MOV W4,#2        ;
 STR W1,[X0] | LDAXR W1,[X0]    ;
 DMB ST      | STLXR W2,W4,[X0] ;
 MOV W3,#1   | CBNZ W2,End1     ;
 STR W3,[X2] | ADD W3,W3,#1     ;
             | LDR W6,[X5]      ;
             | End1:            ;
             | STR W3,[X7]      ;
exists ([y]=2 /\ 1:X1=1 /\ 1:X6=0 /\ [ok1]=1)
"#,
    );
    looks_like(
        Dialect::X86_64,
        "LockSectiondWW Rfe PodRRNaMiss FreMissNa",
        r#"
X86_64 T
"LockSectiondWW Rfe PodRRNaMiss FreMissNa"
{
}
 P0             | P1                     ;
 movl $1,%ebx   | movl (y),%ebx          ;
 xchgl (l),%ebx | movl $77,%eax          ;
 movl $1,(x)    | movl $78,%ecx          ;
 movl $1,(y)    | lock cmpxchgl (x),%ecx ;
 movl $0,(l)    | movl %eax,%edx         ;
filter (0:rbx=0)
exists (1:rbx=1 /\ 1:rdx=0)
"#,
    );
    looks_like(
        Dialect::RiscV,
        "Fence.r.rwdRWPRl RfeRlP DpDatadW RfiPAq CxSxAqP Rfe",
        r#"
RISCV T
"Fence.r.rwdRWPRl RfeRlP DpDatadW RfiPAq CxSxAqP Rfe"
{
0:x5=x; 0:x7=y;
1:x15=ok1; 1:x7=x; 1:x5=y;
}
 P0             | P1                ;
 lw x6,0(x5)    | lw x6,0(x5)       ;
 fence r,rw     | xor x8,x6,x6      ;
 ori x8,x0,1    | addi x9,x8,1      ;
 sw.rl x8,0(x7) | sw x9,0(x7)       ;
                | ori x13,x0,2      ;
                | lr.w.aq x10,(x7)  ;
                | ori x14,x0,1      ;
                | bne x10,x14,End1  ;
                | sc.w x11,x13,(x7) ;
                | bne x11,x0,End1   ;
                | addi x12,x12,1    ;
                | End1:             ;
                | sw x12,0(x15)     ;
exists ([x]=2 /\ 0:x6=2 /\ 1:x6=1 /\ 1:x10=1 /\ [ok1]=1)
"#,
    );
    looks_like(
        Dialect::Power,
        "LwSyncdWR LxSx Rfe DpAddrdR DpCtrlIsyncdRPMiss FreMissP",
        r#"
PPC T
"LwSyncdWR LxSx Rfe DpAddrdR DpCtrlIsyncdRPMiss FreMissP"
{
0:r7=ok0; 0:r1=x; 0:r3=y;
1:r6=x; 1:r1=y; 1:r3=z;
}
 P0              | P1              ;
 li r2,1         | lwz r2,0(r1)    ;
 stw r2,0(r1)    | xor r4,r2,r2    ;
 lwsync          | lwzx r5,r4,r3   ;
 li r6,1         | cmpw r5,r5      ;
 lwarx r4,r0,r3  | beq LC10        ;
 stwcx. r6,r0,r3 | LC10:           ;
 bne End0        | isync           ;
 addi r5,r5,1    | li r8,78        ;
 End0:           | lwarx r7,r0,r6  ;
 stw r5,0(r7)    | cmpwi r7,77     ;
                 | bne LC11        ;
                 | stwcx. r8,r0,r6 ;
                 | LC11:           ;
exists ([ok0]=1 /\ 1:r2=1 /\ 1:r7=0)
"#,
    );
    looks_like(
        Dialect::Linux,
        "RcuSectiondWW RfePMb CasMbMb UnlockLockdWRMbP DpCtrldW FenceSync-rcudWR Fre",
        r#"
C T
"RcuSectiondWW RfePMb CasMbMb UnlockLockdWRMbP DpCtrldW FenceSync-rcudWR Fre"

{  }

P0(int *x, int *y)
{
	rcu_read_lock();
	WRITE_ONCE(*x, 1);
	WRITE_ONCE(*y, 1);
	rcu_read_unlock();
}

P1(int *x, int *y, int *z, int *a, spinlock_t *l)
{
	int r0;
	int r1;
	int r2;
	spin_lock(l);
	r0 = cmpxchg(y, 1, 2);
	spin_unlock(l);
	spin_lock(l);
	r1 = READ_ONCE(*z);
	spin_unlock(l);
	if (r1 == 0) {
		WRITE_ONCE(*a, 1);
		synchronize_rcu();
		r2 = READ_ONCE(*x);
	}
}

exists ([y]=2 /\ 1:r0=1 /\ 1:r2=0)
"#,
    );
    looks_like(
        Dialect::C11,
        "FenceScdWWRlxRel RfeRelMissAcq PodRRMissAcqNa FreNaRlx",
        r#"
C T
"FenceScdWWRlxRel RfeRelMissAcq PodRRMissAcqNa FreNaRlx"

{ e10=77; }

P0(atomic_int *x, atomic_int *y)
{
	atomic_store_explicit(x, 1, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	atomic_store_explicit(y, 1, memory_order_release);
}

P1(atomic_int *x, atomic_int *y, int *e10)
{
	int r0;
	int r1;
	r0 = atomic_compare_exchange_strong_explicit(y, e10, 78, memory_order_acquire, memory_order_acquire);
	r1 = *x;
}

exists ([e10]=1 /\ 1:r1=0)
"#,
    );
    looks_like(
        Dialect::C11,
        "LockSectiondWW Rfe PodRR Fre",
        r#"
C T
"LockSectiondWW Rfe PodRR Fre"

{  }

P0(atomic_int *x, atomic_int *y, atomic_int *l)
{
	int r0;
	r0 = atomic_exchange_explicit(l, 1, memory_order_acquire);
	atomic_store_explicit(x, 1, memory_order_relaxed);
	atomic_store_explicit(y, 1, memory_order_relaxed);
	atomic_store_explicit(l, 0, memory_order_release);
}

P1(atomic_int *x, atomic_int *y)
{
	int r0;
	int r1;
	r0 = atomic_load_explicit(y, memory_order_relaxed);
	r1 = atomic_load_explicit(x, memory_order_relaxed);
}

filter (0:r0=0)
exists (1:r0=1 /\ 1:r1=0)
"#,
    );
}

/// Words of the tables, some with a character changed.
fn words() -> impl Strategy<Value = String> {
    let tables = [include_str!("data/aarch64.tsv"), include_str!("data/x86-64.tsv"), include_str!("data/lkmm.tsv")];
    let all: Vec<&str> = tables.into_iter().flat_map(|table| table.split(['\t', ' '])).collect();
    (prop::sample::select(all), prop::option::weighted(0.1, (any::<prop::sample::Index>(), any::<char>()))).prop_map(
        |(word, change)| match change {
            Some((at, c)) if !word.is_empty() => {
                let at = at.index(word.chars().count());
                word.chars().enumerate().map(|(i, old)| if i == at { c } else { old }).collect()
            }
            _ => word.to_owned(),
        },
    )
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(words in prop::collection::vec(words(), 0..8)) {
        for dialect in Dialect::ALL {
            let _ = Cycle::parse(dialect, &words.join(" ")).map(|cycle| cycle.test().litmus("T"));
        }
    }
}
