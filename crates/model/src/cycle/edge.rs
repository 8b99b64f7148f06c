//! What an edge of a cycle is, and what a dialect's catalogue of edges says.

use std::ops::Range;

use crate::Tags;

/// What an access does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dir {
    Read,
    Write,
}

impl Dir {
    pub fn noun(self) -> &'static str {
        match self {
            Dir::Read => "read",
            Dir::Write => "write",
        }
    }
}

/// An edge, as it stands in a cycle.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    pub link: Link,
    pub source: End,
    pub target: End,
    /// Whether its ends are in different threads.
    pub external: bool,
    /// Whether its ends access the same location.
    pub same: bool,
    /// Where it stands in the cycle's text.
    pub span: Range<usize>,
}

impl Edge {
    /// Whether it is a communication: reads-from, from-read or coherence.
    pub fn communicates(&self) -> bool {
        matches!(self.link, Link::ReadsFrom | Link::FromRead | Link::Coherence)
    }
}

/// One end of an edge.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub dir: Dir,
    pub annotation: &'static Annotation,
}

/// What relates the two ends of an edge.
#[derive(Clone, Copy, Debug)]
pub(super) enum Link {
    ReadsFrom,
    FromRead,
    Coherence,
    /// Program order alone.
    Order,
    Fence(&'static Fence),
    Depends(&'static Dependency),
    /// The read and the write of one read-modify-write.
    Rmw(&'static Rmw),
    Section(Section),
}

/// The edges that a dialect has beyond those that all have. The first annotation is the one that an edge without
/// annotations has at both ends.
#[derive(Debug)]
pub(super) struct Catalogue {
    pub annotations: &'static [Annotation],
    pub fences: &'static [Fence],
    pub dependencies: &'static [Dependency],
    pub rmws: &'static [Rmw],
    pub sections: &'static [(&'static str, Section)],
}

/// How one access is made.
#[derive(Debug)]
pub(super) struct Annotation {
    pub name: &'static str,
    pub tags: Tags,
    pub on: On,
}

/// What an annotation can stand on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum On {
    Any,
    Reads,
    Writes,
    /// Writes; the write is then made by an exchange, whose old value is looked at too.
    Exchanges,
    /// Reads; the read is then made by a compare-and-exchange that finds another value than it looks for.
    Misses,
    /// The halves of read-modify-writes.
    Halves,
}

impl On {
    /// Whether it suits an access, which is half of a read-modify-write or not.
    pub fn suits(self, dir: Dir, half: bool) -> bool {
        match self {
            On::Any => true,
            On::Reads => dir == Dir::Read,
            On::Writes => dir == Dir::Write,
            On::Exchanges => dir == Dir::Write && !half,
            On::Misses => dir == Dir::Read && !half,
            On::Halves => half,
        }
    }
}

/// A fence: its name in edges, the instruction or statement, and what it is to the checker.
#[derive(Debug)]
pub(super) struct Fence {
    pub name: &'static str,
    pub text: &'static str,
    pub means: Means,
}

/// A fence as a [`Cpu`](crate::Cpu) executes it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Means {
    Machine(Tags),
    Mb,
    Rmb,
    Wmb,
    Compiler,
    GracePeriod,
}

/// A dependency from a read.
#[derive(Debug)]
pub(super) struct Dependency {
    pub name: &'static str,
    pub on: Part,
    /// Whether it goes through a conditional select.
    pub select: bool,
    /// A fence between a control dependency's branch and its target.
    pub fence: Option<&'static Fence>,
}

/// The part of an access that depends on the read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Address,
    Data,
    /// Whether it is made at all.
    Control,
}

/// A form of read-modify-write.
#[derive(Debug)]
pub(super) struct Rmw {
    pub name: &'static str,
    pub op: Op,
    pub result: Shown,
    pub orders: Orders,
}

/// The annotations of a read-modify-write's read and write that go together, and how its name shows them.
pub(super) type Orders = &'static [(&'static str, &'static str, &'static str)];

/// Whether the result of a read-modify-write is part of a test's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    Always,
    /// As that of any read is.
    AsRead,
    /// The instruction has no result.
    Never,
}

/// What a read-modify-write does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    /// An exclusive pair that stores a constant, and gives up its thread where the store fails.
    Pair,
    /// The same, where it reads the value that the cycle wants; otherwise it gives up its thread too.
    PairIf,
    Swap,
    Add,
    Or,
    AndNot,
    Xor,
    /// Compares with the value that the cycle wants.
    Cas,
}

impl Op {
    /// What it stores in the cycle's own execution, where it finds `old`.
    pub fn stores(self, old: u64, operand: u64) -> u64 {
        match self {
            Op::Pair | Op::PairIf | Op::Swap | Op::Cas => operand,
            Op::Add => old.wrapping_add(operand),
            Op::Or => old | operand,
            Op::AndNot => old & !operand,
            Op::Xor => old ^ operand,
        }
    }

    /// Whether it is an exclusive pair, whose store may fail for no reason.
    pub fn is_pair(self) -> bool {
        matches!(self, Op::Pair | Op::PairIf)
    }
}

/// A critical section around both ends of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    /// An RCU read-side critical section.
    Rcu,
    /// One section of the test's spinlock.
    Locked,
    /// One section of the spinlock for each end.
    Relocked,
}
