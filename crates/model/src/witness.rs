//! A witness.

use crate::outcome::Outcome;

/// An execution that reaches a bad state.
#[derive(Clone, Debug)]
pub struct Witness {
    /// What it left.
    pub outcome: Outcome,
}
