//! The search for the executions of one skeleton: who reads from whom, and in which order each cell is written.
//!
//! Where memory must end in a certain way and only one write can be the last of its cell, that is where it begins
//! ([`Search::want`]). Then reads are decided, the one with the fewest possible writes first ([`Search::is_before`]). Each
//! decision is followed by what sequential consistency per location makes of it: the coherence edges that it forces
//! ([`Search::saturate`]). Where that leaves more than one way to go on, the model's axioms are asked about the partial
//! execution, whose relations only grow, and a no ends the branch. Which choices a no rests on is learned ([`Learned`]). Of
//! a branch that leads nowhere it is known on which decisions that rests: one that has no part in it is not made
//! differently first (Prosser's conflict-directed backjumping, Computational Intelligence, 1993), and a few that lead
//! nowhere together are learned as well. What is left of coherence is decided last.

mod grounds;
mod state;

use crate::bounds::Bounds;
use crate::combine::Combination;
use crate::ends::End;
use crate::learn::{Choice, Learned};
use crate::lesson::{Lesson, Lessons, Scene};
use crate::lower::Lowered;
use crate::models::{Axioms, Model};
use crate::relation::{Rel, Set};
use crate::skeleton::{Execution, Skeleton};
use crate::valuation::{Values, all_known, settle};

use state::{Levels, State, below};

/// Added to how often a read is spoken of, so that the first few times do not decide.
const DAMPING: usize = 20;

/// So many lessons for each of [`Bounds::patience`] are many. Few of the default scenarios teach as much, and all of the
/// larger ones.
const MANY: u64 = 4;

/// What is to be decided next.
enum Next {
    /// From which of these writes, of which there are several, a read reads.
    Choice(usize, Set),
    /// Every read reads from some write.
    Complete,
}

/// A search over one skeleton.
pub(crate) struct Search<'s> {
    s: &'s Skeleton,
    model: &'s Model,
    axioms: Axioms,
    bounds: &'s Bounds,
    po_loc_inverse: Rel,
    /// By event: the write of the read-modify-write that a read belongs to.
    rmw_write: Vec<Option<usize>>,
    /// The read and the write of each read-modify-write.
    rmw: Vec<(usize, usize)>,
    /// The final memories that are looked for, by the writes to a cell and the value that the last of them must have;
    /// `None` if all are.
    wanted: Option<Vec<Vec<(Set, u64)>>>,
    /// How often the axioms were asked.
    pub asked: u64,
    /// The most that they may be asked.
    pub limit: u64,
    /// Where the search begins, but for what `forced` adds.
    start: State,
    /// The coherence edges that the wanted final memories ask for, the later write first.
    forced: Vec<Choice>,
    /// How often the axioms said no.
    refused: u64,
    learned: Learned,
    /// Whether reads are chosen by what was learned of them.
    weighs: bool,
    /// By level: what was decided.
    decisions: Vec<Choice>,
    /// Where lessons find what they are about, if what is learned here is of use elsewhere.
    scene: Option<(Scene, &'s [&'s Lowered])>,
    /// What was learned that is of use elsewhere.
    pub lessons: Vec<Lesson>,
}

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
    pub fn new(s: &'s Skeleton, model: &'s Model, bounds: &'s Bounds, limit: u64) -> Search<'s> {
        let mut rmw_write = vec![None; s.size()];
        let rmw: Vec<_> = s.rmw.pairs().collect();
        rmw.iter().for_each(|&(read, write)| rmw_write[read] = Some(write));
        Search {
            s,
            model,
            axioms: (model.axioms)(s),
            bounds,
            start: State::of(s, bounds.pruning),
            po_loc_inverse: s.po_loc.inverse(),
            rmw_write,
            rmw,
            wanted: None,
            forced: Vec::new(),
            asked: 0,
            limit,
            refused: 0,
            weighs: false,
            learned: Learned::of(s.size(), s.w),
            decisions: Vec::new(),
            scene: None,
            lessons: Vec::new(),
        }
    }

    /// Looks for executions that end like one of these only.
    pub fn want(&mut self, ends: &[End]) {
        let here =
            |cell: usize| self.s.w & self.s.those(|event| event.cell.is_some_and(|own| usize::from(own) == cell));
        let writes = |end: &End| end.iter().map(|&(cell, bits)| (here(cell), bits)).collect();
        let wanted: Vec<Vec<(Set, u64)>> = ends.iter().map(writes).collect();
        for &(writes, _) in wanted.first().into_iter().flatten() {
            self.forced.extend(self.forced_by(writes, &wanted));
        }
        self.wanted = Some(wanted);
    }

    /// What comes before the write that must be the last of these, if one of them must be.
    fn forced_by(&self, writes: Set, wanted: &[Vec<(Set, u64)>]) -> Vec<Choice> {
        let mut lasts = Set::default();
        for end in wanted {
            let Some(&(_, bits)) = end.iter().find(|(own, _)| *own == writes) else { return Vec::new() };
            let has = |&write: &usize| self.s.possible[write].iter().any(|value| value.bits == bits);
            let can_be_last = |&write: &usize| self.start.co.row(write).is_empty();
            lasts |= writes.iter().filter(can_be_last).filter(has).collect();
        }
        let mut lasts = lasts.iter();
        match (lasts.next(), lasts.next()) {
            (Some(last), None) => {
                let earlier = writes - self.start.oc.row(last) - Set::of(last);
                earlier.iter().map(|earlier| (last, earlier)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Takes what was learned of other combinations of runs; this is the one, and its runs. What is learned here is then of
    /// use to others.
    pub fn remember(&mut self, lessons: &Lessons, combination: &Combination, runs: &'s [&'s Lowered]) {
        self.weighs = lessons.len() as u64 >= MANY * self.bounds.patience;
        let scene = Scene::of(self.s);
        let Search { learned, start, s, .. } = self;
        lessons.about(&scene, combination, can_be(s, &start.open), |set| learned.add(set));
        self.scene = Some((scene, runs));
    }

    /// Visits every complete execution that the model allows, always in the same order.
    pub fn run(&mut self, visit: Visitor<'_, 's>) -> Result<(), Stopped> {
        if !settle(self.s, |_| None, &mut self.start.values) {
            return Ok(());
        }
        let mut state = self.start.clone();
        if !self.take(&mut state, &self.forced) {
            return Ok(());
        }
        match self.propagate(&mut state) {
            Ok(next) if self.may_be_wanted(&state) => self.decide(state, next, 0, visit).map(|_| ()),
            _ => Ok(()),
        }
    }

    /// Decides the rest of who reads from whom, where no read is without a choice. The decisions, of which there are
    /// `level` so far, that it rests on that there is no execution here that was not visited.
    fn decide(
        &mut self,
        mut state: State,
        mut next: Next,
        level: usize,
        visit: Visitor<'_, 's>,
    ) -> Result<Levels, Stopped> {
        let (read, open, mut because) = loop {
            let Next::Choice(read, possible) = next else {
                return self.order(state, level, true, visit);
            };
            let mut because = self.why_no_other(&state, read);
            let mut open = Vec::new();
            for write in possible.iter() {
                match self.after(state.clone(), read, write, level) {
                    Ok((state, next)) => open.push((write, state, next)),
                    Err(why) => because |= why - Set::of(level),
                }
            }
            match open.len() {
                0 => {
                    self.rule_out(because);
                    return Ok(because);
                }
                1 => {
                    (_, state, next) = open.remove(0);
                    state.rest_on(because, level);
                }
                _ => break (read, open, because),
            }
        };
        // What the choices lead to is looked at first, for that is cheaper than a question.
        if self.bounds.pruning.partial && !self.allowed(&state)? {
            return self.learn(&state, level);
        }
        let known = self.learned.len();
        for (write, mut state, mut next) in open {
            self.decisions.truncate(level);
            self.decisions.push((read, write));
            let why =
                if self.learned.len() > known { self.propagate(&mut state).map(|now| next = now) } else { Ok(()) };
            let why = match why {
                Ok(()) => self.decide(state, next, level + 1, visit)?,
                Err(why) => why,
            };
            // Whatever is decided here instead, there is nothing.
            if !why.has(level) && self.bounds.pruning.learning {
                return Ok(why);
            }
            because |= why - Set::of(level);
        }
        self.rule_out(because);
        Ok(because)
    }

    /// What comes of the decision to let `read` read from `write`; an error is what it rests on that this leads nowhere.
    fn after(&self, mut state: State, read: usize, write: usize, level: usize) -> Result<(State, Next), Levels> {
        self.assign(&mut state, read, write, Set::of(level))?;
        let next = self.propagate(&mut state)?;
        if self.may_be_wanted(&state) { Ok((state, next)) } else { Err(below(level + 1)) }
    }

    /// Decides the reads that have one write left, for they are no decision; what is to be decided then. If some read has no
    /// write left, the error is what that rests on.
    fn propagate(&self, state: &mut State) -> Result<Next, Levels> {
        loop {
            for read in (state.undecided & state.stale).iter() {
                state.open.set_row(read, self.possible(state, read));
            }
            (state.stale, state.fresh) = (Set::default(), Set::default());
            self.heed(state);
            let mut next: Option<(usize, Set)> = None;
            for read in state.undecided.iter() {
                let possible = state.open.row(read) - state.barred.row(read);
                let is_forced = possible.len() <= 1;
                if is_forced || next.is_none_or(|next| self.is_before((read, possible), next)) {
                    next = Some((read, possible));
                }
                if is_forced {
                    break;
                }
            }
            let Some((read, possible)) = next else { return Ok(Next::Complete) };
            if possible.len() > 1 {
                return Ok(Next::Choice(read, possible));
            }
            let why = self.why_no_other(state, read);
            let Some(write) = possible.iter().next() else { return Err(why) };
            self.assign(state, read, write, why)?;
        }
    }

    /// Whether a read with these writes left is to be decided before another: if it has fewer; where much was learned of
    /// other combinations, fewer for each time that what was learned speaks of it (dom/wdeg: Boussemart et al., ECAI 2004).
    fn is_before(&self, (read, writes): (usize, Set), (other, of_other): (usize, Set)) -> bool {
        let weight = |read: usize| if self.weighs { DAMPING + self.learned.about(read) } else { 1 };
        writes.len() * weight(other) < of_other.len() * weight(read)
    }

    /// Decides the rest of coherence; `first` if none of it is decided yet but for what reads ask. Which of the first `level`
    /// decisions it rests on that there is no execution here that was not visited.
    fn order(&mut self, state: State, level: usize, first: bool, visit: Visitor<'_, 's>) -> Result<Levels, Stopped> {
        let writes = self.s.w;
        let open = writes.iter().find_map(|a| {
            let others = self.s.loc.row(a) & (writes - state.co.row(a) - Set::of(a));
            others.iter().find(|&b| b > a && !state.co.has(b, a)).map(|b| (a, b))
        });
        let complete = open.is_none();
        if !all_known(self.s, &state.values) || !self.may_be_wanted(&state) {
            return Ok(below(level));
        }
        if (complete || self.bounds.pruning.partial) && !self.allowed(&state)? {
            return if first { self.learn(&state, level) } else { Ok(below(level)) };
        }
        let Some((a, b)) = open else {
            return match visit(&self.execution(&state), &state.values) {
                Visit::Continue => Ok(below(level)),
                Visit::Stop => Err(Stopped),
            };
        };
        for (earlier, later) in [(a, b), (b, a)] {
            let mut next = state.clone();
            if self.before(&mut next, earlier, later) && self.saturate(&mut next) {
                self.order(next, level, false, visit)?;
            }
        }
        Ok(below(level))
    }

    fn execution(&self, state: &State) -> Execution<'s> {
        let mut rf = self.s.none();
        for read in (self.s.r - state.undecided).iter() {
            rf.insert(usize::from(state.rf[read].expect("a decided read has a write")), read);
        }
        let x = Execution::new(self.s, rf, state.co.clone());
        // Saturation keeps every cell sequentially consistent, and read-modify-writes whole.
        if self.bounds.pruning.saturation { x.known_coherent() } else { x }
    }

    fn allowed(&mut self, state: &State) -> Result<bool, Stopped> {
        self.asked += 1;
        if self.asked > self.limit {
            return Err(Stopped);
        }
        Ok((self.axioms)(&self.execution(state)))
    }

    /// Whether memory can still end as one of those that are looked for.
    fn may_be_wanted(&self, state: &State) -> bool {
        let can_end = |&(writes, bits): &(Set, u64)| {
            let mut last = writes.iter().filter(|&write| state.co.row(write).is_empty()).peekable();
            last.peek().is_none()
                || last.any(|write| match state.values[write] {
                    Some(value) => value.bits == bits,
                    None => self.s.possible[write].iter().any(|value| value.bits == bits),
                })
        };
        self.wanted.as_ref().is_none_or(|wanted| wanted.iter().any(|end| end.iter().all(can_end)))
    }
}

/// Whether a choice is one for a write, or of a write that the read can read from.
fn can_be<'a>(s: &'a Skeleton, open: &'a Rel) -> impl Fn(Choice) -> bool + 'a {
    |(event, write)| !s.r.has(event) || open.has(event, write)
}
