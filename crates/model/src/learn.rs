//! Why the model said no: sets of choices of reads' writes that it forbids together.
//!
//! The axioms are monotone, so what forbids some of an execution's choices forbids every execution with these choices.
//! A search that the model keeps refusing finds out once which few choices a refusal rests on, and does not come back to
//! them: clause learning, as solvers of Boolean satisfiability have it (Marques-Silva and Sakallah, IEEE Transactions on
//! Computers, 1999).

use crate::relation::Set;

/// A read and the write that it reads from, as events; or a write and one before it in coherence.
pub(crate) type Choice = (usize, usize);

/// Sets of choices that no allowed execution has together.
#[derive(Debug)]
pub(crate) struct Learned {
    sets: Vec<Vec<Choice>>,
    /// By set: the events that it has choices for.
    events: Vec<Set>,
    /// By event: the sets that have a choice for it, by the second of the choice.
    with: Vec<Vec<(usize, Vec<usize>)>>,
    writes: Set,
    /// The sets that have a choice for a write.
    ordering: Vec<usize>,
}

impl Learned {
    /// Nothing yet about so many events, of which some are writes.
    pub fn of(events: usize, writes: Set) -> Learned {
        Learned { sets: Vec::new(), events: Vec::new(), with: vec![Vec::new(); events], writes, ordering: Vec::new() }
    }

    /// Adds a set.
    pub fn add(&mut self, set: Vec<Choice>) {
        for &(event, write) in &set {
            let with = &mut self.with[event];
            match with.iter_mut().find(|(other, _)| *other == write) {
                Some((_, sets)) => sets.push(self.sets.len()),
                None => with.push((write, vec![self.sets.len()])),
            }
        }
        let events: Set = set.iter().map(|&(event, _)| event).collect();
        if !(events & self.writes).is_empty() {
            self.ordering.push(self.sets.len());
        }
        self.events.push(events);
        self.sets.push(set);
    }

    /// How many sets were learned.
    pub fn len(&self) -> usize {
        self.sets.len()
    }

    /// How many of them have a choice for an event.
    pub fn about(&self, event: usize) -> usize {
        self.with[event].iter().map(|(_, sets)| sets.len()).sum()
    }

    /// The sets that may bar a choice by now, and did not when the first `known` were learned and the choices `decided` were not
    /// made: those learned since, those that have one of these choices, and those about the order of writes, which comes of any
    /// decision.
    pub fn touched(&self, known: usize, decided: impl Iterator<Item = Choice>) -> impl Iterator<Item = usize> {
        let has = |(read, write): Choice| self.with[read].iter().filter(move |(other, _)| *other == write);
        let about = decided.flat_map(has).flat_map(|(_, sets)| sets.iter().copied());
        about.chain(self.ordering.iter().copied()).filter(move |&set| set < known).chain(known..self.len())
    }

    /// The choice that a set bars beside those of which `is_made` holds, as it does of none for an event of `undecided`:
    /// the only one of its choices that is not made, if that is for such an event.
    pub fn barred(&self, set: usize, undecided: Set, is_made: impl Fn(&Choice) -> bool) -> Option<Choice> {
        let left = self.events[set] & undecided;
        let event = left.iter().next()?;
        if left != Set::of(event) {
            return None;
        }
        let barred = self.sets[set].iter().copied().find(|&(own, _)| own == event)?;
        self.leads_to(set, barred, &is_made).then_some(barred)
    }

    /// The choices because of which `event` may not be chosen with some of `writes`.
    pub fn because(
        &self,
        event: usize,
        writes: Set,
        is_made: impl Fn(&Choice) -> bool,
    ) -> impl Iterator<Item = Choice> {
        let with = self.with[event].iter().filter(move |(write, _)| writes.has(*write));
        let each = with.flat_map(move |(write, sets)| sets.iter().map(move |&set| (set, (event, *write))));
        let speaks = each.filter(move |&(set, choice)| self.leads_to(set, choice, &is_made));
        speaks.flat_map(|(set, choice)| self.sets[set].iter().copied().filter(move |&other| other != choice))
    }

    /// Whether every choice of a set is made but this one.
    fn leads_to(&self, set: usize, choice: Choice, is_made: impl Fn(&Choice) -> bool) -> bool {
        self.sets[set].iter().all(|other| *other == choice || is_made(other))
    }
}

/// So many choices are left out at once at first: few of them are needed.
const AT_ONCE: usize = 4;

/// The choices that are left of `choices` after each was left out in turn that is not needed for the rest to be
/// forbidden. An error of `is_forbidden` ends it.
pub(crate) fn needed<E>(
    mut choices: Vec<Choice>,
    mut is_forbidden: impl FnMut(&[Choice]) -> Result<bool, E>,
) -> Result<Vec<Choice>, E> {
    for at_once in [AT_ONCE, 1] {
        let mut rest = choices.len();
        while rest > 0 {
            let first = rest.saturating_sub(at_once);
            let left_out: Vec<Choice> = choices.drain(first..rest).collect();
            if !is_forbidden(&choices)? {
                choices.splice(first..first, left_out);
            }
            rest = first;
        }
    }
    Ok(choices)
}
