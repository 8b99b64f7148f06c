//! The operations of the two vocabularies, as operations of the engine's CPU.

use fencepost_memory::{Memory, Order, Rmw, Word};
use fencepost_model::{CellRef, Cpu, Tags, Value};

use super::{Interpreter, computed, minus, signed};
use crate::ast::Call;
use crate::vocabulary::{Arithmetic, Conditional, MemoryOrder, Operation, Strength};

/// The operand that the engine's operation is given: `sub` adds the negative, `andnot` keeps the complement.
fn prepared(arithmetic: Arithmetic, operand: Value) -> Value {
    match arithmetic {
        Arithmetic::Sub => minus(operand),
        Arithmetic::AndNot => !operand,
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

impl Interpreter<'_> {
    /// Carries a call out; its value, or 0 if it has none.
    pub(super) fn call(&mut self, call: &Call) -> Value {
        use Operation as O;
        if !matches!(call.operation, O::Read(_) | O::Load11(_) | O::SpinIsLocked) {
            self.effects += 1;
        }
        let Some((address, operands)) = call.arguments.split_first() else {
            self.at(call.place, |cpu| barrier(cpu, call.operation));
            return Value::from(0);
        };
        let cell = self.cell(address);
        let mut operand = |index: usize| operands.get(index).map_or(Value::from(0), |operand| self.value(operand));
        let (a, b) = (operand(0), operand(1));
        self.at(call.place, |_| self.access(call.operation, &cell, a, b))
    }

    /// An operation that has a value, or else [`Interpreter::effect`].
    fn access(&self, operation: Operation, cell: &CellRef<u64>, a: Value, b: Value) -> Value {
        use Operation as O;
        let (cpu, machine) = (self.cpu, self.cpu.machine());
        match operation {
            O::Read(Order::Acquire) => cpu.load_acquire(cell),
            O::Read(_) => cpu.read_once(cell),
            O::Exchange(order) => cpu.fetch(cell, Rmw::Xchg, a, order),
            O::CompareExchange(order) => cpu.cmpxchg_value(cell, a, b, order),
            O::Fetch(arithmetic, order) => self.fetch(cell, arithmetic, a, order).0,
            O::Return(arithmetic, order) => self.fetch(cell, arithmetic, a, order).1,
            O::AndTest(arithmetic) => {
                let (_, new) = self.fetch(cell, arithmetic, a, Order::Full);
                computed(u64::from(self.is_zero(new)), &[new])
            }
            O::AddNegative(order) => {
                let (_, new) = self.fetch(cell, Arithmetic::Add, a, order);
                computed(u64::from(signed(new) < 0), &[new])
            }
            O::Conditional(condition) => self.conditional(cell, condition, a, b).0,
            O::FetchAddUnless => self.conditional(cell, Conditional::AddUnless, a, b).1,
            O::SpinTrylock => cpu.spin_trylock(&self.lock(cell)),
            O::SpinIsLocked => cpu.spin_is_locked(&self.lock(cell)),
            O::SrcuReadLock => cpu.srcu_read_lock(cell),
            O::Load11(order) => machine.load(cell, tags(order)),
            O::Exchange11(order) => machine.rmw(cell, Rmw::Xchg, a, read_tags(order), write_tags(order)),
            O::Fetch11(arithmetic, order) => {
                let a = prepared(arithmetic, a);
                machine.rmw(cell, arithmetic.rmw(), a, read_tags(order), write_tags(order))
            }
            O::Compare11(success, failure, strength) => self.compare(cell, a, b, success, failure, strength),
            _ => {
                self.effect(operation, cell, a);
                Value::from(0)
            }
        }
    }

    /// The same cell as a spinlock.
    fn lock(&self, cell: &CellRef<u64>) -> CellRef<u32> {
        let is_observed = self.shared.observed.get(cell.index()) == Some(&true);
        self.locks_observed.set(self.locks_observed.get() | is_observed);
        self.cpu.deref(self.cpu.address_of(cell)).expect("the address of a cell is one")
    }

    /// An operation without a value.
    fn effect(&self, operation: Operation, cell: &CellRef<u64>, a: Value) {
        use Operation as O;
        let cpu = self.cpu;
        match operation {
            O::Write(Order::Release) => cpu.store_release(cell, a),
            O::Write(_) => cpu.write_once(cell, a),
            O::WriteThenFence => {
                cpu.write_once(cell, a);
                cpu.smp_mb();
            }
            O::Modify(arithmetic) => cpu.atomic(cell, arithmetic.rmw(), prepared(arithmetic, a)),
            O::SpinLock => cpu.spin_lock(&self.lock(cell)),
            O::SpinUnlock => cpu.spin_unlock(&self.lock(cell)),
            O::SrcuReadUnlock => cpu.srcu_read_unlock(cell, a),
            O::SynchronizeSrcu => cpu.synchronize_srcu(cell),
            O::Store11(order) => cpu.machine().store(cell, a, tags(order)),
            _ => {}
        }
    }

    /// C11's compare-exchange of `cell` with what lies at the address `expected`, which gets the value seen on failure.
    fn compare(
        &self,
        cell: &CellRef<u64>,
        expected: Value,
        desired: Value,
        success: MemoryOrder,
        failure: MemoryOrder,
        strength: Strength,
    ) -> Value {
        let expected = self.deref(expected);
        let machine = self.cpu.machine();
        let old = machine.load(&expected, Tags::PLAIN);
        let seen = if strength == Strength::Weak && machine.may() {
            let seen = machine.load(cell, read_tags(failure));
            machine.store(&expected, seen, Tags::PLAIN);
            return computed(0, &[seen]);
        } else {
            machine.compare_exchange(cell, old, desired, read_tags(success), write_tags(success), read_tags(failure))
        };
        let stored = self.is_zero(seen - old);
        if !stored {
            machine.store(&expected, seen, Tags::PLAIN);
        }
        computed(u64::from(stored), &[seen, old])
    }

    /// The old and the new value.
    fn fetch(&self, cell: &CellRef<u64>, arithmetic: Arithmetic, operand: Value, order: Order) -> (Value, Value) {
        let operand = prepared(arithmetic, operand);
        let old = self.cpu.fetch(cell, arithmetic.rmw(), operand, order);
        let new = match arithmetic {
            Arithmetic::Add | Arithmetic::Sub => old + operand,
            Arithmetic::And | Arithmetic::AndNot => old & operand,
            Arithmetic::Or => old | operand,
            Arithmetic::Xor => old ^ operand,
        };
        (old, new)
    }

    /// Whether it was carried out (for `dec_if_positive`: the old value less 1), and the old value.
    fn conditional(&self, cell: &CellRef<u64>, condition: Conditional, add: Value, unless: Value) -> (Value, Value) {
        let add = match condition {
            Conditional::AddUnless => add,
            Conditional::IncNotZero | Conditional::IncUnlessNegative => 1.into(),
            Conditional::DecUnlessPositive | Conditional::DecIfPositive => u64::MAX.into(),
        };
        let goes = |old: Value| match condition {
            Conditional::AddUnless => !(old - unless).is(0),
            Conditional::IncNotZero => !old.is(0),
            Conditional::IncUnlessNegative => signed(old) >= 0,
            Conditional::DecUnlessPositive => signed(old) <= 0,
            Conditional::DecIfPositive => signed(old) > 0,
        };
        let update = |old: Value| goes(old).then(|| old + add);
        // Whether it is carried out is no branch of the test's: the result carries the dependency.
        let result = self.cpu.scoped(|cpu| cpu.fetch_update(cell, Order::Full, update));
        let old = result.unwrap_or_else(|old| old);
        let first = match condition {
            Conditional::DecIfPositive => old + add,
            _ => computed(u64::from(result.is_ok()), &[old]),
        };
        (first, old)
    }
}
