//! Values read from memory.

use std::fmt::Debug;
use std::ops::{Add, BitAnd, BitOr, BitXor, Not, Sub};

/// A value that came from memory or is on its way there.
///
/// Natively this is a `u64` (values of 32-bit cells are zero-extended, and truncated when stored). In a
/// checker it also carries the set of reads that it was computed from. The operators keep that set;
/// [`Word::get`] and the tests built on it turn the value into control flow, and a checker records a
/// control dependency from every read in the set to whatever follows in program order.
pub trait Word:
    Copy
    + Debug
    + Send
    + 'static
    + From<u64>
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitXor<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Not<Output = Self>
{
    /// The value, to be branched on.
    fn get(self) -> u64;

    /// The value, looked at from outside the program: no dependency is recorded.
    ///
    /// For harnesses that judge an execution, never for code under test.
    fn observe(self) -> u64;

    /// The life (see [`Memory::begin_life`](crate::Memory::begin_life)) of the write that this value was
    /// read from, or 0 where the back end does not follow lives. Looked at from outside, as `observe`.
    fn life(self) -> u32 {
        0
    }

    /// Whether the value equals `value`: a branch.
    fn is(self, value: u64) -> bool {
        self.get() == value
    }

    /// Whether any bit of `mask` is set: a branch.
    fn test(self, mask: u64) -> bool {
        (self & mask.into()).get() != 0
    }
}

impl Word for u64 {
    #[inline(always)]
    fn get(self) -> u64 {
        self
    }

    #[inline(always)]
    fn observe(self) -> u64 {
        self
    }
}
