//! What a read can return: the write events of all runs, and which of them a thread can see after what it saw last.

use std::borrow::Cow;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::clock::{Clock, Least, Origin};
use crate::operation::Datum;

/// A write event that some run produced.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub origin: Origin,
    pub datum: Datum,
    pub clock: Clock,
    pub depth: Depth,
}

/// Through how many writes a value was computed from others, at the least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Depth {
    /// Of these the last ones, which are all to one cell.
    pub here: usize,
    pub total: usize,
}

impl Depth {
    /// The lesser of each.
    pub fn or(self, other: Depth) -> Depth {
        Depth { here: self.here.min(other.here), total: self.total.min(other.total) }
    }
}

/// So many writes are compared one by one with others.
const FEW: usize = 64;

/// Write events to one cell, as far as they are told apart: by who made them and what is written, and some by what came
/// before them at the least.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    list: Vec<Source>,
    /// Their places, if there are many.
    places: FxHashMap<(Origin, Datum, Option<Least>), usize>,
}

impl Sources {
    /// Adds a write event, told apart from others by what came before it if `by_history`; whether that told anything new.
    pub fn add(&mut self, source: Source, by_history: bool) -> bool {
        let key = |of: &Source| (of.origin, of.datum, by_history.then(|| of.clock.least()));
        let place = if self.list.len() <= FEW {
            self.list.iter().position(|known| key(known) == key(&source))
        } else {
            if self.places.is_empty() {
                self.places = self.list.iter().map(key).zip(0..).collect();
            }
            self.places.get(&key(&source)).copied()
        };
        let Some(place) = place else {
            if self.list.len() > FEW {
                self.places.insert(key(&source), self.list.len());
            }
            self.list.push(source);
            return true;
        };
        let known = &mut self.list[place];
        let before = (known.clock.clone(), known.depth);
        known.clock.widen(&source.clock);
        known.depth = known.depth.or(source.depth);
        (&known.clock, known.depth) != (&before.0, before.1)
    }

    pub fn as_slice(&self) -> &[Source] {
        &self.list
    }

    pub fn into_vec(self) -> Vec<Source> {
        self.list
    }
}

/// Those of `next` that a thread can see after one of `here`, with what it then knows of where they stand.
pub(crate) fn follow<'s>(here: &[Source], next: impl Iterator<Item = &'s Source>) -> Vec<Source> {
    let after = |source: &Source, earlier: Option<Clock>| {
        earlier.map(|earlier| Source { clock: source.clock.after(&earlier), ..source.clone() })
    };
    if here.len() <= FEW {
        let earlier = |source: &Source| {
            let same = |at: &Source| at.origin == source.origin && at.datum == source.datum;
            let before = here.iter().filter(|at| same(at) || at.clock.may_precede(&source.clock, source.origin));
            either(before.map(|at| &at.clock))
        };
        return next.filter_map(|source| after(source, earlier(source))).collect();
    }
    // Most of many differ only in what they write, which says nothing of where they stand.
    let clocks: FxHashSet<&Clock> = here.iter().map(|at| &at.clock).collect();
    let clocks: Vec<&Clock> = clocks.into_iter().collect();
    let mut same: FxHashMap<(Origin, Datum), Cow<'_, Clock>> = FxHashMap::default();
    for at in here {
        let known = same.entry((at.origin, at.datum));
        known.and_modify(|clock| clock.to_mut().widen(&at.clock)).or_insert(Cow::Borrowed(&at.clock));
    }
    let mut earlier: FxHashMap<(Origin, &Clock), Option<Clock>> = FxHashMap::default();
    let earlier = |source: &'s Source| {
        let others = earlier.entry((source.origin, &source.clock)).or_insert_with(|| {
            either(clocks.iter().copied().filter(|clock| clock.may_precede(&source.clock, source.origin)))
        });
        let same = same.get(&(source.origin, source.datum)).map(Cow::as_ref);
        after(source, either(same.into_iter().chain(&*others)))
    };
    next.filter_map(earlier).collect()
}

/// The clock of a write that is one of these.
pub(crate) fn either<'c>(mut clocks: impl Iterator<Item = &'c Clock>) -> Option<Clock> {
    let mut either = clocks.next()?.clone();
    clocks.for_each(|clock| either.widen(clock));
    Some(either)
}
