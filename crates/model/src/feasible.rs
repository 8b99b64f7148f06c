//! Which runs of the threads can go together under any model and any lowering: those that have an execution in
//! which each cell alone is sequentially consistent. Found once for a program, for all questions about it.
//!
//! No lowering takes that away: fences and dependencies do not matter to it, and where an architecture has one
//! instruction for a read that is followed by a read-modify-write, or stores back what it found, the source's
//! accesses read from the same writes.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use crate::bounds::Bounds;
use crate::combination::skeleton;
use crate::combine::{Combination, available};
use crate::lower::{LocalEvent, Lowered};
use crate::models::Axioms;
use crate::operation::Trace;
use crate::search::{Search, Visit};
use crate::skeleton::Kind;
use crate::tags::Tags;
use crate::valuation::Held;

/// How many partial executions of one combination are looked at before it is left to each model.
const PATIENCE: u64 = 10_000;

/// Runs that can go together.
#[derive(Debug)]
pub(crate) struct Feasible {
    /// As places in the threads' lists of traces.
    pub combinations: Vec<Combination>,
    /// By thread: the traces that occur in them, in order.
    pub used: Vec<Vec<u32>>,
}

impl Feasible {
    /// What these traces can do together. An error says which bound was hit.
    pub fn of(traces: &[Vec<Trace>], init: &[u64], bounds: &Bounds) -> Result<Feasible, String> {
        let runs: Vec<Vec<Lowered>> = traces.iter().map(|traces| traces.iter().map(accesses).collect()).collect();
        let mut combinations = available(&runs, init, bounds)?;
        if bounds.pruning.coherence {
            let feasible: Vec<bool> =
                combinations.par_iter().map(|combination| coherent(combination, &runs, init, bounds)).collect();
            let mut feasible = feasible.into_iter();
            combinations.retain(|_| feasible.next() == Some(true));
        }
        let used = |thread: usize| {
            let used: BTreeSet<u32> = combinations.iter().map(|combination| combination[thread]).collect();
            used.into_iter().collect()
        };
        Ok(Feasible { used: (0..traces.len()).map(used).collect(), combinations })
    }
}

/// Whether the combination has a coherent execution, as far as that is soon known.
fn coherent(combination: &Combination, runs: &[Vec<Lowered>], init: &[u64], bounds: &Bounds) -> bool {
    let runs: Vec<_> = combination.iter().zip(runs).map(|(&run, runs)| &runs[run as usize]).collect();
    let Ok(s) = skeleton(&runs, init, false) else { return true };
    let axioms: Axioms = match bounds.pruning.saturation {
        // Nothing else is left over by the search itself.
        true => Box::new(|_| true),
        false => Box::new(|x| x.coherent() && x.atomic()),
    };
    let mut search = Search::new(&s, axioms, bounds.pruning, PATIENCE);
    search.run(&mut |_, _| Visit::Stop).is_err()
}

/// A run's reads and writes, without their order and annotations.
fn accesses(trace: &Trace) -> Lowered {
    let mut events: Vec<LocalEvent> = Vec::new();
    for (index, operation) in trace.operations.iter().enumerate() {
        let mut push = |kind, held, possible, rmw| {
            events.push(LocalEvent {
                kind,
                tags: Tags::NONE,
                cell: operation.cell,
                held,
                possible,
                operation: index,
                addr: 0,
                data: 0,
                ctrl: 0,
                pick_addr: 0,
                pick_data: 0,
                pick_ctrl: 0,
                rmw,
            });
        };
        if let Some(number) = operation.number {
            let domain = trace.symbols.domains[usize::from(number)].clone();
            push(Kind::Read, Held::Read(Some(number)), domain, false);
        }
        if let Some(term) = operation.written {
            push(Kind::Write, Held::Write(term), operation.possible.clone(), operation.read.is_some());
        }
    }
    let symbols = Arc::new(trace.symbols.clone());
    Lowered { events, symbols, results: trace.results.clone(), trace: 0, answers: Vec::new() }
}
