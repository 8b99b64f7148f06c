//! Cycles in the kernel's vocabulary under every target, each held against the lowered test: the classic shapes with
//! every combination of orderings, and read-modify-writes.

use std::collections::{BTreeMap, BTreeSet};

use fencepost_memory::{Memory, Order, Rmw, Word};
use fencepost_model::{Bounds, CellRef, Checker, Cpu, Cycle, Dialect, Outcome, Program, Target, Value, Verdict};
use rayon::prelude::*;

/// Shape, cycle, and the letters of the targets that allow it (`data/README.md` says how the tables were made).
const CLASSICS: &str = include_str!("data/classics.tsv");
/// Cycle, the letters of the targets that were asked, and of those that allow it.
const RMWS: &str = include_str!("data/rmws.tsv");

/// The same, of compare-and-exchanges that find another value than they look for.
const MISSES: &str = include_str!("data/misses.tsv");

/// What stands for a target in the tables.
const LETTERS: &[(char, &str)] = &[
    ('L', "lkmm"),
    ('X', "x86-64-kernel"),
    ('A', "arm64-kernel-lse"),
    ('B', "arm64-kernel-llsc"),
    ('R', "riscv64-kernel-amo"),
    ('S', "riscv64-kernel-lrsc"),
    ('P', "powerpc64-kernel"),
    ('C', "rc11"),
    ('x', "x86-64-rust"),
    ('a', "arm64-rust-lse"),
    ('b', "arm64-rust-llsc"),
    ('r', "riscv64-rust"),
    ('p', "powerpc64-rust"),
];

fn rows(table: &'static str) -> Vec<[&'static str; 3]> {
    table.lines().skip(1).filter_map(|row| row.split('\t').collect::<Vec<_>>().try_into().ok()).collect()
}

/// Checks a cycle under the targets with these letters; what is wrong.
fn check(text: &str, asked: &str, allowed: &str) -> Vec<String> {
    let test = match Cycle::parse(Dialect::Linux, text) {
        Ok(cycle) => cycle.test(),
        Err(why) => return vec![format!("{text}: {why}")],
    };
    let checker = Checker::new(&test.program, &Bounds::default());
    let targets = LETTERS.iter().filter(|(letter, _)| asked.contains(*letter));
    let wrong = targets.filter_map(|(letter, name)| {
        let found = checker.explore(&Target::named(name).expect("the target exists"));
        let reachable = found.outcomes.iter().any(|outcome| test.holds(outcome));
        let agrees = found.unknown.is_none() && reachable == allowed.contains(*letter);
        (!agrees).then(|| format!("{text} under {name}: {reachable} {:?}", found.unknown))
    });
    wrong.collect()
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_combination_of_orderings() {
    let all: String = LETTERS.iter().map(|(letter, _)| letter).collect();
    let wrong: Vec<_> =
        rows(CLASSICS).par_iter().flat_map_iter(|&[_, text, allowed]| check(text, &all, allowed)).collect();
    assert_none(&wrong);
}

#[test]
fn read_modify_writes() {
    let wrong: Vec<_> =
        rows(RMWS).par_iter().flat_map_iter(|&[text, asked, allowed]| check(text, asked, allowed)).collect();
    assert_none(&wrong);
}

#[test]
fn what_is_executed_of_a_compare_and_exchange_that_misses() {
    let wrong: Vec<_> =
        rows(MISSES).par_iter().flat_map_iter(|&[text, asked, allowed]| check(text, asked, allowed)).collect();
    assert_none(&wrong);
}

#[test]
fn sequential_consistency_allows_no_cycle() {
    let sc = Target::named("sc").expect("the target exists");
    let lettered = LETTERS.iter().map(|(_, name)| *name).chain([sc.name]).collect::<BTreeSet<_>>();
    assert_eq!(lettered, Target::all().iter().map(|target| target.name).collect());
    let allowed = rows(CLASSICS).into_par_iter().filter(|[_, text, _]| {
        let test = Cycle::parse(Dialect::Linux, text).expect(text).test();
        let found = Checker::new(&test.program, &Bounds::default()).explore(&sc);
        found.unknown.is_some() || found.outcomes.iter().any(|outcome| test.holds(outcome))
    });
    assert_eq!(allowed.count(), 0);
}

/// A read can be ordered with what follows in ten ways (plain, acquire, release, both, three barriers, three
/// dependencies), one less where the second is a read; a write has no dependencies.
#[test]
fn the_table_has_every_combination() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for [shape, ..] in rows(CLASSICS) {
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
        ("CoWW", ww),
        ("CoRW1", rw * rw),
    ];
    assert_eq!(counts, expected.into_iter().collect());
    let distinct: BTreeSet<_> = rows(CLASSICS).into_iter().map(|[_, cycle, _]| cycle).collect();
    assert_eq!(distinct.len(), counts.values().sum());
}

/// Explores a program of one thread over one cell.
fn alone(target: &Target, body: impl Fn(&Cpu, CellRef<u32>) -> Vec<u64> + Send + Sync + 'static) -> Vec<Outcome> {
    let mut p = Program::new();
    let x = p.cell::<u32>("x", 0);
    p.thread("P0", move |m| body(m, x));
    Checker::new(&p, &Bounds::default()).explore(target).outcomes.into_iter().collect()
}

/// What stands between two accesses: their own orders, a barrier, or nothing. A dependency is made where the second is.
#[derive(Clone, Copy, Debug)]
enum Between {
    Orders(bool, bool),
    Barrier(fn(&Cpu)),
    Address,
    Data,
    Control,
}

const ORDERS: [Between; 7] = [
    Between::Orders(false, false),
    Between::Orders(true, false),
    Between::Orders(false, true),
    Between::Orders(true, true),
    Between::Barrier(Cpu::smp_rmb),
    Between::Barrier(Cpu::smp_wmb),
    Between::Barrier(Cpu::smp_mb),
];

fn read(m: &Cpu, x: &CellRef<u32>, acquires: bool) -> Value {
    if acquires { m.load_acquire(x) } else { m.read_once(x) }
}

fn write(m: &Cpu, x: &CellRef<u32>, value: Value, releases: bool) {
    if releases { m.store_release(x, value) } else { m.write_once(x, value) }
}

/// CoWW, CoRW1, CoWR and CoRR of one thread: whatever stands between, no target reorders what one thread does to one cell.
#[test]
fn one_thread_is_coherent() {
    let one = |results: &[u64], memory| vec![Outcome { results: vec![results.to_vec()], memory: vec![memory] }];
    for target in Target::all() {
        for between in ORDERS {
            let (first, second) = if let Between::Orders(a, b) = between { (a, b) } else { (false, false) };
            let fence = move |m: &Cpu| {
                if let Between::Barrier(fence) = between {
                    fence(m)
                }
            };
            let twice = alone(&target, move |m, x| {
                write(m, &x, 1.into(), first);
                fence(m);
                write(m, &x, 2.into(), second);
                vec![]
            });
            assert_eq!(twice, one(&[], 2), "CoWW, {between:?} under {}", target.name);
            let read_back = alone(&target, move |m, x| {
                write(m, &x, 1.into(), first);
                fence(m);
                vec![read(m, &x, second).observe(), m.read_once(&x).observe()]
            });
            assert_eq!(read_back, one(&[1, 1], 1), "CoWR, CoRR, {between:?} under {}", target.name);
        }
        for between in ORDERS.into_iter().chain([Between::Address, Between::Data, Between::Control]) {
            let (first, second) = if let Between::Orders(a, b) = between { (a, b) } else { (false, false) };
            let overwritten = alone(&target, move |m, x| {
                let seen = read(m, &x, first);
                match between {
                    Between::Barrier(fence) => fence(m),
                    Between::Control => assert!(seen.is(0)),
                    _ => {}
                }
                let zero = if let Between::Data = between { seen & 0.into() } else { 0.into() };
                let place = if let Between::Address = between { m.at(&x, seen) } else { x };
                write(m, &place, zero + 1.into(), second);
                vec![seen.observe()]
            });
            assert_eq!(overwritten, one(&[0], 1), "CoRW1, {between:?} under {}", target.name);
        }
    }
}

/// CoRR2: two readers agree on the order of two writes to one cell.
#[test]
fn readers_agree_on_the_order_of_writes() {
    let mut p = Program::new();
    let x = p.cell::<u32>("x", 0);
    for value in [1, 2] {
        p.thread(&format!("writer {value}"), move |m| {
            m.write_once(&x, value.into());
            vec![]
        });
    }
    for reader in ["P2", "P3"] {
        p.thread(reader, move |m| vec![m.read_once(&x).observe(), m.read_once(&x).observe()]);
    }
    let checker = Checker::new(&p, &Bounds::default());
    for target in Target::all() {
        let found = checker.explore(&target);
        let saw = |order: [[u64; 2]; 2]| found.outcomes.iter().any(|outcome| outcome.results[2..] == order);
        assert!(saw([[1, 2], [1, 2]]) && saw([[2, 1], [2, 1]]), "{}", target.name);
        assert!(!saw([[1, 2], [2, 1]]) && !saw([[2, 1], [1, 2]]), "{}", target.name);
    }
}

/// What an addition stores depends on what it found. LLVM makes an exchange of `fetch_and(0)`, which stores a constant; the
/// kernel's assembler is compiled as it stands.
#[test]
fn what_a_read_modify_write_stores_depends_on_what_it_found() {
    let reads_early = |op: Rmw, operand: u64, target: &str| {
        let mut p = Program::new();
        let (x, y) = (p.cell::<u32>("x", 0), p.cell::<u32>("y", 0));
        p.thread("P0", move |m| {
            let seen = m.read_once(&y);
            m.smp_mb();
            m.write_once(&x, 1.into());
            vec![seen.observe()]
        });
        p.thread("P1", move |m| {
            let found = m.fetch(&x, op, operand.into(), Order::Relaxed);
            let forwarded = m.read_once(&x);
            m.write_once(&y, (forwarded & 0.into()) + 1.into());
            vec![found.observe()]
        });
        let target = Target::named(target).expect("the target exists");
        let found = Checker::new(&p, &Bounds::default()).explore(&target);
        found.outcomes.iter().any(|outcome| outcome.results.concat() == [1, 1])
    };
    for target in ["lkmm", "arm64-kernel-lse", "arm64-kernel-llsc", "arm64-rust-lse", "arm64-rust-llsc"] {
        let folds = target.contains("rust");
        for (op, operand, early) in [
            (Rmw::Add, 1, false),
            (Rmw::And, 1, false),
            (Rmw::And, 0, folds),
            (Rmw::Or, 1, false),
            (Rmw::Or, u64::MAX, folds),
            (Rmw::Xor, 1, false),
            (Rmw::Xchg, 5, true),
        ] {
            assert_eq!(reads_early(op, operand, target), early, "{op:?} {operand} under {target}");
        }
    }
}

/// Store buffering: what the target says of both threads' reading 0, and why that is open if it is.
fn store_buffering(
    target: &str,
    thread: impl Fn(&Cpu, [CellRef<u32>; 3]) -> Value + Copy + Send + Sync + 'static,
) -> Verdict {
    let mut p = Program::new();
    let [x, y, z] = ["x", "y", "z"].map(|name| p.cell::<u32>(name, 0));
    for (name, cells) in [("P0", [x, y, z]), ("P1", [y, x, z])] {
        p.thread(name, move |m| vec![thread(m, cells).observe()]);
    }
    let target = Target::named(target).expect("the target exists");
    Checker::new(&p, &Bounds::default()).judge(&target, |state| state.results() == [[0], [0]]).verdict
}

#[test]
fn an_ldapr_waits_for_no_stlr() {
    let racy = |target| {
        let found = store_buffering(target, |m, [mine, other, _]| {
            m.store_release(&mine, 1.into());
            m.load_acquire(&other)
        });
        matches!(found, Verdict::Racy(_))
    };
    assert_eq!(["arm64-rust-lse", "arm64-rust-rcpc"].map(racy), [false, true]);
}

/// rustc 1.95 leaves nothing of the second one on x86-64, and a `lock or` of the first.
#[test]
fn what_rustc_drops_is_no_barrier() {
    for (operand, is_barrier) in [(1, true), (0, false)] {
        let found = store_buffering("x86-64-rust", move |m, [mine, other, z]| {
            m.write_once(&mine, 1.into());
            m.atomic(&z, Rmw::Or, operand.into());
            m.read_once(&other)
        });
        assert_eq!(found.is_safe(), is_barrier);
        let is_told = matches!(found, Verdict::Unknown(why) if why.contains("changes nothing"));
        assert_eq!(is_told, !is_barrier);
    }
}

/// Linux sets the bit in one instruction where it has one that answers, and looks first elsewhere, as Rust does: a refusal
/// then orders nothing.
#[test]
fn a_lock_bit_that_is_held_is_set_again_on_most_machines() {
    let is_ordered = |target: &str| {
        let mut p = Program::new();
        let [data, flag] = ["data", "flag"].map(|name| p.cell::<u32>(name, 0));
        p.thread("P0", move |m| {
            m.write_once(&data, 1.into());
            m.smp_mb();
            m.write_once(&flag, 1.into());
            vec![]
        });
        p.thread("P1", move |m| {
            let set = m.try_set_bit_lock(&flag, 1);
            vec![u64::from(set), m.read_once(&data).observe()]
        });
        let target = Target::named(target).expect("the target exists");
        Checker::new(&p, &Bounds::default()).judge(&target, |state| state.results()[1] == [0, 0]).verdict.is_safe()
    };
    for target in ["x86-64-kernel", "riscv64-kernel-amo", "riscv64-kernel-lrsc", "powerpc64-kernel"] {
        assert!(is_ordered(target), "{target}");
    }
    for target in ["arm64-kernel-lse", "arm64-kernel-llsc", "riscv64-rust", "powerpc64-rust", "lkmm", "rc11"] {
        assert!(!is_ordered(target), "{target}");
    }
}
