//! Events by what their thread did up to them: what is found out of the beginning of a run holds for every run that
//! begins the same.
//!
//! Most of what is found out does not rest on the reads in between, and runs differ in these most of all. So an event has
//! a second place, a rough one: by what its thread wrote, and by its fences. Read-modify-writes count as writes.

use rustc_hash::FxHashMap;

use crate::Tags;
use crate::combine::Combination;
use crate::lower::{LocalEvent, Lowered};
use crate::skeleton::Kind;

/// An event together with what its thread did before it; the initial write of a cell by the number of the cell.
pub(crate) type Place = u32;

/// The first that is no initial write.
const FIRST: Place = 1 << u16::BITS;

/// The places of one event.
#[derive(Clone, Copy)]
pub(crate) struct Places {
    pub exact: Place,
    /// Of a read that writes nothing: by the last event before it that counts, and how many like it are in between.
    pub rough: Place,
}

/// What an event is, but for its value: whether it reads or writes, its annotations, its cell, and whether it is the write
/// of a read-modify-write.
type What = (Kind, Tags, Option<u16>, bool);

/// What the orders of an event can depend on: what it is, and its dependencies.
type Step = (What, [u128; 6]);

/// The places so far: by the place before, by what the thread does there, and, if that does not count, by how many like it
/// came since.
#[derive(Default)]
struct Numbers(FxHashMap<(Place, Step, usize), Place>);

impl Numbers {
    fn of(&mut self, before: Place, step: Step, times: usize) -> Place {
        let next = FIRST + self.0.len() as Place;
        *self.0.entry((before, step, times)).or_insert(next)
    }

    /// The places of a thread's run.
    fn along(&mut self, thread: usize, run: &Lowered) -> Vec<Places> {
        let events = &run.events;
        let counts = |event: usize| events[event].kind != Kind::Read || run.is_half(event);
        let counted: Vec<usize> = (0..events.len()).filter(|&event| counts(event)).collect();
        let among = |set: u128| counted.iter().enumerate().fold(0, |all, (to, from)| all | (set >> from & 1) << to);
        // Where the thread begins.
        let mut before = Place::MAX - 2 * thread as Place;
        let mut roughly_before = before - 1;
        let mut times: FxHashMap<What, usize> = FxHashMap::default();
        let mut places = |(index, event): (usize, &LocalEvent)| {
            let (what, depends) = step(event);
            let exact = self.of(before, (what, depends), 0);
            before = exact;
            let rough = if counts(index) {
                times.clear();
                roughly_before = self.of(roughly_before, (what, depends.map(among)), 0);
                roughly_before
            } else {
                let times = times.entry(what).or_default();
                *times += 1;
                self.of(roughly_before, (what, [0; 6]), *times)
            };
            Places { exact, rough }
        };
        events.iter().enumerate().map(&mut places).collect()
    }
}

/// The places of the events of all runs.
pub(crate) struct Prefixes {
    /// By thread and run, in program order.
    runs: Vec<Vec<Vec<Places>>>,
}

impl Prefixes {
    /// Those of these runs, by thread.
    pub fn of(lowered: &[Vec<Lowered>]) -> Prefixes {
        let mut numbers = Numbers::default();
        let mut along = |thread, runs: &Vec<Lowered>| runs.iter().map(|run| numbers.along(thread, run)).collect();
        Prefixes { runs: lowered.iter().enumerate().map(|(thread, runs)| along(thread, runs)).collect() }
    }

    /// The places of one run of each thread, thread by thread.
    pub fn along<'p>(&'p self, combination: &'p Combination) -> impl Iterator<Item = Places> + 'p {
        combination.iter().zip(&self.runs).flat_map(|(&run, runs)| runs[run as usize].iter().copied())
    }
}

fn step(event: &LocalEvent) -> Step {
    let LocalEvent { kind, tags, cell, rmw, addr, data, ctrl, pick_addr, pick_data, pick_ctrl, .. } = *event;
    ((kind, tags, cell, rmw), [addr, data, ctrl, pick_addr, pick_data, pick_ctrl])
}
