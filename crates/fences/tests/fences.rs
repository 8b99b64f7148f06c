//! Needed, redundant, cheapest: against the table of predictions, and against trying everything.

use fencepost_fences::{Cheapest, Free, PRESETS, Platform, Side, Subject, compare, table};
use fencepost_folio::Property;
use fencepost_harness::scenario::{SCENARIOS, Scenario, find};
use fencepost_model::{Change, SiteKind, Target};

fn scenarios(names: &[&str]) -> Vec<&'static Scenario> {
    names.iter().map(|name| find(name).unwrap_or_else(|| panic!("no scenario {name}"))).collect()
}

fn subject(strategy: &str, names: &[&str]) -> Subject {
    let [id] = fencepost_strategies::find(strategy)[..] else { panic!("{strategy} is not one strategy") };
    Subject::new(id, &scenarios(names), &Property::ALL).expect("the strategy exists")
}

/// With FENCEPOST_ALL_MUTANTS in the environment, every strategy; otherwise two.
#[test]
fn every_mutant_is_what_the_table_says() {
    let all = std::env::var_os("FENCEPOST_ALL_MUTANTS").is_some();
    let some = ["fence/rfc2@split", "flagword/beside"].iter().flat_map(|name| fencepost_strategies::find(name));
    let ids = if all { fencepost_strategies::ids() } else { some.collect() };
    let (table, targets) = (table(), Target::all());
    let scenarios: Vec<&Scenario> = SCENARIOS.iter().collect();
    let mut wrong = Vec::new();
    for id in ids {
        let subject = Subject::new(id, &scenarios, &Property::ALL).expect("the strategy exists");
        let baseline = subject.as_it_stands(&targets);
        for mutant in subject.mutants(&baseline, || ()) {
            let what = format!("{id}, {} -> {}", mutant.place, mutant.to());
            let compared = compare(&table, id, &mutant, &targets, true);
            if !compared.agrees() {
                wrong.push(format!("{what}: row {:?}, {:?}, {:?}", compared.row, compared.differs, compared.unknown));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Or at least that no candidate execution says otherwise.
#[test]
fn what_is_redundant_is_so_for_the_naive_procedure() {
    let targets: Vec<Target> = ["lkmm", "rc11", "arm64-kernel-lse"].into_iter().filter_map(Target::named).collect();
    for strategy in ["fence/rfc1@shared", "fence/rfc2@split"] {
        let subject = subject(strategy, &["slab-life", "slab-kept", "page-isolation"]);
        let baseline = subject.as_it_stands(&targets);
        let confirmed: Vec<_> =
            subject.mutants(&baseline, || ()).iter().map(|mutant| subject.confirm(&baseline, mutant)).collect();
        let wrong: Vec<&String> = confirmed.iter().flat_map(|confirmed| &confirmed.wrong).collect();
        assert!(wrong.is_empty(), "{strategy}: {wrong:?}");
        assert!(confirmed.iter().all(|confirmed| confirmed.infeasible == 0), "{strategy}");
        assert!(confirmed.iter().map(|confirmed| confirmed.agrees).sum::<usize>() > 20, "{strategy}");
    }
}

#[test]
fn each_barrier_is_a_place_of_its_own() {
    for (strategy, side, barriers) in [
        ("fence/rfc1@split", Side::Reader, 2),
        ("fence/rfc1+rmb@split", Side::Reader, 3),
        ("fence/rfc2@shared", Side::Reader, 2),
        ("fence/rfc2@shared", Side::Owner, 2),
        ("seqlock/rmb+giveup@split", Side::Owner, 4),
        ("unordered@split", Side::Reader, 0),
    ] {
        let subject = subject(strategy, &["slab-life"]);
        let of = subject.places.iter().filter(|p| p.side == side && matches!(p.kind, SiteKind::Barrier(_)));
        assert_eq!(of.count(), barriers, "{strategy}, {}", side.name());
        let mut names: Vec<&str> = subject.places.iter().map(|place| place.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), subject.places.len(), "{strategy}: a name is used twice");
    }
}

#[test]
fn brute_force_finds_the_same_cheapest_placements() {
    for (strategy, platform, free) in [
        ("fence/acquire@shared", "arm64-kernel", Free::Reader),
        ("fence/acquire@split", "lkmm", Free::Reader),
        ("fence/acquire@split", "powerpc64-kernel", Free::Owner),
    ] {
        let (subject, platform) = (subject(strategy, &["slab-life", "movable-life"]), Platform::find(platform)[0]);
        let Cheapest::Found(cost, found) = subject.cheapest(&platform, platform.costs, free) else {
            panic!("{strategy} on {}", platform.name)
        };
        let limits = (cost, found[0].len());
        let (tried, count) = subject.cheapest_by_brute_force(&platform, platform.costs, free, limits);
        assert!(count > found.len(), "{count} placements were tried");
        assert_eq!(tried.len(), found.len(), "{strategy} on {}: {found:?} against {tried:?}", platform.name);
        assert!(tried.iter().all(|placement| found.contains(placement)), "{strategy} on {}", platform.name);
    }
}

/// The thread's second question: what the merged reader lacks in the split layout is one order between the second test of
/// the slab mark and the last test of `mapping`.
#[test]
fn one_more_read_barrier_is_what_rfc1_lacks() {
    let subject = subject("fence/rfc1@split", &["slab-life"]);
    let lkmm = Platform::find("lkmm")[0];
    let Cheapest::Found(1, all) = subject.cheapest(&lkmm, lkmm.costs, Free::Additions) else { panic!("not one order") };
    let is_rmb = |change| matches!(change, Change::Before(fencepost_model::Barrier::Read));
    assert!(all.iter().any(|placement| is_rmb(placement[0].change)), "{all:?}");
    assert!(all.iter().all(|placement| subject.places[placement[0].place].side == Side::Reader), "{all:?}");
}

#[test]
fn every_preset_names_one_strategy_each_time() {
    for preset in PRESETS {
        for strategy in preset.strategies {
            assert_eq!(fencepost_strategies::find(strategy).len(), 1, "{strategy}");
        }
    }
}
