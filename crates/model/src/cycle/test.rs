//! A test: the program that a cycle stands for, and what is asked of its outcomes.

use std::collections::BTreeSet;
use std::fmt;

use super::shape::{Shape, Variable};
use super::{Cycle, Dialect, build, litmus};
use crate::{Exploration, Outcome, Program};

/// The program of a cycle, and the condition that holds where the cycle is there.
#[derive(Debug)]
pub struct CycleTest {
    /// The program.
    pub program: Program,
    pub(super) dialect: Dialect,
    pub(super) cycle: String,
    pub(super) shape: Shape,
}

/// How often a condition holds among the outcomes of a test, in herd7's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Frequency {
    /// In none.
    Never,
    /// In some.
    Sometimes,
    /// In all.
    Always,
}

impl fmt::Display for Frequency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Frequency::Never => "Never",
            Frequency::Sometimes => "Sometimes",
            Frequency::Always => "Always",
        })
    }
}

impl CycleTest {
    pub(super) fn of(cycle: &Cycle) -> CycleTest {
        let shape = Shape::of(cycle);
        CycleTest {
            program: build::program(&shape, cycle.dialect),
            dialect: cycle.dialect,
            cycle: cycle.to_string(),
            shape,
        }
    }

    /// What the test looks at in an outcome: the results and final values in its condition.
    pub fn state(&self, outcome: &Outcome) -> Vec<u64> {
        let value = |variable: &Variable| match *variable {
            Variable::Result { thread, index } => outcome.results[thread][index],
            Variable::Cell(cell) => outcome.memory[cell],
        };
        self.shape.condition.iter().map(|(variable, _)| value(variable)).collect()
    }

    /// Whether an outcome is the cycle's.
    pub fn holds(&self, outcome: &Outcome) -> bool {
        self.state(outcome).iter().eq(self.shape.condition.iter().map(|(_, wanted)| wanted))
    }

    /// How often the condition holds among the outcomes that were found, and how many different [`state`]s of what
    /// it looks at there are: what herd7 reports as `Observation` and `States`.
    ///
    /// [`state`]: CycleTest::state
    pub fn observe(&self, found: &Exploration) -> (Frequency, usize) {
        let holding = found.outcomes.iter().filter(|outcome| self.holds(outcome)).count();
        let frequency = match holding {
            0 => Frequency::Never,
            all if all == found.outcomes.len() => Frequency::Always,
            _ => Frequency::Sometimes,
        };
        let states: BTreeSet<_> = found.outcomes.iter().map(|outcome| self.state(outcome)).collect();
        (frequency, states.len())
    }

    /// The test as a `.litmus` file, for herd7 to have its say. Locks are there with a `filter` on the executions in
    /// which they are taken at once.
    pub fn litmus(&self, name: &str) -> String {
        litmus::text(self, name)
    }
}
