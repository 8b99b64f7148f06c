//! The engines on the same scenarios: each catches what is broken, and they agree.

use std::collections::HashMap;

use fencepost_harness::check::{Selection, check};
use fencepost_harness::engine::Budget;
use fencepost_report::{Outcome, Verdict};

/// Executions of loom that bring these explorations to an end.
const ENOUGH: usize = 1_000_000;
/// Executions of loom where there are too many cells for that.
const FEW: usize = 100;
/// Rounds of real threads: some thousand times as many as it takes where threads run in turns on one CPU.
const ROUNDS: usize = 10_000_000;

fn verdicts(strategies: &[&str], scenarios: &[&str], models: &[&str], loom: usize) -> Vec<Verdict> {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let [loom_budget, stress_budget] = [loom, ROUNDS].map(Budget::Executions);
    let everything = Selection { loom_budget, stress_budget, ..Selection::everything() };
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
    let found = verdicts(&["unordered"], &["slab-life"], &["model", "loom", "stress"], ENOUGH);
    for verdict in &found {
        assert!(breaks(verdict, "no-misidentification"), "{}: {:?}", place(verdict), verdict.outcome);
    }
}

/// A slab that is kept is short enough for it, where a scanner meets it without barriers or not at all.
#[test]
fn the_naive_procedure_catches_the_unprotected_code_and_clears_another() {
    let models = ["naive/sc", "naive/x86-64-kernel", "naive/arm64-kernel-lse"];
    for verdict in verdicts(&["unordered"], &["slab-kept"], &models, 0) {
        assert!(breaks(&verdict, "no-misidentification"), "{}: {:?}", place(&verdict), verdict.outcome);
    }
    for verdict in verdicts(&["frozen/relaxed"], &["slab-kept"], &models, 0) {
        assert!(is_safe(&verdict), "{}: {:?}", place(&verdict), verdict.outcome);
    }
}

#[test]
fn every_engine_catches_the_strategy_that_does_nothing() {
    for verdict in verdicts(&["empty"], &["useful"], &["model", "naive", "loom", "stress"], ENOUGH) {
        assert!(breaks(&verdict, "useful"), "{}: {:?}", place(&verdict), verdict.outcome);
    }
}

/// What is safe of one variant is taken over by those of its family that do the same and order more: it is what each is found
/// to be alone.
#[test]
fn what_is_taken_over_is_what_is_found() {
    for verdict in verdicts(&["fence", "frozen", "typed", "seqlock"], &["slab-kept", "page-isolation"], &["model"], 0) {
        let q = &verdict.question;
        let strategy = format!("{}@{}", q.strategy, q.layout);
        let alone = verdicts(&[&strategy], &[&q.scenario], &[&format!("model/{}", q.column)], 0);
        assert_eq!(alone[0].outcome, verdict.outcome, "{}", place(&verdict));
    }
}

#[test]
fn the_model_engine_decides_every_cell_and_no_strategy_claims_more() {
    let model = Selection::everything().complete().narrowed(&[], &[], &[], &["model".to_owned()]).expect("an engine");
    let found = check(&model, |_| {});
    let undecided = |verdict: &&Verdict| !is_racy(verdict) && !is_safe(verdict);
    let wrong: Vec<String> = found.iter().filter(|v| undecided(v) || v.claims_too_much()).map(place).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Strategy, layout and scenario that are racy under RC11 and not for loom: there the scanner's write of the lock bit comes
/// before a read of another cell that stands before it, and loom "cannot emulate" that a thread's operations are reordered
/// (its documentation, on relaxed ordering).
const REORDERED: [(&str, &str, &str); 1] = [("fence/rfc1+rmb", "split", "lost-lock")];

/// What loom finds is racy under RC11; what it clears is safe there, but for what its documentation says that it cannot see.
/// Every strategy and scenario is asked about; where loom does not come to an end in so many executions, there is nothing
/// to compare.
#[test]
fn loom_and_rc11_agree() {
    let found = verdicts(&[], &[], &["rc11", "loom"], FEW);
    let mut pairs: HashMap<_, Vec<&Verdict>> = HashMap::new();
    for verdict in &found {
        let q = &verdict.question;
        pairs.entry((&*q.strategy, &*q.layout, &*q.scenario)).or_default().push(verdict);
    }
    let mut compared = 0;
    for (cell, mut pair) in pairs {
        pair.sort_by_key(|verdict| verdict.question.engine == "loom");
        let [rc11, loom] = pair[..] else { panic!("two engines judge each cell: {pair:?}") };
        if !is_racy(loom) && !is_safe(loom) {
            continue;
        }
        compared += 1;
        let agrees = is_racy(rc11) == is_racy(loom) || is_racy(rc11) && REORDERED.contains(&cell);
        assert!(agrees, "{}: {:?} against {:?}", place(rc11), rc11.outcome, loom.outcome);
    }
    assert!(compared >= 258, "loom decided {compared} cells only");
}

#[test]
fn the_layout_decides_about_rfc1() {
    let racy_in = |layout: &str| -> Vec<String> {
        let found = verdicts(&[&format!("fence/rfc1@{layout}")], &["slab-life"], &["model"], 0);
        found.iter().filter(|verdict| is_racy(verdict)).map(|verdict| verdict.question.column.clone()).collect()
    };
    assert_eq!(racy_in("shared"), [""; 0]);
    let split = ["arm64-kernel-lse", "arm64-kernel-llsc", "lkmm", "arm64-rust-lse", "arm64-rust-llsc", "rc11"];
    assert_eq!(racy_in("split"), split);
}

#[test]
fn a_walker_that_does_not_know_of_frozen_slabs_takes_them_for_free() {
    for verdict in verdicts(&["frozen"], &["page-isolation"], &["model", "loom"], ENOUGH) {
        let aware = verdict.question.strategy.ends_with("+walker");
        assert_eq!(breaks(&verdict, "no-false-free"), !aware, "{}: {:?}", place(&verdict), verdict.outcome);
        assert_eq!(is_safe(&verdict), aware, "{}: {:?}", place(&verdict), verdict.outcome);
    }
}
