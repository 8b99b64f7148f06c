//! Synthesis, held against trying every placement.

use fencepost_memory::{Memory, Order, Rmw, Word};

use super::{Placement, Question, Slot, Synthesis, cheapest, chosen, placed, placement};
use crate::{Barrier, Bounds, Change, Checker, Program, Site, SiteKind, State, Target};

/// A message with a barrier on either side.
fn message() -> Program {
    let mut p = Program::new();
    let (data, ready) = (p.cell::<u64>("data", 0), p.cell::<u64>("ready", 0));
    p.thread("sender", move |m| {
        m.write_once(&data, 1.into());
        m.smp_wmb();
        m.write_once(&ready, 1.into());
        vec![]
    });
    p.thread("receiver", move |m| {
        let seen = m.read_once(&ready);
        m.smp_rmb();
        vec![seen.observe(), m.read_once(&data).observe()]
    });
    p
}

/// The owner that marks, uses, clears and unmarks, and the scanner that tests the mark on both sides of the use and
/// asks again under a lock: the thread's first repair.
fn marked() -> Program {
    let mut p = Program::new();
    let (mark, used, lock) = (p.cell::<u64>("mark", 0), p.cell::<u64>("used", 0), p.cell::<u64>("lock", 0));
    p.thread("owner", move |m| {
        m.write_once(&mark, 1.into());
        m.smp_wmb();
        m.write_once(&used, 1.into());
        m.write_once(&used, 0.into());
        m.smp_wmb();
        m.write_once(&mark, 2.into());
        vec![]
    });
    p.thread("scanner", move |m| {
        let first = m.read_once(&mark);
        m.smp_rmb();
        let looks = m.read_once(&used);
        m.smp_rmb();
        let second = m.read_once(&mark);
        let locked = m.fetch(&lock, Rmw::Or, 1.into(), Order::Acquire);
        let again = m.read_once(&used);
        [first, looks, second, locked, again].map(Word::observe).to_vec()
    });
    p
}

fn all_slots(checker: &Checker) -> Vec<Slot> {
    let slot = |(site, kind): (Site, SiteKind)| match kind {
        SiteKind::Barrier(_) => Some(Slot::barrier([site])),
        kind => Slot::order([site], kind),
    };
    checker.site_kinds().into_iter().filter_map(slot).collect()
}

fn barriers(checker: &Checker) -> Vec<Slot> {
    let kinds = checker.site_kinds().into_iter();
    kinds.filter(|(_, kind)| matches!(kind, SiteKind::Barrier(_))).map(|(site, _)| Slot::barrier([site])).collect()
}

/// Every right placement of which no choice can be weakened, by trying all.
fn brute_force(
    checker: &Checker,
    target: &Target,
    slots: &[Slot],
    bad: &(dyn Fn(&State<'_>) -> bool + Sync),
) -> Vec<Placement> {
    let mut all = vec![Vec::new()];
    for slot in slots {
        all = all
            .iter()
            .flat_map(|choices: &Vec<usize>| (0..slot.choices.len()).map(|next| [choices.as_slice(), &[next]].concat()))
            .collect();
    }
    all.retain(|choices| checker.judge(&placed(target, slots, &chosen(slots, choices)), bad).verdict.is_safe());
    let below =
        |a: &[usize], b: &[usize]| a != b && slots.iter().zip(a).zip(b).all(|((slot, &a), &b)| slot.is_at_most(a, b));
    let minimal = all.iter().filter(|choices| !all.iter().any(|other| below(other, choices)));
    minimal.map(|choices| placement(slots, choices)).collect()
}

fn agree(program: &Program, slots: impl Fn(&Checker) -> Vec<Slot>, bad: &(dyn Fn(&State<'_>) -> bool + Sync)) {
    let checker = Checker::new(program, &Bounds::default());
    let slots = slots(&checker);
    for target in Target::all() {
        let tried = brute_force(&checker, &target, &slots, bad);
        match checker.synthesize(&target, &slots, bad) {
            Synthesis::Found(found) => {
                assert_eq!(found.len(), tried.len(), "{}: {found:?} against {tried:?}", target.name);
                assert!(tried.iter().all(|placement| found.contains(placement)), "{}", target.name);
                assert!(found.is_sorted_by_key(|placement| placement.cost), "{found:?}");
                let least = Synthesis::Found(found);
                let size = |p: &Placement| p.choices.iter().filter(|choice| choice.cost > 0).count();
                let fewest = least.cheapest().iter().map(size).min();
                let expected: Vec<_> = least.cheapest().iter().filter(|p| Some(size(p)) == fewest).cloned().collect();
                let question = Question { checker: &checker, target: target.clone(), bad };
                let Synthesis::Found(mut directly) = cheapest(&[question], &slots) else { panic!("{}", target.name) };
                assert_eq!(directly.len(), expected.len(), "{}: {directly:?} against {expected:?}", target.name);
                directly.retain(|placement| !expected.contains(placement));
                assert!(directly.is_empty(), "{}: {directly:?}", target.name);
            }
            Synthesis::Impossible(_, witness) => assert!(tried.is_empty(), "{}: {tried:?}, {witness}", target.name),
            Synthesis::Unknown(why) => panic!("{}: {why}", target.name),
        }
    }
}

#[test]
fn every_weakest_placement_is_found_for_a_message() {
    agree(&message(), all_slots, &|state| state.results()[1] == [1, 0]);
}

#[test]
fn every_weakest_placement_is_found_for_marks_around_a_use() {
    // Unmarked, in use, unmarked again, and still in use when asked under the lock.
    agree(&marked(), barriers, &|state| matches!(state.results()[1][..], [0 | 2, 1, 0 | 2, _, 1]));
}

#[test]
fn the_cheapest_message_on_each_side() {
    let checker = Checker::new(&message(), &Bounds::default());
    let slots = all_slots(&checker);
    let lkmm = Target::named("lkmm").expect("a target of that name");
    let found = checker.synthesize(&lkmm, &slots, |state| state.results()[1] == [1, 0]);
    let [cheapest] = found.cheapest() else { panic!("{found:?}") };
    let chosen: Vec<_> = cheapest.choices.iter().filter(|choice| choice.cost > 0).map(|choice| choice.change).collect();
    let fence = |barrier| Some(Change::Fence(Some(barrier)));
    assert_eq!((cheapest.cost, chosen), (2, vec![fence(Barrier::Write), fence(Barrier::Read)]));
}

/// The thread's second question: the first repair lacks one barrier, and no other placement of its own makes up for it.
#[test]
fn one_more_read_barrier_repairs_the_marks() {
    let checker = Checker::new(&marked(), &Bounds::default());
    let last = checker.sites().into_iter().next_back();
    let lkmm = Target::named("lkmm").expect("a target of that name");
    let misidentified = |state: &State<'_>| matches!(state.results()[1][..], [0 | 2, 1, 0 | 2, _, 1]);
    let mut slots = barriers(&checker);
    assert!(matches!(checker.synthesize(&lkmm, &slots, misidentified), Synthesis::Impossible(..)));
    slots.push(Slot::before(last));
    let found = checker.synthesize(&lkmm, &slots, misidentified);
    assert!(!found.cheapest().is_empty(), "{found:?}");
    for placement in found.cheapest() {
        assert_eq!(placement.choices.last().map(|choice| choice.change), Some(Some(Change::Before(Barrier::Read))));
    }
}

#[test]
fn what_no_barrier_repairs_is_impossible() {
    let checker = Checker::new(&message(), &Bounds::default());
    let lkmm = Target::named("lkmm").expect("a target of that name");
    let found = checker.synthesize(&lkmm, &barriers(&checker), |state| state.results()[1] == [1, 1]);
    assert!(matches!(found, Synthesis::Impossible(..)), "{found:?}");
}

#[test]
fn each_barrier_of_a_message_is_needed_where_the_machine_is_weak() {
    let checker = Checker::new(&message(), &Bounds::default());
    for (target, needed) in [("lkmm", true), ("arm64-kernel-lse", true), ("x86-64-kernel", false), ("sc", false)] {
        let target = Target::named(target).expect("a target of that name");
        let mutants = checker.mutants(&target, |state| state.results()[1] == [1, 0]);
        let changes: Vec<_> = mutants.iter().map(|mutant| mutant.change).collect();
        assert_eq!(changes, [Change::Fence(None), Change::Fence(None)]);
        for mutant in mutants {
            assert_eq!(!mutant.judgement.verdict.is_safe(), needed, "{} on {}", mutant.site, target.name);
        }
    }
}
