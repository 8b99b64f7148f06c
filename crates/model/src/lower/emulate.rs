//! Grace periods and `membarrier(2)` where the model has no notion of them.
//!
//! Both promise the same thing: each other thread executes a full fence at some point between the call's
//! beginning and its end; for a grace period, at a point outside its read-side critical sections. The call becomes
//! a full fence, a write to a cell that nobody else sees, a read from each other thread's answer, and a full
//! fence; each other thread reads that cell, executes a full fence and answers, at every place of its run in
//! turn. So the meaning rests on no axiom but those for fences, under every model.

use super::build::Builder;
use crate::operation::{Action, Datum, Trace};
use crate::skeleton::Kind;
use crate::symbol::Term;
use crate::valuation::Held;

/// The two kinds of calls, in the order in which a thread's calls are numbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    GracePeriod,
    HeavyBarrier,
}

impl Call {
    /// The emulated call that an operation is, if it is one.
    fn of(action: Action, rcu: bool) -> Option<Call> {
        match action {
            Action::GracePeriod if !rcu => Some(Call::GracePeriod),
            Action::HeavyBarrier => Some(Call::HeavyBarrier),
            _ => None,
        }
    }
}

/// The calls that are emulated, as one thread sees them.
#[derive(Clone, Debug)]
pub(crate) struct Emulation {
    thread: usize,
    /// By thread: the most grace periods, and the most heavy barriers, of one of its runs.
    calls: Vec<[usize; 2]>,
    /// The number of the first hidden cell.
    first_cell: u16,
    /// Whether grace periods are the model's own business.
    rcu: bool,
    /// Whether calls are answered.
    answered: bool,
}

/// By thread: the most calls of each kind that one of its runs makes.
fn most_calls(threads: &[Vec<Trace>], rcu: bool) -> Vec<[usize; 2]> {
    let count = |trace: &Trace, kind| trace.operations.iter().filter(|o| Call::of(o.action, rcu) == Some(kind)).count();
    let most = |traces: &Vec<Trace>, kind| traces.iter().map(|trace| count(trace, kind)).max().unwrap_or(0);
    threads.iter().map(|traces| [most(traces, Call::GracePeriod), most(traces, Call::HeavyBarrier)]).collect()
}

/// The number of hidden cells that the emulated calls of these traces need.
pub(crate) fn hidden_cells(threads: &[Vec<Trace>], rcu: bool) -> usize {
    most_calls(threads, rcu).iter().flatten().sum::<usize>() * threads.len()
}

/// Where an answer stands: before an operation, or inside one that is itself an emulated call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Place {
    Before(usize),
    Inside(usize),
}

/// An answer of a thread to another thread's call: where it stands, and the cells of question and answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Answer {
    place: Place,
    question: u16,
    answer: u16,
}

impl Emulation {
    pub fn new(thread: usize, threads: &[Vec<Trace>], cells: usize, rcu: bool) -> Emulation {
        let first_cell = u16::try_from(cells).unwrap_or(u16::MAX);
        Emulation { thread, calls: most_calls(threads, rcu), first_cell, rcu, answered: true }
    }

    /// The same, with calls as full barriers that nobody answers.
    pub fn unanswered(self) -> Emulation {
        Emulation { answered: false, ..self }
    }

    /// The hidden cell of a thread's call in which `answers` answers; the caller's own is the question.
    fn cell(&self, caller: usize, kind: Call, call: usize, answers: usize) -> u16 {
        let earlier_threads = self.calls[..caller].iter().flatten().sum::<usize>();
        let earlier_kind = if kind == Call::HeavyBarrier { self.calls[caller][0] } else { 0 };
        self.first_cell + ((earlier_threads + earlier_kind + call) * self.calls.len() + answers) as u16
    }

    /// The ways in which this thread can answer the others' calls: each call at any place or never, several at one
    /// place in any order. `None` if they are too many.
    pub fn placements(&self, trace: &Trace) -> Option<Vec<Vec<Answer>>> {
        let mut depth = 0;
        let (mut anywhere, mut outside_sections) = (Vec::new(), Vec::new());
        let mut add = |place, depth| {
            anywhere.push(place);
            if depth == 0 {
                outside_sections.push(place);
            }
        };
        for (index, operation) in trace.operations.iter().enumerate() {
            match operation.action {
                Action::RcuLock => {
                    add(Place::Before(index), depth);
                    depth += 1;
                }
                Action::RcuUnlock => depth = (depth - 1).max(0),
                action if Call::of(action, self.rcu).is_some() => {
                    add(Place::Before(index), depth);
                    add(Place::Inside(index), depth);
                }
                _ if operation.cell.is_some() => add(Place::Before(index), depth),
                _ => {}
            }
        }
        add(Place::Before(trace.operations.len()), depth);

        let mut all = vec![Vec::new()];
        for (caller, counts) in self.calls.iter().enumerate().filter(|&(caller, _)| caller != self.thread) {
            for (kind, places) in [(Call::GracePeriod, &outside_sections), (Call::HeavyBarrier, &anywhere)] {
                for call in 0..counts[kind as usize] {
                    let question = self.cell(caller, kind, call, caller);
                    let answer = self.cell(caller, kind, call, self.thread);
                    let here = |&place: &Place| Answer { place, question, answer };
                    let mut more = Vec::new();
                    for others in &all {
                        more.extend(with_one_more(others, places.iter().map(here)));
                        if more.len() > MOST_PLACEMENTS {
                            return None;
                        }
                    }
                    all = more;
                }
            }
        }
        Some(all)
    }
}

/// In so many ways a thread may answer: with six calls to answer they are millions.
pub(super) const MOST_PLACEMENTS: usize = 20_000;

/// These answers, which stand in order, alone and with each of `more` in each order.
fn with_one_more(others: &[Answer], more: impl Iterator<Item = Answer>) -> Vec<Vec<Answer>> {
    let mut all = vec![others.to_vec()];
    for answer in more {
        let first = others.partition_point(|other| other.place < answer.place);
        let last = others.partition_point(|other| other.place <= answer.place);
        all.extend((first..=last).map(|at| [&others[..at], &[answer], &others[at..]].concat()));
    }
    all
}

impl Builder<'_> {
    /// The answers of this thread that stand at `place`.
    pub(super) fn answer(&mut self, place: Place, answers: &[Answer]) {
        let (Place::Before(index) | Place::Inside(index)) = place;
        for answer in answers.iter().filter(|answer| answer.place == place) {
            self.hidden(index, Kind::Read, answer.question);
            self.fence(index, self.lowering.mb);
            self.hidden(index, Kind::Write, answer.answer);
        }
    }

    /// This thread's call.
    pub(super) fn wait_for_all(&mut self, index: usize, action: Action, answers: &[Answer]) {
        let emulation = self.emulation;
        let me = emulation.thread;
        let Some(kind) = Call::of(action, emulation.rcu) else { return };
        let call = self.calls[kind as usize];
        self.calls[kind as usize] += 1;
        self.fence(index, self.lowering.mb);
        if !emulation.answered {
            return;
        }
        self.hidden(index, Kind::Write, emulation.cell(me, kind, call, me));
        self.answer(Place::Inside(index), answers);
        for other in (0..emulation.calls.len()).filter(|&other| other != me) {
            self.hidden(index, Kind::Read, emulation.cell(me, kind, call, other));
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
        self.bare(index, kind, tags, Some(cell), held, [one].into());
    }
}
