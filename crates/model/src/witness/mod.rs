//! Witnesses: an execution that reaches a bad state, told so that it can be believed.

mod dot;
mod reason;
mod svg;
mod text;

use std::fmt;

use crate::checker::Checker;
use crate::explore::Reached;
use crate::lower::Lowered;
use crate::operation::{Action, Barrier, Datum, Operation, Trace};
use crate::outcome::Outcome;
use crate::relation::{Rel, Set};
use crate::skeleton::{Event, Skeleton};
use crate::target::Target;
use crate::valuation::Values;
use fencepost_memory::Order;

pub use reason::{Gap, Reason};

/// An execution that reaches a bad state.
///
/// `Display` prints it as a mailing list would: a column for each CPU, time downwards, each read with the value
/// that it saw and where that came from, each line with its place in the source, and at the end why the model
/// allows it.
#[derive(Clone)]
pub struct Witness {
    /// What it left.
    pub outcome: Outcome,
    target: Target,
    names: Vec<String>,
    cells: Vec<String>,
    init: Vec<u64>,
    runs: Vec<Lowered>,
    traces: Vec<Trace>,
    skeleton: Skeleton,
    rf: Rel,
    co: Rel,
    values: Values,
}

/// One operation in the order in which the witness tells it.
#[derive(Clone, Debug)]
struct Row {
    thread: usize,
    operation: usize,
    /// What it does, such as `READ_ONCE(x) = 1`.
    what: String,
    /// Where a value that it read came from.
    from: Option<String>,
    /// `file:line`.
    line: String,
}

impl Witness {
    pub(crate) fn new(checker: &Checker, target: &Target, reached: Reached) -> Witness {
        let trace = |(thread, run): (usize, &Lowered)| checker.traces.threads[thread][run.trace].clone();
        Witness {
            outcome: reached.outcome,
            target: target.clone(),
            names: checker.traces.names.clone(),
            cells: checker.traces.cells.iter().map(|cell| cell.name.clone()).collect(),
            init: checker.init(),
            traces: reached.combination.iter().enumerate().map(trace).collect(),
            runs: reached.combination,
            skeleton: reached.skeleton,
            values: reached.values,
            rf: reached.rf,
            co: reached.co,
        }
    }

    /// The number of its operations.
    pub fn operations(&self) -> usize {
        self.traces.iter().map(|trace| trace.operations.len()).sum()
    }

    fn operation(&self, thread: usize, operation: usize) -> Option<&Operation> {
        self.traces[thread].operations.get(operation)
    }

    /// Its operations, in an order that keeps every thread's own, puts a write before the reads of it where it can,
    /// and goes against coherence only where the execution itself does.
    fn rows(&self) -> Vec<Row> {
        let fr = self.rf.inverse().then(&self.co);
        let mut next = vec![0; self.traces.len()];
        let mut rows: Vec<Row> = Vec::new();
        let total = self.operations();
        while rows.len() < total {
            let waits = |thread: usize, relation: &Rel| {
                let before = |event: &Event| {
                    event.thread.is_some_and(|t| {
                        t != thread && event.operation >= next[t] && next[t] < self.traces[t].operations.len()
                    })
                };
                let mine = |event: &Event| event.thread == Some(thread) && event.operation == next[thread];
                relation.pairs().any(|(a, b)| before(&self.skeleton.events[a]) && mine(&self.skeleton.events[b]))
            };
            let latest = rows.last().map_or(0, |row| row.thread);
            let turn = (0..next.len()).map(|step| (latest + step) % next.len());
            let ready: Vec<_> = turn.filter(|&thread| next[thread] < self.traces[thread].operations.len()).collect();
            let free = |relations: &[&Rel]| {
                ready.iter().copied().find(|&thread| !relations.iter().any(|relation| waits(thread, relation)))
            };
            let thread =
                free(&[&self.rf, &self.co, &fr]).or_else(|| free(&[&self.rf, &self.co])).or_else(|| free(&[&self.rf]));
            let thread = thread.unwrap_or(ready[0]);
            rows.push(self.row(thread, next[thread]));
            next[thread] += 1;
        }
        rows
    }

    fn row(&self, thread: usize, index: usize) -> Row {
        let operation = &self.traces[thread].operations[index];
        let read = (self.skeleton.r.iter())
            .filter(|&event| {
                self.skeleton.events[event].thread == Some(thread) && self.skeleton.events[event].operation == index
            })
            .find(|&event| self.skeleton.events[event].cell == operation.cell);
        let source = read.and_then(|read| self.rf.pairs().find(|&(_, to)| to == read)).map(|(from, _)| from);
        Row {
            thread,
            operation: index,
            what: self.describe(thread, index),
            from: source.map(|write| self.place(write)),
            line: operation.site.to_string(),
        }
    }

    /// Where an event stands: its thread and line, or that it is initial.
    fn place(&self, event: usize) -> String {
        let Event { thread, operation, .. } = &self.skeleton.events[event];
        match thread {
            None => "initially".into(),
            Some(thread) => match self.operation(*thread, *operation) {
                Some(operation) => format!("{} at {}", self.names[*thread], operation.site),
                None => self.names[*thread].clone(),
            },
        }
    }

    fn cell(&self, cell: u16) -> String {
        self.cells.get(usize::from(cell)).cloned().unwrap_or_else(|| format!("hidden{cell}"))
    }

    /// What an event of an operation read or wrote.
    fn held(&self, thread: usize, index: usize, events: Set) -> String {
        let cell = self.traces[thread].operations[index].cell;
        let mut mine = events.iter().filter(|&event| {
            let event = &self.skeleton.events[event];
            event.thread == Some(thread) && event.operation == index && event.cell == cell
        });
        mine.next().and_then(|event| self.values[event]).map(value).unwrap_or_default()
    }

    fn describe(&self, thread: usize, index: usize) -> String {
        let operation = &self.traces[thread].operations[index];
        let cell = operation.cell.map(|cell| self.cell(cell)).unwrap_or_default();
        let read = self.held(thread, index, self.skeleton.r);
        let written = self.held(thread, index, self.skeleton.w);
        let suffix = |order| match order {
            Order::Relaxed => "_relaxed",
            Order::Acquire => "_acquire",
            Order::Release => "_release",
            Order::Full => "",
        };
        match operation.action {
            Action::Read(Order::Acquire) => format!("smp_load_acquire({cell}) = {read}"),
            Action::Read(_) => format!("READ_ONCE({cell}) = {read}"),
            Action::PlainRead => format!("{cell} = {read} (plain)"),
            Action::Write(Order::Release) => format!("smp_store_release({cell}, {written})"),
            Action::Write(_) => format!("WRITE_ONCE({cell}, {written})"),
            Action::PlainWrite => format!("{cell} := {written} (plain)"),
            Action::Fetch(order) => format!("atomic{}({cell}): {read} to {written}", suffix(order)),
            Action::Atomic => format!("atomic({cell}): {read} to {written}"),
            Action::Exchanged(order) => format!("cmpxchg{}({cell}): {read} to {written}", suffix(order)),
            Action::Refused(_) => format!("cmpxchg({cell}) fails: {read}"),
            Action::Peek { clear: true } => format!("test_and_set_bit_lock({cell}) looks: {read}"),
            Action::Peek { clear: false } => format!("test_and_set_bit_lock({cell}) fails: {read}"),
            Action::SetBit { clear } => {
                let success = if clear { "" } else { " fails" };
                format!("test_and_set_bit_lock({cell}){success}: {read} to {written}")
            }
            Action::SpinLock => format!("spin_lock({cell})"),
            Action::SpinUnlock => format!("spin_unlock({cell})"),
            Action::Barrier(barrier) => name(barrier).into(),
            Action::HeavyBarrier => "membarrier()".into(),
            Action::RcuLock => "rcu_read_lock()".into(),
            Action::RcuUnlock => "rcu_read_unlock()".into(),
            Action::GracePeriod => "synchronize_rcu()".into(),
            Action::Machine(reads, writes) => match (operation.read, operation.written) {
                (Some(_), Some(_)) => format!("rmw[{reads}; {writes}]({cell}): {read} to {written}"),
                (Some(_), None) => format!("load[{reads}]({cell}) = {read}"),
                (None, Some(_)) => format!("store[{writes}]({cell}, {written})"),
                (None, None) => format!("{writes}"),
            },
        }
    }
}

/// The name of a barrier in the kernel's terms.
fn name(barrier: Barrier) -> &'static str {
    match barrier {
        Barrier::Full => "smp_mb()",
        Barrier::Read => "smp_rmb()",
        Barrier::Write => "smp_wmb()",
        Barrier::Compiler => "barrier()",
    }
}

/// A value as it is printed: small ones in decimal, with the life if there is one.
fn value(datum: Datum) -> String {
    let bits = if datum.bits < 1024 { datum.bits.to_string() } else { format!("{:#x}", datum.bits) };
    if datum.life == 0 { bits } else { format!("{bits} (life {})", datum.life) }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness").field("target", &self.target.name).field("outcome", &self.outcome).finish()
    }
}
