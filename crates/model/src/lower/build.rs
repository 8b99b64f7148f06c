//! One trace, operation by operation, to events.

use std::sync::Arc;

use fencepost_memory::Order;

use super::emulate::{Answer, Place};
use super::{Access, Branches, Emulation, LocalEvent, Lowering, SetBit, by_order};
use crate::Tags;
use crate::operation::{Action, Datum, Operation, Trace};
use crate::sites::{Change, Sites};
use crate::skeleton::Kind;
use crate::symbol::{Symbols, Term, numbers};
use crate::valuation::Held;
use crate::value::Deps;

/// The events of a trace with these answers to other threads' calls; `None` if the lowering has no such trace.
pub(super) fn events(
    trace: &Trace,
    lowering: &Lowering,
    sites: &Sites,
    emulation: &Emulation,
    answers: &[Answer],
) -> Option<Vec<LocalEvent>> {
    let symbols = &trace.symbols;
    let mut builder = Builder {
        lowering,
        symbols,
        sites,
        emulation,
        events: Vec::new(),
        reads: [0; 64],
        ctrl: (0, 0),
        path: (0, 0),
        calls: [0; 2],
    };
    builder.trace(trace, answers).then_some(builder.events)
}

/// Fences of which a second one is not for nothing: those that a branch is to come before, and those that nest or wait.
const NOT_TWICE: Tags =
    Tags::ISB.and(Tags::ISYNC).and(Tags::FENCE_I).and(Tags::RCU_LOCK).and(Tags::RCU_UNLOCK).and(Tags::SYNC_RCU);

/// An event of a thread, as a set. One too many for a set is none; the run is then rejected.
fn set_of(event: usize) -> u128 {
    1u128.checked_shl(event as u32).unwrap_or(0)
}

/// Builds the events of one trace.
pub(super) struct Builder<'l> {
    pub(super) lowering: &'l Lowering,
    symbols: &'l Symbols,
    sites: &'l Sites,
    pub(super) emulation: &'l Emulation,
    events: Vec<LocalEvent>,
    /// By number of a read in the trace: its event, as a set.
    reads: [u128; 64],
    /// What the instruction sequences so far branched on, by computation and by select.
    ctrl: (u128, u128),
    /// The branches that the operation under way lies inside of, by computation and by select.
    path: (u128, u128),
    /// The emulated calls that it made so far, by kind.
    pub(super) calls: [usize; 2],
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
        let l = self.lowering;
        self.path = self.sets(match l.branches {
            Branches::All => operation.ctrl,
            Branches::Open(_) => operation.scope,
            Branches::Arms => operation.arms,
        });
        let changes = self.sites.changes(&operation.site);
        let order = |order: Order| {
            changes.iter().rev().find_map(|c| if let Change::Order(o) = c { Some(*o) } else { None }).unwrap_or(order)
        };
        // The second half of `test_and_set_bit_lock` has been begun already.
        let begins = !matches!(operation.action, Action::SetBit { .. });
        for change in changes {
            if let (Change::Before(barrier), true) = (change, begins) {
                self.fence(index, l.fence(*barrier));
            }
        }
        let access = match operation.action {
            Action::Read(_) | Action::Write(_) if changes.contains(&Change::Plain) => l.plain,
            Action::Read(o) => l.read[usize::from(order(o) == Order::Acquire)],
            Action::Write(o) => l.write[usize::from(order(o) == Order::Release)],
            Action::PlainRead | Action::PlainWrite => l.plain,
            Action::Fetch(_, o) => by_order(&l.fetch, order(o)),
            Action::Atomic(_) => match order(Order::Relaxed) {
                Order::Relaxed => l.atomic,
                stronger => by_order(&l.fetch, stronger),
            },
            Action::Exchanged(o) => by_order(&l.exchanged, order(o)),
            Action::Missed(o) => by_order(&l.missed, order(o)),
            Action::Refused(_) => l.refused,
            Action::Peek { clear } => match (l.set_bit, clear) {
                (SetBit::PeekFirst, _) | (SetBit::Least, false) => l.read[0],
                (SetBit::AtOnce(_) | SetBit::Least, true) => return true,
                (SetBit::AtOnce(forms), false) => {
                    let access = by_order(&forms, order(Order::Acquire));
                    self.access(index, operation, access, true);
                    return self.finish(index, changes);
                }
            },
            Action::SetBit { clear } => match l.set_bit {
                SetBit::PeekFirst | SetBit::Least => by_order(&l.fetch, order(Order::Acquire)),
                SetBit::AtOnce(_) if !clear => return false,
                SetBit::AtOnce(forms) => by_order(&forms, order(Order::Acquire)),
            },
            Action::SpinLock => l.lock,
            Action::SpinHeld | Action::SpinIsLocked => l.read[0].read(Tags::LOCK_LOOK),
            Action::SpinUnlock => l.unlock,
            Action::Barrier(barrier) => {
                let replaced =
                    changes.iter().rev().find_map(|c| if let Change::Fence(f) = c { Some(*f) } else { None });
                if let Some(barrier) = replaced.unwrap_or(Some(barrier)) {
                    self.fence(index, l.fence(barrier));
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
            Action::SrcuLock => Access::RELAXED.read(Tags::SRCU_LOCK),
            Action::SrcuUnlock => Access::RELAXED.write(Tags::SRCU_UNLOCK),
            Action::SrcuGracePeriod => {
                self.push(index, Kind::Fence, Tags::SYNC_SRCU, Held::Nothing, Arc::default(), operation);
                return self.finish(index, changes);
            }
            Action::RcuLock | Action::RcuUnlock => return self.finish(index, changes),
            Action::GracePeriod | Action::HeavyBarrier => {
                self.wait_for_all(index, operation.action, answers);
                return self.finish(index, changes);
            }
            Action::Machine(read, write) if operation.cell.is_some() => Access::RELAXED.read(read).write(write),
            Action::Machine(_, fence) => {
                self.push(index, Kind::Fence, fence, Held::Nothing, Arc::default(), operation);
                return self.finish(index, changes);
            }
        };
        self.access(index, operation, access, false);
        // The first half of `test_and_set_bit_lock` does not end it, unless the bit was set.
        matches!(operation.action, Action::Peek { clear: true }) || self.finish(index, changes)
    }

    fn finish(&mut self, index: usize, changes: &[Change]) -> bool {
        for change in changes {
            if let Change::After(barrier) = change {
                self.fence(index, self.lowering.fence(*barrier));
            }
        }
        true
    }

    /// The reads and the write of an operation; `rewrites` if it stores back what it read.
    fn access(&mut self, index: usize, operation: &Operation, access: Access, rewrites: bool) {
        self.fence(index, access.before);
        if let (Some(number), Some(_)) = (operation.number, operation.read) {
            let domain = self.symbols.domains[usize::from(number)].clone();
            let event = self.push(index, Kind::Read, access.read, Held::Read(Some(number)), domain, operation);
            self.reads[usize::from(number)] = set_of(event);
            if access.read.has(Tags::BRANCHED) {
                let (compared, pick_compared) = self.sets(operation.compared);
                self.ctrl = (self.ctrl.0 | compared | set_of(event), self.ctrl.1 | pick_compared);
            }
        }
        let written = match (operation.written, operation.read) {
            (Some(term), _) => Some((term, operation.possible.clone())),
            (None, Some(term)) if rewrites => Some((
                term,
                operation.number.map_or(Arc::default(), |number| self.symbols.domains[usize::from(number)].clone()),
            )),
            _ => None,
        };
        if let Some((term, possible)) = written {
            let event = self.push(index, Kind::Write, access.write, Held::Write(term), possible, operation);
            self.events[event].rmw = operation.read.is_some();
            if access.write.has(Tags::BRANCHED) {
                self.ctrl.0 |= set_of(event);
            }
        }
        self.fence(index, access.after);
    }

    /// A fence that the lowering places, if it places one: not right after one like it, which orders all that a second
    /// one would.
    pub(super) fn fence(&mut self, index: usize, tags: Tags) {
        let like = |event: &LocalEvent| event.kind == Kind::Fence && event.tags == tags && !tags.any(NOT_TWICE);
        if !tags.is_none() && !self.events.last().is_some_and(like) {
            self.bare(index, Kind::Fence, tags, None, Held::Nothing, Arc::default());
        }
    }

    /// An event that depends on nothing but the branches taken.
    pub(super) fn bare(
        &mut self,
        index: usize,
        kind: Kind,
        tags: Tags,
        cell: Option<u16>,
        held: Held,
        possible: Arc<[Datum]>,
    ) {
        let (ctrl, pick_ctrl) = (self.ctrl.0 | self.path.0, self.ctrl.1 | self.path.1);
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
        possible: Arc<[Datum]>,
        operation: &Operation,
    ) -> usize {
        let (mut ctrl, pick_ctrl) = (self.ctrl.0 | self.path.0, self.ctrl.1 | self.path.1);
        let (addr, pick_addr) = self.sets(operation.addr);
        let mut stored = if kind == Kind::Write { operation.data } else { Deps::NONE };
        if let (Some(own), Held::Write(term)) = (operation.number, held)
            && self.lowering.folds
            && self.symbols.is_saturated(term)
        {
            stored.full &= !Deps::on(own).full;
        }
        let (data, mut pick_data) = self.sets(stored);
        // Only a compare-and-swap instruction compares as a select does: an exclusive pair branches.
        if operation.read.is_some() && kind == Kind::Write && !tags.has(Tags::AMO) {
            ctrl |= pick_data;
            if tags.has(Tags::STATUS) {
                self.ctrl.0 |= addr | data | pick_data;
                self.ctrl.1 |= pick_addr;
            }
            pick_data = 0;
        }
        // What can only be one value does not hang on what it is computed from.
        let held = match (held, &possible[..]) {
            (Held::Write(_), &[only]) => Held::Write(Term::Const(only)),
            _ => held,
        };
        self.events.push(LocalEvent {
            kind,
            tags,
            cell: operation.cell,
            held,
            possible,
            operation: index,
            addr,
            data,
            ctrl,
            pick_addr,
            pick_data,
            pick_ctrl,
            rmw: false,
        });
        self.events.len() - 1
    }

    /// The events of these reads: depended on, and depended on through a select.
    fn sets(&self, deps: Deps) -> (u128, u128) {
        let of = |reads: u64| numbers(reads).fold(0, |set, read| set | self.reads[usize::from(read)]);
        (of(deps.full), of(deps.picked))
    }
}
