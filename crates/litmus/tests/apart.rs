//! A program whose writes are told apart does nothing that the program does not.

use fencepost_litmus::{Export, Observation, parse};
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
fn said(listing: &Listing, bad: &dyn Fn(&State<'_>) -> bool, is_apart: bool) -> (Observation, String) {
    let export = Export { name: "turns", comment: "", listing, bad, meaning: &|results| format!("{results:?}") };
    let apart = export.told_apart().expect("each thread has one run");
    let export = Export { listing: if is_apart { &apart } else { listing }, ..export };
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
            let ((whole, _), (apart, text)) = (said(&listing, bad, false), said(&listing, bad, true));
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
fn what_is_looked_at_stays_as_it_is() {
    let first = |end: &State<'_>| end.results() == [[1, 0], [0, 0]];
    let listing = one(&turns(Order::Acquire, true), first);
    let (_, text) = said(&listing, &first, true);
    assert!(text.contains("(1, flags)") && text.contains("(4, flags)"), "{text}");
    // The final value of a cell that is asked for counts as well.
    let mut p = Program::new();
    let flags = p.cell::<u32>("flags", 0);
    p.thread("P0", move |cpu| {
        cpu.atomic(&flags, Rmw::Or, 1.into());
        vec![]
    });
    let listing = Checker::new(&p, &Bounds::default()).listing().expect("no bound is hit");
    let (verdict, text) = said(&listing, &move |end| end.memory(&flags) == 1, true);
    assert_eq!(verdict, Observation::Always, "{text}");
}
