//! Cycles with the verdicts that herd7 gave their tests. `data/README.md` says where the tables come from.

use std::collections::{BTreeMap, BTreeSet};

use fencepost_memory::{Memory, Word};
use fencepost_model::{Bounds, Checker, Cycle, Dialect, Program, Target};
use rayon::prelude::*;

/// Rows of which the engine is held to another verdict than the table's, with the reason.
const DISAGREEMENTS: &str = include_str!("data/disagreements.tsv");

fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().skip(1).map(|row| row.split('\t').collect())
}

/// Checks every row of a table: name, cycle, verdict, number of states.
fn agree(name: &str, table: &str, dialect: Dialect, target: &Target) {
    let of_table = rows(DISAGREEMENTS).filter(|row| row[0] == name);
    let mut instead: BTreeMap<&str, String> = of_table.map(|row| (row[1], format!("{} {}", row[2], row[3]))).collect();
    let mut expected = Vec::new();
    for row in rows(table) {
        let theirs = format!("{} {}", row[2], row[3]);
        let wanted = instead.remove(row[0]).inspect(|ours| assert_ne!(*ours, theirs, "{}: no disagreement", row[0]));
        expected.push((row[0], row[1], wanted.unwrap_or(theirs)));
    }
    assert!(instead.is_empty(), "rows that {name} does not have: {instead:?}");

    let wrong = expected.par_iter().filter_map(|(test, text, wanted)| {
        let ours = match Cycle::parse(dialect, text) {
            Ok(cycle) => observe(&cycle, target),
            Err(why) => why.to_string(),
        };
        (ours != *wanted).then(|| format!("{test}: {text}: {wanted} wanted, {ours} found"))
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{} of {} rows differ:\n{}", wrong.len(), expected.len(), wrong.join("\n"));
}

/// The verdict and the number of states.
fn observe(cycle: &Cycle, target: &Target) -> String {
    let test = cycle.test();
    let found = Checker::new(&test.program, &Bounds::default()).explore(target);
    let (frequency, states) = test.observe(&found);
    found.unknown.unwrap_or_else(|| format!("{frequency} {states}"))
}

macro_rules! tables {
    ($($test:ident $name:literal $dialect:ident $target:expr;)*) => { $(
        #[test]
        fn $test() {
            agree($name, include_str!(concat!("data/", $name, ".tsv")), Dialect::$dialect, &$target);
        }
    )* };
}

tables! {
    aarch64 "aarch64" AArch64 Dialect::AArch64.target();
    riscv "riscv" RiscV Dialect::RiscV.target();
    ppc "ppc" Power Dialect::Power.target();
    x86_64 "x86-64" X86_64 Dialect::X86_64.target();
    lkmm "lkmm" Linux Dialect::Linux.target();
    own_aarch64 "own-aarch64" AArch64 Dialect::AArch64.target();
    own_riscv "own-riscv" RiscV Dialect::RiscV.target();
    own_ppc "own-ppc" Power Dialect::Power.target();
    own_x86_64 "own-x86-64" X86_64 Dialect::X86_64.target();
    own_lkmm "own-lkmm" Linux Dialect::Linux.target();
    own_rc11 "own-rc11" C11 Dialect::C11.target();
    own_sc "own-sc" Linux Target::named("sc").expect("the target exists");
    own_sc_c11 "own-sc-c11" C11 Target::named("sc").expect("the target exists");
}

/// Of each model there are at least this many cycles, beyond those that were given, with what is easily got wrong.
#[test]
fn each_model_has_two_hundred_cycles_with_conditional_operations_and_more_with_locks() {
    let tables = [
        vec![include_str!("data/own-aarch64.tsv")],
        vec![include_str!("data/own-riscv.tsv")],
        vec![include_str!("data/own-ppc.tsv")],
        vec![include_str!("data/own-x86-64.tsv")],
        vec![include_str!("data/own-lkmm.tsv")],
        vec![include_str!("data/own-rc11.tsv")],
        vec![include_str!("data/own-sc.tsv"), include_str!("data/own-sc-c11.tsv")],
    ];
    for tables in tables {
        // The same cycle, begun elsewhere, is one.
        let cycles: BTreeSet<Vec<&str>> = tables.into_iter().flat_map(rows).map(|row| from_the_least(row[1])).collect();
        let with = |parts: &[&str]| {
            let has = |edges: &&Vec<&str>| edges.iter().any(|edge| parts.iter().any(|part| edge.contains(part)));
            cycles.iter().filter(has).count()
        };
        assert!(with(&["Cas", "CxSx", "Miss"]) >= 200);
        assert!(with(&["LockSection", "UnlockLock"]) >= 40);
    }
}

/// The edges of a cycle, beginning where that makes the least list.
fn from_the_least(cycle: &str) -> Vec<&str> {
    let mut edges: Vec<&str> = cycle.split(' ').collect();
    let turns = (0..edges.len()).map(|_| {
        edges.rotate_left(1);
        edges.clone()
    });
    turns.min().unwrap_or_default()
}

/// The two files for LKMM that hold another program than their cycle's: the last branch asks whether `z` is 1.
#[test]
fn branches_that_are_never_taken() {
    // LB+data+po-ctrl, and S+rfi-ctrl+po-ctrl.
    for (rfi, reachable) in [(false, false), (true, true)] {
        let mut p = Program::new();
        let (x, y, z) = (p.cell::<u32>("x", 0), p.cell::<u32>("y", 0), p.cell::<u32>("z", 0));
        p.thread("P0", move |m| {
            if rfi {
                m.write_once(&x, 2.into());
            }
            let seen = m.read_once(&x);
            if !rfi || seen.is(2) {
                m.write_once(&y, (seen & 0.into()) + 1.into());
            }
            vec![seen.observe()]
        });
        p.thread("P1", move |m| {
            let seen = m.read_once(&y);
            if m.read_once(&z).is(1) {
                m.write_once(&x, 1.into());
            }
            vec![seen.observe()]
        });
        let found = Checker::new(&p, &Bounds::default()).explore(&Dialect::Linux.target());
        assert_eq!(found.outcomes.len(), 2);
        let wanted = |results: &[Vec<u64>]| results.concat() == if rfi { [2, 1] } else { [1, 1] };
        assert_eq!(found.outcomes.iter().any(|outcome| wanted(&outcome.results)), reachable);
    }
}

/// The files of `CoRW2` ask for P1's own write to be the final one, where the cycle wants P0's.
#[test]
fn a_write_after_a_read_comes_after_what_was_read() {
    for dialect in Dialect::ALL {
        let cycle = Cycle::parse(dialect, "Rfe PosRW Coe").expect("every dialect has these edges");
        let test = cycle.test();
        let found = Checker::new(&test.program, &Bounds::default()).explore(&dialect.target());
        let states: BTreeSet<_> = found.outcomes.iter().map(|outcome| test.state(outcome)).collect();
        // The final value, and what P1 reads. P0 writes 2, and P1 then 1.
        assert_eq!(states, BTreeSet::from([vec![1, 0], vec![1, 2], vec![2, 0]]), "{dialect}");
    }
}
