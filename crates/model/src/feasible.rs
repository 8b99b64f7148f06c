//! Which runs of the threads can go together under any model and any lowering: those that have an execution in
//! which each cell alone is sequentially consistent. Found once for a program, for all questions about it.
//!
//! No lowering takes that away: fences and dependencies do not matter to it, and where an architecture has one
//! instruction for a read that is followed by a read-modify-write, or stores back what it found, the source's
//! accesses read from the same writes.
//!
//! Cells have nothing to do with each other here, but for values that are passed on from one to another, which are
//! left to the search. So each cell is asked on its own, and only once for all combinations that do the same to it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::bounds::Bounds;
use crate::combine::{Combination, available};
use crate::lower::{LocalEvent, Lowered};
use crate::operation::{Datum, Trace};
use crate::serial::{has_serial_order, last_held};
use crate::shape::Shape;
use crate::skeleton::Kind;
use crate::tags::Tags;
use crate::valuation::Held;

/// Runs that can go together.
#[derive(Debug)]
pub(crate) struct Feasible {
    /// As places in the threads' lists of traces, in ascending order.
    pub combinations: Vec<Combination>,
    /// By thread: the traces that occur in them, in order.
    pub used: Vec<Vec<u32>>,
    /// The cells, if it is known that all of these combinations are coherent.
    cells: Arc<Vec<Cell>>,
}

impl Feasible {
    /// What these traces can do together. An error says which bound was hit.
    pub fn of(traces: &[Vec<Trace>], init: &[u64], bounds: &Bounds) -> Result<Feasible, String> {
        let runs: Vec<Vec<Lowered>> = traces.iter().map(|traces| traces.iter().map(accesses).collect()).collect();
        let mut combinations = available(&runs, init, bounds)?;
        let mut cells = Vec::new();
        if bounds.pruning.coherence {
            for (cell, &bits) in init.iter().enumerate() {
                let cell = Cell::of(cell as u16, Datum { bits, life: 0 }, &runs);
                cell.retain_coherent(&mut combinations);
                cells.push(cell);
            }
        }
        Ok(Feasible::with(combinations, traces.len(), Arc::new(cells)))
    }

    /// Whether these traces are among them.
    pub fn has(&self, combination: &Combination) -> bool {
        self.combinations.binary_search(combination).is_ok()
    }

    /// What a cell may hold after an execution of these traces, as far as coherence alone can tell.
    pub fn last_held(&self, traces: &Combination, cell: usize) -> Option<Arc<[u64]>> {
        self.cells.get(cell)?.last_held(traces)
    }

    /// Some of these combinations.
    pub fn only(&self, combinations: Vec<Combination>) -> Feasible {
        Feasible::with(combinations, self.used.len(), Arc::clone(&self.cells))
    }

    fn with(combinations: Vec<Combination>, threads: usize, cells: Arc<Vec<Cell>>) -> Feasible {
        debug_assert!(combinations.is_sorted(), "they are made in order, and some are dropped");
        let used = |thread: usize| {
            let used: BTreeSet<u32> = combinations.iter().map(|combination| combination[thread]).collect();
            used.into_iter().collect()
        };
        Feasible { used: (0..threads).map(used).collect(), combinations, cells }
    }

    /// Of the combinations that differ only in which of two threads that are `alike` does what, one: that in which the
    /// runs of such threads are in order. Threads without the same runs are not alike.
    ///
    /// Neither feasibility nor a model tells threads apart, so what one of these combinations allows the other does, too.
    pub fn up_to_exchange(&self, traces: &[Vec<Trace>], alike: &[(usize, usize)]) -> Feasible {
        let numbers = Numbers::of(traces);
        let pairs: Vec<_> = alike.iter().copied().filter(|pair| numbers.agree(pair)).collect();
        let in_order = |combination: &&Combination| {
            pairs.iter().all(|&(one, other)| numbers.run(combination, one) <= numbers.run(combination, other))
        };
        self.only(self.combinations.iter().filter(in_order).cloned().collect())
    }
}

/// Which trace is the same as which, whatever thread it is of.
struct Numbers(Vec<Vec<usize>>);

impl Numbers {
    fn of(traces: &[Vec<Trace>]) -> Numbers {
        let mut known: FxHashMap<&Trace, usize> = FxHashMap::default();
        let mut number = |trace| {
            let next = known.len();
            *known.entry(trace).or_insert(next)
        };
        Numbers(traces.iter().map(|traces| traces.iter().map(&mut number).collect()).collect())
    }

    /// Whether two threads have the same runs.
    fn agree(&self, &(one, other): &(usize, usize)) -> bool {
        let set = |thread: usize| self.0.get(thread).map(|numbers| numbers.iter().collect::<BTreeSet<_>>());
        set(one).is_some() && set(one) == set(other)
    }

    fn run(&self, combination: &Combination, thread: usize) -> usize {
        self.0[thread][combination[thread] as usize]
    }
}

/// What the runs of each thread do to one cell.
#[derive(Debug)]
struct Cell {
    /// What it holds at first.
    init: Datum,
    /// By thread: the different things that its runs do to it.
    projections: Vec<Vec<Lowered>>,
    /// By thread and run: which of them it does.
    place: Vec<Vec<u32>>,
    /// By combination of these things: what it may leave, as far as somebody has asked.
    left: Mutex<FxHashMap<Combination, Option<Arc<[u64]>>>>,
}

impl Cell {
    fn of(cell: u16, init: Datum, runs: &[Vec<Lowered>]) -> Cell {
        let mut all = Cell { init, projections: Vec::new(), place: Vec::new(), left: Mutex::default() };
        for runs in runs {
            let mut known: FxHashMap<Shape, u32> = FxHashMap::default();
            let mut projections = Vec::new();
            let mut place = |run: &Lowered| {
                let events = run.events.iter().filter(|event| event.cell == Some(cell)).cloned().collect();
                let symbols = Arc::clone(&run.symbols);
                let projection = Lowered { events, symbols, results: Vec::new(), trace: 0, answers: Vec::new() };
                *known.entry(Shape::of(&projection, |reads, here| reads & here != 0)).or_insert_with(|| {
                    projections.push(projection);
                    projections.len() as u32 - 1
                })
            };
            all.place.push(runs.iter().map(&mut place).collect());
            all.projections.push(projections);
        }
        all
    }

    /// Drops the combinations in which the cell has no coherent execution.
    fn retain_coherent(&self, combinations: &mut Vec<Combination>) {
        let different: BTreeSet<Combination> =
            combinations.iter().map(|combination| self.places(combination)).collect();
        let different: Vec<Combination> = different.into_iter().collect();
        let is_coherent = |places: &Combination| has_serial_order(&self.runs(places), self.init);
        let verdicts: Vec<bool> = different.par_iter().map(is_coherent).collect();
        let is_coherent: FxHashMap<Combination, bool> = different.into_iter().zip(verdicts).collect();
        combinations.retain(|combination| is_coherent[&self.places(combination)]);
    }

    fn places(&self, combination: &Combination) -> Combination {
        combination.iter().zip(&self.place).map(|(&run, place)| place[run as usize]).collect()
    }

    fn runs(&self, places: &Combination) -> Vec<&Lowered> {
        places.iter().zip(&self.projections).map(|(&run, runs)| &runs[run as usize]).collect()
    }

    fn last_held(&self, combination: &Combination) -> Option<Arc<[u64]>> {
        let places = self.places(combination);
        let known = || self.left.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(&places) {
            return found.clone();
        }
        let found: Option<Arc<[u64]>> = last_held(&self.runs(&places), self.init).map(Into::into);
        known().insert(places, found.clone());
        found
    }
}

/// A run's reads and writes, without their order and annotations.
fn accesses(trace: &Trace) -> Lowered {
    let mut events: Vec<LocalEvent> = Vec::new();
    for (index, operation) in trace.operations.iter().enumerate() {
        let mut push = |kind, held, possible, rmw| {
            events.push(LocalEvent {
                kind,
                tags: Tags::NONE,
                cell: operation.cell,
                held,
                possible,
                operation: index,
                addr: 0,
                data: 0,
                ctrl: 0,
                pick_addr: 0,
                pick_data: 0,
                pick_ctrl: 0,
                rmw,
            });
        };
        if let Some(number) = operation.number {
            let domain = trace.symbols.domains[usize::from(number)].clone();
            push(Kind::Read, Held::Read(Some(number)), domain, false);
        }
        if let Some(term) = operation.written {
            push(Kind::Write, Held::Write(term), operation.possible.clone(), operation.read.is_some());
        }
    }
    let symbols = Arc::new(trace.symbols.clone());
    Lowered { events, symbols, results: Vec::new(), trace: 0, answers: Vec::new() }
}
