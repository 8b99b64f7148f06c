//! A thread of a test, carried out on the engine's CPU.
//!
//! Nothing here knows a memory model: an operation of the test is an operation of [`Cpu`], a register holds a
//! [`Value`] with the reads that it came from, and `if` is a branch on one.

mod operation;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use fencepost_memory::{Memory, Word};
use fencepost_model::{CellRef, Cpu, Tags, Value};

use crate::ast::{Binary, Expression, Init, Statement, Thread, Unary};
use crate::condition::Datum;
use crate::error::Place;

/// The distance of two cells' addresses.
const STEP: u64 = 64;

/// What the threads of a test share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// By element, all variables one after the other.
    pub cells: Vec<CellRef<u64>>,
    /// By element: the first element and the number of elements of its variable.
    pub extents: Vec<(usize, usize)>,
    /// By element: how it is printed as an address.
    pub names: Vec<String>,
    /// By element: whether somebody looks at its final value. Empty if it is not asked which locks are looked at.
    pub observed: Vec<bool>,
    /// By variable: its first element.
    pub first: Vec<usize>,
    /// The address of element 0.
    pub base: u64,
    /// Whether addresses are stored, or assigned to registers: then any value may be one.
    pub addresses_travel: bool,
    /// Whether unmarked accesses are C11's, not the kernel's.
    pub c11: bool,
    /// By line of the text: where it begins, and how witnesses call it.
    pub lines: Vec<(Place, Arc<str>)>,
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

    /// What the line of this place is called.
    fn line(&self, place: Place) -> &Arc<str> {
        let after = self.lines.partition_point(|&(start, _)| start <= place);
        &self.lines[after.max(1) - 1].1
    }

    /// What these bits are in a final state.
    pub fn datum(&self, bits: u64) -> Datum {
        self.element(bits)
            .map_or(Datum::Number(bits.cast_signed()), |element| Datum::Address(self.names[element].clone()))
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
    /// Whether some lock so far was one whose final value is looked at.
    locks_observed: Cell<bool>,
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

fn signed(value: Value) -> i64 {
    value.observe().cast_signed()
}

impl<'r> Interpreter<'r> {
    /// Runs the thread; what it leaves in the registers `kept`. Behind that, if it is asked, 1 if it did something to a lock
    /// whose final value is looked at, or 0.
    pub fn run(thread: &'r Thread, kept: &[usize], shared: &'r Shared, cpu: &'r Cpu) -> Vec<Value> {
        let registers = thread.registers.iter().map(|register| shared.value_of(register.init).into()).collect();
        let mut interpreter =
            Interpreter { cpu, thread, shared, registers, effects: 0, locks_observed: Cell::new(false) };
        interpreter.statements(&thread.body);
        let registers = kept.iter().map(|&register| interpreter.registers[register]);
        let locks_observed = u64::from(interpreter.locks_observed.get()).into();
        registers.chain((!shared.observed.is_empty()).then_some(locks_observed)).collect()
    }

    /// Runs `body`, whose operations stand at this place of the text.
    fn at<R>(&self, place: Place, body: impl FnOnce(&Cpu) -> R) -> R {
        self.cpu.labelled(self.shared.line(place), body)
    }

    /// Leaves this run out of the search.
    fn give_up(&self, why: &AtomicBool) -> ! {
        why.store(true, Ordering::Relaxed);
        self.cpu.give_up()
    }

    fn statements(&mut self, list: &[Statement]) {
        list.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Assign(register, value) => self.registers[*register] = self.value(value),
            Statement::Store { address, value, place } => {
                let cell = self.cell(address);
                let value = self.value(value);
                self.effects += 1;
                let c11 = self.shared.c11;
                self.at(*place, |cpu| match c11 {
                    true => cpu.machine().store(&cell, value, Tags::PLAIN),
                    false => cpu.write_plain(&cell, value),
                });
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
        value.equals(0.into())
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
                run.cpu.give_up();
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
            Expression::Load(address, place) => {
                let cell = self.cell(address);
                let c11 = self.shared.c11;
                self.at(*place, |cpu| match c11 {
                    true => cpu.machine().load(&cell, Tags::PLAIN),
                    false => cpu.read_plain(&cell),
                })
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

    /// `a && b`, or `a || b`: `b` is evaluated if the truth of `a` is `if_`. Where it does nothing but compute, a compiler makes
    /// no branch of that.
    fn connective(&mut self, a: &Expression, b: &Expression, if_: bool) -> Value {
        let a = self.value(a);
        let rest = |run: &mut Self, truth: bool| {
            if truth != if_ {
                return computed(u64::from(truth), &[a]);
            }
            let b = run.value(b);
            computed(u64::from(!run.is_zero(b)), &[a, b])
        };
        if b.accesses_memory() {
            return self.branch(a, rest);
        }
        let truth = !self.is_zero(a);
        rest(self, truth)
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
}
