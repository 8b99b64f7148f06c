//! What a random program does if its threads take turns: a third opinion, which shares nothing with the engine.
//!
//! A statement is one step or a few; every order of the threads' steps is tried on a memory that all see at once.

use std::collections::{BTreeSet, HashSet};

use fencepost_memory::Rmw;

use super::vocabulary::{CELLS, Statement};
use crate::Outcome;

/// Everything there is, between two steps.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Situation {
    /// The cells, and last the lock.
    memory: [u64; CELLS + 1],
    threads: Vec<Thread>,
}

#[derive(Clone, Default, PartialEq, Eq, Hash)]
struct Thread {
    /// Its statement, and how many steps of that are done.
    at: (usize, usize),
    latest: u64,
    results: Vec<u64>,
    /// How often it entered or left a read-side critical section: it is in one if this is odd.
    sections: usize,
    /// Of a grace period: by thread, the section that it waits for the end of.
    waits_for: Vec<usize>,
}

/// Every outcome of these threads.
pub(super) fn outcomes(threads: &[Vec<Statement>]) -> BTreeSet<Outcome> {
    let start = Situation { memory: [0; CELLS + 1], threads: vec![Thread::default(); threads.len()] };
    let mut outcomes = BTreeSet::new();
    let mut seen = HashSet::from([start.clone()]);
    let mut open = vec![start];
    while let Some(situation) = open.pop() {
        let has_ended = |(thread, code): (&Thread, &Vec<Statement>)| thread.at.0 >= code.len();
        if situation.threads.iter().zip(threads).all(has_ended) {
            let results = situation.threads.iter().map(|thread| thread.results.clone()).collect();
            outcomes.insert(Outcome { results, memory: situation.memory.to_vec() });
        }
        for (index, code) in threads.iter().enumerate() {
            if let Some(next) = situation.step(index, code)
                && seen.insert(next.clone())
            {
                open.push(next);
            }
        }
    }
    outcomes
}

impl Situation {
    /// After a step of this thread; `None` if it waits or has ended.
    fn step(&self, index: usize, code: &[Statement]) -> Option<Situation> {
        let mut next = self.clone();
        let Situation { memory, threads } = &mut next;
        let others: Vec<usize> = threads.iter().map(|thread| thread.sections).collect();
        let me = &mut threads[index];
        let (statement, step) = (*code.get(me.at.0)?, me.at.1);
        let mut last = true;
        match (statement, step) {
            (Statement::Read { cell, .. } | Statement::PlainRead(cell), _) => me.note(memory[cell]),
            (Statement::Write { cell, value, .. } | Statement::PlainWrite(cell, value), _) => memory[cell] = value,
            (Statement::Pass(cell), _) => memory[cell] = me.latest + 1,
            (Statement::Fetch { cell, op, .. }, _) => {
                me.note(memory[cell]);
                memory[cell] = match op {
                    Rmw::Xchg => 1,
                    Rmw::Add => memory[cell] + 1,
                    Rmw::Or => memory[cell] | 1,
                    Rmw::And => memory[cell] & 1,
                    Rmw::Xor => memory[cell] ^ 1,
                };
            }
            (Statement::Atomic(cell), _) => memory[cell] += 1,
            (Statement::Cmpxchg { cell, .. }, _) => {
                me.note(memory[cell]);
                if memory[cell] == 0 {
                    memory[cell] = 2;
                }
            }
            (Statement::AddUnless(cell), _) => {
                me.note(memory[cell]);
                if memory[cell] != 1 {
                    memory[cell] += 1;
                }
            }
            (Statement::If(cell, value), _) => {
                if me.latest != 0 {
                    memory[cell] = value;
                }
            }
            // It looks first, and tries only if the bit is clear.
            (Statement::SetBit(cell), 0) if memory[cell] & 1 == 0 => last = false,
            (Statement::SetBit(_), 0) => me.note(0),
            (Statement::SetBit(cell), _) => {
                me.note(u64::from(memory[cell] & 1 == 0));
                memory[cell] |= 1;
            }
            (Statement::Branch, _) => {
                if me.latest == 0 {
                    me.at.0 = code.len();
                }
            }
            (Statement::Locked(cell), step) => {
                match step {
                    0 if memory[CELLS] != 0 => return None,
                    0 => memory[CELLS] = 1,
                    1 => me.note(memory[cell]),
                    2 => memory[cell] = me.latest + 1,
                    _ => memory[CELLS] = 0,
                }
                last = step == 3;
            }
            (Statement::ReadSide(a, b), step) => {
                match step {
                    1 => me.note(memory[a]),
                    2 => me.note(memory[b]),
                    _ => me.sections += 1,
                }
                last = step == 3;
            }
            (Statement::GracePeriod, 0) => {
                me.waits_for = others;
                last = false;
            }
            (Statement::GracePeriod, _) => {
                if me.waits_for.iter().zip(&others).any(|(then, now)| then % 2 == 1 && then == now) {
                    return None;
                }
                me.waits_for.clear();
            }
            (Statement::Full | Statement::ReadBarrier | Statement::WriteBarrier | Statement::Heavy, _) => {}
        }
        me.at = if last { (me.at.0 + 1, 0) } else { (me.at.0, step + 1) };
        Some(next)
    }
}

impl Thread {
    fn note(&mut self, value: u64) {
        self.results.push(value);
        self.latest = value;
    }
}
