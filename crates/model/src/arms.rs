//! Which branches of a thread have an operation in one of their arms, and which only come before it.
//!
//! A machine orders a write after every branch before it. LKMM's control dependencies, being made for a compiler's
//! input, reach no further than the arms of the `if`: what follows it is done either way. A closure does not tell where
//! an `if` ends, but all of its runs do: an operation lies in an arm if the thread can go another way at the branch on
//! which no run comes to that operation. A way that only waits, to try again, comes to everything.

use std::collections::{HashMap, HashSet};

use crate::operation::{Action, Site, Trace};
use crate::value::{Deps, Path};

/// A branch whose arms are not known from the code.
#[derive(Clone, Debug)]
pub(crate) struct Fork {
    /// What it was decided by.
    pub reads: Deps,
    /// Which choice of the run it is; `None` if it could go one way only.
    pub choice: Option<usize>,
    /// How many operations come before it.
    pub operations: usize,
}

/// A way that a thread went: at each choice, which of how many it took.
#[derive(Debug)]
pub(crate) struct Way {
    choices: Vec<(usize, usize)>,
    forks: Vec<Fork>,
}

impl Way {
    pub fn of(path: &Path) -> Way {
        Way { choices: path.choices.clone(), forks: path.forks.clone() }
    }

    /// Its choices up to that of each fork, and after how many operations that is.
    fn forks(&self) -> impl Iterator<Item = (&[(usize, usize)], &Fork)> {
        self.forks.iter().filter_map(|fork| Some((&self.choices[..=fork.choice?], fork)))
    }
}

/// An operation of the code: where it stands, whether it is the second half of what stands there, and which time it is
/// come to.
type Key = (usize, bool, usize);

/// One way to go at a fork.
#[derive(Default)]
struct Side {
    reached: HashSet<Key>,
    /// Whether some run waits here, to try again.
    waits: bool,
}

/// Adds to the operations of a thread's runs the forks in whose arms they lie. `waiting` are the ways on which the
/// thread only waits.
pub(crate) fn set_arms(traces: &mut [Trace], ways: &[Way], waiting: &[Way]) {
    let mut sites = HashMap::new();
    let keys: Vec<Vec<Key>> = traces.iter().map(|trace| keys(trace, &mut sites)).collect();
    let mut sides: HashMap<Vec<usize>, Side> = HashMap::new();
    let taken = |choices: &[(usize, usize)]| choices.iter().map(|&(taken, _)| taken).collect::<Vec<_>>();
    for (way, keys) in ways.iter().zip(&keys) {
        way.forks().for_each(|(choices, _)| sides.entry(taken(choices)).or_default().reached.extend(keys));
    }
    for way in waiting {
        way.forks().for_each(|(choices, _)| sides.entry(taken(choices)).or_default().waits = true);
    }
    for ((trace, way), keys) in traces.iter_mut().zip(ways).zip(&keys) {
        for (choices, fork) in way.forks() {
            let mut other = taken(choices);
            let (last, &(here, of)) = (choices.len() - 1, &choices[choices.len() - 1]);
            let mut others: Vec<&Side> = Vec::new();
            for side in (0..of).filter(|&side| side != here) {
                other[last] = side;
                others.extend(sides.get(&other).filter(|side| !side.waits));
            }
            for (operation, key) in trace.operations.iter_mut().zip(keys).skip(fork.operations) {
                if others.iter().any(|side| !side.reached.contains(key)) {
                    operation.arms = operation.arms.and(fork.reads);
                }
            }
        }
    }
}

fn keys(trace: &Trace, sites: &mut HashMap<Site, usize>) -> Vec<Key> {
    let mut times: HashMap<(usize, bool), usize> = HashMap::new();
    let mut key = |site: &Site, action| {
        let next = sites.len();
        let site = *sites.entry(site.clone()).or_insert(next);
        let half = matches!(action, Action::SetBit { .. });
        let time = times.entry((site, half)).or_default();
        *time += 1;
        (site, half, *time)
    };
    trace.operations.iter().map(|operation| key(&operation.site, operation.action)).collect()
}

#[cfg(test)]
mod tests {
    use fencepost_memory::{Memory, Order, Rmw, Word};

    use crate::{Bounds, CellRef, Checker, Cpu, Program, Target};

    /// Load buffering, with a first thread that reads `x` and then writes `y`: whether LKMM and Armv8 allow it.
    fn allow(first: impl Fn(&Cpu, CellRef<u32>, CellRef<u32>) -> Vec<u64> + Send + Sync + 'static) -> [bool; 2] {
        let mut p = Program::new();
        let (x, y) = (p.cell::<u32>("x", 0), p.cell::<u32>("y", 0));
        p.thread("P0", move |m| first(m, x, y));
        p.thread("P1", move |m| {
            let seen = m.read_once(&y);
            m.smp_mb();
            m.write_once(&x, 1.into());
            vec![seen.observe()]
        });
        let checker = Checker::new(&p, &Bounds::default());
        ["lkmm", "arm64-kernel-lse"].map(|name| {
            let target = Target::named(name).expect("the target exists");
            let found = checker.judge(&target, |state| state.results()[0] == [1] && state.results()[1] == [1]);
            found.verdict.witness().is_some()
        })
    }

    #[test]
    fn an_arm_is_ordered() {
        let taken = allow(|m, x, y| {
            let seen = m.read_once(&x);
            if seen.is(1) {
                m.write_once(&y, 1.into());
            }
            vec![seen.observe()]
        });
        assert_eq!(taken, [false, false]);
    }

    #[test]
    fn the_rest_after_a_return_is_an_arm() {
        let returns = |m: &Cpu, x: CellRef<u32>, y: CellRef<u32>| {
            let seen = m.read_once(&x);
            if seen.is(0) {
                return vec![];
            }
            m.write_once(&y, 1.into());
            vec![seen.observe()]
        };
        assert_eq!(allow(returns), [false, false]);
    }

    #[test]
    fn what_is_done_either_way_is_in_no_arm() {
        let joins = |m: &Cpu, x: CellRef<u32>, y: CellRef<u32>| {
            let seen = m.read_once(&x);
            if seen.is(1) {
                m.smp_rmb();
            }
            m.write_once(&y, 1.into());
            vec![seen.observe()]
        };
        assert_eq!(allow(joins), [true, false]);
    }

    #[test]
    fn one_of_several_values_leads_to_the_arm() {
        let compares = |m: &Cpu, x: CellRef<u32>, y: CellRef<u32>| {
            let seen = m.read_once(&x).get();
            if seen != 0 {
                m.write_once(&y, 1.into());
            }
            vec![seen]
        };
        assert_eq!(allow(compares), [false, false]);
    }

    #[test]
    fn what_follows_a_loop_that_waits_is_in_no_arm() {
        let spins = |m: &Cpu, x: CellRef<u32>, y: CellRef<u32>| {
            m.spin_until(|m| m.read_once(&x).is(1));
            m.write_once(&y, 1.into());
            vec![1]
        };
        assert_eq!(allow(spins), [true, false]);
    }

    #[test]
    fn a_turn_that_is_repeated_must_change_nothing() {
        let changed = |turn: fn(&Cpu, &CellRef<u32>) -> bool| {
            let mut p = Program::new();
            let x = p.cell::<u32>("x", 0);
            for name in ["P0", "P1"] {
                p.thread(name, move |m| {
                    m.spin_until(|m| turn(m, &x));
                    vec![]
                });
            }
            Checker::new(&p, &Bounds::default()).explore(&Target::all()[0]).unknown
        };
        assert_eq!(changed(|m, x| m.try_set_bit_lock(x, 1)), None);
        assert_eq!(changed(|m, x| m.cmpxchg(x, 0.into(), 1.into(), Order::Full).is_ok()), None);
        let told = changed(|m, x| m.fetch(x, Rmw::Add, 1.into(), Order::Relaxed).is(1));
        assert!(told.as_ref().is_some_and(|why| why.contains("arms.rs:")), "{told:?}");
        let held = changed(|m, x| {
            m.spin_lock(x);
            false
        });
        assert!(held.is_some());
    }
}
