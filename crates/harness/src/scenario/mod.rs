//! The scenarios: which actors meet over one folio, and what is expected of the end.
//!
//! A scenario is a row of a table: roles, the overlay, the hand-off. It is written once and run by every
//! engine. None of them knows tail pages, memory control groups or hotplug.

mod handoff;
mod role;
mod table;
mod world;

pub use handoff::Handoff;
pub use role::{Life, Owner, Role};
pub use table::{BY_NAME, SCENARIOS, find, larger, names};
pub(crate) use world::{Peek, References, World};

use fencepost_folio::{Claim, Expectation, Overlay};

/// Actors that meet over one folio.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// The name in reports and on the command line.
    pub name: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// What it bounds: lives, scanners, tries.
    pub bounds: &'static str,
    /// One role for each CPU.
    pub roles: &'static [Role],
    /// What the slab's overlay puts where `mapping` is.
    pub overlay: Overlay,
    /// How a slab passes from one CPU to the next.
    pub handoff: Handoff,
    /// Folios go from life to life under the buddy allocator's lock.
    pub zone_lock: bool,
    /// Takes the engine so long that the main job leaves it out.
    pub slow: bool,
    /// What is expected of every execution.
    pub expect: Expectation,
}

impl Scenario {
    /// Whether a slab passes from one CPU to another, by [`Scenario::handoff`].
    pub fn is_handed_over(&self) -> bool {
        self.roles.iter().any(|role| role.takes_over())
    }

    /// Whether it orders less between CPUs than a kernel does that has a double-word `cmpxchg` and the zone's lock, to see
    /// which verdicts rest on that order alone.
    pub fn orders_less(&self) -> bool {
        !self.zone_lock || self.is_handed_over() && self.handoff.orders_less()
    }

    /// Whether memory's final state is judged as well as what the threads saw: where a slab's owner writes without
    /// atomics. Elsewhere every change is a read-modify-write, whose result a thread has seen.
    pub fn judges_memory(&self) -> bool {
        self.roles.iter().any(|role| role.is_slab_side())
    }

    /// Whether the page-isolation walker is asked.
    pub fn asks_walker(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Walker { .. }))
    }

    /// Whether nobody claims to be safe in it: it shows what verdicts rest on.
    fn is_unclaimed(&self) -> bool {
        !self.zone_lock || self.roles.contains(&Role::Walker { waits: false })
    }

    /// Whether a strategy that makes this claim holds itself safe here, in Rust's lowering or in the kernel's.
    pub fn is_covered_by(&self, claim: Claim, in_rust: bool) -> bool {
        !self.is_unclaimed()
            && match self.asks_walker() {
                true => claim.walker,
                false if in_rust => claim.rust,
                false => claim.kernel && (claim.by_release || !self.orders_less()),
            }
    }

    /// Whether it is there for what its slab's overlay holds, and for nothing else.
    pub fn has_own_overlay(&self) -> bool {
        self.overlay != Overlay::RcuCallback
    }

    /// Whether it is one with fewer scanners, grown by a step already.
    pub fn has_several_scanners(&self) -> bool {
        self.roles.iter().filter(|role| matches!(role, Role::Scanner { .. })).count() > 1
    }

    /// Whether a scanner asks first without a reference, as compaction does.
    pub fn prechecks(&self) -> bool {
        self.roles.iter().any(|role| matches!(role, Role::Scanner { precheck: true, .. }))
    }

    /// Whether a scanner may migrate a folio that its driver may take back: then each claims it first.
    pub fn is_claimed(&self) -> bool {
        let is_migrating = |role: &Role| matches!(role, Role::Scanner { migrates: true, .. });
        self.roles.iter().any(is_migrating) && self.roles.iter().any(|role| role.taken_back() > 0)
    }

    /// Whether a role needs grace periods.
    pub fn uses_rcu(&self) -> bool {
        self.roles.iter().any(|role| role.uses_rcu())
    }
}
