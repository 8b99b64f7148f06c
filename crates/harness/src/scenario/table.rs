//! The table of scenarios.

use fencepost_folio::{Expectation, Overlay};

use super::Handoff::{BitLock, FullCmpxchg, ReleaseAcquire, Spinlock};
use super::{Handoff, Life, Owner, Role, Scenario};

/// Isolates without having asked first, as where memory or a page is taken offline (`do_migrate_range()`, soft offlining).
const SCANNER: Role = Role::Scanner { precheck: false, migrates: false, tries: 1 };
/// Asks first without a reference, as compaction does, and puts back what it isolates.
const COMPACTION: Role = Role::Scanner { precheck: true, migrates: false, tries: 1 };
/// The same, and migrates it.
const MIGRATING: Role = Role::Scanner { precheck: true, migrates: true, tries: 1 };

const NEVER_MOVABLE: Expectation = Expectation { movable_lives: &[], isolated: false };
const MOVABLE: Expectation = Expectation { movable_lives: &[1], isolated: false };

const BASE: Scenario = Scenario {
    name: "",
    about: "",
    bounds: "one life, one scanner, one try",
    roles: &[],
    overlay: Overlay::RcuCallback,
    handoff: ReleaseAcquire,
    zone_lock: true,
    slow: false,
    expect: NEVER_MOVABLE,
};

/// A slab that passes from CPU to CPU. By a bit lock there are several times as many executions: it lies in the word that the
/// scanner locks.
const fn handed_over(name: &'static str, about: &'static str, roles: &'static [Role], handoff: Handoff) -> Scenario {
    Scenario { name, about, roles, handoff, slow: matches!(handoff, BitLock), ..BASE }
}

/// A slab allocated by one CPU and freed by another.
const fn two_cpus(name: &'static str, handoff: Handoff) -> Scenario {
    const ROLES: &[Role] = &[
        Role::SlabAlloc { life: 1, uses: true, flags: false },
        Role::SlabFree { life: 1, uses: false, flags: false },
        SCANNER,
    ];
    handed_over(name, "one CPU allocates and uses a slab, another frees it", ROLES, handoff)
}

/// A slab allocated by one CPU, and used and freed by another.
const fn freeing_cpu_uses(name: &'static str, handoff: Handoff) -> Scenario {
    const ROLES: &[Role] = &[
        Role::SlabAlloc { life: 1, uses: false, flags: false },
        Role::SlabFree { life: 1, uses: true, flags: false },
        SCANNER,
    ];
    handed_over(name, "one CPU allocates a slab, another writes its overlay and frees it", ROLES, handoff)
}

/// A slab allocated by one CPU, and freed by another after a grace period.
const fn rcu_two_cpus(name: &'static str, handoff: Handoff) -> Scenario {
    const ABOUT: &str = "one CPU allocates a slab and hands it to RCU, another frees it as the callback";
    const ROLES: &[Role] =
        &[Role::SlabAlloc { life: 1, uses: true, flags: false }, Role::RcuCallback { life: 1, stage: 1 }, SCANNER];
    Scenario { slow: true, ..handed_over(name, ABOUT, ROLES, handoff) }
}

/// A slab whose owner's flag is set by one CPU and cleared by another.
const fn lost_lock_two_cpus(name: &'static str, handoff: Handoff) -> Scenario {
    const ABOUT: &str =
        "one CPU sets the owner's flag of a slab, another clears it, while a scanner may take the lock bit";
    const ROLES: &[Role] = &[
        Role::SlabAlloc { life: 1, uses: true, flags: true },
        Role::SlabFree { life: 1, uses: false, flags: true },
        SCANNER,
    ];
    Scenario { slow: true, ..handed_over(name, ABOUT, ROLES, handoff) }
}

/// The three columns of the mail: allocation, `call_rcu` and the callback.
const fn three_cpus(name: &'static str, handoff: Handoff) -> Scenario {
    const ABOUT: &str = "one CPU allocates a slab, another hands it to RCU, a third frees it as the callback";
    const ROLES: &[Role] = &[
        Role::SlabAlloc { life: 1, uses: false, flags: false },
        Role::CallRcu { life: 1 },
        Role::RcuCallback { life: 1, stage: 2 },
        SCANNER,
    ];
    Scenario { slow: true, ..handed_over(name, ABOUT, ROLES, handoff) }
}

/// Every life, one after another on one CPU.
const RECYCLING: Scenario = Scenario {
    name: "recycling",
    about: "one CPU has the folio as movable, as a slab and as movable to the end, while a scanner tries to isolate it",
    bounds: "three lives, one scanner, one try",
    roles: &[Role::Recycler(&[Life::Movable(1), Life::Slab(2), Life::MovableKept(3)]), SCANNER],
    slow: true,
    expect: Expectation { movable_lives: &[1, 3], isolated: false },
    ..BASE
};

/// Every scenario.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "slab-life",
        about: "one CPU allocates, uses and frees a slab while a scanner tries to isolate the folio",
        roles: &[Role::Slab { life: 1, owner: Owner::Uses }, SCANNER],
        ..BASE
    },
    Scenario {
        name: "slab-life-pointer",
        about: "the same, where the overlay is an aligned pointer, as up to Linux 6.1",
        roles: &[Role::Slab { life: 1, owner: Owner::Uses }, SCANNER],
        overlay: Overlay::SlabCache,
        ..BASE
    },
    Scenario {
        name: "slab-life-poison",
        about: "the same, where the overlay is a list's poison, which looks movable on every architecture",
        roles: &[Role::Slab { life: 1, owner: Owner::Uses }, SCANNER],
        overlay: Overlay::ListPoison,
        ..BASE
    },
    Scenario {
        name: "slab-kept",
        about: "one CPU allocates and uses a slab, and keeps it, while a scanner tries to isolate the folio",
        roles: &[Role::SlabKept { life: 1 }, SCANNER],
        ..BASE
    },
    Scenario {
        name: "slab-compaction",
        about: "one CPU allocates, uses and frees a slab while compaction, which asks first, tries to isolate the folio",
        roles: &[Role::Slab { life: 1, owner: Owner::Uses }, COMPACTION],
        ..BASE
    },
    two_cpus("slab-two-cpus", ReleaseAcquire),
    two_cpus("slab-two-cpus-bit-lock", BitLock),
    two_cpus("slab-two-cpus-cmpxchg", FullCmpxchg),
    two_cpus("slab-two-cpus-spinlock", Spinlock),
    freeing_cpu_uses("slab-free-uses", ReleaseAcquire),
    freeing_cpu_uses("slab-free-uses-bit-lock", BitLock),
    freeing_cpu_uses("slab-free-uses-cmpxchg", FullCmpxchg),
    freeing_cpu_uses("slab-free-uses-spinlock", Spinlock),
    Scenario {
        name: "slab-rcu",
        about: "one CPU allocates a slab, hands it to RCU, and frees it after a grace period",
        roles: &[Role::Slab { life: 1, owner: Owner::WaitsForRcu }, SCANNER],
        ..BASE
    },
    rcu_two_cpus("slab-rcu-two-cpus", ReleaseAcquire),
    rcu_two_cpus("slab-rcu-two-cpus-bit-lock", BitLock),
    rcu_two_cpus("slab-rcu-two-cpus-cmpxchg", FullCmpxchg),
    rcu_two_cpus("slab-rcu-two-cpus-spinlock", Spinlock),
    three_cpus("slab-rcu-three-cpus", ReleaseAcquire),
    three_cpus("slab-rcu-three-cpus-cmpxchg", FullCmpxchg),
    three_cpus("slab-rcu-three-cpus-spinlock", Spinlock),
    Scenario {
        name: "slab-two-scanners",
        about: "one CPU allocates, uses and frees a slab while two scanners try to isolate the folio",
        bounds: "one life, two scanners, one try each",
        roles: &[Role::Slab { life: 1, owner: Owner::Uses }, SCANNER, SCANNER],
        slow: true,
        ..BASE
    },
    Scenario {
        name: "lost-lock",
        about: "the slab's owner sets and clears a flag of its own beside the lock bit that a scanner takes",
        roles: &[Role::Slab { life: 1, owner: Owner::Flags }, SCANNER],
        ..BASE
    },
    lost_lock_two_cpus("lost-lock-two-cpus", ReleaseAcquire),
    lost_lock_two_cpus("lost-lock-two-cpus-bit-lock", BitLock),
    lost_lock_two_cpus("lost-lock-two-cpus-cmpxchg", FullCmpxchg),
    lost_lock_two_cpus("lost-lock-two-cpus-spinlock", Spinlock),
    Scenario {
        name: "movable-life",
        about: "a driver makes its folio movable, takes it back and frees it while a scanner tries to isolate it",
        roles: &[Role::Driver { life: 1 }, SCANNER],
        expect: MOVABLE,
        ..BASE
    },
    Scenario {
        name: "movable-two-scanners",
        about: "a driver makes its folio movable, takes it back and frees it while two scanners try to isolate it",
        bounds: "one life, two scanners, one try each",
        roles: &[Role::Driver { life: 1 }, SCANNER, SCANNER],
        expect: MOVABLE,
        slow: true,
        ..BASE
    },
    Scenario {
        name: "migration",
        about: "a driver keeps its folio movable while a scanner pre-checks, isolates and migrates it",
        roles: &[Role::DriverKept { life: 1 }, MIGRATING],
        expect: MOVABLE,
        ..BASE
    },
    Scenario {
        name: "migration-taken-back",
        about: "a driver makes its folio movable, and takes it back and frees it unless a scanner has migrated it",
        roles: &[Role::Driver { life: 1 }, MIGRATING],
        expect: MOVABLE,
        ..BASE
    },
    Scenario {
        name: "migration-two-scanners",
        about: "a driver keeps its folio movable while one scanner migrates it and another puts it back",
        bounds: "one life, two scanners, one try each",
        roles: &[Role::DriverKept { life: 1 }, MIGRATING, SCANNER],
        expect: MOVABLE,
        ..BASE
    },
    Scenario {
        name: "recycling-to-slab",
        about: "one CPU has the folio as movable and then as a slab, while a scanner tries to isolate it",
        bounds: "two lives, one scanner, one try",
        roles: &[Role::Recycler(&[Life::Movable(1), Life::Slab(2)]), SCANNER],
        expect: MOVABLE,
        slow: true,
        ..BASE
    },
    Scenario {
        name: "recycling-compaction",
        about: "one CPU has the folio as movable and then as a slab, while compaction, which asks first, tries to isolate it",
        bounds: "two lives, one scanner, one try",
        roles: &[Role::Recycler(&[Life::Movable(1), Life::Slab(2)]), COMPACTION],
        expect: MOVABLE,
        slow: true,
        ..BASE
    },
    Scenario {
        name: "recycling-migration",
        about: "one CPU has the folio as movable and then as a slab, while a scanner pre-checks, isolates and migrates it",
        bounds: "two lives, one scanner, one try",
        roles: &[Role::Recycler(&[Life::Movable(1), Life::Slab(2)]), MIGRATING],
        expect: MOVABLE,
        slow: true,
        ..BASE
    },
    Scenario {
        name: "recycling-to-movable",
        about: "one CPU has the folio as a slab and then as movable, while a scanner tries to isolate it",
        bounds: "two lives, one scanner, one try",
        roles: &[Role::Recycler(&[Life::Slab(1), Life::Movable(2)]), SCANNER],
        expect: Expectation { movable_lives: &[2], isolated: false },
        slow: true,
        ..BASE
    },
    RECYCLING,
    Scenario {
        name: "recycling-two-cpus",
        about: "a driver on one CPU and a slab's owner on another have the folio in either order",
        bounds: "two lives, one scanner, one try",
        roles: &[Role::Driver { life: 1 }, Role::SlabIfFree { life: 2 }, SCANNER],
        expect: MOVABLE,
        slow: true,
        ..BASE
    },
    Scenario {
        name: "recycling-without-zone-lock",
        about: "as recycling-two-cpus, but the folio is taken by a relaxed cmpxchg() and given back by a store: nothing orders one life before the next",
        bounds: "two lives, one scanner, one try",
        roles: &[Role::Driver { life: 1 }, Role::SlabIfFree { life: 2 }, SCANNER],
        zone_lock: false,
        expect: MOVABLE,
        slow: true,
        ..BASE
    },
    Scenario {
        name: "page-isolation",
        about: "the page-isolation walker asks what a slab is that is in use all the while",
        bounds: "one life, one walker, one question",
        roles: &[Role::SlabKept { life: 1 }, Role::Walker { waits: true }],
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

/// A life that no scenario of the table has.
const ONE_MORE: u32 = 9;

/// The scenarios that are each one step larger than `small`: one more scanner, like its first one; one more try of each
/// scanner; one more life, as a slab on a CPU of its own, before or after the others. None where nobody may contend. Their names live as
/// long as the program.
pub fn larger(small: &Scenario) -> Vec<Scenario> {
    let with = |what: &str, roles: Vec<Role>| Scenario {
        name: format!("{}+{what}", small.name).leak(),
        bounds: format!("{}; one more {what}", small.bounds).leak(),
        roles: roles.leak(),
        ..*small
    };
    let and = |role: Role| [small.roles, &[role]].concat();
    let again = |&role: &Role| match role {
        Role::Scanner { precheck, migrates, tries } => Role::Scanner { precheck, migrates, tries: tries + 1 },
        other => other,
    };
    let tries: Vec<Role> = small.roles.iter().map(again).collect();
    let tried = (tries != small.roles).then(|| with("try", tries));
    let contended = !small.expect.isolated;
    let scanner = small.roles.iter().find(|role| matches!(role, Role::Scanner { .. })).copied().unwrap_or(SCANNER);
    let others = [with("scanner", and(scanner)), with("life", and(Role::SlabIfFree { life: ONE_MORE }))];
    others.into_iter().chain(tried).filter(|_| contended).collect()
}

/// Those that are asked about by name alone: nobody claims anything in them, and no verdict counts them.
pub const BY_NAME: &[Scenario] = &[
    Scenario {
        name: "recycling-one-cpu-without-zone-lock",
        about: "one CPU has the folio as movable, as a slab and as movable to the end, and takes it by a relaxed cmpxchg() each time",
        zone_lock: false,
        slow: false,
        ..RECYCLING
    },
    Scenario {
        name: "page-isolation-any-time",
        about: "the page-isolation walker asks what a folio is that is taken for a slab meanwhile, used and kept",
        bounds: "one life, one walker, one question",
        roles: &[Role::SlabKept { life: 1 }, Role::Walker { waits: false }],
        ..BASE
    },
];

fn all() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().chain(BY_NAME)
}

/// The scenario of this name: one of the tables, or what one of them [grows to](larger), which lives as long as the program.
pub fn find(name: &str) -> Option<&'static Scenario> {
    let of_table = |name: &str| all().find(|scenario| scenario.name == name);
    let grown = || {
        let (small, _) = name.rsplit_once('+')?;
        let grown = larger(of_table(small)?).into_iter().find(|scenario| scenario.name == name)?;
        Some(&*Box::leak(Box::new(grown)))
    };
    of_table(name).or_else(grown)
}

/// The name of every scenario that [`find`] finds.
pub fn names() -> impl Iterator<Item = &'static str> {
    all().map(|scenario| scenario.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_scenario_grows_to_is_found_and_nothing_larger() {
        let roles = |name: &str| find(name).map(|scenario| scenario.roles.len());
        assert_eq!(
            ["slab-life", "slab-life+life", "slab-life+scanner", "slab-life+try"].map(roles),
            [2, 3, 3, 2].map(Some)
        );
        assert_eq!(["useful+life", "slab-life+lives", "slab-life+life+life", "+life"].map(roles), [None; 4]);
    }

    #[test]
    fn several_scanners_are_in_the_name() {
        for scenario in all() {
            assert_eq!(scenario.has_several_scanners(), scenario.name.ends_with("-two-scanners"), "{}", scenario.name);
            for grown in larger(scenario).iter().filter(|grown| grown.name.ends_with("+scanner")) {
                assert_eq!(grown.has_several_scanners(), !scenario.asks_walker(), "{}", grown.name);
            }
        }
    }

    #[test]
    fn what_is_claimed_once_is_taken_back_once() {
        for scenario in SCENARIOS.iter().filter(|scenario| scenario.is_claimed()) {
            assert_eq!(scenario.roles.iter().map(|role| role.taken_back()).sum::<usize>(), 1, "{}", scenario.name);
        }
    }
}
