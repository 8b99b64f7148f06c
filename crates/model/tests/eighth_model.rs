//! An eighth model, in one file: what a model needs is public, so that this file needs none of the crate's own.
//!
//! It is SPARC's Partial Store Order, x86-TSO without the order of writes to different locations ("The SPARC
//! Architecture Manual", version 8, appendix K; in axioms, Alglave, Maranget and Tautschnig, TOPLAS 2014).

use fencepost_model::{Axioms, Bounds, Checker, Cycle, Dialect, Model, Skeleton, Tags, Target};

static PSO: Model =
    Model { name: "pso", source: "The SPARC Architecture Manual, version 8", axioms, races: None, flags: None };

fn axioms(s: &Skeleton) -> Axioms {
    let ppo = s.po.from(s.r).to(s.m());
    let membar = s.across(s.tagged(Tags::MFENCE));
    let locked = s.tagged(Tags::EXCLUSIVE);
    let implied = s.po.from(s.w).to(locked) | s.po.from(locked);
    let fixed = ppo | membar | implied;
    Box::new(move |x| x.coherent() && x.atomic() && (&fixed | &x.rfe | &x.co | &x.fr).acyclic())
}

/// The instructions of x86-64 under another model than theirs.
fn pso() -> Target {
    Target { name: "pso", model: &PSO, ..Dialect::X86_64.target() }
}

fn allows(target: &Target, cycle: &str) -> bool {
    let test = Cycle::parse(Dialect::X86_64, cycle).expect(cycle).test();
    let found = Checker::new(&test.program, &Bounds::default()).explore(target);
    found.outcomes.iter().any(|outcome| test.holds(outcome))
}

#[test]
fn it_lets_writes_pass_each_other() {
    let cycles = [
        ("PodWW Rfe PodRR Fre", false, true),
        ("MFencedWW Rfe PodRR Fre", false, false),
        ("PodWW Coe PodWW Coe", false, true),
        ("PodWR Fre PodWR Fre", true, true),
        ("PodRW Rfe PodRW Rfe", false, false),
        ("PosWW Rfe PosRR Fre", false, false),
    ];
    for (cycle, under_tso, under_pso) in cycles {
        assert_eq!(allows(&Dialect::X86_64.target(), cycle), under_tso, "{cycle} under x86-TSO");
        assert_eq!(allows(&pso(), cycle), under_pso, "{cycle} under PSO");
    }
}

/// A model that orders less than any of the crate's own.
static COHERENCE: Model = Model {
    name: "coherence",
    source: "Alglave, Maranget and Tautschnig, TOPLAS 2014, section 4.2",
    axioms: |_| Box::new(|x| x.coherent() && x.atomic()),
    races: None,
    flags: None,
};

#[test]
fn what_the_other_models_have_in_common_is_not_asked_of_it() {
    let test = Cycle::parse(Dialect::X86_64, "MFencedWW Rfe MFencedRR Fre").expect("a cycle").test();
    let checker = Checker::new(&test.program, &Bounds { patience: 0, ..Bounds::default() });
    let target = Target { name: "coherence", model: &COHERENCE, ..Dialect::X86_64.target() };
    let reached =
        checker.explore(&target).outcomes.into_iter().find(|outcome| test.holds(outcome)).expect("it is allowed");
    let inquiry = checker.inquire(|state| state.results() == reached.results);
    assert!(inquiry.judge(&Dialect::X86_64.target()).verdict.is_safe());
    assert!(!inquiry.judge(&target).verdict.is_safe());
}

#[test]
fn it_allows_what_x86_tso_allows() {
    for row in include_str!("data/x86-64.tsv").lines().skip(1).step_by(3) {
        let cycle = row.split('\t').nth(1).expect("a row has a cycle");
        let test = Cycle::parse(Dialect::X86_64, cycle).expect(cycle).test();
        let checker = Checker::new(&test.program, &Bounds::default());
        let (less, more) = (checker.explore(&Dialect::X86_64.target()), checker.explore(&pso()));
        assert!(less.outcomes.is_subset(&more.outcomes), "{cycle}");
    }
}
