//! Whether what some runs do to one cell can be put in one order: each run's accesses as in its program, each read
//! returning what was written last, and nothing between the halves of a read-modify-write.
//!
//! That is coherence, cell by cell: acyclic(po-loc | rf | co | fr), with atomicity (Alglave, Maranget, Tautschnig,
//! "Herding Cats", TOPLAS 2014, section 4.2). Only whether there is such an order is asked, and what the cell holds after
//! it, so two orders that have led to the same place in every run, the same value, and the same remembered values are one.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::lower::{LocalEvent, Lowered};
use crate::operation::Datum;
use crate::skeleton::Kind;
use crate::symbol::Term;
use crate::valuation::Held;

/// How far each run has come, what the cell holds, and what reads returned that a run still asks for.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Place {
    next: Vec<u8>,
    holds: Datum,
    /// By run and number of the read.
    remembered: Vec<(u8, u8, Datum)>,
}

struct Search<'r> {
    runs: &'r [&'r Lowered],
    /// By run: [`asked_for`], as a set of numbers.
    asked_for: Vec<u64>,
    seen: FxHashSet<Place>,
    /// Where it goes on.
    open: Vec<Place>,
}

/// Whether these runs, whose events are all of one cell, have a serial order from this initial value. A value that
/// is computed from other cells' is any of the possible ones.
pub(crate) fn has_serial_order(runs: &[&Lowered], init: Datum) -> bool {
    Search::of(runs, init).next_end(usize::MAX).is_some()
}

/// How many places are looked at before it is left open what a cell may hold at the end.
const MOST_PLACES: usize = 20_000;

/// What the cell may hold after such an order; `None` if that takes too long to find out.
pub(crate) fn last_held(runs: &[&Lowered], init: Datum) -> Option<Vec<u64>> {
    let mut search = Search::of(runs, init);
    let mut held = BTreeSet::new();
    while let Some(datum) = search.next_end(MOST_PLACES) {
        held.insert(datum.bits);
    }
    search.open.is_empty().then(|| held.into_iter().collect())
}

/// The reads that a branch asks about together with others, or that a write other than their own
/// read-modify-write's is computed from.
fn asked_for(run: &Lowered) -> u64 {
    let by_writes = run.events.iter().enumerate().map(|(index, event)| match event.held {
        Held::Write(term) => run.symbols.reads(term) & !own_read(run, index),
        _ => 0,
    });
    let by_branches = run.symbols.constraints.iter().map(|(term, _)| run.symbols.reads(*term));
    by_writes.chain(by_branches).fold(0, |all, reads| all | reads)
}

/// The read of the read-modify-write that this event is the write of.
fn own_read(run: &Lowered, index: usize) -> u64 {
    let read = index.checked_sub(1).filter(|_| run.events[index].rmw).map(|read| run.events[read].held);
    if let Some(Held::Read(Some(number))) = read { 1 << number } else { 0 }
}

impl<'r> Search<'r> {
    fn of(runs: &'r [&'r Lowered], init: Datum) -> Search<'r> {
        let start = Place { next: vec![0; runs.len()], holds: init, remembered: Vec::new() };
        let asked_for = runs.iter().map(|run| asked_for(run)).collect();
        Search { runs, asked_for, seen: FxHashSet::default(), open: vec![start] }
    }

    /// What the cell holds where all runs have come to their ends, in one way more; `None` if there is no more, or not
    /// among the first `most` places.
    fn next_end(&mut self, most: usize) -> Option<Datum> {
        while self.seen.len() <= most {
            let place = self.open.pop()?;
            if self.runs.iter().zip(&place.next).all(|(run, &next)| usize::from(next) == run.events.len()) {
                return Some(place.holds);
            }
            if !self.seen.insert(place.clone()) {
                continue;
            }
            // A read that nobody asks about later is best done at once: it changes nothing.
            let free = (0..self.runs.len()).find(|&thread| self.reads_freely(&place, thread));
            let threads = free.map_or(0..self.runs.len(), |thread| thread..thread + 1);
            threads.for_each(|thread| self.open.extend(self.steps(&place, thread)));
        }
        None
    }

    fn next(&self, place: &Place, thread: usize) -> Option<(usize, &LocalEvent)> {
        let index = usize::from(place.next[thread]);
        self.runs[thread].events.get(index).map(|event| (index, event))
    }

    /// Whether a run's next access is a read by itself that can be done here and now, and is not asked about later.
    fn reads_freely(&self, place: &Place, thread: usize) -> bool {
        let Some((index, event)) = self.next(place, thread) else { return false };
        let is_half = self.runs[thread].is_half(index);
        let Held::Read(number) = event.held else { return false };
        let is_asked_for = number.is_some_and(|number| self.asked_for[thread] >> number & 1 == 1);
        !is_half && !is_asked_for && event.possible.contains(&place.holds)
    }

    /// What a run's next access, with the other half of a read-modify-write, can lead to.
    fn steps(&self, place: &Place, thread: usize) -> Vec<Place> {
        let Some((index, event)) = self.next(place, thread) else { return Vec::new() };
        let run = self.runs[thread];
        let mut after = place.clone();
        after.next[thread] += 1;
        if event.kind == Kind::Read {
            if !event.possible.contains(&place.holds) {
                return Vec::new();
            }
            let write = run.events.get(index + 1).filter(|write| write.rmw);
            if let Held::Read(Some(number)) = event.held {
                let entry = (thread as u8, number, place.holds);
                let at = after.remembered.partition_point(|known| *known < entry);
                after.remembered.insert(at, entry);
                if !self.branches_accept(&after, thread) {
                    return Vec::new();
                }
                if write.is_none() {
                    self.forget(&mut after, thread, number);
                }
            }
            let Some(write) = write else { return vec![after] };
            after.next[thread] += 1;
            let mut all = self.writes(after, thread, write);
            if let Held::Read(Some(number)) = event.held {
                all.iter_mut().for_each(|after| self.forget(after, thread, number));
            }
            return all;
        }
        self.writes(after, thread, event)
    }

    fn writes(&self, after: Place, thread: usize, write: &LocalEvent) -> Vec<Place> {
        let Held::Write(term) = write.held else { return vec![after] };
        let value = self.value(&after, thread, term);
        let values = value.as_ref().map_or(&*write.possible, std::slice::from_ref);
        values.iter().map(|&holds| Place { holds, ..after.clone() }).collect()
    }

    fn value(&self, place: &Place, thread: usize, term: Term) -> Option<Datum> {
        let read = |number: u8| {
            let of = |&&(by, read, _): &&(u8, u8, Datum)| usize::from(by) == thread && read == number;
            place.remembered.iter().find(of).map(|&(_, _, datum)| datum)
        };
        self.runs[thread].symbols.value(term, &read)
    }

    /// Whether every branch that asks about several reads accepts what is known of them.
    fn branches_accept(&self, place: &Place, thread: usize) -> bool {
        let accepts = |&(term, bits): &(Term, u64)| self.value(place, thread, term).is_none_or(|d| d.bits == bits);
        self.runs[thread].symbols.constraints.iter().all(accepts)
    }

    /// Forgets what a read returned, if nobody asks about it later.
    fn forget(&self, place: &mut Place, thread: usize, number: u8) {
        if self.asked_for[thread] >> number & 1 == 0 {
            place.remembered.retain(|&(by, read, _)| (usize::from(by), read) != (thread, number));
        }
    }
}
