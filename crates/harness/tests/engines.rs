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

fn is_safe(verdict: &Verdict) -> bool {
    verdict.outcome == Outcome::Safe
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

/// A slab that is kept is short enough for it, where a scanner meets it without barriers or not at all.
#[test]
fn the_naive_procedure_catches_the_unprotected_code_and_clears_another() {
    let models = ["naive/sc", "naive/x86-64-kernel", "naive/arm64-kernel-lse"];
    for verdict in verdicts(&["unordered"], &["slab-kept"], &models, Duration::ZERO) {
        assert!(breaks(&verdict, "no-misidentification"), "{}: {:?}", place(&verdict), verdict.outcome);
    }
    for verdict in verdicts(&["frozen/relaxed"], &["slab-kept"], &models, Duration::ZERO) {
        assert!(is_safe(&verdict), "{}: {:?}", place(&verdict), verdict.outcome);
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
    let undecided = |verdict: &&Verdict| !is_racy(verdict) && !is_safe(verdict);
    let wrong: Vec<String> = found.iter().filter(|v| undecided(v) || v.claims_too_much()).map(place).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Loom knows no load buffering and no weaker sequential consistency than C11's; on these strategies, which have
/// neither, it must agree with RC11. The seqlocks are left out: their retries keep loom busy for minutes.
#[test]
fn loom_and_rc11_agree() {
    let strategies = ["empty", "unordered", "fence", "frozen", "flagword"];
    let scenarios = ["slab-life", "page-isolation", "useful"];
    let found = verdicts(&strategies, &scenarios, &["rc11", "loom"], Duration::from_secs(600));
    let mut pairs: HashMap<_, Vec<&Verdict>> = HashMap::new();
    for verdict in &found {
        let q = &verdict.question;
        pairs.entry((&q.strategy, &q.layout, &q.scenario)).or_default().push(verdict);
    }
    for pair in pairs.values() {
        let [a, b] = pair[..] else { panic!("two engines judge each cell") };
        assert!(
            is_racy(a) && is_racy(b) || is_safe(a) && is_safe(b),
            "{}: {:?} against {:?}",
            place(a),
            a.outcome,
            b.outcome
        );
    }
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
        assert_eq!(is_safe(&verdict), aware, "{}: {:?}", place(&verdict), verdict.outcome);
    }
}
