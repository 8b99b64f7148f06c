//! What is exported means what it was exported from: read back as a litmus test, it has the verdict of the Rust source,
//! and the one that herd7 gave it.

use std::collections::BTreeMap;
use std::env;

use fencepost_harness::check::Selection;
use fencepost_harness::export::{Exported, export};
use fencepost_harness::scenario::{Scenario, find as scenario};
use fencepost_litmus::{Observation, fingerprint, parse};
use fencepost_model::{Bounds, Target, Verdict};
use fencepost_strategies::{Id, find, ids};

/// In the environment, makes the comparison with herd7 one of all tests.
const EVERYTHING: &str = "FENCEPOST_HERD_ALL";

/// One of so many strategies in scenarios is compared otherwise.
const SAMPLE: usize = 7;

/// herd7's verdicts; `reports/litmus/exported.md` has the version, the options and the command that makes the table.
const VERDICTS: &str = include_str!("data/exported.tsv");

fn exported(id: Id, scenario: &Scenario) -> Vec<Exported> {
    export(id, scenario).unwrap_or_else(|why| panic!("{id}, {}: {why}", scenario.name))
}

/// The verdict of a test that was exported, read back: whether its condition is reached.
fn reached(test: &Exported) -> bool {
    let lkmm = Target::named("lkmm").expect("a target of the engine");
    let read = parse(&test.name, &test.text).expect("what was exported is a test");
    let stated = read.expectation().and_then(|expectation| expectation.observation);
    assert_eq!(stated, Some(test.expected), "{}", test.text);
    let found = read.judge(&lkmm, &Bounds::default()).expect("LKMM has a meaning for it").verdict;
    let reached = matches!(found, Verdict::Racy(_));
    assert!(reached || found.is_safe(), "{}\n{found:?}", test.name);
    reached
}

#[test]
fn exported_tests_are_read_back_to_the_same_verdict() {
    let mut seen = BTreeMap::new();
    for strategy in ["unordered", "fence/rfc1", "fence/rfc2", "frozen/relaxed", "seqlock/rmb+giveup", "flagword"] {
        for id in find(strategy) {
            for name in ["slab-life", "page-isolation", "slab-two-cpus-cmpxchg"] {
                for test in exported(id, scenario(name).expect("a scenario")) {
                    assert_eq!(reached(&test), test.expected != Observation::Never, "{}", test.text);
                    seen.insert(test.name, test.expected);
                }
            }
        }
    }
    assert_eq!(seen["fence-rfc1.split.slab-life.no-misidentification"], Observation::Sometimes);
    assert_eq!(seen["fence-rfc1.shared.slab-life.no-misidentification"], Observation::Never);
    assert_eq!(seen["frozen-relaxed.split.page-isolation.no-false-free"], Observation::Always);
}

/// herd7's verdict of each test by name, and the fingerprint of the test that it was given.
fn verdicts() -> BTreeMap<&'static str, (Observation, u64)> {
    let rows = VERDICTS.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let verdict = Observation::named(cells[1]).expect("a verdict");
        (cells[0], (verdict, u64::from_str_radix(cells[4], 16).expect("a fingerprint")))
    });
    rows.collect()
}

#[test]
fn herd7_agrees() {
    let verdicts = verdicts();
    let (mut asked, mut decided) = (0, 0);
    let selection = Selection::everything();
    let pairs = selection.strategies.iter().flat_map(|&id| selection.scenarios.iter().map(move |&s| (id, s)));
    let step = if env::var_os(EVERYTHING).is_some() { 1 } else { SAMPLE };
    for (id, scenario) in pairs.step_by(step) {
        for test in exported(id, scenario).into_iter().filter(|test| !test.is_large) {
            asked += 1;
            // A test that has changed since herd7 was asked is not decided.
            let of_name = verdicts.get(test.name.as_str()).filter(|(_, of)| *of == fingerprint(&test.text));
            let Some(&(verdict, _)) = of_name else { continue };
            assert_eq!(verdict, test.expected, "{}", test.text);
            assert_eq!(reached(&test), verdict != Observation::Never, "{}", test.text);
            decided += 1;
        }
    }
    assert!(decided * 10 >= asked * 9, "herd7 decided {decided} of {asked}; has a test changed since it was asked?");
}

#[test]
fn herd7_has_decided_a_test_of_every_strategy() {
    let verdicts = verdicts();
    for id in ids() {
        let head = format!("{}.{}.", id.name().replace('/', "-"), id.layout.name());
        assert!(verdicts.keys().any(|name| name.starts_with(&head)), "{id}");
    }
}
