//! Random small programs: what must hold of every program, tried on many.
//!
//! The same ones are tried each time, but for the long suite: with `FENCEPOST_CASES=100000` in the environment so many are
//! tried, and others each time.

mod interleavings;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use fencepost_memory::{Order, Rmw, Word};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::target::allowed_more;
use crate::{Bounds, CellRef, Change, Checker, Cpu, Outcome, Program, Sites, State, Target, Verdict};

use vocabulary::{CELLS, Statement, few_candidates, run, threads, with_more_order};

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

/// Something that may happen or not: the first cell ends as 1, and that is not what the first thread read last.
fn bad(state: &State<'_>) -> bool {
    let cell = CellRef::<u64>::new(0, crate::value::Deps::NONE);
    state.memory(&cell) == 1 && state.results()[0].last() != Some(&1)
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

fn weaker_targets_allow_as_much(threads: &[Vec<Statement>]) -> Result<(), TestCaseError> {
    let more = allowed_more(&checker(threads));
    prop_assert!(more.is_empty(), "{}", more.join("\n"));
    Ok(())
}

#[test]
fn what_a_target_allows_is_allowed_by_weaker_ones() {
    on_random_programs(2, weaker_targets_allow_as_much);
}

/// What LKMM, unlike the others, allows.
#[test]
fn what_lkmm_alone_allows_is_allowed_in_common() {
    use Order::{Acquire, Relaxed, Release};
    let read = |cell, order| Statement::Read { cell, order, depends: false };
    let write = |cell, order| Statement::Write { cell, value: 1, order, depends: None };
    let told = vec![read(0, Acquire), read(1, Relaxed)];
    let exchanged = [vec![Statement::Fetch { cell: 0, op: Rmw::Xchg, order: Relaxed }], told.clone()].concat();
    let programs = [
        // One tells of a plain write, which it has read and which races.
        vec![vec![Statement::PlainWrite(1, 1)], vec![read(1, Relaxed), write(0, Release)], told],
        // The flag is read from the reader's own read-modify-write.
        vec![vec![write(1, Relaxed), write(0, Release)], exchanged.clone()],
        vec![vec![write(1, Relaxed), Statement::WriteBarrier, write(0, Relaxed)], exchanged],
        // A grace period, and no critical section that it would wait for.
        vec![
            vec![Statement::Locked(0), Statement::Fetch { cell: 1, op: Rmw::Xchg, order: Relaxed }],
            vec![write(1, Relaxed), Statement::GracePeriod, read(0, Relaxed)],
        ],
    ];
    for threads in programs {
        weaker_targets_allow_as_much(&threads).expect("the other models allow less");
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

/// What is safe is safe with more order, and that is known without another look.
#[test]
fn what_orders_more_takes_over_what_is_safe() {
    let targets = Target::all();
    on_random_programs(32, |threads| {
        let weaker = checker(threads);
        let is_safe = |target: &&Target| weaker.judge(target, bad).verdict.is_safe();
        let safe: BTreeMap<_, _> = targets.iter().filter(is_safe).map(|target| (target.name, 7)).collect();
        for stronger in with_more_order(threads) {
            let checker = checker(&stronger);
            let mut inquiry = checker.inquire(bad);
            inquiry.take_over(&weaker, safe.clone());
            for target in &targets {
                let (found, alone) = (inquiry.judge(target), checker.judge(target, bad).verdict.is_safe());
                prop_assert_eq!(found.verdict.is_safe(), alone, "{}: {:?}", target.name, stronger);
                if safe.contains_key(target.name) {
                    prop_assert_eq!(found.executions, 7, "{}: {:?}", target.name, stronger);
                }
            }
        }
        Ok(())
    });
}

/// What is known of some targets and some changes is not said of others.
#[test]
fn a_question_is_answered_alike_for_every_weakened_program() {
    let targets = Target::all();
    on_random_programs(8, |threads| {
        let impatient = impatient(threads);
        let inquiry = impatient.inquire(bad);
        let kinds = impatient.site_kinds();
        let weaker = kinds.iter().flat_map(|(site, kind)| {
            let changes = kind.removal().into_iter().chain(kind.weakenings()).chain([Change::Plain]);
            changes.map(move |change| Sites::unchanged().with(site, change))
        });
        for sites in weaker.chain([Sites::unchanged()]) {
            for target in targets.iter().map(|target| target.clone().with_sites(sites.clone())) {
                let (one, all) = (impatient.judge(&target, bad).verdict, inquiry.judge(&target).verdict);
                prop_assert_eq!(one.is_safe(), all.is_safe(), "{} with {:?}", target.name, sites);
            }
        }
        Ok(())
    });
}
