//! One run of one thread alone: which values its reads return, and the record that it leaves.

use std::collections::BTreeMap;
use std::panic::Location as Line;
use std::sync::Arc;

use crate::operation::{Action, Datum, Operation, Site};
use crate::value::{Deps, Value, branch_on, branches};

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
    /// What each choice so far took, and of how many.
    pub choices: Vec<(usize, usize)>,
    pub depth: usize,
    pub operations: Vec<Operation>,
    /// The writes that it made: cell and event.
    pub writes: Vec<(u16, Source)>,
    pub calls: Vec<&'static Line<'static>>,
    pub life: u8,
    /// By cell: this thread's latest write.
    own: BTreeMap<u16, (u8, Datum)>,
    /// Cells whose initial value can no longer be read.
    overwritten: Vec<u16>,
    /// By read: the derivations of what it returned.
    derivations: Vec<Vec<Derivation>>,
}

impl Run {
    pub fn new(
        thread: u8,
        threads: u8,
        max_operations: usize,
        sources: Arc<Sources>,
        choices: Vec<(usize, usize)>,
    ) -> Run {
        Run {
            thread,
            threads,
            max_operations,
            sources,
            choices,
            depth: 0,
            operations: Vec::new(),
            writes: Vec::new(),
            calls: Vec::new(),
            life: 0,
            own: BTreeMap::new(),
            overwritten: Vec::new(),
            derivations: Vec::new(),
        }
    }

    fn choose(&mut self, alternatives: usize) -> usize {
        if self.depth == self.choices.len() {
            self.choices.push((0, alternatives));
        }
        self.depth += 1;
        self.choices[self.depth - 1].0
    }

    pub fn site(&self, line: &'static Line<'static>) -> Site {
        Site(self.calls.iter().copied().chain([line]).collect())
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
            number: None,
            addr: cell.map_or(Deps::NONE, |(_, addr)| addr),
            data: Deps::NONE,
            ctrl: branches(),
        });
        self.operations.len() - 1
    }

    /// Lets the operation at `place` read one of the values that `wanted` accepts.
    pub fn read(&mut self, place: usize, wanted: impl Fn(u64) -> bool) -> Value {
        let cell = self.operations[place].cell.expect("a read has a cell");
        let mut found: BTreeMap<Datum, (bool, Vec<Derivation>)> = BTreeMap::new();
        let own = self.own.get(&cell);
        for source in &self.sources[usize::from(cell)] {
            let readable = match source.origin {
                Origin::Init => own.is_none() && !self.overwritten.contains(&cell),
                Origin::Write(thread, _) => thread != self.thread,
            };
            if readable && wanted(source.datum.bits) {
                let entry = found.entry(source.datum).or_default();
                entry.0 |= source.origin == Origin::Init;
                for &set in &source.derivations {
                    add_derivation(&mut entry.1, set);
                }
            }
        }
        if let Some(&(number, datum)) = own
            && wanted(datum.bits)
        {
            let made =
                self.writes.iter().rev().find(|(id, s)| *id == cell && s.origin == Origin::Write(self.thread, number));
            let entry = found.entry(datum).or_default();
            for &set in made.map_or(&[][..], |(_, source)| &source.derivations) {
                add_derivation(&mut entry.1, set);
            }
        }
        if found.is_empty() {
            stop(Stop::Blocked);
        }
        let number = u8::try_from(self.derivations.len()).ok().filter(|&number| number < 64);
        let Some(number) = number else { stop(Stop::Cut("a thread made more than 64 reads".into())) };
        let chosen = self.choose(found.len());
        let (datum, (init, derivations)) =
            found.into_iter().nth(chosen).expect("a choice is below the number of alternatives");
        if !init {
            self.overwritten.push(cell);
        }
        self.derivations.push(derivations);
        self.operations[place].read = Some(datum);
        self.operations[place].number = Some(number);
        Value { bits: datum.bits, life: datum.life, deps: Deps::on(number) }
    }

    /// Lets the operation at `place` write `value`, which belongs to `life`.
    pub fn write(&mut self, place: usize, value: Value, life: u8) {
        let number = self.writes.len();
        let Ok(number) = u8::try_from(number) else { stop(Stop::Cut("a thread made more than 256 writes".into())) };
        let operation = &mut self.operations[place];
        let datum = Datum { bits: value.bits, life };
        operation.written = Some(datum);
        // A read-modify-write's own read reaches its write without a register: that is `rmw`, not `data`.
        let own = operation.number.map_or(0, |number| 1u64 << number);
        operation.data = Deps { full: value.deps.full & !own, picked: value.deps.picked & !own };
        let cell = operation.cell.expect("a write has a cell");
        let reads = value.deps.and(operation.addr).and(operation.ctrl).all() | own;
        let derivations = self.derive(number, reads);
        if derivations.is_empty() {
            stop(Stop::Blocked);
        }
        self.own.insert(cell, (number, datum));
        self.writes.push((cell, Source { origin: Origin::Write(self.thread, number), datum, derivations }));
    }

    /// The derivations of this thread's write `number`, which rests on `reads`. A write that would rest on
    /// itself has none: no model lets a value be its own cause.
    fn derive(&self, number: u8, reads: u64) -> Vec<Derivation> {
        let slots = 128 / u32::from(self.threads).max(1);
        let slot = u32::from(number);
        let this: Derivation = if slot < slots { 1 << (u32::from(self.thread) * slots + slot) } else { 0 };
        let mut sets = vec![0];
        for read in (0..self.derivations.len()).filter(|read| reads >> read & 1 == 1) {
            let mut next = Vec::new();
            for &set in &sets {
                for &more in self.derivations[read].iter().filter(|&&more| more & this == 0) {
                    add_derivation(&mut next, set | more);
                }
            }
            sets = next;
        }
        sets.iter_mut().for_each(|set| *set |= this);
        sets
    }

    /// The branch that a conditional operation's own result is.
    pub fn branch(&self, place: usize) {
        if let Some(number) = self.operations[place].number {
            branch_on(Deps::on(number));
        }
    }
}
