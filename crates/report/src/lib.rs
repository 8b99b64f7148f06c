//! What fencepost found out, kept and shown.
//!
//! A [`Run`] holds everything that one invocation found out on one machine: a [`Machine`], a [`Verdict`] for
//! every question that an engine judged, and a [`Measurement`] for every cost that was timed. It is kept in one
//! JSON file, and everything else is drawn from that file: tables for the terminal, CSV for other programs,
//! charts, and a page that shows them. So a result can always be drawn again, on another machine, years later.
//!
//! The library knows no strategy, no memory model and no workload: they are names here. It holds to three rules.
//!
//! * What could not be found out says why. A CPU without a readable name, a measurement that failed and a
//!   question that an engine could not judge stay in the results with their reason.
//! * A figure comes with its uncertainty: a median with its 95 % confidence interval ([`stats`]), computed from
//!   samples that are kept, and a ratio from samples taken in the same round.
//! * A file is whole or not there. An older one survives until the new one is on disk, also if the program is
//!   killed.
//!
//! # Example
//!
//! Two strategies are timed in turn, A B A B, so that sample *i* of both belongs to the same round; the second
//! is then related to the first.
//!
//! ```
//! use fencepost_report::{Build, Case, Machine, Measurement, Run, table};
//!
//! let build = Build {
//!     target: "x86_64-unknown-linux-gnu".into(),
//!     compiler: "rustc 1.95.0".into(),
//!     commit: "0123abc".into(),
//!     profile: "release".into(),
//! };
//! let case = |strategy: &str| Case {
//!     strategy: strategy.into(),
//!     layout: "shared".into(),
//!     lowering: "kernel".into(),
//!     workload: "pre-check".into(),
//!     setting: "hot".into(),
//! };
//!
//! let mut run = Run::new(Machine::detect(build), "fencepost measure");
//! let (plain, fenced) = (vec![2.0, 2.1, 2.0, 2.2, 2.1, 2.0], vec![4.0, 4.2, 4.0, 4.4, 4.2, 4.0]);
//! run.measurements.push(Measurement::new(case("plain"), Ok(plain), 6_000));
//! run.measurements.push(Measurement::new(case("fenced"), Ok(fenced), 6_000));
//! run.relate_to("plain");
//!
//! let ratio = run.measurements[1].figures.as_ref().unwrap().ratio.clone().unwrap();
//! assert_eq!((ratio.low, ratio.median, ratio.high), (2.0, 2.0, 2.0)); // drift hit both alike
//!
//! for view in run.views() {
//!     println!("{}", table::measurements(&run, &view));
//! }
//! ```

#![forbid(unsafe_code)]

pub mod chart;
pub mod csv;
pub mod folder;
mod matrix;
mod record;
mod splice;
pub mod stats;
mod summary;
pub mod table;
mod whole;

pub use record::{
    Build, Cache, Case, FORMAT, Figures, Machine, Measurement, Outcome, Question, Run, TradeOff, Verdict, View,
};
pub use splice::{splice, write_page};
pub use stats::Interval;
