//! The second opinion: every candidate execution, one by one, held against the axioms.
//!
//! A candidate is one run of each thread, a write to its cell for each read, and an order of the writes to each cell.
//! Only what is no execution at all is left out: a read that would not get the value which its run rests on. Candidates
//! are made when they are looked at, and counted. It is here to be obviously right, not to be fast.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Instant;

use crate::checker::Checker;
use crate::combination::{final_memory, skeleton};
use crate::lower::Lowered;
use crate::outcome::{Exploration, Judgement, Outcome, State, Verdict};
use crate::relation::Rel;
use crate::setting::Reached;
use crate::skeleton::{Execution, Skeleton};
use crate::target::Target;
use crate::valuation::{Values, all_known, results, settle};
use crate::witness::Witness;

/// Whether to go on. Breaks with `Some` reason if a bound is hit, and with `None` if enough was seen.
type Walk = ControlFlow<Option<String>>;

/// Everything that the target's model allows.
pub(crate) fn explore(checker: &Checker, target: &Target) -> Exploration {
    let start = Instant::now();
    let mut outcomes: BTreeMap<Outcome, u64> = BTreeMap::new();
    let mut flags: BTreeMap<&'static str, BTreeSet<Outcome>> = BTreeMap::new();
    let cut = allowed(checker, target, |_, x, _, outcome| {
        for flag in target.model.raised(x, |_| false) {
            flags.entry(flag).or_default().insert(outcome.clone());
        }
        *outcomes.entry(outcome).or_insert(0) += 1;
        Continue(())
    });
    let executions = outcomes.values().sum();
    let (outcomes, frequencies) = outcomes.into_iter().unzip();
    let unknown = checker.cut().or(cut);
    Exploration { outcomes, frequencies, executions, unknown, flags, time: start.elapsed() }
}

/// Whether the target's model allows an execution that `bad` accepts; the first that is met.
pub(crate) fn judge(checker: &Checker, target: &Target, bad: impl Fn(&State<'_>) -> bool) -> Judgement {
    let start = Instant::now();
    let mut executions = 0;
    let mut reached = None;
    let cut = allowed(checker, target, |runs, x, values, outcome| {
        executions += 1;
        if !bad(&State::new(&outcome)) {
            return Continue(());
        }
        let combination = runs.iter().map(|&run| run.clone()).collect();
        let (skeleton, rf, co) = (x.skeleton.clone(), x.rf.clone(), x.co.clone());
        reached = Some(Reached { combination, skeleton, rf, co, values: values.clone(), outcome, race: None });
        Break(None)
    });
    let verdict = match (reached, checker.cut().or(cut)) {
        (Some(reached), _) => Verdict::Racy(Box::new(Witness::new(checker, target, reached))),
        (None, Some(why)) => Verdict::Unknown(why),
        (None, None) => Verdict::Safe,
    };
    Judgement { verdict, executions, time: start.elapsed() }
}

/// Visits each execution that the target's model allows. Why those are not all, if they are not.
fn allowed(
    checker: &Checker,
    target: &Target,
    mut visit: impl FnMut(&[&Lowered], &Execution<'_>, &Values, Outcome) -> Walk,
) -> Option<String> {
    let (lowered, mut left_out) = match checker.lowered(target, None) {
        Ok(lowered) => lowered,
        Err(why) => return Some(why),
    };
    let init = checker.init();
    let mut left = checker.bounds.candidates;
    let mut count = || match left {
        0 => Break(Some(format!("more than {} candidate executions, one by one", checker.bounds.candidates))),
        _ => {
            left -= 1;
            Continue(())
        }
    };
    let ended = every_choice(&lowered, &mut Vec::new(), &mut |runs: &[&Lowered]| {
        let s = match skeleton(runs, &init, target.control) {
            Ok(s) => s,
            Err(why) => {
                left_out.get_or_insert(why);
                return Continue(());
            }
        };
        let axioms = (target.model.axioms)(&s);
        let reads: Vec<usize> = s.r.iter().collect();
        every_reads_from(&s, &reads, &s.none(), &mut |rf, values| {
            count()?;
            if !all_known(&s, values) {
                return Continue(());
            }
            let cells: Vec<usize> = s.iw.iter().collect();
            every_coherence(&s, &cells, &s.none(), &mut |co| {
                count()?;
                let x = Execution::new(&s, rf.clone(), co.clone());
                if !axioms(&x) {
                    return Continue(());
                }
                let memory = final_memory(&s, co, values, &init);
                visit(runs, &x, values, Outcome { results: results(&s, runs, values), memory })
            })
        })
    });
    ended.break_value().flatten().or(left_out)
}

/// Visits each way to take one of each list.
fn every_choice<'a, T>(lists: &'a [Vec<T>], taken: &mut Vec<&'a T>, visit: &mut dyn FnMut(&[&T]) -> Walk) -> Walk {
    let Some(list) = lists.get(taken.len()) else { return visit(taken) };
    for one in list {
        taken.push(one);
        every_choice(lists, taken, visit)?;
        taken.pop();
    }
    Continue(())
}

/// Visits each way in which these reads read from some write to their cell, with the values that follow. A way in which
/// a read gets a value that it cannot have had is none.
fn every_reads_from(s: &Skeleton, reads: &[usize], rf: &Rel, visit: &mut dyn FnMut(&Rel, &Values) -> Walk) -> Walk {
    let source = |read| rf.pairs().find(|&(_, to)| to == read).map(|(write, _)| write);
    let mut values = vec![None; s.size()];
    if !settle(s, source, &mut values) {
        return Continue(());
    }
    let Some((&read, others)) = reads.split_first() else { return visit(rf, &values) };
    for write in (s.w & s.loc.row(read)).iter() {
        every_reads_from(s, others, &with(rf, [(write, read)]), visit)?;
    }
    Continue(())
}

/// Visits each order of the writes to each of these cells, which are given by their initial writes.
fn every_coherence(s: &Skeleton, cells: &[usize], co: &Rel, visit: &mut dyn FnMut(&Rel) -> Walk) -> Walk {
    let Some((&init, others)) = cells.split_first() else { return visit(co) };
    let writes: Vec<usize> = (s.loc.row(init) & (s.w - s.iw)).iter().collect();
    every_order(&writes, &mut vec![init], &mut |order| {
        let pairs = order.iter().enumerate().flat_map(|(i, &a)| order[i + 1..].iter().map(move |&b| (a, b)));
        every_coherence(s, others, &with(co, pairs), visit)
    })
}

/// Visits each order of these events, after those that are `placed`.
fn every_order(events: &[usize], placed: &mut Vec<usize>, visit: &mut dyn FnMut(&[usize]) -> Walk) -> Walk {
    if events.is_empty() {
        return visit(placed);
    }
    for &next in events {
        let others: Vec<usize> = events.iter().copied().filter(|&event| event != next).collect();
        placed.push(next);
        every_order(&others, placed, visit)?;
        placed.pop();
    }
    Continue(())
}

fn with(rel: &Rel, pairs: impl IntoIterator<Item = (usize, usize)>) -> Rel {
    let mut rel = rel.clone();
    pairs.into_iter().for_each(|(a, b)| rel.insert(a, b));
    rel
}
