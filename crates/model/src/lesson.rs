//! What is learned of one combination of runs, and holds wherever threads do the same.
//!
//! The axioms are monotone, so choices that are forbidden among some events are forbidden among any events that are like
//! them: in the same order, with the same annotations, with the same dependencies at least. It does not matter what else
//! the threads do, nor which thread does what.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::Tags;
use crate::combine::Combination;
use crate::learn::Choice;
use crate::lower::{LocalEvent, Lowered};
use crate::relation::{Rel, Set};
use crate::skeleton::{Kind, Skeleton};

/// Fences that open what another one closes, so that one more or less changes what the others mean.
const NESTED: Tags = Tags::RCU_LOCK.and(Tags::RCU_UNLOCK);

/// Choices that are forbidden together wherever threads do this.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lesson<Part = Steps> {
    parts: Vec<Part>,
    choices: Vec<(Place, Place)>,
}

/// An event that a choice is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Place {
    /// The initial write of a cell.
    Initial(u16),
    /// Of a part: which of its chosen steps.
    Chosen(usize, usize),
}

/// What a thread does, in program order, and which steps of it choices are made of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Steps {
    steps: Vec<Step>,
    chosen: Vec<usize>,
}

/// What an event does, but for its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Step {
    kind: Kind,
    tags: Tags,
    cell: Option<u16>,
    /// The step whose read this one writes for, if they are one read-modify-write.
    half: Option<usize>,
    /// The steps that it depends on, one set for each kind of dependency.
    depends: [u128; 6],
}

/// So many steps are tried at most to find a part in a run: many alike can be found in very many ways.
const TRIES: usize = 20_000;

/// Where steps are found in a run: for each way, the events of the chosen ones, by their place in the run.
type Ways = Vec<Vec<u8>>;

impl Lesson {
    /// That these choices are forbidden in a skeleton, which has only the events and dependencies that it takes.
    pub fn of(s: &Skeleton, choices: &[Choice]) -> Lesson {
        let is_chosen = |event: usize| choices.iter().any(|&(of, write)| of == event || write == event);
        let mut place: Vec<_> = s.events.iter().map(|event| Some(Place::Initial(event.cell?))).collect();
        let mut parts: Vec<Steps> = Vec::new();
        for thread in 0..s.symbols.len() {
            let of_thread = |&event: &usize| s.events[event].thread == Some(thread);
            let events: Vec<usize> = (0..s.size()).filter(of_thread).collect();
            if events.is_empty() {
                continue;
            }
            let chosen: Vec<usize> = (0..events.len()).filter(|&step| is_chosen(events[step])).collect();
            for (at, &step) in chosen.iter().enumerate() {
                place[events[step]] = Some(Place::Chosen(parts.len(), at));
            }
            let steps = (0..events.len()).map(|step| Step::of(s, &events, step)).collect();
            parts.push(Steps { steps, chosen });
        }
        let choices = choices.iter().filter_map(|&(of, write)| Some((place[of]?, place[write]?))).collect();
        Lesson { parts, choices }
    }
}

impl Step {
    /// The step that is the last of some events of a thread up to it.
    fn of(s: &Skeleton, events: &[usize], step: usize) -> Step {
        let event = events[step];
        let from =
            |rel: &Rel| (0..step).filter(|&from| rel.has(events[from], event)).fold(0, |set, from| set | 1 << from);
        let depends = [&s.addr, &s.data, &s.ctrl, &s.pick_addr, &s.pick_data, &s.pick_ctrl].map(from);
        let half = (0..step).find(|&read| s.rmw.has(events[read], event));
        let event = &s.events[event];
        Step { kind: event.kind, tags: event.tags, cell: event.cell, half, depends }
    }

    fn does_what(&self, event: &LocalEvent) -> bool {
        (event.kind, event.tags, event.cell) == (self.kind, self.tags, self.cell)
    }

    /// Whether an event of a run is like this, where the steps before it are these events.
    fn is_like(&self, place: usize, event: &LocalEvent, before: &[u8]) -> bool {
        let LocalEvent { addr, data, ctrl, pick_addr, pick_data, pick_ctrl, .. } = *event;
        let depends = [addr, data, ctrl, pick_addr, pick_data, pick_ctrl];
        let is_on = |on: u128, events: u128| Set::from(on).iter().all(|step| events >> before[step] & 1 == 1);
        self.does_what(event)
            && self.half.is_none_or(|read| event.rmw && usize::from(before[read]) + 1 == place)
            && self.depends.iter().zip(depends).all(|(&on, events)| is_on(on, events))
    }
}

impl Steps {
    /// Where they are in a run, as far as that is found out.
    fn ways(&self, run: &Lowered) -> Ways {
        let mut ways = Ways::new();
        // Mostly it does not even do the same in this order.
        let mut events = run.events.iter();
        if !self.steps.iter().all(|step| events.any(|event| step.does_what(event))) {
            return ways;
        }
        let mut tries = TRIES;
        self.extend(run, 0, &mut Vec::new(), &mut ways, &mut tries);
        ways.sort_unstable();
        ways.dedup();
        ways
    }

    /// Adds each way to go on from these events, none before `from`.
    fn extend(&self, run: &Lowered, from: usize, events: &mut Vec<u8>, ways: &mut Ways, tries: &mut usize) {
        let Some(step) = self.steps.get(events.len()) else {
            ways.push(self.chosen.iter().map(|&step| events[step]).collect());
            return;
        };
        for place in from..run.events.len() {
            let event = &run.events[place];
            if *tries > 0 && step.is_like(place, event, events) {
                *tries -= 1;
                events.push(place as u8);
                self.extend(run, place + 1, events, ways, tries);
                events.pop();
            }
            // What is skipped must not take away an order: by a write to a cell between two accesses of it, or by opening or
            // closing what fences do.
            let (before, after) = self.steps.split_at(events.len());
            let is_of_cell = |step: &Step| step.cell == event.cell;
            let nests = |tags: Tags| tags.any(NESTED);
            if event.kind == Kind::Write && before.iter().any(is_of_cell) && after.iter().any(is_of_cell)
                || nests(event.tags) && after.iter().any(|step| nests(step.tags))
            {
                return;
            }
        }
    }
}

/// The most that are kept.
const MOST: usize = 20_000;

/// What was learned of the combinations searched so far.
#[derive(Debug, Default)]
pub(crate) struct Lessons {
    all: Vec<Lesson<usize>>,
    known: FxHashSet<Lesson<usize>>,
    parts: Vec<Steps>,
    /// By part: its place among them.
    places: FxHashMap<Steps, usize>,
    /// By thread and run that was asked about: where the parts are in it.
    found: FxHashMap<(usize, u32), Vec<Ways>>,
}

impl Lessons {
    /// Adds what one search learned, as far as there is room.
    pub fn add(&mut self, learned: Vec<Lesson>) {
        for Lesson { parts, choices } in learned {
            let mut place = |part: Steps| {
                *self.places.entry(part).or_insert_with_key(|part| {
                    self.parts.push(part.clone());
                    self.parts.len() - 1
                })
            };
            let lesson = Lesson { parts: parts.into_iter().map(&mut place).collect(), choices };
            if self.all.len() < MOST && self.known.insert(lesson.clone()) {
                self.all.push(lesson);
            }
        }
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Makes ready for [`Lessons::about`] these combinations.
    pub fn prepare<'c>(&mut self, runs: &[Vec<Lowered>], combinations: impl Iterator<Item = &'c Combination>) {
        for combination in combinations {
            for (thread, &run) in combination.iter().enumerate() {
                let found = self.found.entry((thread, run)).or_default();
                let fresh = &self.parts[found.len()..];
                found.extend(fresh.iter().map(|part| part.ways(&runs[thread][run as usize])));
            }
        }
    }

    /// What they forbid of a combination, as sets of choices of its events, as far as each choice `can_be`.
    pub fn about(
        &self,
        scene: &Scene,
        combination: &Combination,
        can_be: impl Fn(Choice) -> bool,
        tell: impl FnMut(Vec<Choice>),
    ) {
        let runs = combination.iter().enumerate().filter_map(|(thread, &run)| self.found.get(&(thread, run)));
        let ways: Vec<&[Ways]> = runs.map(|ways| &ways[..]).collect();
        let mut give = Give { scene, ways: &ways, can_be, tell };
        for lesson in &self.all {
            give.together(lesson, &mut Vec::new());
        }
    }
}

/// Where the events of a combination's runs are among all of its events.
#[derive(Debug)]
pub(crate) struct Scene {
    /// By thread.
    first: Vec<usize>,
    /// By cell.
    initial: FxHashMap<u16, usize>,
}

impl Scene {
    pub fn of(s: &Skeleton) -> Scene {
        let first = |thread| s.events.iter().position(|event| event.thread == Some(thread)).unwrap_or_default();
        let initial = s.iw.iter().filter_map(|event| Some((s.events[event].cell?, event)));
        Scene { first: (0..s.symbols.len()).map(first).collect(), initial: initial.collect() }
    }

    /// What a lesson forbids of these runs, as far as each choice `can_be`.
    pub fn taught(
        &self,
        lesson: &Lesson,
        runs: &[&Lowered],
        can_be: impl Fn(Choice) -> bool,
        tell: impl FnMut(Vec<Choice>),
    ) {
        let of_run = |run: &&Lowered| lesson.parts.iter().map(|part| part.ways(run)).collect();
        let ways: Vec<Vec<Ways>> = runs.iter().map(of_run).collect();
        let ways: Vec<&[Ways]> = ways.iter().map(|ways| &ways[..]).collect();
        let lesson = Lesson { parts: (0..lesson.parts.len()).collect(), choices: lesson.choices.clone() };
        Give { scene: self, ways: &ways, can_be, tell }.together(&lesson, &mut Vec::new());
    }
}

/// Gives the parts of lessons to threads.
struct Give<'w, C, T> {
    scene: &'w Scene,
    /// By thread and part.
    ways: &'w [&'w [Ways]],
    can_be: C,
    tell: T,
}

impl<'w, C: Fn(Choice) -> bool, T: FnMut(Vec<Choice>)> Give<'w, C, T> {
    /// Tells the choices for each way to give each part that is left a thread of its own.
    fn together(&mut self, lesson: &Lesson<usize>, given: &mut Vec<(usize, &'w [u8])>) {
        let Some(&part) = lesson.parts.get(given.len()) else {
            let event = |place| match place {
                Place::Initial(cell) => self.scene.initial.get(&cell).copied(),
                Place::Chosen(part, chosen) => {
                    let (thread, events): (usize, &[u8]) = given[part];
                    Some(self.scene.first[thread] + usize::from(events[chosen]))
                }
            };
            let choice = |&(of, write): &(Place, Place)| Some((event(of)?, event(write)?));
            let mut choices = lesson.choices.iter().map(choice);
            if choices.clone().all(|choice| choice.is_some_and(&self.can_be)) {
                let choices = choices.by_ref().flatten().collect();
                (self.tell)(choices);
            }
            return;
        };
        for (thread, ways) in self.ways.iter().enumerate() {
            if given.iter().any(|&(taken, _)| taken == thread) {
                continue;
            }
            for way in &ways[part] {
                given.push((thread, way));
                self.together(lesson, given);
                given.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use fencepost_memory::{Memory, Word};

    use crate::{Bounds, CellRef, Checker, Cpu, Program, Target, Value};

    /// That what is forbidden in one run of a thread is allowed in another one, which differs in something in between.
    fn is_not_carried_over(
        target: &str,
        told: impl Fn(&Cpu, [CellRef<u64>; 2]) + Send + Sync + 'static,
        looks: impl Fn(&Cpu, [CellRef<u64>; 3], Value) -> [Value; 2] + Send + Sync + 'static,
    ) {
        let mut p = Program::new();
        let [which, data, flag, x] = ["which", "data", "flag", "x"].map(|name| p.cell::<u64>(name, 0));
        p.thread("P0", move |m| {
            told(m, [data, flag]);
            Vec::new()
        });
        p.thread("P1", move |m| {
            m.write_once(&which, 1.into());
            Vec::new()
        });
        p.thread("P2", move |m| {
            let other = m.read_once(&which);
            let [flag, data] = looks(m, [data, flag, x], other);
            [other, flag, data].map(Word::observe).into()
        });
        let checker = Checker::new(&p, &Bounds { patience: 0, ..Bounds::default() });
        let target = Target::named(target).expect("a target of that name");
        let (found, naively) = (checker.explore(&target).outcomes, checker.explore_naively(&target).outcomes);
        assert_eq!(found, naively);
        let has = |results: [u64; 3]| found.iter().any(|outcome| outcome.results[2] == results);
        assert_eq!([has([0, 1, 0]), has([1, 1, 0])], [false, true]);
    }

    fn with_barrier(m: &Cpu, [data, flag]: [CellRef<u64>; 2]) {
        m.write_once(&data, 1.into());
        m.smp_mb();
        m.write_once(&flag, 1.into());
    }

    /// On Arm a read of an own write comes after what that write is computed from, unless there is another write between.
    #[test]
    fn a_write_between_two_accesses_takes_an_order_away() {
        is_not_carried_over("arm64-rust-lse", with_barrier, |m, [data, flag, x], other| {
            let flag = m.read_once(&flag);
            m.write_once(&x, flag + 1.into());
            if other.is(1) {
                m.write_once(&x, 7.into());
            }
            m.load_acquire(&x);
            [flag, m.read_once(&data)]
        });
    }

    #[test]
    fn two_critical_sections_are_not_one() {
        let waits = |m: &Cpu, [data, flag]: [CellRef<u64>; 2]| {
            m.write_once(&data, 1.into());
            m.synchronize_rcu();
            m.write_once(&flag, 1.into());
        };
        is_not_carried_over("lkmm", waits, |m, [data, flag, _], other| {
            m.rcu_read_lock();
            let data = m.read_once(&data);
            if other.is(1) {
                m.rcu_read_unlock();
                m.rcu_read_lock();
            }
            let flag = m.read_once(&flag);
            m.rcu_read_unlock();
            [flag, data]
        });
    }

    #[test]
    fn what_depends_is_not_what_does_not() {
        is_not_carried_over("arm64-rust-lse", with_barrier, |m, [data, flag, x], other| {
            let flag = m.read_once(&flag);
            if other.is(1) {
                m.read_once(&x);
                return [flag, m.read_once(&data)];
            }
            [flag, m.read_once(&m.at(&data, flag & 0.into()))]
        });
    }

    #[test]
    fn an_annotation_is_not_another_one() {
        is_not_carried_over("rc11", with_barrier, |m, [data, flag, x], other| {
            if other.is(1) {
                m.read_once(&x);
                return [m.read_once(&flag), m.read_once(&data)];
            }
            [m.load_acquire(&flag), m.read_once(&data)]
        });
    }
}
