//! Lowering: from the source's operations to a machine's (or a language model's) events, as data.
//!
//! A [`Lowering`] is a table. [`lower`] applies it to the traces of one thread.

mod arm64;
mod emulate;
mod power64;
mod riscv64;
mod source;
mod x86_64;

use std::collections::HashSet;
use std::sync::Arc;

use fencepost_memory::Order;

use crate::Tags;
use crate::operation::{Action, Barrier, Datum, Operation, Trace};
use crate::sites::{Change, Sites};
use crate::skeleton::Kind;
use crate::symbol::Symbols;
use crate::valuation::Held;
use crate::value::Deps;

use emulate::{Answer, Place};
pub(crate) use emulate::{Emulation, hidden_cells};

/// One operation as events: a fence before, the annotations of its read and its write, a fence after.
/// [`Tags::NONE`] where a fence stands means that there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    pub before: Tags,
    pub read: Tags,
    pub write: Tags,
    pub after: Tags,
}

impl Access {
    /// An access that orders nothing.
    pub const RELAXED: Access = Access { before: Tags::NONE, read: Tags::NONE, write: Tags::NONE, after: Tags::NONE };

    pub const fn before(self, fence: Tags) -> Access {
        Access { before: fence, ..self }
    }

    pub const fn read(self, tags: Tags) -> Access {
        Access { read: tags, ..self }
    }

    pub const fn write(self, tags: Tags) -> Access {
        Access { write: tags, ..self }
    }

    pub const fn both(self, tags: Tags) -> Access {
        Access { read: self.read.and(tags), write: self.write.and(tags), ..self }
    }

    pub const fn after(self, fence: Tags) -> Access {
        Access { after: fence, ..self }
    }
}

/// Accesses by the order that the source asks for: relaxed, acquire, release, full.
pub(crate) type ByOrder = [Access; 4];

fn by_order(table: &ByOrder, order: Order) -> Access {
    table[match order {
        Order::Relaxed => 0,
        Order::Acquire => 1,
        Order::Release => 2,
        Order::Full => 3,
    }]
}

/// How the vocabulary becomes events.
#[derive(Debug)]
pub struct Lowering {
    /// Its name, such as `arm64 kernel LSE`.
    pub name: &'static str,
    /// A marked read: relaxed, or acquire.
    pub(crate) read: [Access; 2],
    /// A marked write: relaxed, or release.
    pub(crate) write: [Access; 2],
    pub(crate) plain: Access,
    pub(crate) mb: Tags,
    pub(crate) rmb: Tags,
    pub(crate) wmb: Tags,
    pub(crate) barrier: Tags,
    /// An unconditional read-modify-write.
    pub(crate) fetch: ByOrder,
    /// One whose result is not used.
    pub(crate) atomic: Access,
    /// A conditional one that succeeds.
    pub(crate) exchanged: ByOrder,
    /// What `test_and_set_bit_lock` is.
    pub(crate) set_bit: SetBit,
    pub(crate) lock: Access,
    pub(crate) unlock: Access,
    /// Whether the model has read-copy-update of its own; otherwise it is emulated by fences.
    pub(crate) rcu: bool,
    /// Whether a conditional operation compares by a branch (a select may be ordered less).
    pub(crate) compare_branches: bool,
}

/// The two forms of `test_and_set_bit_lock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetBit {
    /// A plain read, and an acquire read-modify-write if it finds the bit clear.
    PeekFirst,
    /// One instruction, which writes and orders also when the bit was set.
    OneInstruction,
}

/// Every lowering.
pub(crate) mod table {
    pub(crate) use super::arm64::{KERNEL_LLSC as ARM64_KERNEL_LLSC, KERNEL_LSE as ARM64_KERNEL_LSE};
    pub(crate) use super::arm64::{RUST_LLSC as ARM64_RUST_LLSC, RUST_LSE as ARM64_RUST_LSE};
    pub(crate) use super::power64::{KERNEL as POWER64_KERNEL, RUST as POWER64_RUST};
    pub(crate) use super::riscv64::RUST as RISCV64_RUST;
    pub(crate) use super::riscv64::{KERNEL_AMO as RISCV64_KERNEL_AMO, KERNEL_LRSC as RISCV64_KERNEL_LRSC};
    pub(crate) use super::source::{C11, LINUX, SC};
    pub(crate) use super::x86_64::{KERNEL as X86_64_KERNEL, RUST as X86_64_RUST};
}

/// An event of one thread, with its dependencies as sets of this thread's events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LocalEvent {
    pub kind: Kind,
    pub tags: Tags,
    pub cell: Option<u16>,
    pub held: Held,
    /// The values that it can have.
    pub possible: Vec<Datum>,
    pub operation: usize,
    pub addr: u128,
    pub data: u128,
    pub ctrl: u128,
    pub pick_addr: u128,
    pub pick_data: u128,
    pub pick_ctrl: u128,
    /// Whether it is the write of the read-modify-write whose read is the event before it.
    pub rmw: bool,
}

/// A run of one thread as events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lowered {
    pub events: Vec<LocalEvent>,
    pub symbols: Arc<Symbols>,
    pub results: Vec<u64>,
    /// The place in the thread's list of traces.
    pub trace: usize,
}

/// The most events of one thread: dependencies are sets of this many.
const MAX_LOCAL: usize = 128;

/// The traces of one thread as events, duplicates removed. An error says which run has too many events.
pub(crate) fn lower(
    traces: &[Trace],
    lowering: &Lowering,
    sites: &Sites,
    emulation: &Emulation,
) -> Result<Vec<Lowered>, String> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for (index, trace) in traces.iter().enumerate() {
        let symbols = Arc::new(trace.symbols.clone());
        for answers in emulation.placements(trace) {
            let mut builder = Builder {
                lowering,
                symbols: &symbols,
                sites,
                emulation,
                events: Vec::new(),
                reads: [0; 64],
                ctrl: 0,
                calls: [0; 2],
            };
            if !builder.trace(trace, &answers) {
                continue;
            }
            if builder.events.len() > MAX_LOCAL {
                return Err(format!("a thread has {} events, more than {MAX_LOCAL}", builder.events.len()));
            }
            let lowered = Lowered {
                events: builder.events,
                symbols: Arc::clone(&symbols),
                results: trace.results.clone(),
                trace: index,
            };
            if seen.insert(Lowered { trace: 0, ..lowered.clone() }) {
                all.push(lowered);
            }
        }
    }
    Ok(all)
}

/// Builds the events of one trace.
struct Builder<'l> {
    lowering: &'l Lowering,
    symbols: &'l Symbols,
    sites: &'l Sites,
    emulation: &'l Emulation,
    events: Vec<LocalEvent>,
    /// By number of a read in the trace: its event, as a set.
    reads: [u128; 64],
    /// Reads that the instruction sequences so far branched on.
    ctrl: u128,
    /// The emulated calls that it made so far, by kind.
    calls: [usize; 2],
}

impl Builder<'_> {
    /// Whether the trace exists under this lowering.
    fn trace(&mut self, trace: &Trace, answers: &[Answer]) -> bool {
        for (index, operation) in trace.operations.iter().enumerate() {
            self.answer(Place::Before(index), answers);
            if !self.operation(index, operation, answers) {
                return false;
            }
        }
        self.answer(Place::Before(trace.operations.len()), answers);
        true
    }

    fn operation(&mut self, index: usize, operation: &Operation, answers: &[Answer]) -> bool {
        let changes = self.sites.changes(&operation.site);
        let order = |order: Order| {
            changes.iter().rev().find_map(|c| if let Change::Order(o) = c { Some(*o) } else { None }).unwrap_or(order)
        };
        for change in changes {
            if let Change::Before(barrier) = change {
                self.fence(index, self.tags(*barrier));
            }
        }
        let l = self.lowering;
        let access = match operation.action {
            Action::Read(o) => l.read[usize::from(order(o) == Order::Acquire)],
            Action::Write(o) => l.write[usize::from(order(o) == Order::Release)],
            Action::PlainRead | Action::PlainWrite => l.plain,
            Action::Fetch(o) => by_order(&l.fetch, order(o)),
            Action::Atomic => match order(Order::Relaxed) {
                Order::Relaxed => l.atomic,
                stronger => by_order(&l.fetch, stronger),
            },
            Action::Exchanged(o) => by_order(&l.exchanged, order(o)),
            Action::Refused(_) => l.read[0],
            Action::Peek { clear } => match (l.set_bit, clear) {
                (SetBit::PeekFirst, _) => l.read[0],
                (SetBit::OneInstruction, true) => return true,
                (SetBit::OneInstruction, false) => {
                    let access = by_order(&l.fetch, order(Order::Acquire));
                    self.access(index, operation, access, true);
                    return self.finish(index, changes);
                }
            },
            Action::SetBit { clear } if l.set_bit == SetBit::OneInstruction && !clear => return false,
            Action::SetBit { .. } => by_order(&l.fetch, order(Order::Acquire)),
            Action::SpinLock => l.lock,
            Action::SpinUnlock => l.unlock,
            Action::Barrier(barrier) => {
                let replaced =
                    changes.iter().rev().find_map(|c| if let Change::Fence(f) = c { Some(*f) } else { None });
                if let Some(barrier) = replaced.unwrap_or(Some(barrier)) {
                    self.fence(index, self.tags(barrier));
                }
                return self.finish(index, changes);
            }
            Action::RcuLock if l.rcu => {
                self.fence(index, Tags::RCU_LOCK);
                return self.finish(index, changes);
            }
            Action::RcuUnlock if l.rcu => {
                self.fence(index, Tags::RCU_UNLOCK);
                return self.finish(index, changes);
            }
            Action::GracePeriod if l.rcu => {
                self.fence(index, Tags::SYNC_RCU);
                return self.finish(index, changes);
            }
            Action::RcuLock | Action::RcuUnlock => return self.finish(index, changes),
            Action::GracePeriod | Action::HeavyBarrier => {
                self.wait_for_all(index, operation.action, answers);
                return self.finish(index, changes);
            }
            Action::Machine(read, write) if operation.cell.is_some() => Access::RELAXED.read(read).write(write),
            Action::Machine(_, fence) => {
                self.push(index, Kind::Fence, fence, Held::Nothing, Vec::new(), operation);
                return self.finish(index, changes);
            }
        };
        self.access(index, operation, access, false);
        self.finish(index, changes)
    }

    fn finish(&mut self, index: usize, changes: &[Change]) -> bool {
        for change in changes {
            if let Change::After(barrier) = change {
                self.fence(index, self.tags(*barrier));
            }
        }
        true
    }

    fn tags(&self, barrier: Barrier) -> Tags {
        match barrier {
            Barrier::Full => self.lowering.mb,
            Barrier::Read => self.lowering.rmb,
            Barrier::Write => self.lowering.wmb,
            Barrier::Compiler => self.lowering.barrier,
        }
    }

    /// The reads and the write of an operation; `rewrites` if it stores back what it read.
    fn access(&mut self, index: usize, operation: &Operation, access: Access, rewrites: bool) {
        self.fence(index, access.before);
        if let (Some(number), Some(_)) = (operation.number, operation.read) {
            let domain = self.symbols.domains[usize::from(number)].clone();
            let event = self.push(index, Kind::Read, access.read, Held::Read(Some(number)), domain, operation);
            self.reads[usize::from(number)] = 1 << event;
            if access.read.has(Tags::BRANCHED) {
                self.ctrl |= 1 << event;
            }
        }
        let written = match (operation.written, operation.read) {
            (Some(term), _) => Some((term, operation.possible.clone())),
            (None, Some(term)) if rewrites => Some((
                term,
                operation.number.map_or(Vec::new(), |number| self.symbols.domains[usize::from(number)].clone()),
            )),
            _ => None,
        };
        if let Some((term, possible)) = written {
            let event = self.push(index, Kind::Write, access.write, Held::Write(term), possible, operation);
            self.events[event].rmw = operation.read.is_some();
        }
        self.fence(index, access.after);
    }

    /// A fence that the lowering places, if it places one.
    fn fence(&mut self, index: usize, tags: Tags) {
        if !tags.is_none() {
            self.bare(index, Kind::Fence, tags, None, Held::Nothing, Vec::new());
        }
    }

    /// An event that depends on nothing but the branches taken.
    fn bare(&mut self, index: usize, kind: Kind, tags: Tags, cell: Option<u16>, held: Held, possible: Vec<Datum>) {
        let ctrl = self.ctrl;
        let pick_ctrl = self.events.last().map_or(0, |event| event.pick_ctrl);
        self.events.push(LocalEvent {
            kind,
            tags,
            cell,
            held,
            possible,
            operation: index,
            addr: 0,
            data: 0,
            ctrl,
            pick_addr: 0,
            pick_data: 0,
            pick_ctrl,
            rmw: false,
        });
    }

    fn push(
        &mut self,
        index: usize,
        kind: Kind,
        tags: Tags,
        held: Held,
        possible: Vec<Datum>,
        operation: &Operation,
    ) -> usize {
        let (ctrl, pick_ctrl) = self.sets(operation.ctrl);
        self.ctrl |= ctrl;
        let (addr, pick_addr) = self.sets(operation.addr);
        let (data, mut pick_data) = if kind == Kind::Write { self.sets(operation.data) } else { (0, 0) };
        let mut own_ctrl = self.ctrl;
        if self.lowering.compare_branches && operation.read.is_some() && kind == Kind::Write {
            own_ctrl |= pick_data;
            pick_data = 0;
        }
        self.events.push(LocalEvent {
            kind,
            tags,
            cell: operation.cell,
            held,
            possible,
            operation: index,
            addr,
            data,
            ctrl: own_ctrl,
            pick_addr,
            pick_data,
            pick_ctrl,
            rmw: false,
        });
        self.events.len() - 1
    }

    /// The events of these reads: depended on, and depended on through a select.
    fn sets(&self, deps: Deps) -> (u128, u128) {
        let of = |mask: u64| (0..64).filter(|read| mask >> read & 1 == 1).fold(0, |set, read| set | self.reads[read]);
        (of(deps.full), of(deps.picked))
    }
}
