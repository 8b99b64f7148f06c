//! The memory models: one file each, one line in [`ALL`] each. All that a model needs is public, so that one more can
//! also be a file of another crate: `tests/eighth_model.rs` is one.
//!
//! A model's file is a function that is given the events of an execution with everything that program order
//! decides ([`Skeleton`]). It computes the relations that depend on that alone, and returns its axioms: a
//! predicate on executions, that is, on reads-from and coherence. The predicate is monotone: it may use `rf`
//! and `co` only so that more pairs make larger relations, never on the right of a difference. The explorer
//! therefore asks it about executions that are not complete yet, and gives up where it says no. So it is with events: with
//! some of them left out there are no more orders between the rest, unless what is left out is a write between two accesses
//! of its cell, or opens or ends a critical section. And it must be coherent:
//! executions in which a location alone is not sequentially consistent are never shown to it.

mod armv8;
mod common;
mod lkmm;
mod lkmm_flags;
mod power;
mod rc11;
mod rvwmo;
mod sc;
mod tso;

pub(crate) use common::COMMON;

use crate::relation::Rel;
use crate::skeleton::{Execution, Skeleton};

/// The axioms of a model for the executions of one skeleton: whether one is allowed.
pub type Axioms = Box<dyn Fn(&Execution<'_>) -> bool + Send + Sync>;

/// A memory model.
pub struct Model {
    /// Its name, in lower case.
    pub name: &'static str,
    /// The publication that its formulas are from.
    pub source: &'static str,
    /// Its axioms.
    pub axioms: fn(&Skeleton) -> Axioms,
    /// The pairs of accesses that race in a complete, allowed execution, for the models that have such a notion.
    pub races: Option<fn(&Execution<'_>) -> Rel>,
    /// What else the model warns of in a complete, allowed execution, by the names that the model's authors gave it.
    pub flags: Option<fn(&Execution<'_>) -> Vec<&'static str>>,
}

impl Model {
    /// The flag of a data race.
    pub const DATA_RACE: &'static str = "data-race";

    /// Every flag that a complete, allowed execution raises, but for those that `is_known` holds of.
    pub(crate) fn raised(&self, x: &Execution<'_>, is_known: impl Fn(&str) -> bool) -> Vec<&'static str> {
        let mut raised = self.flags.map_or(Vec::new(), |flags| flags(x));
        raised.retain(|flag| !is_known(flag));
        // To tell races is dear.
        if !is_known(Model::DATA_RACE) && self.races.is_some_and(|races| !races(x).is_empty()) {
            raised.push(Model::DATA_RACE);
        }
        raised
    }
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Every model.
pub static ALL: &[&Model] =
    &[&sc::SC, &tso::X86_TSO, &armv8::ARMV8, &rvwmo::RVWMO, &power::POWER, &lkmm::LKMM, &rc11::RC11];

/// The model of that name.
pub fn model(name: &str) -> Option<&'static Model> {
    ALL.iter().copied().find(|model| model.name == name)
}
