//! What a read can return: the write events of all runs, and which of them a thread can see after what it saw last.

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

/// Write events to one cell, as far as they are told apart: by who made them and what is written, and some by what came
/// before them at the least.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    list: Vec<Source>,
    places: FxHashMap<(Origin, Datum, Option<Least>), usize>,
}

impl Sources {
    /// Adds a write event, told apart from others by what came before it if `by_history`; whether that told anything new.
    pub fn add(&mut self, source: Source, by_history: bool) -> bool {
        let history = by_history.then(|| source.clock.least());
        let place = *self.places.entry((source.origin, source.datum, history)).or_insert(self.list.len());
        let Some(known) = self.list.get_mut(place) else {
            self.list.push(source);
            return true;
        };
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
    // Many differ only in what they write, which says nothing of where they stand.
    let clocks: FxHashSet<&Clock> = here.iter().map(|source| &source.clock).collect();
    let mut same: FxHashMap<(Origin, Datum), Clock> = FxHashMap::default();
    for source in here {
        let known = same.entry((source.origin, source.datum));
        known.and_modify(|clock| clock.widen(&source.clock)).or_insert_with(|| source.clock.clone());
    }
    let mut earlier: FxHashMap<(Origin, &Clock), Option<Clock>> = FxHashMap::default();
    let mut found: Vec<Source> = Vec::new();
    for source in next {
        let earlier = earlier.entry((source.origin, &source.clock)).or_insert_with(|| {
            either(clocks.iter().copied().filter(|clock| clock.may_precede(&source.clock, source.origin)))
        });
        let itself = same.get(&(source.origin, source.datum));
        if let Some(earlier) = either(itself.into_iter().chain(&*earlier)) {
            found.push(Source { clock: source.clock.after(&earlier), ..source.clone() });
        }
    }
    found
}

/// The clock of a write that is one of these.
pub(crate) fn either<'c>(mut clocks: impl Iterator<Item = &'c Clock>) -> Option<Clock> {
    let mut either = clocks.next()?.clone();
    clocks.for_each(|clock| either.widen(clock));
    Some(either)
}
