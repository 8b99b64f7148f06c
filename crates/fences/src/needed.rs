//! One order at a time: what becomes of a strategy without it.

use std::collections::BTreeSet;

use fencepost_harness::engine::model::Case;
use fencepost_memory::Order;
use fencepost_model::{Change, SiteKind, Verdict};
use rayon::prelude::*;

use crate::place::Place;
use crate::subject::{Baseline, Ruling, Subject, changed};

/// A strategy with one of its orders weakened.
pub struct Mutant<'s> {
    /// Where.
    pub place: &'s Place,
    /// What was done to it.
    pub change: Change,
    /// By target: what comes of it in the scenarios that are safe as the code stands; `None` where there is none that
    /// passes the place.
    pub rulings: Vec<Option<Ruling>>,
}

impl Mutant<'_> {
    /// The targets' rulings, as far as there are any.
    pub fn judged(&self) -> impl Iterator<Item = &Ruling> {
        self.rulings.iter().flatten()
    }

    /// What stands there now: `none`, `relaxed`, `acquire`, …
    pub fn to(&self) -> &'static str {
        weakened_to(self.change)
    }
}

/// What a change leaves: `none`, `relaxed`, `acquire`, `release`, `smp_rmb`, …
pub fn weakened_to(change: Change) -> &'static str {
    match change {
        Change::Fence(None) => "none",
        Change::Order(Order::Relaxed) => "relaxed",
        Change::Order(Order::Acquire) => "acquire",
        Change::Order(Order::Release) => "release",
        Change::Order(Order::Full) => "full",
        Change::Fence(Some(barrier)) | Change::Before(barrier) | Change::After(barrier) => {
            barrier.name().trim_end_matches("()")
        }
        Change::Plain => "plain",
    }
}

/// The ways to weaken what stands at a place: by one step, and altogether.
pub fn weakenings(kind: SiteKind) -> Vec<Change> {
    let mut changes = kind.weakenings();
    changes.extend(kind.removal().filter(|removal| !changes.contains(removal)));
    changes
}

/// What the naive procedure says of a mutant that is safe.
#[derive(Debug, Default)]
pub struct Confirmed {
    /// How many cells, a scenario under a target, it decides, and finds safe as well.
    pub agrees: usize,
    /// How many it cannot decide within its bounds.
    pub infeasible: usize,
    /// The scenarios of those.
    pub infeasible_in: BTreeSet<&'static str>,
    /// The cells that it finds racy: a defect of one of the two.
    pub wrong: Vec<String>,
}

impl Subject {
    /// Every order of the strategy, weakened alone in every way, and what comes of it under each target of the baseline.
    /// `progress` is told after each.
    pub fn mutants(&self, baseline: &Baseline, progress: impl Fn() + Sync) -> Vec<Mutant<'_>> {
        let all: Vec<(&Place, Change)> = self.weakenings().collect();
        let judge = |(place, change)| {
            let of = |target| self.weakened(baseline, target, place, change);
            let rulings = (0..baseline.targets.len()).map(of).collect();
            progress();
            Mutant { place, change, rulings }
        };
        all.into_par_iter().map(judge).collect()
    }

    /// How many mutants there are.
    pub fn orders(&self) -> usize {
        self.weakenings().count()
    }

    fn weakenings(&self) -> impl Iterator<Item = (&Place, Change)> {
        self.places.iter().flat_map(|place| weakenings(place.kind).into_iter().map(move |change| (place, change)))
    }

    /// Asks the naive procedure, which tries every candidate execution, about the targets under which a mutant is safe.
    pub fn confirm(&self, baseline: &Baseline, mutant: &Mutant<'_>) -> Confirmed {
        let sites = changed([(mutant.place, mutant.change)]);
        let mut confirmed = Confirmed::default();
        for (target, ruling) in mutant.rulings.iter().enumerate() {
            if !ruling.as_ref().is_some_and(Ruling::is_safe) {
                continue;
            }
            for case in self.concerned(baseline, target, mutant.place).map(|case| &self.cases[case]) {
                let target = baseline.targets[target].clone().with_sites(sites.clone());
                match case.checker().judge_naively(&target, |state| self.is_bad(case, state)).verdict {
                    Verdict::Safe => confirmed.agrees += 1,
                    Verdict::Racy(_) => confirmed.wrong.push(format!("{} under {}", case.scenario().name, target.name)),
                    Verdict::Unknown(_) => {
                        confirmed.infeasible += 1;
                        confirmed.infeasible_in.insert(case.scenario().name);
                    }
                }
            }
        }
        confirmed
    }

    /// The cases that pass a place and are safe under a target as the code stands, by number.
    fn concerned<'s>(
        &'s self,
        baseline: &'s Baseline,
        target: usize,
        place: &'s Place,
    ) -> impl Iterator<Item = usize> + 's {
        let passes = |case: &Case| case.checker().sites().iter().any(|site| place.sites.contains(site));
        let is_safe = move |case: &usize| baseline.rulings[*case][target].is_safe();
        (0..self.cases.len()).filter(move |&case| passes(&self.cases[case])).filter(is_safe)
    }

    fn weakened(&self, baseline: &Baseline, target: usize, place: &Place, change: Change) -> Option<Ruling> {
        let sites = changed([(place, change)]);
        let mut cases: Vec<usize> = self.concerned(baseline, target, place).collect();
        if cases.is_empty() {
            return None;
        }
        // The small ones first.
        cases.sort_by_key(|&case| self.cases[case].scenario().roles.len());
        let mut unknown = None;
        for case in cases {
            match self.judge(&self.cases[case], &baseline.targets[target], &sites) {
                Ruling::Safe => {}
                Ruling::Unknown(why) => unknown = unknown.or(Some(why)),
                racy => return Some(racy),
            }
        }
        Some(unknown.map_or(Ruling::Safe, Ruling::Unknown))
    }
}
