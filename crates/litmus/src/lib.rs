//! Litmus tests in the C dialects of herd: reading them, and running them on fencepost's weak-memory engine.
//!
//! A litmus test is a tiny concurrent program with a question about its final state. The tools of the field exchange
//! them as `.litmus` files; those of the Linux kernel are written in C with the kernel's `READ_ONCE()`, `smp_mb()`,
//! `spin_lock()` and so on, those of C11 with `atomic_load_explicit()` and its kin. [`parse`] reads both.
//!
//! A [`Test`] has no meaning of its own: [`Test::run`] makes it a [`Program`](fencepost_model::Program) of the engine,
//! whose threads carry the statements out on the same `Cpu` that Rust code is checked on. So a test and a Rust closure
//! are the same thing to the explorer, under every model and lowering. The [`Report`] prints as herd's does. A
//! [`Suite`] runs many files and holds the results against what is known of them.
//!
//! A program of the engine is written down as a test by [`Export`]; and a test that is too large for herd7 is divided into
//! parts that are not by [`Test::parts`].
//!
//! What a test must not do is an error with file, line and column, never a guess: see [`Error`].
//!
//! # Example
//!
//! Message passing without a read barrier: the reader may see the flag and not the message.
//!
//! ```
//! use fencepost_litmus::parse;
//! use fencepost_model::{Bounds, Target};
//!
//! let test = parse("MP.litmus", r"
//! C MP+wmb+po
//! {}
//! P0(int *data, int *flag) { WRITE_ONCE(*data, 1); smp_wmb(); WRITE_ONCE(*flag, 1); }
//! P1(int *data, int *flag) { int r0 = READ_ONCE(*flag); int r1 = READ_ONCE(*data); }
//! exists (1:r0=1 /\ 1:r1=0)
//! ")?;
//! let lkmm = Target::named("lkmm").expect("the engine has this target");
//! let report = test.run(&lkmm, &Bounds::default())?;
//! assert!(report.to_string().contains("Observation MP+wmb+po Sometimes 1 3"));
//! # Ok::<(), fencepost_litmus::Error>(())
//! ```

#![forbid(unsafe_code)]

mod ast;
mod condition;
mod error;
mod expect;
mod explanations;
mod export;
mod herd;
mod interpret;
mod lexer;
mod parse;
mod parts;
mod report;
mod run;
mod suite;
mod summary;
mod types;
mod vocabulary;
mod walk;

pub use ast::Test;
pub use error::{Error, Reason};
pub use expect::{Bit, Expectation, Table, TableError};
pub use explanations::{Explanation, Explanations};
pub use export::{Apart, Bad, Draft, Export};
pub use herd::{Answer, Herd, fingerprint};
pub use parse::parse;
pub use parts::{Part, Sizes};
pub use report::{Observation, Report};
pub use suite::{Comparison, Done, Failure, Suite};
pub use summary::Summary;
pub use vocabulary::Dialect;
