//! What targets have in common: what is out of reach under one is out of reach under all that allow less, and what is safe
//! under one is safe under all that order more.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::combine::Combination;
use crate::feasible::Feasible;
use crate::hunt::{Patience, reach_without_answers};
use crate::lower::Lowered;
use crate::setting::{Asked, Goal, Runs, Setting};
use crate::strength::TakenOver;
use crate::target::Target;

/// For the target that is weaker than every other.
const COMMON: Patience = Patience { each: 5_000, all: u64::MAX, in_vain: 1, smallest_first: false };

/// For one that is weaker than a few which are like it: where it reaches the goal, most of them do, and soon.
const WEAKEST: Patience = Patience { each: 1_000, all: 500_000, in_vain: 200, smallest_first: true };

/// What was found out under one target, and is of use under others.
#[derive(Default)]
pub(crate) struct Common {
    /// By target that is weaker than others: what is in reach under it, found out when somebody asks.
    reached: RefCell<Vec<(Target, Rc<Feasible>)>>,
    /// By model, and by whether control dependencies count.
    safe: RefCell<FxHashMap<(&'static str, bool), Vec<FoundSafe>>>,
    /// What is known from other programs.
    pub taken_over: Vec<TakenOver>,
}

/// Runs that were found safe, and how many executions the model was asked about.
struct FoundSafe {
    threads: Vec<Vec<Lowered>>,
    executions: u64,
}

impl Common {
    /// Drops the combinations of `runs`, which are among the feasible ones, that are out of reach of the goal under a weaker
    /// target.
    pub fn retain(&self, setting: &Setting<'_>, goal: Goal<'_>, runs: &Runs, left: &mut Vec<Asked>) {
        let Ok(all) = setting.checker.different() else { return };
        let mut within: Option<Rc<Feasible>> = None;
        for weaker in setting.target.weaker() {
            let reach = self.known(&weaker).unwrap_or_else(|| {
                let (feasible, patience) = match &within {
                    None => (all, COMMON),
                    Some(reach) => (&**reach, WEAKEST),
                };
                // What is known to be safe under most targets stays in reach, unasked: there it is in nobody's way.
                let safe: Vec<&TakenOver> = self.taken_over.iter().filter(|other| other.is_mostly_safe()).collect();
                let is_known = |traces: &Combination| safe.iter().any(|other| other.has(traces));
                let (known, asked) = feasible.combinations.iter().cloned().partition(is_known);
                let setting = Setting::new(setting.checker, &weaker);
                let mut reaching: Vec<Combination> = known;
                reaching.extend(reach_without_answers(&setting, goal, &feasible.only(asked), patience).1);
                reaching.sort_unstable();
                let reach = Rc::new(feasible.only(reaching));
                self.reached.borrow_mut().push((weaker, Rc::clone(&reach)));
                reach
            });
            left.retain(|asked| reach.has(&runs.traces(&asked.combination)));
            within = Some(reach);
        }
    }

    fn known(&self, weaker: &Target) -> Option<Rc<Feasible>> {
        let reached = self.reached.borrow();
        reached.iter().find(|(of, _)| of.is_same(weaker)).map(|(_, reach)| Rc::clone(reach))
    }

    /// What of these combinations is not known to be safe under the target from a weaker program.
    pub fn left(&self, target: &Target, feasible: &Feasible) -> Option<Feasible> {
        let safe: Vec<&TakenOver> = self.taken_over.iter().filter(|other| other.safe_under(target).is_some()).collect();
        let is_left = |traces: &&Combination| !safe.iter().any(|other| other.has(traces));
        (!safe.is_empty()).then(|| feasible.only(feasible.combinations.iter().filter(is_left).cloned().collect()))
    }

    /// The combinations that the target may let reach the goal, for all that is known of weaker ones.
    pub fn in_reach(&self, target: &Target) -> Option<Rc<Feasible>> {
        target.weaker().iter().rev().find_map(|weaker| self.known(weaker))
    }

    /// How many executions the model was asked about when a weaker program, which does all that this one does, was found to be
    /// safe under the target.
    pub fn known_from_weaker(&self, target: &Target) -> Option<u64> {
        self.taken_over.iter().filter(|other| other.is_all()).find_map(|other| other.safe_under(target))
    }

    /// How many executions the model was asked about when it was found that these runs are safe, or runs that are ordered
    /// less: more order never allows more. Two targets with one model may be the same, as x86's for the kernel and for Rust
    /// mostly are, or differ in a fence, as Arm's do. Where fewer runs were in reach, the others are safe all the more.
    pub fn known_safe(&self, target: &Target, threads: &[Vec<Lowered>]) -> Option<u64> {
        let of_thread = |(runs, weaker): (&Vec<Lowered>, &Vec<Lowered>)| {
            let mut weaker = weaker.iter();
            runs.iter().all(|run| weaker.any(|weaker| run.is_as_strong_as(weaker)))
        };
        let safe = self.safe.borrow();
        let found = safe.get(&(target.model.name, target.control))?;
        let found = found.iter().find(|found| threads.iter().zip(&found.threads).all(of_thread))?;
        Some(found.executions)
    }

    /// Notes that these runs are safe, for which the model was asked about so many executions.
    pub fn note_safe(&self, target: &Target, runs: Runs, executions: u64) {
        let found = FoundSafe { threads: runs.threads, executions };
        self.safe.borrow_mut().entry((target.model.name, target.control)).or_default().push(found);
    }
}
