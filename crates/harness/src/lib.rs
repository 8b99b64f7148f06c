//! Scenarios, the engines that judge them, and the workloads that are timed.
//!
//! A *scenario* says which actors meet over one folio: a slab's owner on one CPU or several, a driver of
//! movable folios, a compaction scanner, the page-isolation walker. It is written once, over any strategy and
//! any memory, and every *engine* runs that same code.

pub mod check;
pub mod engine;
pub mod export;
pub mod measure;
mod names;
pub mod scenario;

pub use names::{UnknownName, strategies};
