//! Which barriers a strategy needs.

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
pub use mutation::{Compared, Row, compare, found, table};
pub use needed::{Mutant, weakened_to, weakenings};
pub use place::{Place, Side};
pub use platform::{COSTS, Costs, PLATFORMS, Platform};
pub use preset::{PRESETS, Preset};
pub use subject::{Baseline, Broken, Ruling, Subject};
pub use thread::{Thread, order, preset, thread};
