//! The classic shapes in the kernel's vocabulary, with every combination of orderings, under every target.

use std::collections::BTreeMap;

use fencepost_memory::{Memory, Word};
use fencepost_model::{Bounds, Checker, Cpu, Cycle, Dialect, Outcome, Program, Target};
use rayon::prelude::*;

/// Shape, cycle, and the letters of the targets that allow it (`data/README.md` says how the table was made).
const TABLE: &str = include_str!("data/classics.tsv");

/// What a letter in the table stands for. No letter stands for `sc`, which allows no cycle.
const LETTERS: &[(char, &[&str])] = &[
    ('L', &["lkmm"]),
    ('X', &["x86-64-kernel", "x86-64-rust"]),
    ('A', &["arm64-kernel-lse", "arm64-kernel-llsc"]),
    ('R', &["riscv64-kernel-amo", "riscv64-kernel-lrsc"]),
    ('P', &["powerpc64-kernel"]),
    ('C', &["rc11"]),
    ('a', &["arm64-rust-lse", "arm64-rust-llsc"]),
    ('r', &["riscv64-rust"]),
    ('p', &["powerpc64-rust"]),
];

fn rows() -> Vec<[&'static str; 3]> {
    TABLE.lines().skip(1).filter_map(|row| row.split('\t').collect::<Vec<_>>().try_into().ok()).collect()
}

#[test]
fn every_combination_of_orderings() {
    let letter = |target: &Target| LETTERS.iter().find(|(_, names)| names.contains(&target.name)).map(|(l, _)| *l);
    let targets: Vec<_> = Target::all().into_iter().map(|target| (letter(&target), target)).collect();
    assert_eq!(targets.iter().filter(|(letter, _)| letter.is_none()).count(), 1, "all targets but sc have a letter");
    let rows = rows();
    let wrong = rows.par_iter().flat_map_iter(|&[_, text, allowed]| {
        let test = Cycle::parse(Dialect::Linux, text).unwrap_or_else(|why| panic!("{text}: {why}")).test();
        let checker = Checker::new(&test.program, &Bounds::default());
        targets.iter().filter_map(move |(letter, target)| {
            let found = checker.explore(target);
            let reachable = found.outcomes.iter().any(|outcome| test.holds(outcome));
            let agrees = found.unknown.is_none() && reachable == letter.is_some_and(|letter| allowed.contains(letter));
            (!agrees).then(|| format!("{text} under {}: {reachable} {:?}", target.name, found.unknown))
        })
    });
    let wrong: Vec<_> = wrong.collect();
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// A read can be ordered with what follows in ten ways (plain, acquire, release, both, three barriers, three
/// dependencies), one less where the second is a read; a write has no dependencies.
#[test]
fn the_table_has_every_combination() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for [shape, ..] in rows() {
        *counts.entry(shape).or_default() += 1;
    }
    let (ww, wr, rw, rr) = (7, 7, 10, 9);
    let expected = [
        ("MP", ww * rr),
        ("SB", wr * wr),
        ("LB", rw * rw),
        ("S", ww * rw),
        ("R", ww * wr),
        ("2+2W", ww * ww),
        ("WRC", rw * rr),
        ("RWC", rr * wr),
        ("IRIW", rr * rr),
        ("ISA2", ww * rw * rr),
        ("Z6.3", ww * ww * rr),
        ("W+RWC", ww * rr * wr),
        ("CoRR", rr),
        ("CoWR", wr),
        ("CoRW2", rw),
    ];
    assert_eq!(counts, expected.into_iter().collect());
    let distinct: std::collections::BTreeSet<_> = rows().into_iter().map(|[_, cycle, _]| cycle).collect();
    assert_eq!(distinct.len(), counts.values().sum());
}

/// Explores a program of one thread over one cell.
fn alone(
    target: &Target,
    body: impl Fn(&Cpu, fencepost_model::CellRef<u32>) -> Vec<u64> + Send + Sync + 'static,
) -> Vec<Outcome> {
    let mut p = Program::new();
    let x = p.cell::<u32>("x", 0);
    p.thread("P0", move |m| body(m, x));
    Checker::new(&p, &Bounds::default()).explore(target).outcomes.into_iter().collect()
}

/// CoWW, CoRW1, CoWR and CoRR of one thread: no target reorders what one thread does to one cell.
#[test]
fn one_thread_is_coherent() {
    for target in Target::all() {
        let one = |results: &[u64], memory| vec![Outcome { results: vec![results.to_vec()], memory: vec![memory] }];
        let twice = alone(&target, |m, x| {
            m.write_once(&x, 1.into());
            m.write_once(&x, 2.into());
            vec![]
        });
        assert_eq!(twice, one(&[], 2), "CoWW under {}", target.name);
        let overwritten = alone(&target, |m, x| {
            let seen = m.read_once(&x);
            m.write_once(&x, 1.into());
            vec![seen.observe(), m.read_once(&x).observe(), m.read_once(&x).observe()]
        });
        assert_eq!(overwritten, one(&[0, 1, 1], 1), "CoRW1, CoWR, CoRR under {}", target.name);
    }
}
