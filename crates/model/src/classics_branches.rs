//! Branches, and loops that wait: what a model makes of them that does not see the code.

use std::sync::atomic::{AtomicU64, Ordering};

use fencepost_memory::{Memory, Order, Rmw, Word};

use crate::{Bounds, CellRef, Checker, Cpu, Program, State, Target, Verdict};

type Cell = CellRef<u32>;
type Thread = fn(&Cpu, [Cell; 2]);

/// Load buffering, with a first thread that reads `x` and then writes `y`, and has `z` to itself.
fn program(first: impl Fn(&Cpu, [Cell; 3]) -> Vec<u64> + Send + Sync + 'static) -> Checker {
    let mut p = Program::new();
    let cells @ [x, y, _] = ["x", "y", "z"].map(|name| p.cell::<u32>(name, 0));
    p.thread("P0", move |m| first(m, cells));
    p.thread("P1", move |m| {
        let seen = m.read_once(&y);
        m.smp_mb();
        m.write_once(&x, 1.into());
        vec![seen.observe()]
    });
    Checker::new(&p, &Bounds::default())
}

fn both_read_1(state: &State<'_>) -> bool {
    state.results() == [[1], [1]]
}

/// What LKMM and Armv8 say of both reading 1.
fn load_buffering(first: impl Fn(&Cpu, [Cell; 3]) -> Vec<u64> + Send + Sync + 'static) -> [&'static str; 2] {
    let checker = program(first);
    ["lkmm", "arm64-kernel-lse"].map(|name| {
        let target = Target::named(name).expect("the target exists");
        match checker.judge(&target, both_read_1).verdict {
            Verdict::Safe => "safe",
            Verdict::Racy(_) => "racy",
            Verdict::Unknown(why) if why.contains("scoped") => "open",
            Verdict::Unknown(why) => panic!("{why}"),
        }
    })
}

/// The write lies in an arm, and the scope says so.
fn within(m: &Cpu, [x, y, _]: [Cell; 3]) -> Vec<u64> {
    let seen = m.read_once(&x);
    m.scoped(|m| {
        if seen.is(1) {
            m.write_once(&y, 1.into());
        }
    });
    vec![seen.observe()]
}

#[test]
fn what_rests_on_a_branch_is_told() {
    let checker = program(within);
    for (target, rests) in [("arm64-kernel-lse", true), ("lkmm", true), ("x86-64-kernel", false)] {
        let target = Target::named(target).expect("the target exists");
        assert!(checker.judge(&target, both_read_1).verdict.is_safe());
        assert_eq!(checker.rests_on_control(&target, both_read_1), rests, "{}", target.name);
    }
}

#[test]
fn a_scope_ends_where_it_says() {
    assert_eq!(load_buffering(within), ["safe", "safe"]);
    let after = load_buffering(|m, [x, y, _]| {
        let seen = m.read_once(&x);
        m.scoped(|m| {
            if seen.is(1) {
                m.smp_wmb();
            }
        });
        m.write_once(&y, 1.into());
        vec![seen.observe()]
    });
    // The machine has branched all the same.
    assert_eq!(after, ["racy", "safe"]);
}

/// LKMM's answer rests on where the `if` ends, which the runs do not tell: they look alike where what is done in the arm
/// stands at the same line as what is done after it.
#[test]
fn without_a_scope_it_is_open_what_lies_in_an_arm() {
    fn put(m: &Cpu, cell: &Cell) {
        m.write_once(cell, 1.into());
    }
    let arm = load_buffering(|m, [x, y, _]| {
        let seen = m.read_once(&x);
        if seen.is(1) {
            put(m, &y);
        }
        vec![seen.observe()]
    });
    let both = load_buffering(|m, [x, y, z]| {
        let seen = m.read_once(&x);
        if seen.is(1) {
            put(m, &z);
        }
        put(m, &y);
        vec![seen.observe()]
    });
    let exchange = load_buffering(|m, [x, y, _]| {
        if m.cmpxchg(&x, 1.into(), 2.into(), Order::Relaxed).is_err() {
            return vec![];
        }
        put(m, &y);
        vec![1]
    });
    let waits = load_buffering(|m, [x, y, _]| {
        m.spin_until(|m| m.read_once(&x).is(1));
        put(m, &y);
        vec![1]
    });
    for found in [arm, both, exchange, waits] {
        assert_eq!(found, ["open", "safe"]);
    }
}

#[test]
fn what_rests_on_no_branch_is_not_open() {
    let fenced = load_buffering(|m, [x, y, _]| {
        let seen = m.read_once(&x);
        if seen.is(1) {
            m.smp_mb();
        }
        m.smp_mb();
        m.write_once(&y, 1.into());
        vec![seen.observe()]
    });
    assert_eq!(fenced, ["safe", "safe"]);
}

/// Why the program that all these threads run is not one, under SC.
fn refused(threads: &[Thread]) -> Option<String> {
    let mut p = Program::new();
    let cells = ["x", "y"].map(|name| p.cell::<u32>(name, 0));
    for (index, &thread) in threads.iter().enumerate() {
        p.thread(&format!("P{index}"), move |m| {
            thread(m, cells);
            vec![]
        });
    }
    Checker::new(&p, &Bounds::default()).explore(&Target::all()[0]).unknown
}

/// In turns: with the lock held, whether `stop` is set.
fn waits(m: &Cpu, [lock, stop]: [Cell; 2]) {
    m.spin_until(|m| {
        m.spin_lock(&lock);
        let stopped = m.read_once(&stop).is(1);
        m.spin_unlock(&lock);
        stopped
    });
}

#[test]
fn a_turn_that_is_repeated_is_one_that_nobody_can_tell() {
    let tries: Thread = |m, [x, _]| m.spin_until(|m| m.try_set_bit_lock(&x, 1));
    let exchanges: Thread = |m, [x, _]| m.spin_until(|m| m.cmpxchg(&x, 0.into(), 1.into(), Order::Full).is_ok());
    assert_eq!((refused(&[tries; 2]), refused(&[exchanges; 2])), (None, None));
    let stops: Thread = |m, [lock, stop]| {
        m.spin_lock(&lock);
        m.write_once(&stop, 1.into());
        m.spin_unlock(&lock);
    };
    assert_eq!(refused(&[waits, stops]), None);

    let counts: Thread = |m, [x, _]| m.spin_until(|m| m.fetch(&x, Rmw::Add, 1.into(), Order::Relaxed).is(1));
    let keeps: Thread = |m, [x, _]| {
        m.spin_until(|m| {
            m.spin_lock(&x);
            m.read_once(&x).is(7)
        });
    };
    let races: Thread = |m, [x, y]| m.spin_until(|m| m.load_acquire(&x).is(1) || m.read_plain(&y).is(7));
    let looks: Thread = |m, [lock, stop]| {
        if m.spin_trylock(&lock).is(0) {
            m.spin_lock(&lock);
        }
        m.spin_unlock(&lock);
        m.write_once(&stop, 1.into());
    };
    for threads in [&[counts; 2][..], &[keeps], &[races], &[waits, looks]] {
        let told = refused(threads);
        assert!(told.as_ref().is_some_and(|why| why.contains("classics_branches.rs:")), "{told:?}");
    }
}

/// Threads that keep state outside memory, from turn to turn or from run to run.
#[test]
fn what_does_not_repeat_itself_is_refused() {
    let gives_up: Thread = |m, [x, _]| {
        let turns = std::cell::Cell::new(0);
        m.spin_until(|m| turns.replace(turns.get() + 1) == 1 || m.read_once(&x).is(1));
    };
    let waits_later: Thread = |m, [x, y]| {
        let turns = std::cell::Cell::new(0);
        m.spin_until(|m| {
            if turns.replace(turns.get() + 1) == 1 {
                m.wait_until(&y, |y| y.is(7));
            }
            m.read_once(&x).is(1)
        });
    };
    let writes_at_times: Thread = |m, [x, _]| {
        static RUNS: AtomicU64 = AtomicU64::new(0);
        m.write_once(&x, RUNS.fetch_add(1, Ordering::Relaxed).into());
    };
    let branches_at_times: Thread = |m, [x, y]| {
        static RUNS: AtomicU64 = AtomicU64::new(0);
        if RUNS.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
            m.write_once(&y, 1.into());
        }
        let _ = m.read_once(&x).is(1);
    };
    let writes: Thread = |m, [x, _]| m.write_once(&x, 1.into());
    for stray in [gives_up, waits_later, writes_at_times, branches_at_times] {
        let told = refused(&[stray, writes]);
        assert!(told.as_ref().is_some_and(|why| why.starts_with("P0 did something else")), "{told:?}");
    }
}
