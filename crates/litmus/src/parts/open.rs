//! A part that may be divided further.

use std::collections::{BTreeMap, BTreeSet};

use super::Sizes;
use super::combination::{Combination, Register};

/// A part that is known by what registers hold, and by what is left of each combination of runs.
pub(super) struct Open<'r> {
    known: BTreeMap<Register, u64>,
    combinations: Vec<Combination<'r>>,
    /// About how many candidate executions herd7 looks at.
    candidates: f64,
}

impl<'r> Open<'r> {
    /// All of these combinations; `None` if there are none.
    pub fn of(combinations: Vec<Combination<'r>>) -> Option<Open<'r>> {
        Open::with(BTreeMap::new(), combinations)
    }

    /// The registers of which it is known what they hold: thread, name and value.
    pub fn known(&self) -> impl Iterator<Item = (usize, &str, u64)> {
        self.known.iter().map(|((thread, name), &value)| (*thread, name.as_str(), value))
    }

    /// About how many candidate executions herd7 looks at.
    pub fn candidates(&self) -> f64 {
        self.candidates
    }

    /// Divides it, the largest part first; `None` if they are too large in the end.
    pub fn in_parts(self, sizes: &Sizes) -> Option<Vec<Open<'r>>> {
        let mut parts = vec![self];
        loop {
            parts.sort_by(|a, b| a.candidates.total_cmp(&b.candidates));
            let largest = parts.last().filter(|part| part.candidates > sizes.aim);
            match largest.and_then(|part| part.divided(sizes.aim)) {
                Some(divided) if parts.len() + divided.len() <= sizes.most + 1 => {
                    parts.pop();
                    parts.extend(divided);
                }
                _ => break,
            }
        }
        parts.iter().all(|part| part.candidates <= sizes.limit).then_some(parts)
    }

    fn with(mut known: BTreeMap<Register, u64>, combinations: Vec<Combination<'r>>) -> Option<Open<'r>> {
        // What all of them agree on costs nothing to say.
        let settled = combinations.iter().map(|combination| {
            let registers = combination.registers().into_iter();
            let single = registers.filter_map(|register| {
                let values = combination.values(&register)?;
                Some((register, *values.first().filter(|_| values.len() == 1)?))
            });
            single.collect::<BTreeMap<Register, u64>>()
        });
        let common = settled.reduce(|mut common, other| {
            common.retain(|register, value| other.get(register) == Some(value));
            common
        });
        known.extend(common?);
        let candidates = combinations.iter().map(|combination| combination.candidates(&known)).sum();
        Some(Open { known, combinations, candidates })
    }

    /// Divided by the register by which least remains to be done. `None` if there is none to divide it by.
    fn divided(&self, aim: f64) -> Option<Vec<Open<'r>>> {
        // Nothing is said of a register that some combination does not assign to.
        let registers = self.combinations.iter().map(Combination::registers);
        let registers = registers.reduce(|common, other| common.intersection(&other).cloned().collect())?;
        let open = registers.iter().filter(|register| !self.known.contains_key(register));
        let cost = |parts: &[Open<'_>]| parts.iter().map(|part| (part.candidates / aim).max(1.0).sqrt()).sum::<f64>();
        let divided = open.map(|register| self.divided_by(register));
        let best = divided.min_by(|a, b| cost(a).total_cmp(&cost(b)).then(a.len().cmp(&b.len())))?;
        let coherent = |part: Open<'r>| {
            Open::with(part.known, part.combinations.into_iter().filter_map(Combination::coherent).collect())
        };
        Some(best.into_iter().filter_map(coherent).collect())
    }

    /// A part for each value that the register can have.
    fn divided_by(&self, register: &Register) -> Vec<Open<'r>> {
        let values = self.combinations.iter().filter_map(|combination| combination.values(register)).flatten();
        let values: BTreeSet<u64> = values.collect();
        let part = |value: u64| {
            let mut known = self.known.clone();
            known.insert(register.clone(), value);
            let combinations = self.combinations.iter().filter_map(|combination| combination.with(register, value));
            Open::with(known, combinations.collect())
        };
        values.into_iter().filter_map(part).collect()
    }
}
