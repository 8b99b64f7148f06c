//! Relations between events, as bit matrices.
//!
//! An execution has at most [`MAX_EVENTS`] events, so that a set is a few machine words and a relation a set a row. The operators are those of the papers: `|`, `&`, `-` (difference), [`Rel::then`] (`r;s`),
//! [`Rel::plus`] (`r⁺`), [`Rel::star`] (`r*`), [`Rel::opt`] (`r?`), [`Rel::inverse`] (`r⁻¹`), and
//! [`Rel::from`] and [`Rel::to`] for `[S];r` and `r;[S]`.

use std::cell::RefCell;
use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};

pub use crate::set::{MAX_EVENTS, Set};

/// A relation over the events `0..n` of one execution.
#[derive(PartialEq, Eq)]
pub struct Rel {
    rows: Vec<Set>,
}

thread_local! {
    /// Rows of relations that were dropped. A search makes and drops some hundred relations for each question, and asks
    /// hundreds of thousands.
    static SPARE: RefCell<Vec<Vec<Set>>> = const { RefCell::new(Vec::new()) };
}

/// The most rows that a thread keeps.
const MOST_SPARE: usize = 256;

impl Drop for Rel {
    fn drop(&mut self) {
        let rows = std::mem::take(&mut self.rows);
        // A thread that ends has none to keep.
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < MOST_SPARE {
                spare.push(rows);
            }
        });
    }
}

impl Clone for Rel {
    fn clone(&self) -> Rel {
        Rel::with_rows(self.rows.iter().copied())
    }
}

impl Rel {
    fn with_rows(new: impl Iterator<Item = Set>) -> Rel {
        let spare = SPARE.try_with(|spare| spare.borrow_mut().pop());
        let mut rows = spare.ok().flatten().unwrap_or_else(|| Vec::with_capacity(MAX_EVENTS));
        rows.clear();
        rows.extend(new);
        Rel { rows }
    }

    /// What it is among these events, by their places there.
    pub(crate) fn among(&self, events: &[usize]) -> Rel {
        let (mut among, mut places) = (Rel::empty(events.len()), [0; MAX_EVENTS]);
        events.iter().enumerate().for_each(|(place, &event)| places[event] = place);
        let all: Set = events.iter().copied().collect();
        for (place, &event) in events.iter().enumerate() {
            (self.row(event) & all).each(|later| among.insert(place, places[later]));
        }
        among
    }

    /// The empty relation over `n` events.
    ///
    /// # Panics
    /// If `n` is above [`MAX_EVENTS`].
    pub fn empty(n: usize) -> Rel {
        assert!(n <= MAX_EVENTS, "a relation over {n} events, where {MAX_EVENTS} is the limit");
        Rel::with_rows(std::iter::repeat_n(Set::default(), n))
    }

    /// `[S]`: the identity on a set.
    pub fn on(n: usize, set: Set) -> Rel {
        let mut rel = Rel::empty(n);
        set.iter().filter(|&event| event < n).for_each(|event| rel.rows[event] = Set::of(event));
        rel
    }

    /// `A × B`.
    pub fn product(n: usize, a: Set, b: Set) -> Rel {
        let among = b & Set::below(n);
        Rel::with_rows((0..n).map(|event| if a.has(event) { among } else { Set::default() }))
    }

    /// The number of events that it ranges over.
    pub fn size(&self) -> usize {
        self.rows.len()
    }

    /// Whether `a` is related to `b`.
    pub fn has(&self, a: usize, b: usize) -> bool {
        self.rows[a].has(b)
    }

    /// Relates `a` to `b`.
    pub fn insert(&mut self, a: usize, b: usize) {
        self.rows[a].insert(b);
    }

    /// What `a` is related to.
    pub fn row(&self, a: usize) -> Set {
        self.rows[a]
    }

    /// Relates `a` to the events of `set` and no others.
    pub(crate) fn set_row(&mut self, a: usize, set: Set) {
        self.rows[a] = set;
    }

    /// Relates `a` to every event of `set`.
    pub fn insert_all(&mut self, a: usize, set: Set) {
        self.rows[a] |= set;
    }

    /// Its pairs, in ascending order.
    pub fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.rows.iter().enumerate().flat_map(|(a, &row)| row.iter().map(move |b| (a, b)))
    }

    /// Whether it has no pair.
    pub fn is_empty(&self) -> bool {
        self.rows.iter().all(|row| row.is_empty())
    }

    /// `[S];r`.
    pub fn from(&self, set: Set) -> Rel {
        let rows = self.rows.iter().enumerate();
        Rel::with_rows(rows.map(|(event, &row)| if set.has(event) { row } else { Set::default() }))
    }

    /// `r;[S]`.
    pub fn to(&self, set: Set) -> Rel {
        Rel::with_rows(self.rows.iter().map(|&row| row & set))
    }

    /// `r;s`.
    pub fn then(&self, next: &Rel) -> Rel {
        let leads_on = next.domain();
        let follow = |&row: &Set| {
            let mut reached = Set::default();
            (row & leads_on).each(|event| reached |= next.rows[event]);
            reached
        };
        Rel::with_rows(self.rows.iter().map(follow))
    }

    /// `r;s?`, which takes less than `s?` to be made and followed.
    pub fn then_opt(&self, next: &Rel) -> Rel {
        self.then(next) | self
    }

    /// `r⁻¹`.
    pub fn inverse(&self) -> Rel {
        let mut inverse = Rel::empty(self.size());
        self.pairs().for_each(|(a, b)| inverse.insert(b, a));
        inverse
    }

    /// `r⁺`.
    pub fn plus(&self) -> Rel {
        if (self.domain() & self.range()).is_empty() {
            return self.clone();
        }
        self.plus_if_acyclic().unwrap_or_else(|| self.plus_with_cycles())
    }

    /// `r⁺`; `None` if it relates some event to itself.
    fn plus_if_acyclic(&self) -> Option<Rel> {
        let mut closure = self.clone();
        let ended = self.walk(|event| {
            // What comes after an event is complete when the event's own turn comes. The first of its successors mostly
            // lead to the others.
            let (mut reached, mut left) = (Set::default(), self.rows[event]);
            while let Some(next) = left.first() {
                reached |= closure.rows[next];
                reached.insert(next);
                left = left - reached;
            }
            closure.rows[event] = reached;
        });
        ended.then_some(closure)
    }

    /// Warshall's algorithm.
    fn plus_with_cycles(&self) -> Rel {
        let mut closure = self.clone();
        for middle in 0..self.size() {
            let reached = closure.rows[middle];
            if !reached.is_empty() {
                for row in &mut closure.rows {
                    *row |= if row.has(middle) { reached } else { Set::default() };
                }
            }
        }
        closure
    }

    /// Visits each event after all that it leads to; whether that is possible, that is, there is no cycle.
    fn walk(&self, mut visit: impl FnMut(usize)) -> bool {
        let (mut done, mut open) = (Set::default(), Set::default());
        let mut path = [0u8; MAX_EVENTS];
        for first in 0..self.size() {
            if done.has(first) {
                continue;
            }
            let mut depth = 1;
            path[0] = first as u8;
            open.insert(first);
            while depth > 0 {
                let event = usize::from(path[depth - 1]);
                let row = self.rows[event];
                if !(row & open).is_empty() {
                    return false;
                }
                if let Some(next) = (row - done).first() {
                    path[depth] = next as u8;
                    open.insert(next);
                    depth += 1;
                } else {
                    visit(event);
                    done.insert(event);
                    open.remove(event);
                    depth -= 1;
                }
            }
        }
        true
    }

    /// `r?`.
    pub fn opt(&self) -> Rel {
        Rel::with_rows(self.rows.iter().enumerate().map(|(event, &row)| row | Set::of(event)))
    }

    /// `r*`.
    pub fn star(&self) -> Rel {
        self.plus().reflexive()
    }

    /// `r*`, if `r` is acyclic.
    pub fn acyclic_star(&self) -> Option<Rel> {
        self.plus_if_acyclic().map(Rel::reflexive)
    }

    fn reflexive(mut self) -> Rel {
        self.rows.iter_mut().enumerate().for_each(|(event, row)| row.insert(event));
        self
    }

    /// The events that are related to something.
    pub fn domain(&self) -> Set {
        Set::where_some(&self.rows)
    }

    /// The events that something is related to.
    pub fn range(&self) -> Set {
        self.rows.iter().fold(Set::default(), |range, &row| range | row)
    }

    /// Whether no event is related to itself.
    pub fn irreflexive(&self) -> bool {
        self.rows.iter().enumerate().all(|(event, row)| !row.has(event))
    }

    /// Whether `r;s` relates no event to itself.
    pub fn then_irreflexive(&self, next: &Rel) -> bool {
        next.pairs().all(|(a, b)| !self.has(b, a))
    }

    /// Whether no chain of its pairs comes back to where it began.
    pub fn acyclic(&self) -> bool {
        self.walk(|_| {})
    }
}

/// The union of several relations, none of which is missing.
pub fn union<const K: usize>(relations: [&Rel; K]) -> Rel {
    let mut sum = relations[0].clone();
    relations[1..].iter().for_each(|rel| sum |= rel);
    sum
}

impl BitOrAssign<&Rel> for Rel {
    fn bitor_assign(&mut self, other: &Rel) {
        self.rows.iter_mut().zip(&other.rows).for_each(|(a, &b)| *a |= b);
    }
}

/// Lets an operator take relations by value, whose memory is then the result's, and by reference.
macro_rules! operator {
    ($operator:ident, $method:ident, $f:expr) => {
        impl $operator<&Rel> for &Rel {
            type Output = Rel;
            fn $method(self, other: &Rel) -> Rel {
                self.clone().$method(other)
            }
        }
        impl $operator<Rel> for &Rel {
            type Output = Rel;
            fn $method(self, mut other: Rel) -> Rel {
                other.rows.iter_mut().zip(&self.rows).for_each(|(b, &a)| *b = $f(a, *b));
                other
            }
        }
        impl $operator<&Rel> for Rel {
            type Output = Rel;
            fn $method(mut self, other: &Rel) -> Rel {
                self.rows.iter_mut().zip(&other.rows).for_each(|(a, &b)| *a = $f(*a, b));
                self
            }
        }
        impl $operator<Rel> for Rel {
            type Output = Rel;
            fn $method(self, other: Rel) -> Rel {
                self.$method(&other)
            }
        }
    };
}

operator!(BitOr, bitor, |a: Set, b: Set| a | b);
operator!(BitAnd, bitand, |a: Set, b: Set| a & b);
operator!(Sub, sub, |a: Set, b: Set| a - b);

impl fmt::Debug for Rel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.pairs()).finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MAX_EVENTS, Rel, Set};

    const N: usize = 9;

    fn rel() -> impl Strategy<Value = Rel> {
        prop::collection::vec((0..N, 0..N), 0..20).prop_map(|pairs| {
            let mut rel = Rel::empty(N);
            pairs.into_iter().for_each(|(a, b)| rel.insert(a, b));
            rel
        })
    }

    fn set() -> impl Strategy<Value = Set> {
        prop::collection::vec(0..N, 0..N).prop_map(|events| events.into_iter().collect())
    }

    proptest! {
        #[test]
        fn composition_is_associative_and_distributes(r in rel(), s in rel(), t in rel()) {
            prop_assert_eq!(r.then(&s).then(&t), r.then(&s.then(&t)));
            prop_assert_eq!(r.then(&(&s | &t)), r.then(&s) | r.then(&t));
            prop_assert_eq!(r.then(&s).inverse(), s.inverse().then(&r.inverse()));
            prop_assert_eq!(r.then_opt(&s), r.then(&s.opt()));
        }

        #[test]
        fn composition_is_what_its_pairs_say(r in rel(), s in rel()) {
            for a in 0..N {
                for b in 0..N {
                    let some = (0..N).any(|middle| r.has(a, middle) && s.has(middle, b));
                    prop_assert_eq!(r.then(&s).has(a, b), some);
                }
            }
            prop_assert_eq!(r.then_irreflexive(&s), r.then(&s).irreflexive());
        }

        #[test]
        fn closure_is_the_least_transitive(r in rel()) {
            let closure = r.plus();
            prop_assert!((&r - &closure).is_empty());
            prop_assert!((closure.then(&closure) - &closure).is_empty());
            let mut power = r.clone();
            let mut sum = r.clone();
            for _ in 0..N {
                power = power.then(&r);
                sum |= &power;
            }
            prop_assert_eq!(&closure, &sum);
            prop_assert_eq!(r.star(), closure.opt());
            prop_assert_eq!(r.acyclic(), closure.irreflexive());
            prop_assert_eq!(r.acyclic_star(), r.acyclic().then(|| r.star()));
        }

        #[test]
        fn restriction_is_composition_with_an_identity(r in rel(), a in set(), b in set()) {
            prop_assert_eq!(r.from(a), Rel::on(N, a).then(&r));
            prop_assert_eq!(r.to(b), r.then(&Rel::on(N, b)));
            prop_assert_eq!(r.from(a).to(b), &r & Rel::product(N, a, b));
            prop_assert_eq!(r.domain(), r.inverse().range());
        }
    }

    #[test]
    fn the_largest_relation_closes() {
        let mut chain = Rel::empty(MAX_EVENTS);
        (1..MAX_EVENTS).for_each(|event| chain.insert(event - 1, event));
        assert!(chain.plus().has(0, MAX_EVENTS - 1) && chain.acyclic());
        chain.insert(MAX_EVENTS - 1, 0);
        assert!(!chain.acyclic());
    }
}
