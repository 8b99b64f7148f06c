//! The order in which a witness is told.

use super::Witness;
use super::numbers::Numbers;
use crate::operation::Site;
use crate::relation::Rel;
use crate::skeleton::Event;

/// One operation, in the order in which the witness tells them.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub thread: usize,
    pub operation: usize,
    /// What others refer to it by: `a`, `b`, …, `z`, `aa`, ….
    pub letter: String,
    /// What it is, such as `READ_ONCE(x)`.
    pub what: String,
    /// What came of it, such as ` = 1`.
    pub result: String,
    /// The letter of the write that it read from, or `init`.
    pub from: Option<String>,
    pub site: Site,
}

impl Row {
    /// All of it but its place.
    pub fn told(&self) -> String {
        let from = self.from.as_ref().map(|from| format!("  ← {from}")).unwrap_or_default();
        format!("{}{}{from}", self.what, self.result)
    }
}

/// The letters of the operation in this place: `a` to `z`, then `aa`.
fn letter(place: usize) -> String {
    let last = char::from(b'a' + (place % 26) as u8);
    if place < 26 { last.into() } else { letter(place / 26 - 1) + &last.to_string() }
}

impl Witness {
    /// Its operations.
    pub(super) fn story(&self) -> Vec<Row> {
        let numbers = Numbers::of(self);
        let order = self.order();
        let lettered = |thread: usize, operation: usize| {
            order
                .iter()
                .position(|&place| place == (thread, operation))
                .map_or_else(|| self.names[thread].clone(), letter)
        };
        let row = |(place, &(thread, operation)): (usize, &(usize, usize))| {
            let (what, result) = self.words(thread, operation, &numbers);
            let source = self.source(thread, operation).map(|event| &self.skeleton.events[event]);
            let from = source.map(|event| event.thread.map_or("init".into(), |t| lettered(t, event.operation)));
            let site = self.traces[thread].operations[operation].site.clone();
            Row { thread, operation, letter: letter(place), what, result, from, site }
        };
        order.iter().enumerate().map(row).collect()
    }

    /// The write that an operation's read reads from.
    fn source(&self, thread: usize, operation: usize) -> Option<usize> {
        let cell = self.operation(thread, operation)?.cell?;
        let mine =
            |event: &Event| event.thread == Some(thread) && event.operation == operation && event.cell == Some(cell);
        let read = self.skeleton.r.iter().find(|&event| mine(&self.skeleton.events[event]))?;
        self.rf.pairs().find(|&(_, to)| to == read).map(|(from, _)| from)
    }

    /// Threads and operations, in an order that keeps every thread's own, puts a write before the reads of it where it
    /// can, and goes against coherence only where the execution itself does.
    fn order(&self) -> Vec<(usize, usize)> {
        let fr = self.rf.inverse().then(&self.co);
        let mut next = vec![0; self.traces.len()];
        let mut order: Vec<(usize, usize)> = Vec::new();
        while order.len() < self.operations() {
            let waits = |thread: usize, relation: &Rel| {
                let before = |event: &Event| {
                    event.thread.is_some_and(|t| {
                        t != thread && event.operation >= next[t] && next[t] < self.traces[t].operations.len()
                    })
                };
                let mine = |event: &Event| event.thread == Some(thread) && event.operation == next[thread];
                relation.pairs().any(|(a, b)| before(&self.skeleton.events[a]) && mine(&self.skeleton.events[b]))
            };
            let latest = order.last().map_or(0, |&(thread, _)| thread);
            let turn = (0..next.len()).map(|step| (latest + step) % next.len());
            let ready: Vec<_> = turn.filter(|&thread| next[thread] < self.traces[thread].operations.len()).collect();
            let free = |relations: &[&Rel]| {
                ready.iter().copied().find(|&thread| !relations.iter().any(|relation| waits(thread, relation)))
            };
            let thread =
                free(&[&self.rf, &self.co, &fr]).or_else(|| free(&[&self.rf, &self.co])).or_else(|| free(&[&self.rf]));
            let thread = thread.unwrap_or(ready[0]);
            order.push((thread, next[thread]));
            next[thread] += 1;
        }
        order
    }
}
