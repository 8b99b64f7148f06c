//! Which final memories a predicate accepts, so that the search need not look for others.

use crate::combine::Bad;
use crate::outcome::{Outcome, State};
use crate::skeleton::Skeleton;

/// A final memory, as far as a predicate looked at it: cells, by number, with their values.
pub(crate) type End = Vec<(usize, u64)>;

/// How many final memories are tried before all are looked for.
const PATIENCE: usize = 1_000;

/// The final memories that `bad` accepts of an execution with these results; `None` if they are too many to try.
pub(crate) fn wanted_ends(s: &Skeleton, results: Vec<Vec<u64>>, init: &[u64], bad: Bad<'_>) -> Option<Vec<End>> {
    let possible: Vec<Vec<u64>> = (0..init.len()).map(|cell| last_values(s, cell, init[cell])).collect();
    let mut outcome = Outcome { results, memory: possible.iter().map(|values| values[0]).collect() };
    let mut wanted = Vec::new();
    // The cells that were looked at so far, each with the place of its value among the possible ones.
    let mut choices: Vec<(usize, usize)> = Vec::new();
    for _ in 0..PATIENCE {
        let state = State::new(&outcome);
        let is_bad = bad(&state);
        for cell in state.consulted() {
            if cell < init.len() && choices.iter().all(|&(known, _)| known != cell) {
                choices.push((cell, 0));
            }
        }
        if is_bad {
            wanted.push(choices.iter().map(|&(cell, _)| (cell, outcome.memory[cell])).collect());
        }
        loop {
            let Some((cell, place)) = choices.pop() else { return Some(wanted) };
            let next = (place + 1) % possible[cell].len();
            outcome.memory[cell] = possible[cell][next];
            if next > 0 {
                choices.push((cell, next));
                break;
            }
        }
    }
    None
}

/// What a cell may hold at the end: the value of some thread's last write to it, or the initial one.
fn last_values(s: &Skeleton, cell: usize, init: u64) -> Vec<u64> {
    let here = s.those(|event| event.cell.is_some_and(|own| usize::from(own) == cell)) & s.w;
    let last = (here - s.iw).iter().filter(|&write| (s.po.row(write) & here).is_empty());
    let mut values: Vec<u64> = last.flat_map(|write| &s.possible[write]).map(|datum| datum.bits).collect();
    values.sort_unstable();
    values.dedup();
    if values.is_empty() { vec![init] } else { values }
}
