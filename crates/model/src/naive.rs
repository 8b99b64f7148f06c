//! The second opinion: every candidate execution, one by one, held against the axioms.
//!
//! A candidate is one run of each thread, a write to its cell for each read, and an order of the writes to each cell. They
//! are made cell by cell. Left out is what is no execution at all, a read that would not get the value which its run rests
//! on, and what the first axiom of every model forbids of one cell alone, whatever becomes of the others: that it is
//! sequentially consistent, and its read-modify-writes whole. Whatever is tried for a cell is counted. It is here to be
//! obviously right, not to be fast.

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
        let cells: Vec<usize> = s.iw.iter().collect();
        every_cell(&s, &cells, (&s.none(), &s.none()), &mut count, &mut |rf, co| {
            let mut values = vec![None; s.size()];
            if !settle(&s, |read| source(rf, read), &mut values) || !all_known(&s, &values) {
                return Continue(());
            }
            let x = Execution::new(&s, rf.clone(), co.clone());
            if !axioms(&x) {
                return Continue(());
            }
            let memory = final_memory(&s, co, &values, &init);
            visit(runs, &x, &values, Outcome { results: results(&s, runs, &values), memory })
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

/// The write that a read reads from.
fn source(rf: &Rel, read: usize) -> Option<usize> {
    rf.pairs().find(|&(_, to)| to == read).map(|(write, _)| write)
}

/// Visits each way in which the reads of these cells, which are given by their initial writes, can read, and their writes be
/// ordered.
fn every_cell(
    s: &Skeleton,
    cells: &[usize],
    (rf, co): (&Rel, &Rel),
    count: &mut dyn FnMut() -> Walk,
    visit: &mut dyn FnMut(&Rel, &Rel) -> Walk,
) -> Walk {
    let Some((&init, others)) = cells.split_first() else { return visit(rf, co) };
    let reads: Vec<usize> = (s.loc.row(init) & s.r).iter().collect();
    let writes: Vec<usize> = (s.loc.row(init) & (s.w - s.iw)).iter().collect();
    every_order(s, &writes, &mut vec![init], &mut |order| {
        let pairs = order.iter().enumerate().flat_map(|(i, &a)| order[i + 1..].iter().map(move |&b| (a, b)));
        let co = with(co, pairs);
        every_reads_from(s, &reads, (rf, &co), count, &mut |rf, count| every_cell(s, others, (rf, &co), count, visit))
    })
}

/// Visits each way in which these reads can read from some write to their cell, whose order is known.
fn every_reads_from(
    s: &Skeleton,
    reads: &[usize],
    (rf, co): (&Rel, &Rel),
    count: &mut dyn FnMut() -> Walk,
    visit: &mut dyn FnMut(&Rel, &mut dyn FnMut() -> Walk) -> Walk,
) -> Walk {
    count()?;
    let x = Execution::new(s, rf.clone(), co.clone());
    let has_values = settle(s, |read| source(rf, read), &mut vec![None; s.size()]);
    if !has_values || !x.coherent() || !x.atomic() {
        return Continue(());
    }
    let Some((&read, others)) = reads.split_first() else { return visit(rf, count) };
    for write in (s.w & s.loc.row(read)).iter() {
        every_reads_from(s, others, (&with(rf, [(write, read)]), co), count, visit)?;
    }
    Continue(())
}

/// Visits each order of these writes, after those that are `placed`, that has those of one thread in program order.
fn every_order(
    s: &Skeleton,
    writes: &[usize],
    placed: &mut Vec<usize>,
    visit: &mut dyn FnMut(&[usize]) -> Walk,
) -> Walk {
    if writes.is_empty() {
        return visit(placed);
    }
    for &next in writes {
        let others: Vec<usize> = writes.iter().copied().filter(|&write| write != next).collect();
        if others.iter().any(|&other| s.po.has(other, next)) {
            continue;
        }
        placed.push(next);
        every_order(s, &others, placed, visit)?;
        placed.pop();
    }
    Continue(())
}

fn with(rel: &Rel, pairs: impl IntoIterator<Item = (usize, usize)>) -> Rel {
    let mut rel = rel.clone();
    pairs.into_iter().for_each(|(a, b)| rel.insert(a, b));
    rel
}
