//! The second opinion: every candidate execution, one by one, held against the axioms.
//!
//! Nothing is pruned: each combination of one run of each thread, each choice of a write to its cell
//! for each read, each order of the writes to each cell. It is here to be obviously right, not to be fast.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::checker::Checker;
use crate::combination::{final_memory, skeleton};
use crate::outcome::{Exploration, Outcome};
use crate::relation::Rel;
use crate::skeleton::{Execution, Skeleton};
use crate::target::Target;
use crate::valuation::{all_known, pass_on, results};

/// Everything that the target's model allows.
pub(crate) fn explore(checker: &Checker, target: &Target) -> Exploration {
    let start = Instant::now();
    let mut found = Exploration {
        outcomes: BTreeSet::new(),
        frequencies: Vec::new(),
        executions: 0,
        unknown: checker.cut(),
        flags: BTreeMap::new(),
        time: start.elapsed(),
    };
    let lowered = match checker.lowered(target, None) {
        Ok(lowered) => lowered,
        Err(why) => return Exploration { unknown: Some(why), ..found },
    };
    let init = checker.init();
    let mut outcomes: BTreeMap<Outcome, u64> = BTreeMap::new();
    for choice in tuples(&lowered.iter().map(Vec::len).collect::<Vec<_>>()) {
        let runs: Vec<_> = choice.iter().zip(&lowered).map(|(&index, runs)| &runs[index]).collect();
        let s = match skeleton(&runs, &init, target.control) {
            Ok(s) => s,
            Err(why) => return Exploration { unknown: Some(why), ..found },
        };
        let axioms = (target.model.axioms)(&s);
        let coherences = coherence_orders(&s);
        for rf in reads_from(&s) {
            let source = |read| rf.pairs().find(|&(_, to)| to == read).map(|(write, _)| write);
            let mut values = vec![None; s.size()];
            if !pass_on(&s, source, &mut values) || !all_known(&s, &values) {
                continue;
            }
            for co in &coherences {
                let x = Execution::new(&s, rf.clone(), co.clone());
                if axioms(&x) {
                    found.executions += 1;
                    let results = results(&s, &runs, &values);
                    let outcome = Outcome { results, memory: final_memory(&s, co, &values, &init) };
                    for flag in target.model.raised(&x, |_| false) {
                        found.flags.entry(flag).or_default().insert(outcome.clone());
                    }
                    *outcomes.entry(outcome).or_insert(0) += 1;
                }
            }
        }
    }
    (found.outcomes, found.frequencies) = outcomes.into_iter().unzip();
    found.time = start.elapsed();
    found
}

/// Every tuple of numbers below these limits.
fn tuples(limits: &[usize]) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for &limit in limits {
        all = all
            .iter()
            .flat_map(|tuple: &Vec<usize>| (0..limit).map(|next| [tuple.as_slice(), &[next]].concat()))
            .collect();
    }
    all
}

/// Every way in which each read reads from some write to its cell.
fn reads_from(s: &Skeleton) -> Vec<Rel> {
    let mut all = vec![s.none()];
    for read in s.r.iter() {
        let writes: Vec<_> = (s.w & s.loc.row(read)).iter().collect();
        all = all.iter().flat_map(|rf| writes.iter().map(|&write| with(rf, &[(write, read)]))).collect();
    }
    all
}

/// Every order of the writes to each cell that begins with the initial one.
fn coherence_orders(s: &Skeleton) -> Vec<Rel> {
    let mut all = vec![s.none()];
    for init in s.iw.iter() {
        let later: Vec<_> = (s.loc.row(init) & (s.w - s.iw)).iter().collect();
        let orders = permutations(&later);
        let chain = |order: &Vec<usize>| {
            let order: Vec<_> = [init].into_iter().chain(order.iter().copied()).collect();
            (0..order.len())
                .flat_map(|i| order[i + 1..].iter().map(|&b| (order[i], b)).collect::<Vec<_>>())
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(|co| orders.iter().map(|order| with(co, &chain(order)))).collect();
    }
    all
}

fn with(rel: &Rel, pairs: &[(usize, usize)]) -> Rel {
    let mut rel = rel.clone();
    pairs.iter().for_each(|&(a, b)| rel.insert(a, b));
    rel
}

fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for &first in items {
        let rest: Vec<_> = items.iter().copied().filter(|&item| item != first).collect();
        all.extend(permutations(&rest).into_iter().map(|order| [vec![first], order].concat()));
    }
    all
}
