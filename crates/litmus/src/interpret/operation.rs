//! The operations of the two vocabularies, as operations of the engine's CPU.

use fencepost_memory::{Memory, Order, Rmw, Word};
use fencepost_model::{CellRef, Cpu, Tags, Value};

use super::typed::Typed;
use super::{Fallacy, Interpreter};
use crate::ast::Call;
use crate::error::Place;
use crate::types::Type;
use crate::vocabulary::{Arithmetic, Conditional, MemoryOrder, Operation, Strength};

/// The operand that the engine's operation is given: `sub` adds the negative, `andnot` keeps the complement.
fn prepared(arithmetic: Arithmetic, operand: Value, ty: Type) -> Value {
    match arithmetic {
        Arithmetic::Sub => Typed::cut(Value::from(0) - operand, ty).value,
        Arithmetic::AndNot => operand ^ ty.mask().into(),
        _ => operand,
    }
}

/// The annotations of a C11 load, store or fence.
fn tags(order: MemoryOrder) -> Tags {
    match order {
        MemoryOrder::Relaxed => Tags::NONE,
        MemoryOrder::Acquire => Tags::ACQUIRE,
        MemoryOrder::Release => Tags::RELEASE,
        MemoryOrder::AcqRel => Tags::ACQUIRE | Tags::RELEASE,
        MemoryOrder::SeqCst => Tags::SEQ_CST,
    }
}

/// The annotations of the read of a C11 read-modify-write.
fn read_tags(order: MemoryOrder) -> Tags {
    tags(order).without(Tags::RELEASE)
}

/// The annotations of its write.
fn write_tags(order: MemoryOrder) -> Tags {
    tags(order).without(Tags::ACQUIRE)
}

/// An operation on no variable.
fn barrier(cpu: &Cpu, operation: Operation) {
    use Operation as O;
    match operation {
        O::Barrier(barrier) => cpu.smp_barrier(barrier),
        O::Fence11(order) => cpu.machine().fence(Tags::C11_FENCE | tags(order)),
        O::RcuReadLock => cpu.rcu_read_lock(),
        O::RcuReadUnlock => cpu.rcu_read_unlock(),
        O::SynchronizeRcu => cpu.synchronize_rcu(),
        _ => {}
    }
}

/// What an operation is on: a variable of this type, at this place of the text.
#[derive(Clone, Copy)]
struct On<'c> {
    cell: &'c CellRef<u64>,
    ty: Type,
    place: Place,
}

impl Interpreter<'_> {
    /// Carries a call out; its value, or 0 if it has none; `None` if that has no meaning here.
    pub(super) fn call(&mut self, call: &Call) -> Option<Typed> {
        use Operation as O;
        if !matches!(call.operation, O::Read(_) | O::Load11(_) | O::SpinIsLocked) {
            self.effects += 1;
        }
        let Some((address, operands)) = call.arguments.split_first() else {
            self.at(call.place, |cpu| barrier(cpu, call.operation));
            return Some(Typed::ZERO);
        };
        let (cell, ty) = self.cell(address, call.place)?;
        let mut operand = |index: usize| operands.get(index).map_or(Typed::ZERO, |operand| self.value(operand));
        let (a, b) = (operand(0), operand(1));
        let on = On { cell: &cell, ty, place: call.place };
        self.at(call.place, |_| match call.operation {
            O::Compare11(success, failure, strength) => self.compare(on, a, b, success, failure, strength),
            operation if operation.is_sleepable() || operation.is_on_lock() => self.special(operation, on, a),
            operation => self.access(operation, on, a.to(on.ty), b.to(on.ty)),
        })
    }

    /// An operation that has a value, or else [`Interpreter::effect`].
    fn access(&self, operation: Operation, on: On<'_>, a: Value, b: Value) -> Option<Typed> {
        use Operation as O;
        let (cpu, machine, On { cell, ty, .. }) = (self.cpu, self.cpu.machine(), on);
        let seen = |value| Typed::new(value, ty);
        Some(match operation {
            O::Read(Order::Acquire) => seen(cpu.load_acquire(cell)),
            O::Read(_) => seen(cpu.read_once(cell)),
            O::Exchange(order) => seen(cpu.fetch(cell, Rmw::Xchg, a, order)),
            O::CompareExchange(order) => seen(cpu.cmpxchg_value(cell, a, b, order)),
            O::Fetch(arithmetic, order) => self.fetch(on, arithmetic, a, order)?.0,
            O::Return(arithmetic, order) => self.fetch(on, arithmetic, a, order)?.1,
            O::AndTest(arithmetic) => {
                let (_, new) = self.fetch(on, arithmetic, a, Order::Full)?;
                Typed::truth(new.is_zero(), &[new.value])
            }
            O::AddNegative(order) => {
                let (_, new) = self.fetch(on, Arithmetic::Add, a, order)?;
                Typed::truth(new.number() < 0, &[new.value])
            }
            O::Conditional(condition) => self.conditional(on, condition, a, b).0,
            O::FetchAddUnless => self.conditional(on, Conditional::AddUnless, a, b).1,
            O::Load11(order) => seen(machine.load(cell, tags(order))),
            O::Exchange11(order) => seen(machine.rmw(cell, Rmw::Xchg, a, read_tags(order), write_tags(order))),
            O::Fetch11(arithmetic, order) => {
                let (operand, rmw) = (prepared(arithmetic, a, ty), arithmetic.rmw());
                seen(match self.narrow(on)? {
                    None => machine.rmw(cell, rmw, operand, read_tags(order), write_tags(order)),
                    Some(narrow) => machine.rmw(&narrow, rmw, operand, read_tags(order), write_tags(order)),
                })
            }
            _ => {
                self.effect(operation, on, a)?;
                Typed::ZERO
            }
        })
    }

    /// The same cell as one of 32 bits, whose sums are cut to that, if it has as many, or 64.
    fn narrow(&self, on: On<'_>) -> Option<Option<CellRef<u32>>> {
        let (what, remedy) = match on.ty.width() {
            _ if on.ty.is_pointer() => ("changes an address by atomic arithmetic", "make the variable a `long`"),
            64 => return Some(None),
            32 => return Some(Some(self.view(on.cell))),
            _ => ("changes a variable of less than 32 bits by atomic arithmetic", "make the variable an `int`"),
        };
        self.errs(Fallacy { place: on.place, what, remedy, is_refused: true })
    }

    fn view(&self, cell: &CellRef<u64>) -> CellRef<u32> {
        self.cpu.deref(self.cpu.address_of(cell)).expect("the address of a cell is one")
    }

    /// The same cell as a spinlock.
    fn lock(&self, cell: &CellRef<u64>, place: Place) -> Option<CellRef<u32>> {
        if !self.shared.cleared[cell.index()] {
            let what = "uses a spinlock that is locked at the beginning, by nobody";
            let remedy = "let the lock be 0 at the beginning";
            return self.errs(Fallacy { place, what, remedy, is_refused: true });
        }
        let is_observed = self.shared.observed.get(cell.index()) == Some(&true);
        self.locks_observed.set(self.locks_observed.get() | is_observed);
        Some(self.view(cell))
    }

    /// An operation on a lock or a domain of sleepable RCU.
    fn special(&self, operation: Operation, on: On<'_>, index: Typed) -> Option<Typed> {
        use Operation as O;
        let (cpu, On { cell, place, .. }) = (self.cpu, on);
        let value = match operation {
            O::SpinTrylock => cpu.spin_trylock(&self.lock(cell, place)?),
            O::SpinIsLocked => cpu.spin_is_locked(&self.lock(cell, place)?),
            O::SrcuReadLock => cpu.srcu_read_lock(cell),
            _ => {
                match operation {
                    O::SpinLock => cpu.spin_lock(&self.lock(cell, place)?),
                    O::SpinUnlock => cpu.spin_unlock(&self.lock(cell, place)?),
                    O::SrcuReadUnlock => cpu.srcu_read_unlock(cell, index.to(Type::INT)),
                    _ => cpu.synchronize_srcu(cell),
                }
                0.into()
            }
        };
        Some(Typed::new(value, Type::INT))
    }

    /// An operation without a value.
    fn effect(&self, operation: Operation, on: On<'_>, a: Value) -> Option<()> {
        use Operation as O;
        let (cpu, On { cell, ty, .. }) = (self.cpu, on);
        match operation {
            O::Write(Order::Release) => cpu.store_release(cell, a),
            O::Write(_) => cpu.write_once(cell, a),
            O::WriteThenFence => {
                cpu.write_once(cell, a);
                cpu.smp_mb();
            }
            O::Modify(arithmetic) => {
                let (operand, rmw) = (prepared(arithmetic, a, ty), arithmetic.rmw());
                match self.narrow(on)? {
                    None => cpu.atomic(cell, rmw, operand),
                    Some(narrow) => cpu.atomic(&narrow, rmw, operand),
                }
            }
            O::Store11(order) => cpu.machine().store(cell, a, tags(order)),
            _ => {}
        }
        Some(())
    }

    /// C11's compare-exchange with what lies at the address `expected`, which gets the value seen on failure.
    fn compare(
        &self,
        on: On<'_>,
        expected: Typed,
        desired: Typed,
        success: MemoryOrder,
        failure: MemoryOrder,
        strength: Strength,
    ) -> Option<Typed> {
        let On { cell, ty, place } = on;
        let desired = desired.to(ty);
        let (expected, kept) = self.deref(expected, place)?;
        let machine = self.cpu.machine();
        let keep = |seen: Value| machine.store(&expected, Typed::new(seen, ty).to(kept), Tags::PLAIN);
        let old = Typed::new(machine.load(&expected, Tags::PLAIN), kept).to(ty);
        if strength == Strength::Weak && machine.may() {
            let seen = machine.load(cell, read_tags(failure));
            keep(seen);
            return Some(Typed::truth(false, &[seen]));
        }
        let seen =
            machine.compare_exchange(cell, old, desired, read_tags(success), write_tags(success), read_tags(failure));
        let stored = seen.equals(old);
        if !stored {
            keep(seen);
        }
        Some(Typed::truth(stored, &[seen, old]))
    }

    /// The old and the new value.
    fn fetch(&self, on: On<'_>, arithmetic: Arithmetic, operand: Value, order: Order) -> Option<(Typed, Typed)> {
        let operand = prepared(arithmetic, operand, on.ty);
        let old = match self.narrow(on)? {
            None => self.cpu.fetch(on.cell, arithmetic.rmw(), operand, order),
            Some(narrow) => self.cpu.fetch(&narrow, arithmetic.rmw(), operand, order),
        };
        let new = match arithmetic {
            Arithmetic::Add | Arithmetic::Sub => Typed::cut(old + operand, on.ty),
            Arithmetic::And | Arithmetic::AndNot => Typed::new(old & operand, on.ty),
            Arithmetic::Or => Typed::new(old | operand, on.ty),
            Arithmetic::Xor => Typed::new(old ^ operand, on.ty),
        };
        Some((Typed::new(old, on.ty), new))
    }

    /// Whether it was carried out (for `dec_if_positive`: the old value less 1), and the old value.
    fn conditional(&self, on: On<'_>, condition: Conditional, add: Value, unless: Value) -> (Typed, Typed) {
        let On { cell, ty, .. } = on;
        let add = match condition {
            Conditional::AddUnless => add,
            Conditional::IncNotZero | Conditional::IncUnlessNegative => 1.into(),
            Conditional::DecUnlessPositive | Conditional::DecIfPositive => ty.mask().into(),
        };
        let sum = |old: Value| Typed::cut(old + add, ty);
        let goes = |old: Value| match condition {
            Conditional::AddUnless => !(old - unless).is(0),
            Conditional::IncNotZero => !old.is(0),
            Conditional::IncUnlessNegative => Typed::new(old, ty).number() >= 0,
            Conditional::DecUnlessPositive => Typed::new(old, ty).number() <= 0,
            Conditional::DecIfPositive => Typed::new(old, ty).number() > 0,
        };
        let update = |old: Value| goes(old).then(|| sum(old).value);
        // Whether it is carried out is no branch of the test's: the result carries the dependency.
        let result = self.cpu.scoped(|cpu| cpu.fetch_update(cell, Order::Full, update));
        let old = result.unwrap_or_else(|old| old);
        let first = match condition {
            Conditional::DecIfPositive => sum(old),
            _ => Typed::truth(result.is_ok(), &[old]),
        };
        (first, Typed::new(old, ty))
    }
}
