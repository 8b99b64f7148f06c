//! The vocabulary: accesses, read-modify-writes, barriers.

use std::sync::atomic::Ordering;

use crate::{AtomicCell, Width, Word};

/// How strongly a read-modify-write is ordered, in the kernel's terms.
///
/// A read-modify-write that *fails* (a `cmpxchg` that does not match) orders nothing, whatever it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Order {
    /// `atomic_…_relaxed()`.
    Relaxed,
    /// `atomic_…_acquire()`: the read comes before everything after it.
    Acquire,
    /// `atomic_…_release()`: the write comes after everything before it.
    Release,
    /// No suffix: `smp_mb()` before and after.
    Full,
}

impl Order {
    /// Whether it orders all that `other` does, if it does not fail.
    pub fn includes(self, other: Self) -> bool {
        self == other || self == Self::Full || other == Self::Relaxed
    }

    /// What it adds to the name of an `atomic_…()`.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Relaxed => "_relaxed",
            Self::Acquire => "_acquire",
            Self::Release => "_release",
            Self::Full => "",
        }
    }
}

/// What an unconditional read-modify-write does to the old value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rmw {
    /// Replaces it.
    Xchg,
    /// Adds, with wrap-around at the cell's width.
    Add,
    /// Sets bits.
    Or,
    /// Keeps only the operand's bits.
    And,
    /// Flips bits.
    Xor,
}

impl Rmw {
    /// Does it, as one atomic instruction.
    #[inline(always)]
    pub(crate) fn apply<A: AtomicCell>(self, cell: &A, operand: u64, order: Ordering) -> u64 {
        match self {
            Rmw::Xchg => cell.swap(operand, order),
            Rmw::Add => cell.fetch_add(operand, order),
            Rmw::Or => cell.fetch_or(operand, order),
            Rmw::And => cell.fetch_and(operand, order),
            Rmw::Xor => cell.fetch_xor(operand, order),
        }
    }
}

/// One CPU's view of shared memory, in the Linux kernel's vocabulary.
///
/// A value of this trait stands for the CPU that the code runs on. Natively it has no size and every
/// method is one or a few instructions.
pub trait Memory: Sized {
    /// A value read from memory.
    type Word: Word;
    /// A cell of shared memory.
    type Cell<W: Width>: Send + Sync;
    /// The back end's name, for reports.
    const NAME: &'static str;

    /// A new cell. In a checker this is only possible while a program is being set up.
    fn cell<W: Width>(&self, value: u64) -> Self::Cell<W>;

    // Marked accesses.

    /// `READ_ONCE()`.
    #[track_caller]
    fn read_once<W: Width>(&self, cell: &Self::Cell<W>) -> Self::Word;
    /// `WRITE_ONCE()`.
    #[track_caller]
    fn write_once<W: Width>(&self, cell: &Self::Cell<W>, value: Self::Word);
    /// `smp_load_acquire()`.
    #[track_caller]
    fn load_acquire<W: Width>(&self, cell: &Self::Cell<W>) -> Self::Word;
    /// `smp_store_release()`.
    #[track_caller]
    fn store_release<W: Width>(&self, cell: &Self::Cell<W>, value: Self::Word);

    // Plain accesses: what C does with an ordinary variable. A data race on one is reported by the models
    // that have such a notion; natively they are relaxed accesses, since in Rust a race would be undefined.

    /// An unmarked C read.
    #[track_caller]
    fn read_plain<W: Width>(&self, cell: &Self::Cell<W>) -> Self::Word;
    /// An unmarked C write.
    #[track_caller]
    fn write_plain<W: Width>(&self, cell: &Self::Cell<W>, value: Self::Word);

    // Barriers.

    /// `smp_mb()`: orders everything before it with everything after it.
    #[track_caller]
    fn smp_mb(&self);
    /// `smp_rmb()`: orders the reads before it with the reads after it.
    #[track_caller]
    fn smp_rmb(&self);
    /// `smp_wmb()`: orders the writes before it with the writes after it.
    #[track_caller]
    fn smp_wmb(&self);
    /// `barrier()`: binds the compiler only.
    #[track_caller]
    fn barrier(&self);
    /// `membarrier(2)`: every running thread of the process executes a full barrier before this returns.
    #[track_caller]
    fn heavy_barrier(&self);

    // Read-modify-writes.

    /// An unconditional read-modify-write that returns the old value: `atomic_fetch_or_acquire()`, `xchg()`, …
    #[track_caller]
    fn fetch<W: Width>(&self, cell: &Self::Cell<W>, op: Rmw, operand: Self::Word, order: Order) -> Self::Word;
    /// A relaxed read-modify-write whose old value is not used: `atomic_or()`, `set_bit()`, `atomic_inc()`.
    ///
    /// Its read is not a read that `smp_rmb` or an acquire would order.
    #[track_caller]
    fn atomic<W: Width>(&self, cell: &Self::Cell<W>, op: Rmw, operand: Self::Word);
    /// `cmpxchg()`: stores `new` if the cell holds `old`. Returns the old value, as an error where it differs.
    #[track_caller]
    fn cmpxchg<W: Width>(
        &self,
        cell: &Self::Cell<W>,
        old: Self::Word,
        new: Self::Word,
        order: Order,
    ) -> Result<Self::Word, Self::Word>;
    /// A `try_cmpxchg()` loop: replaces the value by `f` of it, or leaves off unordered where `f` gives
    /// `None`. Returns the old value either way. `f` may be called several times, and accesses nothing.
    #[track_caller]
    fn fetch_update<W: Width>(
        &self,
        cell: &Self::Cell<W>,
        order: Order,
        f: impl Fn(Self::Word) -> Option<Self::Word>,
    ) -> Result<Self::Word, Self::Word>;
    /// `test_and_set_bit_lock()`: sets the one bit of `mask`, as an acquire; whether it was clear before.
    ///
    /// Where the architecture's form first reads plainly, a failure orders nothing.
    #[track_caller]
    fn try_set_bit_lock<W: Width>(&self, cell: &Self::Cell<W>, mask: u64) -> bool;
    /// `atomic_add_unless()`: adds unless the value is `unless`; whether it added. Fully ordered if so.
    #[track_caller]
    fn add_unless<W: Width>(&self, cell: &Self::Cell<W>, add: u64, unless: u64) -> bool {
        self.fetch_update(cell, Order::Full, |old| (!old.is(unless)).then(|| old + add.into())).is_ok()
    }

    // A spinlock is a 32-bit cell that holds 0 when free.

    /// `spin_lock()`.
    #[track_caller]
    fn spin_lock(&self, lock: &Self::Cell<u32>);
    /// `spin_unlock()`.
    #[track_caller]
    fn spin_unlock(&self, lock: &Self::Cell<u32>);

    // Read-copy-update.

    /// `rcu_read_lock()`.
    #[track_caller]
    fn rcu_read_lock(&self);
    /// `rcu_read_unlock()`.
    #[track_caller]
    fn rcu_read_unlock(&self);
    /// `synchronize_rcu()`: waits for a grace period.
    #[track_caller]
    fn synchronize_rcu(&self);

    // Waiting.

    /// Reads with `READ_ONCE()` until `until` holds of the value, which is returned. `until` accesses nothing.
    #[track_caller]
    fn wait_until<W: Width>(&self, cell: &Self::Cell<W>, until: impl Fn(Self::Word) -> bool) -> Self::Word;
    /// Repeats `turn` until it returns true, with `cpu_relax()` between. A turn that returns false leaves everything as it
    /// was, and nobody can tell that it was made: a checker gives up the execution there, since another one, without that
    /// turn, has the same outcome. A lock may be taken and given back, if nobody asks whether it is held. No variable of
    /// Rust tells one turn from the next: the checker makes a turn twice, and refuses one that does not end alike.
    fn spin_until(&self, turn: impl Fn(&Self) -> bool);

    // For the eyes of a checker; no instructions.

    /// Runs an `if` as a whole: what `body` branches on decides its own operations, all of them, and nothing that follows
    /// it. LKMM's control dependencies reach no further than the arms of an `if`, and where those end a checker knows from
    /// this alone; without it, a branch comes before all that follows, and a verdict that this decides stays open. For a
    /// machine it makes no difference: there a branch comes before all that follows it in any case.
    #[inline(always)]
    fn scoped<R>(&self, body: impl FnOnce(&Self) -> R) -> R {
        body(self)
    }
    /// Runs the body of a helper as a call: its sites are told apart by the line that called it.
    #[track_caller]
    #[inline(always)]
    fn called<R>(&self, body: impl FnOnce(&Self) -> R) -> R {
        body(self)
    }
    /// From here on, this CPU's writes belong to life number `life` of the object that they describe: the
    /// value that a reader sees then tells which life it belongs to ([`Word::life`]). A read-modify-write,
    /// whoever does it, keeps the life of the value that it changes.
    #[inline(always)]
    fn begin_life(&self, life: u32) {
        let _ = life;
    }
}
