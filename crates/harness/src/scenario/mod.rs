//! The scenarios: which actors meet over one folio, and what is expected of the end.
//!
//! A scenario is a row of a table: roles, the overlay, the hand-off. It is written once and run by every
//! engine. None of them knows tail pages, memory control groups or hotplug; a scanner tries once.

mod handoff;
mod role;
mod world;

pub use handoff::Handoff;
pub use role::Role;
pub(crate) use world::{Peek, References, World};

use fencepost_folio::{Expectation, Overlay};

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
    /// What is expected of every execution.
    pub expect: Expectation,
}

impl Scenario {
    /// Whether memory's final state is judged as well as what the threads saw: where a slab's owner writes without
    /// atomics. Elsewhere every change is a read-modify-write, whose result a thread has seen.
    pub fn judges_memory(&self) -> bool {
        self.roles.iter().any(|role| role.is_slab_side())
    }

    /// Whether the page-isolation walker is asked.
    pub fn asks_walker(&self) -> bool {
        self.roles.contains(&Role::Walker)
    }

    /// Whether a role needs grace periods.
    pub fn uses_rcu(&self) -> bool {
        self.roles.iter().any(|role| role.uses_rcu())
    }
}

const SCANNER: Role = Role::Scanner { precheck: false, migrates: false };

const BASE: Scenario = Scenario {
    name: "",
    about: "",
    bounds: "",
    roles: &[],
    overlay: Overlay::RcuCallback,
    handoff: Handoff::ReleaseAcquire,
    zone_lock: true,
    expect: Expectation { movable_lives: &[], isolated: false },
};

/// Every scenario.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "slab-life",
        about: "one CPU allocates, uses and frees a slab while a scanner tries to isolate the folio",
        bounds: "one life, one scanner, one try",
        roles: &[Role::Slab { life: 1, flagged: false }, SCANNER],
        ..BASE
    },
    Scenario {
        name: "slab-two-cpus",
        about: "one CPU allocates and uses a slab, another frees it, handed over by release and acquire",
        bounds: "one life, one scanner, one try",
        roles: &[Role::SlabAlloc { life: 1, uses: true }, Role::SlabFree { life: 1, uses: false }, SCANNER],
        ..BASE
    },
    Scenario {
        name: "movable-life",
        about: "a driver makes its folio movable, takes it back and frees it while a scanner tries to isolate it",
        bounds: "one life, one scanner, one try",
        roles: &[Role::Driver { life: 1 }, SCANNER],
        expect: Expectation { movable_lives: &[1], isolated: false },
        ..BASE
    },
    Scenario {
        name: "migration",
        about: "a driver keeps its folio movable while a scanner pre-checks, isolates and migrates it",
        bounds: "one life, one scanner, one try",
        roles: &[Role::DriverKept { life: 1 }, Role::Scanner { precheck: true, migrates: true }],
        expect: Expectation { movable_lives: &[1], isolated: false },
        ..BASE
    },
    Scenario {
        name: "lost-lock",
        about: "the slab's owner sets and clears a flag of its own beside the lock bit that a scanner takes",
        bounds: "one life, one scanner, one try",
        roles: &[Role::Slab { life: 1, flagged: true }, SCANNER],
        ..BASE
    },
    Scenario {
        name: "page-isolation",
        about: "the page-isolation walker asks what a slab is that is in use all the while",
        bounds: "one life, one walker, one question",
        roles: &[Role::SlabKept { life: 1 }, Role::Walker],
        ..BASE
    },
    Scenario {
        name: "useful",
        about: "a movable folio that nobody contends for must be isolated",
        bounds: "one life, one CPU",
        roles: &[Role::Alone { life: 1 }],
        expect: Expectation { movable_lives: &[1], isolated: true },
        ..BASE
    },
];

/// The scenario of this name.
pub fn find(name: &str) -> Option<&'static Scenario> {
    SCENARIOS.iter().find(|scenario| scenario.name == name)
}
