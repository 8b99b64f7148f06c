//! Which runs of the threads can go together: the combinations worth a search.

use rustc_hash::FxHashMap;

use crate::bounds::Bounds;
use crate::lower::Lowered;
use crate::operation::Datum;
use crate::outcome::{Outcome, State};
use crate::skeleton::Kind;

/// A set of values in cells, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Values(Vec<u64>);

impl Values {
    fn insert(&mut self, value: usize) {
        if self.0.len() <= value / 64 {
            self.0.resize(value / 64 + 1, 0);
        }
        self.0[value / 64] |= 1 << (value % 64);
    }

    fn add(&mut self, other: &Values) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    /// Whether one of them is in one of `sets`.
    fn meets(&self, sets: &[&Values]) -> bool {
        let given = |block: usize| sets.iter().fold(0, |sum, set| sum | set.0.get(block).copied().unwrap_or(0));
        self.0.iter().enumerate().any(|(block, &needed)| needed & given(block) != 0)
    }
}

/// What a run needs others to write, and what it writes.
#[derive(Debug)]
struct Offer {
    /// For each read of something from elsewhere: one of these values.
    needs: Vec<Values>,
    gives: Values,
    /// The place in the thread's list of runs.
    run: u32,
}

/// Whether results are wanted: no, or perhaps (it depends on the final memory), or yes.
pub(crate) type Bad<'b> = &'b (dyn Fn(&State<'_>) -> bool + Sync);

/// One run of each thread, as places in their lists.
pub(crate) type Combination = Vec<u32>;

/// The combinations whose values are all written by somebody. An error says which bound was hit.
pub(crate) fn available(runs: &[Vec<Lowered>], init: &[u64], bounds: &Bounds) -> Result<Vec<Combination>, String> {
    let mut offers = offers(runs, init);
    if bounds.pruning.availability {
        keep_satisfiable(&mut offers);
    }
    let offers: Vec<Vec<&Offer>> = offers.iter().map(|offers| offers.iter().collect()).collect();
    let mut collect = Collect { bounds, visited: 0, found: Vec::new() };
    collect.all(&offers)?;
    Ok(collect.found)
}

/// The combinations of lowered runs that come from one of `feasible` and whose results can be bad, the smallest
/// first. An error says which bound was hit.
pub(crate) fn combinations(
    lowered: &[Vec<Lowered>],
    feasible: &[Combination],
    init: &[u64],
    bad: Option<Bad<'_>>,
    bounds: &Bounds,
) -> Result<Vec<Combination>, String> {
    let bad = bad.filter(|_| bounds.pruning.results);
    let mut by_trace: Vec<FxHashMap<u32, Vec<&Offer>>> = vec![FxHashMap::default(); lowered.len()];
    let offers = offers(lowered, init);
    for ((offers, runs), by_trace) in offers.iter().zip(lowered).zip(&mut by_trace) {
        for (offer, run) in offers.iter().zip(runs) {
            by_trace.entry(run.trace as u32).or_default().push(offer);
        }
    }
    let mut wanted: FxHashMap<Vec<Vec<u64>>, bool> = FxHashMap::default();
    let mut collect = Collect { bounds, visited: 0, found: Vec::new() };
    for combination in feasible {
        let chosen: Option<Vec<Vec<&Offer>>> =
            combination.iter().zip(&by_trace).map(|(trace, by_trace)| by_trace.get(trace).cloned()).collect();
        // A run that this lowering has not, or has as the run of another trace.
        let Some(chosen) = chosen else { continue };
        let results = chosen.iter().zip(lowered).map(|(offers, runs)| runs[offers[0].run as usize].settled());
        let is_wanted = |bad: Bad<'_>| {
            let Some(results) = results.collect::<Option<Vec<_>>>() else { return true };
            *wanted.entry(results).or_insert_with_key(|results| {
                let outcome = Outcome { results: results.clone(), memory: Vec::new() };
                let state = State::new(&outcome);
                bad(&state) || !state.consulted().is_empty()
            })
        };
        if bad.is_none_or(is_wanted) {
            collect.all(&chosen)?;
        }
    }
    let mut found = collect.found;
    found.sort_by_cached_key(|combination| (size(lowered, combination), combination.clone()));
    Ok(found)
}

/// How many events a combination has.
pub(crate) fn size(lowered: &[Vec<Lowered>], combination: &Combination) -> usize {
    combination.iter().zip(lowered).map(|(&run, runs)| runs[run as usize].events.len()).sum()
}

/// By thread: what each of its runs needs and gives.
fn offers(runs: &[Vec<Lowered>], init: &[u64]) -> Vec<Vec<Offer>> {
    let mut numbers: FxHashMap<(u16, Datum), usize> = FxHashMap::default();
    let mut offer = |(index, run)| offer(run, index as u32, init, &mut numbers);
    runs.iter().map(|runs| runs.iter().enumerate().map(&mut offer).collect()).collect()
}

fn all_given<'o>(runs: impl Iterator<Item = &'o Offer>) -> Values {
    let mut sum = Values::default();
    runs.for_each(|offer| sum.add(&offer.gives));
    sum
}

/// Drops runs whose needs no run of another thread gives, until none is left.
fn keep_satisfiable(offers: &mut [Vec<Offer>]) {
    loop {
        let totals: Vec<_> = offers.iter().map(|runs| all_given(runs.iter())).collect();
        let mut dropped = false;
        for (thread, runs) in offers.iter_mut().enumerate() {
            let others: Vec<_> = totals.iter().enumerate().filter(|&(t, _)| t != thread).map(|(_, set)| set).collect();
            let before = runs.len();
            runs.retain(|offer| offer.needs.iter().all(|need| need.meets(&others)));
            dropped |= runs.len() < before;
        }
        if !dropped {
            return;
        }
    }
}

fn offer(run: &Lowered, index: u32, init: &[u64], numbers: &mut FxHashMap<(u16, Datum), usize>) -> Offer {
    let mut number = |cell, datum| {
        let next = numbers.len();
        *numbers.entry((cell, datum)).or_insert(next)
    };
    let mut own: FxHashMap<u16, &[Datum]> = FxHashMap::default();
    let (mut needs, mut gives) = (Vec::new(), Values::default());
    for event in &run.events {
        let Some(cell) = event.cell else { continue };
        match event.kind {
            Kind::Read => {
                let initial = Datum { bits: init.get(usize::from(cell)).copied().unwrap_or(0), life: 0 };
                let here = own.get(&cell).copied().unwrap_or(std::slice::from_ref(&initial));
                if !here.iter().any(|value| event.possible.contains(value)) {
                    let mut need = Values::default();
                    event.possible.iter().for_each(|&value| need.insert(number(cell, value)));
                    needs.push(need);
                }
            }
            Kind::Write => {
                own.insert(cell, &event.possible);
                event.possible.iter().for_each(|&value| gives.insert(number(cell, value)));
            }
            Kind::Fence => {}
        }
    }
    Offer { needs, gives, run: index }
}

struct Collect<'b> {
    bounds: &'b Bounds,
    visited: u64,
    found: Vec<Combination>,
}

impl Collect<'_> {
    /// Adds the combinations of one offer of each thread.
    fn all(&mut self, offers: &[Vec<&Offer>]) -> Result<(), String> {
        let totals: Vec<Values> = offers.iter().map(|runs| all_given(runs.iter().copied())).collect();
        self.extend(offers, &totals, &mut Vec::new())
    }

    fn extend<'o>(
        &mut self,
        offers: &[Vec<&'o Offer>],
        totals: &[Values],
        chosen: &mut Vec<&'o Offer>,
    ) -> Result<(), String> {
        let Some(next) = offers.get(chosen.len()) else {
            self.found.push(chosen.iter().map(|offer| offer.run).collect());
            return Ok(());
        };
        for offer in next {
            self.visited += 1;
            if self.visited > self.bounds.combinations {
                return Err(format!("more than {} combinations of runs", self.bounds.combinations));
            }
            chosen.push(offer);
            if !self.bounds.pruning.availability || satisfiable(chosen, totals) {
                self.extend(offers, totals, chosen)?;
            }
            chosen.pop();
        }
        Ok(())
    }
}

/// Whether the needs of all chosen runs are given by the others, or may be by those still to be chosen.
fn satisfiable(chosen: &[&Offer], totals: &[Values]) -> bool {
    let given = |thread: usize| chosen.get(thread).map_or(&totals[thread], |offer| &offer.gives);
    chosen.iter().enumerate().all(|(thread, offer)| {
        let others: Vec<_> = (0..totals.len()).filter(|&other| other != thread).map(given).collect();
        offer.needs.iter().all(|need| need.meets(&others))
    })
}
