//! Events by what their thread did up to them: what is found out of the beginning of a run holds for every run that
//! begins the same.

use std::collections::HashMap;

use crate::Tags;
use crate::combine::Combination;
use crate::lower::{LocalEvent, Lowered};
use crate::skeleton::Kind;

/// An event together with what its thread did before it; the initial write of a cell by the number of the cell.
pub(crate) type Place = u32;

/// The first that is no initial write.
const FIRST: Place = 1 << u16::BITS;

/// What the orders of an event can depend on: all of it but values.
type Step = (Kind, Tags, Option<u16>, bool, [u128; 6]);

/// The places of the events of all runs.
pub(crate) struct Prefixes {
    /// By thread and run, in program order.
    runs: Vec<Vec<Vec<Place>>>,
}

impl Prefixes {
    /// Those of these runs, by thread.
    pub fn of(lowered: &[Vec<Lowered>]) -> Prefixes {
        let mut known: HashMap<(Result<Place, usize>, Step), Place> = HashMap::new();
        let mut along = |thread: usize, run: &Lowered| {
            let mut before = Err(thread);
            let mut place_of = |event: &LocalEvent| {
                let next = FIRST + known.len() as Place;
                let place = *known.entry((before, step(event))).or_insert(next);
                before = Ok(place);
                place
            };
            run.events.iter().map(&mut place_of).collect()
        };
        let runs = lowered.iter().enumerate();
        Prefixes { runs: runs.map(|(thread, runs)| runs.iter().map(|run| along(thread, run)).collect()).collect() }
    }

    /// The places of one run of each thread, thread by thread.
    pub fn along<'p>(&'p self, combination: &'p Combination) -> impl Iterator<Item = Place> + 'p {
        combination.iter().zip(&self.runs).flat_map(|(&run, runs)| runs[run as usize].iter().copied())
    }
}

fn step(event: &LocalEvent) -> Step {
    let LocalEvent { kind, tags, cell, rmw, addr, data, ctrl, pick_addr, pick_data, pick_ctrl, .. } = *event;
    (kind, tags, cell, rmw, [addr, data, ctrl, pick_addr, pick_data, pick_ctrl])
}
