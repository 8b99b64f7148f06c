//! Which runs of the threads can go together: the combinations worth a search.

use std::collections::HashMap;

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
    /// The place in the thread's list of lowered runs.
    run: u32,
    /// The place of its results in the thread's list of results.
    result: usize,
}

/// Whether results are wanted: no, or perhaps (it depends on the final memory), or yes.
pub(crate) type Bad<'b> = &'b (dyn Fn(&State<'_>) -> bool + Sync);

/// One run of each thread, as places in their lists.
pub(crate) type Combination = Vec<u32>;

/// The combinations whose values are all written by somebody and whose results can be bad, the smallest first.
/// An error says which bound was hit.
pub(crate) fn combinations(
    lowered: &[Vec<Lowered>],
    init: &[u64],
    bad: Option<Bad<'_>>,
    bounds: &Bounds,
) -> Result<Vec<Combination>, String> {
    let mut numbers: HashMap<(u16, Datum), usize> = HashMap::new();
    let mut results: Vec<Vec<Vec<u64>>> = Vec::new();
    let mut offers: Vec<Vec<Offer>> = Vec::new();
    for runs in lowered {
        let mut mine: Vec<Vec<u64>> = Vec::new();
        let mut places: HashMap<&[u64], usize> = HashMap::new();
        offers.push(
            (runs.iter().enumerate())
                .map(|(index, run)| {
                    let result = *places.entry(&run.results).or_insert_with(|| {
                        mine.push(run.results.clone());
                        mine.len() - 1
                    });
                    offer(run, index as u32, result, init, &mut numbers)
                })
                .collect(),
        );
        results.push(mine);
    }
    if bounds.pruning.availability {
        keep_satisfiable(&mut offers);
    }
    let totals = offers.iter().map(|runs| all_given(runs)).collect();
    let mut collect = Collect {
        offers: &offers,
        totals,
        availability: bounds.pruning.availability,
        limit: bounds.combinations,
        visited: 0,
        found: Vec::new(),
    };
    for wanted in wanted_results(&results, bad.filter(|_| bounds.pruning.results)) {
        collect.extend(&wanted, &mut Vec::new())?;
    }
    let mut found = collect.found;
    let size = |combination: &Combination| -> usize {
        combination.iter().zip(lowered).map(|(&run, runs)| runs[run as usize].events.len()).sum()
    };
    found.sort_by_cached_key(|combination| (size(combination), combination.clone()));
    Ok(found)
}

fn all_given(runs: &[Offer]) -> Values {
    let mut sum = Values::default();
    runs.iter().for_each(|offer| sum.add(&offer.gives));
    sum
}

/// Drops runs whose needs no run of another thread gives, until none is left.
fn keep_satisfiable(offers: &mut [Vec<Offer>]) {
    loop {
        let totals: Vec<_> = offers.iter().map(|runs| all_given(runs)).collect();
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

/// For each thread which of its results; `None` for any. Everything, or what `bad` accepts of the results alone.
fn wanted_results(results: &[Vec<Vec<u64>>], bad: Option<Bad<'_>>) -> Vec<Option<Vec<usize>>> {
    let Some(bad) = bad else { return vec![None] };
    let mut wanted = Vec::new();
    let mut outcome = Outcome { results: vec![Vec::new(); results.len()], memory: Vec::new() };
    let mut tuple = vec![0; results.len()];
    if results.iter().any(Vec::is_empty) {
        return wanted;
    }
    loop {
        for (thread, &place) in tuple.iter().enumerate() {
            outcome.results[thread].clone_from(&results[thread][place]);
        }
        let state = State::new(&outcome);
        if bad(&state) || state.consulted() {
            wanted.push(Some(tuple.clone()));
        }
        let Some(thread) = (0..tuple.len()).rev().find(|&thread| tuple[thread] + 1 < results[thread].len()) else {
            return wanted;
        };
        tuple[thread] += 1;
        tuple[thread + 1..].fill(0);
    }
}

fn offer(run: &Lowered, index: u32, result: usize, init: &[u64], numbers: &mut HashMap<(u16, Datum), usize>) -> Offer {
    let mut number = |cell, datum| {
        let next = numbers.len();
        *numbers.entry((cell, datum)).or_insert(next)
    };
    let mut own: HashMap<u16, &[Datum]> = HashMap::new();
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
    Offer { needs, gives, run: index, result }
}

struct Collect<'o> {
    offers: &'o [Vec<Offer>],
    totals: Vec<Values>,
    availability: bool,
    limit: u64,
    visited: u64,
    found: Vec<Combination>,
}

impl<'o> Collect<'o> {
    fn extend(&mut self, wanted: &Option<Vec<usize>>, chosen: &mut Vec<&'o Offer>) -> Result<(), String> {
        let thread = chosen.len();
        if thread == self.offers.len() {
            self.found.push(chosen.iter().map(|offer| offer.run).collect());
            return Ok(());
        }
        for offer in &self.offers[thread] {
            if wanted.as_ref().is_some_and(|wanted| wanted[thread] != offer.result) {
                continue;
            }
            self.visited += 1;
            if self.visited > self.limit {
                return Err(format!("more than {} combinations of runs", self.limit));
            }
            chosen.push(offer);
            if !self.availability || self.satisfiable(chosen) {
                self.extend(wanted, chosen)?;
            }
            chosen.pop();
        }
        Ok(())
    }

    /// Whether the needs of all chosen runs are given by the others, or may be by those still to be chosen.
    fn satisfiable(&self, chosen: &[&Offer]) -> bool {
        let given = |thread: usize| chosen.get(thread).map_or(&self.totals[thread], |offer| &offer.gives);
        chosen.iter().enumerate().all(|(thread, offer)| {
            let others: Vec<_> = (0..self.offers.len()).filter(|&other| other != thread).map(given).collect();
            offer.needs.iter().all(|need| need.meets(&others))
        })
    }
}
