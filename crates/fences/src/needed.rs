//! One order at a time: what becomes of a strategy without it.

use fencepost_harness::engine::model::Case;
use fencepost_memory::Order;
use fencepost_model::{Change, SiteKind};
use rayon::prelude::*;

use crate::place::Place;
use crate::subject::{Baseline, Ruling, Subject, changed};

/// A strategy with one of its orders weakened.
pub struct Mutant<'s> {
    /// Where.
    pub place: &'s Place,
    /// What was done to it.
    pub change: Change,
    /// By target: what comes of it in the scenarios that are safe as the code stands.
    pub rulings: Vec<Ruling>,
}

impl Mutant<'_> {
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

    fn weakened(&self, baseline: &Baseline, target: usize, place: &Place, change: Change) -> Ruling {
        let sites = changed([(place, change)]);
        let passes = |case: &Case| case.checker().sites().iter().any(|site| place.sites.contains(site));
        let mut cases: Vec<usize> = (0..self.cases.len()).filter(|&case| passes(&self.cases[case])).collect();
        cases.retain(|&case| baseline.rulings[case][target].is_safe());
        // The small ones first.
        cases.sort_by_key(|&case| self.cases[case].scenario().roles.len());
        let mut unknown = None;
        for case in cases {
            match self.judge(&self.cases[case], &baseline.targets[target], &sites) {
                Ruling::Safe => {}
                Ruling::Unknown(why) => unknown = unknown.or(Some(why)),
                racy => return racy,
            }
        }
        unknown.map_or(Ruling::Safe, Ruling::Unknown)
    }
}
