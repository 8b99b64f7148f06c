//! Combinations of runs, searched in parallel, each on its own but for what the ones before it taught.
//!
//! They are put in a fixed order and searched in batches of fixed sizes, and a batch's results are taken in that order;
//! so nothing depends on how many threads work on a batch.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::rc::Rc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::bounds::Bounds;
use crate::combine::Combination;
use crate::feasible::Feasible;
use crate::learn::Lessons;
use crate::lower::Lowered;
use crate::outline::Views;
use crate::setting::{Asked, Goal, Reached, Runs, Setting};
use crate::sites::Sites;
use crate::target::Target;

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

/// How many executions a search may look at.
#[derive(Clone, Copy)]
pub(crate) struct Patience {
    /// Of one combination.
    pub each: u64,
    /// Of all, after which the rest is left.
    pub all: u64,
    /// So many more combinations may be in reach than out of it before the rest is left.
    pub in_vain: usize,
}

impl Patience {
    pub fn of(bounds: &Bounds) -> Patience {
        Patience { each: bounds.executions, all: u64::MAX, in_vain: usize::MAX }
    }
}

/// For the model that is weaker than every other.
const COMMON: Patience = Patience { each: 1_000, all: 500_000, in_vain: 20 };

/// Batches that grow, so that what the first combinations teach comes early.
pub(crate) fn batches(mut combinations: &[Combination]) -> impl Iterator<Item = &[Combination]> {
    let mut size = FIRST_BATCH;
    std::iter::from_fn(move || {
        let (batch, rest) = combinations.split_at(size.min(combinations.len()));
        combinations = rest;
        size = (2 * size).min(BATCH);
        (!batch.is_empty()).then_some(batch)
    })
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
    let (mut lessons, mut views) = (Lessons::default(), None);
    let (mut asked, mut searches) = (0, 1);
    let rules_out = goal.bad().is_some() && setting.checker.bounds.pruning.outlines;
    for batch in batches(combinations) {
        if executions > patience.all || reaching > (seen - reaching).saturating_add(patience.in_vain) {
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
        let search = |Asked { combination, ends }: &Asked| {
            setting.first((runs, combination, ends.as_deref()), goal, &lessons, patience.each)
        };
        for (Asked { combination, .. }, searched) in left.iter().zip(in_order(&left, search)) {
            executions += searched.asked;
            (asked, searches) = (asked + searched.asked, searches + 1);
            lessons.add(searched.lessons);
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
    let all: Vec<Combination> = feasible.combinations.iter().filter_map(placed).collect();
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

/// What targets have in common.
#[derive(Default)]
pub(crate) struct Common {
    /// By changes to the program: what is in reach under the model that is weaker than every other, found out when somebody
    /// asks.
    reached: RefCell<Vec<(Sites, Rc<Reach>)>>,
    /// By model, and by whether control dependencies count.
    safe: RefCell<FxHashMap<(&'static str, bool), Vec<FoundSafe>>>,
}

/// What is in reach of the goal.
pub(crate) struct Reach {
    combinations: FxHashSet<Combination>,
    /// The same, to begin with.
    pub feasible: Feasible,
}

/// Runs that were found safe, and how many executions the model was asked about.
struct FoundSafe {
    threads: Vec<Vec<Lowered>>,
    executions: u64,
}

impl Common {
    /// Drops the combinations of `runs` that are out of reach of the goal under every model, with these changes to the
    /// program.
    pub fn retain(
        &self,
        setting: &Setting<'_>,
        goal: Goal<'_>,
        feasible: &Feasible,
        runs: &Runs,
        left: &mut Vec<Asked>,
    ) {
        let sites = &setting.target.sites;
        let reach = self.in_reach(sites).unwrap_or_else(|| {
            let target = Target::common().with_sites(sites.clone());
            let weakest = Setting::new(setting.checker, &target);
            let reaching = reach_without_answers(&weakest, goal, feasible, COMMON).1;
            let combinations = reaching.iter().cloned().collect();
            let reach = Rc::new(Reach { combinations, feasible: feasible.only(reaching) });
            self.reached.borrow_mut().push((sites.clone(), Rc::clone(&reach)));
            reach
        });
        left.retain(|asked| reach.combinations.contains(&runs.traces(&asked.combination)));
    }

    /// The combinations that some model may let reach the goal, with these changes to the program, if somebody has asked.
    pub fn in_reach(&self, sites: &Sites) -> Option<Rc<Reach>> {
        self.reached.borrow().iter().find(|(of, _)| of == sites).map(|(_, reach)| Rc::clone(reach))
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
