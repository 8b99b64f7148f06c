//! A program whose writes are told apart does nothing that the program does not.

use fencepost_litmus::{Apart, Export, Observation, parse};
use fencepost_memory::{Memory, Order, Rmw, Word};
use fencepost_model::{Action, Bounds, Checker, Listing, Program, State, Target};

/// Two threads take turns with a lock bit, set another bit on the way, and tell whether they got it and what they read.
fn turns(order: Order, looks_at_all: bool) -> Checker {
    let mut p = Program::new();
    let (flags, data) = (p.cell::<u32>("flags", 0), p.cell::<u32>("data", 0));
    for name in ["P0", "P1"] {
        p.thread(name, move |cpu| {
            let old = cpu.fetch(&flags, Rmw::Or, 1.into(), order);
            let is_held = if looks_at_all { old.observe() != 0 } else { (old & 1.into()).observe() != 0 };
            if is_held {
                return vec![0, 0];
            }
            let read = cpu.read_once(&data).observe();
            cpu.write_once(&data, 1.into());
            cpu.atomic(&flags, Rmw::Or, 4.into());
            cpu.fetch(&flags, Rmw::And, (!1u64).into(), Order::Release);
            vec![1, read]
        });
    }
    Checker::new(&p, &Bounds::default())
}

/// What LKMM says of a listing as a test, and its text.
fn said(listing: &Listing, bad: &dyn Fn(&State<'_>) -> bool, by: Option<Apart>) -> (Observation, String) {
    let export = Export { name: "turns", comment: "", listing, bad, meaning: &|results| format!("{results:?}") };
    let apart = by.map(|by| export.told_apart(by).expect("each thread has one run"));
    let export = Export { listing: apart.as_ref().unwrap_or(listing), ..export };
    let text = export.whole().expect("the dialect has words for it").text();
    let lkmm = Target::named("lkmm").expect("a target of the engine");
    let test = parse("turns", &text).expect("what is written is a test");
    (test.observe(&lkmm, &Bounds::default()).expect("LKMM has a meaning for it"), text)
}

/// The listing of one execution that ends like this.
fn one(checker: &Checker, bad: impl Fn(&State<'_>) -> bool + Sync) -> Listing {
    let lkmm = Target::named("lkmm").expect("a target of the engine");
    let judged = checker.judge(&lkmm, bad).verdict;
    judged.witness().expect("it can end like this").listing().expect("its runs settle what they return")
}

#[test]
fn nothing_more_is_allowed_and_each_or_has_a_bit_of_its_own() {
    let both = |end: &State<'_>| end.results() == [[1, 0], [1, 0]];
    let after = |end: &State<'_>| end.results() == [[1, 0], [1, 1]];
    let relaxed = turns(Order::Relaxed, false);
    for (mut listing, bad, with_acquire) in [
        (one(&relaxed, both), &both as &dyn Fn(&State<'_>) -> bool, Observation::Never),
        (one(&relaxed, after), &after, Observation::Always),
    ] {
        for expected in [Observation::Always, with_acquire] {
            let ((whole, _), (apart, text)) = (said(&listing, bad, None), said(&listing, bad, Some(Apart::Ors)));
            assert_eq!((whole, apart), (expected, expected), "{text}");
            let set = |bits: u64| text.contains(&format!("({bits}, flags)"));
            assert!(set(0x101) && set(0x204) && set(0x401) && set(0x804), "{text}");
            assert!(!text.contains("atomic_or("), "{text}");
            for operation in listing.runs.iter_mut().flatten().flat_map(|run| &mut run.operations) {
                if let Action::Fetch(Rmw::Or, order) = &mut operation.action {
                    *order = Order::Acquire;
                }
            }
        }
    }
}

#[test]
fn who_looks_at_all_of_a_word_has_the_bits_masked_out() {
    let first = |end: &State<'_>| end.results() == [[1, 0], [0, 0]];
    let listing = one(&turns(Order::Acquire, true), first);
    let ((whole, _), (apart, text)) = (said(&listing, &first, None), said(&listing, &first, Some(Apart::Ors)));
    assert_eq!((whole, apart), (Observation::Always, Observation::Always), "{text}");
    assert!(text.contains("(257, flags)") && text.contains("& 5"), "{text}");
}

#[test]
fn a_store_sets_a_bit_of_its_own_and_carries_no_other_on() {
    let mut p = Program::new();
    let flags = p.cell::<u32>("flags", 0);
    for name in ["P0", "P1"] {
        p.thread(name, move |cpu| {
            let old = cpu.fetch(&flags, Rmw::Or, 1.into(), Order::Relaxed);
            let now = cpu.read_once(&flags);
            cpu.write_once(&flags, now | 2.into());
            vec![old.observe()]
        });
    }
    let checker = Checker::new(&p, &Bounds::default());
    let kept = |end: &State<'_>| end.results() == [[0], [3]];
    let listing = one(&checker, kept);
    let ((whole, _), (apart, text)) = (said(&listing, &kept, None), said(&listing, &kept, Some(Apart::Stores)));
    assert_eq!((whole, apart), (Observation::Always, Observation::Always), "{text}");
    assert!(text.contains("(257, flags)") && text.contains("((r1 & 3) | 2) | 512"), "{text}");
    assert!(text.contains("(1025, flags)") && text.contains("((r1 & 3) | 2) | 2048"), "{text}");
}

#[test]
fn a_final_value_that_counts_stays_as_it_is() {
    let mut p = Program::new();
    let flags = p.cell::<u32>("flags", 0);
    p.thread("P0", move |cpu| {
        cpu.atomic(&flags, Rmw::Or, 1.into());
        vec![]
    });
    p.thread("P1", move |cpu| {
        cpu.write_once(&flags, 2.into());
        vec![]
    });
    let listing = Checker::new(&p, &Bounds::default()).listing().expect("no bound is hit");
    let (verdict, text) = said(&listing, &move |end| end.memory(&flags) == 2, Some(Apart::Stores));
    assert_eq!(verdict, Observation::Sometimes, "{text}");
    assert!(text.contains("(1, flags)") && text.contains("(*flags, 2)"), "{text}");
}

#[test]
fn by_results_alone_no_value_is_another() {
    let after = |end: &State<'_>| end.results() == [[1, 0], [1, 1]];
    let listing = one(&turns(Order::Acquire, false), after);
    let (verdict, text) = said(&listing, &after, Some(Apart::Results));
    assert_eq!(verdict, Observation::Always, "{text}");
    assert!(text.contains("atomic_fetch_or_relaxed(4, flags)") && !text.contains("atomic_or("), "{text}");
}
