//! What an engine found out about a strategy.

use serde::{Deserialize, Serialize};

/// What was asked: the key of a [`Verdict`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Question {
    /// The strategy with its variant, as in `fence/rfc1`.
    pub strategy: String,
    /// The descriptor's layout, as in `shared`.
    pub layout: String,
    /// The scenario: who does what to whom.
    pub scenario: String,
    /// The property that must hold in it.
    pub property: String,
    /// Who judged: `model`, `loom`, `stress`.
    pub engine: String,
    /// The target that was judged: `arm64-kernel-lse`, `rc11`, `kernel`.
    pub column: String,
    /// The lowering that it is a target of, as in a [`Case`](crate::Case); empty if it stands for all of them, or if an
    /// older fencepost wrote the file.
    #[serde(default)]
    pub lowering: String,
}

/// The answer to a [`Question`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Every execution within the scenario was looked at, and all keep the property.
    Safe,
    /// An execution breaks the property.
    Racy {
        /// The property that it breaks.
        property: String,
        /// The execution, for people to read.
        witness: String,
    },
    /// Nothing bad was seen, but not everything was looked at: a bound was hit, or the engine only samples.
    Unknown {
        /// Which bound.
        why: String,
    },
    /// The engine cannot express it.
    NotChecked {
        /// What it lacks.
        why: String,
    },
}

/// One cell of the verdict matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// What was asked.
    pub question: Question,
    /// What was found.
    pub outcome: Outcome,
    /// Whether the strategy claims to be safe here.
    pub claims_safe: bool,
    /// Whether the scenario orders less than a kernel with a double-word `cmpxchg` does.
    #[serde(default, alias = "hypothetical", skip_serializing_if = "std::ops::Not::not")]
    pub orders_less: bool,
    /// How many executions were looked at, complete ones and beginnings of some; of another variant, where the verdict is taken
    /// over from that. None where no run of the threads could break a property whatever the model.
    pub executions: u64,
    /// Time taken, in seconds.
    pub seconds: f64,
}

impl Verdict {
    /// Whether the verdict is one on this lowering.
    pub fn judges(&self, lowering: &str) -> bool {
        [lowering, ""].contains(&self.question.lowering.as_str())
    }

    /// Whether the strategy claims to be safe and is not.
    pub fn claims_too_much(&self) -> bool {
        self.claims_safe && matches!(self.outcome, Outcome::Racy { .. })
    }

    /// Whether the strategy is safe without claiming it.
    pub fn claims_too_little(&self) -> bool {
        !self.claims_safe && !self.orders_less && self.outcome == Outcome::Safe
    }
}
