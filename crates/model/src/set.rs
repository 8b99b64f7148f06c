//! Sets of events, as one machine word pair.

use std::fmt;
use std::ops::{BitAnd, BitOr, Not, Sub};

/// A set of events.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Set(pub(crate) u128);

impl Set {
    /// The set of one event.
    pub fn of(event: usize) -> Set {
        Set(1 << event)
    }

    /// Whether `event` is in it.
    pub fn has(self, event: usize) -> bool {
        self.0 >> event & 1 == 1
    }

    /// Adds an event.
    pub fn insert(&mut self, event: usize) {
        self.0 |= 1 << event;
    }

    /// Whether there is none in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The number of events in it.
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The last of its events.
    pub(crate) fn last(self) -> Option<usize> {
        (self.0 != 0).then(|| self.0.ilog2() as usize)
    }

    /// Calls `f` with its events, in ascending order.
    #[inline(always)]
    pub(crate) fn each(self, mut f: impl FnMut(usize)) {
        for (half, first) in [(self.0 as u64, 0), ((self.0 >> 64) as u64, 64)] {
            let mut rest = half;
            while rest != 0 {
                f(first + rest.trailing_zeros() as usize);
                rest &= rest - 1;
            }
        }
    }

    /// Its events, in ascending order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        // One word at a time: to count zeros and to take one away is dearer in a pair.
        let (mut low, mut high) = (self.0 as u64, (self.0 >> 64) as u64);
        std::iter::from_fn(move || {
            let (rest, first) = if low != 0 { (&mut low, 0) } else { (&mut high, 64) };
            (*rest != 0).then(|| {
                let event = first + rest.trailing_zeros() as usize;
                *rest &= *rest - 1;
                event
            })
        })
    }
}

impl FromIterator<usize> for Set {
    fn from_iter<I: IntoIterator<Item = usize>>(events: I) -> Set {
        let mut set = Set::default();
        events.into_iter().for_each(|event| set.insert(event));
        set
    }
}

impl BitOr for Set {
    type Output = Set;
    fn bitor(self, other: Set) -> Set {
        Set(self.0 | other.0)
    }
}

impl BitAnd for Set {
    type Output = Set;
    fn bitand(self, other: Set) -> Set {
        Set(self.0 & other.0)
    }
}

impl Sub for Set {
    type Output = Set;
    fn sub(self, other: Set) -> Set {
        Set(self.0 & !other.0)
    }
}

impl Not for Set {
    type Output = Set;
    fn not(self) -> Set {
        Set(!self.0)
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
