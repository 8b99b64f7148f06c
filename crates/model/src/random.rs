//! Random small programs: what must hold of every program, tried on many.
//!
//! The same ones are tried each time, but for the long suite: with `FENCEPOST_CASES=100000` in the environment so many are
//! tried, and others each time.

mod interleavings;

use std::collections::BTreeSet;
use std::sync::Arc;

use fencepost_memory::{Memory, Order, Rmw, Word};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::value::on_path;
use crate::{Bounds, CellRef, Change, Checker, Cpu, Outcome, Program, Sites, State, Target, Value, Verdict};

/// One statement of a random thread. Reads go to the thread's registers in turn; dependencies are on the latest.
#[derive(Clone, Copy, Debug)]
enum Statement {
    Read {
        cell: usize,
        order: Order,
        depends: bool,
    },
    Write {
        cell: usize,
        value: u64,
        order: Order,
        depends: bool,
    },
    /// Writes the latest value and 1.
    Pass(usize),
    PlainRead(usize),
    PlainWrite(usize, u64),
    Fetch {
        cell: usize,
        op: Rmw,
        order: Order,
    },
    Atomic(usize),
    Cmpxchg {
        cell: usize,
        order: Order,
    },
    SetBit(usize),
    Full,
    ReadBarrier,
    WriteBarrier,
    /// Goes on only if the latest value read is not 0.
    Branch,
    Locked(usize),
    ReadSide(usize, usize),
    GracePeriod,
    Heavy,
}

const CELLS: usize = 2;

fn order() -> impl Strategy<Value = Order> {
    prop::sample::select(vec![Order::Relaxed, Order::Acquire, Order::Release, Order::Full])
}

fn statement() -> impl Strategy<Value = Statement> {
    use Statement::*;
    let cell = || 0..CELLS;
    let op = prop::sample::select(vec![Rmw::Xchg, Rmw::Add, Rmw::Or]);
    prop_oneof![
        6 => (cell(), order(), any::<bool>()).prop_map(|(cell, order, depends)| Read { cell, order, depends }),
        6 => (cell(), 1..3u64, order(), any::<bool>())
            .prop_map(|(cell, value, order, depends)| Write { cell, value, order, depends }),
        2 => cell().prop_map(Pass),
        1 => cell().prop_map(PlainRead),
        1 => (cell(), 1..3u64).prop_map(|(cell, value)| PlainWrite(cell, value)),
        2 => (cell(), op, order()).prop_map(|(cell, op, order)| Fetch { cell, op, order }),
        1 => cell().prop_map(Atomic),
        2 => (cell(), order()).prop_map(|(cell, order)| Cmpxchg { cell, order }),
        1 => cell().prop_map(SetBit),
        2 => Just(Full),
        2 => Just(ReadBarrier),
        2 => Just(WriteBarrier),
        2 => Just(Branch),
        1 => cell().prop_map(Locked),
        1 => (cell(), cell()).prop_map(|(a, b)| ReadSide(a, b)),
        1 => Just(GracePeriod),
        1 => Just(Heavy),
    ]
}

/// The statements of each thread, in all with no more calls that wait for every thread than the bounds can bear.
fn threads() -> impl Strategy<Value = Vec<Vec<Statement>>> {
    let threads = prop_oneof![
        3 => prop::collection::vec(prop::collection::vec(statement(), 1..4), 2),
        2 => prop::collection::vec(prop::collection::vec(statement(), 1..3), 3),
    ];
    threads.prop_map(|mut threads| {
        let mut calls = 0..3;
        for thread in &mut threads {
            let waits = |statement: &Statement| matches!(statement, Statement::GracePeriod | Statement::Heavy);
            thread.retain(|statement| !waits(statement) || calls.next().is_some());
        }
        threads
    })
}

/// Runs a thread's statements; its results are all values that it read.
fn run(m: &Cpu, cells: &[CellRef<u64>], lock: &CellRef<u32>, statements: &[Statement]) -> Vec<Value> {
    let mut latest = Value::from(0);
    let mut results = Vec::new();
    let mut note = |value: Value, latest: &mut Value| {
        results.push(value);
        *latest = value;
    };
    for statement in statements {
        let zero = latest & 0.into();
        match *statement {
            Statement::Read { cell, order, depends } => {
                let cell = if depends { m.at(&cells[cell], zero) } else { cells[cell] };
                let value = if order == Order::Acquire { m.load_acquire(&cell) } else { m.read_once(&cell) };
                note(value, &mut latest);
            }
            Statement::Write { cell, value, order, depends } => {
                let value = if depends { zero + value.into() } else { value.into() };
                if order == Order::Release {
                    m.store_release(&cells[cell], value);
                } else {
                    m.write_once(&cells[cell], value);
                }
            }
            Statement::Pass(cell) => m.write_once(&cells[cell], latest + 1.into()),
            Statement::PlainRead(cell) => note(m.read_plain(&cells[cell]), &mut latest),
            Statement::PlainWrite(cell, value) => m.write_plain(&cells[cell], value.into()),
            Statement::Fetch { cell, op, order } => note(m.fetch(&cells[cell], op, 1.into(), order), &mut latest),
            Statement::Atomic(cell) => m.atomic(&cells[cell], Rmw::Add, 1.into()),
            Statement::Cmpxchg { cell, order } => {
                let found = m.scoped(|m| m.cmpxchg(&cells[cell], 0.into(), 2.into(), order));
                let value = found.unwrap_or_else(|seen| seen);
                note(value, &mut latest);
            }
            Statement::SetBit(cell) => {
                let set = m.scoped(|m| m.try_set_bit_lock(&cells[cell], 1));
                note(u64::from(set).into(), &mut latest);
            }
            Statement::Full => m.smp_mb(),
            Statement::ReadBarrier => m.smp_rmb(),
            Statement::WriteBarrier => m.smp_wmb(),
            Statement::Branch => {
                // All that follows lies in the arm.
                on_path(|path| path.enter_arm(latest.deps));
                if latest.equals(0.into()) {
                    return results;
                }
            }
            Statement::Locked(cell) => {
                m.spin_lock(lock);
                let value = m.read_once(&cells[cell]);
                note(value, &mut latest);
                m.write_once(&cells[cell], value + 1.into());
                m.spin_unlock(lock);
            }
            Statement::ReadSide(a, b) => {
                m.rcu_read_lock();
                note(m.read_once(&cells[a]), &mut latest);
                note(m.read_once(&cells[b]), &mut latest);
                m.rcu_read_unlock();
            }
            Statement::GracePeriod => m.synchronize_rcu(),
            Statement::Heavy => m.heavy_barrier(),
        }
    }
    results
}

/// The program of these threads, its cells created in the order that `cells` says; `open` if results are not settled.
fn program(threads: &[Vec<Statement>], cells: &[usize], open: bool) -> Program {
    let mut p = Program::new();
    let mut places = vec![None; CELLS];
    for &cell in cells {
        places[cell] = Some(p.cell::<u64>(&format!("x{cell}"), 0));
    }
    let places: Arc<[CellRef<u64>]> = places.into_iter().flatten().collect();
    let lock = p.cell::<u32>("lock", 0);
    for (index, statements) in threads.iter().cloned().enumerate() {
        let cells = Arc::clone(&places);
        let run = move |m: &Cpu| run(m, &cells, &lock, &statements);
        if open {
            p.thread_of_values(&format!("P{index}"), run);
        } else {
            p.thread(&format!("P{index}"), move |m| run(m).into_iter().map(Word::observe).collect());
        }
    }
    p
}

fn checker(threads: &[Vec<Statement>]) -> Checker {
    Checker::new(&program(threads, &[0, 1], false), &Bounds::default())
}

/// One that puts its effort into asking less from the first question on, which in a small program does not pay.
fn impatient(threads: &[Vec<Statement>]) -> Checker {
    Checker::new(&program(threads, &[0, 1], false), &Bounds { patience: 0, ..Bounds::default() })
}

/// Tries `test` on random programs; every `share`-th of the cases that are asked for.
fn on_random_programs(share: u32, test: impl Fn(&[Vec<Statement>]) -> Result<(), TestCaseError>) {
    on_random(share, threads(), test);
}

fn on_random(
    share: u32,
    programs: impl Strategy<Value = Vec<Vec<Statement>>>,
    test: impl Fn(&[Vec<Statement>]) -> Result<(), TestCaseError>,
) {
    let asked = std::env::var("FENCEPOST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases: u32 = asked.unwrap_or(3_000);
    let config = Config { cases: (cases / share).max(1), failure_persistence: None, ..Config::default() };
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    if let Err(failure) = runner.run(&programs, |threads| test(&threads)) {
        panic!("{failure}");
    }
}

/// About how many candidate executions a program has.
fn candidates(threads: &[Vec<Statement>]) -> f64 {
    // By cell, the lock last.
    let (mut reads, mut writes) = ([0; CELLS + 1], [0; CELLS + 1]);
    let mut calls = 0;
    for statement in threads.iter().flatten() {
        let mut on = |cell: usize, read: i32, written: i32| {
            reads[cell] += read;
            writes[cell] += written;
        };
        match *statement {
            Statement::Read { cell, .. } | Statement::PlainRead(cell) => on(cell, 1, 0),
            Statement::Write { cell, .. } | Statement::Pass(cell) | Statement::PlainWrite(cell, _) => on(cell, 0, 1),
            Statement::Fetch { cell, .. } | Statement::Atomic(cell) | Statement::Cmpxchg { cell, .. } => on(cell, 1, 1),
            Statement::SetBit(cell) => on(cell, 2, 1),
            Statement::Locked(cell) => {
                on(cell, 1, 1);
                on(CELLS, 1, 2);
            }
            Statement::ReadSide(a, b) => {
                on(a, 1, 0);
                on(b, 1, 0);
            }
            Statement::GracePeriod | Statement::Heavy => calls += threads.len() - 1,
            Statement::Full | Statement::ReadBarrier | Statement::WriteBarrier | Statement::Branch => {}
        }
    }
    let of_cell = |(&reads, &writes)| f64::from(writes + 1).powi(reads) * (1..=writes).map(f64::from).product::<f64>();
    // What each other thread may have done when a call that waits for it is made.
    reads.iter().zip(&writes).map(of_cell).product::<f64>() * 10f64.powi(calls as i32)
}

/// Threads for the naive procedure, cut short where it would have too much to look at.
fn few_candidates() -> impl Strategy<Value = Vec<Vec<Statement>>> {
    threads().prop_map(|mut threads| {
        while candidates(&threads) > 20_000.0 {
            threads.iter_mut().max_by_key(|thread| thread.len()).map(Vec::pop);
        }
        threads
    })
}

#[test]
fn explorer_and_naive_procedure_agree() {
    let targets = Target::all();
    on_random(1, few_candidates(), |threads| {
        let checker = impatient(threads);
        for target in &targets {
            let (fast, slow) = (checker.explore(target), checker.explore_naively(target));
            prop_assert_eq!(&fast.unknown, &slow.unknown);
            prop_assert_eq!(&fast.outcomes, &slow.outcomes, "{}", target.name);
            prop_assert_eq!((fast.frequencies, fast.flags), (slow.frequencies, slow.flags), "{}", target.name);
        }
        Ok(())
    });
}

#[test]
fn it_does_not_matter_when_results_are_settled() {
    let targets = Target::all();
    on_random_programs(2, |threads| {
        let open = Checker::new(&program(threads, &[0, 1], true), &Bounds::default());
        let settled = checker(threads);
        for target in &targets {
            let (open, settled) = (open.explore(target), settled.explore(target));
            prop_assert_eq!(&open.outcomes, &settled.outcomes, "{}", target.name);
            prop_assert_eq!((open.frequencies, open.flags), (settled.frequencies, settled.flags), "{}", target.name);
        }
        Ok(())
    });
}

#[test]
fn a_judgement_is_a_question_about_the_outcomes() {
    let targets = Target::all();
    on_random_programs(2, |threads| {
        let (checker, impatient) = (checker(threads), impatient(threads));
        let cell = CellRef::<u64>::new(0, crate::value::Deps::NONE);
        let inquiries = [0, 1, 2, 3].map(|value| impatient.inquire(move |state| state.memory(&cell) == value));
        for target in &targets {
            let found = checker.explore(target);
            for wanted in found.outcomes.iter().take(3) {
                let by_results = checker.judge(target, |state| state.results() == wanted.results);
                prop_assert!(by_results.verdict.witness().is_some_and(|w| w.outcome.results == wanted.results));
            }
            let last: Vec<u64> = found.outcomes.iter().map(|outcome| outcome.memory[0]).collect();
            let cell = CellRef::<u64>::new(0, crate::value::Deps::NONE);
            for value in 0..4 {
                let judged = checker.judge(target, |state| state.memory(&cell) == value);
                prop_assert_eq!(judged.verdict.is_safe(), !last.contains(&value), "{}", target.name);
                let inquired = inquiries[value as usize].judge(target).verdict;
                prop_assert_eq!(inquired.is_safe(), judged.verdict.is_safe(), "{}", target.name);
            }
            let other = CellRef::<u64>::new(1, crate::value::Deps::NONE);
            let ends: BTreeSet<[u64; 2]> = found.outcomes.iter().map(|o| [o.memory[0], o.memory[1]]).collect();
            for wanted in (0..9).map(|both| [both / 3, both % 3]) {
                let judged =
                    impatient.judge(target, |state| [state.memory(&cell), state.memory(&other)] == wanted).verdict;
                prop_assert_eq!(judged.is_safe(), !ends.contains(&wanted), "{}", target.name);
            }
        }
        Ok(())
    });
}

#[test]
fn each_cut_of_the_search_changes_nothing() {
    let targets = Target::all();
    on_random(8, few_candidates(), |threads| {
        let full = checker(threads);
        for left_out in 0..7 {
            let mut bounds = Bounds::default();
            let cuts = &mut bounds.pruning;
            let all = [
                &mut cuts.availability,
                &mut cuts.coherence,
                &mut cuts.results,
                &mut cuts.saturation,
                &mut cuts.partial,
                &mut cuts.learning,
                &mut cuts.outlines,
            ];
            *all[left_out] = false;
            let less = Checker::new(&program(threads, &[0, 1], false), &bounds);
            let first = |wanted| move |state: &State<'_>| state.results()[0].first() == Some(&wanted);
            let inquiries = [1, 2].map(|wanted| (full.inquire(first(wanted)), less.inquire(first(wanted))));
            for target in &targets {
                prop_assert_eq!(full.explore(target).outcomes, less.explore(target).outcomes);
                for (full, less) in &inquiries {
                    let (full, less) = (full.judge(target).verdict, less.judge(target).verdict);
                    let outcome = |verdict: &Verdict| verdict.witness().map(|witness| witness.outcome.clone());
                    prop_assert_eq!(outcome(&full), outcome(&less), "{}", target.name);
                    prop_assert_eq!(full.is_safe(), less.is_safe(), "{}", target.name);
                }
            }
        }
        Ok(())
    });
}

#[test]
fn every_interleaving_is_allowed_everywhere() {
    let targets = Target::all();
    on_random_programs(2, |threads| {
        let checker = checker(threads);
        let interleavings = interleavings::outcomes(threads);
        for target in &targets {
            let found = checker.explore(target);
            prop_assert_eq!(found.unknown, None, "{}", target.name);
            let missing: Vec<&Outcome> = interleavings.difference(&found.outcomes).collect();
            prop_assert!(missing.is_empty(), "{} lacks {:?}", target.name, missing);
            prop_assert!(target.name != "sc" || found.outcomes.len() == interleavings.len());
        }
        Ok(())
    });
}

fn is_allowed_in_common(threads: &[Vec<Statement>]) -> Result<(), TestCaseError> {
    let checker = checker(threads);
    let common = checker.explore(&Target::common()).outcomes;
    for target in &Target::all() {
        let found = checker.explore(target).outcomes;
        let more: Vec<&Outcome> = found.difference(&common).collect();
        prop_assert!(more.is_empty(), "{} allows {:?}", target.name, more);
    }
    Ok(())
}

#[test]
fn what_a_model_allows_is_allowed_in_common() {
    on_random_programs(2, is_allowed_in_common);
}

/// What LKMM, unlike the others, allows.
#[test]
fn what_lkmm_alone_allows_is_allowed_in_common() {
    use Order::{Acquire, Relaxed, Release};
    let read = |cell, order| Statement::Read { cell, order, depends: false };
    let write = |cell, order| Statement::Write { cell, value: 1, order, depends: false };
    let told = vec![read(0, Acquire), read(1, Relaxed)];
    let programs = [
        // One tells of a plain write, which it has read and which races.
        vec![vec![Statement::PlainWrite(1, 1)], vec![read(1, Relaxed), write(0, Release)], told.clone()],
        // The flag is read from the reader's own read-modify-write.
        vec![vec![write(1, Relaxed), write(0, Release)], [vec![Statement::Atomic(0)], told].concat()],
        // A grace period, and no critical section that it would wait for.
        vec![
            vec![Statement::Locked(0), Statement::Fetch { cell: 1, op: Rmw::Xchg, order: Relaxed }],
            vec![write(1, Relaxed), Statement::GracePeriod, read(0, Relaxed)],
        ],
    ];
    for threads in programs {
        is_allowed_in_common(&threads).expect("the other models allow less");
    }
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let pool = |workers| rayon::ThreadPoolBuilder::new().num_threads(workers).build().expect("threads can be started");
    let (one, four) = (pool(1), pool(4));
    let targets = Target::all();
    on_random_programs(8, |threads| {
        let checker = checker(threads);
        for target in &targets {
            let ask = || {
                let found = checker.explore(target);
                let judged = checker.judge(target, |state| state.results()[0].last() == Some(&1));
                let told = judged.verdict.witness().map(ToString::to_string);
                (found.outcomes, found.executions, judged.executions, told)
            };
            prop_assert_eq!(one.install(ask), four.install(ask), "{}", target.name);
        }
        Ok(())
    });
}

#[test]
fn names_mean_nothing() {
    let targets = Target::all();
    on_random_programs(4, |threads| {
        let reversed: Vec<_> = threads.iter().rev().cloned().collect();
        let (this, other) = (checker(threads), Checker::new(&program(&reversed, &[1, 0], false), &Bounds::default()));
        for target in &targets {
            let renamed = other.explore(target).outcomes.into_iter().map(|mut outcome| {
                outcome.results.reverse();
                outcome.memory.swap(0, 1);
                outcome
            });
            prop_assert_eq!(this.explore(target).outcomes, renamed.collect(), "{}", target.name);
        }
        Ok(())
    });
}

#[test]
fn one_thread_has_one_outcome() {
    let targets = Target::all();
    on_random_programs(4, |threads| {
        let alone = checker(&threads[..1]);
        for target in &targets {
            let found = alone.explore(target);
            prop_assert_eq!(found.outcomes.len(), 1, "{}", target.name);
        }
        Ok(())
    });
}

/// Adds a barrier at one site, or weakens what stands there: no model then allows more, or fewer outcomes.
#[test]
fn stronger_is_never_weaker() {
    let targets = Target::all();
    on_random_programs(8, |threads| {
        let checker = checker(threads);
        for (site, kind) in checker.site_kinds() {
            let stronger = [Change::After(crate::Barrier::Full), Change::Before(crate::Barrier::Write)];
            let weaker = kind.weakenings().into_iter().map(|change| (change, false));
            for (change, adds) in stronger.map(|change| (change, true)).into_iter().chain(weaker) {
                let sites = Sites::unchanged().with(&site, change);
                for target in &targets {
                    let written = checker.explore(target).outcomes;
                    let changed = checker.explore(&target.clone().with_sites(sites.clone())).outcomes;
                    let (fewer, more) = if adds { (changed, written) } else { (written, changed) };
                    prop_assert!(fewer.is_subset(&more), "{}: {site} {change:?}", target.name);
                }
            }
        }
        Ok(())
    });
}
