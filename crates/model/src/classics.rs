//! The classic shapes through the kernel's vocabulary, under every model that there is.

use fencepost_memory::{Memory, Order, Rmw, Word};

use crate::{Bounds, CellRef, Checker, Cpu, Program, Target};

type Cells = (CellRef<u64>, CellRef<u64>);

/// Two threads over two cells; which results are bad.
fn allowed(
    target: &str,
    a: impl Fn(&Cpu, Cells) -> Vec<u64> + Send + Sync + 'static,
    b: impl Fn(&Cpu, Cells) -> Vec<u64> + Send + Sync + 'static,
    bad: [&[u64]; 2],
) -> bool {
    let mut p = Program::new();
    let cells = (p.cell("x", 0), p.cell("y", 0));
    p.thread("P0", move |cpu| a(cpu, cells));
    p.thread("P1", move |cpu| b(cpu, cells));
    let target = Target::named(target).expect("the target exists");
    let judged = Checker::new(&p, &Bounds::default()).judge(&target, |state| state.results() == bad);
    assert!(!matches!(judged.verdict, crate::Verdict::Unknown(_)), "{:?}", judged.verdict);
    !judged.verdict.is_safe()
}

#[test]
fn message_passing() {
    let mp = |target, wmb: bool, rmb: bool| {
        let send = move |m: &Cpu, (x, y): Cells| {
            m.write_once(&x, 1.into());
            if wmb {
                m.smp_wmb();
            }
            m.write_once(&y, 1.into());
            vec![]
        };
        let receive = move |m: &Cpu, (x, y): Cells| {
            let flag = m.read_once(&y);
            if rmb {
                m.smp_rmb();
            }
            vec![flag.observe(), m.read_once(&x).observe()]
        };
        allowed(target, send, receive, [&[], &[1, 0]])
    };
    for both in ["sc", "x86-64-kernel"] {
        assert!(!mp(both, false, false), "{both}");
    }
    for weak in ["arm64-kernel-lse", "arm64-kernel-llsc"] {
        assert!(mp(weak, false, false) && mp(weak, true, false) && mp(weak, false, true), "{weak}");
        assert!(!mp(weak, true, true), "{weak}");
    }
}

#[test]
fn store_buffering() {
    let sb = |target, mb: bool| {
        let side = move |m: &Cpu, x: CellRef<u64>, y: CellRef<u64>| {
            m.write_once(&x, 1.into());
            if mb {
                m.smp_mb();
            }
            vec![m.read_once(&y).observe()]
        };
        allowed(target, move |m, (x, y)| side(m, x, y), move |m, (x, y)| side(m, y, x), [&[0], &[0]])
    };
    assert!(!sb("sc", false));
    for weak in ["x86-64-kernel", "arm64-kernel-lse"] {
        assert!(sb(weak, false) && !sb(weak, true), "{weak}");
    }
}

#[test]
fn load_buffering() {
    let lb = |target, control: bool| {
        let side = move |m: &Cpu, x: CellRef<u64>, y: CellRef<u64>| {
            let seen = m.read_once(&x);
            if !control || seen.is(1) {
                m.write_once(&y, 1.into());
            }
            vec![seen.observe()]
        };
        allowed(target, move |m, (x, y)| side(m, x, y), move |m, (x, y)| side(m, y, x), [&[1], &[1]])
    };
    assert!(lb("arm64-kernel-lse", false));
    for target in ["sc", "x86-64-kernel"] {
        assert!(!lb(target, false), "{target}");
    }
    assert!(!lb("arm64-kernel-lse", true));
}

/// CoWW and CoRW1, which one thread has alone: it does not write into its own past, and does not read its own future.
#[test]
fn a_thread_agrees_with_itself() {
    let write = |m: &Cpu, x: &CellRef<u64>, value: u64, release| match release {
        true => m.store_release(x, value.into()),
        false => m.write_once(x, value.into()),
    };
    let read = |m: &Cpu, x: &CellRef<u64>, acquire| if acquire { m.load_acquire(x) } else { m.read_once(x) };
    let orders = [(false, false), (false, true), (true, false), (true, true)];
    for (first, second) in orders {
        let mut p = Program::new();
        let (x, y) = (p.cell::<u64>("x", 0), p.cell::<u64>("y", 0));
        p.thread("P0", move |m| {
            write(m, &x, 1, first);
            write(m, &x, 2, second);
            let seen = read(m, &y, first);
            write(m, &y, 1, second);
            vec![seen.observe()]
        });
        // Another thread that looks must not make a difference.
        p.thread("P1", move |m| vec![m.read_once(&x).observe(), m.read_once(&y).observe()]);
        let checker = Checker::new(&p, &Bounds::default());
        for target in Target::all() {
            let wrong = checker.judge(&target, |state| state.memory(&x) != 2 || state.results()[0] != [0]);
            assert!(wrong.verdict.is_safe(), "{}: {first} {second}", target.name);
        }
    }
}

#[test]
fn increments_are_not_lost() {
    for target in Target::all() {
        let mut p = Program::new();
        let x = p.cell::<u32>("x", 0);
        for name in ["P0", "P1", "P2"] {
            p.thread(name, move |m| vec![m.fetch(&x, Rmw::Add, 1.into(), Order::Relaxed).observe()]);
        }
        let found = Checker::new(&p, &Bounds::default()).explore(&target);
        assert_eq!(found.unknown, None);
        assert_eq!(found.outcomes.len(), 6, "{}: {:?}", target.name, found.outcomes);
        assert!(found.outcomes.iter().all(|outcome| outcome.memory == [3]));
    }
}

#[test]
fn bit_locks_exclude() {
    for target in Target::all() {
        let mut p = Program::new();
        let (lock, data) = (p.cell::<u64>("lock", 0), p.cell::<u64>("data", 0));
        for name in ["P0", "P1"] {
            p.thread(name, move |m| {
                if !m.try_set_bit_lock(&lock, 1) {
                    return vec![0];
                }
                let old = m.read_once(&data);
                m.write_once(&data, old + 1.into());
                m.store_release(&lock, 0.into());
                vec![1]
            });
        }
        let found = Checker::new(&p, &Bounds::default()).explore(&target);
        assert_eq!(found.unknown, None);
        for outcome in &found.outcomes {
            assert_eq!(outcome.memory[1], outcome.results[0][0] + outcome.results[1][0], "{}", target.name);
        }
    }
}

#[test]
fn grace_periods_wait_for_readers() {
    for target in Target::all() {
        let mut p = Program::new();
        let (x, y) = (p.cell::<u64>("x", 0), p.cell::<u64>("y", 0));
        p.thread("reader", move |m| {
            m.rcu_read_lock();
            let first = m.read_once(&x);
            let second = m.read_once(&y);
            m.rcu_read_unlock();
            vec![first.observe(), second.observe()]
        });
        p.thread("updater", move |m| {
            m.write_once(&y, 1.into());
            m.synchronize_rcu();
            m.write_once(&x, 1.into());
            vec![]
        });
        let checker = Checker::new(&p, &Bounds::default());
        let judged = checker.judge(&target, |state| state.results()[0] == [1, 0]);
        assert!(judged.verdict.is_safe(), "{}: {:?}", target.name, judged.verdict);
        let judged = checker.judge(&target, |state| state.results()[0] == [0, 1]);
        assert!(!judged.verdict.is_safe(), "{}", target.name);
    }
}

/// Two threads hand a token to and fro: each turn is found only once the one before it is.
#[test]
fn long_chains_of_waiting_are_followed() {
    let mut p = Program::new();
    let turn = p.cell::<u64>("turn", 0);
    for me in 0..2 {
        p.thread(&format!("P{me}"), move |m| {
            for round in 0..4 {
                m.wait_until(&turn, |turn| turn.is(2 * round + me));
                m.write_once(&turn, (2 * round + me + 1).into());
            }
            vec![1]
        });
    }
    for target in Target::all() {
        let found = Checker::new(&p, &Bounds::default()).explore(&target);
        assert_eq!((found.unknown, found.executions), (None, 1), "{}", target.name);
        assert!(found.outcomes.iter().all(|outcome| outcome.memory == [8]));
    }
}

/// A membarrier reaches into read-side critical sections; a grace period waits for their end. Two calls may be
/// under way at once, one within the other.
#[test]
fn calls_that_wait_for_all() {
    let mut p = Program::new();
    let (x, y) = (p.cell::<u64>("x", 0), p.cell::<u64>("y", 0));
    p.thread("fast", move |m| {
        m.rcu_read_lock();
        m.write_once(&x, 1.into());
        m.barrier();
        let seen = m.read_once(&y);
        m.rcu_read_unlock();
        vec![seen.observe()]
    });
    p.thread("slow", move |m| {
        m.write_once(&y, 1.into());
        m.heavy_barrier();
        vec![m.read_once(&x).observe()]
    });
    p.thread("other", move |m| {
        m.synchronize_rcu();
        vec![]
    });
    for target in Target::all() {
        let found = Checker::new(&p, &Bounds::default()).explore(&target);
        assert_eq!(found.unknown, None);
        let seen: std::collections::BTreeSet<_> =
            found.outcomes.iter().map(|o| (o.results[0][0], o.results[1][0])).collect();
        assert_eq!(seen, [(0, 1), (1, 0), (1, 1)].into_iter().collect(), "{}", target.name);
    }
}

/// What the number of a write is in its thread depends on the path; what other threads make of its value does not.
#[test]
fn values_come_back_on_another_path() {
    let lkmm = Target::named("lkmm").expect("the target exists");
    let mut p = Program::new();
    let (x, y, z) = (p.cell::<u64>("x", 0), p.cell::<u64>("y", 0), p.cell::<u64>("z", 0));
    p.thread("P0", move |m| {
        let seen = m.read_once(&x);
        m.scoped(|m| {
            if seen.is(1) {
                m.write_plain(&y, 0.into());
            }
        });
        m.write_once(&z, 1.into());
        vec![seen.observe()]
    });
    p.thread("P1", move |m| {
        let seen = m.read_once(&z);
        m.store_release(&x, seen);
        vec![]
    });
    let judged = Checker::new(&p, &Bounds::default()).judge(&lkmm, |state| state.results()[0] == [1]);
    assert!(judged.verdict.witness().is_some(), "{:?}", judged.verdict);
}

/// A thread that has read another's write, and was told so, may read it again: also where that write is known to come
/// after an earlier one of the thread's own.
#[test]
fn what_was_read_can_be_read_again() {
    let mut p = Program::new();
    let x = p.cell::<u64>("x", 0);
    p.thread("P0", move |m| vec![m.fetch(&x, Rmw::Add, 1.into(), Order::Relaxed).observe()]);
    p.thread("P1", move |m| {
        m.write_once(&x, 1.into());
        let first = m.read_once(&x).observe();
        vec![first, m.read_once(&x).observe()]
    });
    for target in Target::all() {
        let found = Checker::new(&p, &Bounds::default()).explore(&target);
        let seen: Vec<_> = found.outcomes.iter().map(|outcome| outcome.results.concat()).collect();
        assert_eq!(seen, [[0, 1, 1], [1, 1, 1], [1, 1, 2], [1, 2, 2]], "{}", target.name);
    }
}

/// Each thread writes one more than it read. As numbers of Rust the values never end; as values of the checker they do.
#[test]
fn values_that_grow_from_one_another_are_computed_by_operators() {
    for by_operators in [false, true] {
        let mut p = Program::new();
        let (x, y) = (p.cell::<u64>("x", 0), p.cell::<u64>("y", 0));
        for (name, from, to) in [("P0", x, y), ("P1", y, x)] {
            p.thread(name, move |m| {
                let seen = m.read_once(&from);
                let more = if by_operators { seen + 1.into() } else { (seen.get() + 1).into() };
                m.write_once(&to, more);
                vec![seen.observe()]
            });
        }
        let bounds = Bounds { values: 50, ..Bounds::default() };
        let found = Checker::new(&p, &bounds).explore(&Target::named("sc").expect("the target exists"));
        assert_eq!(found.outcomes.len(), 3);
        match found.unknown {
            None => assert!(by_operators),
            Some(why) => {
                assert!(!by_operators && why.contains("operators of Value"), "{why}");
                assert!(why.starts_with("x can be written in more than 50 ways"), "no history ends it: {why}");
            }
        }
    }
}
