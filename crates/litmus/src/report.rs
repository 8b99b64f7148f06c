//! The result of running a test, printed as herd prints it.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use fencepost_model::Model;

use crate::condition::{Condition, Datum, Location, Quantifier};

/// How often the proposition of a test's condition holds of its final states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Observation {
    /// Of none.
    Never,
    /// Of some and not of others.
    Sometimes,
    /// Of all.
    Always,
    /// A bound was hit, and what was not looked at could decide otherwise.
    Unknown,
}

impl Observation {
    /// `Never`, `Sometimes` or `Always`.
    pub fn named(name: &str) -> Option<Observation> {
        [Observation::Never, Observation::Sometimes, Observation::Always]
            .into_iter()
            .find(|observation| observation.to_string() == name)
    }
}

impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Observation::Never => "Never",
            Observation::Sometimes => "Sometimes",
            Observation::Always => "Always",
            Observation::Unknown => "Unknown",
        })
    }
}

/// What a model allows a test to do.
///
/// [`Display`](fmt::Display) prints herd's report without its `Hash` line.
#[derive(Clone, Debug)]
pub struct Report {
    /// The test's name.
    pub name: String,
    /// The final states, as herd prints them, in its order.
    pub states: Vec<String>,
    /// The number of executions that end in a state of which the proposition of the condition holds; at least that, if a
    /// bound was hit.
    pub positive: u64,
    /// The number of the others.
    pub negative: u64,
    /// Never, sometimes or always.
    pub observation: Observation,
    /// Whether the condition holds, with its quantifier.
    pub holds: bool,
    /// What the model warns of: `data-race`, `mixed-accesses` and so on, by the names that herd prints.
    pub flags: BTreeSet<&'static str>,
    /// The number of executions that the model allows.
    pub executions: u64,
    /// Why there may be more states, if a bound was hit.
    pub unknown: Option<String>,
    /// What a reader of the result should know: executions that were left out because they did something undefined.
    pub notes: Vec<String>,
    /// How long it took.
    pub time: Duration,
    quantifier: Quantifier,
    condition: String,
    race_is_undefined: bool,
}

/// What the report is made from.
pub(crate) struct Found {
    /// By observed location; and how many executions end in it.
    pub states: Vec<(Vec<Datum>, u64)>,
    pub flags: BTreeSet<&'static str>,
    /// Whether a data race leaves the test without any meaning, as in C11.
    pub race_is_undefined: bool,
    pub executions: u64,
    pub unknown: Option<String>,
    /// Whether there is no state of which the proposition holds but those in `states`.
    pub all_positive: bool,
    /// Whether there is no other state but those in `states`.
    pub all_negative: bool,
    pub notes: Vec<String>,
    pub time: Duration,
}

impl Report {
    pub(crate) fn new(name: &str, condition: &Condition, found: Found) -> Report {
        let mut states: BTreeSet<&[Datum]> = BTreeSet::new();
        let (mut positive, mut negative) = (0, 0);
        for (state, executions) in &found.states {
            for (wanted, count) in [(true, &mut positive), (false, &mut negative)] {
                if condition.may_be(wanted, &|location| Some(state[location].clone())) {
                    states.insert(&state[..condition.shown]);
                    *count += executions;
                }
            }
        }
        let observation = match (positive, negative) {
            (1.., 1..) => Observation::Sometimes,
            (0, _) if found.all_positive => Observation::Never,
            (1.., 0) if found.all_negative => Observation::Always,
            _ => Observation::Unknown,
        };
        let holds = match condition.quantifier {
            Quantifier::Exists => positive > 0,
            Quantifier::NotExists => positive == 0,
            Quantifier::Forall => negative == 0,
        };
        Report {
            name: name.to_owned(),
            positive,
            negative,
            observation,
            holds,
            flags: found.flags,
            executions: found.executions,
            unknown: found.unknown,
            notes: found.notes,
            time: found.time,
            quantifier: condition.quantifier,
            condition: condition.to_string(),
            race_is_undefined: found.race_is_undefined,
            states: states.iter().map(|state| line(&condition.observed, state)).collect(),
        }
    }
}

/// `0:r0=1; [x]=2;`
fn line(observed: &[Location], state: &[Datum]) -> String {
    let values = observed.iter().zip(state).map(|(location, value)| format!("{location}={value};"));
    values.collect::<Vec<_>>().join(" ")
}

impl Report {
    /// Whether the model flags a data race.
    pub fn race(&self) -> bool {
        self.flags.contains(Model::DATA_RACE)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { name, positive, negative, .. } = self;
        let kind = match self.quantifier {
            Quantifier::Exists => "Allowed",
            Quantifier::NotExists => "Forbidden",
            Quantifier::Forall => "Required",
        };
        writeln!(f, "Test {name} {kind}")?;
        writeln!(f, "States {}", self.states.len())?;
        for state in &self.states {
            writeln!(f, "{state}")?;
        }
        let bounded = if self.unknown.is_some() { "Loop " } else { "" };
        let result = match (self.race_is_undefined && self.race(), self.holds) {
            (true, _) => "Undef",
            (false, true) => "Ok",
            (false, false) => "No",
        };
        writeln!(f, "{bounded}{result}")?;
        let (for_it, against) = match self.quantifier {
            Quantifier::NotExists => (negative, positive),
            _ => (positive, negative),
        };
        writeln!(f, "Witnesses\nPositive: {for_it} Negative: {against}")?;
        for flag in &self.flags {
            writeln!(f, "Flag {}", if self.race_is_undefined { "*undef*" } else { flag })?;
        }
        writeln!(f, "Condition {}", self.condition)?;
        writeln!(f, "Observation {name} {} {positive} {negative}", self.observation)?;
        writeln!(f, "Time {name} {:.2}", self.time.as_secs_f64())
    }
}
