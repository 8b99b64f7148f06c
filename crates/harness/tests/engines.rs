//! The engines on the same scenarios: each catches what is broken, and they agree.

use std::collections::HashMap;
use std::time::Duration;

use fencepost_harness::check::{Selection, check};
use fencepost_report::{Outcome, Verdict};

fn verdicts(strategies: &[&str], scenarios: &[&str], models: &[&str], loom: Duration) -> Vec<Verdict> {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let everything = Selection { loom_budget: loom, stress_budget: Duration::from_secs(5), ..Selection::everything() };
    let selection = everything.narrowed(&list(strategies), &[], &list(scenarios), &list(models)).expect("known names");
    check(&selection, |_| {})
}

fn place(verdict: &Verdict) -> String {
    let q = &verdict.question;
    format!("{} ({}), {}, {} {}", q.strategy, q.layout, q.scenario, q.engine, q.column)
}

fn is_racy(verdict: &Verdict) -> bool {
    matches!(verdict.outcome, Outcome::Racy { .. })
}

fn breaks(verdict: &Verdict, what: &str) -> bool {
    matches!(&verdict.outcome, Outcome::Racy { property, .. } if property == what)
}

#[test]
fn every_engine_catches_the_unprotected_code() {
    let found = verdicts(&["unordered"], &["slab-life"], &["model", "loom", "stress"], Duration::from_secs(60));
    for verdict in &found {
        assert!(breaks(verdict, "no-misidentification"), "{}: {:?}", place(verdict), verdict.outcome);
    }
}

#[test]
fn every_engine_catches_the_strategy_that_does_nothing() {
    for verdict in verdicts(&["empty"], &["useful"], &["model", "naive", "loom", "stress"], Duration::from_secs(60)) {
        assert!(breaks(&verdict, "useful"), "{}: {:?}", place(&verdict), verdict.outcome);
    }
}

#[test]
fn the_model_engine_decides_every_cell_and_no_strategy_claims_more() {
    let found = verdicts(&[], &[], &["model"], Duration::ZERO);
    let undecided = |verdict: &&Verdict| !is_racy(verdict) && verdict.outcome != Outcome::Safe;
    let wrong: Vec<String> = found.iter().filter(|v| undecided(v) || v.claims_too_much()).map(place).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Loom knows no load buffering and no weaker sequential consistency than C11's; on these strategies, which have
/// neither, it must agree with RC11 wherever it comes to an end.
#[test]
fn loom_and_rc11_agree_wherever_loom_ends() {
    let found = verdicts(&[], &["slab-life", "page-isolation", "useful"], &["rc11", "loom"], Duration::from_secs(3));
    let mut pairs: HashMap<_, Vec<&Verdict>> = HashMap::new();
    for verdict in &found {
        let q = &verdict.question;
        pairs.entry((&q.strategy, &q.layout, &q.scenario)).or_default().push(verdict);
    }
    let mut compared = 0;
    for pair in pairs.values() {
        let [a, b] = pair[..] else { panic!("two engines judge each cell") };
        let decided = |v: &Verdict| is_racy(v) || v.outcome == Outcome::Safe;
        if decided(a) && decided(b) {
            compared += 1;
            assert_eq!(is_racy(a), is_racy(b), "{}: {:?} against {:?}", place(a), a.outcome, b.outcome);
        }
    }
    assert!(compared > pairs.len() / 2, "loom came to an end in {compared} of {} cells only", pairs.len());
}

#[test]
fn the_layout_decides_about_rfc1() {
    let racy_in = |layout: &str| -> Vec<String> {
        let found = verdicts(&[&format!("fence/rfc1@{layout}")], &["slab-life"], &["model"], Duration::ZERO);
        found.iter().filter(|verdict| is_racy(verdict)).map(|verdict| verdict.question.column.clone()).collect()
    };
    assert_eq!(racy_in("shared"), [""; 0]);
    let split = ["arm64-kernel-lse", "arm64-kernel-llsc", "lkmm", "arm64-rust-lse", "arm64-rust-llsc", "rc11"];
    assert_eq!(racy_in("split"), split);
}

#[test]
fn a_walker_that_does_not_know_of_frozen_slabs_takes_them_for_free() {
    for verdict in verdicts(&["frozen"], &["page-isolation"], &["model", "loom"], Duration::from_secs(60)) {
        let aware = verdict.question.strategy.ends_with("+walker");
        assert_eq!(breaks(&verdict, "no-false-free"), !aware, "{}: {:?}", place(&verdict), verdict.outcome);
        assert_eq!(verdict.outcome == Outcome::Safe, aware, "{}: {:?}", place(&verdict), verdict.outcome);
    }
}
