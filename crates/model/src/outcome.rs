//! What can be seen of an execution from outside, and what a search reports.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::models::Model;
use crate::program::CellRef;
use crate::witness::Witness;

/// What an execution left: what each thread returned, and the final memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outcome {
    /// By thread: what its closure returned.
    pub results: Vec<Vec<u64>>,
    /// By cell ([`CellRef::index`]): its final value.
    pub memory: Vec<u64>,
}

/// An [`Outcome`] as a predicate sees it.
///
/// The search first asks with the results and with memory as it may be, to see which states it must look for. A
/// predicate must depend on nothing else.
#[derive(Debug)]
pub struct State<'o> {
    outcome: &'o Outcome,
    consulted: RefCell<Vec<usize>>,
}

impl<'o> State<'o> {
    /// The outcome as a predicate sees it that has looked at nothing yet.
    pub fn new(outcome: &'o Outcome) -> State<'o> {
        State { outcome, consulted: RefCell::default() }
    }

    /// The cells that were looked at, in the order in which they were first.
    pub fn consulted(self) -> Vec<usize> {
        self.consulted.into_inner()
    }

    /// By thread: what its closure returned.
    pub fn results(&self) -> &'o [Vec<u64>] {
        &self.outcome.results
    }

    /// The final value of a cell.
    pub fn memory<W>(&self, cell: &CellRef<W>) -> u64 {
        let mut consulted = self.consulted.borrow_mut();
        if !consulted.contains(&cell.index()) {
            consulted.push(cell.index());
        }
        self.outcome.memory.get(cell.index()).copied().unwrap_or(0)
    }
}

/// Everything that a model allows a program to do.
#[derive(Clone, Debug)]
pub struct Exploration {
    /// Every outcome.
    pub outcomes: BTreeSet<Outcome>,
    /// By outcome, in their order: how many executions have it.
    pub frequencies: Vec<u64>,
    /// The number of executions that the model allows: runs of the threads, reads-from and coherence.
    pub executions: u64,
    /// Why there may be more, if a bound was hit.
    pub unknown: Option<String>,
    /// The flags that allowed executions raise, in a model that has such a notion, each with the outcomes of those
    /// executions: data races ([`Model::DATA_RACE`](crate::Model::DATA_RACE)) and whatever else the model warns of.
    pub flags: BTreeMap<&'static str, BTreeSet<Outcome>>,
    /// How long it took.
    pub time: Duration,
}

impl Exploration {
    /// What is known if this much is allowed at the most, and `least` for certain.
    pub(crate) fn between(self, least: &dyn Fn() -> Exploration) -> Exploration {
        let mut least = least();
        if self.outcomes != least.outcomes || !self.flags.keys().eq(least.flags.keys()) {
            least.unknown.get_or_insert_with(|| OPEN_ARMS.into());
        }
        least.unknown = least.unknown.or(self.unknown);
        least.time += self.time;
        least
    }

    /// Whether an allowed execution has a data race.
    pub fn race(&self) -> bool {
        self.flags.contains_key(Model::DATA_RACE)
    }
}

/// The answer to whether a bad state can be reached.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// It cannot.
    Safe,
    /// It can, like this.
    Racy(Box<Witness>),
    /// A bound was hit, or the program is not one: the text says which.
    Unknown(String),
}

impl Verdict {
    /// Whether it is [`Verdict::Safe`].
    pub fn is_safe(&self) -> bool {
        matches!(self, Verdict::Safe)
    }

    /// The witness of a reached bad state.
    pub fn witness(&self) -> Option<&Witness> {
        match self {
            Verdict::Racy(witness) => Some(witness),
            _ => None,
        }
    }
}

/// Why a question is open that rests on where an `if` ends.
const OPEN_ARMS: &str = "this rests on a control dependency, and the model's reach no further than the arms of an `if`: \
                         put the `if` that has all of what it decides in its arms into `Memory::scoped`, or the conditional \
                         operation, if nothing branches on whether it was carried out";

/// A verdict, with what it cost.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// The number of executions, complete or partial, that the model was asked about.
    pub executions: u64,
    /// How long it took.
    pub time: Duration,
}

impl Judgement {
    /// What is known if this is the verdict on more executions than are allowed, and `least` that on fewer.
    pub(crate) fn between(self, least: &dyn Fn() -> Judgement) -> Judgement {
        if self.verdict.is_safe() {
            return self;
        }
        let least = least();
        let verdict = match (least.verdict, self.verdict) {
            (Verdict::Safe, Verdict::Unknown(why)) => Verdict::Unknown(why),
            (Verdict::Safe, _) => Verdict::Unknown(OPEN_ARMS.into()),
            (verdict, _) => verdict,
        };
        Judgement { verdict, executions: self.executions + least.executions, time: self.time + least.time }
    }
}
