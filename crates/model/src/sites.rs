//! Changes to a program's orders and barriers, made without touching its code.

use std::collections::BTreeMap;

use fencepost_memory::Order;

use crate::operation::{Barrier, Site};

/// A change to what stands at one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// An access or read-modify-write gets this order. A read can be relaxed or acquire, a write relaxed or
    /// release; what an operation cannot be counts as relaxed.
    Order(Order),
    /// A barrier is replaced, or taken away.
    Fence(Option<Barrier>),
    /// A barrier is put before it.
    Before(Barrier),
    /// A barrier is put after it.
    After(Barrier),
}

/// Changes by site: for mutation, and for finding out which barriers are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sites {
    changes: BTreeMap<Site, Vec<Change>>,
}

impl Sites {
    /// The code as it is written.
    pub fn unchanged() -> Sites {
        Sites::default()
    }

    /// Adds a change; of two that exclude each other the later one counts.
    #[must_use]
    pub fn with(mut self, site: &Site, change: Change) -> Sites {
        self.changes.entry(site.clone()).or_default().push(change);
        self
    }

    pub(crate) fn changes(&self, site: &Site) -> &[Change] {
        self.changes.get(site).map_or(&[], Vec::as_slice)
    }
}
