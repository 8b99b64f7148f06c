//! A test in parts, each of which herd7 can decide where it cannot decide the whole.
//!
//! herd7 tries every write of a cell for every read of it, on every combination of ways through the threads, but for those
//! that contradict what the `filter` says outright: that a register holds a value at the end. A part is the test with
//! such a filter, a conjunction of equalities. The parts together hold every execution of which the condition may hold:
//! where one is divided, it is by all values that a register can have in it. So the whole has such an execution if and only if some part has one.

mod combination;
mod serial;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use fencepost_model::{Bounds, Checker, Run, Target};

use crate::ast::{Expression, Statement, Test};
use crate::condition::Location;
use crate::vocabulary::Operation;

use combination::{Combination, Known, Register, Thread};

/// What is said of a part: what these registers hold at the end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    registers: Vec<(usize, String, i64)>,
}

impl Part {
    /// Whether it says what a register of a thread, by the number in its name, holds.
    pub fn says(&self, thread: usize, register: &str) -> bool {
        self.registers.iter().any(|(number, name, _)| *number == thread && name == register)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (thread, name, value)) in self.registers.iter().enumerate() {
            let and = if index == 0 { "" } else { " /\\ " };
            write!(f, "{and}{thread}:{name}={value}")?;
        }
        Ok(())
    }
}

/// How large the parts of a test may be, in candidate executions.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// What is larger than this is divided as long as there are not too many parts.
    pub aim: f64,
    /// The most that the largest part may have.
    pub limit: f64,
    /// The most parts.
    pub most: usize,
}

/// A part that is still to be divided.
struct Open<'r> {
    fixed: BTreeMap<Register, u64>,
    combinations: Vec<Combination<'r>>,
    candidates: f64,
}

impl Test {
    /// Divides the test into parts; `None` if they are too large.
    ///
    /// # Errors
    /// What the engine has no meaning for, or the bound that was hit.
    pub fn parts(&self, target: &Target, bounds: &Bounds, sizes: &Sizes) -> Result<Option<Vec<Part>>, String> {
        let built = self.build(target, Some(true)).map_err(|error| error.to_string())?;
        let listing = Checker::new(&built.program, bounds).listing()?;
        let threads: Vec<Thread<'_>> = listing
            .runs
            .iter()
            .enumerate()
            .map(|(thread, runs)| Thread { runs: runs.iter().map(|run| self.known(thread, run, &built.results)).collect() })
            .collect();
        let may_hold = |runs: &&Vec<usize>| {
            let known = |location: usize| {
                let &(thread, at) = built.results.get(&location)?;
                Some(built.datum_of(listing.runs[thread][runs[thread]].results[at]))
            };
            self.condition.may_be(true, &known)
        };
        let init = &listing.init;
        let combinations = listing.together.iter().filter(may_hold).filter_map(|runs| Combination::of(&threads, runs, init)?.coherent(init));
        let mut open = vec![Open::new(BTreeMap::new(), combinations.collect(), init)];
        loop {
            open.sort_by(|a, b| a.candidates.total_cmp(&b.candidates));
            if open.last().is_none_or(|part| part.candidates <= sizes.aim) {
                break;
            }
            let Some(part) = open.pop() else { break };
            match part.divided(sizes.aim, init) {
                Some(divided) if open.len() + divided.len() <= sizes.most => open.extend(divided),
                _ => {
                    open.push(part);
                    break;
                }
            }
        }
                if open.iter().any(|part| part.candidates > sizes.limit) {
            return Ok(None);
        }
        let number = |thread: usize| self.threads[thread].number;
        let part = |open: &Open<'_>| Part {
            registers: open.fixed.iter().map(|((thread, name), value)| (number(*thread), name.clone(), value.cast_signed())).collect(),
        };
        let mut parts: Vec<Part> = open.iter().map(part).collect();
        parts.sort();
        Ok(Some(parts))
    }

    /// A run of a thread with what its registers hold.
    fn known<'r>(&self, thread: usize, run: &'r Run, results: &std::collections::HashMap<usize, (usize, usize)>) -> Known<'r> {
        let mut constants = BTreeMap::new();
        for (place, location) in self.condition.observed.iter().enumerate() {
            if let (Some(&(of, at)), Location::Register(_, name)) = (results.get(&place), location)
                && of == thread
            {
                constants.insert(name.clone(), run.results[at]);
            }
        }
        let mut into = BTreeMap::new();
        let assigned = self.assigned(thread);
        for operation in &run.operations {
            let Some(number) = operation.read else { continue };
            let Some((register, kind)) = assigned.get(&operation.site.to_string()) else { continue };
            match kind {
                Assigned::Old => {
                    into.insert(number, register.clone());
                }
                Assigned::Whether => {
                    constants.insert(register.clone(), u64::from(operation.written.is_some()));
                }
            }
        }
        Known { run, into, constants }
    }

    /// By line: the register that gets the result of the one operation there.
    fn assigned(&self, thread: usize) -> BTreeMap<String, (String, Assigned)> {
        let mut all = BTreeMap::new();
        assignments(&self.threads[thread].body, &mut |register, value| {
            let Expression::Call(call) = value else { return };
            let kind = match call.operation {
                Operation::Read(_) | Operation::Exchange(_) | Operation::CompareExchange(_) | Operation::Fetch(..) => Assigned::Old,
                Operation::Conditional(_) => Assigned::Whether,
                _ => return,
            };
            all.insert(self.line_of(call.place), (self.threads[thread].registers[register].name.clone(), kind));
        });
        all
    }
}

#[derive(Clone, Copy)]
enum Assigned {
    /// The old value.
    Old,
    /// Whether something was stored.
    Whether,
}

fn assignments(statements: &[Statement], visit: &mut dyn FnMut(usize, &Expression)) {
    for statement in statements {
        match statement {
            Statement::Assign(register, value) => visit(*register, value),
            Statement::If { then, otherwise, .. } => {
                assignments(then, visit);
                assignments(otherwise, visit);
            }
            _ => {}
        }
    }
}

impl<'r> Open<'r> {
    fn new(fixed: BTreeMap<Register, u64>, combinations: Vec<Combination<'r>>, init: &[u64]) -> Open<'r> {
        let mut open = Open { fixed, combinations, candidates: 0.0 };
        // What all of them agree on costs nothing to say.
        let mut common: Option<BTreeMap<Register, u64>> = None;
        for combination in &open.combinations {
            let single = combination.registers().into_iter().filter_map(|register| {
                let values = combination.values(&register)?;
                Some((register, *values.first().filter(|_| values.len() == 1)?))
            });
            let single: BTreeMap<Register, u64> = single.collect();
            common = Some(match common {
                None => single,
                Some(common) => common.into_iter().filter(|(register, value)| single.get(register) == Some(value)).collect(),
            });
        }
        open.fixed.extend(common.unwrap_or_default());
        open.candidates = open.combinations.iter().map(|combination| combination.candidates(&open.fixed, init)).sum();
        open
    }

    /// Divided by the register by which the least remains to be done. `None` if there is nothing to divide it by.
    fn divided(&self, candidates: f64, init: &[u64]) -> Option<Vec<Open<'r>>> {
        let mut registers = self.combinations[0].registers();
        for combination in &self.combinations[1..] {
            let known = combination.registers();
            registers.retain(|register| known.contains(register));
        }
        registers.retain(|register| !self.fixed.contains_key(register));
        let by = |register: &Register| {
            let values: BTreeSet<u64> = self.combinations.iter().filter_map(|combination| combination.values(register)).flatten().collect();
            let part = |value: u64| {
                let fixed = self.fixed.iter().map(|(register, value)| (register.clone(), *value)).chain([(register.clone(), value)]).collect();
                let combinations: Vec<_> = self.combinations.iter().filter_map(|combination| combination.with(register, value, init)).collect();
                (!combinations.is_empty()).then(|| Open::new(fixed, combinations, init))
            };
            values.into_iter().filter_map(part).collect::<Vec<_>>()
        };
        let cost = |parts: &Vec<Open<'_>>| parts.iter().map(|part| (part.candidates / candidates).max(1.0).sqrt()).sum::<f64>();
        let all = registers.iter().map(by);
        let best = all.min_by(|a, b| (cost(a), a.len()).partial_cmp(&(cost(b), b.len())).unwrap_or(std::cmp::Ordering::Equal))?;
        let coherent = |part: Open<'r>| {
            let combinations: Vec<_> =
                part.combinations.into_iter().filter_map(|combination| combination.coherent(init)).collect();
            (!combinations.is_empty()).then(|| Open::new(part.fixed, combinations, init))
        };
        Some(best.into_iter().filter_map(coherent).collect())
    }
}
