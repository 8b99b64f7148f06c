//! What only the kernel has: sleepable RCU, barriers that go with an operation, races of plain accesses.

use fencepost_memory::{Memory, Rmw, Word};

use crate::{Barrier, Bounds, CellRef, Checker, Cpu, Program, Reason, Target, Value, Verdict};

/// A reader's section, and a writer that waits for a grace period between its writes: of the same domain or not.
#[test]
fn sleepable_grace_periods_wait_for_the_readers_of_their_domain() {
    for (same, target) in [(true, "lkmm"), (false, "lkmm"), (true, "arm64-kernel-lse")] {
        let mut p = Program::new();
        let (x, y) = (p.cell::<u64>("x", 0), p.cell::<u64>("y", 0));
        let (waited_for, other) = (p.cell::<u64>("domain", 0), p.cell::<u64>("other domain", 0));
        let domain = if same { waited_for } else { other };
        p.thread("reader", move |m| {
            let index = m.srcu_read_lock(&domain);
            let seen = [m.read_once(&y), m.read_once(&x)];
            m.srcu_read_unlock(&domain, index);
            seen.map(Value::observe).to_vec()
        });
        p.thread("writer", move |m| {
            m.write_once(&x, 1.into());
            m.synchronize_srcu(&waited_for);
            m.write_once(&y, 1.into());
            vec![]
        });
        let (checker, target) = (Checker::new(&p, &Bounds::default()), Target::named(target).expect("a target"));
        let judged = checker.judge(&target, |state| state.results()[0] == [1, 0]);
        match target.name {
            "lkmm" => {
                assert_eq!(judged.verdict.is_safe(), same, "{:?}", judged.verdict);
                let both = (checker.explore(&target), checker.explore_naively(&target));
                assert_eq!((both.0.outcomes, both.0.executions), (both.1.outcomes, both.1.executions));
            }
            _ => assert!(matches!(judged.verdict, Verdict::Unknown(_)), "{:?}", judged.verdict),
        }
    }
}

#[test]
fn barriers_that_go_with_an_operation_are_full_ones_there() {
    use Barrier::{AfterAtomic, AfterSpinlock, AfterUnlockLock, BeforeAtomic};
    let side = |m: &Cpu, x: &CellRef<u64>, y: &CellRef<u64>, lock: &CellRef<u32>, barrier: Option<Barrier>| {
        m.write_once(x, 1.into());
        match barrier {
            Some(BeforeAtomic) => {
                m.smp_barrier(BeforeAtomic);
                m.atomic(lock, Rmw::Add, 1.into());
            }
            Some(AfterAtomic) => {
                m.atomic(lock, Rmw::Add, 1.into());
                m.smp_barrier(AfterAtomic);
            }
            Some(AfterSpinlock) => {
                m.spin_lock(lock);
                m.smp_barrier(AfterSpinlock);
                m.spin_unlock(lock);
            }
            Some(AfterUnlockLock) => {
                m.spin_lock(lock);
                m.spin_unlock(lock);
                m.spin_lock(lock);
                m.smp_barrier(AfterUnlockLock);
                m.spin_unlock(lock);
            }
            _ => {}
        }
        vec![m.read_once(y).observe()]
    };
    for barrier in [None, Some(BeforeAtomic), Some(AfterAtomic), Some(AfterSpinlock), Some(AfterUnlockLock)] {
        let mut p = Program::new();
        let (x, y) = (p.cell::<u64>("x", 0), p.cell::<u64>("y", 0));
        let locks = [p.cell::<u32>("lock", 0), p.cell::<u32>("another lock", 0)];
        p.thread("P0", move |m| side(m, &x, &y, &locks[0], barrier));
        p.thread("P1", move |m| side(m, &y, &x, &locks[1], barrier));
        let checker = Checker::new(&p, &Bounds::default());
        for target in Target::all().iter().filter(|target| target.name != "sc") {
            let judged = checker.judge(target, |state| state.results() == [[0], [0]]);
            assert_eq!(judged.verdict.is_safe(), barrier.is_some(), "{barrier:?} on {}", target.name);
        }
    }
}

/// Message passing of plain data: the reader's barrier makes the difference between a race and none.
#[test]
fn races_of_plain_accesses_have_a_witness() {
    for (target, races) in [("lkmm", [true, false]), ("arm64-kernel-lse", [false, false])] {
        for (barrier, racy) in [false, true].into_iter().zip(races) {
            let mut p = Program::new();
            let (x, y) = (p.cell::<u64>("data", 0), p.cell::<u64>("ready", 0));
            p.thread("sender", move |m| {
                m.write_plain(&x, 1.into());
                m.smp_wmb();
                m.write_once(&y, 1.into());
                vec![]
            });
            p.thread("receiver", move |m| {
                if m.read_once(&y).is(1) {
                    if barrier {
                        m.smp_rmb();
                    }
                    let _ = m.read_plain(&x);
                }
                vec![]
            });
            let (checker, target) = (Checker::new(&p, &Bounds::default()), Target::named(target).expect("a target"));
            let verdict = checker.judge_races(&target).verdict;
            assert_eq!(verdict.is_safe(), !racy, "{}, {barrier}: {verdict:?}", target.name);
            assert_eq!(checker.explore(&target).race(), racy);
            if let Some(witness) = verdict.witness() {
                let Reason::Race(steps) = witness.reason() else { panic!("{:?}", witness.reason()) };
                let mut whats = steps.map(|step| step.what);
                whats.sort();
                assert_eq!(whats, ["plain read of data", "plain write of data"]);
            }
        }
    }
}
