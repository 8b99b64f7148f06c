//! The checker's back end of [`Memory`].

use std::cell::{RefCell, RefMut};
use std::panic::Location as Line;
use std::sync::Arc;

use fencepost_memory::{Memory, Order, Rmw, Width, Word};

use crate::machine::Machine;
use crate::operation::{Action, Barrier, Datum, Frame};
use crate::program::{CellRef, Cells, new_cell};
use crate::run::{Run, Stop, stop};
use crate::symbol::Term;
use crate::value::{Deps, Value, branch_on, on_path, scoped};

/// Symbolic addresses: cell `n` lies at `ADDRESS + n * ADDRESS_STEP`.
const ADDRESS: u64 = 0xffff_c000_0000_0000;
const ADDRESS_STEP: u64 = 64;

/// The CPU that a thread of a [`Program`](crate::Program) runs on.
pub struct Cpu {
    mode: Mode,
}

enum Mode {
    Setup(Cells),
    Run(RefCell<Box<Run>>),
}

impl Cpu {
    pub(crate) fn setup(cells: Cells) -> Cpu {
        Cpu { mode: Mode::Setup(cells) }
    }

    pub(crate) fn running(run: Run) -> Cpu {
        Cpu { mode: Mode::Run(RefCell::new(Box::new(run))) }
    }

    /// The record of the run that it was made for.
    pub(crate) fn into_run(self) -> Option<Run> {
        match self.mode {
            Mode::Setup(_) => None,
            Mode::Run(run) => Some(*run.into_inner()),
        }
    }

    fn run(&self) -> RefMut<'_, Box<Run>> {
        match &self.mode {
            Mode::Setup(_) => panic!("this memory only sets a program up: access it inside a thread"),
            Mode::Run(run) => match run.try_borrow_mut() {
                Ok(run) => run,
                Err(_) => stop(Stop::Misuse("a closure given to an operation accessed memory itself".into())),
            },
        }
    }

    /// `cell`, reached by an address that was computed from `word`: its accesses depend on those reads.
    pub fn at<W>(&self, cell: &CellRef<W>, word: Value) -> CellRef<W> {
        CellRef::new(cell.id, cell.addr.and(word.deps))
    }

    /// The cell's address as a value, a symbolic constant that is not 0.
    pub fn address_of<W>(&self, cell: &CellRef<W>) -> Value {
        Value { deps: cell.addr, ..Value::from(ADDRESS + u64::from(cell.id) * ADDRESS_STEP) }
    }

    /// The cell whose address `word` is, with an address dependency; `None` if it is no cell's.
    pub fn deref<W: Width>(&self, word: Value) -> Option<CellRef<W>> {
        let offset = word.observe().checked_sub(ADDRESS)?;
        let id = u16::try_from(offset / ADDRESS_STEP).ok()?;
        let exists = match &self.mode {
            Mode::Setup(_) => true,
            Mode::Run(_) => usize::from(id) < self.run().cells(),
        };
        (offset % ADDRESS_STEP == 0 && exists).then(|| CellRef::new(id, word.deps))
    }

    /// `condition ? a : b` as a conditional select, which is no branch: the result depends on `condition` only
    /// as far as the model lets a select carry a dependency.
    pub fn select(&self, condition: Value, a: Value, b: Value) -> Value {
        let chosen = if condition.equals(0.into()) { b } else { a };
        Value { deps: chosen.deps.and(condition.deps.weakened()), ..chosen }
    }

    /// `cmpxchg()` whose result is a value: success is not branched on.
    #[track_caller]
    pub fn cmpxchg_value<W: Width>(&self, cell: &CellRef<W>, old: Value, new: Value, order: Order) -> Value {
        self.exchange_if(cell, old, new, Action::Exchanged(order), Action::Missed(order), Line::caller()).1
    }

    /// Leaves this run out of the search, for one who knows that other runs stand for it or that nobody asks.
    pub fn give_up(&self) -> ! {
        stop(Stop::Blocked)
    }

    /// `spin_trylock()`: 1 if it took the lock, as `spin_lock()` does, and 0 if it was held, after a read that orders
    /// nothing. Not branched on.
    #[track_caller]
    pub fn spin_trylock(&self, lock: &CellRef<u32>) -> Value {
        let actions = (Action::SpinLock, Action::SpinHeld);
        let (stored, seen) = self.exchange_if(lock, 0.into(), 1.into(), actions.0, actions.1, Line::caller());
        (seen & 0.into()) + u64::from(stored).into()
    }

    /// `spin_is_locked()`: 1 or 0, unordered.
    #[track_caller]
    pub fn spin_is_locked(&self, lock: &CellRef<u32>) -> Value {
        self.load(lock, Action::SpinIsLocked, Line::caller())
    }

    /// `srcu_read_lock()`: the index, which the matching [`Cpu::srcu_read_unlock`] must be given as it is. Sleepable RCU
    /// has a meaning under LKMM only.
    #[track_caller]
    pub fn srcu_read_lock(&self, domain: &CellRef<u64>) -> Value {
        self.load(domain, Action::SrcuLock, Line::caller())
    }

    /// `srcu_read_unlock()`.
    #[track_caller]
    pub fn srcu_read_unlock(&self, domain: &CellRef<u64>, index: Value) {
        self.store(domain, index, Action::SrcuUnlock, Line::caller());
    }

    /// `synchronize_srcu()`.
    #[track_caller]
    pub fn synchronize_srcu(&self, domain: &CellRef<u64>) {
        self.run().record(Action::SrcuGracePeriod, Line::caller(), Some((domain.id, domain.addr)));
    }

    /// A barrier of the kernel's vocabulary, those that only go with an atomic operation or a lock included.
    #[track_caller]
    pub fn smp_barrier(&self, barrier: Barrier) {
        self.fence_at(Action::Barrier(barrier), Line::caller());
    }

    /// Runs `body`, whose operations stand at the place that `label` names (`MP.litmus:12`), not at lines of Rust: for
    /// programs that are interpreted.
    pub fn labelled<R>(&self, label: &Arc<str>, body: impl FnOnce(&Cpu) -> R) -> R {
        self.inside(Frame::Label(Arc::clone(label)), body)
    }

    fn inside<R>(&self, frame: Frame, body: impl FnOnce(&Cpu) -> R) -> R {
        self.run().calls.push(frame);
        let result = body(self);
        self.run().calls.pop();
        result
    }

    /// The architecture's own instructions, for programs that are not written in the source vocabulary.
    pub fn machine(&self) -> Machine<'_> {
        Machine::of(self)
    }

    pub(crate) fn load<W: Width>(&self, cell: &CellRef<W>, action: Action, line: &'static Line<'static>) -> Value {
        let mut run = self.run();
        let place = run.record(action, line, Some((cell.id, cell.addr)));
        run.read(place)
    }

    pub(crate) fn store<W: Width>(
        &self,
        cell: &CellRef<W>,
        value: Value,
        action: Action,
        line: &'static Line<'static>,
    ) {
        let mut run = self.run();
        let place = run.record(action, line, Some((cell.id, cell.addr)));
        let life = Term::Const(Datum { bits: 0, life: run.life });
        run.write(place, truncated::<W>(value), life);
    }

    pub(crate) fn fence_at(&self, action: Action, line: &'static Line<'static>) {
        self.run().record(action, line, None);
    }

    /// An unconditional read-modify-write.
    pub(crate) fn modify<W: Width>(
        &self,
        cell: &CellRef<W>,
        op: Rmw,
        operand: Value,
        action: Action,
        line: &'static Line<'static>,
    ) -> Value {
        let mut run = self.run();
        let place = run.record(action, line, Some((cell.id, cell.addr)));
        let old = run.read(place);
        let new = match op {
            Rmw::Xchg => operand,
            Rmw::Add => old + operand,
            Rmw::Or => old | operand,
            Rmw::And => old & operand,
            Rmw::Xor => old ^ operand,
        };
        run.operations[place].idle = match (op, truncated::<W>(operand).term) {
            (Rmw::Add | Rmw::Or | Rmw::Xor, Term::Const(datum)) => datum.bits == 0,
            (Rmw::And, Term::Const(datum)) => datum.bits == W::MASK,
            _ => false,
        };
        run.write(place, truncated::<W>(new), old.term);
        old
    }

    /// A compare-and-exchange: whether it stored, and what it read.
    pub(crate) fn exchange_if<W: Width>(
        &self,
        cell: &CellRef<W>,
        old: Value,
        new: Value,
        stored: Action,
        refused: Action,
        line: &'static Line<'static>,
    ) -> (bool, Value) {
        let mut run = self.run();
        let place = run.record(stored, line, Some((cell.id, cell.addr)));
        run.operations[place].compared = old.deps;
        let seen = run.read(place);
        if !seen.equals(truncated::<W>(old)) {
            run.operations[place].action = refused;
            return (false, seen);
        }
        // What is stored depends on the comparison no more than a select does.
        let new = Value { deps: new.deps.and(old.deps.and(seen.deps).weakened()), ..new };
        run.write(place, truncated::<W>(new), seen.term);
        (true, seen)
    }
}

fn truncated<W: Width>(value: Value) -> Value {
    if W::BITS == u64::BITS { value } else { value & W::MASK.into() }
}

impl Memory for Cpu {
    type Word = Value;
    type Cell<W: Width> = CellRef<W>;
    const NAME: &'static str = "model";

    fn cell<W: Width>(&self, value: u64) -> CellRef<W> {
        match &self.mode {
            Mode::Setup(cells) => new_cell(cells, None, value),
            Mode::Run(_) => stop(Stop::Misuse("a thread made a cell: make cells while the program is set up".into())),
        }
    }

    fn read_once<W: Width>(&self, cell: &CellRef<W>) -> Value {
        self.load(cell, Action::Read(Order::Relaxed), Line::caller())
    }

    fn write_once<W: Width>(&self, cell: &CellRef<W>, value: Value) {
        self.store(cell, value, Action::Write(Order::Relaxed), Line::caller());
    }

    fn load_acquire<W: Width>(&self, cell: &CellRef<W>) -> Value {
        self.load(cell, Action::Read(Order::Acquire), Line::caller())
    }

    fn store_release<W: Width>(&self, cell: &CellRef<W>, value: Value) {
        self.store(cell, value, Action::Write(Order::Release), Line::caller());
    }

    fn read_plain<W: Width>(&self, cell: &CellRef<W>) -> Value {
        self.load(cell, Action::PlainRead, Line::caller())
    }

    fn write_plain<W: Width>(&self, cell: &CellRef<W>, value: Value) {
        self.store(cell, value, Action::PlainWrite, Line::caller());
    }

    fn smp_mb(&self) {
        self.fence_at(Action::Barrier(Barrier::Full), Line::caller());
    }

    fn smp_rmb(&self) {
        self.fence_at(Action::Barrier(Barrier::Read), Line::caller());
    }

    fn smp_wmb(&self) {
        self.fence_at(Action::Barrier(Barrier::Write), Line::caller());
    }

    fn barrier(&self) {
        self.fence_at(Action::Barrier(Barrier::Compiler), Line::caller());
    }

    fn heavy_barrier(&self) {
        self.fence_at(Action::HeavyBarrier, Line::caller());
    }

    fn fetch<W: Width>(&self, cell: &CellRef<W>, op: Rmw, operand: Value, order: Order) -> Value {
        self.modify(cell, op, operand, Action::Fetch(op, order), Line::caller())
    }

    fn atomic<W: Width>(&self, cell: &CellRef<W>, op: Rmw, operand: Value) {
        self.modify(cell, op, operand, Action::Atomic(op), Line::caller());
    }

    fn cmpxchg<W: Width>(&self, cell: &CellRef<W>, old: Value, new: Value, order: Order) -> Result<Value, Value> {
        let actions = (Action::Exchanged(order), Action::Missed(order));
        let (stored, seen) = self.exchange_if(cell, old, new, actions.0, actions.1, Line::caller());
        branch_on(seen.deps.and(old.deps));
        if stored { Ok(seen) } else { Err(seen) }
    }

    fn fetch_update<W: Width>(
        &self,
        cell: &CellRef<W>,
        order: Order,
        f: impl Fn(Value) -> Option<Value>,
    ) -> Result<Value, Value> {
        let mut run = self.run();
        let place = run.record(Action::Exchanged(order), Line::caller(), Some((cell.id, cell.addr)));
        let seen = run.read(place);
        let new = f(seen);
        branch_on(seen.deps);
        match new {
            Some(new) => {
                // The compiled loop computes what it stores from an earlier read, with which it compares this one.
                let Deps { full, picked } = new.deps;
                let deps = Deps { full: full & !seen.deps.full, picked: picked | seen.deps.full };
                run.write(place, truncated::<W>(Value { deps, ..new }), seen.term);
                Ok(seen)
            }
            None => {
                run.operations[place].action = Action::Refused(order);
                Err(seen)
            }
        }
    }

    fn try_set_bit_lock<W: Width>(&self, cell: &CellRef<W>, mask: u64) -> bool {
        let line = Line::caller();
        let relabel = |action| {
            if let Some(latest) = self.run().operations.last_mut() {
                latest.action = action;
            }
        };
        let clear = !self.load(cell, Action::Peek { clear: true }, line).test(mask);
        if !clear {
            relabel(Action::Peek { clear });
            return false;
        }
        let clear = !self.modify(cell, Rmw::Or, mask.into(), Action::SetBit { clear: true }, line).test(mask);
        relabel(Action::SetBit { clear });
        clear
    }

    fn spin_lock(&self, lock: &CellRef<u32>) {
        let mut run = self.run();
        let place = run.record(Action::SpinLock, Line::caller(), Some((lock.id, lock.addr)));
        if !run.read(place).equals(0.into()) {
            stop(Stop::Blocked);
        }
        run.write(place, 1.into(), 0.into());
    }

    fn spin_unlock(&self, lock: &CellRef<u32>) {
        let mut run = self.run();
        let place = run.record(Action::SpinUnlock, Line::caller(), Some((lock.id, lock.addr)));
        run.write(place, 0.into(), 0.into());
    }

    fn rcu_read_lock(&self) {
        self.fence_at(Action::RcuLock, Line::caller());
    }

    fn rcu_read_unlock(&self) {
        self.fence_at(Action::RcuUnlock, Line::caller());
    }

    fn synchronize_rcu(&self) {
        self.fence_at(Action::GracePeriod, Line::caller());
    }

    fn wait_until<W: Width>(&self, cell: &CellRef<W>, until: impl Fn(Value) -> bool) -> Value {
        let seen = self.load(cell, Action::Read(Order::Relaxed), Line::caller());
        branch_on(seen.deps);
        if until(seen) { seen } else { stop(Stop::Blocked) }
    }

    fn spin_until(&self, turn: impl Fn(&Self) -> bool) {
        let (mut before, path) = (self.run().clone(), on_path(|path| path.clone()));
        let begin = before.operations.len();
        if turn(self) {
            return;
        }
        // Made again with the same reads, the turn must end as it did: nothing but memory may tell turns apart.
        before.again = true;
        let first = std::mem::replace(&mut *self.run(), before);
        on_path(|now| now.back_to(path));
        if turn(self) || self.run().operations != first.operations {
            stop(Stop::Strayed);
        }
        *self.run() = first;
        match self.run().change_since(begin) {
            None => stop(Stop::Blocked),
            Some(site) => stop(Stop::Misuse(format!(
                "a turn of spin_until() is to be repeated, and what it did at {site} makes a difference: let it return true \
                 there, or repeat it by a loop with a bound"
            ))),
        }
    }

    fn scoped<R>(&self, body: impl FnOnce(&Self) -> R) -> R {
        scoped(|| body(self))
    }

    fn called<R>(&self, body: impl FnOnce(&Self) -> R) -> R {
        if let Mode::Setup(_) = self.mode {
            return body(self);
        }
        self.inside(Frame::Line(Line::caller()), body)
    }

    fn begin_life(&self, life: u32) {
        match u8::try_from(life) {
            Ok(life) => self.run().life = life,
            Err(_) => stop(Stop::Misuse(format!("life number {life} is above 255"))),
        }
    }
}

impl std::fmt::Debug for Cpu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cpu")
    }
}
