//! The runs of one thread, put together as one function: what they have in common once, and a branch where they part.
//!
//! A branch of the source is a branch here, with everything after it inside its arms, so that control dependencies reach
//! what they reach in the engine. A look at a value from outside is put off to the end, where nothing can depend on it.

use std::collections::{BTreeMap, BTreeSet};

use fencepost_model::{Action, Datum, Expression, Look, Operation, Run};

use super::image::{C, Image};
use super::operation::{Words, words};

/// A statement of a thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    Step(Step),
    If(If),
    /// The thread is at its end, in this class.
    End(usize),
}

/// A statement that is no branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub words: Words,
    /// The register that holds what it returns.
    pub register: Option<Register>,
    /// `file:line`.
    pub site: String,
}

/// `r1`, or `s1` for what a repeated attempt finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Register {
    pub number: u8,
    pub again: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct If {
    /// One of these holds.
    pub conditions: Vec<C>,
    pub then: Vec<Statement>,
    pub otherwise: Vec<Statement>,
    /// Whether no execution that counts goes another way than these two: else it waits there, and is left out.
    pub waits: bool,
}

/// Why a thread cannot be written down as it was tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The old value of the conditional operation at this site counts.
    OldValue(String),
    /// Values of this cell are not told apart: its lives have to be kept, or else its high bits.
    Image { cell: usize, life: bool },
    /// For good.
    Never(String),
}

/// What a thread's function is made from.
pub(super) struct Thread<'t> {
    pub runs: &'t [Run],
    /// By run.
    pub classes: &'t [usize],
    /// By cell.
    pub images: &'t [Image],
    pub names: &'t [String],
    /// The sites of conditional operations whose old value counts.
    pub by_value: &'t BTreeSet<String>,
}

/// Where in the function we are.
#[derive(Clone, Default)]
pub(super) struct Place {
    /// Before the operation of this number.
    pub at: usize,
    /// The reads that are branched on around it.
    pub tested: u64,
    /// The values that are settled around it.
    pub settled: Vec<Expression>,
    /// The reads of `atomic_add_unless()`, which returns whether the value differed from this.
    pub unless: BTreeMap<u8, Datum>,
}

pub(super) type Block = Result<Vec<Statement>, Obstacle>;

/// Runs by the bits that a value has in them.
pub(super) type Groups = BTreeMap<u64, Vec<usize>>;

impl Thread<'_> {
    /// The thread's statements.
    pub fn function(&self) -> Block {
        self.block((0..self.runs.len()).collect(), Place::default())
    }

    pub(super) fn block(&self, runs: Vec<usize>, mut place: Place) -> Block {
        let mut list = Vec::new();
        loop {
            let branches = |run: usize| match self.runs[run].operations.get(place.at) {
                Some(operation) => operation.branches,
                None => u64::MAX,
            };
            if let Some((value, groups)) = self.due(&runs, &place, branches(runs[0])) {
                list.extend(self.split(&value, groups, &place, &mut |runs, place| self.block(runs, place))?);
                return Ok(list);
            }
            let first = self.runs[runs[0]].operations.get(place.at);
            if runs.iter().all(|&run| same(first, self.runs[run].operations.get(place.at))) {
                let Some(operation) = first else {
                    let class = self.classes[runs[0]];
                    if runs.iter().all(|&run| self.classes[run] == class) {
                        list.push(Statement::End(class));
                        return Ok(list);
                    }
                    list.extend(self.part(&runs, &place)?);
                    return Ok(list);
                };
                if let Some(conditional) = self.conditional(&runs, operation, &place) {
                    list.extend(self.attempt(runs, place, operation, &conditional)?);
                    return Ok(list);
                }
                if let Some((number, unless)) = self.add_unless(&runs, operation, &place) {
                    place.unless.insert(number, unless);
                }
                list.push(Statement::Step(self.step(&runs, operation, &place)?));
                place.at += 1;
                continue;
            }
            list.extend(self.part(&runs, &place)?);
            return Ok(list);
        }
    }

    /// Tells runs apart that go on differently, by the first look that they do not share.
    fn part(&self, runs: &[usize], place: &Place) -> Block {
        for look in self.open(runs[0], place) {
            if let Some(groups) = self.groups(runs, look).filter(|groups| groups.len() > 1) {
                return self.split(look, groups, place, &mut |runs, place| self.block(runs, place));
            }
        }
        Err(Obstacle::Never("two runs of a thread differ in nothing that it looks at".into()))
    }

    /// The looks of a run at what it has read, but for locks, that are not settled yet.
    fn open<'r>(&'r self, run: usize, place: &'r Place) -> impl Iterator<Item = &'r Expression> {
        let run = &self.runs[run];
        let known = run.operations[..place.at.min(run.operations.len())].iter();
        let known =
            known.filter(|operation| operation.action != Action::SpinLock).filter_map(|operation| operation.read);
        let known = known.fold(0, |set, number| set | 1u64 << number);
        let looks = run.looks.iter().map(|look| &look.value);
        looks.filter(move |value| value.reads() & !known == 0 && !place.settled.contains(value))
    }

    /// The runs by what they find a value to be; `None` if some do not look.
    pub(super) fn groups(&self, runs: &[usize], value: &Expression) -> Option<Groups> {
        let mut groups = Groups::new();
        for &run in runs {
            let look = self.runs[run].looks.iter().find(|look| look.value == *value)?;
            groups.entry(look.bits).or_default().push(run);
        }
        Some(groups)
    }

    /// Whether the thread waits if the value is something that it is in none of these runs.
    pub(super) fn waits(&self, value: &Expression, groups: &Groups) -> bool {
        let mut looks = groups.values().flatten().flat_map(|&run| &self.runs[run].looks);
        looks.any(|look| look.value == *value && look.waits)
    }

    /// A branch that the source has made before here, on these reads.
    fn due(&self, runs: &[usize], place: &Place, branches: u64) -> Option<(Expression, Groups)> {
        self.open(runs[0], place).find_map(|value| {
            let run = &self.runs[runs[0]];
            let at_end = branches == u64::MAX;
            let is_here = |look: &Look| look.value == *value && (look.branch || look.waits && at_end);
            let is_branch = run.looks.iter().any(is_here)
                || !is_life(value) && run.operations.iter().any(|operation| compares(operation, value));
            if !is_branch || value.reads() & !branches != 0 {
                return None;
            }
            let groups = self.groups(runs, value)?;
            let counts = groups.len() > 1 && !at_end
                || self.waits(value, &groups)
                || value.reads() & !place.tested != 0 && !at_end;
            counts.then(|| (value.clone(), groups))
        })
    }

    /// A branch on a value, and what each group of runs does then.
    pub(super) fn split(
        &self,
        value: &Expression,
        groups: Groups,
        place: &Place,
        then: &mut dyn FnMut(Vec<usize>, Place) -> Block,
    ) -> Block {
        let waits = self.waits(value, &groups);
        let mut inner = place.clone();
        inner.tested |= value.reads();
        inner.settled.push(value.clone());
        let conditions = self.conditions(value, &groups, place)?;
        let at_end = groups.values().flatten().all(|&run| self.runs[run].operations.len() <= place.at);
        // Arms that do the same are one.
        let mut arms: Vec<(Vec<C>, Vec<Statement>)> = Vec::new();
        for (runs, condition) in groups.into_values().zip(conditions) {
            let arm = then(runs, inner.clone())?;
            match arms.iter_mut().find(|(_, known)| *known == arm) {
                Some((conditions, _)) => conditions.push(condition),
                None => arms.push((vec![condition], arm)),
            }
        }
        if arms.len() == 1 && !waits && at_end {
            return Ok(arms.remove(0).1);
        }
        // The arm with most conditions needs none if the others have theirs.
        arms.sort_by_key(|(conditions, _)| conditions.len());
        let mut rest = Vec::new();
        if !waits && arms.len() > 1 {
            rest = arms.pop().map_or(Vec::new(), |(_, arm)| arm);
        }
        let chained = arms.into_iter().rev().enumerate().fold(rest, |otherwise, (index, (conditions, then))| {
            let waits = waits && index == 0;
            vec![Statement::If(If { conditions, then, otherwise, waits })]
        });
        Ok(chained)
    }

    pub(super) fn site_of(&self, run: usize, number: u8) -> String {
        let operations = &self.runs[run].operations;
        operations
            .iter()
            .find(|operation| operation.read == Some(number))
            .map_or(String::new(), |o| format!("{:?}", o.site))
    }

    /// An operation on its own.
    fn step(&self, runs: &[usize], operation: &Operation, place: &Place) -> Result<Step, Obstacle> {
        if operation.address != 0 {
            return Err(Obstacle::Never("an address that is computed".into()));
        }
        let run = &self.runs[self.representative(runs, place.at)];
        let own = &run.operations[place.at];
        let words = words(own, run, self.images, self.names, place.unless.keys().copied())?;
        let register = own.read.filter(|_| words.returns).map(|number| Register { number, again: false });
        Ok(Step { words, register, site: operation.site.to_string() })
    }

    /// Of runs that do the same operation: one in which it succeeds, if there is one.
    fn representative(&self, runs: &[usize], at: usize) -> usize {
        let succeeds = |&&run: &&usize| self.runs[run].operations[at].written.is_some();
        runs.iter().find(succeeds).copied().unwrap_or(runs[0])
    }
}

/// Whether a conditional operation decides by this value, on which its caller then branches.
fn compares(operation: &Operation, value: &Expression) -> bool {
    is_conditional(operation.action) && operation.read.is_some_and(|number| value.reads() == 1 << number)
}

fn is_conditional(action: Action) -> bool {
    matches!(action, Action::Exchanged(_) | Action::Missed(_) | Action::Refused(_))
}

pub(super) fn is_life(value: &Expression) -> bool {
    match value {
        Expression::LifeOf(_) => true,
        Expression::Join(_, a, b) => is_life(a) || is_life(b),
        _ => false,
    }
}

/// Whether two runs do the same here; whether a conditional operation succeeds shows afterwards.
fn same(a: Option<&Operation>, b: Option<&Operation>) -> bool {
    let kind = |action: Action| match action {
        Action::Missed(order) | Action::Refused(order) => Action::Exchanged(order),
        Action::Peek { .. } => Action::Peek { clear: true },
        Action::SetBit { .. } => Action::SetBit { clear: true },
        other => other,
    };
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            kind(a.action) == kind(b.action)
                && a.cell == b.cell
                && a.site == b.site
                && a.branches == b.branches
                && (a.written == b.written || is_conditional(a.action) && (a.written.is_none() || b.written.is_none()))
        }
        _ => false,
    }
}
