//! Which barriers a strategy needs.

#![forbid(unsafe_code)]

mod place;
mod platform;
mod source;
mod subject;

pub use place::{Place, Side};
pub use platform::{COSTS, Costs, PLATFORMS, Platform};
pub use subject::{Broken, Ruling, Subject};
