//! Where a write may stand in its cell's coherence order, as far as single threads alone can tell.
//!
//! A thread that is run alone reads from a set of writes of the others that is larger than any execution offers.
//! What keeps it small is sequential consistency for each cell, which all models have: a thread never reads from a
//! write that comes before what it last saw of the cell, nor from one that comes after its own later writes. So
//! each write carries an interval clock, in the manner of Lamport and Mattern: for each thread, which of its
//! writes to the cell came last before this one, at the least and at the most.

use std::hash::{Hash, Hasher};

/// Where a value in memory can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Origin {
    Init,
    /// A thread, and the number of the write in it, from 1.
    Write(u8, u8),
}

/// The most threads of a program.
pub(crate) const MAX_THREADS: usize = 64;

/// By thread: the number of its last write to the cell that is not after this one, at the least.
pub(crate) type Least = [u8; MAX_THREADS];

/// By thread: the number of its last write to the cell that is not after this one, at the least and at the most;
/// 0 is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    least: Least,
    most: [u8; MAX_THREADS],
}

/// By the first threads alone: few programs have others.
impl Hash for Clock {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let first = |of: &Least| of.first_chunk().map(|first: &[u8; 8]| u64::from_ne_bytes(*first));
        (first(&self.least), first(&self.most)).hash(state);
    }
}

impl Clock {
    /// The initial write's, before all others.
    pub const INITIAL: Clock = Clock { least: [0; MAX_THREADS], most: [0; MAX_THREADS] };

    /// The clock of a write of which nothing is known.
    pub const UNKNOWN: Clock = Clock { least: [0; MAX_THREADS], most: [u8::MAX; MAX_THREADS] };

    /// Makes it the clock of a write of which that may be true, or what was.
    pub fn widen(&mut self, other: &Clock) {
        for (a, b) in self.least.iter_mut().zip(&other.least) {
            *a = (*a).min(*b);
        }
        for (a, b) in self.most.iter_mut().zip(&other.most) {
            *a = (*a).max(*b);
        }
    }

    /// The clock of a write that is known to be not before `earlier`.
    pub fn after(&self, earlier: &Clock) -> Clock {
        let mut after = self.clone();
        for (a, b) in after.least.iter_mut().zip(&earlier.least) {
            *a = (*a).max(*b);
        }
        after
    }

    /// The clock of write `number` of `thread`, which follows one of this clock: at once, if it is the write of a
    /// read-modify-write that read from it.
    pub fn next(&self, thread: u8, number: u8, at_once: bool) -> Clock {
        let mut next = self.clone();
        if !at_once {
            next.most = [u8::MAX; MAX_THREADS];
        }
        (next.least[usize::from(thread)], next.most[usize::from(thread)]) = (number, number);
        next
    }

    /// What comes before it, at the least.
    pub fn least(&self) -> Least {
        self.least
    }

    /// Whether every own write of `thread` before it is among the first `number`.
    pub fn knows_none_after(&self, thread: u8, number: u8) -> bool {
        self.least[usize::from(thread)] <= number
    }

    /// Whether a write of this clock may come before `other`, another write, which is `origin`.
    pub fn may_precede(&self, other: &Clock, origin: Origin) -> bool {
        let Origin::Write(thread, number) = origin else { return false };
        // All threads are compared, which takes fewer instructions than stopping at the first that differs.
        let fits = || self.least.iter().zip(&other.most).fold(true, |fits, (this, other)| fits & (this <= other));
        self.least[usize::from(thread)] < number && fits()
    }
}
