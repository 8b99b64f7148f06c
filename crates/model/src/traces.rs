//! The thread-local half of the search: every run that each thread can make alone, with reads drawn from the
//! writes that all runs of all threads produce, to a fixpoint.
//!
//! The result depends on no memory model. A value can be its own cause nowhere in it (every value was derived
//! from initial values through writes none of which occurs twice), so nothing comes out of thin air; and since
//! the order in which threads run plays no part, cycles of program order and reads-from, as in load buffering,
//! come out by themselves.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use crate::bounds::Bounds;
use crate::cpu::Cpu;
use crate::operation::{Datum, Trace};
use crate::program::{CellInfo, Program};
use crate::run::{Origin, Run, Source, Sources, Stop, add_derivation};
use crate::value::{begin_path, end_path};

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
        let cells = program.cells();
        let init = |cell: &CellInfo| Source {
            origin: Origin::Init,
            datum: Datum { bits: cell.init, life: 0 },
            derivations: vec![0],
        };
        let mut search = Search {
            program,
            bounds,
            sources: Arc::new(cells.iter().map(|cell| vec![init(cell)]).collect()),
            versions: vec![0; cells.len()],
            cut: None,
        };
        let threads = search.fixpoint();
        let names = program.threads.iter().map(|thread| thread.name.clone()).collect();
        Traces { cells, names, threads, cut: search.cut }
    }
}

struct Search<'p> {
    program: &'p Program,
    bounds: &'p Bounds,
    sources: Arc<Sources>,
    /// By cell: how often its sources have grown.
    versions: Vec<usize>,
    cut: Option<String>,
}

/// What one thread's runs gave.
#[derive(Default)]
struct Explored {
    traces: Vec<Trace>,
    writes: Vec<(u16, Source)>,
    read_cells: BTreeSet<u16>,
    /// The most writes of one run, complete or not.
    most_writes: usize,
    cut: Option<String>,
}

impl Search<'_> {
    fn fixpoint(&mut self) -> Vec<Vec<Trace>> {
        let threads = self.program.threads.len();
        let mut latest: Vec<Explored> = (0..threads).map(|_| Explored::default()).collect();
        let mut seen: Vec<Option<Vec<usize>>> = vec![None; threads];
        if threads > 64 {
            self.cut = Some(format!("{threads} threads are more than the 64 that one program may have"));
            return vec![Vec::new(); threads];
        }
        // A derivation passes through each write of an execution at most once, so that this many rounds find all.
        let mut rounds_left = 2;
        let mut round = 0;
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
                changed |= self.learn(writes);
            }
            rounds_left = rounds_left.max(2 + latest.iter().map(|explored| explored.most_writes).sum::<usize>());
            round += 1;
            let failed = latest.iter().find_map(|explored| explored.cut.clone());
            if !changed || round >= rounds_left || failed.is_some() && self.overflow() {
                self.cut = self.cut.take().or(failed);
                return latest.into_iter().map(|explored| explored.traces).collect();
            }
        }
    }

    fn overflow(&self) -> bool {
        self.sources.iter().any(|cell| cell.len() > self.bounds.values)
    }

    /// Adds write events; whether that told anything new.
    fn learn(&mut self, writes: Vec<(u16, Source)>) -> bool {
        let sources = Arc::make_mut(&mut self.sources);
        let mut changed = false;
        for (cell, write) in writes {
            let cell = usize::from(cell);
            let known = sources[cell].iter_mut().find(|s| s.origin == write.origin && s.datum == write.datum);
            let news = match known {
                Some(known) => write
                    .derivations
                    .iter()
                    .fold(false, |news, &set| add_derivation(&mut known.derivations, set) | news),
                None => {
                    sources[cell].push(write);
                    true
                }
            };
            if news {
                self.versions[cell] += 1;
                changed = true;
            }
        }
        changed
    }

    /// Every run of one thread with the sources known now.
    fn explore(&self, thread: usize) -> Explored {
        let mut explored = Explored::default();
        let mut choices = Vec::new();
        let mut runs = 0;
        loop {
            let run = Run::new(
                thread as u8,
                self.program.threads.len() as u8,
                self.bounds.operations,
                Arc::clone(&self.sources),
            );
            begin_path(choices);
            let (mut run, ended) = self.run(thread, run);
            let path = end_path();
            runs += 1;
            for operation in run.operations.iter().filter(|operation| operation.read.is_some()) {
                explored.read_cells.extend(operation.cell);
            }
            // A run that blocks when nothing is readable must be tried again once there is.
            if let Some(last) = run.operations.last() {
                explored.read_cells.extend(last.cell);
            }
            let written = run.operations.iter().filter(|operation| operation.written.is_some()).count();
            explored.most_writes = explored.most_writes.max(written);
            explored.writes.append(&mut run.writes);
            match ended {
                Ok(results) => {
                    explored.traces.push(Trace { operations: run.operations, symbols: path.symbols, results })
                }
                Err(Stop::Blocked) => {}
                Err(Stop::Cut(why)) => explored.cut = Some(why),
                Err(Stop::Misuse(why)) => {
                    explored.cut = Some(why);
                    return explored;
                }
            }
            if runs == self.bounds.runs {
                let name = &self.program.threads[thread].name;
                explored.cut = Some(format!("{name} has more than {runs} different runs"));
                return explored;
            }
            choices = path.choices;
            loop {
                match choices.last_mut() {
                    None => return explored,
                    Some((taken, of)) if *taken + 1 < *of => {
                        *taken += 1;
                        break;
                    }
                    Some(_) => {
                        choices.pop();
                    }
                }
            }
        }
    }

    fn run(&self, thread: usize, run: Run) -> (Run, Result<Vec<u64>, Stop>) {
        let cpu = Cpu::running(run);
        let body = &self.program.threads[thread];
        let ended =
            catch_unwind(AssertUnwindSafe(|| (body.body)(&cpu))).map_err(|panic| match panic.downcast::<Stop>() {
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
