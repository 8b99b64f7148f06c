//! model

mod bounds;
mod checker;
#[cfg(test)]
mod classics;
mod combination;
mod combine;
mod cpu;
mod explore;
mod lower;
mod models;
mod naive;
mod operation;
mod outcome;
mod program;
#[cfg(test)]
mod random;
mod relation;
mod run;
mod search;
mod sites;
mod skeleton;
mod symbol;
mod tags;
mod target;
mod traces;
mod valuation;
mod value;
mod witness;

pub use bounds::{Bounds, Pruning};
pub use checker::Checker;
pub use cpu::{Cpu, Machine};
pub use lower::Lowering;
pub use models::{ALL as MODELS, Axioms, Model, model};
pub use operation::{Barrier, Datum, Site};
pub use outcome::{Exploration, Judgement, Outcome, State, Verdict};
pub use program::{CellRef, Program};
pub use relation::{MAX_EVENTS, Rel, Set};
pub use sites::{Change, Sites};
pub use skeleton::{Event, Execution, Kind, Skeleton};
pub use tags::Tags;
pub use target::Target;
pub use value::Value;
pub use witness::{Gap, Reason, Witness};
