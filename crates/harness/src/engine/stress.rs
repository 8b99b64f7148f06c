//! Real threads on this machine, started together round after round.

use std::array;
use std::cell::Cell;
use std::hint;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use fencepost_folio::{Seen, Strategy};
use fencepost_memory::{Kernel, Memory, Rust, Width};

use super::{Budget, Finding, Outcome, judge_execution};
use crate::scenario::{Peek, Scenario, World};

/// Rounds between two looks at the clock; each has a folio of its own.
const BATCH: usize = 256;
/// The longest random delay, in turns of an empty loop.
const JITTER: u64 = 32;
/// Turns of a waiting loop after which a thread gives its CPU to another one.
const PATIENCE: u32 = 2000;

/// A back end that can run natively.
pub trait Native: Memory + Default + Sync {}
impl Native for Kernel {}
impl Native for Rust {}

impl<M: Native> Peek<M> for M {
    fn peek<W: Width>(&self, cell: &M::Cell<W>) -> u64 {
        fencepost_memory::Word::observe(self.read_once(cell))
    }
}

/// Runs rounds by the batch until one breaks a property or `budget` is spent. A witness says how many rounds were bad.
pub fn run<S: Strategy, M: Native>(scenario: &Scenario, budget: Budget) -> Finding {
    let started = Instant::now();
    let mut rounds = 0;
    let mut bad = Vec::new();
    let goes_on = |rounds: u64| match budget {
        Budget::Time(most) => started.elapsed() < most,
        Budget::Executions(most) => rounds < most as u64,
    };
    while bad.is_empty() && goes_on(rounds) {
        bad = batch::<S, M>(scenario, rounds);
        rounds += BATCH as u64;
    }
    let count = bad.len();
    let outcome = match bad.into_iter().next() {
        Some(Outcome::Racy { violation, witness }) => {
            Outcome::Racy { violation, witness: format!("{witness}  {:<16} {count} of {rounds}\n", "bad rounds") }
        }
        _ => Outcome::Unknown(format!("{rounds} rounds on this machine, none bad: that proves nothing")),
    };
    Finding { outcome, executions: rounds, time: started.elapsed() }
}

/// The bad ones of so many rounds, with one thread a role; the threads meet before every round.
fn batch<S: Strategy, M: Native>(scenario: &Scenario, seed: u64) -> Vec<Outcome> {
    let m = M::default();
    let overlay = scenario.overlay.native();
    let world = |_| World { dwell, ..World::new(&m, scenario, overlay) };
    let worlds: Vec<World<M>> = (0..BATCH).map(world).collect();
    let arrived = AtomicUsize::new(0);
    let roles = scenario.roles.len();

    let play = |index: usize| {
        RANDOM.set((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (index as u64 + 1));
        let mut all: [Vec<Seen>; BATCH] = array::from_fn(|_| Vec::new());
        for (round, (world, seen)) in worlds.iter().zip(&mut all).enumerate() {
            meet(&arrived, (round + 1) * roles);
            dwell();
            scenario.roles[index].run::<S, M>(&m, world, seen);
        }
        all
    };
    let seen: Vec<[Vec<Seen>; BATCH]> = thread::scope(|scope| {
        let others: Vec<_> = (1..roles).map(|index| scope.spawn(move || play(index))).collect();
        let mine = play(0);
        let theirs = others.into_iter().map(|thread| thread.join().expect("a role does not panic"));
        [mine].into_iter().chain(theirs).collect()
    });

    let judge = |(round, world): (usize, &World<M>)| {
        let seen: Vec<Vec<Seen>> = seen.iter().map(|all| all[round].clone()).collect();
        judge_execution(scenario, &seen, || world.end(&m, S::references))
    };
    worlds.iter().enumerate().filter_map(judge).collect()
}

/// Waits until `expected` arrivals have been counted, this one among them.
fn meet(arrived: &AtomicUsize, expected: usize) {
    arrived.fetch_add(1, Ordering::AcqRel);
    let mut turns = 0;
    while arrived.load(Ordering::Acquire) < expected {
        turns += 1;
        if turns % PATIENCE == 0 {
            thread::yield_now();
        } else {
            hint::spin_loop();
        }
    }
}

thread_local! {
    /// Pseudo-random numbers (xorshift64, Marsaglia 2003), so that the roles meet at every point of each other.
    static RANDOM: Cell<u64> = const { Cell::new(0) };
}

fn random() -> u64 {
    RANDOM.with(|random| {
        let mut x = random.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        random.set(x);
        x
    })
}

/// A random delay, of a few instructions or up to [`JITTER`] turns of an empty loop; now and then the CPU goes to another
/// thread, so that roles meet on a busy machine too.
fn dwell() {
    match random() % 8 {
        0 => thread::yield_now(),
        1..4 => {}
        _ => (0..random() % JITTER).for_each(|_| hint::spin_loop()),
    }
}
