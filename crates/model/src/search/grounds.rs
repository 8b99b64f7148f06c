//! Why a search leads nowhere: the decisions that this rests on, and what is learned of it.

use crate::learn::{Choice, Lesson, needed};
use crate::prefix::{Place, Places};
use crate::relation::Set;
use crate::valuation::grounds_of;

use super::state::{Levels, State, below};
use super::{Search, Stopped};

/// So many decisions that lead nowhere together are worth remembering.
const FEW: usize = 4;

impl Search<'_> {
    /// Learns that these decisions lead nowhere together, if they are few.
    pub(super) fn rule_out(&mut self, because: Levels) {
        if self.bounds.pruning.learning && because.len() <= FEW {
            self.learned.add(because.iter().map(|level| self.decisions[level]).collect());
        }
    }

    /// What it rests on that a read cannot read from any other write than it still can: all that is known of its cell, and
    /// the choices that were learned not to go with others.
    pub(super) fn why_no_other(&self, state: &State, read: usize) -> Levels {
        let choices = self.learned.because(read, state.open[read], |choice| state.has_made(choice));
        choices.fold(self.known_of_cell(state, read), |all, choice| all | self.why_made(state, choice))
    }

    fn why_made(&self, state: &State, (event, _): Choice) -> Levels {
        if self.s.r.has(event) { state.grounds[event] } else { self.known_of_cell(state, event) }
    }

    /// What rests on decisions of an access's cell: who reads from whom, and what is written.
    pub(super) fn known_of_cell(&self, state: &State, access: usize) -> Levels {
        grounds_of(self.s.loc.row(access) - state.undecided, &state.grounds)
    }

    /// Finds out which choices the model forbids here, if that is worth while; the decisions that they rest on, of which
    /// there are `level`.
    pub(super) fn learn(&mut self, state: &State, level: usize) -> Result<Levels, Stopped> {
        self.refused += 1;
        if !self.bounds.pruning.learning || self.refused < self.bounds.patience {
            return Ok(below(level));
        }
        let decided = self.s.r - state.undecided;
        let read_from = decided.iter().filter_map(|read| Some((read, usize::from(state.rf[read]?))));
        let choices = read_from.chain(self.forced.iter().copied()).collect();
        let set = needed(choices, |choices| {
            let mut fewer = self.start.clone();
            Ok(!self.take(&mut fewer, choices) || !self.allowed(&fewer)?)
        })?;
        if let Some(lesson) = self.lesson(&set) {
            self.lessons.push(lesson);
        }
        let because = set.iter().fold(Set::default(), |all, &choice| all | self.why_made(state, choice));
        self.learned.add(set);
        Ok(because)
    }

    /// How much of the threads it takes for these choices to be forbidden: what was written and fenced up to them, or as far
    /// as they go, or the whole of the threads that they are made of; `None` if even that is too little, or nobody else
    /// wants to know.
    fn lesson(&mut self, choices: &[Choice]) -> Option<Lesson> {
        self.places.first()?;
        let (mut involved, mut chosen) = (Set::default(), Set::default());
        for &(event, write) in choices {
            chosen.insert(event);
            [event, write].into_iter().chain(self.rmw_write[event]).for_each(|event| involved.insert(event));
        }
        let s = self.s;
        let involved = involved - s.iw;
        let threads = involved.iter().fold(Set::default(), |all, event| all | s.int.row(event));
        let before = involved.iter().fold(involved, |all, event| all | s.po_before(event));
        let counts = s.w | s.f | s.rmw.domain();
        let exact: fn(&Places) -> Place = |places| places.exact;
        let rough: fn(&Places) -> Place = |places| places.rough;
        let parts = [(before & (counts | chosen), counts, rough), (before, before, exact), (threads, threads, exact)];
        for (part, counts, place) in parts {
            let s = s.only(part | s.iw, counts);
            let mut search = Search::new(&s, self.model, self.bounds, 1);
            let mut state = search.start.clone();
            let fit = search.take(&mut state, choices);
            self.asked += 1;
            if !fit || search.allowed(&state).is_ok_and(|allowed| !allowed) {
                let place = |event: usize| place(&self.places[event]);
                let part = part & counts;
                let lasts = part.iter().filter(|&event| (s.po.row(event) & part).is_empty());
                let mut choices = choices.to_vec();
                choices.sort_unstable();
                return Some(Lesson {
                    choices: choices.into_iter().map(|(read, write)| (place(read), place(write))).collect(),
                    extent: lasts.map(place).collect(),
                });
            }
        }
        None
    }
}
