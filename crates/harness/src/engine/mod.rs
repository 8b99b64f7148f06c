//! The engines: unlike ways to judge the same scenario.
//!
//! 1. `model`: every outcome that a memory model allows, by this project's own engine.
//! 2. `loom`: every schedule of one C11-like model, by others' work.
//! 3. `stress`: real threads on this machine. It can find a defect and can never show that there is none.

pub mod loom;
pub mod model;
pub mod stress;

use std::fmt::Write;
use std::time::Duration;

use fencepost_folio::{Final, Seen, Violation, judge};

use crate::scenario::Scenario;

/// What an engine found out about a strategy in a scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Every execution within the scenario's bounds keeps every property.
    Safe,
    /// An execution breaks a property.
    Racy {
        /// What it breaks.
        violation: Violation,
        /// The execution, for people to read.
        witness: String,
    },
    /// Nothing bad was seen, but not everything was looked at.
    Unknown(String),
    /// The engine cannot express it.
    NotChecked(String),
}

/// An engine's answer, and what it cost.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The answer.
    pub outcome: Outcome,
    /// How many executions were looked at.
    pub executions: u64,
    /// How long it took.
    pub time: Duration,
}

/// How far an engine goes that need not come to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// About this long.
    Time(Duration),
    /// About this many executions, however long they take.
    Executions(usize),
}

/// The gravest violation of an execution in which each role saw `seen`. Memory's final state is asked for only if it
/// matters.
fn violation(scenario: &Scenario, seen: &[Vec<Seen>], end: &impl Fn() -> Final) -> Option<Violation> {
    judge(&seen.concat(), scenario.judges_memory().then_some(end), &scenario.expect)
}

/// The same, with what everybody saw.
fn judge_execution(scenario: &Scenario, seen: &[Vec<Seen>], end: impl Fn() -> Final) -> Option<Outcome> {
    let violation = violation(scenario, seen, &end)?;
    let mut witness = format!("{}\n", violation.what);
    for (role, seen) in scenario.roles.iter().zip(seen) {
        let seen: Vec<String> = seen.iter().map(ToString::to_string).collect();
        let _ =
            writeln!(witness, "  {:<16} {}", role.name(), if seen.is_empty() { "-".into() } else { seen.join(", ") });
    }
    let _ = writeln!(witness, "  {:<16} {}", "memory at the end", end());
    Some(Outcome::Racy { violation, witness })
}
