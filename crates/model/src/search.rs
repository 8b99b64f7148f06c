//! The search for the executions of one skeleton: who reads from whom, and in which order each cell is written.
//!
//! Reads are decided first, the one with the fewest possible writes first. Each decision is followed by what
//! sequential consistency per location makes of it: the coherence edges that it forces ([`Search::saturate`]).
//! Then the model's axioms are asked about the partial execution, whose relations only grow, and a no ends the
//! branch. Which of the decisions a no rests on is learned ([`Learned`]). What is left of coherence is decided last.

use crate::bounds::Pruning;
use crate::ends::End;
use crate::learn::{Learned, needed};
use crate::models::Axioms;
use crate::relation::{Rel, Set};
use crate::skeleton::{Execution, Skeleton};
use crate::valuation::{Values, all_known, pass_on};

/// One way through the decisions so far.
#[derive(Clone)]
struct State {
    /// By read (its event): the write that it reads from.
    rf: Vec<Option<u8>>,
    /// The coherence edges that are known, transitively closed, and their inverse.
    co: Rel,
    oc: Rel,
    undecided: Set,
    values: Values,
}

/// A search over one skeleton.
pub(crate) struct Search<'s> {
    s: &'s Skeleton,
    axioms: Axioms,
    pruning: Pruning,
    /// By event: the writes that a read can read from.
    candidates: Vec<Set>,
    po_loc: Rel,
    po_loc_inverse: Rel,
    /// By event: the write of the read-modify-write that a read belongs to.
    rmw_write: Vec<Option<usize>>,
    /// The read and the write of each read-modify-write.
    rmw: Vec<(usize, usize)>,
    /// The final memories that are looked for; `None` if all are.
    pub wanted: Option<Vec<End>>,
    /// How often the axioms were asked.
    pub asked: u64,
    /// The most that they may be asked.
    pub limit: u64,
    /// Where the search begins.
    start: Option<State>,
    /// How often the axioms said no.
    refused: u64,
    learned: Learned,
}

/// From so many refusals on it is found out what they rest on; that costs about as many more questions as there are reads.
const WORTH_LEARNING: u64 = 48;

/// What a visitor says of a complete execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    Continue,
    Stop,
}

/// Sees each complete execution and what its events hold.
pub(crate) type Visitor<'v, 's> = &'v mut dyn FnMut(&Execution<'s>, &Values) -> Visit;

/// A search ended by the visitor, or by the limit.
pub(crate) struct Stopped;

impl<'s> Search<'s> {
    pub fn new(s: &'s Skeleton, axioms: Axioms, pruning: Pruning, limit: u64) -> Search<'s> {
        let candidates = (0..s.size()).map(|event| if s.r.has(event) { candidates(s, event) } else { Set::default() });
        let po_loc = s.po_loc();
        let mut rmw_write = vec![None; s.size()];
        let rmw: Vec<_> = s.rmw.pairs().collect();
        rmw.iter().for_each(|&(read, write)| rmw_write[read] = Some(write));
        Search {
            s,
            axioms,
            pruning,
            candidates: candidates.collect(),
            po_loc_inverse: po_loc.inverse(),
            po_loc,
            rmw_write,
            rmw,
            wanted: None,
            asked: 0,
            limit,
            start: None,
            refused: 0,
            learned: Learned::default(),
        }
    }

    /// Visits every complete execution that the model allows, always in the same order.
    pub fn run(&mut self, visit: Visitor<'_, 's>) -> Result<(), Stopped> {
        let mut co = self.s.none();
        for init in self.s.iw.iter() {
            co.insert_all(init, self.s.loc.row(init) & (self.s.w - Set::of(init)));
        }
        if self.pruning.saturation {
            co |= &self.po_loc.from(self.s.w).to(self.s.w);
            co = co.plus();
        }
        let size = self.s.size();
        let oc = co.inverse();
        let mut state = State { rf: vec![None; size], co, oc, undecided: self.s.r, values: vec![None; size] };
        if !pass_on(self.s, |_| None, &mut state.values) {
            return Ok(());
        }
        self.start = Some(state.clone());
        self.decide(state, visit)
    }

    fn decide(&mut self, mut state: State, visit: Visitor<'_, 's>) -> Result<(), Stopped> {
        // Reads with only one write left are no decision.
        let next = loop {
            let mut fewest: Option<(usize, Set)> = None;
            for read in state.undecided.iter() {
                let possible = self.possible(&state, read);
                if fewest.is_none_or(|(_, fewest)| possible.len() < fewest.len()) {
                    fewest = Some((read, possible));
                }
                if possible.len() <= 1 {
                    break;
                }
            }
            let Some((read, possible)) = fewest else { return self.order(state, true, visit) };
            if possible.len() > 1 {
                break (read, possible);
            }
            let Some(write) = possible.iter().next() else { return Ok(()) };
            if !self.assign(&mut state, read, write) {
                return Ok(());
            }
        };
        if !self.may_be_wanted(&state) {
            return Ok(());
        }
        if self.pruning.partial && !self.allowed(&state)? {
            return self.learn(&state);
        }
        let (read, possible) = next;
        for write in possible.iter() {
            let mut next = state.clone();
            if self.assign(&mut next, read, write) {
                self.decide(next, visit)?;
            }
        }
        Ok(())
    }

    /// Decides the rest of coherence; `first` if none of it is decided yet but for what reads ask.
    fn order(&mut self, state: State, first: bool, visit: Visitor<'_, 's>) -> Result<(), Stopped> {
        let writes = self.s.w;
        let open = writes.iter().find_map(|a| {
            let others = self.s.loc.row(a) & (writes - state.co.row(a) - Set::of(a));
            others.iter().find(|&b| b > a && !state.co.has(b, a)).map(|b| (a, b))
        });
        let complete = open.is_none();
        if !all_known(self.s, &state.values) || !self.may_be_wanted(&state) {
            return Ok(());
        }
        if (complete || self.pruning.partial) && !self.allowed(&state)? {
            return if first { self.learn(&state) } else { Ok(()) };
        }
        let Some((a, b)) = open else {
            return match visit(&self.execution(&state), &state.values) {
                Visit::Continue => Ok(()),
                Visit::Stop => Err(Stopped),
            };
        };
        for (earlier, later) in [(a, b), (b, a)] {
            let mut next = state.clone();
            if self.before(&mut next, earlier, later) && self.saturate(&mut next) {
                self.order(next, false, visit)?;
            }
        }
        Ok(())
    }

    fn execution(&self, state: &State) -> Execution<'s> {
        let mut rf = self.s.none();
        for read in (self.s.r - state.undecided).iter() {
            rf.insert(usize::from(state.rf[read].expect("a decided read has a write")), read);
        }
        Execution::new(self.s, rf, state.co.clone())
    }

    fn allowed(&mut self, state: &State) -> Result<bool, Stopped> {
        self.asked += 1;
        if self.asked > self.limit {
            return Err(Stopped);
        }
        Ok((self.axioms)(&self.execution(state)))
    }

    /// Finds out which choices the model forbids here, if that is worth while.
    fn learn(&mut self, state: &State) -> Result<(), Stopped> {
        self.refused += 1;
        if !self.pruning.learning || self.refused < WORTH_LEARNING {
            return Ok(());
        }
        let Some(start) = self.start.clone() else { return Ok(()) };
        let decided = self.s.r - state.undecided;
        let choices = decided.iter().filter_map(|read| Some((read, usize::from(state.rf[read]?)))).collect();
        let set = needed(choices, |choices| {
            let mut fewer = start.clone();
            let fit = choices.iter().all(|&(read, write)| self.choose(&mut fewer, read, write));
            Ok(!fit || !self.allowed(&fewer)?)
        })?;
        self.learned.add(set);
        Ok(())
    }

    /// Whether memory can still end as one of those that are looked for.
    fn may_be_wanted(&self, state: &State) -> bool {
        let can_end = |&(cell, bits): &(usize, u64)| {
            let here = |&write: &usize| self.s.events[write].cell.is_some_and(|own| usize::from(own) == cell);
            let mut last = self.s.w.iter().filter(here).filter(|&write| state.co.row(write).is_empty()).peekable();
            last.peek().is_none()
                || last.any(|write| match state.values[write] {
                    Some(value) => value.bits == bits,
                    None => self.s.possible[write].iter().any(|value| value.bits == bits),
                })
        };
        self.wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|end| end.iter().all(can_end)))
    }

    /// The writes that `read` can still read from: none that another write, which it must see, overwrote.
    fn possible(&self, state: &State, read: usize) -> Set {
        if !self.pruning.saturation {
            return self.candidates[read];
        }
        let mut possible = self.candidates[read];
        for event in self.po_loc_inverse.row(read).iter() {
            if let Some(seen) = self.stands_for(state, event) {
                possible = possible - state.oc.row(seen);
            }
        }
        for event in self.po_loc.row(read).iter() {
            if let Some(seen) = self.stands_for(state, event) {
                possible = possible - state.co.row(seen);
            }
        }
        let adjacent = |source: usize| match self.rmw_write[read] {
            Some(write) => (state.co.row(source) & state.oc.row(write)).is_empty(),
            None => true,
        };
        let fits = |write: usize| state.values[write].is_none_or(|value| self.s.possible[read].contains(&value));
        let is_free = |write: usize| !self.learned.forbids((read, write), &state.rf);
        possible.iter().filter(|&write| adjacent(write) && fits(write) && is_free(write)).collect()
    }

    /// What an event stands for in coherence: itself, or the write that it reads from.
    fn stands_for(&self, state: &State, event: usize) -> Option<usize> {
        if self.s.w.has(event) { Some(event) } else { state.rf[event].map(usize::from) }
    }

    /// Lets `read` read from `write`; whether coherence lets it.
    fn assign(&self, state: &mut State, read: usize, write: usize) -> bool {
        if !self.choose(state, read, write) {
            return false;
        }
        let State { rf, values, .. } = state;
        pass_on(self.s, |read| rf[read].map(usize::from), values)
    }

    /// The same, whatever is read.
    fn choose(&self, state: &mut State, read: usize, write: usize) -> bool {
        state.rf[read] = Some(write as u8);
        state.undecided = state.undecided - Set::of(read);
        if !self.pruning.saturation {
            return true;
        }
        for (events, before) in [(self.po_loc_inverse.row(read), true), (self.po_loc.row(read), false)] {
            for event in events.iter() {
                let Some(seen) = self.stands_for(state, event).filter(|&seen| seen != write) else { continue };
                let (first, second) = if before { (seen, write) } else { (write, seen) };
                if !self.before(state, first, second) {
                    return false;
                }
            }
        }
        self.saturate(state)
    }

    /// Adds a coherence edge and what follows by transitivity; whether there is no cycle.
    fn before(&self, state: &mut State, first: usize, second: usize) -> bool {
        if first == second || state.co.has(second, first) {
            return false;
        }
        if state.co.has(first, second) {
            return true;
        }
        let earlier = state.oc.row(first) | Set::of(first);
        let later = state.co.row(second) | Set::of(second);
        earlier.iter().for_each(|event| state.co.insert_all(event, later));
        later.iter().for_each(|event| state.oc.insert_all(event, earlier));
        true
    }

    /// Nothing comes between the halves of a read-modify-write: what is before its write is before what it read
    /// from, and what is after what it read from is after its write.
    fn saturate(&self, state: &mut State) -> bool {
        if !self.pruning.saturation {
            return true;
        }
        loop {
            let mut changed = false;
            for &(read, write) in &self.rmw {
                let Some(source) = state.rf[read].map(usize::from) else { continue };
                for later in (state.co.row(source) - Set::of(write) - state.co.row(write)).iter() {
                    if !self.before(state, write, later) {
                        return false;
                    }
                    changed = true;
                }
                for earlier in (state.oc.row(write) - Set::of(source) - state.oc.row(source)).iter() {
                    if !self.before(state, earlier, source) {
                        return false;
                    }
                    changed = true;
                }
            }
            if !changed {
                return true;
            }
        }
    }
}

/// The writes of the right value to the right cell that `read` could read from whatever the others do: of its own
/// thread only the latest before it, and the initial write only if there is none.
fn candidates(s: &Skeleton, read: usize) -> Set {
    let fits = |&write: &usize| s.possible[write].iter().any(|value| s.possible[read].contains(value));
    let writes = s.loc.row(read) & s.w;
    let own: Set = writes.iter().filter(|&write| s.po.has(write, read)).collect();
    let later: Set = writes.iter().filter(|&write| s.po.has(read, write)).collect();
    let latest = own.iter().max();
    let mut readable = writes - own - later;
    if let Some(latest) = latest {
        readable = (readable - s.iw) | Set::of(latest);
    }
    readable.iter().filter(fits).collect()
}
