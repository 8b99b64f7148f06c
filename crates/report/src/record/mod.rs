//! The types of the result file.

mod machine;
mod measurement;
mod run;
mod verdict;

pub(crate) use machine::slug;
pub use machine::{Build, Cache, Machine};
pub use measurement::{Case, Figures, Measurement};
pub use run::{FORMAT, Run, TradeOff, View};
pub use verdict::{Outcome, Question, Verdict};
