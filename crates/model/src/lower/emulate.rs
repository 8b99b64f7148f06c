//! Grace periods and `membarrier(2)` where the model has no notion of them.
//!
//! Both promise the same thing: each other thread executes a full fence at some point between the call's
//! beginning and its end; for a grace period, at a point outside its read-side critical sections. The call becomes
//! a full fence, a write to a cell that nobody else sees, a read from each other thread's answer, and a full
//! fence; each other thread reads that cell, executes a full fence and answers, at every place of its run in
//! turn. So the meaning rests on no axiom but those for fences, under every model.

use super::Builder;
use crate::operation::{Action, Datum, Trace};
use crate::skeleton::Kind;
use crate::symbol::Term;
use crate::valuation::Held;

/// The calls that are emulated, for one thread's view.
#[derive(Clone, Debug)]
pub(crate) struct Emulation {
    thread: usize,
    threads: usize,
    /// By thread: the most emulated calls that one of its runs makes.
    calls: Vec<usize>,
    /// The number of the first hidden cell.
    first_cell: u16,
}

fn is_emulated(action: Action, rcu: bool) -> bool {
    action == Action::HeavyBarrier || action == Action::GracePeriod && !rcu
}

fn calls_of(trace: &Trace, rcu: bool) -> impl Iterator<Item = Action> {
    trace.operations.iter().map(|operation| operation.action).filter(move |&action| is_emulated(action, rcu))
}

/// The number of hidden cells that the emulated calls of these traces need.
pub(crate) fn hidden_cells(threads: &[Vec<Trace>], rcu: bool) -> usize {
    threads.iter().map(|traces| most_calls(traces, rcu) * threads.len()).sum()
}

fn most_calls(traces: &[Trace], rcu: bool) -> usize {
    traces.iter().map(|trace| calls_of(trace, rcu).count()).max().unwrap_or(0)
}

/// The place of an interruption that does not happen.
const NEVER: usize = usize::MAX;

impl Emulation {
    pub fn new(thread: usize, threads: &[Vec<Trace>], cells: usize, rcu: bool) -> Emulation {
        let calls = threads.iter().map(|traces| most_calls(traces, rcu)).collect();
        let first_cell = u16::try_from(cells).unwrap_or(u16::MAX);
        Emulation { thread, threads: threads.len(), calls, first_cell }
    }

    /// The hidden cell of a thread's call in which `answers` answers; the caller's own is the question.
    fn cell(&self, caller: usize, call: usize, answers: usize) -> u16 {
        let before: usize = self.calls[..caller].iter().sum::<usize>() + call;
        self.first_cell + (before * self.threads + answers) as u16
    }

    /// The calls of other threads, as (thread, call).
    fn others(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let others = self.calls.iter().enumerate().filter(|&(thread, _)| thread != self.thread);
        others.flat_map(|(thread, &calls)| (0..calls).map(move |call| (thread, call)))
    }

    /// For each call of another thread: the operation before which it interrupts this run. All combinations.
    pub fn placements(&self, trace: &Trace) -> Vec<Vec<usize>> {
        let mut depth = 0;
        let mut places = vec![NEVER];
        for (index, operation) in trace.operations.iter().enumerate() {
            if depth == 0 && (operation.cell.is_some() || operation.action == Action::RcuLock) {
                places.push(index);
            }
            match operation.action {
                Action::RcuLock => depth += 1,
                Action::RcuUnlock => depth -= 1,
                _ => {}
            }
        }
        if depth <= 0 {
            places.push(trace.operations.len());
        }
        let mut all = vec![Vec::new()];
        for _ in self.others() {
            all = all
                .iter()
                .flat_map(|taken| places.iter().map(|&place| [taken.as_slice(), &[place]].concat()))
                .collect();
        }
        all
    }
}

impl Builder<'_> {
    /// The answers of this thread that stand before its operation `index`.
    pub(super) fn interruptions(&mut self, index: usize, places: &[usize]) {
        let me = self.emulation.thread;
        for (place, (caller, call)) in places.iter().zip(self.emulation.others().collect::<Vec<_>>()) {
            if *place == index {
                self.hidden(index, Kind::Read, self.emulation.cell(caller, call, caller));
                self.fence(index, self.lowering.mb);
                self.hidden(index, Kind::Write, self.emulation.cell(caller, call, me));
            }
        }
    }

    /// This thread's call.
    pub(super) fn wait_for_all(&mut self, index: usize) {
        let me = self.emulation.thread;
        let call = self.calls;
        self.calls += 1;
        self.fence(index, self.lowering.mb);
        self.hidden(index, Kind::Write, self.emulation.cell(me, call, me));
        for other in (0..self.emulation.threads).filter(|&other| other != me) {
            let answer = self.emulation.cell(me, call, other);
            self.hidden(index, Kind::Read, answer);
        }
        self.fence(index, self.lowering.mb);
    }

    /// A read that sees 1, or a write of 1, to a hidden cell.
    fn hidden(&mut self, index: usize, kind: Kind, cell: u16) {
        let one = Datum { bits: 1, life: 0 };
        let (tags, held) = match kind {
            Kind::Read => (self.lowering.read[0].read, Held::Read(None)),
            _ => (self.lowering.write[0].write, Held::Write(Term::Const(one))),
        };
        self.bare(index, kind, tags, Some(cell), held, vec![one]);
    }
}
