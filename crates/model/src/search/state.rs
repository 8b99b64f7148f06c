//! One way through the decisions of a search, and what coherence makes of each.

use crate::bounds::Pruning;
use crate::learn::Choice;
use crate::relation::{Rel, Set};
use crate::skeleton::Skeleton;
use crate::valuation::{Grounds, Values, pass_on};

use super::Search;

/// One way through the decisions so far.
#[derive(Clone)]
pub(super) struct State {
    /// By read (its event): the write that it reads from.
    pub rf: Vec<Option<u8>>,
    /// The coherence edges that are known, transitively closed, and their inverse.
    pub co: Rel,
    pub oc: Rel,
    pub undecided: Set,
    pub values: Values,
    /// By read: the writes that it could still read from when that was last looked at.
    pub open: Rel,
    /// The accesses to cells of which more is known since.
    pub stale: Set,
    /// The writes whose values are known since.
    pub fresh: Set,
    /// By undecided read: the writes that what was learned bars it from.
    pub barred: Rel,
    /// How much had been learned when that was last looked at, and the reads that were decided since.
    heeded: usize,
    decided: Set,
    /// By event: the decisions that it rests on from which write it reads, and what it holds.
    pub grounds: Grounds,
}

/// Decisions, by how many came before.
pub(super) type Levels = Set;

/// All decisions before this one.
pub(super) fn below(level: usize) -> Levels {
    (0..level).collect()
}

impl State {
    /// Nothing is decided but what program order decides.
    pub(super) fn of(s: &Skeleton, pruning: Pruning) -> State {
        let mut co = s.none();
        for init in s.iw.iter() {
            co.insert_all(init, s.loc.row(init) & (s.w - Set::of(init)));
        }
        if pruning.saturation {
            co |= &s.po_loc.from(s.w).to(s.w);
            co = co.plus();
        }
        let oc = co.inverse();
        let mut open = s.none();
        s.r.each(|read| open.insert_all(read, candidates(s, read)));
        State {
            rf: vec![None; s.size()],
            co,
            oc,
            undecided: s.r,
            values: vec![None; s.size()],
            open,
            stale: s.m(),
            fresh: s.w,
            barred: s.none(),
            heeded: 0,
            decided: Set::default(),
            grounds: s.none(),
        }
    }

    pub(super) fn has_made(&self, &(event, write): &Choice) -> bool {
        match self.rf[event] {
            Some(source) => usize::from(source) == write,
            None => self.co.has(write, event),
        }
    }

    /// The decision of this level was none, because of others: what rests on it rests on those.
    pub(super) fn rest_on(&mut self, others: Levels, level: usize) {
        for event in 0..self.grounds.size() {
            let grounds = self.grounds.row(event);
            if grounds.has(level) {
                self.grounds.set_row(event, (grounds - Set::of(level)) | others);
            }
        }
    }
}

impl Search<'_> {
    /// The writes that `read` can still read from: none that another write, which it must see, overwrote.
    pub(super) fn possible(&self, state: &State, read: usize) -> Set {
        let mut possible = state.open.row(read);
        if !self.bounds.pruning.saturation {
            return possible;
        }
        let (before, after) = self.beside(state, read);
        before.into_iter().for_each(|seen| possible = possible - state.oc.row(seen));
        after.into_iter().for_each(|seen| possible = possible - state.co.row(seen));
        if let Some(write) = self.rmw_write[read] {
            let between = |&source: &usize| !(state.co.row(source) & state.oc.row(write)).is_empty();
            possible = possible - possible.iter().filter(between).collect();
        }
        let fits = |value| self.s.possible[read].contains(&value);
        let misfit = |&write: &usize| state.values[write].is_some_and(|value| !fits(value));
        possible - (possible & state.fresh).iter().filter(misfit).collect()
    }

    /// Bars what the choices made so far bar by what was learned.
    pub(super) fn heed(&self, state: &mut State) {
        let rf = &state.rf;
        let decided = state.decided.iter().filter_map(|read| Some((read, usize::from(rf[read]?))));
        for set in self.learned.touched(state.heeded, decided) {
            let barred = self.learned.barred(set, state.undecided, |choice| state.has_made(choice));
            if let Some((read, write)) = barred {
                state.barred.insert(read, write);
            }
        }
        (state.heeded, state.decided) = (self.learned.len(), Set::default());
    }

    /// The writes that its own thread last saw or made in a read's cell before it, and sees or makes first after it, as far
    /// as that is decided. What it saw before and sees after these is coherent with them.
    fn beside(&self, state: &State, read: usize) -> (Option<usize>, Option<usize>) {
        let known = self.s.m() - state.undecided;
        let stands_for = |event: usize| state.rf[event].map_or(event, usize::from);
        let before = (self.po_loc_inverse.row(read) & known).last();
        let after = (self.s.po_loc.row(read) & known).iter().next();
        (before.map(stands_for), after.map(stands_for))
    }

    /// Lets `read` read from `write`, because of this; an error is what it rests on that coherence or a value does not let
    /// it.
    pub(super) fn assign(&self, state: &mut State, read: usize, write: usize, because: Levels) -> Result<(), Levels> {
        state.grounds.set_row(read, because);
        if !self.choose(state, read, write) || !self.saturate(state) {
            return Err(self.known_of_cell(state, read));
        }
        let State { rf, values, grounds, .. } = state;
        let known = pass_on(self.s, |read| rf[read].map(usize::from), Set::of(read), values, grounds)?;
        let beside = |stale, event| stale | self.s.loc.row(event);
        state.stale = (known | Set::of(read)).iter().fold(state.stale, beside);
        state.fresh |= known;
        Ok(())
    }

    /// Makes choices; whether coherence lets them go together.
    pub(super) fn take(&self, state: &mut State, choices: &[Choice]) -> bool {
        let mut take = |&(event, write): &Choice| {
            if self.s.r.has(event) { self.choose(state, event, write) } else { self.before(state, write, event) }
        };
        choices.iter().all(&mut take) && self.saturate(state)
    }

    /// Lets `read` read from `write`, whatever that holds; whether coherence lets it, before saturation.
    fn choose(&self, state: &mut State, read: usize, write: usize) -> bool {
        state.rf[read] = Some(write as u8);
        state.undecided = state.undecided - Set::of(read);
        state.decided.insert(read);
        if !self.bounds.pruning.saturation {
            return true;
        }
        let (before, after) = self.beside(state, read);
        let is_other = |seen: &usize| *seen != write;
        before.filter(is_other).is_none_or(|seen| self.before(state, seen, write))
            && after.filter(is_other).is_none_or(|seen| self.before(state, write, seen))
    }

    /// Adds a coherence edge and what follows by transitivity; whether there is no cycle.
    pub(super) fn before(&self, state: &mut State, first: usize, second: usize) -> bool {
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
    pub(super) fn saturate(&self, state: &mut State) -> bool {
        if !self.bounds.pruning.saturation {
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
