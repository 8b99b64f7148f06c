//! What the registers of a thread have to do with the reads of its runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use fencepost_model::Run;

use super::combination::Known;
use crate::ast::{Expression, Statement, Test};
use crate::condition::Location;
use crate::error::Place;
use crate::vocabulary::{Conditional, Operation};
use crate::walk::expressions;

/// What an operation's result is.
#[derive(Clone, Copy)]
enum Result {
    /// The old value.
    Old,
    /// Whether something was stored.
    Whether,
}

impl Test {
    /// The runs of a thread, with what its registers hold. `results` has, by observed location, a thread and the place in
    /// what that returns.
    pub(super) fn known<'r>(
        &self,
        thread: usize,
        runs: &'r [Run],
        results: &HashMap<usize, (usize, usize)>,
    ) -> Vec<Known<'r>> {
        let assigned = self.assigned(thread);
        let observed = self.condition.observed.iter().enumerate().filter_map(|(place, location)| match location {
            Location::Register(_, name) => {
                results.get(&place).filter(|(of, _)| *of == thread).map(|&(_, at)| (name, at))
            }
            Location::Variable(_) => None,
        });
        let observed: Vec<(&String, usize)> = observed.collect();
        let of_run = |run: &'r Run| {
            let mut constants: BTreeMap<String, u64> =
                observed.iter().map(|&(name, at)| (name.clone(), run.results[at])).collect();
            let mut into: BTreeMap<u8, String> = BTreeMap::new();
            let mut again = BTreeSet::new();
            for operation in &run.operations {
                let Some(number) = operation.read else { continue };
                match assigned.get(&operation.site.to_string()) {
                    Some((register, Result::Old)) => {
                        if into.values().any(|known| known == register) {
                            again.insert(register.clone());
                        }
                        into.insert(number, register.clone());
                    }
                    Some((register, Result::Whether)) => {
                        constants.insert(register.clone(), u64::from(operation.written.is_some()));
                    }
                    None => {}
                }
            }
            // In a loop.
            into.retain(|_, register| !again.contains(register));
            Known { run, into, constants }
        };
        runs.iter().map(of_run).collect()
    }

    /// By line: the register that gets the result of the one operation there, if it never gets anything else.
    fn assigned(&self, thread: usize) -> BTreeMap<String, (String, Result)> {
        let body = &self.threads[thread].body;
        let mut calls: BTreeMap<String, usize> = BTreeMap::new();
        expressions(body, &mut |expression| {
            if let Expression::Call(call) = expression {
                *calls.entry(self.line_of(call.place)).or_default() += 1;
            }
        });
        let mut all = BTreeMap::new();
        let mut others = BTreeSet::new();
        assignments(body, &mut |register, value| {
            let name = &self.threads[thread].registers[register].name;
            match result(value).map(|(place, result)| (self.line_of(place), result)) {
                Some((line, result)) if calls[&line] == 1 => {
                    all.insert(line, (name.clone(), result));
                }
                _ => {
                    others.insert(name.clone());
                }
            }
        });
        all.retain(|_, (name, _)| !others.contains(name));
        all
    }
}

/// Where the one operation of an expression stands, and what its result is.
fn result(expression: &Expression) -> Option<(Place, Result)> {
    let Expression::Call(call) = expression else { return None };
    let result = match call.operation {
        Operation::Read(_)
        | Operation::Exchange(_)
        | Operation::CompareExchange(_)
        | Operation::Fetch(..)
        | Operation::FetchAddUnless => Result::Old,
        Operation::Conditional(condition) if condition != Conditional::DecIfPositive => Result::Whether,
        _ => return None,
    };
    Some((call.place, result))
}

fn assignments(statements: &[Statement], visit: &mut dyn FnMut(usize, &Expression)) {
    for statement in statements {
        match statement {
            Statement::Assign(register, value) => visit(*register, value),
            Statement::If { then, otherwise, .. } => {
                assignments(then, visit);
                assignments(otherwise, visit);
            }
            Statement::While { body, .. } => assignments(body, visit),
            _ => {}
        }
    }
}
