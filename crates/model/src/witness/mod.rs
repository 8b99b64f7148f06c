//! Witnesses: an execution that reaches a bad state, told so that it can be believed.

mod dot;
#[cfg(test)]
mod golden;
mod numbers;
mod reason;
mod story;
mod svg;
mod text;
mod words;

use std::fmt;

use crate::checker::Checker;
use crate::combination::skeleton;
use crate::lower::Lowered;
use crate::operation::{Operation, Trace};
use crate::outcome::Outcome;
use crate::relation::Rel;
use crate::setting::Reached;
use crate::skeleton::{Execution, Skeleton};
use crate::target::Target;
use crate::valuation::Values;

pub use reason::{Gap, Reason, Step};

/// An execution that reaches a bad state.
///
/// `Display` prints it as a mailing list would: a column for each CPU, time downwards, a letter for each operation, each
/// read with the value that it saw and the letter of the write that it came from, each line with its place in the
/// source, and at the end why the model allows it. `{:#}` gives places with their whole chain of calls.
#[derive(Clone)]
pub struct Witness {
    /// What it left.
    pub outcome: Outcome,
    target: Target,
    names: Vec<String>,
    cells: Vec<String>,
    init: Vec<u64>,
    runs: Vec<Lowered>,
    traces: Vec<Trace>,
    skeleton: Skeleton,
    rf: Rel,
    co: Rel,
    values: Values,
    /// Two events that race, if it is a witness of that.
    race: Option<(usize, usize)>,
}

impl Witness {
    pub(crate) fn new(checker: &Checker, target: &Target, reached: Reached) -> Witness {
        let trace = |(thread, run): (usize, &Lowered)| checker.traces.threads[thread][run.trace].clone();
        Witness {
            outcome: reached.outcome,
            target: target.clone(),
            names: checker.traces.names.clone(),
            cells: checker.traces.cells.iter().map(|cell| cell.name.clone()).collect(),
            init: checker.init(),
            traces: reached.combination.iter().enumerate().map(trace).collect(),
            runs: reached.combination,
            skeleton: reached.skeleton,
            values: reached.values,
            rf: reached.rf,
            co: reached.co,
            race: reached.race,
        }
    }

    /// Whether the model allows this same execution (the same runs, reads-from and coherence) with other changes to the
    /// sites.
    pub(crate) fn is_allowed_under(&self, checker: &Checker, target: &Target) -> bool {
        let again = |(thread, run)| checker.lowered_again(thread, run, target);
        let runs: Option<Vec<_>> = self.runs.iter().enumerate().map(again).collect();
        runs.and_then(|runs| self.is_allowed_with(&runs)) == Some(true)
    }

    /// Whether the model allows it with these runs, which differ from its own in fences and annotations only; `None` if
    /// they do not go together.
    fn is_allowed_with(&self, runs: &[Lowered]) -> Option<bool> {
        let s = skeleton(&runs.iter().collect::<Vec<_>>(), &self.init, self.target.control).ok()?;
        let (old, new): (Vec<_>, Vec<_>) = (self.skeleton.m().iter().collect(), s.m().iter().collect());
        if old.len() != new.len() {
            return None;
        }
        let place = |event: usize| old.binary_search(&event).map(|place| new[place]).ok();
        let moved = |rel: &Rel| {
            let mut moved = s.none();
            for (a, b) in rel.pairs() {
                moved.insert(place(a)?, place(b)?);
            }
            Some(moved)
        };
        let x = Execution::new(&s, moved(&self.rf)?, moved(&self.co)?);
        Some((self.target.model.axioms)(&s)(&x))
    }

    /// By thread: its run.
    pub(crate) fn traces(&self) -> &[Trace] {
        &self.traces
    }

    /// By thread: its name.
    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// By cell: its name.
    pub(crate) fn cells(&self) -> &[String] {
        &self.cells
    }

    /// By cell: what it held at first.
    pub(crate) fn init(&self) -> &[u64] {
        &self.init
    }

    /// What the read of a thread with this number returned; `None` if there is none.
    pub fn read(&self, thread: usize, number: u8) -> Option<u64> {
        let event = *self.skeleton.reads.get(thread)?.get(usize::from(number))?;
        self.values[event?].map(|datum| datum.bits)
    }

    /// The number of its operations.
    pub fn operations(&self) -> usize {
        self.traces.iter().map(|trace| trace.operations.len()).sum()
    }

    /// The order that is missing, in one sentence, with the two accesses and the barrier that would keep it.
    pub fn summary(&self) -> String {
        self.reason().to_string()
    }

    fn operation(&self, thread: usize, operation: usize) -> Option<&Operation> {
        self.traces[thread].operations.get(operation)
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness").field("target", &self.target.name).field("outcome", &self.outcome).finish()
    }
}
