//! The thread-local half of the search: every run that each thread can make alone, with reads drawn from the
//! writes that all runs of all threads produce, to a fixpoint.
//!
//! The result depends on no memory model: it is a superset of what any execution needs, and the search decides the
//! rest. It is finite because a write can be computed through another only as often as one execution has such
//! writes, and small because each thread alone already sees each cell coherently ([`Clock`]). The order in which
//! threads run plays no part, so that cycles of program order and reads-from, as in load buffering, come out by
//! themselves; a value that would be its own cause is left to the search, which finds no source for it.
//!
//! Writes that differ only in what came before them are one, with a clock for all. Where that makes up values without end,
//! as of one word that holds a count and flags and is changed by read-modify-writes alone, they are told apart.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::bounds::Bounds;
use crate::clock::{Clock, MAX_THREADS, Origin};
use crate::cpu::Cpu;
use crate::operation::{Action, Datum, Operation, Trace};
use crate::program::{CellInfo, Program};
use crate::run::{Known, Run, Stop};
use crate::source::{Depth, Source, Sources};
use crate::symbol::Term;
use crate::value::{Before, begin_path, end_path};

/// What the threads of a program can do, each alone.
#[derive(Clone, Debug)]
pub(crate) struct Traces {
    pub cells: Vec<CellInfo>,
    pub names: Vec<String>,
    /// By thread.
    pub threads: Vec<Vec<Trace>>,
    /// Why this is not everything, if a bound was hit or the program is not one.
    pub cut: Option<String>,
}

impl Traces {
    /// Runs the threads of `program`.
    pub fn of(program: &Program, bounds: &Bounds) -> Traces {
        let mut search = Search::new(program, bounds, false);
        let mut threads = search.fixpoint();
        if search.overfull().any(|cell| is_modified(cell, &threads)) {
            search = Search::new(program, bounds, true);
            threads = search.fixpoint();
        }
        let names = program.threads.iter().map(|thread| thread.name.clone()).collect();
        Traces { cells: program.cells(), names, threads, cut: search.cut }
    }
}

/// So many times as many writes may there be where they are told apart by what came before them.
const HISTORIES: usize = 64;

/// Whether a run has a read-modify-write of the cell. Other writes are not told apart, and would only be as many again.
fn is_modified(cell: usize, threads: &[Vec<Trace>]) -> bool {
    let mut operations = threads.iter().flatten().flat_map(|trace| &trace.operations);
    operations.any(|operation| {
        operation.cell.map(usize::from) == Some(cell) && operation.read.is_some() && operation.written.is_some()
    })
}

struct Search<'p> {
    program: &'p Program,
    bounds: &'p Bounds,
    known: Arc<Known>,
    /// By cell: how often what is known of it has changed.
    versions: Vec<usize>,
    cut: Option<String>,
}

/// What one thread's runs gave.
#[derive(Default)]
struct Explored {
    traces: Vec<Trace>,
    writes: Vec<(u16, Source)>,
    read_cells: BTreeSet<u16>,
    /// The locks that are taken and given back in turns that are left out.
    spun: BTreeSet<u16>,
    /// By cell: the most computed writes of one run, complete or not.
    computed: BTreeMap<u16, usize>,
    cut: Option<String>,
    /// What the first run did, and what was known then.
    first: Vec<Operation>,
    known: Arc<Known>,
    /// Why there is no use in going on.
    overflow: Option<String>,
}

impl<'p> Search<'p> {
    fn new(program: &'p Program, bounds: &'p Bounds, by_history: bool) -> Search<'p> {
        let cells = program.cells();
        let threads = program.threads.len();
        let mut sources = vec![Sources::default(); cells.len()];
        for (sources, cell) in sources.iter_mut().zip(&cells) {
            let datum = Datum { bits: cell.init, life: 0 };
            let (clock, depth) = (Clock::INITIAL, Depth::default());
            sources.add(Source { origin: Origin::Init, datum, clock, depth }, by_history);
        }
        for &(cell, bits) in &program.supposed {
            // A write of two threads, so that every thread can read it; no write of a run has this number.
            for thread in 0..threads.min(2) {
                let origin = Origin::Write(thread as u8, u8::MAX);
                let datum = Datum { bits, life: 0 };
                let (clock, depth) = (Clock::UNKNOWN, Depth::default());
                sources[cell].add(Source { origin, datum, clock, depth }, by_history);
            }
        }
        let known = Known { sources, computed: vec![BTreeMap::new(); threads], by_history };
        Search { program, bounds, known: Arc::new(known), versions: vec![0; cells.len()], cut: None }
    }

    fn fixpoint(&mut self) -> Vec<Vec<Trace>> {
        let threads = self.program.threads.len();
        let mut latest: Vec<Explored> = (0..threads).map(|_| Explored::default()).collect();
        let mut seen: Vec<Option<Vec<usize>>> = vec![None; threads];
        if threads > MAX_THREADS {
            self.cut = Some(format!("{threads} threads are more than the {MAX_THREADS} that one program may have"));
            return vec![Vec::new(); threads];
        }
        loop {
            let mut changed = false;
            for thread in 0..threads {
                let fresh = seen[thread].as_ref().is_some_and(|versions| {
                    latest[thread]
                        .read_cells
                        .iter()
                        .all(|&cell| versions[usize::from(cell)] == self.versions[usize::from(cell)])
                });
                if fresh {
                    continue;
                }
                seen[thread] = Some(self.versions.clone());
                latest[thread] = self.explore(thread);
                let writes = std::mem::take(&mut latest[thread].writes);
                changed |= self.learn(thread, writes, &latest[thread].computed);
                if self.overflow().is_some() && seen.iter().all(Option::is_some) {
                    break;
                }
            }
            let runs = || latest.iter().find_map(|explored| explored.overflow.clone());
            let overflow = self.overflow().or_else(runs);
            if !changed || overflow.is_some() {
                let stray = (0..threads).find(|&thread| self.strays(thread, &latest[thread]));
                let stray = stray.map(|thread| self.strayed(thread));
                let cut = || latest.iter().find_map(|explored| explored.cut.clone());
                self.cut = stray.or(overflow).or_else(cut).or_else(|| told_apart(&latest));
                return latest.into_iter().map(|explored| explored.traces).collect();
            }
        }
    }

    /// How many write events one cell may have.
    fn most(&self) -> usize {
        self.bounds.values * if self.known.by_history { HISTORIES } else { 1 }
    }

    /// The cells that have more.
    fn overfull(&self) -> impl Iterator<Item = usize> {
        (0..self.known.sources.len()).filter(|&cell| self.known.sources[cell].as_slice().len() > self.most())
    }

    fn overflow(&self) -> Option<String> {
        let cell = self.overfull().next()?;
        Some(format!(
            "{} can be written in more than {} ways: where a number that is computed from what get() or observe() returned \
             is written, there is another one for each value read; compute it with the operators of Value, which is one write \
             whatever was read",
            self.program.cells()[cell].name,
            self.most()
        ))
    }

    /// Adds write events; whether that told anything new.
    fn learn(&mut self, thread: usize, writes: Vec<(u16, Source)>, computed: &BTreeMap<u16, usize>) -> bool {
        let known = Arc::make_mut(&mut self.known);
        let mut changed = BTreeSet::new();
        for (cell, write) in writes {
            if known.sources[usize::from(cell)].add(write, known.by_history) {
                changed.insert(cell);
            }
        }
        for (&cell, &count) in computed {
            if known.computed[thread].insert(cell, count) != Some(count) {
                changed.insert(cell);
            }
        }
        changed.iter().for_each(|&cell| self.versions[usize::from(cell)] += 1);
        !changed.is_empty()
    }

    /// Every run of one thread with the sources known now.
    fn explore(&self, thread: usize) -> Explored {
        let mut explored = Explored { known: Arc::clone(&self.known), ..Explored::default() };
        let mut before = Before::default();
        let mut runs = 0;
        let mut next = Run::new(thread as u8, self.bounds.operations, Arc::clone(&self.known));
        loop {
            begin_path(before);
            let (mut run, ended) = self.run(thread, next);
            let mut path = end_path();
            before = path.take_before();
            let strayed = path.strayed || run.again && matches!(ended, Err(Stop::Blocked));
            let ended = if strayed { Err(Stop::Strayed) } else { ended };
            if runs == 0 {
                explored.first.clone_from(&run.operations);
            }
            runs += 1;
            for operation in run.operations.iter().filter(|operation| operation.read.is_some()) {
                explored.read_cells.extend(operation.cell);
            }
            // A run that blocks when nothing is readable must be tried again once there is.
            if let Some(last) = run.operations.last() {
                explored.read_cells.extend(last.cell);
            }
            for (&cell, &count) in &run.computed {
                let most = explored.computed.entry(cell).or_default();
                *most = count.max(*most);
            }
            explored.writes.append(&mut run.writes);
            explored.spun.append(&mut run.spun);
            match ended {
                Ok(results) => {
                    let (symbols, decisions) = (path.symbols, path.decisions);
                    let operations = std::mem::take(&mut run.operations);
                    explored.traces.push(Trace { operations, symbols, decisions, results });
                }
                Err(Stop::Blocked) => {}
                Err(Stop::Cut(why)) => explored.cut = Some(why),
                Err(Stop::Strayed) => {
                    explored.cut = Some(self.strayed(thread));
                    return explored;
                }
                Err(Stop::Misuse(why)) => {
                    explored.cut = Some(why);
                    return explored;
                }
            }
            if runs == self.bounds.runs {
                let name = &self.program.threads[thread].name;
                explored.overflow = Some(format!("{name} has more than {runs} different runs"));
                return explored;
            }
            loop {
                match before.choices.last_mut() {
                    None => return explored,
                    Some((taken, of)) if *taken + 1 < *of => {
                        *taken += 1;
                        break;
                    }
                    Some(_) => {
                        before.choices.pop();
                    }
                }
            }
            // Depth first: the last of the choices is the first that is another.
            next = run.next(before.choices.len());
        }
    }

    /// Whether the thread's first run is another one when it is made again: twice, for what alternates.
    fn strays(&self, thread: usize, explored: &Explored) -> bool {
        let differs = |_| {
            begin_path(Before::default());
            let run = Run::new(thread as u8, self.bounds.operations, Arc::clone(&explored.known));
            let (run, _) = self.run(thread, run);
            end_path();
            run.operations != explored.first
        };
        (0..2).any(differs)
    }

    fn strayed(&self, thread: usize) -> String {
        format!(
            "{} did something else when it was run again with the same reads: let it do nothing but access memory and \
             compute from what it reads, and let no variable live from turn to turn of spin_until()",
            self.program.threads[thread].name
        )
    }

    fn run(&self, thread: usize, run: Run) -> (Run, Result<Vec<Term>, Stop>) {
        let cpu = Cpu::running(run);
        let body = &self.program.threads[thread];
        let terms = || (body.body)(&cpu).into_iter().map(|value| value.term).collect();
        let ended = catch_unwind(AssertUnwindSafe(terms)).map_err(|panic| match panic.downcast::<Stop>() {
            Ok(stop) => *stop,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
                Stop::Misuse(format!("{} panicked: {text}", body.name))
            }
        });
        (cpu.into_run().expect("this CPU was made for a run"), ended)
    }
}

/// Who can tell that a turn was made which is left out: it looks at a lock that was taken there.
fn told_apart(latest: &[Explored]) -> Option<String> {
    let spun: BTreeSet<u16> = latest.iter().flat_map(|explored| &explored.spun).copied().collect();
    let is_told = |operation: &&Operation| {
        let is_waited_for = matches!(operation.action, Action::SpinLock | Action::SpinUnlock);
        operation.cell.is_some_and(|cell| spun.contains(&cell)) && !is_waited_for
    };
    let told = latest.iter().flat_map(|explored| &explored.traces).flat_map(|trace| &trace.operations).find(is_told)?;
    Some(format!(
        "at {} a lock is looked at that a turn of spin_until() takes: repeat that turn by a loop with a bound",
        told.site
    ))
}
