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
        let of_place = |place| {
            let unjudged = |change| Mutant { place, change, rulings: vec![None; baseline.targets.len()] };
            let mut mutants: Vec<Mutant<'_>> = weakenings(place.kind).into_iter().map(unjudged).collect();
            self.passing(place).for_each(|case| self.judge_in(baseline, case, &mut mutants));
            mutants.iter().for_each(|_| progress());
            mutants
        };
        self.places.par_iter().flat_map_iter(of_place).collect()
    }

    /// How many mutants there are.
    pub fn orders(&self) -> usize {
        self.places.iter().map(|place| weakenings(place.kind).len()).sum()
    }

    /// Asks the naive procedure, which tries every candidate execution, about the targets under which a mutant is safe.
    pub fn confirm(&self, baseline: &Baseline, mutant: &Mutant<'_>) -> Confirmed {
        let sites = changed([(mutant.place, mutant.change)]);
        let safe = mutant.rulings.iter().zip(0..).filter(|(ruling, _)| ruling.as_ref().is_some_and(Ruling::is_safe));
        let cells: Vec<(usize, usize)> = safe
            .flat_map(|(_, target)| self.passing(mutant.place).map(move |case| (case, target)))
            .filter(|&(case, target)| baseline.rulings[case][target].is_safe())
            .collect();
        let judge = |&(case, target): &(usize, usize)| {
            let (case, target) = (&self.cases[case], baseline.targets[target].clone().with_sites(sites.clone()));
            let found = case.checker().judge_naively(&target, |state| self.is_bad(case, state)).verdict;
            (case.scenario().name, target.name, found)
        };
        let mut confirmed = Confirmed::default();
        for (scenario, target, found) in cells.par_iter().map(judge).collect::<Vec<_>>() {
            match found {
                Verdict::Safe => confirmed.agrees += 1,
                Verdict::Racy(_) => confirmed.wrong.push(format!("{scenario} under {target}")),
                Verdict::Unknown(_) => {
                    confirmed.infeasible += 1;
                    confirmed.infeasible_in.insert(scenario);
                }
            }
        }
        confirmed
    }

    /// The cases that pass a place, by number; those that are soon decided first.
    fn passing(&self, place: &Place) -> impl Iterator<Item = usize> {
        let passes = |case: &Case| case.checker().sites().iter().any(|site| place.sites.contains(site));
        let mut passing: Vec<usize> = (0..self.cases.len()).filter(|&case| passes(&self.cases[case])).collect();
        let size = |case: &usize| (self.cases[*case].scenario().slow, self.cases[*case].scenario().roles.len());
        passing.sort_by_key(size);
        passing.into_iter()
    }

    /// Adds what comes of mutants of one place in a case, under the targets under which it is safe as the code stands and
    /// they are not known to be racy. The weakest, which stand last, come first: what is safe then is safe with more order.
    fn judge_in(&self, baseline: &Baseline, case: usize, mutants: &mut [Mutant<'_>]) {
        let judge = self.inquire(&self.cases[case]);
        for Mutant { place, change, rulings } in mutants.iter_mut().rev() {
            let sites = changed([(*place, *change)]);
            let targets = baseline.targets.iter().zip(&baseline.rulings[case]).zip(rulings);
            for ((target, as_it_stands), ruling) in targets {
                if as_it_stands.is_safe() && ruling.as_ref().is_none_or(|ruling| ruling.broken().is_none()) {
                    let here = judge(target, &sites);
                    *ruling = Some(match ruling.take() {
                        Some(before) => before.or_worse(here),
                        None => here,
                    });
                }
            }
        }
    }
}
