//! One run of one thread alone: which values its reads return, and the record that it leaves.

use std::collections::BTreeMap;
use std::panic::Location as Line;
use std::sync::Arc;

use crate::operation::{Action, Datum, Frame, Operation, Site};
use crate::symbol::{Node, Operator, Term};
use crate::value::{Deps, Value, on_path};

/// Why a run ended before its closure returned.
#[derive(Debug)]
pub(crate) enum Stop {
    /// It waits for something that these reads do not give, or contradicts itself.
    Blocked,
    /// A bound was hit: the text says which.
    Cut(String),
    /// The program did what a program must not.
    Misuse(String),
}

/// Ends the run.
pub(crate) fn stop(why: Stop) -> ! {
    std::panic::resume_unwind(Box::new(why))
}

/// The set of writes that a value was derived through, one bit a write.
pub(crate) type Derivation = u128;

/// Where a value in memory can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    Init,
    /// A thread, and the number of the write in it.
    Write(u8, u8),
}

/// A write event that some run produced.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub origin: Origin,
    pub datum: Datum,
    /// The smallest sets of writes that it can have been derived through.
    pub derivations: Vec<Derivation>,
}

/// By cell: every write event known so far.
pub(crate) type Sources = Vec<Vec<Source>>;

/// How many derivations of one value are told apart; beyond, their intersection stands for all.
const MAX_DERIVATIONS: usize = 16;

/// Adds to a list of smallest sets.
pub(crate) fn add_derivation(list: &mut Vec<Derivation>, set: Derivation) -> bool {
    if list.iter().any(|&known| known & !set == 0) {
        return false;
    }
    list.retain(|&known| set & !known != 0);
    list.push(set);
    if list.len() > MAX_DERIVATIONS {
        let common = list.iter().fold(!0, |common, &set| common & set);
        *list = vec![common];
    }
    true
}

/// The state of one run.
pub(crate) struct Run {
    pub thread: u8,
    pub threads: u8,
    pub max_operations: usize,
    pub sources: Arc<Sources>,
    pub operations: Vec<Operation>,
    /// The write events that it made, by cell.
    pub writes: Vec<(u16, Source)>,
    pub calls: Vec<Frame>,
    pub life: u8,
    /// The number of its writes so far.
    written: u8,
    /// By cell: this thread's latest write.
    own: BTreeMap<u16, u8>,
    /// By read: its cell, and the derivations of what it can return.
    reads: Vec<(u16, BTreeMap<Datum, Vec<Derivation>>)>,
}

impl Run {
    pub fn new(thread: u8, threads: u8, max_operations: usize, sources: Arc<Sources>) -> Run {
        Run {
            thread,
            threads,
            max_operations,
            sources,
            operations: Vec::new(),
            writes: Vec::new(),
            calls: Vec::new(),
            life: 0,
            written: 0,
            own: BTreeMap::new(),
            reads: Vec::new(),
        }
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
            possible: Vec::new(),
            number: None,
            addr: cell.map_or(Deps::NONE, |(_, addr)| addr),
            data: Deps::NONE,
            ctrl: on_path(|path| path.branches),
        });
        self.operations.len() - 1
    }

    /// Lets the operation at `place` read whatever some write may have left in its cell.
    pub fn read(&mut self, place: usize) -> Value {
        let cell = self.operations[place].cell.expect("a read has a cell");
        let mut found: BTreeMap<Datum, Vec<Derivation>> = BTreeMap::new();
        let own = self.own.get(&cell).copied();
        let initial = own.is_none() && self.may_still_be_initial(cell);
        let made = self.writes.iter().filter(|(id, _)| *id == cell).map(|(_, source)| source);
        for source in self.sources[usize::from(cell)].iter().chain(made) {
            let readable = match source.origin {
                Origin::Init => initial,
                Origin::Write(thread, number) => thread != self.thread || own == Some(number),
            };
            if readable {
                let derivations = found.entry(source.datum).or_default();
                for &set in &source.derivations {
                    add_derivation(derivations, set);
                }
            }
        }
        let Some(number) = u8::try_from(self.reads.len()).ok().filter(|&number| number < 64) else {
            stop(Stop::Cut("a thread made more than 64 reads".into()))
        };
        let term = on_path(|path| {
            path.symbols.domains.push(found.keys().copied().collect());
            path.symbols.node(Node::Read(number))
        });
        if found.is_empty() {
            stop(Stop::Blocked);
        }
        self.reads.push((cell, found));
        self.operations[place].read = Some(term);
        self.operations[place].number = Some(number);
        Value { term, deps: Deps::on(number) }
    }

    /// Whether no earlier read of the cell is known to have returned something else than its initial value.
    fn may_still_be_initial(&self, cell: u16) -> bool {
        let initial = self.sources[usize::from(cell)][0].datum;
        on_path(|path| {
            let mut earlier = self.reads.iter().zip(&path.symbols.domains).filter(|((id, _), _)| *id == cell);
            earlier.all(|(_, domain)| domain.contains(&initial))
        })
    }

    /// Lets the operation at `place` write `value` with the life of `life`.
    pub fn write(&mut self, place: usize, value: Value, life: Term) {
        let number = self.written;
        let Some(next) = number.checked_add(1) else { stop(Stop::Cut("a thread made more than 255 writes".into())) };
        self.written = next;
        let operation = &mut self.operations[place];
        let term = on_path(|path| path.symbols.join(Operator::Life, value.term, life));
        operation.written = Some(term);
        // A read-modify-write's own read reaches its write without a register: that is `rmw`, not `data`.
        let own = operation.number.map_or(0, |number| 1u64 << number);
        operation.data = Deps { full: value.deps.full & !own, picked: value.deps.picked & !own };
        let cell = operation.cell.expect("a write has a cell");
        let behind = value.deps.and(operation.addr).and(operation.ctrl).all() | own;

        let assignments = on_path(|path| path.symbols.assignments(path.symbols.reads(term)));
        let Some(assignments) = assignments else {
            stop(Stop::Cut("one value is computed from too many others".into()))
        };
        let mut made: BTreeMap<Datum, Vec<Derivation>> = BTreeMap::new();
        for assignment in assignments {
            let Some(datum) = on_path(|path| path.symbols.under(term, &assignment)) else { continue };
            for set in self.derive(number, behind, &assignment) {
                add_derivation(made.entry(datum).or_default(), set);
            }
        }
        if made.is_empty() {
            stop(Stop::Blocked);
        }
        self.operations[place].possible = made.keys().copied().collect();
        self.own.insert(cell, number);
        let origin = Origin::Write(self.thread, number);
        self.writes.extend(made.into_iter().map(|(datum, derivations)| (cell, Source { origin, datum, derivations })));
    }

    /// The derivations of this thread's write `number`, which rests on the reads `behind`, where those in
    /// `assignment` return this. A write that would rest on itself has none: no model lets a value be its own
    /// cause.
    fn derive(&self, number: u8, behind: u64, assignment: &[(u8, Datum)]) -> Vec<Derivation> {
        let slots = 128 / u32::from(self.threads).max(1);
        let slot = u32::from(number);
        let this: Derivation = if slot < slots { 1 << (u32::from(self.thread) * slots + slot) } else { 0 };
        let mut sets = vec![0];
        for read in (0..self.reads.len()).filter(|read| behind >> read & 1 == 1) {
            let derivations = &self.reads[read].1;
            let assigned = assignment.iter().find(|(number, _)| usize::from(*number) == read);
            let mut ways = Vec::new();
            let domain = on_path(|path| match assigned {
                Some((_, datum)) => vec![*datum],
                None => path.symbols.domains[read].clone(),
            });
            for datum in domain {
                for &set in derivations.get(&datum).map_or(&[][..], Vec::as_slice) {
                    if set & this == 0 {
                        add_derivation(&mut ways, set);
                    }
                }
            }
            let mut next = Vec::new();
            for &set in &sets {
                for &more in &ways {
                    add_derivation(&mut next, set | more);
                }
            }
            sets = next;
        }
        sets.iter_mut().for_each(|set| *set |= this);
        sets
    }
}
