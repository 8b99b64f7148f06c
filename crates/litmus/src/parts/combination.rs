//! What one run of each thread can read from each other.

use std::collections::{BTreeMap, BTreeSet};

use fencepost_model::{Action, Datum, Expression, Operation, Run};

use super::serial::{self, Access, Leaves};

/// A register of a thread, by the thread's place and the register's name.
pub(super) type Register = (usize, String);

/// The most values of the reads of one expression that are looked at together.
const MAX_VALUES: usize = 4_096;

/// One run of each thread. Only what reads can return is narrowed down, so it is cheap to have many.
#[derive(Clone)]
pub(super) struct Combination<'r> {
    threads: &'r [Thread<'r>],
    /// By cell: what it holds at first.
    init: &'r [u64],
    /// One of each thread's runs, by place.
    runs: Vec<usize>,
    /// By thread and number of a read: what it can return.
    domains: Vec<Vec<BTreeSet<u64>>>,
}

/// A thread's runs.
pub(super) struct Thread<'r> {
    pub runs: Vec<Known<'r>>,
}

/// A run, and what its registers hold.
pub(super) struct Known<'r> {
    pub run: &'r Run,
    /// By number of a read: the register that it is read into.
    pub into: BTreeMap<u8, String>,
    /// The registers that hold the same whatever is read.
    pub constants: BTreeMap<String, u64>,
}

/// A write to a cell, or what the cell holds at first.
struct Source {
    /// Of which thread and operation.
    of: Option<(usize, usize)>,
    values: BTreeSet<u64>,
}

impl<'r> Combination<'r> {
    /// `None` if they cannot go together.
    pub fn of(threads: &'r [Thread<'r>], runs: &[usize], init: &'r [u64]) -> Option<Combination<'r>> {
        let domain = |domain: &Vec<Datum>| domain.iter().map(|datum| datum.bits).collect();
        let of_thread =
            |(thread, &run): (&Thread<'r>, &usize)| thread.runs[run].run.domains.iter().map(domain).collect();
        let domains = threads.iter().zip(runs).map(of_thread).collect();
        Combination { threads, init, runs: runs.to_vec(), domains }.narrowed()
    }

    fn run(&self, thread: usize) -> &'r Known<'r> {
        &self.threads[thread].runs[self.runs[thread]]
    }

    /// The values that a register can hold at the end; `None` if nothing is assigned to it.
    pub fn values(&self, (thread, name): &Register) -> Option<BTreeSet<u64>> {
        let known = self.run(*thread);
        if let Some(&constant) = known.constants.get(name) {
            return Some(BTreeSet::from([constant]));
        }
        let number = known.into.iter().find(|(_, into)| *into == name)?.0;
        Some(self.domains[*thread][usize::from(*number)].clone())
    }

    /// The registers that something is assigned to.
    pub fn registers(&self) -> BTreeSet<Register> {
        let of_thread = |thread| {
            let known = self.run(thread);
            known.into.values().chain(known.constants.keys()).map(move |name| (thread, name.clone()))
        };
        (0..self.threads.len()).flat_map(of_thread).collect()
    }

    /// Those executions in which the register holds this value at the end; `None` if there are none.
    pub fn with(&self, register: &Register, value: u64) -> Option<Combination<'r>> {
        let (thread, name) = register;
        let known = self.run(*thread);
        if let Some(&constant) = known.constants.get(name) {
            return (constant == value).then(|| self.clone());
        }
        let number = *known.into.iter().find(|(_, into)| *into == name)?.0;
        let mut rest = self.clone();
        let domain = &mut rest.domains[*thread][usize::from(number)];
        if domain.len() == 1 {
            return domain.contains(&value).then_some(rest);
        }
        domain.retain(|&known| known == value);
        rest.narrowed()
    }

    /// Takes away what no write can give, and what the run does not go on with. `None` if nothing is left of a read.
    fn narrowed(mut self) -> Option<Combination<'r>> {
        loop {
            let before: usize = self.domains.iter().flatten().map(BTreeSet::len).sum();
            for thread in 0..self.threads.len() {
                for look in &self.run(thread).run.looks {
                    self.settle(thread, &look.value, look.bits);
                }
            }
            let sources = self.sources();
            for thread in 0..self.threads.len() {
                for (at, operation) in self.run(thread).run.operations.iter().enumerate() {
                    let (Some(cell), Some(number)) = (operation.cell, operation.read) else { continue };
                    let mut values: BTreeSet<u64> = BTreeSet::new();
                    // Its own latest write hides the earlier ones, and what the cell held at first.
                    let own = sources[cell].iter().filter_map(|source| source.of);
                    let latest = own.filter(|&(writer, place)| writer == thread && place < at).max();
                    for source in &sources[cell] {
                        let visible = match source.of {
                            Some((other, _)) if other != thread => true,
                            of => of == latest,
                        };
                        if visible {
                            values.extend(&source.values);
                        }
                    }
                    let domain = &mut self.domains[thread][usize::from(number)];
                    domain.retain(|value| values.contains(value));
                    if domain.is_empty() {
                        return None;
                    }
                }
            }
            if self.domains.iter().flatten().map(BTreeSet::len).sum::<usize>() == before {
                return Some(self);
            }
        }
    }

    /// Those of its executions in which each cell alone is sequentially consistent; `None` if there are none.
    pub fn coherent(mut self) -> Option<Combination<'r>> {
        loop {
            let before: usize = self.domains.iter().flatten().map(BTreeSet::len).sum();
            for (cell, &bits) in self.init.iter().enumerate() {
                let threads: Vec<Vec<Access>> =
                    (0..self.threads.len()).map(|thread| self.accesses(thread, cell)).collect();
                let Some(mut readable) = serial::readable(&threads, bits) else { continue };
                for (thread, accesses) in threads.iter().enumerate() {
                    for number in accesses.iter().filter_map(|access| access.read) {
                        let values = readable.remove(&(thread, number)).unwrap_or_default();
                        if values.is_empty() {
                            return None;
                        }
                        self.domains[thread][usize::from(number)] = values;
                    }
                }
            }
            self = self.narrowed()?;
            if self.domains.iter().flatten().map(BTreeSet::len).sum::<usize>() == before {
                return Some(self);
            }
        }
    }

    /// What a thread does to a cell.
    fn accesses(&self, thread: usize, cell: usize) -> Vec<Access> {
        let operations = self.run(thread).run.operations.iter().filter(|operation| operation.cell == Some(cell));
        let access = |operation: &Operation| {
            let any = || operation.possible.iter().map(|datum| datum.bits).collect();
            let leaves = match (operation.read, &operation.written) {
                (None, Some(written)) => Leaves::Any(self.possible(thread, written).unwrap_or_else(any)),
                (Some(number), None) => Leaves::Found(self.domains[thread][usize::from(number)].clone()),
                (Some(number), Some(written)) => {
                    let found = &self.domains[thread][usize::from(number)];
                    let mut left: BTreeMap<u64, BTreeSet<u64>> = BTreeMap::new();
                    match self.assignments(thread, written.reads() | 1 << number) {
                        Some(all) => all.iter().for_each(|assignment| {
                            left.entry(assignment[&number]).or_default().insert(value(written, assignment));
                        }),
                        None => left.extend(found.iter().map(|&found| (found, any()))),
                    }
                    Leaves::Of(left)
                }
                (None, None) => return None,
            };
            Some(Access { read: operation.read, leaves })
        };
        operations.filter_map(access).collect()
    }

    /// By cell: what it may be read from.
    fn sources(&self) -> Vec<Vec<Source>> {
        let first = |&bits: &u64| vec![Source { of: None, values: BTreeSet::from([bits]) }];
        let mut sources: Vec<Vec<Source>> = self.init.iter().map(first).collect();
        for thread in 0..self.threads.len() {
            for (at, operation) in self.run(thread).run.operations.iter().enumerate() {
                let (Some(cell), Some(written)) = (operation.cell, &operation.written) else { continue };
                let values = self.possible(thread, written);
                let values = values.unwrap_or_else(|| operation.possible.iter().map(|datum| datum.bits).collect());
                sources[cell].push(Source { of: Some((thread, at)), values });
            }
        }
        sources
    }

    /// What an expression may be; `None` if that is too much to look at.
    fn possible(&self, thread: usize, expression: &Expression) -> Option<BTreeSet<u64>> {
        let assignments = self.assignments(thread, expression.reads())?;
        Some(assignments.iter().map(|assignment| value(expression, assignment)).collect())
    }

    /// Takes away what a read cannot be if the expression is this.
    fn settle(&mut self, thread: usize, expression: &Expression, bits: u64) {
        let Some(assignments) = self.assignments(thread, expression.reads()) else { return };
        let mut kept: BTreeMap<u8, BTreeSet<u64>> = BTreeMap::new();
        for assignment in assignments.iter().filter(|assignment| value(expression, assignment) == bits) {
            for (&number, &value) in assignment {
                kept.entry(number).or_default().insert(value);
            }
        }
        for number in numbers(expression.reads()) {
            self.domains[thread][usize::from(number)] = kept.remove(&number).unwrap_or_default();
        }
    }

    fn assignments(&self, thread: usize, reads: u64) -> Option<Vec<BTreeMap<u8, u64>>> {
        let mut all = vec![BTreeMap::new()];
        for number in numbers(reads) {
            let domain = &self.domains[thread][usize::from(number)];
            if all.len() * domain.len() > MAX_VALUES {
                return None;
            }
            let with = |partial: &BTreeMap<u8, u64>, value: u64| {
                let mut next = partial.clone();
                next.insert(number, value);
                next
            };
            all = all.iter().flat_map(|partial| domain.iter().map(move |&value| with(partial, value))).collect();
        }
        Some(all)
    }

    /// About how many candidate executions herd7 looks at if it knows of these registers what they hold: it tries every
    /// write of a cell for every read, unless it knows of both what they are and they differ.
    pub fn candidates(&self, known: &BTreeMap<Register, u64>) -> f64 {
        let read = |thread: usize, number: u8| -> Option<u64> {
            let name = self.run(thread).into.get(&number)?;
            known.get(&(thread, name.clone())).copied()
        };
        let written = |thread: usize, expression: &Expression| -> Option<u64> {
            let assignment: Option<BTreeMap<u8, u64>> =
                numbers(expression.reads()).map(|number| Some((number, read(thread, number)?))).collect();
            Some(value(expression, &assignment?))
        };
        let mut writes: Vec<Vec<(usize, usize, Option<u64>)>> = self.init.iter().map(|_| Vec::new()).collect();
        for thread in 0..self.threads.len() {
            for (at, operation) in self.run(thread).run.operations.iter().enumerate() {
                if let (Some(cell), Some(expression)) = (operation.cell, &operation.written) {
                    writes[cell].push((thread, at, written(thread, expression)));
                }
            }
        }
        let mut product = 1.0;
        for thread in 0..self.threads.len() {
            for (at, operation) in self.run(thread).run.operations.iter().enumerate() {
                let (Some(cell), Some(number)) = (operation.cell, operation.read) else { continue };
                let wanted = if operation.action == Action::SpinLock { Some(0) } else { read(thread, number) };
                let fits = |value: Option<u64>| wanted.is_none() || value.is_none() || wanted == value;
                let tries = |(writer, place, value): &&(usize, usize, Option<u64>)| {
                    (*writer != thread || *place < at) && fits(*value)
                };
                let tried = writes[cell].iter().filter(tries).count();
                product *= (tried + usize::from(fits(Some(self.init[cell])))).max(1) as f64;
            }
        }
        product
    }
}

fn numbers(reads: u64) -> impl Iterator<Item = u8> {
    (0..64).filter(move |number| reads >> number & 1 == 1)
}

fn value(expression: &Expression, assignment: &BTreeMap<u8, u64>) -> u64 {
    expression.value(&|number| Datum { bits: assignment[&number], life: 0 }).bits
}
