//! The search of one combination of runs for an execution of some kind.

use std::collections::{BTreeMap, BTreeSet};

use crate::checker::Checker;
use crate::combination::{final_memory, is_too_large, skeleton};
use crate::combine::{Bad, Combination};
use crate::ends::{End, last_values, wanted_ends};
use crate::lesson::{Lesson, Lessons};
use crate::lower::Lowered;
use crate::outcome::{Outcome, State};
use crate::relation::Rel;
use crate::search::{Search, Visit};
use crate::skeleton::{Execution, Skeleton};
use crate::target::Target;
use crate::valuation::{Values, results};

/// What an execution is searched for.
#[derive(Clone, Copy)]
pub(crate) enum Goal<'b> {
    /// A state that this accepts.
    State(Bad<'b>),
    /// A data race.
    Race,
}

impl<'b> Goal<'b> {
    /// What accepts a state, if that is what is searched for.
    pub fn bad(self) -> Option<Bad<'b>> {
        if let Goal::State(bad) = self { Some(bad) } else { None }
    }
}

/// By flag: the outcomes of the executions that raise it.
pub(crate) type Flags = BTreeMap<&'static str, BTreeSet<Outcome>>;

/// What the search of one combination found.
#[derive(Default)]
pub(crate) struct Found {
    /// With the number of executions of each.
    pub outcomes: BTreeMap<Outcome, u64>,
    pub flags: Flags,
    pub cut: Option<String>,
    pub lessons: Vec<Lesson>,
}

/// Whether one combination has what is searched for.
pub(crate) struct First {
    /// How many executions the model was asked about.
    pub asked: u64,
    /// It, or why it may have been missed.
    pub found: Result<Option<Reached>, String>,
    pub lessons: Vec<Lesson>,
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

/// One run of each thread, and how memory must end to be what is searched for; no matter how, if that is not known.
pub(crate) struct Asked {
    pub combination: Combination,
    pub ends: Option<Vec<End>>,
}

/// Runs of each thread.
pub(crate) struct Runs {
    pub threads: Vec<Vec<Lowered>>,
}

impl Runs {
    pub fn new(threads: Vec<Vec<Lowered>>) -> Runs {
        Runs { threads }
    }

    fn of(&self, combination: &Combination) -> Vec<&Lowered> {
        combination.iter().zip(&self.threads).map(|(&run, runs)| &runs[run as usize]).collect()
    }

    /// The traces that they are of, as places in the threads' lists.
    pub fn traces(&self, combination: &Combination) -> Combination {
        self.of(combination).iter().map(|run| run.trace as u32).collect()
    }

    /// Whether they have more events than can be searched.
    pub fn is_too_large(&self, combination: &Combination) -> bool {
        is_too_large(&self.of(combination))
    }
}

/// A program under a target.
pub(crate) struct Setting<'c> {
    pub checker: &'c Checker,
    pub target: &'c Target,
    pub init: Vec<u64>,
}

impl<'c> Setting<'c> {
    pub fn new(checker: &'c Checker, target: &'c Target) -> Setting<'c> {
        Setting { checker, target, init: checker.init() }
    }

    /// The combination with the final memories that are searched for; `None` if there are none. The runs are whole.
    pub fn asked(&self, all: &Runs, combination: &Combination, goal: Goal<'_>) -> Option<Asked> {
        let ends = goal.bad().filter(|_| self.checker.bounds.pruning.results).and_then(|bad| {
            let runs = all.of(combination);
            let settled: Option<_> = runs.iter().map(|run| run.settled()).collect();
            let (traces, feasible) = (all.traces(combination), self.checker.different().ok());
            let possible = |cell: usize| {
                let held = feasible.and_then(|feasible| feasible.last_held(&traces, cell));
                held.unwrap_or_else(|| last_values(&runs, cell, self.init[cell]).into())
            };
            wanted_ends(settled?, &self.init, &possible, bad)
        });
        let is_asked = ends.as_ref().is_none_or(|ends| !ends.is_empty());
        is_asked.then(|| Asked { combination: combination.clone(), ends })
    }

    /// Visits the executions of one run of each thread, with what was learned of others; how many the model was asked
    /// about, what was learned, and why it is not all.
    fn search(
        &self,
        (all, combination): (&Runs, &Combination),
        ends: Option<&[End]>,
        lessons: &Lessons,
        limit: u64,
        mut visit: impl FnMut(&Execution<'_>, &Values, Outcome) -> Visit,
    ) -> (u64, Vec<Lesson>, Result<(), String>) {
        let runs = all.of(combination);
        let s = match skeleton(&runs, &self.init, self.target.control) {
            Ok(s) => s,
            Err(why) => return (0, Vec::new(), Err(why)),
        };
        let mut search = Search::new(&s, self.target.model, &self.checker.bounds, limit);
        ends.into_iter().for_each(|ends| search.want(ends));
        search.remember(lessons, combination, &runs);
        let mut ended = false;
        let stopped = search.run(&mut |x, values| {
            let outcome =
                Outcome { results: results(&s, &runs, values), memory: final_memory(&s, &x.co, values, &self.init) };
            let next = visit(x, values, outcome);
            ended = next == Visit::Stop;
            next
        });
        let cut = stopped.is_err() && !ended;
        let why = || format!("one combination of runs has more than {limit} executions to look at");
        (search.asked, search.lessons, if cut { Err(why()) } else { Ok(()) })
    }

    /// Everything of one combination.
    pub fn everything(&self, runs: &Runs, combination: &Combination, lessons: &Lessons) -> Found {
        let mut found = Found::default();
        let limit = self.checker.bounds.executions;
        let (_, lessons, ended) = self.search((runs, combination), None, lessons, limit, |x, _, outcome| {
            let is_known = |flag: &str| found.flags.get(flag).is_some_and(|outcomes| outcomes.contains(&outcome));
            for flag in self.target.model.raised(x, is_known) {
                found.flags.entry(flag).or_default().insert(outcome.clone());
            }
            *found.outcomes.entry(outcome).or_default() += 1;
            Visit::Continue
        });
        (found.cut, found.lessons) = (ended.err(), lessons);
        found
    }

    /// Whether one combination of `runs` has an execution with `goal`, asking the model at most `limit` times.
    pub fn first(
        &self,
        (runs, combination, ends): (&Runs, &Combination, Option<&[End]>),
        goal: Goal<'_>,
        lessons: &Lessons,
        limit: u64,
    ) -> First {
        let mut reached = None;
        let (asked, lessons, ended) = self.search((runs, combination), ends, lessons, limit, |x, values, outcome| {
            let race = match goal {
                Goal::State(bad) if bad(&State::new(&outcome)) => None,
                Goal::State(_) => return Visit::Continue,
                Goal::Race => match self.target.model.races.and_then(|races| races(x).pairs().next()) {
                    None => return Visit::Continue,
                    pair => pair,
                },
            };
            reached = Some(Reached {
                combination: runs.of(combination).into_iter().cloned().collect(),
                skeleton: x.skeleton.clone(),
                rf: x.rf.clone(),
                co: x.co.clone(),
                values: values.clone(),
                outcome,
                race,
            });
            Visit::Stop
        });
        First { asked, found: ended.map(|()| reached), lessons }
    }
}
