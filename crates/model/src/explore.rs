//! The explorer: combinations of runs, each searched on its own, in parallel.
//!
//! Combinations are put in a fixed order and searched in batches of a fixed size, and a batch's results are
//! taken in that order; so nothing depends on how many threads work on a batch.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use rayon::prelude::*;

use crate::checker::Checker;
use crate::combination::{final_memory, skeleton};
use crate::combine::{Bad, Combination, combinations};
use crate::ends::wanted_ends;
use crate::feasible::Feasible;
use crate::lower::Lowered;
use crate::outcome::{Exploration, Judgement, Outcome, State, Verdict};
use crate::relation::Rel;
use crate::search::{Search, Visit};
use crate::skeleton::{Execution, Skeleton};
use crate::target::Target;
use crate::valuation::{Values, results};
use crate::witness::Witness;

/// How many combinations are searched before their results are merged: bounds the memory in use.
const BATCH: usize = 64;

/// Below this many, a batch is not worth dividing.
const WORTH_DIVIDING: usize = 8;

/// Applies `search` to each, in parallel where that pays, results in order.
fn in_order<T: Send>(batch: &[Combination], search: impl Fn(&Combination) -> T + Sync + Send) -> Vec<T> {
    if batch.len() < WORTH_DIVIDING {
        batch.iter().map(search).collect()
    } else {
        batch.par_iter().map(search).collect()
    }
}

/// By flag: the outcomes of the executions that raise it.
type Flags = BTreeMap<&'static str, BTreeSet<Outcome>>;

/// What the search of one combination found.
#[derive(Default)]
struct Found {
    /// With the number of executions of each.
    outcomes: BTreeMap<Outcome, u64>,
    flags: Flags,
    cut: Option<String>,
}

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
    let prepared = Prepared::of(checker, target).and_then(|p| {
        let found = combinations(&p.lowered, &p.feasible.combinations, &p.init, None, &checker.bounds)?;
        Ok((p, found))
    });
    match prepared {
        Err(why) => all.unknown = Some(why),
        Ok((p, found)) => {
            for batch in found.chunks(BATCH) {
                for part in in_order(batch, |combination| p.everything(combination)) {
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

/// What an execution is searched for.
#[derive(Clone, Copy)]
pub(crate) enum Goal<'b> {
    /// A state that this accepts.
    State(Bad<'b>),
    /// A data race.
    Race,
}

/// Whether the target allows an execution with this; the first in the order of size.
pub(crate) fn judge(checker: &Checker, target: &Target, goal: Goal<'_>) -> Judgement {
    let start = Instant::now();
    let mut executions = 0;
    let mut cut = checker.cut();
    let prepared = Prepared::of(checker, target).and_then(|p| {
        let bad = if let Goal::State(bad) = goal { Some(bad) } else { None };
        let (asked, without_answers) = p.reaching(goal)?;
        executions += asked;
        let feasible = without_answers.as_ref().unwrap_or(&p.feasible.combinations);
        let found = combinations(&p.lowered, feasible, &p.init, bad, &checker.bounds)?;
        Ok((p, found))
    });
    match prepared {
        Err(why) => cut = Some(why),
        Ok((p, found)) => {
            for batch in found.chunks(BATCH) {
                for (asked, part) in in_order(batch, |combination| p.first(&p.runs(combination), goal)) {
                    executions += asked;
                    match part {
                        Ok(None) => {}
                        Ok(Some(reached)) => {
                            let verdict = Verdict::Racy(Box::new(Witness::new(checker, target, reached)));
                            return Judgement { verdict, executions, time: start.elapsed() };
                        }
                        Err(why) => cut = cut.or(Some(why)),
                    }
                }
            }
        }
    }
    let verdict = cut.map_or(Verdict::Safe, Verdict::Unknown);
    Judgement { verdict, executions, time: start.elapsed() }
}

/// An execution that was searched for and found.
pub(crate) struct Reached {
    pub combination: Vec<Lowered>,
    pub skeleton: Skeleton,
    pub rf: Rel,
    pub co: Rel,
    pub values: Values,
    pub outcome: Outcome,
    /// Two events that race, if that was searched for.
    pub race: Option<(usize, usize)>,
}

/// A program, lowered.
struct Prepared<'c> {
    checker: &'c Checker,
    target: &'c Target,
    feasible: &'c Feasible,
    lowered: Vec<Vec<Lowered>>,
    init: Vec<u64>,
}

impl<'c> Prepared<'c> {
    fn of(checker: &'c Checker, target: &'c Target) -> Result<Prepared<'c>, String> {
        let feasible = checker.feasible()?;
        let lowered = checker.lowered(target, Some(feasible))?;
        Ok(Prepared { checker, target, feasible, lowered, init: checker.init() })
    }

    fn runs(&self, combination: &Combination) -> Vec<&Lowered> {
        combination.iter().zip(&self.lowered).map(|(&run, runs)| &runs[run as usize]).collect()
    }

    /// Of the combinations of traces that can go together, those that reach the goal once emulated calls are full
    /// barriers and no more; and how many executions the model was asked about. `None` where no call is emulated.
    ///
    /// Without the answers of other threads an execution has fewer events and so fewer orders: what is out of reach then
    /// is out of reach wherever the answers stand, and there are many places for them.
    fn reaching(&self, goal: Goal<'_>) -> Result<(u64, Option<Vec<Combination>>), String> {
        if !self.checker.emulates(self.target) {
            return Ok((0, None));
        }
        let lowered = self.checker.without_answers(self.target, self.feasible);
        let (mut executions, mut reaching) = (0, Vec::new());
        for batch in self.feasible.combinations.chunks(BATCH) {
            let asked = in_order(batch, |combination| {
                let runs: Option<Vec<_>> =
                    combination.iter().zip(&lowered).map(|(trace, runs)| runs.get(trace)).collect();
                runs.map_or((0, Ok(None)), |runs| self.first(&runs, goal))
            });
            for (combination, (asked, found)) in batch.iter().zip(asked) {
                executions += asked;
                if !matches!(found, Ok(None)) {
                    reaching.push(combination.clone());
                }
            }
        }
        Ok((executions, Some(reaching)))
    }

    /// Visits the executions of one run of each thread; how many the model was asked about, or why not all.
    fn search(
        &self,
        runs: &[&Lowered],
        bad: Option<Bad<'_>>,
        mut visit: impl FnMut(&Execution<'_>, &Values, Outcome) -> Visit,
    ) -> (u64, Result<(), String>) {
        let s = match skeleton(runs, &self.init, self.target.control) {
            Ok(s) => s,
            Err(why) => return (0, Err(why)),
        };
        let bounds = &self.checker.bounds;
        let wanted = bad.filter(|_| bounds.pruning.results).and_then(|bad| {
            let settled: Option<_> = runs.iter().map(|run| run.settled()).collect();
            wanted_ends(&s, settled?, &self.init, bad)
        });
        if wanted.as_ref().is_some_and(Vec::is_empty) {
            return (0, Ok(()));
        }
        let mut search = Search::new(&s, (self.target.model.axioms)(&s), bounds.pruning, bounds.executions);
        search.wanted = wanted;
        let mut ended = false;
        let stopped = search.run(&mut |x, values| {
            let outcome =
                Outcome { results: results(&s, runs, values), memory: final_memory(&s, &x.co, values, &self.init) };
            let next = visit(x, values, outcome);
            ended = next == Visit::Stop;
            next
        });
        let cut = stopped.is_err() && !ended;
        let why = || format!("one combination of runs has more than {} executions to look at", bounds.executions);
        (search.asked, if cut { Err(why()) } else { Ok(()) })
    }

    fn everything(&self, combination: &Combination) -> Found {
        let mut found = Found::default();
        let (_, ended) = self.search(&self.runs(combination), None, |x, _, outcome| {
            let is_known = |flag: &str| found.flags.get(flag).is_some_and(|outcomes| outcomes.contains(&outcome));
            for flag in self.target.model.raised(x, is_known) {
                found.flags.entry(flag).or_default().insert(outcome.clone());
            }
            *found.outcomes.entry(outcome).or_default() += 1;
            Visit::Continue
        });
        found.cut = ended.err();
        found
    }

    fn first(&self, runs: &[&Lowered], goal: Goal<'_>) -> (u64, Result<Option<Reached>, String>) {
        let mut reached = None;
        let bad = if let Goal::State(bad) = goal { Some(bad) } else { None };
        let (asked, ended) = self.search(runs, bad, |x, values, outcome| {
            let race = match goal {
                Goal::State(bad) if bad(&State::new(&outcome)) => None,
                Goal::State(_) => return Visit::Continue,
                Goal::Race => match self.target.model.races.and_then(|races| races(x).pairs().next()) {
                    None => return Visit::Continue,
                    pair => pair,
                },
            };
            reached = Some(Reached {
                combination: runs.iter().copied().cloned().collect(),
                skeleton: x.skeleton.clone(),
                rf: x.rf.clone(),
                co: x.co.clone(),
                values: values.clone(),
                outcome,
                race,
            });
            Visit::Stop
        });
        (asked, ended.map(|()| reached))
    }
}
