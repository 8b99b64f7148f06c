//! What is not known once a bound was hit, and what is all the same.

use fencepost_memory::{Memory, Order, Rmw, Word};

use crate::{Barrier, Bounds, CellRef, Checker, Cpu, MAX_EVENTS, Program, Reason, Target, Verdict};

#[test]
fn bounds_make_a_verdict_unknown() {
    let mut p = Program::new();
    let x = p.cell::<u64>("x", 0);
    p.thread("loops", move |m| {
        while !m.read_once(&x).is(7) {
            m.write_once(&x, 1.into());
        }
        vec![]
    });
    for target in Target::all() {
        let judged = Checker::new(&p, &Bounds::default()).judge(&target, |_| false);
        let Verdict::Unknown(why) = judged.verdict else { panic!("{:?}", judged.verdict) };
        assert_eq!(why, "a thread ran for more than 64 operations");
    }
}

#[test]
fn a_program_that_is_none_is_unknown() {
    type Body = fn(&Cpu, CellRef<u64>);
    let wrong: [(Body, &str); 3] = [
        (|_, _| panic!("of its own"), "P panicked: of its own"),
        (
            |m, _| m.write_once(&m.cell::<u64>(0), 0.into()),
            "a thread made a cell: make cells while the program is set up",
        ),
        (|m, _| m.begin_life(256), "life number 256 is above 255"),
    ];
    for (body, expected) in wrong {
        let mut p = Program::new();
        let x = p.cell::<u64>("x", 0);
        p.thread("P", move |m| {
            body(m, x);
            vec![]
        });
        let found = Checker::new(&p, &Bounds::default()).explore(&Target::all()[0]);
        assert_eq!(found.unknown.as_deref(), Some(expected));
    }
}

#[test]
fn too_many_events_are_unknown() {
    let mut p = Program::new();
    let x = p.cell::<u64>("x", 0);
    let threads = MAX_EVENTS / 50 + 1;
    for thread in 0..threads {
        p.thread(&format!("P{thread}"), move |m| {
            for _ in 0..50 {
                m.write_once(&x, 1.into());
            }
            vec![]
        });
    }
    let judged = Checker::new(&p, &Bounds::default()).judge(&Target::all()[0], |_| true);
    let Verdict::Unknown(why) = judged.verdict else { panic!("{:?}", judged.verdict) };
    let (has, bound) = (format!("an execution has {} events", 50 * threads + 1), format!("more than {MAX_EVENTS}"));
    assert!(why.contains(&has) && why.contains(&bound), "{why}");
}

#[test]
fn too_many_events_of_one_thread_are_unknown() {
    let mut p = Program::new();
    let (x, y) = (p.cell::<u64>("x", 0), p.cell::<u64>("y", 0));
    p.thread("P0", move |m| {
        let seen = m.read_once(&y).get();
        for _ in 0..50 * seen {
            m.fetch(&x, Rmw::Add, 1.into(), Order::Full);
        }
        vec![seen]
    });
    p.thread("P1", move |m| {
        m.write_once(&y, 1.into());
        vec![]
    });
    let target = Target::named("powerpc64-kernel").expect("the target exists");
    let checker = Checker::new(&p, &Bounds::default());
    for found in [checker.explore(&target), checker.explore_naively(&target)] {
        assert_eq!(found.unknown.as_deref(), Some("a run of a thread has 152 events, more than 128"));
        let seen: Vec<u64> = found.outcomes.iter().map(|outcome| outcome.results[0][0]).collect();
        assert_eq!(seen, [0]);
    }
    for judged in
        [checker.judge(&target, |s| s.results()[0] == [0]), checker.judge_naively(&target, |s| s.results()[0] == [0])]
    {
        assert!(judged.verdict.witness().is_some());
    }
    for judged in [checker.judge(&target, |s| s.memory(&x) != 0), checker.judge_naively(&target, |s| s.memory(&x) != 0)]
    {
        assert!(matches!(judged.verdict, Verdict::Unknown(_)));
    }
}

#[test]
fn too_many_runs_are_unknown() {
    let mut p = Program::new();
    let x = p.cell::<u64>("x", 0);
    for name in ["P0", "P1", "P2", "P3"] {
        p.thread(name, move |m| (0..6).map(|_| m.fetch(&x, Rmw::Add, 1.into(), Order::Full).observe()).collect());
    }
    let bounds = Bounds { runs: 50, ..Bounds::default() };
    let found = Checker::new(&p, &bounds).explore(&Target::all()[0]);
    assert!(found.unknown.is_some_and(|why| why.ends_with("has more than 50 different runs")));
}

/// A lock that is given back by a relaxed store loses an update wherever stores can overtake. Runs that try for it too often
/// have too many events on some machines: they are left out, and hide nothing of what the others do.
#[test]
fn a_run_that_is_too_long_hides_no_other() {
    let mut p = Program::new();
    let (lock, count) = (p.cell::<u64>("lock", 0), p.cell::<u64>("count", 0));
    for name in ["P0", "P1"] {
        p.thread(name, move |m| {
            while !m.fetch(&lock, Rmw::Xchg, 1.into(), Order::Full).is(0) {}
            let seen = m.read_once(&count);
            m.write_once(&count, seen + 1.into());
            m.write_once(&lock, 0.into());
            vec![]
        });
    }
    let checker = Checker::new(&p, &Bounds::default());
    for target in ["arm64-kernel-lse", "arm64-kernel-llsc", "riscv64-kernel-lrsc", "powerpc64-kernel"] {
        let target = Target::named(target).expect("the target exists");
        let verdict = checker.judge(&target, |state| state.memory(&count) == 1).verdict;
        assert!(verdict.witness().is_some(), "{}: {verdict:?}", target.name);
    }
}

/// Barriers everywhere would be too many events: they are put where threads have to do with each other.
#[test]
fn what_is_missing_in_a_long_execution_is_told() {
    let mut p = Program::new();
    let [x, y, own, other] = ["x", "y", "own", "other"].map(|name| p.cell::<u64>(name, 0));
    let long = MAX_EVENTS / 4;
    p.thread("P0", move |m| {
        (0..long).for_each(|_| m.write_once(&own, 1.into()));
        m.write_once(&x, 1.into());
        m.write_once(&y, 1.into());
        vec![]
    });
    p.thread("P1", move |m| {
        let y = m.read_once(&y).get();
        let x = m.read_once(&x).get();
        (0..long).for_each(|_| m.write_once(&other, 1.into()));
        vec![y, x]
    });
    let checker = Checker::new(&p, &Bounds { operations: MAX_EVENTS, ..Bounds::default() });
    let target = Target::named("arm64-kernel-lse").expect("the target exists");
    let judged = checker.judge(&target, |s| s.results()[1] == [1, 0]);
    let Reason::Missing(gaps) = judged.verdict.witness().expect("nothing is ordered").reason() else { panic!() };
    assert_eq!(gaps.iter().map(|gap| gap.barrier).collect::<Vec<_>>(), [Barrier::Write, Barrier::Read]);
}
