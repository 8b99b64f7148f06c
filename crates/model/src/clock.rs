//! Where a write may stand in its cell's coherence order, as far as single threads alone can tell.
//!
//! A thread that is run alone reads from a set of writes of the others that is larger than any execution offers.
//! What keeps it small is sequential consistency for each cell, which all models have: a thread never reads from a
//! write that comes before what it last saw of the cell, nor from one that comes after its own later writes. So
//! each write carries an interval clock, in the manner of Lamport and Mattern: for each thread, which of its
//! writes to the cell came last before this one, at the least and at the most.

use std::sync::Arc;

/// Where a value in memory can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    Init,
    /// A thread, and the number of the write in it, from 1.
    Write(u8, u8),
}

/// By thread: the number of its last write to the cell that is not after this one, at the least and at the most;
/// 0 is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clock(Arc<[(u8, u8)]>);

impl Clock {
    /// The initial write's, before all others.
    pub fn initial(threads: usize) -> Clock {
        Clock(std::iter::repeat_n((0, 0), threads).collect())
    }

    /// The clock of a write of which nothing is known.
    pub fn unknown(threads: usize) -> Clock {
        Clock(std::iter::repeat_n((0, u8::MAX), threads).collect())
    }

    /// The clock of a write of which either may be true.
    pub fn or(&self, other: &Clock) -> Clock {
        if self == other {
            return self.clone();
        }
        Clock(self.0.iter().zip(&*other.0).map(|(a, b)| (a.0.min(b.0), a.1.max(b.1))).collect())
    }

    /// The clock of a write that is known to be not before `earlier`.
    pub fn after(&self, earlier: &Clock) -> Clock {
        if self.0.iter().zip(&*earlier.0).all(|(this, earlier)| earlier.0 <= this.0) {
            return self.clone();
        }
        Clock(self.0.iter().zip(&*earlier.0).map(|(this, earlier)| (this.0.max(earlier.0), this.1)).collect())
    }

    /// The clock of write `number` of `thread`, which follows one of this clock: at once, if it is the write of a
    /// read-modify-write that read from it.
    pub fn next(&self, thread: u8, number: u8, at_once: bool) -> Clock {
        let mut spans: Vec<_> =
            self.0.iter().map(|&(least, most)| (least, if at_once { most } else { u8::MAX })).collect();
        spans[usize::from(thread)] = (number, number);
        Clock(spans.into())
    }

    /// Whether every own write of `thread` before it is among the first `number`.
    pub fn knows_none_after(&self, thread: u8, number: u8) -> bool {
        self.0[usize::from(thread)].0 <= number
    }

    /// Whether a write of this clock may come before `other`, another write, which is `origin`.
    pub fn may_precede(&self, other: &Clock, origin: Origin) -> bool {
        let Origin::Write(thread, number) = origin else { return false };
        self.0[usize::from(thread)].0 < number && self.0.iter().zip(&*other.0).all(|(this, other)| this.0 <= other.1)
    }
}
