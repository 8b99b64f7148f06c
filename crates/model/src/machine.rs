//! The architectures' own instructions.

use std::panic::Location as Line;

use fencepost_memory::{Rmw, Width, Word};

use crate::Tags;
use crate::cpu::Cpu;
use crate::operation::Action;
use crate::program::CellRef;
use crate::value::{Value, on_path};

/// An architecture's own instructions. Lowerings leave them as they are; which annotations mean something is up
/// to the model.
pub struct Machine<'c> {
    cpu: &'c Cpu,
}

impl<'c> Machine<'c> {
    pub(crate) fn of(cpu: &'c Cpu) -> Machine<'c> {
        Machine { cpu }
    }

    /// A load.
    #[track_caller]
    pub fn load<W: Width>(&self, cell: &CellRef<W>, tags: Tags) -> Value {
        self.cpu.load(cell, Action::Machine(tags, Tags::NONE), Line::caller())
    }

    /// A store.
    #[track_caller]
    pub fn store<W: Width>(&self, cell: &CellRef<W>, value: Value, tags: Tags) {
        self.cpu.store(cell, value, Action::Machine(Tags::NONE, tags), Line::caller());
    }

    /// A fence.
    #[track_caller]
    pub fn fence(&self, tags: Tags) {
        self.cpu.fence_at(Action::Machine(Tags::NONE, tags), Line::caller());
    }

    /// A read-modify-write, as one instruction ([`Tags::AMO`]) or a successful exclusive pair
    /// ([`Tags::EXCLUSIVE`]), with the annotations of its read and of its write. Returns the old value.
    #[track_caller]
    pub fn rmw<W: Width>(&self, cell: &CellRef<W>, op: Rmw, operand: Value, read: Tags, write: Tags) -> Value {
        self.cpu.modify(cell, op, operand, Action::Machine(read, write), Line::caller())
    }

    /// A compare-and-swap instruction. Returns the old value; no branch is made on it.
    #[track_caller]
    pub fn cas<W: Width>(&self, cell: &CellRef<W>, old: Value, new: Value, read: Tags, write: Tags) -> Value {
        self.compare_exchange(cell, old, new, read, write, read)
    }

    /// A compare-and-swap whose read has other annotations when it fails: `failed`.
    #[track_caller]
    pub fn compare_exchange<W: Width>(
        &self,
        cell: &CellRef<W>,
        old: Value,
        new: Value,
        read: Tags,
        write: Tags,
        failed: Tags,
    ) -> Value {
        let (stored, refused) = (Action::Machine(read, write), Action::Machine(failed, Tags::NONE));
        self.cpu.exchange_if(cell, old, new, stored, refused, Line::caller()).1
    }

    /// Whether the machine does here what it may do but need not, as a store-conditional may fail for no reason.
    /// Both ways are tried; nothing depends on it.
    pub fn may(&self) -> bool {
        on_path(|path| path.choose(2)) == 0
    }

    /// Branches on every read that `value` was computed from, whichever way it goes.
    pub fn branch(&self, value: Value) {
        let _ = value.get();
    }
}
