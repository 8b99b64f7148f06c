//! A program: cells, and threads that are closures.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

use fencepost_memory::Width;

use crate::cpu::Cpu;
use crate::value::{Deps, Value};

/// A cell of the checked memory: its number, and the reads that its address was computed from.
///
/// It is a handle; copies name the same cell.
pub struct CellRef<W> {
    pub(crate) id: u16,
    pub(crate) addr: Deps,
    width: PhantomData<fn() -> W>,
}

impl<W> CellRef<W> {
    pub(crate) fn new(id: u16, addr: Deps) -> CellRef<W> {
        CellRef { id, addr, width: PhantomData }
    }

    /// Its number in the order of creation: the index into [`Outcome::memory`](crate::Outcome::memory).
    pub fn index(&self) -> usize {
        usize::from(self.id)
    }
}

impl<W> Clone for CellRef<W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W> Copy for CellRef<W> {}

impl<W> fmt::Debug for CellRef<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cell {}", self.id)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct CellInfo {
    pub name: String,
    pub init: u64,
}

/// The cells of a program, shared with the [`Cpu`] that sets them up.
pub(crate) type Cells = Arc<Mutex<Vec<CellInfo>>>;

pub(crate) fn new_cell<W: Width>(cells: &Cells, name: Option<&str>, init: u64) -> CellRef<W> {
    let mut cells = cells.lock().unwrap_or_else(PoisonError::into_inner);
    let id = u16::try_from(cells.len()).expect("a program has fewer than 65,536 cells");
    let name = name.map_or_else(|| format!("cell{id}"), str::to_owned);
    cells.push(CellInfo { name, init: init & W::MASK });
    CellRef::new(id, Deps::NONE)
}

/// What a thread does, and returns.
type Body = dyn Fn(&Cpu) -> Vec<Value> + Send + Sync;

pub(crate) struct Thread {
    pub name: String,
    pub body: Box<Body>,
}

/// A small concurrent program.
///
/// A thread is a closure over the [`Cpu`] that it runs on; what it returns is its part of the outcome. It is
/// called many times, with different values returned by its reads, so it must do nothing but access memory
/// through its `Cpu` and compute. One that is caught doing something else with the same reads is not judged.
///
/// A value depends on the reads that it is computed from, by the operators of [`Value`] or [`Cpu::select`]. A number that
/// Rust's `if` or `match` chooses, or that is computed from [`get`](fencepost_memory::Word::get), has no data dependency, as
/// in C: it is a constant of its branch, and what follows has the control dependency.
#[derive(Default)]
pub struct Program {
    cells: Cells,
    pub(crate) threads: Vec<Thread>,
    /// Cells, each with a value that it is supposed to hold at some time.
    pub(crate) supposed: Vec<(usize, u64)>,
    /// Pairs of threads that are the same.
    pub(crate) alike: Vec<(usize, usize)>,
}

impl Program {
    /// A program without cells and threads.
    pub fn new() -> Program {
        Program::default()
    }

    /// Adds a cell with a name and its initial value, truncated to the cell's width.
    pub fn cell<W: Width>(&mut self, name: &str, init: u64) -> CellRef<W> {
        new_cell(&self.cells, Some(name), init)
    }

    /// A memory for setting the program up: code that is generic over `Memory` can make its cells on it.
    pub fn memory(&self) -> Cpu {
        Cpu::setup(Arc::clone(&self.cells))
    }

    /// Gives a cell the name that witnesses print.
    pub fn name<W>(&mut self, cell: &CellRef<W>, name: &str) {
        let mut cells = self.cells.lock().unwrap_or_else(PoisonError::into_inner);
        name.clone_into(&mut cells[cell.index()].name);
    }

    /// Lets threads be run as if some write may leave `value` in the cell, before a run is known to make one. This adds no
    /// execution in which a read has no write; it finds those in which a value is the reason that it is written, as it may
    /// be where a thread branches on it and the model sees no dependency.
    pub fn suppose<W: Width>(&mut self, cell: &CellRef<W>, value: u64) {
        self.supposed.push((cell.index(), value & W::MASK));
    }

    /// Says that two threads, by number, are the same code, and that no question about the program tells them apart: where
    /// they change places, the answer is the same. Of two executions that differ in that alone,
    /// [`Checker::judge`](crate::Checker::judge) then looks at one. Threads whose runs are not the same are told apart
    /// nevertheless.
    pub fn alike(&mut self, one: usize, other: usize) {
        self.alike.push((one, other));
    }

    /// Adds a thread.
    pub fn thread(&mut self, name: &str, body: impl Fn(&Cpu) -> Vec<u64> + Send + Sync + 'static) {
        self.thread_of_values(name, move |cpu| body(cpu).into_iter().map(Value::from).collect());
    }

    /// Adds a thread that leaves its values as they are: they are read off each complete execution, so that one run stands
    /// for whatever they may be. [`Checker::explore`](crate::Checker::explore) is faster with it, and
    /// [`Checker::judge`](crate::Checker::judge) slower, which then cannot tell from a run whether its results are wanted.
    pub fn thread_of_values(&mut self, name: &str, body: impl Fn(&Cpu) -> Vec<Value> + Send + Sync + 'static) {
        self.threads.push(Thread { name: name.to_owned(), body: Box::new(body) });
    }

    pub(crate) fn cells(&self) -> Vec<CellInfo> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads: Vec<_> = self.threads.iter().map(|thread| &thread.name).collect();
        f.debug_struct("Program").field("cells", &self.cells()).field("threads", &threads).finish()
    }
}
