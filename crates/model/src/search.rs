//! The search for the executions of one skeleton: who reads from whom, and in which order each cell is written.
//!
//! Where memory must end in a certain way and only one write can be the last of its cell, that is where it begins
//! ([`Search::want`]). Then reads are decided, the one with the fewest possible writes first. Each decision is followed
//! by what sequential consistency per location makes of it: the coherence edges that it forces ([`Search::saturate`]).
//! Where that leaves more than one way to go on, the model's axioms are asked about the partial execution, whose relations
//! only grow, and a no ends the branch. Which choices a no rests on is learned ([`Learned`]). Of a branch that leads
//! nowhere it is known on which decisions that rests: one that has no part in it is not made differently first (Prosser's
//! conflict-directed backjumping, Computational Intelligence, 1993), and a few that lead nowhere together are learned as
//! well. What is left of coherence is decided last.

use crate::bounds::{Bounds, Pruning};
use crate::ends::End;
use crate::learn::{Choice, Learned, Lesson, Lessons, needed};
use crate::models::{Axioms, Model};
use crate::prefix::{Place, Places};
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
    /// By undecided read: the writes that it could still read from when that was last looked at.
    open: Vec<Set>,
    /// The accesses to cells of which more is known since.
    stale: Set,
    /// By event: the decisions that it rests on from which write it reads, and what it holds.
    grounds: Vec<Levels>,
}

/// Decisions, by how many came before.
type Levels = Set;

/// All decisions before this one.
fn below(level: usize) -> Levels {
    (0..level).collect()
}

impl State {
    /// Nothing is decided but what program order decides.
    fn of(s: &Skeleton, pruning: Pruning) -> State {
        let mut co = s.none();
        for init in s.iw.iter() {
            co.insert_all(init, s.loc.row(init) & (s.w - Set::of(init)));
        }
        if pruning.saturation {
            co |= &s.po_loc.from(s.w).to(s.w);
            co = co.plus();
        }
        let oc = co.inverse();
        let (rf, values, open) = (vec![None; s.size()], vec![None; s.size()], vec![Set::default(); s.size()]);
        State { rf, co, oc, undecided: s.r, values, open, stale: s.m(), grounds: vec![Set::default(); s.size()] }
    }

    fn has_made(&self, &(event, write): &Choice) -> bool {
        match self.rf[event] {
            Some(source) => usize::from(source) == write,
            None => self.co.has(write, event),
        }
    }

    /// The decision of this level was none, because of others: what rests on it rests on those.
    fn rest_on(&mut self, others: Levels, level: usize) {
        for grounds in self.grounds.iter_mut().filter(|grounds| grounds.has(level)) {
            *grounds = *grounds - Set::of(level) | others;
        }
    }
}

/// What is to be decided next.
enum Next {
    /// From which of these writes, of which there are several, a read reads.
    Choice(usize, Set),
    /// Every read reads from some write.
    Complete,
}

/// So many decisions that lead nowhere together are worth remembering.
const FEW: usize = 4;

/// A search over one skeleton.
pub(crate) struct Search<'s> {
    s: &'s Skeleton,
    model: &'s Model,
    axioms: Axioms,
    bounds: &'s Bounds,
    /// By event: the writes that a read can read from.
    candidates: Vec<Set>,
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
    /// By level: what was decided.
    decisions: Vec<Choice>,
    /// By event: its places, if what is learned here is of use elsewhere.
    places: Vec<Places>,
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
        let candidates = (0..s.size()).map(|event| if s.r.has(event) { candidates(s, event) } else { Set::default() });
        let mut rmw_write = vec![None; s.size()];
        let rmw: Vec<_> = s.rmw.pairs().collect();
        rmw.iter().for_each(|&(read, write)| rmw_write[read] = Some(write));
        Search {
            s,
            model,
            axioms: (model.axioms)(s),
            bounds,
            candidates: candidates.collect(),
            start: State::of(s, bounds.pruning),
            po_loc_inverse: s.po_loc.inverse(),
            rmw_write,
            rmw,
            wanted: None,
            forced: Vec::new(),
            asked: 0,
            limit,
            refused: 0,
            learned: Learned::of(s.size()),
            decisions: Vec::new(),
            places: Vec::new(),
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
            lasts = lasts | writes.iter().filter(can_be_last).filter(has).collect();
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

    /// Takes what was learned of other combinations of runs; `places` are those of this one's events, but for the initial
    /// writes. What is learned here is then of use to others.
    pub fn remember(&mut self, lessons: &Lessons, places: impl Iterator<Item = Places>) {
        let cell = |event: usize| Place::from(self.s.events[event].cell.unwrap_or_default());
        let initial = self.s.iw.iter().map(|event| Places { exact: cell(event), rough: cell(event) });
        self.places = initial.chain(places).collect();
        lessons.about(&self.places).into_iter().for_each(|set| self.learned.add(set));
    }

    /// Visits every complete execution that the model allows, always in the same order.
    pub fn run(&mut self, visit: Visitor<'_, 's>) -> Result<(), Stopped> {
        let State { values, grounds, .. } = &mut self.start;
        if pass_on(self.s, |_| None, self.s.m(), values, grounds).is_err() {
            return Ok(());
        }
        let mut state = self.start.clone();
        if !self.forced.iter().all(|&choice| self.take(&mut state, choice)) {
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
                    Ok(found) => open.push(found),
                    Err(why) => because = because | why - Set::of(level),
                }
            }
            match open.len() {
                0 => {
                    self.rule_out(because);
                    return Ok(because);
                }
                1 => {
                    (state, next) = open.remove(0);
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
        for (mut state, mut next) in open {
            self.decisions.truncate(level);
            self.decisions.extend(state.rf[read].map(|write| (read, usize::from(write))));
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
            because = because | why - Set::of(level);
        }
        self.rule_out(because);
        Ok(because)
    }

    /// Learns that these decisions lead nowhere together, if they are few.
    fn rule_out(&mut self, because: Levels) {
        if self.bounds.pruning.learning && because.len() <= FEW {
            self.learned.add(because.iter().map(|level| self.decisions[level]).collect());
        }
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
                state.open[read] = self.possible(state, read);
            }
            state.stale = Set::default();
            let mut fewest: Option<(usize, Set)> = None;
            for read in state.undecided.iter() {
                let possible = self.learned.free(read, state.open[read], |choice| state.has_made(choice));
                if fewest.is_none_or(|(_, fewest)| possible.len() < fewest.len()) {
                    fewest = Some((read, possible));
                }
                if possible.len() <= 1 {
                    break;
                }
            }
            let Some((read, possible)) = fewest else { return Ok(Next::Complete) };
            if possible.len() > 1 {
                return Ok(Next::Choice(read, possible));
            }
            let why = self.why_no_other(state, read);
            let Some(write) = possible.iter().next() else { return Err(why) };
            self.assign(state, read, write, why)?;
        }
    }

    /// What it rests on that a read cannot read from any other write than it still can: all that is known of its cell, and
    /// the choices that were learned not to go with others.
    fn why_no_other(&self, state: &State, read: usize) -> Levels {
        let choices = self.learned.because(read, state.open[read], |choice| state.has_made(choice));
        choices.fold(self.known_of_cell(state, read), |all, choice| all | self.why_made(state, choice))
    }

    fn why_made(&self, state: &State, (event, _): Choice) -> Levels {
        if self.s.r.has(event) { state.grounds[event] } else { self.known_of_cell(state, event) }
    }

    /// What rests on decisions of an access's cell: who reads from whom, and what is written.
    fn known_of_cell(&self, state: &State, access: usize) -> Levels {
        let here = self.s.loc.row(access) - state.undecided;
        here.iter().fold(Set::default(), |all, event| all | state.grounds[event])
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

    /// Finds out which choices the model forbids here, if that is worth while; the decisions that they rest on, of which
    /// there are `level`.
    fn learn(&mut self, state: &State, level: usize) -> Result<Levels, Stopped> {
        self.refused += 1;
        if !self.bounds.pruning.learning || self.refused < self.bounds.patience {
            return Ok(below(level));
        }
        let decided = self.s.r - state.undecided;
        let read_from = decided.iter().filter_map(|read| Some((read, usize::from(state.rf[read]?))));
        let choices = read_from.chain(self.forced.iter().copied()).collect();
        let set = needed(choices, |choices| {
            let mut fewer = self.start.clone();
            let fit = choices.iter().all(|&choice| self.take(&mut fewer, choice));
            Ok(!fit || !self.allowed(&fewer)?)
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
            let fit = choices.iter().all(|&choice| search.take(&mut state, choice));
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

    /// The writes that `read` can still read from: none that another write, which it must see, overwrote.
    fn possible(&self, state: &State, read: usize) -> Set {
        if !self.bounds.pruning.saturation {
            return self.candidates[read];
        }
        let mut possible = self.candidates[read];
        for event in self.po_loc_inverse.row(read).iter() {
            if let Some(seen) = self.stands_for(state, event) {
                possible = possible - state.oc.row(seen);
            }
        }
        for event in self.s.po_loc.row(read).iter() {
            if let Some(seen) = self.stands_for(state, event) {
                possible = possible - state.co.row(seen);
            }
        }
        let adjacent = |source: usize| match self.rmw_write[read] {
            Some(write) => (state.co.row(source) & state.oc.row(write)).is_empty(),
            None => true,
        };
        let fits = |write: usize| state.values[write].is_none_or(|value| self.s.possible[read].contains(&value));
        possible.iter().filter(|&write| adjacent(write) && fits(write)).collect()
    }

    /// What an event stands for in coherence: itself, or the write that it reads from.
    fn stands_for(&self, state: &State, event: usize) -> Option<usize> {
        if self.s.w.has(event) { Some(event) } else { state.rf[event].map(usize::from) }
    }

    /// Lets `read` read from `write`, because of this; an error is what it rests on that coherence or a value does not let
    /// it.
    fn assign(&self, state: &mut State, read: usize, write: usize, because: Levels) -> Result<(), Levels> {
        state.grounds[read] = because;
        if !self.choose(state, read, write) {
            return Err(self.known_of_cell(state, read));
        }
        let State { rf, values, grounds, .. } = state;
        let known = pass_on(self.s, |read| rf[read].map(usize::from), Set::of(read), values, grounds)?;
        let beside = |stale, event| stale | self.s.loc.row(event);
        state.stale = (known | Set::of(read)).iter().fold(state.stale, beside);
        Ok(())
    }

    /// Makes a choice; whether coherence lets it.
    fn take(&self, state: &mut State, (event, write): Choice) -> bool {
        if self.s.r.has(event) {
            self.choose(state, event, write)
        } else {
            self.before(state, write, event) && self.saturate(state)
        }
    }

    /// The same, whatever is read.
    fn choose(&self, state: &mut State, read: usize, write: usize) -> bool {
        state.rf[read] = Some(write as u8);
        state.undecided = state.undecided - Set::of(read);
        if !self.bounds.pruning.saturation {
            return true;
        }
        for (events, before) in [(self.po_loc_inverse.row(read), true), (self.s.po_loc.row(read), false)] {
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
