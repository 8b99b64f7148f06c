//! Combinations of runs, searched in parallel, each on its own but for what the ones before it taught.
//!
//! They are put in a fixed order and searched in batches, whose sizes depend on nothing but what the ones before taught. A
//! batch's results are taken in that order; so nothing depends on how many threads work on a batch.

use std::ops::ControlFlow;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::bounds::Bounds;
use crate::combine::{Combination, size};
use crate::feasible::Feasible;
use crate::lesson::{Lesson, Lessons};
use crate::outline::Views;
use crate::setting::{Asked, Goal, Reached, Runs, Setting};

/// How many combinations are searched before their results are merged: bounds the memory in use.
const BATCH: usize = 64;

/// How many are searched first.
const FIRST_BATCH: usize = 8;

/// Below this many, a batch is not worth dividing.
const WORTH_DIVIDING: usize = 8;

/// From so many times [`Bounds::patience`] questions on, it pays to rule out combinations by what no model allows.
const RULING_OUT: u64 = 30;

/// From so many times on, it pays to look at the rest in outline first.
const OUTLINING: u64 = 6_000;

/// So many combinations may be in reach before that is held against a search.
const FREE: usize = 20;

/// How many executions a search may look at.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// Of one combination.
    pub each: u64,
    /// Of all, after which the rest is left.
    pub all: u64,
    /// So many combinations out of reach make up for one that was searched in vain, since it is in reach; else the rest is
    /// left.
    pub in_vain: usize,
    /// Whether to begin with the smallest, of which some are soon in reach if any are.
    pub smallest_first: bool,
}

impl Patience {
    pub fn of(bounds: &Bounds) -> Patience {
        Patience { each: bounds.executions, all: u64::MAX, in_vain: 0, smallest_first: false }
    }
}

/// Batches that grow as long as they teach nothing: what is learned of one combination is of use to the next.
pub(crate) struct Batches<'c> {
    rest: &'c [Combination],
    first: usize,
    size: usize,
    /// What they taught so far.
    pub lessons: Lessons,
}

impl<'c> Batches<'c> {
    /// Of these combinations; one at a time at first, if there is no patience.
    pub fn of(combinations: &'c [Combination], bounds: &Bounds) -> Batches<'c> {
        let first = FIRST_BATCH.min(1 + bounds.patience as usize);
        Batches { rest: combinations, first, size: first, lessons: Lessons::default() }
    }

    /// The last one taught this.
    pub fn taught(&mut self, lessons: Vec<Lesson>) {
        if !lessons.is_empty() {
            self.size = self.first;
        }
        self.lessons.add(lessons);
    }
}

impl<'c> Iterator for Batches<'c> {
    type Item = &'c [Combination];

    fn next(&mut self) -> Option<&'c [Combination]> {
        let (batch, rest) = self.rest.split_at(self.size.min(self.rest.len()));
        self.rest = rest;
        self.size = (2 * self.size).min(BATCH);
        (!batch.is_empty()).then_some(batch)
    }
}

/// Applies `search` to each, in parallel where that pays, results in order.
pub(crate) fn in_order<A: Sync, T: Send>(batch: &[A], search: impl Fn(&A) -> T + Sync + Send) -> Vec<T> {
    if batch.len() < WORTH_DIVIDING {
        batch.iter().map(search).collect()
    } else {
        batch.par_iter().map(search).collect()
    }
}

/// What the search of a combination came to: an execution, none, or why one may have been missed.
type Searched = Result<Option<Reached>, String>;

/// Searches combinations in turn, and tells `each` what came of those that neither `keep` nor their outlines rule out.
/// How many executions the model was asked about, and how many combinations were seen to before patience or `each`
/// ended it.
pub(crate) fn hunt(
    setting: &Setting<'_>,
    runs: &Runs,
    goal: Goal<'_>,
    combinations: &[Combination],
    patience: Patience,
    keep: impl Fn(&mut Vec<Asked>),
    mut each: impl FnMut(&Combination, Searched) -> ControlFlow<()>,
) -> (u64, usize) {
    let (mut executions, mut seen, mut reaching) = (0, 0_usize, 0_usize);
    let (mut views, mut asked, mut searches) = (None, 0, 1);
    let rules_out = goal.bad().is_some() && setting.checker.bounds.pruning.outlines;
    let mut batches = Batches::of(combinations, &setting.checker.bounds);
    while let Some(batch) = batches.next() {
        if executions > patience.all || patience.in_vain * reaching > seen - reaching + FREE {
            break;
        }
        seen += batch.len();
        let asked_of = |combination: &Combination| setting.asked(runs, combination, goal);
        let mut left: Vec<Asked> = in_order(batch, asked_of).into_iter().flatten().collect();
        let is_too_large = |asked: &Asked| runs.is_too_large(&asked.combination);
        let has_too_large = rules_out && left.iter().any(is_too_large);
        let pays = |times: u64| rules_out && executions >= times * setting.checker.bounds.patience;
        if pays(RULING_OUT) || has_too_large {
            keep(&mut left);
        }
        if pays(OUTLINING) || has_too_large && left.iter().any(is_too_large) {
            let views = views.get_or_insert_with(|| Views::of(runs, setting.init.len()));
            executions += views.retain(setting, goal, &mut left, asked / searches);
        }
        batches.lessons.prepare(&runs.threads, left.iter().map(|asked| &asked.combination));
        let search = |Asked { combination, ends }: &Asked| {
            setting.first((runs, combination, ends.as_deref()), goal, &batches.lessons, patience.each)
        };
        for (Asked { combination, .. }, searched) in left.iter().zip(in_order(&left, search)) {
            executions += searched.asked;
            (asked, searches) = (asked + searched.asked, searches + 1);
            batches.taught(searched.lessons);
            reaching += usize::from(!matches!(searched.found, Ok(None)));
            if each(combination, searched.found).is_break() {
                return (executions, seen);
            }
        }
    }
    (executions, seen)
}

/// Of the combinations of traces that can go together, those that reach the goal once emulated calls are full barriers
/// and no more, without the answers of other threads, for which there are many places; and how many executions the
/// model was asked about.
pub(crate) fn reach_without_answers(
    setting: &Setting<'_>,
    goal: Goal<'_>,
    feasible: &Feasible,
    patience: Patience,
) -> (u64, Vec<Combination>) {
    let (runs, place) = setting.checker.without_answers(setting.target, feasible);
    let runs = Runs::new(runs);
    let placed = |combination: &Combination| -> Option<Combination> {
        combination.iter().zip(&place).map(|(trace, place)| place.get(trace).copied()).collect()
    };
    let mut all: Vec<Combination> = feasible.combinations.iter().filter_map(placed).collect();
    if patience.smallest_first {
        all.sort_by_cached_key(|combination| size(&runs.threads, combination));
    }
    let mut reaching = FxHashSet::default();
    let (executions, seen) = hunt(
        setting,
        &runs,
        goal,
        &all,
        patience,
        |_| {},
        |combination, searched| {
            if !matches!(searched, Ok(None)) {
                reaching.insert(combination.clone());
            }
            ControlFlow::Continue(())
        },
    );
    reaching.extend(all[seen..].iter().cloned());
    let in_reach = |&combination: &&Combination| placed(combination).is_none_or(|placed| reaching.contains(&placed));
    (executions, feasible.combinations.iter().filter(in_reach).cloned().collect())
}
