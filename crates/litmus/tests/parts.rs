//! The parts of a test hold, together, every end that its condition holds of.

use fencepost_litmus::{Observation, Part, Sizes, parse};
use fencepost_model::{Bounds, Target};

const TESTS: [&str; 4] = [
    // Two counters race, and a third thread looks twice.
    "C counters\n{}\n\
     P0(int *x) {\nint r0 = atomic_fetch_add(1, x);\natomic_or(4, x);\n}\n\
     P1(int *x) {\nint r0 = atomic_fetch_add(1, x);\nint r1 = READ_ONCE(*x);\n}\n\
     P2(int *x) {\nint r0 = READ_ONCE(*x);\nint r1 = READ_ONCE(*x);\n}\n\
     exists (not (2:r0=0))",
    // What is written depends on what is read, and what is read on the way.
    "C ways\n{ x=1; }\n\
     P0(int *x, int *y) {\nint r0 = READ_ONCE(*x);\nif (r0 & 2) {\nWRITE_ONCE(*y, r0 + 1);\n} else {\nint r1 = READ_ONCE(*y);\n}\n}\n\
     P1(int *x, int *y) {\nint r0 = cmpxchg(x, 1, 2);\nint r1 = READ_ONCE(*y);\nWRITE_ONCE(*x, r1 | 3);\n}\n\
     exists (not (1:r1=7))",
    // A lock, a conditional increment and an unmarked read.
    "C lock\n{}\n\
     P0(int *x, spinlock_t *l) {\nspin_lock(l);\nWRITE_ONCE(*x, 1);\nspin_unlock(l);\nint r9 = *x;\n}\n\
     P1(int *x, spinlock_t *l) {\nspin_lock(l);\nint r0 = atomic_add_unless(x, 1, 0);\nspin_unlock(l);\nint r1 = READ_ONCE(*x);\n}\n\
     exists (0:r9=1 \\/ 0:r9=2)",
    // Registers that are assigned to twice, and two operations in a line.
    "C twice\n{}\n\
     P0(int *x, int *y) {\nint r0 = READ_ONCE(*x);\nr0 = READ_ONCE(*y);\nint r1 = READ_ONCE(*x); int r2 = READ_ONCE(*y);\n}\n\
     P1(int *x, int *y) {\nWRITE_ONCE(*x, 1);\nWRITE_ONCE(*y, 2);\nWRITE_ONCE(*x, 3);\n}\n\
     exists (not (0:r1=0))",
];

fn lkmm() -> Target {
    Target::named("lkmm").expect("a target of the engine")
}

fn parts(text: &str, most: usize) -> Vec<Part> {
    let sizes = Sizes { aim: 1.0, limit: f64::INFINITY, most };
    let test = parse("t.litmus", text).expect("it is a test");
    test.parts(&lkmm(), &Bounds::default(), &sizes).expect("no bound is hit").expect("there is no limit")
}

/// What LKMM says of the test with a filter.
fn filtered(text: &str, filter: &str) -> (u64, Observation) {
    let text = text.replace("exists", &format!("filter ({filter}) exists"));
    let test = parse("t.litmus", &text).expect("it is a test");
    let report = test.run(&lkmm(), &Bounds::default()).expect("it runs");
    (report.positive, report.observation)
}

#[test]
fn every_good_execution_is_in_one_part() {
    for text in TESTS {
        let whole = filtered(text, "true").0;
        assert!(whole > 0, "{text}");
        for most in [1, 2, 3, 5, 8, 100] {
            let parts = parts(text, most);
            assert!((1..=most).contains(&parts.len()), "{parts:?}");
            let of_parts: u64 = parts.iter().map(|part| filtered(text, &said(part)).0).sum();
            assert_eq!(of_parts, whole, "{text}\n{parts:?}");
            let others: Vec<String> = parts.iter().map(|part| format!("not ({})", said(part))).collect();
            assert_eq!(filtered(text, &others.join(" /\\ ")).0, 0, "{text}\n{parts:?}");
        }
    }
}

fn said(part: &Part) -> String {
    let text = part.to_string();
    if text.is_empty() { "true".into() } else { text }
}

#[test]
fn what_cannot_meet_the_condition_has_no_part() {
    let never = TESTS[0].replace("not (2:r0=0)", "2:r0=9");
    assert_eq!(parts(&never, 10), []);
}

#[test]
fn parts_may_be_too_large() {
    let test = parse("t.litmus", TESTS[0]).expect("it is a test");
    let sizes = Sizes { aim: 1.0, limit: 1.0, most: 2 };
    assert_eq!(test.parts(&lkmm(), &Bounds::default(), &sizes), Ok(None));
}

#[test]
fn a_register_is_said_to_hold_something_only_where_it_is_known_to() {
    for part in parts(TESTS[3], 100) {
        assert!(!part.says(0, "r0") && !part.says(0, "r2"), "{part}");
        assert!(!part.says(1, "r1"), "{part}");
    }
    assert!(parts(TESTS[0], 100).iter().all(|part| part.says(2, "r0") && part.says(0, "r0")));
}
