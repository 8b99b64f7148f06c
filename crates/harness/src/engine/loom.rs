//! The second opinion: loom, which explores the schedules of one C11-like model.
//!
//! Loom knows no load buffering, takes sequentially consistent accesses for acquire and release ones, and runs at
//! most five threads. What it finds racy in Rust's lowering is racy there; a run that its bound cut short says
//! nothing.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind, set_hook, take_hook};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::time::Instant;

use fencepost_folio::{Seen, Strategy};
use fencepost_memory::{Loom, Memory, Width};

use super::{Budget, Finding, Outcome, judge_execution};
use crate::scenario::{Peek, Scenario, World};

/// How many executions pass between two looks at the clock.
const CLOCK_EVERY: usize = 256;

impl Peek<Loom> for Loom {
    fn peek<W: Width>(&self, cell: &<Self as Memory>::Cell<W>) -> u64 {
        self.read_once::<W>(cell)
    }
}

thread_local! {
    /// Whether this thread is inside loom, which panics to say that it gave up.
    static EXPLORING: Cell<bool> = const { Cell::new(false) };
}

/// Keeps loom's panics, which become verdicts, off standard error; all others are shown as before.
fn quieten() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |panic| {
            if !EXPLORING.get() {
                usual(panic);
            }
        }));
    });
}

/// Thrown to end an exploration that has found what it looked for.
struct Found;

/// Explores every schedule, as far as `budget` reaches.
pub fn explore<S: Strategy>(scenario: &'static Scenario, budget: Budget) -> Finding {
    let executions = Arc::new(AtomicU64::new(0));
    let racy = Arc::new(Mutex::new(None));
    let started = Instant::now();

    let mut builder = ::loom::model::Builder::new();
    (builder.checkpoint_interval, builder.max_duration, builder.max_permutations) = match budget {
        Budget::Time(most) => (CLOCK_EVERY, Some(most), None),
        // Loom looks at its limits before every so many-th execution only. One more tells that there are more.
        Budget::Executions(most) => (most + 2, None, Some(most + 2)),
    };
    quieten();
    EXPLORING.set(true);
    let explored = {
        let (executions, racy) = (Arc::clone(&executions), Arc::clone(&racy));
        catch_unwind(AssertUnwindSafe(|| {
            builder.check(move || {
                executions.fetch_add(1, Ordering::Relaxed);
                if let Some(outcome) = execute::<S>(scenario) {
                    *racy.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
                    resume_unwind(Box::new(Found));
                }
            });
        }))
    };

    EXPLORING.set(false);
    let time = started.elapsed();
    let executions = executions.load(Ordering::Relaxed);
    let racy = racy.lock().unwrap_or_else(PoisonError::into_inner).take();
    let outcome = match (racy, explored) {
        (Some(racy), _) => racy,
        (None, Err(panic)) => Outcome::Unknown(format!("loom gave up: {}", message(&*panic))),
        (None, Ok(())) => match budget {
            Budget::Time(most) if time >= most => {
                Outcome::Unknown(format!("cut after {} s: {executions} executions, none bad", most.as_secs_f32()))
            }
            Budget::Executions(most) if executions > most as u64 => {
                Outcome::Unknown(format!("cut after {executions} executions, none bad"))
            }
            _ => Outcome::Safe,
        },
    };
    Finding { outcome, executions, time }
}

/// Runs one execution, the last role on loom's main thread.
fn execute<S: Strategy>(scenario: &'static Scenario) -> Option<Outcome> {
    let world = Arc::new(World::new(&Loom, scenario, scenario.overlay.symbolic()));
    let (&last, others) = scenario.roles.split_last()?;
    let threads: Vec<_> = others
        .iter()
        .map(|&role| {
            let world = Arc::clone(&world);
            ::loom::thread::spawn(move || {
                let mut seen = Vec::new();
                role.run::<S, Loom>(&Loom, &world, &mut seen);
                seen
            })
        })
        .collect();
    let mut mine = Vec::new();
    last.run::<S, Loom>(&Loom, &world, &mut mine);
    let mut seen: Vec<Vec<Seen>> = Vec::new();
    for thread in threads {
        seen.push(thread.join().unwrap_or_else(|panic| resume_unwind(panic)));
    }
    seen.push(mine);
    judge_execution(scenario, &seen, || world.end(&Loom, S::references))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("no message").lines().next().unwrap_or_default().to_owned()
}
