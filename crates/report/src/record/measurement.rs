//! What an operation costs.

use serde::{Deserialize, Serialize};

use crate::stats::{self, Interval};

/// What was measured: the key of a [`Measurement`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Case {
    /// The strategy with its variant, as in `fence/rfc1`.
    pub strategy: String,
    /// The descriptor's layout, as in `shared`.
    pub layout: String,
    /// The lowering that was compiled, as in `kernel`.
    pub lowering: String,
    /// The work that was timed, as in `reject-slab`.
    pub workload: String,
    /// Where the memory was: `hot`, `memmap`.
    pub setting: String,
}

/// The cost of one [`Case`], or why there is none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// What was measured.
    pub case: Case,
    /// The unit of every figure, as in `ns` per operation.
    pub unit: String,
    /// The figures; where measuring or verifying failed, why.
    pub figures: Result<Figures, String>,
    /// What must be said with the figures, if anything, such as that something wrong was done as expected.
    #[serde(default)]
    pub note: Option<String>,
}

/// The figures of one measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Number of samples.
    pub n: usize,
    /// The median sample, with its 95 % confidence interval.
    pub median: Interval,
    /// The smallest sample.
    pub min: f64,
    /// The median, over rounds, of this case's sample divided by the baseline's, with its 95 % confidence
    /// interval; where there is none, why. Filled in by [`Run::relate_to`](crate::Run::relate_to).
    pub ratio: Result<Interval, String>,
    /// How many operations were verified to have done their work.
    pub verified: u64,
    /// The samples by round. Sample *i* of two cases of one workload was taken in the same round.
    pub samples: Vec<f64>,
}

impl Case {
    /// The name under which a strategy's own code is measured again at another address. What the two differ by is no
    /// cost: it is what the place of code makes of it.
    pub fn copy_of(strategy: &str) -> String {
        format!("{strategy} (copy)")
    }
}

impl Measurement {
    /// A measurement from verified samples in nanoseconds per operation, one a round, or from the reason
    /// why there are none.
    ///
    /// Samples that allow no interval (fewer than [`stats::MIN_SAMPLES`], negative, not finite) give a
    /// measurement that says so.
    pub fn new(case: Case, samples: Result<Vec<f64>, String>, verified: u64) -> Self {
        let figures = samples.and_then(|samples| Figures::new(samples, verified));
        Self { case, unit: "ns".into(), figures, note: None }
    }
}

impl Figures {
    /// The figures of `samples`, not compared to a baseline yet.
    pub(super) fn new(samples: Vec<f64>, verified: u64) -> Result<Self, String> {
        Ok(Self {
            n: samples.len(),
            median: stats::median(&samples)?,
            min: samples.iter().copied().fold(f64::INFINITY, f64::min),
            ratio: Err("not compared to a baseline".into()),
            verified,
            samples,
        })
    }
}
