//! What a read can return: the write events of all runs, and which of them a thread can see after what it saw last.

use rustc_hash::FxHashMap;

use crate::clock::{Clock, Origin};
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

/// Adds a write event to a list; whether that told anything new.
pub(crate) fn add_source(list: &mut Vec<Source>, source: Source) -> bool {
    let Some(known) = list.iter_mut().find(|s| s.origin == source.origin && s.datum == source.datum) else {
        list.push(source);
        return true;
    };
    let before = (known.clock.clone(), known.depth);
    known.clock.widen(&source.clock);
    known.depth = known.depth.or(source.depth);
    (&known.clock, known.depth) != (&before.0, before.1)
}

/// Those of `next` that a thread can see after one of `here`, with what it then knows of where they stand.
pub(crate) fn follow<'s>(here: &[Source], next: impl Iterator<Item = &'s Source>) -> Vec<Source> {
    // Many differ only in what they write, which says nothing of where they stand.
    let mut clocks: Vec<&Clock> = Vec::new();
    let mut same: FxHashMap<(Origin, Datum), Clock> = FxHashMap::default();
    for source in here {
        if !clocks.contains(&&source.clock) {
            clocks.push(&source.clock);
        }
        let known = same.entry((source.origin, source.datum));
        known.and_modify(|clock| clock.widen(&source.clock)).or_insert_with(|| source.clock.clone());
    }
    let mut earlier: Vec<(Origin, &Clock, Option<Clock>)> = Vec::new();
    let mut found: Vec<Source> = Vec::new();
    for source in next {
        let known = earlier.iter().rposition(|&(origin, clock, _)| origin == source.origin && *clock == source.clock);
        let place = known.unwrap_or_else(|| {
            let before = clocks.iter().copied().filter(|clock| clock.may_precede(&source.clock, source.origin));
            earlier.push((source.origin, &source.clock, either(before)));
            earlier.len() - 1
        });
        let itself = same.get(&(source.origin, source.datum));
        if let Some(earlier) = either(itself.into_iter().chain(&earlier[place].2)) {
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
