//! Why a search leads nowhere: the decisions that this rests on, and what is learned of it.

use crate::learn::{Choice, needed};
use crate::lesson::Lesson;
use crate::relation::Set;
use crate::valuation::grounds_of;

use super::state::{Levels, State, below};
use super::{Search, Stopped, can_be};

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
        let choices = self.learned.because(read, state.open.row(read), |choice| state.has_made(choice));
        choices.fold(self.known_of_cell(state, read), |all, choice| all | self.why_made(state, choice))
    }

    fn why_made(&self, state: &State, (event, _): Choice) -> Levels {
        if self.s.r.has(event) { state.grounds.row(event) } else { self.known_of_cell(state, event) }
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
        let because = set.iter().fold(Set::default(), |all, &choice| all | self.why_made(state, choice));
        if let Some(lesson) = self.lesson(&set) {
            let Search { learned, start, s, scene, .. } = &mut *self;
            if let Some((scene, runs)) = scene {
                scene.taught(&lesson, runs, can_be(s, &start.open), |more| {
                    if more != set {
                        learned.add(more)
                    }
                });
            }
            self.lessons.push(lesson);
        }
        self.learned.add(set);
        Ok(because)
    }

    /// What else these choices are forbidden with, wherever it is; `None` if nobody else wants to know.
    fn lesson(&mut self, choices: &[Choice]) -> Option<Lesson> {
        self.scene.as_ref()?;
        let s = self.s;
        let made_of = choices.iter().flat_map(|&(event, write)| [event, write]);
        let chosen: Set = made_of.clone().collect();
        let involved = made_of.fold(chosen, |all, event| all | s.rmw.row(event)) - s.iw;
        let before = involved.iter().fold(involved, |all, event| all | s.po_before(event));
        let cells = involved.iter().fold(Set::default(), |all, event| all | s.loc.row(event));
        let threads = involved.iter().fold(Set::default(), |all, event| all | s.int.row(event));
        let writes = before & (s.w & cells | involved);
        let tries = [(writes, false), (writes | before & s.f, false), (before, false), (before, true), (threads, true)];
        let (part, depends) = tries.into_iter().find(|&(part, depends)| self.forbids(part, depends, choices))?;
        let (events, choices) = self.renumbered(part, choices);
        Some(Lesson::of(&s.part(&events, depends), &choices))
    }

    /// Whether choices are forbidden where there is no more than a part of the events.
    fn forbids(&mut self, part: Set, depends: bool, choices: &[Choice]) -> bool {
        let (events, choices) = self.renumbered(part, choices);
        let s = self.s.part(&events, depends);
        let mut search = Search::new(&s, self.model, self.bounds, 1);
        let mut state = search.start.clone();
        self.asked += 1;
        !search.take(&mut state, &choices) || search.allowed(&state).is_ok_and(|allowed| !allowed)
    }

    /// A part of the events, with the initial writes that it needs; and choices as places among them.
    fn renumbered(&self, part: Set, choices: &[Choice]) -> (Vec<usize>, Vec<Choice>) {
        let s = self.s;
        let needed = s.iw.iter().filter(|&initial| !(s.loc.row(initial) & part).is_empty());
        let events: Vec<usize> = needed.chain(part.iter()).collect();
        let place = |event: usize| events.binary_search(&event).expect("a part has all that its choices are made of");
        let choices = choices.iter().map(|&(event, write)| (place(event), place(write))).collect();
        (events, choices)
    }
}
