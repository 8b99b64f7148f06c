//! Why a model allows an execution: the order that would have forbidden it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::Witness;
use super::story::Row;
use crate::lower::Lowered;
use crate::operation::{Barrier, Site};
use crate::relation::{MAX_EVENTS, Rel};
use crate::skeleton::Kind;
use crate::valuation::Held;

/// An operation of a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The letter that it has in the text.
    pub letter: String,
    /// What it is, such as `READ_ONCE(x)`.
    pub what: String,
    /// Where it stands.
    pub site: Site,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({} at {})", self.letter, self.what, self.site)
    }
}

/// A place between two operations of one thread where a barrier would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The thread's name.
    pub thread: String,
    /// The operation before the gap whose order with the other one is missing.
    pub before: Step,
    /// The operation after it.
    pub after: Step,
    /// The weakest barrier of the source vocabulary that closes it.
    pub barrier: Barrier,
    /// The same in Rust's words, if it is Rust's lowering that was judged.
    pub in_rust: Option<&'static str>,
    /// Whether the two are in order for their own thread by what they are, an acquire or a release: what is missing is that
    /// what the thread saw reaches the others first.
    pub is_local: bool,
}

/// Why the model allows an execution.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The threads' steps, done one after another in some order, give it: no barrier forbids it.
    Interleaving,
    /// Barriers at these places, all of them together, would have forbidden it; none of them can be left out.
    Missing(Vec<Gap>),
    /// These two accesses race.
    Race(Box<[Step; 2]>),
    /// It is no interleaving, but no barrier of the source vocabulary forbids it under this model.
    NoBarrier,
    /// It is no interleaving, and with the barriers that would tell more it has more events than can be searched.
    TooLarge,
}

/// A barrier put after the operation `after` of a thread.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Inserted {
    thread: usize,
    after: usize,
    barrier: Barrier,
}

impl Witness {
    /// Finds out by trying: barriers are put into this same execution, everywhere at first, then at as few places and
    /// as weak as forbid it.
    pub fn reason(&self) -> Reason {
        let s = &self.skeleton;
        if let Some((a, b)) = self.race {
            let story = self.story();
            let step = |event: usize| {
                let event = &s.events[event];
                step(&story, event.thread.unwrap_or(0), event.operation)
            };
            return Reason::Race(Box::new([step(a), step(b)]));
        }
        let fr = self.rf.inverse().then(&self.co);
        let com = &self.rf | &self.co | &fr;
        if (&s.po | &com).acyclic() {
            return Reason::Interleaving;
        }
        let gaps = |thread: usize| {
            (0..self.traces[thread].operations.len().saturating_sub(1)).map(move |after| (thread, after))
        };
        let everywhere = (0..self.traces.len()).flat_map(gaps);
        let mut needed: Vec<_> =
            everywhere.map(|(thread, after)| Inserted { thread, after, barrier: Barrier::Full }).collect();
        match self.is_forbidden_with(&needed) {
            Some(true) => {}
            Some(false) => return Reason::NoBarrier,
            None => {
                needed = self.between_communications(&com);
                if !self.forbidden_with(&needed) {
                    return Reason::TooLarge;
                }
            }
        }
        for candidate in needed.clone() {
            let fewer: Vec<_> = needed.iter().copied().filter(|&other| other != candidate).collect();
            if self.forbidden_with(&fewer) {
                needed = fewer;
            }
        }
        for index in 0..needed.len() {
            // What a lowering makes of a barrier may order more than the barrier is for.
            let kinds =
                self.nearest(needed[index], &com).map(|(a, b)| [a, b].map(|event| self.skeleton.events[event].kind));
            let barrier = match kinds {
                Some([Kind::Write, Kind::Write]) => Barrier::Write,
                Some([Kind::Read, Kind::Read]) => Barrier::Read,
                _ => continue,
            };
            let mut weaker = needed.clone();
            weaker[index].barrier = barrier;
            if self.forbidden_with(&weaker) {
                needed = weaker;
            }
        }
        let story = self.story();
        Reason::Missing(needed.iter().map(|gap| self.gap(*gap, &com, &story)).collect())
    }

    /// A full barrier between any two operations of a thread, one after the other, that others have to do with: each way from one
    /// thread to the next and back goes through one of these in each.
    fn between_communications(&self, com: &Rel) -> Vec<Inserted> {
        let events = &self.skeleton.events;
        let mut places: BTreeSet<(usize, usize)> = BTreeSet::new();
        for (a, b) in com.pairs() {
            if let (Some(one), Some(other)) = (events[a].thread, events[b].thread)
                && one != other
            {
                places.extend([(one, events[a].operation), (other, events[b].operation)]);
            }
        }
        let places = Vec::from_iter(places);
        let between = places.windows(2).filter(|pair| pair[0].0 == pair[1].0);
        between.map(|pair| Inserted { thread: pair[0].0, after: pair[1].1 - 1, barrier: Barrier::Full }).collect()
    }

    fn forbidden_with(&self, barriers: &[Inserted]) -> bool {
        self.is_forbidden_with(barriers) == Some(true)
    }

    /// Whether the model forbids this execution once these barriers are in it; `None` if it then has too many events.
    fn is_forbidden_with(&self, barriers: &[Inserted]) -> Option<bool> {
        let lowering = self.target.lowering;
        let mut runs = self.runs.clone();
        for Inserted { thread, after, barrier } in barriers.iter().rev() {
            let tags = lowering.fence(*barrier);
            if !tags.is_none() {
                runs[*thread] = with_fence(&runs[*thread], *after, tags);
            }
        }
        self.is_allowed_with(&runs).map(|allowed| !allowed)
    }

    /// The two accesses around a gap that a shortest cycle goes through.
    fn nearest(&self, gap: Inserted, com: &Rel) -> Option<(usize, usize)> {
        let s = &self.skeleton;
        let side = |before: bool| {
            let on_side = move |operation: usize| if before { operation <= gap.after } else { operation > gap.after };
            s.those(|event| event.thread == Some(gap.thread) && event.kind != Kind::Fence && on_side(event.operation))
        };
        let any = com | &s.po;
        let mut best: Option<(usize, usize, usize)> = None;
        for a in side(true).iter() {
            for b in side(false).iter() {
                // The nearest pair of a shortest way back.
                let length = steps(&any, b, a).map(|steps| steps * 100 + s.events[b].operation - s.events[a].operation);
                if let Some(length) = length
                    && best.is_none_or(|(shortest, ..)| length < shortest)
                {
                    best = Some((length, a, b));
                }
            }
        }
        best.map(|(_, a, b)| (a, b))
    }

    /// The gap with the two accesses around it.
    fn gap(&self, gap: Inserted, com: &Rel, story: &[Row]) -> Gap {
        let s = &self.skeleton;
        let nearest = self.nearest(gap, com);
        const ACQUIRES: crate::Tags = crate::Tags::ACQUIRE.and(crate::Tags::FULL).and(crate::Tags::SEQ_CST);
        let is_local = nearest.is_some_and(|(a, b)| {
            let (a, b) = (&s.events[a], &s.events[b]);
            let releases = ACQUIRES.without(crate::Tags::ACQUIRE).and(crate::Tags::RELEASE);
            a.kind == Kind::Read && a.tags.any(ACQUIRES) || b.kind == Kind::Write && b.tags.any(releases)
        });
        let step = |operation: usize| step(story, gap.thread, operation);
        let (before, after) =
            nearest.map_or((gap.after, gap.after + 1), |(a, b)| (s.events[a].operation, s.events[b].operation));
        Gap {
            thread: self.names[gap.thread].clone(),
            before: step(before),
            after: step(after.min(self.traces[gap.thread].operations.len() - 1)),
            barrier: gap.barrier,
            in_rust: self.target.is_rust().then(|| in_rust(gap.barrier)),
            is_local,
        }
    }
}

/// What a barrier is in Rust's lowering.
fn in_rust(barrier: Barrier) -> &'static str {
    match barrier {
        Barrier::Read => "fence(Acquire)",
        Barrier::Write => "fence(Release)",
        Barrier::Compiler => "compiler_fence(SeqCst)",
        _ => "fence(SeqCst)",
    }
}

/// An operation as the story tells it.
fn step(story: &[Row], thread: usize, operation: usize) -> Step {
    let row = story.iter().find(|row| (row.thread, row.operation) == (thread, operation));
    let row = row.expect("every operation is told");
    Step { letter: row.letter.clone(), what: row.what.clone(), site: row.site.clone() }
}

/// Marks the events of barriers that were put in.
const NEW: usize = usize::MAX;

/// The number of steps from one event to another, if there is a way that leaves the first one's thread.
fn steps(rel: &Rel, from: usize, to: usize) -> Option<usize> {
    let mut reached = crate::relation::Set::of(from);
    for length in 1..=rel.size() {
        let next = reached.iter().fold(reached, |sum, event| sum | rel.row(event));
        if next.has(to) {
            return Some(length);
        }
        if next == reached {
            return None;
        }
        reached = next;
    }
    None
}

/// The run with a fence after the last event of operation `after`.
fn with_fence(run: &Lowered, after: usize, tags: crate::Tags) -> Lowered {
    let place = run.events.iter().position(|event| event.operation != NEW && event.operation > after);
    let place = place.unwrap_or(run.events.len());
    let low = (1u128 << place) - 1;
    let shift = |set: u128| set & low | (set & !low) << 1;
    let mut run = run.clone();
    for event in &mut run.events {
        for set in [&mut event.addr, &mut event.data, &mut event.ctrl] {
            *set = shift(*set);
        }
        for set in [&mut event.pick_addr, &mut event.pick_data, &mut event.pick_ctrl] {
            *set = shift(*set);
        }
    }
    let mut fence = run.events[place.saturating_sub(1)].clone();
    fence.kind = Kind::Fence;
    fence.tags = tags;
    fence.cell = None;
    (fence.held, fence.possible) = (Held::Nothing, Arc::default());
    fence.operation = NEW;
    (fence.addr, fence.data, fence.pick_addr, fence.pick_data, fence.rmw) = (0, 0, 0, 0, false);
    run.events.insert(place, fence);
    run
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Interleaving => f.write_str(
                "This is a plain interleaving: the steps happen one after another as shown, and no barrier forbids it.",
            ),
            Reason::Race(steps) => {
                let [a, b] = &**steps;
                write!(f, "A data race: {a}\nand {b} are not ordered.")
            }
            Reason::NoBarrier => f.write_str("No barrier between these operations forbids this under the model."),
            Reason::TooLarge => write!(
                f,
                "It is not known whether a barrier forbids this: with one wherever one may help it has more than {MAX_EVENTS} events."
            ),
            Reason::Missing(gaps) => {
                f.write_str("The order that is missing: ")?;
                for (place, Gap { thread, before, after, barrier, in_rust, is_local }) in gaps.iter().enumerate() {
                    let also = if place == 0 { "" } else { ",\nand " };
                    let (name, what) = (barrier.name(), if *is_local { "it for the other CPUs, too" } else { "it" });
                    let rust = in_rust.map_or(String::new(), |rust| format!(", {rust} in Rust,"));
                    write!(
                        f,
                        "{also}on {thread}, {before}\nbefore {after}; {name} between them{rust} would keep {what}"
                    )?;
                }
                f.write_str(".")
            }
        }
    }
}
