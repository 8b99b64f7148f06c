//! What is exported means what it was exported from: read back as a litmus test, it has the verdict of the Rust source,
//! and the one that herd7 gave it. Of a test in parts, they have that together.

use std::collections::BTreeMap;
use std::env;

use fencepost_folio::Property;
use fencepost_harness::check::Selection;
use fencepost_harness::engine::Outcome;
use fencepost_harness::engine::model::Case;
use fencepost_harness::export::{Exported, export, export_witness, name};
use fencepost_harness::scenario::{Scenario, find as scenario};
use fencepost_litmus::{Observation, fingerprint, parse};
use fencepost_model::{Bounds, Target, Verdict};
use fencepost_strategies::{Id, find, ids};

/// In the environment, makes the comparison with herd7 one of all tests.
const EVERYTHING: &str = "FENCEPOST_HERD_ALL";

/// One of so many strategies in scenarios is compared otherwise, and of those in scenarios that are not soon decided.
const SAMPLES: [usize; 2] = [7, 43];

/// herd7 has decided at least this share of the files, in percent.
const FILES: usize = 90;

/// And of the tests, each of which may be several files.
const WHOLES: usize = 80;

/// herd7's verdicts of what is exported; `reports/litmus/exported.md` has the version, the options and the command that makes the
/// table.
const VERDICTS: &str = include_str!("data/exported.tsv");

/// And of witnesses: `reports/litmus/witnesses.md`.
const OF_WITNESSES: &str = include_str!("data/witnesses.tsv");

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

#[test]
fn what_is_racy_has_a_witness_as_a_test_of_its_own_and_herd7_reaches_it() {
    let asked = verdicts(OF_WITNESSES);
    let selection = Selection::everything();
    let mut racy = 0;
    let pairs =
        selection.scenarios.iter().flat_map(|&scenario| selection.strategies.iter().map(move |&id| (id, scenario)));
    for (id, scenario) in pairs.step_by(SAMPLES[0]) {
        let test = export_witness(id, scenario).unwrap_or_else(|why| panic!("{id}, {}: {why}", scenario.name));
        let lkmm = Target::named("lkmm").expect("a target of the engine");
        let case = Case::of(id, scenario).expect("a strategy");
        assert_eq!(
            test.is_some(),
            matches!(case.judge(&lkmm).outcome, Outcome::Racy { .. }),
            "{id}, {}",
            scenario.name
        );
        if let Some(test) = test {
            assert!(reached(&test), "{}", test.text);
            assert_reached_by_herd7(&asked, &test);
            racy += 1;
        }
    }
    assert!(racy > 5, "{racy}");
}

/// A table of herd7's verdicts of each test by name, and the fingerprint of the test that it was given.
fn verdicts(table: &'static str) -> BTreeMap<&'static str, (Observation, u64)> {
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split('\t').collect();
        let verdict = Observation::named(cells[1]).expect("a verdict");
        (cells[0], (verdict, u64::from_str_radix(cells[4], 16).expect("a fingerprint")))
    });
    rows.collect()
}

/// herd7 was asked about this same witness, and says of it what we do.
fn assert_reached_by_herd7(verdicts: &BTreeMap<&str, (Observation, u64)>, test: &Exported) {
    let asked = verdicts.get(test.name.as_str());
    let &(verdict, of) = asked.unwrap_or_else(|| panic!("herd7 has not decided {}", test.name));
    assert_eq!(of, fingerprint(&test.text), "has {} changed since it was asked?", test.name);
    assert_eq!(verdict, test.expected, "{}", test.text);
    assert_ne!(verdict, Observation::Never, "{}", test.text);
}

/// Whether some of these verdicts are about a strategy in a scenario.
fn is_about(verdicts: &BTreeMap<&str, (Observation, u64)>, id: Id, scenario: &Scenario) -> bool {
    let head = format!("{}.", name(id, scenario));
    verdicts.keys().any(|test| test.starts_with(&head))
}

/// How many were decided of how many.
#[derive(Default)]
struct Share {
    decided: usize,
    all: usize,
}

impl Share {
    fn count(&mut self, is_decided: bool) {
        self.all += 1;
        self.decided += usize::from(is_decided);
    }

    fn assert_percent(&self, percent: usize, what: &str) {
        let Share { decided, all } = self;
        let hint = "has a test changed since it was asked?";
        assert!(decided * 100 >= all * percent, "herd7 decided {decided} of {all} {what}; {hint}");
    }
}

#[test]
fn herd7_agrees() {
    let verdicts = verdicts(VERDICTS);
    let selection = Selection::everything().complete();
    let pairs = |slow: bool| {
        let scenarios = selection.scenarios.iter().filter(move |scenario| scenario.slow == slow);
        scenarios.flat_map(|&scenario| selection.strategies.iter().map(move |&id| (id, scenario)))
    };
    // herd7 was asked of some; of some scenarios no test is small enough for it.
    let is_asked = |(id, scenario): &(Id, &Scenario)| is_about(&verdicts, *id, scenario);
    let [sample, slow_sample] = if env::var_os(EVERYTHING).is_some() { [1, 1] } else { SAMPLES };
    let (files, wholes) = compared(&verdicts, pairs(false).step_by(sample));
    files.assert_percent(FILES, "files");
    wholes.assert_percent(WHOLES, "tests, in parts or not");
    let (slow, _) = compared(&verdicts, pairs(true).filter(is_asked).step_by(slow_sample));
    // It was asked about a part of these.
    assert!(slow.decided > 0, "none of {} files of slow scenarios", slow.all);
}

#[test]
fn herd7_reaches_every_witness_that_it_was_asked_about() {
    let asked = verdicts(OF_WITNESSES);
    let selection = Selection::everything().complete();
    let step = if env::var_os(EVERYTHING).is_some() { 1 } else { SAMPLES[0] };
    let mut compared = 0;
    let pairs = selection.strategies.iter().flat_map(|&id| selection.scenarios.iter().map(move |&s| (id, s)));
    for (id, scenario) in
        pairs.filter(|&(id, scenario)| is_about(&asked, id, scenario)).step_by(step).collect::<Vec<_>>()
    {
        let test = export_witness(id, scenario).expect("it was written before").expect("it was racy before");
        assert_reached_by_herd7(&asked, &test);
        compared += 1;
    }
    assert!(compared > 0);
}

/// Holds what we and herd7 say of the tests of strategies in scenarios against each other: of how many files it has decided,
/// and of how many tests, each of which may be several files.
fn compared<'s>(
    verdicts: &BTreeMap<&str, (Observation, u64)>,
    pairs: impl Iterator<Item = (Id, &'s Scenario)>,
) -> (Share, Share) {
    let (mut files, mut wholes) = (Share::default(), Share::default());
    for (id, scenario) in pairs {
        // By test: whether it is one for all parts, and whether one part alone tells, since it has a bad end.
        let mut answers: BTreeMap<String, (bool, bool)> = BTreeMap::new();
        for test in exported(id, scenario) {
            // A test that has changed since herd7 was asked is not decided.
            let of_name = verdicts.get(test.name.as_str()).filter(|(_, of)| *of == fingerprint(&test.text));
            files.count(of_name.is_some());
            let (all, any) = answers.entry(test.whole.clone()).or_insert((true, false));
            *all &= of_name.is_some();
            *any |= of_name.is_some_and(|&(verdict, _)| verdict != Observation::Never);
            let Some(&(verdict, _)) = of_name else { continue };
            assert_eq!(verdict, test.expected, "{}", test.text);
            assert_eq!(reached(&test), verdict != Observation::Never, "{}", test.text);
        }
        answers.into_values().for_each(|(all, any)| wholes.count(all || any));
    }
    (files, wholes)
}

/// The ends that a part leaves out are those of the others.
#[test]
fn parts_hold_every_bad_end() {
    let lkmm = Target::named("lkmm").expect("a target of the engine");
    for (strategy, name, property) in [
        ("unordered", "slab-free-uses-cmpxchg", Property::NoLostBit),
        ("fence/rfc1", "lost-lock", Property::NoLostBit),
        ("unordered", "slab-life", Property::NoLostBit),
    ] {
        let id = find(strategy).into_iter().find(|id| id.layout.name() == "shared").expect("a strategy");
        let ending = format!(".{}", property.name());
        let tests = exported(id, scenario(name).expect("a scenario"));
        let parts: Vec<&Exported> = tests.iter().filter(|test| test.whole.ends_with(&ending)).collect();
        assert!(parts.len() > 1, "{strategy} in {name} is written in {} parts", parts.len());
        let said: Vec<&str> = parts.iter().map(|part| filter(&part.text)).collect();
        // Without barriers more can happen, and the parts are those of all that coherence allows.
        let bare: Vec<&str> = parts[0].text.lines().filter(|line| !line.trim_start().starts_with("smp_")).collect();
        let bare = bare.join("\n");
        let with = |filter: String| {
            let text = bare.replace(said[0], &filter);
            let read = parse(name, &text).expect("what was exported is a test");
            read.observe(&lkmm, &Bounds::default()).expect("LKMM has a meaning for it")
        };
        let threads = (0..4).filter(|thread| bare.contains(&format!("\nP{thread}(")));
        let ended: Vec<String> = threads.map(|thread| format!("not ({thread}:end=0)")).collect();
        let others = said.iter().map(|said| format!("not ({said})"));
        assert!(matches!(with(ended.join(" /\\ ")), Observation::Sometimes | Observation::Always), "{bare}");
        let rest = ended.iter().cloned().chain(others).collect::<Vec<_>>().join(" /\\ ");
        assert_eq!(with(rest), Observation::Never, "{bare}");
    }
}

/// What stands in the parentheses of a test's filter.
fn filter(text: &str) -> &str {
    let line = text.lines().find_map(|line| line.strip_prefix("filter ("));
    line.and_then(|line| line.strip_suffix(')')).expect("there is a filter")
}

#[test]
fn herd7_has_decided_a_test_of_every_strategy() {
    let verdicts = verdicts(VERDICTS);
    for id in ids() {
        let head = format!("{}.{}.", id.name().replace('/', "-"), id.layout.name());
        assert!(verdicts.keys().any(|name| name.starts_with(&head)), "{id}");
    }
}
