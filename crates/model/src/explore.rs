//! The explorer: everything that a target allows, or the first execution that is looked for.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::time::Instant;

use crate::checker::Checker;
use crate::combine::combinations;
use crate::common::Common;
use crate::hunt::{Batches, Patience, hunt, in_order, reach_without_answers};
use crate::outcome::{Exploration, Judgement, Outcome, Verdict};
use crate::setting::{Asked, Flags, Goal, Runs, Setting};
use crate::target::Target;
use crate::witness::Witness;

/// Everything that the target allows.
pub(crate) fn explore(checker: &Checker, target: &Target) -> Exploration {
    let start = Instant::now();
    let mut all = Exploration {
        outcomes: BTreeSet::new(),
        frequencies: Vec::new(),
        executions: 0,
        unknown: checker.cut(),
        flags: Flags::new(),
        time: start.elapsed(),
    };
    let mut outcomes: BTreeMap<Outcome, u64> = BTreeMap::new();
    let setting = Setting::new(checker, target);
    let prepared = checker.feasible().and_then(|feasible| {
        let (threads, left_out) = checker.lowered(target, Some(feasible))?;
        let runs = Runs::new(threads);
        let found = combinations(&runs.threads, &feasible.combinations, &setting.init, None, &checker.bounds)?;
        Ok((runs, found, left_out))
    });
    match prepared {
        Err(why) => all.unknown = Some(why),
        Ok((runs, found, left_out)) => {
            all.unknown = all.unknown.or(left_out);
            let mut batches = Batches::of(&found, &checker.bounds);
            while let Some(batch) = batches.next() {
                batches.lessons.prepare(&runs.threads, batch.iter());
                let search = |combination: &_| setting.everything(&runs, combination, &batches.lessons);
                for part in in_order(batch, search) {
                    batches.taught(part.lessons);
                    for (flag, outcomes) in part.flags {
                        all.flags.entry(flag).or_default().extend(outcomes);
                    }
                    for (outcome, executions) in part.outcomes {
                        *outcomes.entry(outcome).or_default() += executions;
                    }
                    all.unknown = all.unknown.or(part.cut);
                }
                if outcomes.len() > checker.bounds.outcomes {
                    all.unknown = Some(format!("more than {} outcomes", checker.bounds.outcomes));
                    break;
                }
            }
        }
    }
    (all.outcomes, all.frequencies) = outcomes.into_iter().unzip();
    all.executions = all.frequencies.iter().sum();
    all.time = start.elapsed();
    all
}

/// Whether the target allows an execution with this; the first in the order of size. `common` is for what is found out
/// for all targets.
pub(crate) fn judge(checker: &Checker, target: &Target, goal: Goal<'_>, common: Option<&Common>) -> Judgement {
    let start = Instant::now();
    let safe = |executions| Judgement { verdict: Verdict::Safe, executions, time: start.elapsed() };
    let bounds = &checker.bounds;
    let mut executions = 0;
    let mut cut = checker.cut();
    if let (Some(executions), None) = (common.and_then(|common| common.known_from_weaker(target)), &cut) {
        return safe(executions);
    }
    let mut first = None;
    let setting = Setting::new(checker, target);
    let in_reach = common.and_then(|common| common.in_reach(target));
    let in_reach = in_reach.as_ref().map_or_else(|| checker.different(), |reach| Ok(&**reach));
    let left = in_reach.as_ref().ok().and_then(|in_reach| common?.left(target, in_reach));
    let feasible = in_reach.map(|in_reach| left.as_ref().unwrap_or(in_reach));
    let lowered = feasible.and_then(|feasible| {
        // An emulated call can be answered in many places: what is out of reach without an answer needs none.
        let answered = checker.emulates(target).then(|| {
            let (asked, combinations) = reach_without_answers(&setting, goal, feasible, Patience::of(bounds));
            executions = asked;
            feasible.only(combinations)
        });
        let lowered = checker.lowered(target, Some(answered.as_ref().unwrap_or(feasible)))?;
        Ok((feasible, answered, lowered))
    });
    if let (Ok((_, _, (threads, None))), None, Some(common)) = (&lowered, &cut, common)
        && let Some(executions) = common.known_safe(target, threads)
    {
        return safe(executions);
    }
    let prepared = lowered.and_then(|(feasible, answered, (threads, left_out))| {
        let runs = Runs::new(threads);
        let reaching = answered.as_ref().map_or(&feasible.combinations, |answered| &answered.combinations);
        let found = combinations(&runs.threads, reaching, &setting.init, goal.bad(), bounds)?;
        Ok((runs, found, left_out))
    });
    match prepared {
        Err(why) => cut = Some(why),
        Ok((runs, found, left_out)) => {
            cut = cut.or(left_out);
            let keep = |left: &mut Vec<Asked>| {
                common.into_iter().for_each(|common| common.retain(&setting, goal, &runs, left));
            };
            let (asked, _) = hunt(&setting, &runs, goal, &found, Patience::of(bounds), keep, |_, searched| {
                match searched {
                    Ok(None) => {}
                    Ok(Some(reached)) => {
                        first = Some(reached);
                        return ControlFlow::Break(());
                    }
                    Err(why) => cut = cut.take().or(Some(why)),
                }
                ControlFlow::Continue(())
            });
            executions += asked;
            if let (Some(common), None, None) = (common, &first, &cut) {
                common.note_safe(target, runs, executions);
            }
        }
    }
    let verdict = match (first, cut) {
        (Some(reached), _) => Verdict::Racy(Box::new(Witness::new(checker, target, reached))),
        (None, Some(why)) => Verdict::Unknown(why),
        (None, None) => Verdict::Safe,
    };
    Judgement { verdict, executions, time: start.elapsed() }
}
