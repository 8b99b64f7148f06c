//! How far the search goes before it says that it does not know.

/// Limits of a search. A limit that was hit makes a verdict `Unknown`, never `Safe`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The most operations of one thread in one run.
    pub operations: usize,
    /// The most different runs of one thread.
    pub runs: usize,
    /// The most write events that one cell may take values from. Beyond that, those of read-modify-writes are told apart by
    /// what came before them, which leaves out what no execution has; then they may be 64 times as many.
    pub values: usize,
    /// The most combinations of one run of each thread.
    pub combinations: u64,
    /// The most executions, complete or partial, of one combination that a model is asked about.
    pub executions: u64,
    /// The most candidate executions that are looked at one by one, by the naive procedure only.
    pub candidates: u64,
    /// The most different outcomes that are kept.
    pub outcomes: usize,
    /// How often a model says no before it is found out why, for that costs about as many more questions as there are reads.
    pub patience: u64,
    /// Which parts of the search tree are cut early.
    pub pruning: Pruning,
}

/// The cuts that the search makes. They change its cost and nothing else; each can be left out, to see what it
/// buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pruning {
    /// Leave out combinations of runs in which some value read is written by nobody.
    pub availability: bool,
    /// Leave out combinations of runs that have no execution in which each cell is sequentially consistent.
    pub coherence: bool,
    /// Of combinations that differ only in which of two equal threads does what, look at one: see
    /// [`Program::alike`](crate::Program::alike).
    pub exchange: bool,
    /// Leave out combinations whose results, or what coherence lets the cells hold at the end, are not what is asked for,
    /// before looking at their executions; and begin with the coherence edges that it takes to end like that.
    pub results: bool,
    /// Add the coherence edges that a decision forces, before deciding more.
    pub saturation: bool,
    /// Ask the model about partial executions, where there is more than one way to go on.
    pub partial: bool,
    /// Find out which choices a refusal of the model, or a branch that leads nowhere, rests on: do not make them again, and
    /// go back at once to the last of them.
    pub learning: bool,
    /// Leave out combinations that cannot be bad without the reads that nothing else is made of, or by what all models
    /// have in common.
    pub outlines: bool,
}

impl Default for Pruning {
    fn default() -> Pruning {
        Pruning {
            availability: true,
            coherence: true,
            exchange: true,
            results: true,
            saturation: true,
            partial: true,
            learning: true,
            outlines: true,
        }
    }
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            operations: 64,
            runs: 20_000,
            values: 600,
            combinations: 32_000_000,
            executions: 2_000_000,
            candidates: 1_000_000,
            outcomes: 100_000,
            patience: 16,
            pruning: Pruning::default(),
        }
    }
}
