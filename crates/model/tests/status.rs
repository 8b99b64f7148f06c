//! What `stwcx.` decides: the branch on whether it stored depends on the reads that its address and its value come from, so
//! that a write after the loop comes after those. The verdicts are herd7's, on the loops of the lowering in POWER's
//! assembler.

use fencepost_memory::{Memory, Order, Rmw, Word};
use fencepost_model::{Bounds, CellRef, Checker, Cpu, Program, Target, Value};

type Cell = CellRef<u32>;

/// Whether P0 can read P1's write to `x`, which P1 makes after it read what P0 writes last.
fn reads_early(target: &str, body: impl Fn(&Cpu, Cell, Cell) -> Value + Send + Sync + 'static) -> bool {
    let mut p = Program::new();
    let [x, y, z] = ["x", "y", "z"].map(|name| p.cell::<u32>(name, 0));
    p.thread("P0", move |m| {
        let seen = body(m, x, y);
        m.write_once(&z, 1.into());
        vec![seen.observe()]
    });
    p.thread("P1", move |m| {
        let seen = m.read_once(&z);
        m.smp_mb();
        m.write_once(&x, 1.into());
        vec![seen.observe()]
    });
    let found = Checker::new(&p, &Bounds::default()).explore(&Target::named(target).expect("the target exists"));
    assert_eq!(found.unknown, None);
    found.outcomes.iter().any(|outcome| outcome.results.concat() == [1, 1])
}

const POWER: [&str; 2] = ["powerpc64-kernel", "powerpc64-rust"];

#[test]
fn what_follows_depends_on_what_was_found_where_that_is_stored_again() {
    for target in POWER {
        let folds = target == "powerpc64-rust";
        for (op, operand, order, early) in [
            (Rmw::Add, 1, Order::Relaxed, false),
            (Rmw::Add, 1, Order::Acquire, false),
            (Rmw::Add, 1, Order::Release, false),
            (Rmw::And, 0, Order::Relaxed, folds),
            (Rmw::Xchg, 2, Order::Relaxed, true),
            (Rmw::Xchg, 2, Order::Acquire, false),
            (Rmw::Xchg, 2, Order::Release, true),
        ] {
            let found = reads_early(target, move |m, x, _| m.fetch(&x, op, operand.into(), order));
            assert_eq!(found, early, "{op:?} {operand} {order:?} under {target}");
        }
        assert!(!reads_early(target, |m, x, _| m.cmpxchg_value(&x, 1.into(), 7.into(), Order::Relaxed)));
    }
}

#[test]
fn what_follows_depends_on_an_earlier_read_that_is_stored() {
    for target in POWER {
        for (op, order, depends, early) in [
            (Rmw::Xchg, Order::Relaxed, true, false),
            (Rmw::Xchg, Order::Release, true, false),
            (Rmw::Add, Order::Relaxed, true, false),
            (Rmw::Xchg, Order::Relaxed, false, true),
            (Rmw::Add, Order::Relaxed, false, true),
        ] {
            let found = reads_early(target, move |m, x, y| {
                let seen = m.read_once(&x);
                m.fetch(&y, op, if depends { seen } else { 1.into() }, order);
                seen
            });
            assert_eq!(found, early, "{op:?} {order:?} {depends} under {target}");
        }
    }
    // Arm's status is a result of the store itself, and orders nothing.
    let found = reads_early("arm64-kernel-llsc", |m, x, y| {
        let seen = m.read_once(&x);
        m.fetch(&y, Rmw::Xchg, seen, Order::Relaxed);
        seen
    });
    assert!(found);
}

/// On the others with exclusive pairs, too: the loop branches on the comparison, and no store of theirs goes before that.
#[test]
fn what_follows_depends_on_what_a_compare_and_exchange_compares_and_stores() {
    let pairs = ["arm64-kernel-llsc", "arm64-rust-llsc", "riscv64-kernel-lrsc", "riscv64-rust"];
    for target in POWER {
        for (old_depends, new_depends, early) in [(false, false, true), (false, true, false), (true, false, false)] {
            let found = reads_early(target, move |m, x, y| {
                let seen = m.read_once(&x);
                let old = if old_depends { seen } else { 0.into() };
                m.cmpxchg_value(&y, old, if new_depends { seen } else { 7.into() }, Order::Relaxed);
                seen
            });
            assert_eq!(found, early, "{old_depends} {new_depends} under {target}");
        }
    }
    for target in pairs {
        let found = reads_early(target, |m, x, y| {
            let seen = m.read_once(&x);
            m.cmpxchg_value(&y, seen, 7.into(), Order::Relaxed);
            seen
        });
        assert!(!found, "{target}");
    }
}

#[test]
fn what_follows_depends_on_the_address() {
    for target in POWER {
        let found = reads_early(target, |m, x, y| {
            let seen = m.read_once(&x);
            m.fetch(&m.at(&y, seen), Rmw::Xchg, 5.into(), Order::Relaxed);
            seen
        });
        assert!(!found, "{target}");
    }
}
