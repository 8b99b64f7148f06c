//! Weak memory, decided: every outcome that a memory model allows a small concurrent program.
//!
//! A [`Program`] is a set of cells and a few threads. A thread is a Rust closure over a [`Cpu`], the checker's
//! implementation of `fencepost_memory::Memory`; so code that is generic over `Memory` runs natively and is
//! checked here without a second description of it. A [`Checker`] answers two questions about a program under a
//! [`Target`], which is a lowering (the kernel's or Rust's, for an architecture) together with the model that
//! the lowered program is judged by:
//!
//! * [`Checker::explore`]: what are all outcomes?
//! * [`Checker::judge`], or [`Checker::inquire`] for several targets: can this bad state be reached? The answer is
//!   safe, racy with a [`Witness`], or unknown with the bound that was hit; never safe because something was left out.
//!
//! How it works, in the order in which the files come into play:
//!
//! 1. *Runs* (`traces`, `run`). Each thread is run alone, once for each path through its code. What its reads
//!    return stays open (`symbol`): a run records what its branches ask of them. The values that a branch can ask
//!    for are those that writes of all threads produce, found as a fixpoint.
//! 2. *Lowering* (`lower`): tables from the kernel's vocabulary to each architecture's events. The changes in
//!    [`Sites`] weaken or strengthen a line of source here, without touching it.
//! 3. *Combinations* (`combine`) of one run of each thread, as far as somebody writes the values that are read.
//! 4. *Hunt* (`hunt`): the combinations in turn, many at once. What cannot be bad is ruled out before it is searched: by
//!    its `outline`, and by what all models, and what all targets of one model, have in `common`. What the model refused
//!    of one combination is remembered for all in which threads do the same (`learn`, `lesson`).
//! 5. *Search* (`search`) of one combination: from which write each read reads and in which order each cell is written,
//!    deciding first what coherence forces, and asking the model about partial executions.
//! 6. *Models* ([`MODELS`], in `models`): a file each, in the notation of the papers ([`Rel`]), on one page or two.
//!
//! On top of it, [`Checker::mutants`] tells which orders a program needs, and [`weakest`] and [`cheapest`] which would do,
//! for several programs at once.
//!
//! [`Checker::explore_naively`] decides the same by trying everything, and stays as the second opinion.
//!
//! # Example
//!
//! Two threads each say that they are there and then look for the other. Can both miss each other?
//!
//! ```
//! use fencepost_memory::{Memory, Word};
//! use fencepost_model::{Bounds, Checker, Program, Target};
//!
//! for (with_barrier, missed) in [(false, true), (true, false)] {
//!     let mut p = Program::new();
//!     let (x, y) = (p.cell::<u64>("x", 0), p.cell::<u64>("y", 0));
//!     for (name, mine, other) in [("P0", x, y), ("P1", y, x)] {
//!         p.thread(name, move |cpu| {
//!             cpu.write_once(&mine, 1.into());
//!             if with_barrier {
//!                 cpu.smp_mb();
//!             }
//!             vec![cpu.read_once(&other).observe()]
//!         });
//!     }
//!     let x86 = Target::named("x86-64-kernel").expect("a target of that name");
//!     let judged = Checker::new(&p, &Bounds::default()).judge(&x86, |end| end.results() == [[0], [0]]);
//!     assert_eq!(judged.verdict.is_safe(), !missed);
//! }
//! ```

#![forbid(unsafe_code)]

mod bounds;
mod checker;
#[cfg(test)]
mod classics;
#[cfg(test)]
mod classics_bounds;
#[cfg(test)]
mod classics_branches;
#[cfg(test)]
mod classics_kernel;
mod clock;
mod combination;
mod combine;
mod common;
mod cpu;
mod cycle;
mod ends;
mod explore;
mod feasible;
mod hunt;
mod learn;
mod lesson;
mod listing;
mod lower;
mod machine;
mod models;
mod naive;
mod operation;
mod outcome;
mod outline;
mod program;
#[cfg(test)]
mod random;
mod relation;
mod run;
mod search;
mod serial;
mod set;
mod setting;
mod shape;
mod sites;
mod skeleton;
mod source;
mod strength;
mod symbol;
mod synthesis;
mod tags;
mod target;
mod traces;
mod valuation;
mod value;
mod witness;

pub use bounds::{Bounds, Pruning};
pub use checker::{Checker, Inquiry};
pub use cpu::Cpu;
pub use cycle::{Cycle, CycleError, CycleTest, Dialect, Frequency};
pub use listing::{Expression, Listing, Look, Operation, Run};
pub use lower::Lowering;
pub use machine::Machine;
pub use models::{ALL as MODELS, Axioms, Model, model};
pub use operation::{Action, Barrier, Datum, Frame, Site};
pub use outcome::{Exploration, Judgement, Outcome, State, Verdict};
pub use program::{CellRef, Program};
pub use relation::{MAX_EVENTS, Rel, Set};
pub use sites::{Change, SiteKind, Sites};
pub use skeleton::{Event, Execution, Kind, Skeleton};
pub use symbol::Operator;
pub use synthesis::{Choice, Mutant, Placement, Question, Slot, Synthesis, cheapest, weakest};
pub use tags::Tags;
pub use target::Target;
pub use value::Value;
pub use witness::{Gap, Reason, Step, Witness};
