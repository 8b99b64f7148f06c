//! Whether a program does what another one does, and orders at least as much. No model then allows it more.

use crate::checker::Checker;
use crate::operation::{Action, Operation, Trace};

impl Checker {
    /// Whether each run of this program is one of `weaker`, but for stronger orders and barriers that are added: then what is
    /// safe in that program is safe in this one, under every target. What the programs' cells and threads are called and
    /// where their operations stand does not matter.
    ///
    /// Sufficient, not necessary: programs that do the same by other operations are not compared.
    pub fn is_as_strong_as(&self, weaker: &Checker) -> bool {
        let orders = |(trace, weaker): (&Trace, &Trace)| trace.is_as_strong_as(weaker);
        let thread = |(traces, weaker): (&Vec<Trace>, &Vec<Trace>)| {
            traces.len() == weaker.len() && traces.iter().zip(weaker).all(orders)
        };
        let (own, other) = (&self.traces, &weaker.traces);
        let is_whole = own.cut.is_none() && other.cut.is_none();
        let has_same_threads = own.threads.len() == other.threads.len();
        is_whole
            && has_same_threads
            && self.init() == weaker.init()
            && own.threads.iter().zip(&other.threads).all(thread)
    }
}

impl Trace {
    fn is_as_strong_as(&self, weaker: &Trace) -> bool {
        let mut others = weaker.operations.iter().peekable();
        for operation in &self.operations {
            if others.next_if(|other| operation.is_as_strong_as(other)).is_none()
                && !matches!(operation.action, Action::Barrier(_))
            {
                return false;
            }
        }
        others.next().is_none()
            && (&self.symbols, &self.decisions, &self.results) == (&weaker.symbols, &weaker.decisions, &weaker.results)
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
            (Read(order), Read(weaker))
            | (Write(order), Write(weaker))
            | (Exchanged(order), Exchanged(weaker))
            | (Missed(order), Missed(weaker))
            | (Refused(order), Refused(weaker)) => order.includes(weaker),
            _ => self == weaker,
        }
    }
}

#[cfg(test)]
mod tests {
    use fencepost_memory::{Memory, Order, Rmw, Word};

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

    fn fetch(order: Order) -> Checker {
        checker(move |m, [x, y]| {
            m.fetch(x, Rmw::Add, 1.into(), order);
            m.write_once(y, 1.into());
        })
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
                let found = fetch(stronger).is_as_strong_as(&fetch(weaker));
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
        assert!(with_barrier.is_as_strong_as(&relaxed()) && !relaxed().is_as_strong_as(&with_barrier));
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
            assert!(!other.is_as_strong_as(&relaxed()) && !relaxed().is_as_strong_as(&other));
        }
    }
}
