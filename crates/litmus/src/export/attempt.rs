//! Operations that store something under a condition.

use fencepost_model::{Action, Datum, Expression, Operation};

use super::image::{AGAIN, C};
use super::operation::{Conditional, Words};
use super::tree::{Block, If, Obstacle, Place, Register, Statement, Step, Thread, is_life};

impl Thread<'_> {
    /// The looks at a conditional operation's old value alone.
    fn looks_at(&self, run: usize, number: u8) -> impl Iterator<Item = (&Expression, u64)> {
        let looks = self.runs[run].looks.iter().map(|look| (&look.value, look.bits));
        looks.filter(move |(value, _)| value.reads() == 1 << number && !is_life(value))
    }

    /// `cmpxchg()` and `atomic_add_unless()` are operations of their own. What else is stored under a condition is a
    /// `cmpxchg()` after a read.
    pub(super) fn conditional(&self, runs: &[usize], operation: &Operation, place: &Place) -> Option<Conditional> {
        let order = match operation.action {
            Action::Exchanged(order) | Action::Missed(order) | Action::Refused(order) => order,
            _ => return None,
        };
        let number = operation.read?;
        if !runs.iter().any(|&run| self.runs[run].operations[place.at].written.is_some()) {
            return None;
        }
        let compares = |&run: &usize| {
            let stores = self.runs[run].operations[place.at].written.is_some();
            self.looks_at(run, number).next().is_some_and(|(value, bits)| {
                matches!(value, Expression::Join(fencepost_model::Operator::Equal, a, _) if **a == Expression::Read(number))
                    && (bits == 1) == stores
            })
        };
        if runs.iter().all(compares) || self.add_unless(runs, operation, place).is_some() {
            return None;
        }
        Some(Conditional { number, order })
    }

    /// The read, and the value unless it has which something is added.
    pub(super) fn add_unless(&self, runs: &[usize], operation: &Operation, place: &Place) -> Option<(u8, Datum)> {
        let (Action::Exchanged(fencepost_memory::Order::Full) | Action::Refused(fencepost_memory::Order::Full)) =
            operation.action
        else {
            return None;
        };
        let number = operation.read?;
        let by_value = self.by_value.contains(&format!("{:?}", operation.site));
        if by_value || !runs.iter().any(|&run| self.runs[run].operations[place.at].written.is_some()) {
            return None;
        }
        let mut found = None;
        for &run in runs {
            let stores = self.runs[run].operations[place.at].written.is_some();
            let (value, bits) = self.looks_at(run, number).next()?;
            let Expression::Join(fencepost_model::Operator::Equal, a, b) = value else { return None };
            let Expression::Constant(unless) = **b else { return None };
            let fits = **a == Expression::Read(number) && (bits == 0) == stores;
            if !fits || found.is_some_and(|known| known != unless) {
                return None;
            }
            found = Some(unless);
        }
        Some((number, found?))
    }

    /// A read, the branches that decide whether something is stored, and a `cmpxchg()` that stores it. An attempt that
    /// finds another value by then would be repeated, and is left out.
    pub(super) fn attempt(
        &self,
        runs: Vec<usize>,
        place: Place,
        operation: &Operation,
        conditional: &Conditional,
    ) -> Block {
        let number = conditional.number;
        let cell = operation.cell.ok_or_else(|| Obstacle::Never("an operation on no cell".into()))?;
        let read = Step {
            words: Words::read(cell, &self.names[cell]),
            register: Some(Register { number, again: false }),
            site: operation.site.to_string(),
        };
        let mut list = vec![Statement::Step(read)];
        list.extend(self.guarded(runs, place, conditional)?);
        Ok(list)
    }

    fn guarded(&self, runs: Vec<usize>, mut place: Place, conditional: &Conditional) -> Block {
        let at = place.at;
        let stores = |run: usize| self.runs[run].operations[at].written.is_some();
        let mixed = runs.iter().any(|&run| stores(run) != stores(runs[0]));
        let looks: Vec<Expression> =
            self.looks_at(runs[0], conditional.number).map(|(value, _)| value.clone()).collect();
        for value in looks.into_iter().filter(|value| !place.settled.contains(value)) {
            let Some(groups) = self.groups(&runs, &value) else { continue };
            if mixed && groups.len() > 1 || stores(runs[0]) && self.waits(&value, &groups) {
                return self.split(&value, groups, &place, &mut |runs, place| self.guarded(runs, place, conditional));
            }
        }
        if mixed {
            return Err(Obstacle::Never("whether something is stored depends on more than the old value".into()));
        }
        place.at += 1;
        if !stores(runs[0]) {
            return self.block(runs, place);
        }
        let run = &self.runs[runs[0]];
        let operation = &run.operations[at];
        let exchange = Step {
            words: conditional.exchange(operation, run, self.images, self.names)?,
            register: Some(Register { number: conditional.number, again: true }),
            site: operation.site.to_string(),
        };
        let then = self.block(runs, place)?;
        let stored = C::join("==", C::Register(conditional.number + AGAIN), C::Register(conditional.number));
        let branch = If { conditions: vec![stored], then, otherwise: Vec::new(), waits: true };
        Ok(vec![Statement::Step(exchange), Statement::If(branch)])
    }
}
