//! One run of one thread alone: which values its reads can return, and the record that it leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::Location as Line;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::clock::{Clock, Least, Origin};
use crate::operation::{Action, Datum, Frame, Operation, Site};
use crate::source::{Depth, Source, Sources, either, follow};
use crate::symbol::{Node, Operator, Term};
use crate::value::{Deps, Path, Value, on_path};

/// Why a run ended before its closure returned.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It waits for something that these reads do not give, or contradicts itself.
    Blocked,
    /// A bound was hit: the text says which.
    Cut(String),
    /// With the same reads it did something else than before.
    Strayed,
    /// The program did what a program must not.
    Misuse(String),
}

/// Ends the run.
pub(crate) fn stop(why: Stop) -> ! {
    std::panic::resume_unwind(Box::new(why))
}

/// What other threads can do, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    /// By cell: every write event.
    pub sources: Vec<Sources>,
    /// By thread and cell: the most writes of one run whose values are computed from what it read.
    pub computed: Vec<BTreeMap<u16, usize>>,
    /// Whether the writes of read-modify-writes are told apart by what came before them: that makes more writes, and leaves
    /// out values that no execution has.
    pub by_history: bool,
}

/// What a thread did to a cell: read it, or wrote it; and the writes that this was, or read from.
#[derive(Clone)]
struct Step {
    read: Option<u8>,
    writes: Arc<[Source]>,
}

/// What came of a read or write: the writes that it read from, or that it is, and their values.
#[derive(Clone)]
pub(crate) struct Done {
    writes: Arc<[Source]>,
    values: Arc<[Datum]>,
}

/// What a thread did to one cell.
#[derive(Clone, Default)]
struct Track {
    steps: Vec<Step>,
    /// After each step: where the thread may be in coherence order.
    positions: Vec<Position>,
}

/// The writes at which a thread may be, and of which values of the read before it that was told: it is told again once fewer
/// are left.
type Position = (Option<Arc<[Datum]>>, Arc<[Source]>);

/// The state of one run.
#[derive(Clone)]
pub(crate) struct Run {
    thread: u8,
    max_operations: usize,
    known: Arc<Known>,
    /// After how many choices it does what no run before it did.
    parts: usize,
    /// What came of the reads and writes of the run before it, in order, and of its own.
    before: Rc<Vec<Done>>,
    done: Vec<Done>,
    /// Whether all that it did so far is what the run before it did.
    follows: bool,
    pub operations: Vec<Operation>,
    /// The write events that it made then, by cell.
    pub writes: Vec<(u16, Source)>,
    /// By cell: how many of them were computed from what it read.
    pub computed: BTreeMap<u16, usize>,
    /// The locks that it took and gave back in turns that are left out.
    pub spun: BTreeSet<u16>,
    pub calls: Vec<Frame>,
    pub life: u8,
    /// Whether it makes a turn of a loop for the second time.
    pub again: bool,
    /// The number of its writes so far.
    written: u8,
    /// By cell.
    tracks: BTreeMap<u16, Track>,
    /// By read: its cell, and its place in that cell's steps.
    reads: Vec<(u16, usize)>,
}

impl Done {
    fn of(writes: Vec<Source>) -> Done {
        let values: BTreeSet<Datum> = writes.iter().map(|source| source.datum).collect();
        Done { writes: writes.into(), values: values.into_iter().collect() }
    }
}

impl Run {
    /// A run with nothing before it.
    pub fn new(thread: u8, max_operations: usize, known: Arc<Known>) -> Run {
        Run {
            thread,
            max_operations,
            known,
            parts: 0,
            before: Rc::default(),
            done: Vec::new(),
            follows: true,
            operations: Vec::new(),
            writes: Vec::new(),
            computed: BTreeMap::new(),
            spun: BTreeSet::new(),
            calls: Vec::new(),
            life: 0,
            again: false,
            written: 0,
            tracks: BTreeMap::new(),
            reads: Vec::new(),
        }
    }

    /// The run after it, which is another from the last of so many choices on.
    pub fn next(self, parts: usize) -> Run {
        let mut next = Run::new(self.thread, self.max_operations, self.known);
        (next.parts, next.before) = (parts, Rc::new(self.done));
        let told = |track: Track| Track { steps: Vec::new(), positions: track.positions };
        next.tracks = self.tracks.into_iter().map(|(cell, track)| (cell, told(track))).collect();
        next
    }

    /// What comes of its next read or write: what came of it in the run before, so long as this one follows it.
    fn done(&mut self, find_out: impl FnOnce(&mut Run) -> Done) -> Done {
        if self.follows && on_path(|path| path.depth >= self.parts) {
            self.follows = false;
            self.tracks.values_mut().for_each(|Track { steps, positions }| positions.truncate(steps.len()));
        }
        let known = self.before.get(self.done.len()).filter(|_| self.follows).cloned();
        let done = known.unwrap_or_else(|| find_out(self));
        self.done.push(done.clone());
        done
    }

    /// The number of cells of the program.
    pub fn cells(&self) -> usize {
        self.known.sources.len()
    }

    /// The chain of calls with the operation's own line, unless a label stands for that.
    fn site(&self, line: &'static Line<'static>) -> Site {
        let own = if let Some(Frame::Label(_)) = self.calls.last() { None } else { Some(Frame::Line(line)) };
        Site(self.calls.iter().cloned().chain(own).collect())
    }

    /// Records an operation and returns its place, or stops at the bound.
    pub fn record(&mut self, action: Action, line: &'static Line<'static>, cell: Option<(u16, Deps)>) -> usize {
        if self.operations.len() == self.max_operations {
            stop(Stop::Cut(format!("a thread ran for more than {} operations", self.max_operations)));
        }
        self.operations.push(Operation {
            action,
            site: self.site(line),
            cell: cell.map(|(id, _)| id),
            read: None,
            written: None,
            possible: Arc::default(),
            number: None,
            addr: cell.map_or(Deps::NONE, |(_, addr)| addr),
            data: Deps::NONE,
            idle: false,
            compared: Deps::NONE,
            ctrl: on_path(|path| path.branches),
            scope: on_path(|path| path.scope),
            arms: on_path(|path| path.arms),
        });
        self.operations.len() - 1
    }

    /// Where this thread may be in the cell's coherence order: at which write that it saw or made last.
    fn position(&mut self, cell: u16) -> Arc<[Source]> {
        let init = &self.known.sources[usize::from(cell)].as_slice()[..1];
        let Track { steps, positions } = self.tracks.entry(cell).or_default();
        on_path(|path| {
            let domain = |step: &Step| step.read.map(|number| &path.symbols.domains[usize::from(number)]);
            let told = positions.iter().zip(&*steps).take_while(|((of, _), step)| domain(step) == of.as_ref()).count();
            positions.truncate(told);
            for step in &steps[told..] {
                let domain = domain(step);
                let here = match domain {
                    None => Arc::clone(&step.writes),
                    Some(domain) => {
                        let before = positions.last().map_or(init, |(_, here)| here);
                        follow(before, step.writes.iter().filter(|source| domain.contains(&source.datum))).into()
                    }
                };
                positions.push((domain.cloned(), here));
            }
            positions.last().map_or_else(|| init.into(), |(_, here)| Arc::clone(here))
        })
    }

    /// Where something is not left as it was by the operations from `begin` on: a lock is given back, and what else is
    /// written is what was read there. A plain read is a change as well, for it may race.
    pub fn change_since(&mut self, begin: usize) -> Option<&Site> {
        let mut held: Vec<&Operation> = Vec::new();
        for operation in &self.operations[begin..] {
            let unchanged = match (operation.action, operation.read, operation.written) {
                (Action::SpinLock, ..) => {
                    held.push(operation);
                    self.spun.extend(operation.cell);
                    true
                }
                (Action::PlainRead, ..) => false,
                (Action::SpinUnlock, ..) => held.pop().is_some_and(|lock| lock.cell == operation.cell),
                (.., None) => true,
                (_, None, Some(_)) => false,
                (_, Some(read), Some(written)) => on_path(|path| {
                    let same = path.symbols.join(Operator::Equal, read, written);
                    path.symbols.possible(same).is_some_and(|possible| !possible.contains(&0))
                }),
            };
            if !unchanged {
                return Some(&operation.site);
            }
        }
        held.pop().map(|lock| &lock.site)
    }

    /// Lets the operation at `place` read whatever some write may have left in its cell.
    pub fn read(&mut self, place: usize) -> Value {
        let cell = self.operations[place].cell.expect("a read has a cell");
        let Done { writes, values } = self.done(|run| run.readable(cell));
        let Some(number) = u8::try_from(self.reads.len()).ok().filter(|&number| number < 64) else {
            stop(Stop::Cut("a thread made more than 64 reads".into()))
        };
        if values.is_empty() {
            stop(Stop::Blocked);
        }
        let term = on_path(|path| {
            path.symbols.domains.push(values);
            path.symbols.node(Node::Read(number))
        });
        let Track { steps, .. } = self.tracks.entry(cell).or_default();
        self.reads.push((cell, steps.len()));
        steps.push(Step { read: Some(number), writes });
        self.operations[place].read = Some(term);
        self.operations[place].number = Some(number);
        Value { term, deps: Deps::on(number) }
    }

    /// What some write may have left in a cell.
    fn readable(&mut self, cell: u16) -> Done {
        let here = self.position(cell);
        let mine = |source: &&Source| matches!(source.origin, Origin::Write(thread, _) if thread == self.thread);
        let others = self.known.sources[usize::from(cell)].as_slice().iter().filter(|source| !mine(source));
        let others = others.filter(|source| source.clock.knows_none_after(self.thread, self.written));
        Done::of(follow(&here, here.iter().filter(mine).chain(others)))
    }

    /// Lets the operation at `place` write `value` with the life of `life`.
    pub fn write(&mut self, place: usize, value: Value, life: Term) {
        let Some(number) = self.written.checked_add(1).filter(|&number| number < u8::MAX) else {
            stop(Stop::Cut("a thread made more than 254 writes".into()))
        };
        self.written = number;
        let operation = &mut self.operations[place];
        let term = on_path(|path| path.symbols.join(Operator::Life, value.term, life));
        operation.written = Some(term);
        operation.data = value.deps;
        let cell = operation.cell.expect("a write has a cell");
        let at_once = operation.read.is_some();
        let reads = on_path(|path| path.symbols.reads(term));
        if reads != 0 {
            *self.computed.entry(cell).or_default() += 1;
        }
        let Done { writes, values } = self.done(|run| run.made(cell, number, (term, reads), at_once));
        if writes.is_empty() {
            stop(Stop::Blocked);
        }
        self.operations[place].possible = values;
        if !self.follows {
            self.writes.extend(writes.iter().map(|source| (cell, source.clone())));
        }
        self.tracks.entry(cell).or_default().steps.push(Step { read: None, writes });
    }

    /// The write events that the write of this number may be: of a term over these reads, and at once if it is the write of
    /// a read-modify-write.
    fn made(&mut self, cell: u16, number: u8, (term, reads): (Term, u64), at_once: bool) -> Done {
        let here = self.position(cell);
        let last_read = self.tracks.get(&cell).and_then(|track| track.steps.last()).and_then(|step| step.read);
        let by_history = self.known.by_history && at_once;
        let after = |seen: Option<Datum>| {
            let from = here.iter().filter(|source| seen.is_none_or(|datum| datum == source.datum));
            let from = from.map(|source| &source.clock);
            let next = |clock: Clock| clock.next(self.thread, number, at_once);
            if !by_history {
                return either(from).map(next).into_iter().collect();
            }
            let mut clocks: FxHashMap<Least, Clock> = FxHashMap::default();
            for clock in from.cloned().map(next) {
                clocks.entry(clock.least()).and_modify(|known| known.widen(&clock)).or_insert(clock);
            }
            clocks.into_values().collect()
        };
        let mut clocks: FxHashMap<Option<Datum>, Vec<Clock>> = FxHashMap::default();
        let mut made = Sources::default();
        let all = on_path(|Path { symbols, .. }| {
            symbols.each_assignment(reads, |assignment| {
                let Some(datum) = symbols.under(term, assignment) else { return };
                let Some(depth) = self.depth(cell, assignment) else { return };
                let seen = assignment.iter().find(|(read, _)| Some(*read) == last_read).map(|(_, datum)| *datum);
                for clock in clocks.entry(seen).or_insert_with(|| after(seen)) {
                    let (origin, clock) = (Origin::Write(self.thread, number), clock.clone());
                    made.add(Source { origin, datum, clock, depth }, by_history);
                }
            })
        });
        if all.is_none() {
            stop(Stop::Cut("one value is computed from too many others".into()));
        }
        Done::of(made.into_vec())
    }

    /// Through how many writes a value in `cell` was computed, if it was from these; `None` if through more than
    /// one execution can have.
    fn depth(&self, cell: u16, assignment: &[(u8, Datum)]) -> Option<Depth> {
        if assignment.is_empty() {
            return Some(Depth::default());
        }
        let mut depth = Depth::default();
        for &(read, datum) in assignment {
            let (from, step) = self.reads[usize::from(read)];
            let writes = self.tracks[&from].steps[step].writes.iter().filter(|source| source.datum == datum);
            let least = writes.map(|source| source.depth).reduce(Depth::or)?;
            depth.total = depth.total.max(least.total);
            if from == cell {
                depth.here = depth.here.max(least.here);
            }
        }
        let depth = Depth { here: depth.here + 1, total: depth.total + 1 };
        let all = |computed: &BTreeMap<u16, usize>| computed.values().sum();
        let here = |computed: &BTreeMap<u16, usize>| computed.get(&cell).copied().unwrap_or(0);
        (depth.here <= self.most(here) && depth.total <= self.most(all)).then_some(depth)
    }

    /// The most that one execution can have of what `count` counts in a thread's computed writes.
    fn most(&self, count: impl Fn(&BTreeMap<u16, usize>) -> usize) -> usize {
        let threads = self.known.computed.iter().enumerate();
        let so_far = |thread: usize| if thread == usize::from(self.thread) { count(&self.computed) } else { 0 };
        threads.map(|(thread, computed)| count(computed).max(so_far(thread))).sum()
    }
}
