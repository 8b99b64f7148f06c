//! Which final memories a predicate accepts, so that the search need not look for others.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::combine::Bad;
use crate::lower::{LocalEvent, Lowered};
use crate::outcome::{Outcome, State};
use crate::skeleton::Kind;

/// A final memory, as far as a predicate looked at it: cells, by number, with their values.
pub(crate) type End = Vec<(usize, u64)>;

/// How many final memories are tried before all are looked for.
const PATIENCE: usize = 1_000;

/// The final memories that `bad` accepts of an execution with these results; `None` if they are too many to try. `possible`
/// says what a cell may hold.
pub(crate) fn wanted_ends(
    results: Vec<Vec<u64>>,
    init: &[u64],
    possible: &dyn Fn(usize) -> Arc<[u64]>,
    bad: Bad<'_>,
) -> Option<Vec<End>> {
    // A cell is asked about when it is looked at.
    let mut possible_of: BTreeMap<usize, Arc<[u64]>> = BTreeMap::new();
    let mut outcome = Outcome { results, memory: init.to_vec() };
    let mut wanted = Vec::new();
    // The cells that were looked at so far, each with the place of its value among the possible ones.
    let mut choices: Vec<(usize, usize)> = Vec::new();
    for _ in 0..PATIENCE {
        let state = State::new(&outcome);
        let is_bad = bad(&state);
        let looked_at: Vec<usize> = state.consulted().into_iter().filter(|&cell| cell < init.len()).collect();
        let fresh = looked_at.into_iter().filter(|&cell| choices.iter().all(|&(known, _)| known != cell));
        let fresh: Vec<(usize, usize)> = fresh.map(|cell| (cell, 0)).collect();
        choices.extend(&fresh);
        let mut moved = false;
        for &(cell, _) in &fresh {
            let values = possible_of.entry(cell).or_insert_with(|| possible(cell));
            // None at all: the threads' runs do not go together.
            let Some(&first) = values.first() else { return Some(Vec::new()) };
            moved |= outcome.memory[cell] != first;
            outcome.memory[cell] = first;
        }
        if moved {
            continue;
        }
        if is_bad {
            wanted.push(choices.iter().map(|&(cell, _)| (cell, outcome.memory[cell])).collect());
        }
        loop {
            let Some((cell, place)) = choices.pop() else { return Some(wanted) };
            let values = &possible_of[&cell];
            let next = (place + 1) % values.len();
            outcome.memory[cell] = values[next];
            if next > 0 {
                choices.push((cell, next));
                break;
            }
        }
    }
    None
}

/// What some run leaves in a cell, or what it held before: the values that it may hold at the end.
pub(crate) fn last_values<'r>(runs: &[&'r Lowered], cell: usize, init: u64) -> Vec<u64> {
    let here = |run: &&'r Lowered| {
        let is_write =
            |event: &&LocalEvent| event.kind == Kind::Write && event.cell.is_some_and(|own| usize::from(own) == cell);
        run.events.iter().rfind(is_write).map(|event| &event.possible)
    };
    let left: BTreeSet<u64> =
        runs.iter().filter_map(here).flat_map(|values| values.iter().map(|datum| datum.bits)).collect();
    if left.is_empty() { vec![init] } else { left.into_iter().collect() }
}
