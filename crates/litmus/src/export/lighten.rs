//! Leaving out what a verdict does not rest on, until herd7 can decide the test.
//!
//! herd7 tries every write of a cell, its own thread's later ones left out, for every read of it, on every combination of
//! ways through the threads: a number of candidates that grows with the power of the reads, whatever the values are.
//! A test with too many is cut down. That is done only where no bad end is allowed, and only in two ways:
//!
//! * a cell is left out, with everything that is done to it;
//! * a read is left out whose value nothing stores.
//!
//! What was looked at there may then be anything, and the thread goes wherever a bad end may follow. Where both ways may
//! end badly it takes the one that does more, if it first does all that the other does; what is then done last of all is
//! seen by nobody. Else it is told by the read of a cell of its own, which a thread more may or may not have set.
//!
//! Take an execution of the whole test that ends badly; without what was left out it is one of the test that remains,
//! which ends as badly: fewer events and fewer dependencies are fewer edges, and each axiom of LKMM forbids a cycle of
//! edges, or an edge. So if the rest has no bad end, the whole has none.

use std::collections::{BTreeMap, BTreeSet};

use super::image::C;
use super::operation::{Kind, Words};
use super::tree::{If, Register, Statement, Step};

/// The most candidate executions that herd7 is left with.
const MAX_CANDIDATES: f64 = 1e5;

/// Of the ways through a thread, this many with the most reads are counted.
const WAYS: usize = 12;

/// The most choices that a thread makes freely, all together.
pub(super) const CHOICES: usize = 8;

type Functions = Vec<Vec<Statement>>;

/// What is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cut {
    /// A cell.
    Cell(usize),
    /// The reads of a thread at a line of source.
    Read { thread: usize, cell: usize, site: String },
}

/// What remains of a test that is cut down as far as it has to be, and what was left out. `trim` drops what no bad end
/// shows, `is_harmless` tells which classes of a thread no bad end has, and `holds` whether a test still has none.
pub(super) fn lighten(
    whole: &Functions,
    names: &[String],
    asked: &BTreeSet<usize>,
    trim: &dyn Fn(&mut Functions),
    is_harmless: &dyn Fn(usize, usize) -> bool,
    holds: &mut dyn FnMut(&Functions, &[Cut]) -> bool,
) -> (Functions, Vec<Cut>) {
    let spare = names.len() - CHOICES;
    let without = |cuts: &[Cut]| {
        let mut choices = Choices { cells: spare..names.len(), names };
        let mut rest =
            cuts.iter().try_fold(whole.clone(), |rest, cut| cut.applied(&rest, asked, is_harmless, &mut choices))?;
        trim(&mut rest);
        choices.add_thread(&mut rest, spare);
        Some(rest)
    };
    let mut cuts: Vec<Cut> = Vec::new();
    let mut rest = whole.clone();
    let mut open = all_cuts(whole, asked);
    while candidates(&rest) > MAX_CANDIDATES {
        let now = candidates(&rest);
        let mut tries: Vec<(f64, Cut, Functions)> = open
            .iter()
            .filter_map(|cut| {
                let rest = without(&[cuts.as_slice(), std::slice::from_ref(cut)].concat())?;
                let count = candidates(&rest);
                (count < now).then(|| (count, cut.clone(), rest))
            })
            .collect();
        tries.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut found = false;
        for (_, cut, smaller) in tries {
            // What cannot be spared now cannot be spared later, either.
            open.remove(&cut);
            cuts.push(cut);
            if holds(&smaller, &cuts) {
                (rest, found) = (smaller, true);
                break;
            }
            cuts.pop();
        }
        if !found {
            return (rest, cuts);
        }
    }
    // What was left out early may have become light enough to stay.
    for cut in cuts.clone() {
        let fewer: Vec<Cut> = cuts.iter().filter(|other| **other != cut).cloned().collect();
        if let Some(larger) = without(&fewer).filter(|larger| candidates(larger) <= MAX_CANDIDATES) {
            (rest, cuts) = (larger, fewer);
        }
    }
    (rest, cuts)
}

/// Everything that could be left out. What a cell holds at the end may be asked for: then it cannot.
fn all_cuts(functions: &Functions, asked: &BTreeSet<usize>) -> BTreeSet<Cut> {
    let mut all = BTreeSet::new();
    for (thread, function) in functions.iter().enumerate() {
        each_step(function, &mut |step| {
            let Some(cell) = step.words.cell else { return };
            if !asked.contains(&cell) {
                all.insert(Cut::Cell(cell));
            }
            if step.words.kind == Kind::Read {
                all.insert(Cut::Read { thread, cell, site: step.site.clone() });
            }
        });
    }
    all
}

fn each_step(block: &[Statement], see: &mut dyn FnMut(&Step)) {
    for statement in block {
        match statement {
            Statement::Step(step) => see(step),
            Statement::If(branch) => {
                each_step(&branch.then, see);
                each_step(&branch.otherwise, see);
            }
            Statement::End(_) => {}
        }
    }
}

impl Cut {
    fn takes(&self, in_thread: usize, step: &Step) -> bool {
        match self {
            Cut::Cell(cell) => step.words.cell == Some(*cell),
            Cut::Read { thread, cell, site } => {
                *thread == in_thread
                    && step.words.kind == Kind::Read
                    && step.words.cell == Some(*cell)
                    && step.site == *site
            }
        }
    }

    /// The functions without it; `None` if something else that is stored depends on it, or if it decides between two
    /// ways that may both end badly.
    fn applied(
        &self,
        functions: &Functions,
        asked: &BTreeSet<usize>,
        is_harmless: &dyn Fn(usize, usize) -> bool,
        choices: &mut Choices<'_>,
    ) -> Option<Functions> {
        let without = |(thread, function): (usize, &Vec<Statement>)| {
            let mut next = 0;
            each_step(function, &mut |step| next = next.max(step.register.map_or(0, |register| register.number + 1)));
            let takes = |step: &Step| self.takes(thread, step);
            let is_harmless = |class| is_harmless(thread, class);
            Without { takes: &takes, asked, is_harmless: &is_harmless, choices, next }.block(function, 0)
        };
        functions.iter().enumerate().map(without).collect()
    }
}

/// Cells that tell a thread which way to go, where nothing else does any more.
struct Choices<'c> {
    /// Those that are not used yet.
    cells: std::ops::Range<usize>,
    names: &'c [String],
}

impl Choices<'_> {
    /// A thread that sets what is read of them, `first` being the first of all.
    fn add_thread(&self, functions: &mut Functions, first: usize) {
        let mut read = BTreeSet::new();
        for function in &*functions {
            each_step(function, &mut |step| read.extend(step.words.cell.filter(|cell| *cell >= first)));
        }
        if read.is_empty() {
            return;
        }
        let set = |cell: usize| {
            let words = Words::write(cell, &self.names[cell], 1);
            Statement::Step(Step { words, register: None, site: "either way".into() })
        };
        functions.push(read.into_iter().map(set).chain([Statement::End(1)]).collect());
    }
}

struct Without<'w, 'c> {
    takes: &'w dyn Fn(&Step) -> bool,
    asked: &'w BTreeSet<usize>,
    is_harmless: &'w dyn Fn(usize) -> bool,
    choices: &'w mut Choices<'c>,
    /// The number of the next register.
    next: u8,
}

impl Without<'_, '_> {
    /// `gone` are the registers that nothing is read into any more.
    fn block(&mut self, block: &[Statement], mut gone: u64) -> Option<Vec<Statement>> {
        let mut rest = Vec::new();
        for statement in block {
            match statement {
                Statement::End(_) => rest.push(statement.clone()),
                Statement::Step(step) if (self.takes)(step) => {
                    gone |= step.register.map_or(0, |register| 1 << register.number);
                }
                Statement::Step(step) if step.words.uses & gone != 0 => return None,
                Statement::Step(step) => {
                    gone &= !step.register.map_or(0, |register| 1 << register.number);
                    rest.push(statement.clone());
                }
                Statement::If(branch) => {
                    let (then, otherwise) = (self.block(&branch.then, gone)?, self.block(&branch.otherwise, gone)?);
                    if branch.conditions.iter().all(|condition| condition.registers() & gone == 0) {
                        rest.push(Statement::If(If { then, otherwise, ..branch.clone() }));
                    } else if otherwise.is_empty()
                        || then == otherwise
                        || self.is_spared(&otherwise)
                        || self.begins(&then, &otherwise)
                    {
                        rest.extend(then);
                    } else if self.is_spared(&then) || self.begins(&otherwise, &then) {
                        rest.extend(otherwise);
                    } else {
                        let cell = self.choices.cells.next()?;
                        let number = self.next;
                        self.next = number.checked_add(1).filter(|next| *next < 64)?;
                        let words = Words::read(cell, &self.choices.names[cell]);
                        let register = Some(Register { number, again: false });
                        rest.push(Statement::Step(Step { words, register, site: "either way".into() }));
                        let conditions = vec![C::join("!=", C::Register(number), C::Number(0))];
                        rest.push(Statement::If(If { conditions, then, otherwise, waits: false }));
                    }
                }
            }
        }
        Some(rest)
    }

    /// Whether a way begins with all that another one does, and then only does more to memory, before the same end.
    fn begins(&self, way: &[Statement], other: &[Statement]) -> bool {
        let ([first @ .., Statement::End(a)], [second @ .., Statement::End(b)]) = (way, other) else { return false };
        let is_spare = |statement: &Statement| match statement {
            Statement::Step(step) => {
                !matches!(step.words.kind, Kind::Lock | Kind::Rcu)
                    && step.words.cell.is_none_or(|cell| !self.asked.contains(&cell))
            }
            _ => false,
        };
        a == b && first.starts_with(second) && first[second.len()..].iter().all(is_spare)
    }

    /// Whether the thread goes on after this only to a harmless end.
    fn is_spared(&self, arm: &[Statement]) -> bool {
        matches!(arm, [Statement::End(class)] if (self.is_harmless)(*class))
    }
}

/// What a way through a thread does to memory: how often it writes each cell, and of each read the cell and the writes
/// before it.
#[derive(Clone, Default)]
struct Way {
    writes: BTreeMap<usize, u32>,
    reads: Vec<(usize, u32)>,
}

impl Way {
    fn read(&mut self, cell: usize) {
        self.reads.push((cell, self.writes.get(&cell).copied().unwrap_or(0)));
    }

    fn write(&mut self, cell: usize) {
        *self.writes.entry(cell).or_default() += 1;
    }

    /// Does the step, in each of the ways that herd7 tells apart.
    fn step(mut self, step: &Step) -> Vec<Way> {
        let Some(cell) = step.words.cell else { return vec![self] };
        let words = &step.words.text;
        match step.words.kind {
            Kind::Read => self.read(cell),
            Kind::Write => self.write(cell),
            Kind::Lock if words.starts_with("spin_unlock") => self.write(cell),
            Kind::Update if words.starts_with("cmpxchg") || words.starts_with("atomic_add_unless") => {
                self.read(cell);
                let refused = self.clone();
                self.write(cell);
                return vec![self, refused];
            }
            Kind::Update | Kind::Lock => {
                self.read(cell);
                self.write(cell);
            }
            Kind::Barrier | Kind::Rcu => {}
        }
        vec![self]
    }
}

/// The ways through a block, after each of `before`, those with the most reads first.
fn ways(block: &[Statement], before: Vec<Way>) -> Vec<Way> {
    let mut all = before;
    for statement in block {
        all = match statement {
            Statement::End(_) => all,
            Statement::Step(step) => all.into_iter().flat_map(|way| way.step(step)).collect(),
            Statement::If(branch) => [ways(&branch.then, all.clone()), ways(&branch.otherwise, all)].concat(),
        };
        all.sort_by_key(|way| std::cmp::Reverse(way.reads.len()));
        all.truncate(WAYS);
    }
    all
}

/// About how many candidate executions herd7 has to sort out.
pub(super) fn candidates(functions: &Functions) -> f64 {
    let mut combinations: Vec<Vec<Way>> = vec![Vec::new()];
    for function in functions {
        let ways = ways(function, vec![Way::default()]);
        let with = |others: &Vec<Way>, way: &Way| [others.as_slice(), std::slice::from_ref(way)].concat();
        combinations = combinations.iter().flat_map(|others| ways.iter().map(move |way| with(others, way))).collect();
    }
    let of_combination = |ways: &Vec<Way>| -> f64 {
        let by_others = |me: usize, cell: usize| -> u32 {
            let others = ways.iter().enumerate().filter(|(other, _)| *other != me);
            others.filter_map(|(_, way)| way.writes.get(&cell)).sum()
        };
        let reads = ways.iter().enumerate().flat_map(|(me, way)| way.reads.iter().map(move |read| (me, read)));
        reads.map(|(me, &(cell, before))| f64::from(1 + before + by_others(me, cell))).product()
    };
    combinations.iter().map(of_combination).sum()
}
