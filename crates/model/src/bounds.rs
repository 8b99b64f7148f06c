//! How far the search goes before it says that it does not know.

/// Limits of a search. A limit that was hit makes a verdict `Unknown`, never `Safe`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The most operations of one thread in one run.
    pub operations: usize,
    /// The most different runs of one thread.
    pub runs: usize,
    /// The most write events that one cell may take values from.
    pub values: usize,
    /// The most combinations of one run of each thread.
    pub combinations: u64,
    /// The most complete executions that are looked at.
    pub executions: u64,
    /// The most different outcomes that are kept.
    pub outcomes: usize,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            operations: 64,
            runs: 200_000,
            values: 1_000,
            combinations: 50_000_000,
            executions: 20_000_000,
            outcomes: 100_000,
        }
    }
}
