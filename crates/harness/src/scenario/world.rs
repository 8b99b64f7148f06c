//! The shared memory of a scenario.

use fencepost_folio::{Final, Folio, Zone};
use fencepost_memory::{Memory, Order, Width};

use crate::scenario::{Handoff, Scenario};

/// One folio, its zone, and the cells through which CPUs hand it to each other.
pub(crate) struct World<M: Memory> {
    pub folio: Folio<M>,
    pub zone: Zone<M>,
    /// How far the folio has been handed on: the number of the stage.
    pub stage: M::Cell<u32>,
    /// The lock of a hand-off by spinlock.
    pub lock: M::Cell<u32>,
    pub handoff: Handoff,
    /// What the slab's overlay puts where `mapping` is.
    pub overlay: u64,
    /// Lets time pass while a folio is in use. Real threads need that to meet; a checker has every schedule anyway.
    pub dwell: fn(),
    /// Whether who wants a driver's folio for good must claim it first.
    pub is_claimed: bool,
    /// Who has claimed it, in the driver's own structure.
    pub claim: M::Cell<u32>,
}

/// Who can claim a driver's folio.
#[derive(Clone, Copy)]
pub(crate) enum Claimant {
    Driver = 1,
    Scanner = 2,
}

/// Reads a cell from outside, when all threads have ended.
pub(crate) trait Peek<M: Memory> {
    fn peek<W: Width>(&self, cell: &M::Cell<W>) -> u64;
}

/// [`Strategy::references`](fencepost_folio::Strategy::references).
pub(crate) type References = fn(u64, u64) -> u64;

impl<M: Memory> World<M> {
    /// A free folio in its zone. `overlay` is the word of the scenario's overlay, symbolic or native.
    pub fn new(m: &M, scenario: &Scenario, overlay: u64) -> Self {
        Self {
            folio: Folio::free(m),
            zone: if scenario.zone_lock { Zone::new(m) } else { Zone::without_lock(m) },
            stage: m.cell(0),
            lock: m.cell(0),
            handoff: scenario.handoff,
            overlay,
            dwell: || (),
            is_claimed: scenario.is_claimed(),
            claim: m.cell(0),
        }
    }

    /// Claims the driver's folio, for the driver to take it back or for a scanner to migrate it; whether nobody else has.
    /// A driver knows by a list of its own which folios are still its own; nothing is ordered by it here.
    #[track_caller]
    pub fn claims(&self, m: &M, who: Claimant) -> bool {
        !self.is_claimed || m.called(|m| m.cmpxchg(&self.claim, 0.into(), (who as u64).into(), Order::Relaxed).is_ok())
    }

    /// The folio as `memory` holds it at the end.
    pub fn end(&self, memory: &impl Peek<M>, references: References) -> Final {
        let flags = memory.peek(&self.folio.flags);
        Final {
            flags,
            mapping: memory.peek(&self.folio.mapping),
            page_type: memory.peek(&self.folio.page_type),
            refcount: references(flags, memory.peek(&self.folio.refcount)),
        }
    }
}
