//! Which barriers a strategy needs, which it could do without, and what the cheapest are that would do.
//!
//! A strategy is asked in all its scenarios at once ([`Subject`]): a barrier is needed if any of them needs it, and a
//! placement is right if it is right in all. What stands in the source is known by name ([`Place`]): a line of the
//! strategy, as one step of its API reaches it, is the same place in every scenario.
//!
//! * [`Subject::mutants`] weakens each barrier and order, alone. What each should give was written down before it was
//!   computed; [`table`] is that table, with what was found beside it and the reasons for each difference.
//! * [`Subject::cheapest`] searches every cheapest placement of barriers and orders, for a [`Platform`]: one machine in
//!   all ways to compile for it, or all machines at once. What orders cost is data ([`Costs`]).
//! * [`thread()`] answers the open questions of the mail thread from such verdicts, as a page.
//!
//! # Example
//!
//! The slab mark is a bit of the word that the folio lock is in. Which barriers does the merged reader need on arm64?
//!
//! ```
//! use fencepost_fences::{Platform, Subject};
//! use fencepost_folio::Property;
//! use fencepost_harness::scenario::find;
//! use fencepost_model::SiteKind;
//!
//! let merged = fencepost_strategies::find("fence/rfc1@shared")[0];
//! let scenario = find("slab-life").expect("a scenario of that name");
//! let subject = Subject::new(merged, &[scenario], &Property::ALL).expect("a strategy");
//! let arm64 = Platform::find("arm64-kernel")[0];
//! let baseline = subject.as_it_stands(&arm64.targets());
//! assert!(baseline.overall().is_safe());
//! for mutant in subject.mutants(&baseline, || ()) {
//!     if let SiteKind::Barrier(barrier) = mutant.place.kind {
//!         let needed = mutant.judged().any(|ruling| !ruling.is_safe());
//!         println!("{}: {} is {}", mutant.place.line, barrier.name(), if needed { "needed" } else { "redundant" });
//!     }
//! }
//! ```

#![forbid(unsafe_code)]

mod cheapest;
mod mutation;
mod needed;
mod place;
mod platform;
mod preset;
mod source;
mod subject;
mod thread;

pub use cheapest::{Cheapest, Free, Placed};
pub use mutation::{Compared, Row, compare, table};
pub use needed::{Confirmed, Mutant, weakened_to, weakenings};
pub use place::{Place, Side};
pub use platform::{COSTS, Costs, PLATFORMS, Platform};
pub use preset::{PRESETS, Preset};
pub use subject::{Baseline, Broken, Ruling, Subject};
pub use thread::{Thread, order, preset, thread};
