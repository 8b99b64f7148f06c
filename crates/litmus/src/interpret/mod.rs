//! A thread of a test, carried out on the engine's CPU.
//!
//! Nothing here knows a memory model: an operation of the test is an operation of [`Cpu`], a register holds a
//! [`Value`] with the reads that it came from, and `if` is a branch on one.

mod operation;
mod typed;

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use fencepost_memory::{Memory, Word};
use fencepost_model::{CellRef, Cpu, Tags, Value};

use crate::ast::{Binary, Expression, Init, Statement, Thread};
use crate::condition::Datum;
use crate::error::Place;
use crate::types::Type;
use typed::{Typed, computed};

/// The distance of two cells' addresses.
const STEP: u64 = 64;

/// What the threads of a test share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// By element, all variables one after the other.
    pub cells: Vec<CellRef<u64>>,
    /// By element: the first element and the number of elements of its variable.
    pub extents: Vec<(usize, usize)>,
    /// By element: its type.
    pub types: Vec<Type>,
    /// By element: whether it is 0 at the beginning.
    pub cleared: Vec<bool>,
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
    /// Where a run was given up because it did something undefined, and what.
    pub undefined: OnceLock<(Place, &'static str)>,
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

    /// What these bits of a value of this type are in a final state.
    pub fn datum(&self, bits: u64, ty: Type) -> Datum {
        self.element(bits)
            .map_or(Datum::Number(ty.number(bits) as i64), |element| Datum::Address(self.names[element].clone()))
    }

    /// The bits of an initial value of this type.
    pub fn value_of(&self, init: Init, ty: Type) -> u64 {
        match init {
            Init::Number(number) => ty.bits_of(number),
            Init::Address(variable, element) => self.base + (self.first[variable] + element) as u64 * STEP,
        }
    }
}

/// One run of a thread.
pub(crate) struct Interpreter<'r> {
    cpu: &'r Cpu,
    thread: &'r Thread,
    shared: &'r Shared,
    /// Each of its register's type.
    registers: Vec<Value>,
    /// The writes and barriers so far: a turn of a loop without one, and with the registers as before it, is idle.
    effects: usize,
    /// Whether some lock so far was one whose final value is looked at.
    locks_observed: Cell<bool>,
}

impl<'r> Interpreter<'r> {
    /// Runs the thread; what it leaves in the registers `kept`. Behind that, if it is asked, 1 if it did something to a lock
    /// whose final value is looked at, or 0.
    pub fn run(thread: &'r Thread, kept: &[usize], shared: &'r Shared, cpu: &'r Cpu) -> Vec<Value> {
        let initial = thread.registers.iter().map(|register| shared.value_of(register.init, register.ty).into());
        let registers = initial.collect();
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

    /// Leaves this run out of the search, since what it does at `place` is undefined.
    fn give_up(&self, place: Place, what: &'static str) -> ! {
        self.shared.undefined.get_or_init(|| (place, what));
        self.cpu.give_up()
    }

    fn statements(&mut self, list: &[Statement]) {
        list.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Assign(register, value) => {
                let ty = self.thread.registers[*register].ty;
                self.registers[*register] = self.value(value).to(ty);
            }
            Statement::Store { address, value, place } => {
                let cell = self.cell(address, *place);
                let value = self.value(value).to(self.type_of(&cell));
                self.effects += 1;
                let c11 = self.shared.c11;
                self.at(*place, |cpu| match c11 {
                    true => cpu.machine().store(&cell, value, Tags::PLAIN),
                    false => cpu.write_plain(&cell, value),
                });
            }
            Statement::If { condition, then, otherwise } => {
                let condition = self.value(condition).value;
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

    /// The rest of a loop that turned `turns` times. Each turn lies inside the branch before it.
    fn turn(&mut self, condition: &Expression, body: &[Statement], turns: usize) {
        let value = self.value(condition).value;
        self.branch(value, |run, taken| {
            if !taken {
                return;
            }
            if turns == run.shared.max_turns {
                run.shared.cut.store(true, Ordering::Relaxed);
                run.cpu.give_up();
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

    /// The cell at an address, which is used at `place`.
    fn cell(&mut self, address: &Expression, place: Place) -> CellRef<u64> {
        let address = self.value(address).to(Type::ADDRESS);
        self.deref(address, place)
    }

    fn deref(&self, address: Value, place: Place) -> CellRef<u64> {
        let in_range = self.shared.element(address.observe()).is_some();
        match self.cpu.deref(address).filter(|_| in_range) {
            Some(cell) => cell,
            None => self.give_up(place, "uses something as an address that is not the address of a variable"),
        }
    }

    fn type_of(&self, cell: &CellRef<u64>) -> Type {
        self.shared.types[cell.index()]
    }

    fn value(&mut self, expression: &Expression) -> Typed {
        match expression {
            Expression::Number(number, ty) => Typed::new(ty.bits_of(*number).into(), *ty),
            Expression::Register(register) => {
                Typed::new(self.registers[*register], self.thread.registers[*register].ty)
            }
            Expression::Load(address, place) => {
                let cell = self.cell(address, *place);
                let c11 = self.shared.c11;
                let value = self.at(*place, |cpu| match c11 {
                    true => cpu.machine().load(&cell, Tags::PLAIN),
                    false => cpu.read_plain(&cell),
                });
                Typed::new(value, self.type_of(&cell))
            }
            Expression::Cast(ty, operand) => Typed::new(self.value(operand).to(*ty), *ty),
            Expression::Unary(operator, operand) => self.value(operand).unary(*operator),
            Expression::Binary(Binary::And, a, b, _) => self.connective(a, b, true),
            Expression::Binary(Binary::Or, a, b, _) => self.connective(a, b, false),
            Expression::Binary(operator, a, b, place) => {
                let pointers = self.shared.addresses_travel || self.is_address(a) || self.is_address(b);
                let (a, b) = (self.value(a), self.value(b));
                match operator {
                    Binary::Add if pointers => self.offset(a, b),
                    Binary::Subtract if pointers => self.distance(a, b),
                    operator => a.binary(*operator, b).unwrap_or_else(|what| self.give_up(*place, what)),
                }
            }
            Expression::Call(call) => self.call(call),
        }
    }

    /// `a && b`, or `a || b`: `b` is evaluated if the truth of `a` is `if_`. Where it does nothing but compute, a compiler makes
    /// no branch of that.
    fn connective(&mut self, a: &Expression, b: &Expression, if_: bool) -> Typed {
        let a = self.value(a).value;
        let rest = |run: &mut Self, truth: bool| {
            if truth != if_ {
                return Typed::truth(truth, &[a]);
            }
            let b = run.value(b);
            Typed::truth(!b.is_zero(), &[a, b.value])
        };
        if b.accesses_memory() {
            return self.branch(a, rest);
        }
        let truth = !a.equals(0.into());
        rest(self, truth)
    }

    /// Whether the expression is an address in a test whose addresses do not travel.
    fn is_address(&self, expression: &Expression) -> bool {
        match expression {
            Expression::Register(register) => self.thread.registers[*register].is_address(),
            Expression::Cast(_, inner) => self.is_address(inner),
            Expression::Binary(Binary::Add | Binary::Subtract, a, b, _) => self.is_address(a) || self.is_address(b),
            _ => false,
        }
    }

    /// `a + b`, of which one may be an address.
    fn offset(&self, a: Typed, b: Typed) -> Typed {
        match (self.element_at(a), self.element_at(b)) {
            (Some(element), None) => self.moved(element, a, b.to(Type::LONG)),
            (None, Some(element)) => self.moved(element, b, a.to(Type::LONG)),
            _ => a.plus(b),
        }
    }

    /// `a - b`, of which the first or both may be addresses.
    fn distance(&self, a: Typed, b: Typed) -> Typed {
        match (self.element_at(a), self.element_at(b)) {
            (Some(element), None) => self.moved(element, a, Value::from(0) - b.to(Type::LONG)),
            (Some(left), Some(right)) => {
                let distance = (left as u64).wrapping_sub(right as u64);
                Typed::new(computed(distance, &[a.value, b.value]), Type::LONG)
            }
            _ => a.minus(b),
        }
    }

    fn element_at(&self, address: Typed) -> Option<usize> {
        self.shared.element(address.value.observe())
    }

    /// The address `by` elements further. Outside its array it is nobody's address.
    fn moved(&self, element: usize, address: Typed, by: Value) -> Typed {
        let (first, size) = self.shared.extents[element];
        let by_bits = by.observe();
        let place = (element as i64).wrapping_add(by_bits.cast_signed());
        let inside = (first as i64..(first + size) as i64).contains(&place);
        let offset = by_bits.wrapping_mul(STEP) | u64::from(!inside);
        Typed::new(address.value + computed(offset, &[by]), Type::ADDRESS)
    }
}
