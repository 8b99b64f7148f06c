//! What a thread did, in the source's terms: the record that one run of its closure leaves.

use std::fmt;
use std::panic::Location as Line;
use std::sync::Arc;

use fencepost_memory::{Order, Rmw};

use crate::Tags;
use crate::symbol::{Symbols, Term};
use crate::value::Deps;

/// One link of a [`Site`]: a line of source, or a label that stands for one.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Frame {
    /// A line of Rust.
    Line(&'static Line<'static>),
    /// A place in a text that is interpreted, such as `MP.litmus:12`.
    Label(Arc<str>),
}

impl Frame {
    /// The file's name, without its folder where that tells it apart, and the line; of a label all of it, as a file.
    pub fn short(&self) -> (&str, Option<u32>) {
        match self {
            Frame::Line(line) => (short_name(line.file()), Some(line.line())),
            Frame::Label(label) => (label, None),
        }
    }
}

/// A file's name, with the folder of its crate where many have that name: `layout.rs`, `frozen/src/lib.rs`.
fn short_name(path: &str) -> &str {
    let folders = if path.ends_with("/lib.rs") { 2 } else { 0 };
    let start = path.rmatch_indices('/').nth(folders).map_or(0, |(at, _)| at + 1);
    &path[start..]
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Frame::Line(line) => write!(f, "{}:{}", line.file(), line.line()),
            Frame::Label(label) => f.write_str(label),
        }
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Where an operation stands: the chain of source lines that called it.
///
/// It prints as the operation's own line, after the line that called the helper which holds it if there is one:
/// `rfc1.rs:83 > descriptor.rs:80`, or `rfc1.rs:83 > 95` in one file. `{:#}` prints the whole chain.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site(pub(crate) Arc<[Frame]>);

impl Site {
    /// The chain, outermost call first; the last frame is the operation's own. A frame prints with its full path.
    pub fn frames(&self) -> &[Frame] {
        &self.0
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = if f.alternate() { &self.0[..] } else { &self.0[self.0.len().saturating_sub(2)..] };
        let mut text = String::new();
        let mut latest = "";
        for frame in shown {
            let (file, line) = frame.short();
            text += if text.is_empty() { "" } else { " > " };
            text += &match line {
                Some(line) if file == latest => line.to_string(),
                Some(line) => format!("{file}:{line}"),
                None => file.to_owned(),
            };
            latest = file;
        }
        f.pad(&text)
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

/// A value in memory: its bits, and the life that it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Datum {
    /// The bits.
    pub bits: u64,
    /// The life (`Memory::begin_life`).
    pub life: u8,
}

/// A barrier of the source vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Barrier {
    /// `smp_mb()`.
    Full,
    /// `smp_rmb()`.
    Read,
    /// `smp_wmb()`.
    Write,
    /// `barrier()`.
    Compiler,
    /// `smp_mb__before_atomic()`: a full barrier if an atomic operation follows.
    BeforeAtomic,
    /// `smp_mb__after_atomic()`: a full barrier if it follows an atomic operation.
    AfterAtomic,
    /// `smp_mb__after_spinlock()`: a full barrier after `spin_lock()`.
    AfterSpinlock,
    /// `smp_mb__after_unlock_lock()`: a full barrier after an unlock and a lock.
    AfterUnlockLock,
    /// `smp_mb__after_srcu_read_unlock()`: a full barrier after `srcu_read_unlock()`.
    AfterSrcuReadUnlock,
}

impl Barrier {
    /// Its name in the kernel.
    pub fn name(self) -> &'static str {
        match self {
            Barrier::Full => "smp_mb()",
            Barrier::Read => "smp_rmb()",
            Barrier::Write => "smp_wmb()",
            Barrier::Compiler => "barrier()",
            Barrier::BeforeAtomic => "smp_mb__before_atomic()",
            Barrier::AfterAtomic => "smp_mb__after_atomic()",
            Barrier::AfterSpinlock => "smp_mb__after_spinlock()",
            Barrier::AfterUnlockLock => "smp_mb__after_unlock_lock()",
            Barrier::AfterSrcuReadUnlock => "smp_mb__after_srcu_read_unlock()",
        }
    }
}

/// What kind of operation, and how strongly ordered the source asked it to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// `READ_ONCE` or `smp_load_acquire`.
    Read(Order),
    /// `WRITE_ONCE` or `smp_store_release`.
    Write(Order),
    /// An unmarked read.
    PlainRead,
    /// An unmarked write.
    PlainWrite,
    /// An unconditional read-modify-write.
    Fetch(Rmw, Order),
    /// One whose result is not used.
    Atomic(Rmw),
    /// A conditional one that succeeded.
    Exchanged(Order),
    /// A `cmpxchg()` that found another value: a read.
    Missed(Order),
    /// A `fetch_update()` that left off: a read.
    Refused(Order),
    /// The first, plain read of `test_and_set_bit_lock`.
    Peek {
        /// Whether it found the bit clear.
        clear: bool,
    },
    /// Its read-modify-write.
    SetBit {
        /// Whether it found the bit clear.
        clear: bool,
    },
    /// `spin_lock()`, or a `spin_trylock()` that succeeded.
    SpinLock,
    /// A `spin_trylock()` that found the lock held: a read.
    SpinHeld,
    /// `spin_is_locked()`: a read.
    SpinIsLocked,
    /// `spin_unlock()`.
    SpinUnlock,
    /// A barrier.
    Barrier(Barrier),
    /// `membarrier(2)`.
    HeavyBarrier,
    /// `rcu_read_lock()`.
    RcuLock,
    /// `rcu_read_unlock()`.
    RcuUnlock,
    /// `synchronize_rcu()`.
    GracePeriod,
    /// `srcu_read_lock()`.
    SrcuLock,
    /// `srcu_read_unlock()`.
    SrcuUnlock,
    /// `synchronize_srcu()`.
    SrcuGracePeriod,
    /// A machine-level access or fence: its read's and its write's (or the fence's) annotations.
    Machine(Tags, Tags),
}

/// One operation of a run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Operation {
    pub action: Action,
    pub site: Site,
    /// The cell's number; `None` for a barrier.
    pub cell: Option<u16>,
    /// What it read, as a term.
    pub read: Option<Term>,
    /// What it wrote.
    pub written: Option<Term>,
    /// What that can be.
    pub possible: Arc<[Datum]>,
    /// The number of its read in the thread, if it reads.
    pub number: Option<u8>,
    pub addr: Deps,
    pub data: Deps,
    /// Whether it is a read-modify-write by a constant that leaves whatever it finds.
    pub idle: bool,
    /// Of a compare-and-exchange: what it compared with is computed from these.
    pub compared: Deps,
    /// The branches before it.
    pub ctrl: Deps,
    /// Those in whose arms it may lie.
    pub scope: Deps,
    /// Those in whose arms it lies for certain.
    pub arms: Deps,
}

/// A value that a run settled: by a branch, or by a look from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Decision {
    pub term: Term,
    pub bits: u64,
    /// How many values it could have had.
    pub alternatives: u32,
    /// Whether the thread had branched on all reads that the value depends on.
    pub branch: bool,
}

/// A complete run of one thread alone: a path through its code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Trace {
    pub operations: Vec<Operation>,
    pub symbols: Symbols,
    pub decisions: Vec<Decision>,
    pub results: Vec<Term>,
}
