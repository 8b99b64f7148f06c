//! A thread of a test, carried out on the engine's CPU.
//!
//! Nothing here knows a memory model: an operation of the test is an operation of [`Cpu`], a register holds a
//! [`Value`] with the reads that it came from, and `if` is a branch on one.

mod operation;
mod typed;

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use fencepost_memory::{Memory, Word};
use fencepost_model::{CellRef, Cpu, Tags, Value};

use crate::ast::{Binary, Expression, Init, Statement, Thread};
use crate::condition::Datum;
use crate::error::Place;
use crate::types::Type;
use typed::Typed;

/// The address of the first variable. All of them fit into an `int`, where careless tests keep them.
const ADDRESS: u64 = 0x2a70_0000;
/// The bytes that lie between the first variable's address and the end of an `int`.
const ROOM: u64 = 1 << 30;

/// Something that a thread does and that has no meaning here, and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fallacy {
    /// Where.
    pub place: Place,
    /// As in "P0 divides by 0".
    pub what: &'static str,
    pub remedy: &'static str,
    /// Whether the test is refused if it may come to this: it has a meaning that is not read here, or none that any execution
    /// could have. Otherwise it is undefined, and other executions may be asked about.
    pub is_refused: bool,
}

/// What the threads of a test share.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    /// By element, all variables one after the other.
    pub cells: Vec<CellRef<u64>>,
    /// By element: its address.
    addresses: Vec<u64>,
    /// The element at an address.
    elements: HashMap<u64, usize>,
    /// By element: its type, and whether that was declared.
    pub types: Vec<(Type, bool)>,
    /// By element: whether it is 0 at the beginning.
    pub cleared: Vec<bool>,
    /// By element: how it is printed as an address.
    pub names: Vec<String>,
    /// By element: whether somebody looks at its final value. Empty if it is not asked which locks are looked at.
    pub observed: Vec<bool>,
    /// By variable: its first element.
    pub first: Vec<usize>,
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
    /// The distance of two variables' addresses: far more than the largest array, so that what lies beside one is no other.
    region: u64,
    /// What some run does that has no meaning here.
    fallacies: Mutex<Vec<Fallacy>>,
}

impl Shared {
    /// Has room for as many variables.
    pub fn of(variables: usize) -> Shared {
        Shared { region: ROOM / variables.next_power_of_two() as u64, ..Shared::default() }
    }

    /// Gives the next variable, of so many elements, its addresses.
    pub fn add(&mut self, ty: Type, declared: bool, elements: usize) {
        let base = ADDRESS + self.first.len() as u64 * self.region;
        self.first.push(self.addresses.len());
        for element in 0..elements {
            let address = base + element as u64 * ty.size();
            self.elements.insert(address, self.addresses.len());
            self.addresses.push(address);
            self.types.push((ty, declared));
        }
    }

    /// What the line of this place is called.
    fn line(&self, place: Place) -> &Arc<str> {
        let after = self.lines.partition_point(|&(start, _)| start <= place);
        &self.lines[after.max(1) - 1].1
    }

    /// What these bits of a value of this type are in a final state.
    pub fn datum(&self, bits: u64, ty: Type) -> Datum {
        if !ty.is_pointer() && !self.addresses_travel {
            return Datum::Number(ty.number(bits));
        }
        if let Some(&element) = self.elements.get(&bits) {
            return Datum::Address(self.names[element].clone());
        }
        let nearest = bits.wrapping_sub(ADDRESS).wrapping_add(self.region / 2) / self.region;
        let first = usize::try_from(nearest).ok().and_then(|variable| self.first.get(variable));
        let beside = first.filter(|_| ty.is_pointer()).and_then(|&first| {
            let bytes = bits.wrapping_sub(self.addresses[first]).cast_signed();
            let size = self.types[first].0.size().cast_signed();
            (bytes % size == 0).then(|| format!("{}{:+}", self.names[first], bytes / size))
        });
        beside.map_or(Datum::Number(ty.shown(bits)), Datum::Address)
    }

    /// The bits of an initial value of this type.
    pub fn value_of(&self, init: Init, ty: Type) -> u64 {
        match init {
            Init::Number(number) => ty.bits_of(number),
            Init::Address(variable, element) => self.addresses[self.first[variable] + element] & ty.mask(),
        }
    }

    /// A number, not 0, for a fallacy.
    fn mark(&self, fallacy: Fallacy) -> u64 {
        let mut known = self.fallacies.lock().unwrap_or_else(|broken| broken.into_inner());
        let place = known.iter().position(|other| *other == fallacy).unwrap_or(known.len());
        if place == known.len() {
            known.push(fallacy);
        }
        place as u64 + 1
    }

    /// What that number stands for; `None` for 0.
    pub fn fallacy(&self, mark: u64) -> Option<Fallacy> {
        let known = self.fallacies.lock().unwrap_or_else(|broken| broken.into_inner());
        known.get(usize::try_from(mark.checked_sub(1)?).ok()?).copied()
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
    /// The mark of its first fallacy, or 0.
    fallacy: Cell<u64>,
}

/// What a run left.
pub(crate) struct Left {
    /// By register that is kept.
    pub registers: Vec<Value>,
    /// Whether it did something to a lock whose final value is looked at.
    pub locks_observed: bool,
    /// The mark of its first fallacy, or 0. From there on it went on, though nothing says how, so that others can read what it
    /// writes: whatever execution it is in, is one with a fallacy.
    pub fallacy: u64,
}

impl<'r> Interpreter<'r> {
    /// Runs the thread; what it leaves in the registers `kept`.
    pub fn run(thread: &'r Thread, kept: &[usize], shared: &'r Shared, cpu: &'r Cpu) -> Left {
        let initial = thread.registers.iter().map(|register| shared.value_of(register.init, register.ty).into());
        let mut interpreter = Interpreter {
            cpu,
            thread,
            shared,
            registers: initial.collect(),
            effects: 0,
            locks_observed: Cell::new(false),
            fallacy: Cell::new(0),
        };
        interpreter.statements(&thread.body);
        Left {
            registers: kept.iter().map(|&register| interpreter.registers[register]).collect(),
            locks_observed: interpreter.locks_observed.get(),
            fallacy: interpreter.fallacy.get(),
        }
    }

    /// Runs `body`, whose operations stand at this place of the text.
    fn at<R>(&self, place: Place, body: impl FnOnce(&Cpu) -> R) -> R {
        self.cpu.labelled(self.shared.line(place), body)
    }

    /// Notes what the thread does here; `None`, for what it has no result of.
    fn errs<R>(&self, fallacy: Fallacy) -> Option<R> {
        if self.fallacy.get() == 0 {
            self.fallacy.set(self.shared.mark(fallacy));
        }
        None
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
                let Some((cell, ty)) = self.cell(address, *place) else { return };
                let value = self.value(value).to(ty);
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

    /// The variable at an address that is used at `place`, and the type that it is used with.
    fn cell(&mut self, address: &Expression, place: Place) -> Option<(CellRef<u64>, Type)> {
        let address = self.value(address);
        self.deref(address, place)
    }

    fn deref(&self, address: Typed, place: Place) -> Option<(CellRef<u64>, Type)> {
        let value = address.to(Type::VOID_POINTER);
        let Some(&element) = self.shared.elements.get(&value.observe()) else {
            let what = "uses something as an address that is not the address of a variable";
            let remedy = "check the order of the arguments, which of them are addresses, and the sizes of arrays";
            return self.errs(Fallacy { place, what, remedy, is_refused: false });
        };
        let (own, declared) = self.shared.types[element];
        let ty = address.ty().pointee().unwrap_or(own);
        // Many published tests declare a variable that holds an address, or a struct, as an `int` in some threads, or not at all.
        let is_own = !declared || own.is_pointer() || ty.is_pointer() || own.is_struct();
        let ty = if is_own { own } else { ty };
        if ty.width() != own.width() {
            let what = "reaches a variable by a pointer to a type of another size";
            let remedy =
                "declare variable, parameter and pointer with one type: accesses of mixed sizes are not read here";
            return self.errs(Fallacy { place, what, remedy, is_refused: true });
        }
        Some((self.cpu.at(&self.shared.cells[element], value), ty))
    }

    fn value(&mut self, expression: &Expression) -> Typed {
        match expression {
            Expression::Number(number, ty) => Typed::new(ty.bits_of(*number).into(), *ty),
            Expression::Register(register) => {
                Typed::new(self.registers[*register], self.thread.registers[*register].ty)
            }
            Expression::Load(address, place) => {
                let Some((cell, ty)) = self.cell(address, *place) else { return Typed::ZERO };
                let c11 = self.shared.c11;
                let value = self.at(*place, |cpu| match c11 {
                    true => cpu.machine().load(&cell, Tags::PLAIN),
                    false => cpu.read_plain(&cell),
                });
                Typed::new(value, ty)
            }
            Expression::Cast(ty, operand) => Typed::new(self.value(operand).to(*ty), *ty),
            Expression::Unary(operator, operand) => self.value(operand).unary(*operator),
            Expression::Binary(Binary::And, a, b, _) => self.connective(a, b, true),
            Expression::Binary(Binary::Or, a, b, _) => self.connective(a, b, false),
            Expression::Binary(operator, a, b, place) => {
                let (a, b) = (self.value(a), self.value(b));
                a.binary(*operator, b).unwrap_or_else(|(what, remedy, is_refused)| {
                    let fallacy = Fallacy { place: *place, what, remedy, is_refused };
                    self.errs(fallacy).unwrap_or(Typed::ZERO)
                })
            }
            Expression::Call(call) => self.call(call).unwrap_or(Typed::ZERO),
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
}
