//! A witness.

use crate::checker::Checker;
use crate::explore::Reached;
use crate::outcome::Outcome;
use crate::target::Target;

/// An execution that reaches a bad state.
#[derive(Clone, Debug)]
pub struct Witness {
    /// What it left.
    pub outcome: Outcome,
}

impl Witness {
    pub(crate) fn new(_checker: &Checker, _target: &Target, reached: Reached) -> Witness {
        Witness { outcome: reached.outcome }
    }
}
