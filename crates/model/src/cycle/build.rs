//! The program of a test: its steps, executed by closures.

use fencepost_memory::{Memory, Order, Rmw, Word};

use super::Dialect;
use super::edge::{Annotation, Dependency, Fence, Means, On, Op, Part, Shown};
use super::shape::{Act, Exchange, Shape, Step, Thread};
use crate::value::on_path;
use crate::{CellRef, Cpu, Program, Tags, Value};

/// A value that no cycle writes: what a compare-and-exchange that is to miss looks for, and what it would store.
pub(super) const MISSED: (u64, u64) = (77, 78);

pub(super) fn program(shape: &Shape, dialect: Dialect) -> Program {
    let mut program = Program::new();
    let cells: Vec<CellRef<u32>> = (0..shape.cells).map(|cell| program.cell(&name(cell), 0)).collect();
    let locked = shape.threads.iter().flat_map(|thread| &thread.steps).any(|step| step.lock.0);
    let lock = locked.then(|| program.cell::<u32>("l", 0));
    for (number, thread) in shape.threads.iter().enumerate() {
        let (thread, cells) = (thread.clone(), cells.clone());
        program.thread(&format!("P{number}"), move |cpu| run(cpu, dialect, &thread, &cells, lock));
    }
    program
}

/// The name of a location: x, y, z, a, b, …
pub(super) fn name(cell: usize) -> String {
    match u8::try_from(cell) {
        Ok(cell @ 0..3) => char::from(b'x' + cell).to_string(),
        Ok(cell @ 3..14) => char::from(b'a' + cell - 3).to_string(),
        _ => format!("v{cell}"),
    }
}

fn run(cpu: &Cpu, dialect: Dialect, thread: &Thread, cells: &[CellRef<u32>], lock: Option<CellRef<u32>>) -> Vec<u64> {
    let last = Read { value: 0.into(), expect: 0 };
    let mut run = Run { cpu, dialect, last, results: vec![0; thread.results], pairs: 0 };
    for step in &thread.steps {
        let Some((cell, data)) = run.depend(step, cells[step.cell]) else { break };
        if let (true, Some(lock)) = (step.lock.0, &lock) {
            cpu.spin_lock(lock);
        }
        if step.rcu.0 {
            cpu.rcu_read_lock();
        }
        if run.act(step, &cell, data).is_none() {
            break;
        }
        if step.rcu.1 {
            cpu.rcu_read_unlock();
        }
        if let (true, Some(lock)) = (step.lock.1, &lock) {
            cpu.spin_unlock(lock);
        }
        if let Some(fence) = step.fence {
            run.fence(fence);
        }
    }
    if thread.pairs > 0
        && let Some(count) = run.results.last_mut()
    {
        *count = run.pairs;
    }
    run.results
}

/// A thread on its way.
struct Run<'c> {
    cpu: &'c Cpu,
    dialect: Dialect,
    last: Read,
    results: Vec<u64>,
    /// The number of exclusive pairs that succeeded.
    pairs: u64,
}

/// The latest read: what it returned, and what it returns in the cycle's own execution.
struct Read {
    value: Value,
    expect: u64,
}

impl Run<'_> {
    /// The location as the step reaches it, and the 0 that its data are added to; `None` if the thread ends here.
    fn depend(&self, step: &Step, cell: CellRef<u32>) -> Option<(CellRef<u32>, Value)> {
        let zero = Value::from(0);
        let Some(&Dependency { on, select, fence, .. }) = step.depends else { return Some((cell, zero)) };
        let Read { value, expect } = self.last;
        let zeroed = if select { self.cpu.select(value, zero, zero) } else { value & zero };
        match on {
            Part::Address => Some((self.cpu.at(&cell, zeroed), zero)),
            Part::Data => Some((cell, zeroed)),
            // The kernel's branch skips all that follows, since a compiler would drop one that does not; the
            // machines' goes to the same place both ways.
            Part::Control if self.dialect == Dialect::Linux => {
                on_path(|path| path.enter_arm(value.deps));
                (value.observe() == expect).then_some((cell, zero))
            }
            Part::Control => {
                self.cpu.machine().branch(zeroed);
                if let Some(fence) = fence {
                    self.fence(fence);
                }
                Some((cell, zero))
            }
        }
    }

    fn fence(&self, fence: &Fence) {
        match fence.means {
            Means::Machine(tags) => self.cpu.machine().fence(tags),
            Means::Mb => self.cpu.smp_mb(),
            Means::Rmb => self.cpu.smp_rmb(),
            Means::Wmb => self.cpu.smp_wmb(),
            Means::Compiler => self.cpu.barrier(),
            Means::GracePeriod => self.cpu.synchronize_rcu(),
        }
    }

    /// Makes the access; `None` if the thread ends with it.
    fn act(&mut self, step: &Step, cell: &CellRef<u32>, data: Value) -> Option<()> {
        let (old, goes_on) = match step.act {
            Act::Read(by) => (Some(self.read(cell, by)), true),
            Act::Write(by, value) => (self.write(cell, data + value.into(), by), true),
            Act::Rmw(x) if x.form.op.is_pair() => {
                let (old, stored) = self.pair(cell, &x, step.expect);
                self.pairs += u64::from(stored);
                (Some(old), stored)
            }
            Act::Rmw(x) if self.dialect == Dialect::Linux => (Some(self.kernel_rmw(cell, &x, step.expect)), true),
            Act::Rmw(x) => (Some(self.atomic(cell, &x, step.expect)), true),
        };
        if let Some(old) = old {
            self.last = Read { value: old, expect: step.expect };
            if let Some(place) = step.shown {
                self.results[place] = old.observe();
            }
        }
        goes_on.then_some(())
    }

    fn read(&self, cell: &CellRef<u32>, by: &Annotation) -> Value {
        let m = self.cpu.machine();
        let (wanted, new) = (MISSED.0.into(), MISSED.1.into());
        match (self.dialect, by.on) {
            (Dialect::Linux, On::Misses) => self.cpu.cmpxchg_value(cell, wanted, new, order(by.tags, by.tags)),
            (Dialect::Linux, _) if by.tags.has(Tags::ACQUIRE) => self.cpu.load_acquire(cell),
            (Dialect::Linux, _) => self.cpu.read_once(cell),
            // Load-linked, and a branch to behind the store-conditional.
            (_, On::Misses) if by.tags.has(Tags::EXCLUSIVE) && self.dialect != Dialect::X86_64 => {
                let seen = m.load(cell, by.tags);
                m.branch(seen);
                seen
            }
            (_, On::Misses) => m.cas(cell, wanted, new, by.tags, by.tags),
            _ => m.load(cell, by.tags),
        }
    }

    /// Makes a write; what an exchange that makes it returned.
    fn write(&self, cell: &CellRef<u32>, value: Value, by: &Annotation) -> Option<Value> {
        let m = self.cpu.machine();
        match (self.dialect, by.on) {
            (_, On::Exchanges) => return Some(m.rmw(cell, Rmw::Xchg, value, by.tags, by.tags)),
            (Dialect::Linux, _) if by.tags.has(Tags::RELEASE) => self.cpu.store_release(cell, value),
            (Dialect::Linux, _) => self.cpu.write_once(cell, value),
            _ => m.store(cell, value, by.tags),
        }
        None
    }

    /// An exclusive pair: what it read, and whether it stored. It may fail to for no reason, and does where it
    /// looks for another value than it finds.
    fn pair(&self, cell: &CellRef<u32>, x: &Exchange, expect: u64) -> (Value, bool) {
        let m = self.cpu.machine();
        // The branch on the store-conditional's success is a control dependency: on RISC-V on the store, on POWER on what
        // that is computed from.
        let branched = match self.dialect {
            Dialect::RiscV => Tags::BRANCHED,
            Dialect::Power => Tags::STATUS,
            _ => Tags::NONE,
        };
        let (read, write) = (x.read.tags | Tags::EXCLUSIVE, x.write.tags | Tags::EXCLUSIVE | branched);
        if m.may() {
            return (m.load(cell, read), false);
        }
        if x.form.op == Op::Pair {
            return (m.rmw(cell, Rmw::Xchg, x.operand.into(), read, write), true);
        }
        let old = m.cas(cell, expect.into(), x.operand.into(), read, write);
        m.branch(old);
        (old, old.observe() == expect)
    }

    /// An atomic instruction, or C11's function.
    fn atomic(&self, cell: &CellRef<u32>, x: &Exchange, expect: u64) -> Value {
        let m = self.cpu.machine();
        let atomic = match self.dialect {
            Dialect::X86_64 => Tags::EXCLUSIVE,
            Dialect::C11 => Tags::NONE,
            _ => Tags::AMO,
        };
        let unused = if x.form.result == Shown::Never { Tags::NORETURN } else { Tags::NONE };
        let (read, write) = (x.read.tags | atomic | unused, x.write.tags | atomic);
        let fetch = |op, operand: u64| m.rmw(cell, op, operand.into(), read, write);
        match x.form.op {
            Op::Add => fetch(Rmw::Add, x.operand),
            Op::Or => fetch(Rmw::Or, x.operand),
            Op::AndNot => fetch(Rmw::And, !x.operand),
            Op::Xor => fetch(Rmw::Xor, x.operand),
            Op::Cas => m.cas(cell, expect.into(), x.operand.into(), read, write),
            Op::Swap | Op::Pair | Op::PairIf => fetch(Rmw::Xchg, x.operand),
        }
    }

    /// One of the kernel's macros.
    fn kernel_rmw(&self, cell: &CellRef<u32>, x: &Exchange, expect: u64) -> Value {
        let (order, operand) = (order(x.read.tags, x.write.tags), x.operand.into());
        match (x.form.op, x.form.result) {
            (Op::Cas, _) => self.cpu.cmpxchg_value(cell, expect.into(), operand, order),
            (_, Shown::Never) => {
                self.cpu.atomic(cell, Rmw::Add, operand);
                0.into()
            }
            (Op::Add, _) => self.cpu.fetch(cell, Rmw::Add, operand, order),
            _ => self.cpu.fetch(cell, Rmw::Xchg, operand, order),
        }
    }
}

/// The order of a macro whose read and write are so annotated.
fn order(read: Tags, write: Tags) -> Order {
    match (read.has(Tags::FULL), read.has(Tags::ACQUIRE), write.has(Tags::RELEASE)) {
        (true, ..) => Order::Full,
        (_, true, _) => Order::Acquire,
        (_, _, true) => Order::Release,
        _ => Order::Relaxed,
    }
}
