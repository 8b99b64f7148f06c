//! Operations in words: what the kernel calls them.

use fencepost_memory::{Order, Rmw};

use super::Witness;
use super::numbers::Numbers;
use crate::operation::Action;
use crate::relation::Set;

impl Witness {
    /// What an operation is, such as `READ_ONCE(x)`, and what came of it, such as ` = 1`.
    pub(super) fn words(&self, thread: usize, index: usize, numbers: &Numbers) -> (String, String) {
        let operation = &self.traces[thread].operations[index];
        let cell = operation.cell.map(|cell| self.cell(cell)).unwrap_or_default();
        let held = |events| self.held(thread, index, events, numbers);
        let (read, written) = (held(self.skeleton.r), held(self.skeleton.w));
        let changes = format!(" {read} → {written}");
        let is = format!(" = {read}");
        let of = |name: &str, order: Order| format!("{name}{}({cell})", order.suffix());
        let own = |event: &crate::skeleton::Event| event.thread == Some(thread) && event.operation == index;
        let is_plain = self.skeleton.events.iter().any(|event| own(event) && event.tags.has(crate::Tags::PLAIN));
        match operation.action {
            Action::Read(_) if is_plain => (format!("plain read of {cell}"), is),
            Action::Write(_) if is_plain => (format!("plain write of {cell}"), format!(" = {written}")),
            Action::Read(Order::Acquire) => (format!("smp_load_acquire({cell})"), is),
            Action::Read(_) => (format!("READ_ONCE({cell})"), is),
            Action::PlainRead => (format!("plain read of {cell}"), is),
            Action::Write(Order::Release) => (format!("smp_store_release({cell}, {written})"), String::new()),
            Action::Write(_) => (format!("WRITE_ONCE({cell}, {written})"), String::new()),
            Action::PlainWrite => (format!("plain write of {cell}"), format!(" = {written}")),
            Action::Fetch(Rmw::Xchg, order) => (of("xchg", order), changes),
            Action::Fetch(op, order) => (of(&format!("atomic_fetch_{}", verb(op)), order), changes),
            Action::Atomic(op) => (format!("atomic_{}({cell})", verb(op)), changes),
            Action::Exchanged(order) => (of("cmpxchg", order), changes),
            Action::Missed(order) | Action::Refused(order) => (of("cmpxchg", order), format!(" fails on {read}")),
            Action::Peek { clear: true } => (format!("lock bit clear: {cell}"), is),
            Action::SetBit { clear: true } => (format!("lock bit set: {cell}"), changes),
            Action::Peek { clear: false } => (format!("lock bit held: {cell}"), is),
            Action::SetBit { clear: false } => (format!("lock bit held: {cell}"), is),
            Action::SpinHeld => (format!("spin_trylock({cell})"), " fails".into()),
            Action::SpinIsLocked => (format!("spin_is_locked({cell})"), is),
            Action::SpinLock => (format!("spin_lock({cell})"), String::new()),
            Action::SpinUnlock => (format!("spin_unlock({cell})"), String::new()),
            Action::Barrier(barrier) => (barrier.name().into(), String::new()),
            Action::HeavyBarrier => ("membarrier()".into(), String::new()),
            Action::RcuLock => ("rcu_read_lock()".into(), String::new()),
            Action::RcuUnlock => ("rcu_read_unlock()".into(), String::new()),
            Action::GracePeriod => ("synchronize_rcu()".into(), String::new()),
            Action::SrcuLock => (format!("srcu_read_lock({cell})"), is),
            Action::SrcuUnlock => (format!("srcu_read_unlock({cell}, {written})"), String::new()),
            Action::SrcuGracePeriod => (format!("synchronize_srcu({cell})"), String::new()),
            Action::Machine(reads, writes) => match (operation.read, operation.written) {
                (Some(_), Some(_)) => (format!("rmw[{reads}; {writes}]({cell})"), changes),
                (Some(_), None) => (format!("load[{reads}]({cell})"), is),
                (None, Some(_)) => (format!("store[{writes}]({cell}, {written})"), String::new()),
                (None, None) => (writes.to_string(), String::new()),
            },
        }
    }

    fn cell(&self, cell: u16) -> String {
        self.cells.get(usize::from(cell)).cloned().unwrap_or_else(|| format!("hidden{cell}"))
    }

    /// What an event of an operation read or wrote.
    fn held(&self, thread: usize, index: usize, events: Set, numbers: &Numbers) -> String {
        let cell = self.traces[thread].operations[index].cell;
        let mine = events.iter().find(|&event| {
            let event = &self.skeleton.events[event];
            event.thread == Some(thread) && event.operation == index && event.cell == cell
        });
        mine.and_then(|event| self.values[event]).map(|datum| numbers.show(datum)).unwrap_or_default()
    }
}

fn verb(op: Rmw) -> &'static str {
    match op {
        Rmw::Xchg => "xchg",
        Rmw::Add => "add",
        Rmw::Or => "or",
        Rmw::And => "and",
        Rmw::Xor => "xor",
    }
}
