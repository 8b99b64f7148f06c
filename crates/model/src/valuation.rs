//! What the reads and writes of an execution hold, as far as reads-from settles it.

use crate::lower::Lowered;
use crate::operation::Datum;
use crate::relation::{Rel, Set};
use crate::skeleton::Skeleton;
use crate::symbol::Term;

/// What an event reads or writes, before it is known from where its thread's reads read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Held {
    /// It is a fence.
    Nothing,
    /// It reads: the read of this number in its thread, or one that nothing depends on.
    Read(Option<u8>),
    /// It writes this term over its thread's reads.
    Write(Term),
}

/// By event: its value, once known.
pub(crate) type Values = Vec<Option<Datum>>;

/// By event: the decisions that it rests on, by how many came before.
pub(crate) type Grounds = Rel;

/// Passes values on: from writes to the reads that read from them, and from reads to the writes computed from them. It
/// begins at `fresh`, which are events that may have become known, and returns those that did. `grounds` has what each
/// event rests on, and passes on with the values; an error is what it rests on that some read or branch does not accept
/// what it gets.
pub(crate) fn pass_on(
    s: &Skeleton,
    source: impl Fn(usize) -> Option<usize>,
    fresh: Set,
    values: &mut Values,
    grounds: &mut Grounds,
) -> Result<Set, Set> {
    let of = |thread, values: &Values, term| value_of(s, thread, values, term);
    let (mut open, mut known, mut told) = (fresh, Set::default(), Set::default());
    while let Some(event) = open.iter().next() {
        open = open - Set::of(event);
        if values[event].is_some() {
            continue;
        }
        let thread = s.events[event].thread;
        let value = match (s.held[event], thread) {
            (Held::Read(_), _) => source(event).and_then(|write| {
                grounds.insert_all(event, grounds.row(write));
                values[write]
            }),
            (Held::Write(Term::Const(datum)), _) => Some(datum),
            (Held::Write(term), Some(thread)) => of(thread, values, term).inspect(|_| {
                grounds.insert_all(event, grounds_of(s.reads_under(thread, term), grounds));
            }),
            _ => None,
        };
        let Some(value) = value else { continue };
        values[event] = Some(value);
        known.insert(event);
        if s.r.has(event) {
            if !s.possible[event].contains(&value) {
                return Err(grounds.row(event));
            }
            thread.into_iter().for_each(|thread| told.insert(thread));
            open |= s.computed_from[event];
        } else {
            let readers = (s.loc.row(event) & s.r).iter().filter(|&read| source(read) == Some(event));
            open |= readers.collect();
        }
    }
    // Nothing new, nothing that a branch would not have accepted before.
    for thread in told.iter() {
        for &(term, bits) in &s.symbols[thread].constraints {
            if of(thread, values, term).is_some_and(|datum| datum.bits != bits) {
                return Err(grounds_of(s.reads_under(thread, term), grounds));
            }
        }
    }
    Ok(known)
}

/// What some events rest on together.
pub(crate) fn grounds_of(events: Set, grounds: &Grounds) -> Set {
    events.iter().fold(Set::default(), |all, event| all | grounds.row(event))
}

/// Gives every event the value that reads-from settles; whether every read and every branch accepts what it gets.
pub(crate) fn settle(s: &Skeleton, source: impl Fn(usize) -> Option<usize>, values: &mut Values) -> bool {
    pass_on(s, source, s.m(), values, &mut s.none()).is_ok()
}

/// The value of a term of this thread, if it is known.
fn value_of(s: &Skeleton, thread: usize, values: &Values, term: Term) -> Option<Datum> {
    s.symbols[thread].value(term, &|number| values[s.reads[thread][usize::from(number)]?])
}

/// What the threads of a complete execution return.
pub(crate) fn results(s: &Skeleton, runs: &[&Lowered], values: &Values) -> Vec<Vec<u64>> {
    let bits = |thread, &term: &Term| value_of(s, thread, values, term).map_or(0, |datum| datum.bits);
    let of = |(thread, run): (usize, &&Lowered)| run.results.iter().map(|term| bits(thread, term)).collect();
    runs.iter().enumerate().map(of).collect()
}

/// Whether every read and write has a value: none is its own cause.
pub(crate) fn all_known(s: &Skeleton, values: &Values) -> bool {
    s.m().iter().all(|event| values[event].is_some())
}
