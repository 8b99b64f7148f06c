//! report
#![forbid(unsafe_code)]

mod record;
pub mod stats;
mod whole;

pub use record::{Build, Cache, Case, FORMAT, Figures, Machine, Measurement, Outcome, Question, Run, Verdict};
