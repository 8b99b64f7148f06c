//! What the reads and writes of an execution hold, as far as reads-from settles it.

use crate::lower::Lowered;
use crate::operation::Datum;
use crate::relation::Set;
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

/// Passes values on: from writes to the reads that read from them, and from reads to the writes computed from
/// them. Whether every read and every branch accepts what it gets.
pub(crate) fn pass_on(s: &Skeleton, source: impl Fn(usize) -> Option<usize>, values: &mut Values) -> bool {
    let of = |thread, values: &Values, term| value_of(s, thread, values, term);
    let unknown: Set = s.m().iter().filter(|&event| values[event].is_none()).collect();
    let mut open = unknown;
    loop {
        let before = open;
        for event in before.iter() {
            let value = match s.held[event] {
                Held::Nothing => None,
                Held::Read(_) => source(event).and_then(|write| values[write]),
                Held::Write(Term::Const(datum)) => Some(datum),
                Held::Write(term) => s.events[event].thread.and_then(|thread| of(thread, values, term)),
            };
            if value.is_some() {
                if s.r.has(event) && !value.is_some_and(|value| s.possible[event].contains(&value)) {
                    return false;
                }
                values[event] = value;
                open = open - Set::of(event);
            }
        }
        if open == before {
            break;
        }
    }
    // Nothing new, nothing that a branch would not have accepted before.
    open == unknown
        || s.symbols.iter().enumerate().all(|(thread, symbols)| {
            symbols
                .constraints
                .iter()
                .all(|&(term, bits)| of(thread, values, term).is_none_or(|datum| datum.bits == bits))
        })
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
