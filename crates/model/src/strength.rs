//! What is known of a program from another one that does the same, or less, and orders no more: no model allows more of what
//! orders more.

use std::collections::BTreeMap;

use fencepost_memory::Order;

use crate::checker::Checker;
use crate::combine::Combination;
use crate::operation::{Action, Operation, Trace};
use crate::sites::Sites;
use crate::target::Target;

/// What is taken over from a weaker program.
#[derive(Debug)]
pub(crate) struct TakenOver {
    /// By thread and run: whether it is one of the weaker program's, but for stronger orders and barriers that are added.
    known: Vec<Vec<bool>>,
    /// The targets under which that is safe, and how many executions the model was asked about.
    safe: BTreeMap<&'static str, u64>,
}

impl TakenOver {
    /// What `checker` takes over from `weaker`, which is safe under these targets.
    pub fn of(checker: &Checker, weaker: &Checker, safe: BTreeMap<&'static str, u64>) -> TakenOver {
        let known = if safe.is_empty() { None } else { checker.known_from(weaker) };
        TakenOver { known: known.unwrap_or_default(), safe }
    }

    /// Whether these traces can only do what the weaker program can, which is safe under some target.
    pub fn has(&self, traces: &Combination) -> bool {
        !self.known.is_empty() && traces.iter().zip(&self.known).all(|(&trace, known)| known[trace as usize])
    }

    /// If the weaker program is safe under this target: how many executions the model was asked about.
    pub fn safe_under(&self, target: &Target) -> Option<u64> {
        let is_as_written = target.sites == Sites::unchanged() && target.control;
        self.safe.get(target.name).copied().filter(|_| is_as_written)
    }

    /// Whether that is safe under most targets.
    pub fn is_mostly_safe(&self) -> bool {
        2 * self.safe.len() > Target::all().len()
    }

    /// Whether nothing can be done but what the weaker program can do.
    pub fn is_all(&self) -> bool {
        !self.known.is_empty() && self.known.iter().flatten().all(|&known| known)
    }
}

impl Checker {
    /// By thread and run: whether it is one of `weaker`, but for stronger orders and barriers that are added; `None` if the
    /// programs have not the same cells and threads, or not all is known of the other. What cells and threads are called and
    /// where operations stand does not matter.
    fn known_from(&self, weaker: &Checker) -> Option<Vec<Vec<bool>>> {
        let (own, other) = (&self.traces, &weaker.traces);
        if other.cut.is_some() || own.threads.len() != other.threads.len() || self.init() != weaker.init() {
            return None;
        }
        let thread = |(traces, weaker): (&Vec<Trace>, &Vec<Trace>)| {
            let is_known = |(place, trace): (usize, &Trace)| {
                // Mostly they are in the same order.
                let mut others = weaker.get(place).into_iter().chain(weaker);
                others.any(|weaker| trace.is_as_strong_as(weaker))
            };
            traces.iter().enumerate().map(is_known).collect()
        };
        Some(own.threads.iter().zip(&other.threads).map(thread).collect())
    }
}

impl Trace {
    fn is_as_strong_as(&self, weaker: &Trace) -> bool {
        // Runs differ by their decisions, if in nothing else.
        if (&self.decisions, &self.results, &self.symbols) != (&weaker.decisions, &weaker.results, &weaker.symbols) {
            return false;
        }
        let mut others = weaker.operations.iter().peekable();
        for operation in &self.operations {
            if others.next_if(|other| operation.is_as_strong_as(other)).is_none()
                && !matches!(operation.action, Action::Barrier(_))
            {
                return false;
            }
        }
        others.next().is_none()
    }
}

impl Operation {
    fn is_as_strong_as(&self, weaker: &Operation) -> bool {
        let Operation { action, site, .. } = self;
        action.is_as_strong_as(weaker.action)
            && *self == Operation { action: *action, site: site.clone(), ..weaker.clone() }
    }
}

impl Action {
    fn is_as_strong_as(self, weaker: Action) -> bool {
        use Action::{Exchanged, Fetch, Missed, Read, Refused, Write};
        match (self, weaker) {
            (Fetch(does, order), Fetch(other, weaker)) => does == other && order.includes(weaker),
            (Exchanged(order), Exchanged(weaker)) => order.includes(weaker),
            // What is executed of a full one that misses may order less than of one that acquires.
            (Read(order), Read(weaker))
            | (Write(order), Write(weaker))
            | (Missed(order), Missed(weaker))
            | (Refused(order), Refused(weaker)) => order == weaker || weaker == Order::Relaxed,
            _ => self == weaker,
        }
    }
}

#[cfg(test)]
mod tests {
    use fencepost_memory::{Memory, Rmw, Word};

    use super::*;
    use crate::{Bounds, CellRef, Cpu, Program};

    /// What one thread does to two cells; another one reads them.
    fn checker(body: impl Fn(&Cpu, &[CellRef<u64>; 2]) + Send + Sync + 'static) -> Checker {
        let mut p = Program::new();
        let cells = ["x", "y"].map(|name| p.cell::<u64>(name, 0));
        p.thread("writer", move |m| {
            body(m, &cells);
            Vec::new()
        });
        p.thread("reader", move |m| cells.iter().map(|cell| m.read_once(cell).observe()).collect());
        Checker::new(&p, &Bounds::default())
    }

    fn is_as_strong_as(stronger: &Checker, weaker: &Checker) -> bool {
        TakenOver::of(stronger, weaker, BTreeMap::from([("sc", 0)])).is_all()
    }

    fn fetch(order: Order) -> Checker {
        checker(move |m, [x, y]| {
            m.fetch(x, Rmw::Add, 1.into(), order);
            m.write_once(y, 1.into());
        })
    }

    /// A full `cmpxchg()` that misses may order less than one that acquires: arm64's `ldxr` against `ldaxr`.
    #[test]
    fn a_cmpxchg_that_misses_orders_nothing_for_certain() {
        use Order::{Acquire, Full, Relaxed, Release};
        let cmpxchg = |order| {
            checker(move |m, [x, y]| {
                let _ = m.cmpxchg(x, 2.into(), 1.into(), order);
                m.write_once(y, 1.into());
            })
        };
        for (stronger, weaker, is) in
            [(Full, Full, true), (Full, Relaxed, true), (Full, Acquire, false), (Full, Release, false)]
        {
            assert_eq!(is_as_strong_as(&cmpxchg(stronger), &cmpxchg(weaker)), is, "{stronger:?} and {weaker:?}");
        }
    }

    #[test]
    fn orders_are_compared_as_sets_of_what_they_order() {
        use Order::{Acquire, Full, Relaxed, Release};
        let less = |order| match order {
            Relaxed => vec![Relaxed],
            Acquire => vec![Relaxed, Acquire],
            Release => vec![Relaxed, Release],
            Full => vec![Relaxed, Acquire, Release, Full],
        };
        for stronger in [Relaxed, Acquire, Release, Full] {
            for weaker in [Relaxed, Acquire, Release, Full] {
                let found = is_as_strong_as(&fetch(stronger), &fetch(weaker));
                assert_eq!(found, less(stronger).contains(&weaker), "{stronger:?} and {weaker:?}");
            }
        }
    }

    #[test]
    fn barriers_are_added_and_accesses_are_not() {
        let relaxed = || fetch(Order::Relaxed);
        let with_barrier = checker(|m, [x, y]| {
            m.fetch(x, Rmw::Add, 1.into(), Order::Relaxed);
            m.smp_wmb();
            m.write_once(y, 1.into());
        });
        assert!(is_as_strong_as(&with_barrier, &relaxed()) && !is_as_strong_as(&relaxed(), &with_barrier));
        let with_read = checker(|m, [x, y]| {
            m.fetch(x, Rmw::Add, 1.into(), Order::Relaxed);
            m.read_once(y);
            m.write_once(y, 1.into());
        });
        let other_value = checker(|m, [x, y]| {
            m.fetch(x, Rmw::Add, 2.into(), Order::Relaxed);
            m.write_once(y, 1.into());
        });
        let other_order = checker(|m, [x, y]| {
            m.write_once(y, 1.into());
            m.fetch(x, Rmw::Add, 1.into(), Order::Relaxed);
        });
        for other in [with_read, other_value, other_order] {
            assert!(!is_as_strong_as(&other, &relaxed()) && !is_as_strong_as(&relaxed(), &other));
        }
    }
}
