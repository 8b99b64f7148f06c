//! Values that remember which reads they came from.

use std::cell::Cell;
use std::ops::{Add, BitAnd, BitOr, BitXor, Not, Sub};

use fencepost_memory::Word;

/// Reads of one thread, by their number in program order.
///
/// `picked` are the reads that a value depends on only because a conditional select chose by them, which
/// Arm's model orders less than a computation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Deps {
    pub full: u64,
    pub picked: u64,
}

impl Deps {
    pub const NONE: Deps = Deps { full: 0, picked: 0 };

    /// The dependency on one read.
    pub fn on(read: u8) -> Deps {
        Deps { full: 1 << read, picked: 0 }
    }

    pub fn and(self, other: Deps) -> Deps {
        Deps { full: self.full | other.full, picked: self.picked | other.picked }
    }

    /// The same reads, reached through a select.
    pub fn weakened(self) -> Deps {
        Deps { full: 0, picked: self.full | self.picked }
    }

    /// Every read in it, however reached.
    pub fn all(self) -> u64 {
        self.full | self.picked
    }
}

thread_local! {
    /// The reads that decided which way the running thread went so far.
    static BRANCHED: Cell<Deps> = const { Cell::new(Deps::NONE) };
}

/// Records a branch on `deps`.
pub(crate) fn branch_on(deps: Deps) {
    BRANCHED.set(BRANCHED.get().and(deps));
}

/// The reads that were branched on since the last [`forget_branches`].
pub(crate) fn branches() -> Deps {
    BRANCHED.get()
}

/// Begins a new thread.
pub(crate) fn forget_branches() {
    BRANCHED.set(Deps::NONE);
}

/// The checker's [`Word`]: 64 bits, the life of the write that they were read from, and the reads that they
/// were computed from.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    pub(crate) bits: u64,
    pub(crate) life: u8,
    pub(crate) deps: Deps,
}

impl Value {
    fn combine(self, other: Value, bits: u64) -> Value {
        let life = if self.life == 0 { other.life } else { self.life };
        Value { bits, life, deps: self.deps.and(other.deps) }
    }
}

impl From<u64> for Value {
    fn from(bits: u64) -> Value {
        Value { bits, life: 0, deps: Deps::NONE }
    }
}

impl Word for Value {
    fn get(self) -> u64 {
        branch_on(self.deps);
        self.bits
    }

    fn observe(self) -> u64 {
        self.bits
    }

    fn life(self) -> u32 {
        u32::from(self.life)
    }
}

macro_rules! operator {
    ($operator:ident, $method:ident, $f:expr) => {
        impl $operator for Value {
            type Output = Value;
            fn $method(self, other: Value) -> Value {
                let f: fn(u64, u64) -> u64 = $f;
                self.combine(other, f(self.bits, other.bits))
            }
        }
    };
}

operator!(Add, add, u64::wrapping_add);
operator!(Sub, sub, u64::wrapping_sub);
operator!(BitAnd, bitand, |a, b| a & b);
operator!(BitOr, bitor, |a, b| a | b);
operator!(BitXor, bitxor, |a, b| a ^ b);

impl Not for Value {
    type Output = Value;
    fn not(self) -> Value {
        Value { bits: !self.bits, ..self }
    }
}
