//! What a thread did, in the source's terms: the record that one run of its closure leaves.

use std::fmt;
use std::panic::Location as Line;
use std::sync::Arc;

use fencepost_memory::Order;

use crate::Tags;
use crate::symbol::{Symbols, Term};
use crate::value::Deps;

/// Where an operation stands: the chain of source lines that called it, outermost first.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Site(pub(crate) Arc<[&'static Line<'static>]>);

impl Site {
    /// The chain, outermost call first; the last line is the operation's own.
    pub fn lines(&self) -> &[&'static Line<'static>] {
        &self.0
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (depth, line) in self.0.iter().enumerate() {
            let arrow = if depth == 0 { "" } else { " > " };
            let file = line.file().rsplit('/').next().unwrap_or_default();
            write!(f, "{arrow}{file}:{}", line.line())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
}

/// What kind of operation, and how strongly ordered the source asked it to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Action {
    /// `READ_ONCE` or `smp_load_acquire`.
    Read(Order),
    /// `WRITE_ONCE` or `smp_store_release`.
    Write(Order),
    /// An unmarked read.
    PlainRead,
    /// An unmarked write.
    PlainWrite,
    /// An unconditional read-modify-write.
    Fetch(Order),
    /// One whose result is not used.
    Atomic,
    /// A conditional one that succeeded.
    Exchanged(Order),
    /// A conditional one that failed: a read.
    Refused(Order),
    /// The first, plain read of `test_and_set_bit_lock`, and whether it found the bit clear.
    Peek {
        clear: bool,
    },
    /// Its read-modify-write, and whether that found the bit clear.
    SetBit {
        clear: bool,
    },
    SpinLock,
    SpinUnlock,
    Barrier(Barrier),
    HeavyBarrier,
    RcuLock,
    RcuUnlock,
    GracePeriod,
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
    pub possible: Vec<Datum>,
    /// The number of its read in the thread, if it reads.
    pub number: Option<u8>,
    pub addr: Deps,
    pub data: Deps,
    pub ctrl: Deps,
}

/// A complete run of one thread alone: a path through its code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Trace {
    pub operations: Vec<Operation>,
    pub symbols: Symbols,
    pub results: Vec<u64>,
}
