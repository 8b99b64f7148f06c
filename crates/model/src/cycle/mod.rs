//! Programs from cycles: the edges that an execution would have to make are enough to write the program down.
//!
//! A cycle such as `PodWW Rfe PodRR Fre` reads: a write, in program order before a write to a different location,
//! which a read of another thread reads from, in program order before a read, which reads from before the first
//! write. The test for it has two threads and two locations, and its condition is what such an execution leaves: the
//! values of its reads, and the final values. The notation is that of the diy tools (Alglave, Maranget, Sarkar, Sewell,
//! TACAS 2011).
//!
//! | edge | meaning |
//! | --- | --- |
//! | `Rfe` `Fre` `Coe`, `Rfi` `Fri` `Coi` | reads-from, from-read, coherence; between threads, or inside one |
//! | `PodRW`, `PosRW` | program order from a read to a write of a different, or the same, location |
//! | `DMB.SYdRW`, `FenceMbdRW`, … | the same with a fence between |
//! | `DpAddrdW`, `DpDatadW`, `DpCtrldR`, … | a dependency from a read |
//! | `Amo.Swp`, `LxSx`, `Exch`, `Xchg`, … | the read and the write of one read-modify-write |
//! | `RcuSectiondRR`, `LockSectiondWW`, `UnlockLockdWW` | both ends in one critical section, or each in one of its own |
//!
//! Two annotations, one for each end, may follow: `PodRWAP` begins with an acquire read, and `P` is an access without
//! annotation. Each dialect has annotations of its own; `Miss` is a read made by a compare-and-exchange that does not
//! find what it looks for. Where two edges meet, they must say the same.

mod build;
mod catalogue;
mod edge;
mod litmus;
mod parse;
mod shape;
mod test;

use std::fmt;

use crate::Target;
use edge::Edge;

pub use parse::CycleError;
pub use test::{CycleTest, Frequency};

/// Whose accesses, fences and dependencies the edges of a cycle name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Arm's instructions.
    AArch64,
    /// x86-64's instructions.
    X86_64,
    /// RISC-V's instructions.
    RiscV,
    /// POWER's instructions.
    Power,
    /// The Linux kernel's macros: the vocabulary of `Memory`, which every target can lower.
    Linux,
    /// C11's atomics.
    C11,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 6] =
        [Dialect::AArch64, Dialect::X86_64, Dialect::RiscV, Dialect::Power, Dialect::Linux, Dialect::C11];

    /// What its tests are checked for: the architecture's or the language's own model.
    pub fn target(self) -> Target {
        let name = match self {
            Dialect::AArch64 => "arm64-kernel-lse",
            Dialect::X86_64 => "x86-64-kernel",
            Dialect::RiscV => "riscv64-kernel-amo",
            Dialect::Power => "powerpc64-kernel",
            Dialect::Linux => "lkmm",
            Dialect::C11 => "rc11",
        };
        Target::named(name).expect("the target exists")
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Dialect::AArch64 => "AArch64",
            Dialect::X86_64 => "X86_64",
            Dialect::RiscV => "RISCV",
            Dialect::Power => "PPC",
            Dialect::Linux => "LKMM",
            Dialect::C11 => "C11",
        })
    }
}

/// A cycle of edges.
///
/// ```
/// use fencepost_model::{Bounds, Checker, Cycle, Dialect};
///
/// // The reader's dependency does not help as long as the writer has no barrier.
/// for (cycle, reachable) in [("PodWW Rfe DpAddrdR Fre", true), ("DMB.STdWW Rfe DpAddrdR Fre", false)] {
///     let test = Cycle::parse(Dialect::AArch64, cycle)?.test();
///     let found = Checker::new(&test.program, &Bounds::default()).explore(&Dialect::AArch64.target());
///     assert_eq!(found.outcomes.iter().any(|outcome| test.holds(outcome)), reachable);
/// }
///
/// let wrong = Cycle::parse(Dialect::AArch64, "PodWW Rfe PodWR Fre").unwrap_err();
/// assert_eq!(wrong.to_string(), "column 11: `PodWR` begins with a write, but `Rfe` before it ends with a read");
/// # Ok::<(), fencepost_model::CycleError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Cycle {
    dialect: Dialect,
    /// The last one leaves a thread.
    edges: Vec<Edge>,
    text: String,
}

impl Cycle {
    /// The cycle that `text` names: edges, separated by white space.
    ///
    /// # Errors
    ///
    /// The text has a word that is no edge of the dialect, or the edges do not fit together.
    pub fn parse(dialect: Dialect, text: &str) -> Result<Cycle, CycleError> {
        parse::parse(dialect, text)
    }

    /// Whose edges they are.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The program in whose executions the cycle can be looked for.
    pub fn test(&self) -> CycleTest {
        CycleTest::of(self)
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
