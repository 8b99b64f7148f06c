//! A thread of a test, carried out on the engine's CPU.
//!
//! Nothing here knows a memory model: an operation of the test is an operation of [`Cpu`], a register holds a
//! [`Value`] with the reads that it came from, and `if` is a branch on one.

use std::sync::atomic::{AtomicBool, Ordering};

use fencepost_memory::{Memory, Order, Rmw, Word};
use fencepost_model::{CellRef, Cpu, Tags, Value};

use crate::ast::{Binary, Call, Expression, Init, Statement, Thread, Unary};
use crate::vocabulary::{Arithmetic, Conditional, Fence, MemoryOrder, Operation, Strength};

/// The distance of two cells' addresses.
const STEP: u64 = 64;

/// What the threads of a test share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// By element, all variables one after the other.
    pub cells: Vec<CellRef<u64>>,
    /// By element: the first element and the number of elements of its variable.
    pub extents: Vec<(usize, usize)>,
    /// By variable: its first element.
    pub first: Vec<usize>,
    /// The address of element 0.
    pub base: u64,
    /// Whether addresses are stored, or assigned to registers: then any value may be one.
    pub addresses_travel: bool,
    /// Whether unmarked accesses are C11's, not the kernel's.
    pub c11: bool,
    /// The most turns of one loop.
    pub max_turns: usize,
    /// Whether a run was given up because a loop turned more often.
    pub cut: AtomicBool,
    /// Whether a run was given up because it used a number as an address, or divided by 0.
    pub undefined: AtomicBool,
}

impl Shared {
    /// The element at that address.
    pub fn element(&self, address: u64) -> Option<usize> {
        let offset = address.checked_sub(self.base)?;
        let index = usize::try_from(offset / STEP).ok()?;
        (offset % STEP == 0 && index < self.cells.len()).then_some(index)
    }

    pub fn value_of(&self, init: Init) -> u64 {
        match init {
            Init::Number(number) => number.cast_unsigned(),
            Init::Address(variable, element) => self.base + (self.first[variable] + element) as u64 * STEP,
        }
    }
}

/// One run of a thread.
pub(crate) struct Interpreter<'r> {
    cpu: &'r Cpu,
    thread: &'r Thread,
    shared: &'r Shared,
    registers: Vec<Value>,
    /// The writes and barriers so far: a turn of a loop without one, and with the registers as before it, is idle.
    effects: usize,
}

/// A number that depends on the same reads as `values`.
///
/// [`Value::observe`](Word::observe) settles a value, one run for each that it can have: what can be asked of it as a
/// yes or no should be asked by [`Interpreter::is_zero`].
fn computed(bits: u64, values: &[Value]) -> Value {
    values.iter().fold(Value::from(bits), |result, value| result | (*value & 0.into()))
}

fn minus(value: Value) -> Value {
    Value::from(0) - value
}

/// The operand that the engine's operation is given: `sub` adds the negative, `andnot` keeps the complement.
fn prepared(arithmetic: Arithmetic, operand: Value) -> Value {
    match arithmetic {
        Arithmetic::Sub => minus(operand),
        Arithmetic::AndNot => !operand,
        _ => operand,
    }
}

/// The value of a call that has none.
fn done((): ()) -> Value {
    Value::from(0)
}

/// The same cell as a spinlock.
fn lock(cpu: &Cpu, cell: &CellRef<u64>) -> CellRef<u32> {
    cpu.deref(cpu.address_of(cell)).expect("the address of a cell is one")
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

fn signed(value: Value) -> i64 {
    value.observe().cast_signed()
}

impl<'r> Interpreter<'r> {
    /// Runs the thread; what it leaves in the registers `kept`.
    pub fn run(thread: &'r Thread, kept: &[usize], shared: &'r Shared, cpu: &'r Cpu) -> Vec<u64> {
        let registers = thread.registers.iter().map(|register| shared.value_of(register.init).into()).collect();
        let mut interpreter = Interpreter { cpu, thread, shared, registers, effects: 0 };
        interpreter.statements(&thread.body);
        kept.iter().map(|&register| interpreter.registers[register].observe()).collect()
    }

    /// Leaves this run out of the search.
    fn give_up(&self, why: &AtomicBool) -> ! {
        why.store(true, Ordering::Relaxed);
        self.cpu.cpu_relax();
        unreachable!("a checker gives up the execution at cpu_relax()")
    }

    fn statements(&mut self, list: &[Statement]) {
        list.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Assign(register, value) => self.registers[*register] = self.value(value),
            Statement::Store { address, value } => {
                let cell = self.cell(address);
                let value = self.value(value);
                self.effects += 1;
                if self.shared.c11 {
                    self.cpu.machine().store(&cell, value, Tags::PLAIN);
                } else {
                    self.cpu.write_plain(&cell, value);
                }
            }
            Statement::If { condition, then, otherwise } => {
                let condition = self.value(condition);
                self.branch(condition, |run, taken| run.statements(if taken { then } else { otherwise }));
            }
            Statement::While { condition, body } => self.turn(condition, body, 0),
            Statement::Evaluate(value) => {
                self.value(value);
            }
        }
    }

    /// Branches on `condition`. The control dependency reaches what `arms` does, and nothing after it.
    fn branch<R>(&mut self, condition: Value, arms: impl FnOnce(&mut Self, bool) -> R) -> R {
        let cpu = self.cpu;
        cpu.scoped(|_| arms(self, !condition.is(0)))
    }

    /// Whether a value is 0, without a branch.
    fn is_zero(&self, value: Value) -> bool {
        self.cpu.scoped(|_| value.is(0))
    }

    /// The rest of a loop that turned `turns` times. Each turn lies inside the branch before it.
    fn turn(&mut self, condition: &Expression, body: &[Statement], turns: usize) {
        let value = self.value(condition);
        self.branch(value, |run, taken| {
            if !taken {
                return;
            }
            if turns == run.shared.max_turns {
                run.give_up(&run.shared.cut);
            }
            let (before, effects) = (run.state(), run.effects);
            run.statements(body);
            // Without this turn the same would follow.
            if run.effects == effects && run.state() == before {
                run.cpu.cpu_relax();
            }
            run.turn(condition, body, turns + 1);
        });
    }

    fn state(&self) -> Vec<u64> {
        self.registers.iter().map(|value| value.observe()).collect()
    }

    /// The cell at an address.
    fn cell(&mut self, address: &Expression) -> CellRef<u64> {
        let address = self.value(address);
        self.deref(address)
    }

    fn deref(&self, address: Value) -> CellRef<u64> {
        let in_range = self.shared.element(address.observe()).is_some();
        match self.cpu.deref(address).filter(|_| in_range) {
            Some(cell) => cell,
            None => self.give_up(&self.shared.undefined),
        }
    }

    fn value(&mut self, expression: &Expression) -> Value {
        match expression {
            Expression::Number(number) => number.cast_unsigned().into(),
            Expression::Register(register) => self.registers[*register],
            Expression::Load(address) => {
                let cell = self.cell(address);
                if self.shared.c11 { self.cpu.machine().load(&cell, Tags::PLAIN) } else { self.cpu.read_plain(&cell) }
            }
            Expression::Unary(operator, operand) => {
                let value = self.value(operand);
                match operator {
                    Unary::Minus => minus(value),
                    Unary::Complement => !value,
                    Unary::Not => computed(u64::from(self.is_zero(value)), &[value]),
                }
            }
            Expression::Binary(Binary::And, a, b) => self.connective(a, b, true),
            Expression::Binary(Binary::Or, a, b) => self.connective(a, b, false),
            Expression::Binary(operator, a, b) => {
                let pointers = self.shared.addresses_travel || self.is_address(a) || self.is_address(b);
                let (a, b) = (self.value(a), self.value(b));
                match operator {
                    Binary::Add if pointers => self.offset(a, b),
                    Binary::Subtract if pointers => self.distance(a, b),
                    operator => self.binary(*operator, a, b),
                }
            }
            Expression::Call(call) => self.call(call),
        }
    }

    /// `a && b`, or `a || b`: `b` is evaluated if the truth of `a` is `if_`.
    fn connective(&mut self, a: &Expression, b: &Expression, if_: bool) -> Value {
        let a = self.value(a);
        self.branch(a, |run, truth| {
            if truth != if_ {
                return computed(u64::from(truth), &[a]);
            }
            let b = run.value(b);
            computed(u64::from(!run.is_zero(b)), &[a, b])
        })
    }

    /// Whether the expression is an address in a test whose addresses do not travel.
    fn is_address(&self, expression: &Expression) -> bool {
        match expression {
            Expression::Register(register) => self.thread.registers[*register].is_address(),
            Expression::Binary(Binary::Add | Binary::Subtract, a, b) => self.is_address(a) || self.is_address(b),
            _ => false,
        }
    }

    fn binary(&self, operator: Binary, a: Value, b: Value) -> Value {
        let truth = |truth| computed(u64::from(truth), &[a, b]);
        match operator {
            Binary::Add => a + b,
            Binary::Subtract => a - b,
            Binary::BitOr => a | b,
            Binary::BitXor => a ^ b,
            Binary::BitAnd => a & b,
            Binary::Equal => truth(self.is_zero(a - b)),
            Binary::Unequal => truth(!self.is_zero(a - b)),
            Binary::Or => truth(!self.is_zero(a) || !self.is_zero(b)),
            Binary::And => truth(!self.is_zero(a) && !self.is_zero(b)),
            _ => self.arithmetic(operator, a, b),
        }
    }

    /// The operators that need the numbers themselves.
    fn arithmetic(&self, operator: Binary, a: Value, b: Value) -> Value {
        let (x, y) = (signed(a), signed(b));
        let number = match operator {
            Binary::Less => i64::from(x < y),
            Binary::LessOrEqual => i64::from(x <= y),
            Binary::Greater => i64::from(x > y),
            Binary::GreaterOrEqual => i64::from(x >= y),
            Binary::ShiftLeft if (0..64).contains(&y) => x << y,
            Binary::ShiftLeft => 0,
            Binary::ShiftRight => x >> y.clamp(0, 63),
            Binary::Divide | Binary::Remainder if y == 0 => self.give_up(&self.shared.undefined),
            Binary::Divide => x.wrapping_div(y),
            Binary::Remainder => x.wrapping_rem(y),
            _ => x.wrapping_mul(y),
        };
        computed(number.cast_unsigned(), &[a, b])
    }

    /// `a + b`, of which one may be an address.
    fn offset(&self, a: Value, b: Value) -> Value {
        match (self.shared.element(a.observe()), self.shared.element(b.observe())) {
            (Some(element), None) => self.moved(element, a, b),
            (None, Some(element)) => self.moved(element, b, a),
            _ => a + b,
        }
    }

    /// `a - b`, of which the first or both may be addresses.
    fn distance(&self, a: Value, b: Value) -> Value {
        match (self.shared.element(a.observe()), self.shared.element(b.observe())) {
            (Some(element), None) => self.moved(element, a, minus(b)),
            (Some(left), Some(right)) => computed((left as u64).wrapping_sub(right as u64), &[a, b]),
            _ => a - b,
        }
    }

    /// The address `by` elements further. Outside its array it is nobody's address.
    fn moved(&self, element: usize, address: Value, by: Value) -> Value {
        let (first, size) = self.shared.extents[element];
        let by_bits = by.observe();
        let place = (element as i64).wrapping_add(by_bits.cast_signed());
        let inside = (first as i64..(first + size) as i64).contains(&place);
        let offset = by_bits.wrapping_mul(STEP) | u64::from(!inside);
        address + computed(offset, &[by])
    }

    fn call(&mut self, call: &Call) -> Value {
        use Operation as O;
        if !matches!(call.operation, O::Read(_) | O::Load11(_) | O::SpinIsLocked) {
            self.effects += 1;
        }
        let cpu = self.cpu;
        match (call.operation, call.arguments.split_first()) {
            (operation, Some((address, operands))) => self.access(operation, address, operands),
            (O::Fence(fence), None) => done(self.fence(fence)),
            (O::Fence11(order), None) => done(cpu.machine().fence(Tags::C11_FENCE | tags(order))),
            (O::RcuReadLock, None) => done(cpu.rcu_read_lock()),
            (O::RcuReadUnlock, None) => done(cpu.rcu_read_unlock()),
            (O::SynchronizeRcu, None) => done(cpu.synchronize_rcu()),
            (_, None) => Value::from(0),
        }
    }

    /// An operation on the variable at `address`.
    fn access(&mut self, operation: Operation, address: &Expression, operands: &[Expression]) -> Value {
        use Operation as O;
        let cell = self.cell(address);
        let mut operand = |index: usize| operands.get(index).map_or(Value::from(0), |operand| self.value(operand));
        let (a, b) = (operand(0), operand(1));
        let (cpu, machine) = (self.cpu, self.cpu.machine());
        match operation {
            O::Read(Order::Acquire) => cpu.load_acquire(&cell),
            O::Read(_) | O::SpinIsLocked => cpu.read_once(&cell),
            O::Write(Order::Release) => done(cpu.store_release(&cell, a)),
            O::Write(_) => done(cpu.write_once(&cell, a)),
            O::WriteThenFence => {
                cpu.write_once(&cell, a);
                done(cpu.smp_mb())
            }
            O::Exchange(order) => cpu.fetch(&cell, Rmw::Xchg, a, order),
            O::CompareExchange(order) => cpu.cmpxchg_value(&cell, a, b, order),
            O::Modify(arithmetic) => done(cpu.atomic(&cell, arithmetic.rmw(), prepared(arithmetic, a))),
            O::Fetch(arithmetic, order) => self.fetch(&cell, arithmetic, a, order).0,
            O::Return(arithmetic, order) => self.fetch(&cell, arithmetic, a, order).1,
            O::AndTest(arithmetic) => {
                let (_, new) = self.fetch(&cell, arithmetic, a, Order::Full);
                computed(u64::from(self.is_zero(new)), &[new])
            }
            O::AddNegative(order) => {
                let (_, new) = self.fetch(&cell, Arithmetic::Add, a, order);
                computed(u64::from(signed(new) < 0), &[new])
            }
            O::Conditional(condition) => self.conditional(&cell, condition, a, b).0,
            O::FetchAddUnless => self.conditional(&cell, Conditional::AddUnless, a, b).1,
            O::SpinLock => done(cpu.spin_lock(&lock(cpu, &cell))),
            O::SpinUnlock => done(cpu.spin_unlock(&lock(cpu, &cell))),
            O::SpinTrylock => cpu.spin_trylock(&lock(cpu, &cell)),
            O::SrcuReadLock | O::SrcuReadUnlock | O::SynchronizeSrcu => Value::from(0),
            O::Load11(order) => machine.load(&cell, tags(order)),
            O::Store11(order) => done(machine.store(&cell, a, tags(order))),
            O::Exchange11(order) => machine.rmw(&cell, Rmw::Xchg, a, read_tags(order), write_tags(order)),
            O::Fetch11(arithmetic, order) => {
                let a = prepared(arithmetic, a);
                machine.rmw(&cell, arithmetic.rmw(), a, read_tags(order), write_tags(order))
            }
            O::Compare11(success, failure, strength) => self.compare(&cell, a, b, success, failure, strength),
            O::Fence(_) | O::Fence11(_) | O::RcuReadLock | O::RcuReadUnlock | O::SynchronizeRcu => Value::from(0),
        }
    }

    /// C11's compare-exchange of `cell` with what lies at the address `expected`, which gets the value seen on failure.
    fn compare(
        &mut self,
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

    fn fence(&self, fence: Fence) {
        let cpu = self.cpu;
        match fence {
            Fence::Full => cpu.smp_mb(),
            Fence::Read => cpu.smp_rmb(),
            Fence::Write => cpu.smp_wmb(),
            Fence::Compiler => cpu.barrier(),
            Fence::BeforeAtomic => cpu.machine().fence(Tags::BEFORE_ATOMIC),
            Fence::AfterAtomic => cpu.machine().fence(Tags::AFTER_ATOMIC),
            Fence::AfterSpinlock => cpu.machine().fence(Tags::AFTER_SPINLOCK),
            Fence::AfterUnlockLock => cpu.machine().fence(Tags::AFTER_UNLOCK_LOCK),
            Fence::AfterSrcuReadUnlock => {}
        }
    }
}
