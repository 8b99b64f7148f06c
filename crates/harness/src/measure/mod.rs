//! What a strategy costs: workloads, and how they are sampled.
//!
//! A [`Workload`] is one side's work on one folio after another: what the compaction scanner does with folios that it
//! must not touch or may take, and what the slab allocator does in a slab's life. It is written once, over any
//! strategy and any native memory; [`measure`] times it for results that are kept, and a [`Bench`] gives the same
//! loop to any other harness.
//!
//! Each workload is timed in two settings. *Hot*: on 64 descriptors (4 KiB), which stay in the L1 cache. *Memmap*: on
//! descriptors visited once in the order in which they lie, in a memmap of a million of them (64 MiB), as a compaction
//! scan does. The strategies share that memmap: each owns every *n*-th pageblock (512 descriptors), and they take turns,
//! so that a pageblock has left the caches (unless they are larger than the memmap) when its turn comes again.
//!
//! Benchmarks are tests here: every operation of every sample is counted by what came of it (isolated and with whose
//! operations, refused and why, freed or not), and after the sample every descriptor that was visited must have the
//! lock bit, marks and references that it had before. A strategy that does anything but its work has no figure but an
//! error, which stays in the results. Two are expected to fail, and would be errors if they did not: the unprotected
//! baseline takes slabs for movable folios, whose wild operations are recognised, counted and not called, and the
//! strategy that does nothing isolates nothing.
//!
//! What is small may be an accident of where code and data lie. Timed loops are aligned alike, and the baseline is timed
//! twice, the second time as a copy of its code at another address, with descriptors of its own: a difference that is no
//! larger than the one between these two says nothing about strategies.
//!
//! # Example
//!
//! ```
//! use std::time::Duration;
//! use fencepost_harness::measure::{BASELINE, Effort, Memmap, Plan, measure};
//!
//! let mut memmap = Memmap::new(4096); // for real results: Memmap::MILLION
//! let plan = Plan::new(&["fence/rfc1@shared"], &["reject-slab"], &["hot"])?;
//! let effort = Effort { budget: Duration::ZERO, rounds: 6 };
//! let measured = measure(&mut memmap, &plan, effort, |_, _| ());
//! assert_eq!(measured.len(), 6); // the baseline, its copy and rfc1, each in two lowerings
//!
//! let baseline = measured.iter().find(|m| m.case.strategy == BASELINE).unwrap();
//! assert!(baseline.figures.is_ok());
//! assert!(baseline.note.as_ref().unwrap().starts_with("misidentified "));
//! # Ok::<_, fencepost_harness::UnknownName>(())
//! ```

mod bench;
mod kind;
mod memmap;
mod operation;
mod place;
mod plan;
mod rounds;
mod tally;
#[cfg(test)]
mod tests;
mod workload;

pub use bench::Bench;
pub use memmap::Memmap;
pub use plan::Plan;
pub use rounds::{Effort, measure};
pub use workload::{BASELINE, Lowering, Setting, Workload};
