//! Sets of events, as a word or two.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Not, Sub};

/// A machine word pair, which is as cheap as one half of it.
type Word = u128;

const BITS: usize = Word::BITS as usize;
const HALF: usize = BITS / 2;

/// The words of a set.
const WORDS: usize = if cfg!(feature = "large") { 2 } else { 1 };

/// The most events that an execution may have, initial writes included: 128, or 256 with the feature `large`, which makes
/// every question dearer.
pub const MAX_EVENTS: usize = WORDS * BITS;

/// A set of events.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Set([Word; WORDS]);

/// Where an event is: the place of its word, and its bit.
fn place(event: usize) -> (usize, Word) {
    debug_assert!(event < MAX_EVENTS, "event {event} of at most {MAX_EVENTS}");
    (if WORDS == 1 { 0 } else { event / BITS }, 1 << (event % BITS))
}

impl Set {
    /// The set of one event.
    pub fn of(event: usize) -> Set {
        let mut set = Set::default();
        set.insert(event);
        set
    }

    /// The events below `n`.
    pub(crate) fn below(n: usize) -> Set {
        Set(std::array::from_fn(|word| match n.saturating_sub(word * BITS) {
            0 => 0,
            below => Word::MAX >> BITS.saturating_sub(below),
        }))
    }

    /// The places of the sets that have an event.
    pub(crate) fn where_some(sets: &[Set]) -> Set {
        // Half a word at a time: to shift a whole one is dearer.
        let half = |sets: &[Set]| sets.iter().rev().fold(0u64, |half, set| half << 1 | u64::from(!set.is_empty()));
        let mut halves = sets.chunks(HALF).map(|sets| Word::from(half(sets)));
        let mut next = || halves.next().unwrap_or(0);
        Set(std::array::from_fn(|_| next() | next() << (HALF)))
    }

    /// Whether `event` is in it.
    pub fn has(self, event: usize) -> bool {
        self.0[place(event).0] >> (event % BITS) & 1 == 1
    }

    /// Adds an event.
    pub fn insert(&mut self, event: usize) {
        let (word, bit) = place(event);
        self.0[word] |= bit;
    }

    /// Takes an event away.
    pub(crate) fn remove(&mut self, event: usize) {
        let (word, bit) = place(event);
        self.0[word] &= !bit;
    }

    /// Whether there is none in it.
    pub fn is_empty(self) -> bool {
        self.0.iter().all(|&word| word == 0)
    }

    /// The number of events in it.
    pub fn len(self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The first of its events.
    pub(crate) fn first(self) -> Option<usize> {
        let word = self.0.iter().position(|&word| word != 0)?;
        Some(word * BITS + self.0[word].trailing_zeros() as usize)
    }

    /// The last of its events.
    pub(crate) fn last(self) -> Option<usize> {
        let word = self.0.iter().rposition(|&word| word != 0)?;
        Some(word * BITS + self.0[word].ilog2() as usize)
    }

    /// Calls `f` with its events, in ascending order.
    #[inline(always)]
    pub(crate) fn each(self, mut f: impl FnMut(usize)) {
        for word in 0..WORDS {
            for (half, first) in [(self.half(word, 0), word * BITS), (self.half(word, 1), word * BITS + HALF)] {
                let mut rest = half;
                while rest != 0 {
                    f(first + rest.trailing_zeros() as usize);
                    rest &= rest - 1;
                }
            }
        }
    }

    /// Its events, in ascending order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut halves: [[u64; 2]; WORDS] = std::array::from_fn(|word| [self.half(word, 0), self.half(word, 1)]);
        std::iter::from_fn(move || {
            let mut word = 0;
            while word + 1 < WORDS && halves[word] == [0, 0] {
                word += 1;
            }
            let [low, high] = &mut halves[word];
            let (rest, first) = if *low != 0 { (low, word * BITS) } else { (high, word * BITS + HALF) };
            (*rest != 0).then(|| {
                let event = first + rest.trailing_zeros() as usize;
                *rest &= *rest - 1;
                event
            })
        })
    }

    /// Half a word: to count its zeros and to take one of its events away is cheaper than in a whole one.
    fn half(self, word: usize, half: usize) -> u64 {
        (self.0[word] >> (half * HALF)) as u64
    }
}

impl From<u128> for Set {
    /// The events whose bits are set.
    fn from(bits: u128) -> Set {
        let mut set = Set::default();
        set.0[0] = bits;
        set
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
        Set(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }
}

impl BitOrAssign for Set {
    fn bitor_assign(&mut self, other: Set) {
        *self = *self | other;
    }
}

impl BitAnd for Set {
    type Output = Set;
    fn bitand(self, other: Set) -> Set {
        Set(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }
}

impl Sub for Set {
    type Output = Set;
    fn sub(self, other: Set) -> Set {
        Set(std::array::from_fn(|word| self.0[word] & !other.0[word]))
    }
}

impl Not for Set {
    type Output = Set;
    fn not(self) -> Set {
        Set(self.0.map(|word| !word))
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{MAX_EVENTS, Set};

    fn events() -> impl Strategy<Value = BTreeSet<usize>> {
        prop::collection::btree_set(0..MAX_EVENTS, 0..40)
    }

    fn set(events: &BTreeSet<usize>) -> Set {
        events.iter().copied().collect()
    }

    proptest! {
        #[test]
        fn it_is_what_its_events_say(events in events(), other in 0..MAX_EVENTS) {
            let set = set(&events);
            let mut each = Vec::new();
            set.each(|event| each.push(event));
            prop_assert!(set.iter().eq(events.iter().copied()) && each.into_iter().eq(events.iter().copied()));
            prop_assert_eq!((set.first(), set.last()), (events.first().copied(), events.last().copied()));
            prop_assert_eq!((set.len(), set.is_empty(), set.has(other)), (events.len(), events.is_empty(), events.contains(&other)));
            let (mut more, mut fewer) = (set, set);
            more.insert(other);
            fewer.remove(other);
            prop_assert_eq!((more, fewer), (set | Set::of(other), set - Set::of(other)));
            prop_assert_eq!(Set::below(other), (0..other).collect());
        }

        #[test]
        fn operators_are_those_of_sets(a in events(), b in events()) {
            let (x, y) = (set(&a), set(&b));
            prop_assert_eq!([x | y, x & y, x - y], [&a | &b, &a & &b, &a - &b].map(|events| set(&events)));
            prop_assert_eq!(x & !y, x - y);
            prop_assert_eq!(x | !x, Set::below(MAX_EVENTS));
        }

        #[test]
        fn bits_are_the_first_events(bits: u128) {
            prop_assert_eq!(Set::from(bits), (0..128).filter(|event| bits >> event & 1 == 1).collect());
        }
    }
}
