//! The tests of `texts`, and what the report says of them.

mod texts;

use fencepost_litmus::{Observation, Reason, Report, Test, parse};
use fencepost_model::{Bounds, Target};
use texts::TEXTS;

fn test(text: &str) -> Test {
    parse("test.litmus", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn run(text: &str, model: &str) -> Report {
    let target = Target::named(model).expect("a target of the engine");
    test(text).run(&target, &Bounds::default()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn verdicts_states_and_races_are_herds() {
    for &(text, model, (observation, states, race)) in TEXTS {
        let report = run(text, model);
        let found = (
            format!("{} {} {}", report.observation, report.positive, report.negative),
            report.states.len(),
            report.race(),
        );
        assert_eq!(found, (observation.to_owned(), states, race), "{text}\n{report}");
        assert_eq!(report.unknown, None);
    }
}

#[test]
fn a_judgement_agrees_with_the_states() {
    for &(text, model, (observation, ..)) in TEXTS {
        let target = Target::named(model).expect("a target of the engine");
        let judgement = test(text).judge(&target, &Bounds::default()).expect("it ran above");
        let unreached = if text.contains("forall") { "Always" } else { "Never" };
        assert_eq!(judgement.verdict.is_safe(), observation.starts_with(unreached), "{text}");
    }
}

#[test]
fn each_line_of_a_witness_names_the_line_of_the_file() {
    let text = "C MP\n{}\nP0(int *x, int *y) {\n  WRITE_ONCE(*x, 1);\n  *y = 1;\n}\n\
                P1(int *x, int *y) {\n  int r0 = *y;\n  int r1 = READ_ONCE(*x);\n}\nexists (1:r0=1 /\\ 1:r1=0)";
    let lkmm = Target::named("lkmm").expect("a target of the engine");
    let test = parse("folder/MP.litmus", text).expect("it is a test");
    let judgement = test.judge(&lkmm, &Bounds::default()).expect("it runs");
    let witness = judgement.verdict.witness().expect("nothing keeps the order").to_string();
    for (call, line) in [("WRITE_ONCE(x, 1)", 4), ("READ_ONCE(x)", 9)] {
        let place = format!("MP.litmus:{line}");
        assert!(witness.lines().any(|l| l.contains(call) && l.contains(&place)), "{call} {place}\n{witness}");
    }
    assert!(
        witness.contains("MP.litmus:5") && witness.contains("MP.litmus:8") && !witness.contains(".rs"),
        "{witness}"
    );
}

#[test]
fn the_kernels_other_barriers_mean_something_on_every_architecture() {
    let (around, ..) = *TEXTS.iter().find(|(text, ..)| text.starts_with("C SB+around-atomics")).expect("it is there");
    let without = around.replace("smp_mb__before_atomic();", "").replace("smp_mb__after_atomic();", "");
    for target in Target::all().into_iter().filter(|target| !target.is_rust()) {
        let run = |text: &str| test(text).run(&target, &Bounds::default()).expect("it has a meaning everywhere");
        assert_eq!(run(around).observation, Observation::Never, "{}", target.name);
        let locked = matches!(target.model.name, "sc" | "x86-tso");
        let expected = if locked { Observation::Never } else { Observation::Sometimes };
        assert_eq!(run(&without).observation, expected, "{}", target.name);
    }
}

#[test]
fn sleepable_rcu_has_a_meaning_under_lkmm_only() {
    let (srcu, ..) = *TEXTS.iter().find(|(text, ..)| text.starts_with("C srcu")).expect("it is there");
    let arm = Target::named("arm64-kernel-lse").expect("a target of the engine");
    let error = test(srcu).run(&arm, &Bounds::default()).expect_err("there is no lowering");
    assert_eq!((error.line, error.column, error.remedy.as_str()), (3, 54, "run the test under lkmm"), "{error}");
}

#[test]
fn flags_are_those_of_executions_that_the_filter_keeps() {
    let racy = |filter: &str| {
        let text = format!(
            "C f\n{{}}\nP0(int *x) {{ *x = 1; }}\nP1(int *x, int *y) {{ int r0 = READ_ONCE(*x); if (r0) WRITE_ONCE(*y, 1); }}\n\
                            P2(int *x, int *y) {{ int r1 = READ_ONCE(*y); if (r1) {{ *x = 2; WRITE_ONCE(*x, 3); }} }}\n{filter}\nexists (true)"
        );
        run(&text, "lkmm").flags.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(racy(""), ["data-race", "mixed-accesses"]);
    assert_eq!(racy("filter (2:r1=0)"), ["data-race"]);
    let nested = "C n\n{}\nP0(int *x) { rcu_read_lock(); rcu_read_lock(); rcu_read_unlock(); }\nexists (true)";
    assert!(run(nested, "lkmm").to_string().contains("\nFlag unmatched-rcu-lock\nCondition "));
}

/// A register that ends as 1 says nothing of locks.
#[test]
fn nothing_is_flagged_where_no_lock_is() {
    let text = "C end\n{}\nP0() { int end = 0; end = 1; }\nfilter (not (0:end=0))\nexists (0:end=1)";
    assert!(run(text, "lkmm").flags.is_empty());
}

/// What herd7 7.58 raises of these, with Linux 6.4's model.
#[test]
fn an_index_that_was_changed_on_its_way_is_flagged() {
    let flags = |unlock: &str, filter: &str| {
        let text = format!(
            "C s\n{{}}\nP0(struct srcu_struct *s, int *x) {{ int r0; int r1; r0 = srcu_read_lock(s); r1 = READ_ONCE(*x); \
             srcu_read_unlock(s, {unlock}); }}\nP1(int *x) {{ WRITE_ONCE(*x, 1); }}\n{filter}\nexists (0:r1=1)"
        );
        run(&text, "lkmm").flags.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(flags("r0 + 1", ""), ["srcu-bad-value-match"]);
    assert_eq!(flags("r0 + r1", ""), ["srcu-bad-value-match"]);
    assert_eq!(flags("r0 + r1", "filter (0:r1=0)"), [""; 0]);
    assert_eq!(flags("r0 + 0", ""), [""; 0]);
}

/// The same, of tests that look at what a lock holds at the end.
#[test]
fn the_final_value_of_a_lock_is_not_to_be_looked_at() {
    let flags = |code: &str, condition: &str| {
        let text = format!(
            "C l\n{{}}\nP0(spinlock_t *s, int *x) {{ int r0; {code} }}\nP1(int *x) {{ WRITE_ONCE(*x, 1); }}\n{condition}"
        );
        run(&text, "lkmm").flags.into_iter().collect::<Vec<_>>()
    };
    let section = "spin_lock(s); spin_unlock(s);";
    let branch = "r0 = READ_ONCE(*x); if (r0) { spin_lock(s); spin_unlock(s); }";
    for (code, condition) in [
        (section, "exists (s=0)"),
        (section, "locations [s]\nexists (x=1)"),
        (section, "filter (s=0)\nexists (x=1)"),
        ("r0 = spin_is_locked(s);", "exists (s=0)"),
        (branch, "exists (s=0)"),
    ] {
        assert_eq!(flags(code, condition), ["lock-final"], "{code} {condition}");
    }
    for (code, condition) in [(section, "exists (x=1)"), (branch, "filter (0:r0=0)\nexists (s=0)")] {
        assert_eq!(flags(code, condition), [""; 0], "{code} {condition}");
    }
}

#[test]
fn a_kernel_test_runs_under_every_lowering_and_is_strongest_under_sc() {
    for target in Target::all() {
        let (text, ..) = TEXTS[0];
        let report = test(text).run(&target, &Bounds::default()).expect("marked accesses have a meaning everywhere");
        let relaxed = matches!(target.model.name, "lkmm" | "rc11" | "armv8" | "rvwmo" | "power");
        let expected = if relaxed { Observation::Sometimes } else { Observation::Never };
        assert_eq!(report.observation, expected, "{}", target.name);
    }
}

#[test]
fn the_report_is_herds() {
    let report = run(
        r"C two
{ int *p=&x; a=-1; int z[2]={3,4}; }
P0(int *x, int **p) { int *r0 = READ_ONCE(*p); WRITE_ONCE(*x, 1); int r1 = READ_ONCE(*x); }
P10(int *x) { WRITE_ONCE(*x, 2); int r9 = READ_ONCE(*x); }
locations [a; z; z[1]; 0:r0; 10:r9]
~exists (not (x=1) /\ (0:r1=2 \/ 0:r1=1 => 10:r9=1))",
        "sc",
    );
    let printed = report.to_string();
    let (body, time) = printed.split_once("Time two ").expect("a line with the time");
    assert_eq!(
        body,
        "Test two Forbidden\n\
         States 4\n\
         0:r0=x; 0:r1=1; 10:r9=1; [a]=-1; [x]=1; z={3,4}; z[1]=4;\n\
         0:r0=x; 0:r1=1; 10:r9=2; [a]=-1; [x]=1; z={3,4}; z[1]=4;\n\
         0:r0=x; 0:r1=1; 10:r9=2; [a]=-1; [x]=2; z={3,4}; z[1]=4;\n\
         0:r0=x; 0:r1=2; 10:r9=2; [a]=-1; [x]=2; z={3,4}; z[1]=4;\n\
         No\n\
         Witnesses\n\
         Positive: 3 Negative: 1\n\
         Condition ~exists (not ([x]=1) /\\ (0:r1=2 \\/ (0:r1=1 => 10:r9=1)))\n\
         Observation two Sometimes 1 3\n"
    );
    assert!(time.trim().parse::<f64>().is_ok(), "seconds: {time}");
}

#[test]
fn a_data_race_is_flagged() {
    let linux = TEXTS.iter().find(|(text, ..)| text.starts_with("C plain-race")).expect("it is there").0;
    assert!(run(linux, "lkmm").to_string().contains("\nFlag data-race\nCondition "));
    let c11 = "C race\n{}\nP0(int *x, atomic_int *y) { *x = 1; }\nP1(int *x) { int r0 = *x; }\nexists (1:r0=1)";
    assert!(run(c11, "rc11").to_string().contains("\nUndef\nWitnesses\nPositive: 1 Negative: 1\nFlag *undef*\n"));
}

#[test]
fn arrays_are_indexed_and_left_only_at_a_price() {
    let report = run(
        r"C array
{ atomic_t a[2] = {5,6}; }
P0(int *a) { int r0 = atomic_fetch_add(1, a + 1); int r1 = READ_ONCE(a[0]); int r2 = (a + 1) - a; }
exists (0:r0=6 /\ 0:r1=5 /\ 0:r2=1 /\ a={5,7})",
        "lkmm",
    );
    assert_eq!(report.observation, Observation::Always);
    let sometimes = "C out\n{ int a[2]; }\nP0(int *i) { WRITE_ONCE(*i, 2); }\n\
        P1(int *a, int *i) {\nint r0 = READ_ONCE(*i);\nint r1 = READ_ONCE(a[r0]);\n}\nexists (true)";
    let outside = run(sometimes, "lkmm");
    assert_eq!(outside.states.len(), 1);
    assert!(outside.notes[0].contains("test.litmus:6 uses something as an address"), "{:?}", outside.notes);
}

/// Of each: the place of the error, where herd7 lists no states.
#[test]
fn a_test_that_can_only_do_what_is_undefined_is_an_error() {
    let cases = [
        ("int r0 = READ_ONCE(a[2]);", "3:31"),
        ("int r0 = *(x + 1);", "3:31"),
        ("WRITE_ONCE(*x, 1 / 0);", "3:39"),
        ("int r0 = 1 << 32;", "3:33"),
        ("int r0 = -2147483647 - 1; int r1 = r0 / -1;", "3:60"),
        ("int r0 = *(char *)x;", "3:31"),
        ("int r0 = *(x + 4096);", "3:31"),
        ("smp_store_release(*x, 1);", "3:22"),
    ];
    for (statement, place) in cases {
        let text = format!("C out\n{{ int a[2]; }}\nP0(int *a, int *x) {{ {statement} }}\nexists (true)");
        let lkmm = Target::named("lkmm").expect("a target of the engine");
        let error = test(&text).run(&lkmm, &Bounds::default()).expect_err(statement);
        assert!(error.to_string().starts_with(&format!("test.litmus:{place}: ")), "{error}");
    }
}

/// In C on the kernel's 64-bit architectures; those of `int` alone herd7 7.58 has, too.
#[test]
fn values_have_the_bits_of_their_types() {
    let cases = [
        ("int x=2147483647;", "int *x", "int r0 = atomic_add_return(1, x);", "0:r0=-2147483648 /\\ x=-2147483648"),
        ("", "int *x", "int r0 = 65536*65536; int r1 = 0 - 1;", "0:r0=0 /\\ 0:r1=-1"),
        ("x=0xffffffff;", "int *x", "int r0 = READ_ONCE(*x); int r1 = r0 < 0;", "0:r0=-1 /\\ 0:r1=1"),
        ("x=0xffffffff;", "int *x", "int r0 = READ_ONCE(*x) == 0xffffffff;", "0:r0=1 /\\ x=0xffffffff"),
        ("", "int *x", "int r0 = atomic_fetch_sub(1, x); int r1 = atomic_add_negative(0, x);", "0:r1=1 /\\ x=-1"),
        ("", "int *x", "int r0 = atomic_dec_if_positive(x);", "0:r0=-1 /\\ x=0"),
        ("x=-1;", "int *x", "int r0 = xchg(x, 4294967297); int r1 = cmpxchg(x, 4294967297, 5);", "0:r0=-1 /\\ x=5"),
        ("", "u8 *x", "WRITE_ONCE(*x, 300); int r0 = READ_ONCE(*x) + 255;", "0:r0=299 /\\ x=44"),
        ("", "int *x", "u8 r0 = 300; bool r1 = 5; unsigned r2 = -1; char r3 = 200;", "0:r0=44 /\\ 0:r1=1 /\\ 0:r3=-56"),
        ("", "int *x", "unsigned r0 = 0; int r1 = r0 - 1 > 0; int r2 = -1 < 1U;", "0:r1=1 /\\ 0:r2=0"),
        ("x=-1;", "int *x", "long r0 = READ_ONCE(*x); unsigned int r1 = r0;", "0:r0=-1 /\\ 0:r1=4294967295"),
        ("", "atomic64_t *x", "atomic64_add(2147483647, x); atomic64_inc(x);", "x=2147483648"),
        ("", "int *x", "long r0 = (long)65536 * 65536; int r1 = (int)4294967297;", "0:r0=4294967296 /\\ 0:r1=1"),
        (
            "",
            "int *x",
            "int r0 = ~0; int r1 = -7 / 2; int r2 = -7 % 2; int r3 = -8 >> 1;",
            "0:r1=-3 /\\ 0:r2=-1 /\\ 0:r3=-4",
        ),
    ];
    for (init, parameter, code, condition) in cases {
        let text = format!("C bits\n{{ {init} }}\nP0({parameter}) {{ {code} }}\nforall ({condition})");
        assert_eq!(run(&text, "lkmm").observation, Observation::Always, "{text}");
    }
}

#[test]
fn a_loop_that_does_not_end_makes_the_result_unknown() {
    let text = "C count\n{}\nP0(int *x) { int r0 = 1; while (r0) { r0 = r0 + 1; WRITE_ONCE(*x, r0); } }\nexists (x=0)";
    let report = run(text, "lkmm");
    assert_eq!(report.observation, Observation::Unknown);
    assert!(report.unknown.is_some() && report.to_string().contains("\nLoop No\n"));
}

#[test]
fn what_a_model_gives_no_meaning_to_is_an_error_there() {
    let arm = Target::named("arm64-kernel-lse").expect("a target of the engine");
    let (c11, ..) = TEXTS[TEXTS.len() - 1];
    let error = test(c11).run(&arm, &Bounds::default()).expect_err("C11 has no lowering here");
    assert!(error.to_string().contains("run it under rc11"), "{error}");
}

/// herd7 7.58 says so of these under LKMM, and of what a compiler makes of them for the machines.
#[test]
fn a_machine_has_branched_where_the_arms_end() {
    use Observation::{Never, Sometimes};
    for (branch, seen, on_a_machine) in [
        ("int r0 = READ_ONCE(*x); if (r0 == 0) { WRITE_ONCE(*z, 1); }", 1, Never),
        ("int r0 = READ_ONCE(*x); while (r0 == 0) { r0 = READ_ONCE(*x); }", 1, Never),
        ("int r0 = atomic_add_unless(x, 1, 1);", 0, Never),
        ("int r0 = READ_ONCE(*x); int r2 = r0 && READ_ONCE(*z);", 1, Never),
        // No branch: registers are compared and the results joined.
        ("int r0 = READ_ONCE(*x); int r1 = 0; int r2 = r0 && r1;", 1, Sometimes),
        ("int r0 = READ_ONCE(*x); int r1 = 0; int r2 = !r0 || r1;", 1, Sometimes),
    ] {
        let text = format!(
            "C lb\n{{}}\nP0(int *x, int *y, int *z) {{ {branch} WRITE_ONCE(*y, 1); }}\n\
             P1(int *x, int *y) {{ int r1 = READ_ONCE(*y); smp_mb(); WRITE_ONCE(*x, 1); }}\n\
             exists (0:r0={seen} /\\ 1:r1=1)"
        );
        assert_eq!(run(&text, "lkmm").observation, Sometimes, "{text}");
        for machine in ["arm64-kernel-lse", "arm64-kernel-llsc", "riscv64-kernel-lrsc", "powerpc64-kernel"] {
            assert_eq!(run(&text, machine).observation, on_a_machine, "{text} under {machine}");
        }
    }
}

/// herd7 7.58 raises these flags, and no others, of these.
#[test]
fn misused_locks_and_sleepable_rcu_are_flagged() {
    let cases = [
        ("spin_unlock(s);", "", &["unmatched-unlock"][..]),
        ("spin_lock(s); spin_unlock(s); spin_unlock(s);", "", &["unmatched-unlock"]),
        ("spin_lock(s); spin_unlock(s);", "int r0 = spin_is_locked(s); int r1 = spin_trylock(s);", &[]),
        ("spin_lock(s); spin_unlock(s);", "WRITE_ONCE(*s, 0);", &["mixed-lock-accesses"]),
        ("int r0 = spin_is_locked(s);", "int r1 = READ_ONCE(*s);", &["mixed-lock-accesses"]),
        ("int r0 = srcu_read_lock(d); WRITE_ONCE(*x, r0); srcu_read_unlock(d, r0);", "", &[]),
        (
            "int r0 = srcu_read_lock(d); WRITE_ONCE(*x, r0); srcu_read_unlock(d, r0);",
            "int r1 = READ_ONCE(*x);",
            &["suspicious-srcu-cookie-use"],
        ),
        (
            "int r0 = srcu_read_lock(d); int r1 = READ_ONCE(*(x + (r0 ^ r0))); srcu_read_unlock(d, r0);",
            "",
            &["illegal-srcu-cookie-addr"],
        ),
        (
            "int r0 = srcu_read_lock(d); if (r0 == 0) { WRITE_ONCE(*x, 1); } srcu_read_unlock(d, r0);",
            "",
            &["illegal-srcu-cookie-ctrl"],
        ),
        ("int r0 = srcu_read_lock(d); srcu_read_unlock(d, r0 + 1);", "", &["srcu-bad-value-match"]),
    ];
    for (first, second, flags) in cases {
        let parameters = "spinlock_t *s, struct srcu_struct *d, int *x";
        let text =
            format!("C misuse\n{{}}\nP0({parameters}) {{ {first} }}\nP1({parameters}) {{ {second} }}\nexists (x=1)");
        let raised: Vec<&str> = run(&text, "lkmm").flags.into_iter().collect();
        assert_eq!(raised, flags, "{text}");
    }
}

#[test]
fn a_lock_that_nobody_holds_and_that_is_not_free_is_an_error() {
    let text = "C held\n{ s=1; }\nP0(spinlock_t *s) { int r0 = spin_trylock(s); }\nexists (0:r0=1)";
    let lkmm = Target::named("lkmm").expect("a target of the engine");
    let error = test(text).run(&lkmm, &Bounds::default()).expect_err("herd7 takes it all the same");
    assert!(error.to_string().starts_with("test.litmus:3:30: a test that uses a spinlock that is locked"), "{error}");
}

/// herd7's order: registers, variables and whole arrays by name, then elements.
#[test]
fn elements_are_printed_last() {
    let text = "C order\n{ int m[2]={1,2}; int z=3; }\nP0(int *m, int *z) { WRITE_ONCE(*m, 7); }\n\
        locations [z; m; m[1]]\nexists (true)";
    assert_eq!(run(text, "lkmm").states, ["m={7,2}; [z]=3; m[1]=2;"]);
}

#[test]
fn addresses_are_computed_in_bytes_and_elements_as_in_c() {
    let cases = [
        ("int *p = x + 1; p = p - 1; int r0 = *p;", "0:r0=5 /\\ 0:p=x"),
        ("int r0 = *(a + 3 - 1); int r1 = (a + 3) - a; int r2 = (x + 1) - 1 == x;", "0:r0=3 /\\ 0:r1=3 /\\ 0:r2=1"),
        ("int r0 = *(int *)((char *)a + 4); int r1 = *(int *)((long)a + 8);", "0:r0=2 /\\ 0:r1=3"),
        ("long r0 = (long)(a + 1) - (long)a; int r1 = *(unsigned *)x > 4;", "0:r0=4 /\\ 0:r1=1"),
        ("int r0 = x; int r1 = *r0;", "0:r0=x /\\ 0:r1=5"),
        ("bool r0 = true; int r1 = (x == y);", "0:r0=true /\\ 0:r1=false"),
    ];
    for (code, condition) in cases {
        let text = format!(
            "C addresses\n{{ int x=5; int y=6; int a[3]={{1,2,3}}; }}\n\
             P0(int *x, int *y, int *a) {{ {code} }}\nforall ({condition})"
        );
        assert_eq!(run(&text, "lkmm").observation, Observation::Always, "{text}");
    }
}

/// A thread reads a value that no execution has, and only then does something undefined: nothing is left out. herd7 7.58
/// lists as many states.
#[test]
fn what_no_execution_does_is_not_undefined() {
    let text = "C guess\n{ p=x; }\nP0(int *x, int **p) { int *r0 = READ_ONCE(*p); int r1 = READ_ONCE(*r0);\n\
        if (r1 == 2) { int r2 = 1 / (r1 - 2); } }\nP1(int *x) { WRITE_ONCE(*x, 1); }\nexists (0:r1=1)";
    let report = run(text, "lkmm");
    assert_eq!((report.states.len(), report.notes.len()), (2, 0), "{report}");
    let deadlock = "C stuck\n{}\nP0(spinlock_t *s, int *x) { spin_lock(s); spin_lock(s); int r0 = 1 / READ_ONCE(*x); }\nexists (x=1)";
    let report = run(deadlock, "lkmm");
    assert_eq!((report.states.len(), report.notes.len()), (0, 0), "{report}");
}

#[test]
fn two_locations_are_compared_as_in_c() {
    let text = "C same\n{}\nP0(int *x) { int r0 = -1; unsigned r1 = -1; int r2 = (r0 == r1); }\n\
        forall (0:r0=0:r1 /\\ 0:r2=1 /\\ not (x=4294967296))";
    assert_eq!(run(text, "lkmm").observation, Observation::Always);
}

/// What is not read here is an error if any execution comes to it.
#[test]
fn what_is_not_supported_is_an_error_wherever_an_execution_comes_to_it() {
    for (parameters, statement) in [
        ("int *x", "r1 = *(char *)x;"),
        ("u8 *x", "atomic_inc(x);"),
        ("int **x", "r1 = atomic_fetch_add(1, x);"),
        ("int *x, int *y", "r1 = *(x + y);"),
    ] {
        let text = format!(
            "C some\n{{}}\nP0({parameters}, int *z) {{ int r1; int r0 = READ_ONCE(*z);\nif (r0) {{\n{statement} }} }}\n\
             P1(int *z) {{ WRITE_ONCE(*z, 1); }}\nexists (0:r1=1)"
        );
        let lkmm = Target::named("lkmm").expect("a target of the engine");
        let error = test(&text).run(&lkmm, &Bounds::default()).expect_err(statement);
        assert!(matches!(error.reason, Reason::Unsupported(_)) && error.line == 5, "{error}");
    }
}

/// A thread that did something undefined goes on: another one may read what it then writes, and that is how it came to it.
#[test]
fn an_execution_that_rests_on_what_follows_an_undefined_operation_is_left_out_and_told() {
    let text = "C lb\n{}\nP0(int *x, int *y) { int r0 = READ_ONCE(*x);\nint r1 = 10 / (r0 - 1);\nWRITE_ONCE(*y, 1); }\n\
        P1(int *x, int *y) { WRITE_ONCE(*x, READ_ONCE(*y)); }\nexists (0:r0=1)";
    let report = run(text, "lkmm");
    assert_eq!((report.states.len(), report.notes.len()), (1, 1), "{report}");
    assert!(report.notes[0].contains("test.litmus:4 divides by 0"), "{:?}", report.notes);
}

/// What a read-modify-write leaves need not hang on what it found: herd7 7.58 says so of these, too.
#[test]
fn an_exchange_in_a_circle_with_a_plain_read_has_its_value_from_itself() {
    let text = "C circle\n{}\nP0(int *x, int *y) { int r1 = READ_ONCE(*y); WRITE_ONCE(*x, r1 + 1); }\n\
        P1(int *x) { int r0 = xchg_relaxed(x, 1); }\nP2(int *x, int *y) { int r0 = *x; WRITE_ONCE(*y, r0); }\n\
        locations [0:r1; 2:r0; x; y]\nexists (1:r0=2)";
    let report = run(text, "lkmm");
    assert_eq!((report.observation, report.states.len()), (Observation::Sometimes, 6), "{report}");
}

/// Nor need what comes of a comparison: whether it was carried out, and what a success is sure to have found.
#[test]
fn a_result_that_can_only_be_one_does_not_hang_on_what_was_compared() {
    for (init, first, condition) in [
        ("", "int r0 = atomic_add_unless(x, 1, 5); WRITE_ONCE(*y, r0);", "1:r1=1 /\\ x=2"),
        ("x=1;", "int r0 = cmpxchg_relaxed(x, 1, 2); WRITE_ONCE(*y, r0);", "1:r1=1 /\\ x=2"),
        ("", "int r0 = READ_ONCE(*x); WRITE_ONCE(*y, r0 == r0);", "0:r0=1 /\\ 1:r1=1"),
    ] {
        let text = format!(
            "C sure\n{{ {init} }}\nP0(int *x, int *y) {{ {first} }}\n\
             P1(int *x, int *y) {{ int r1 = *y; WRITE_ONCE(*x, r1); }}\nexists ({condition})"
        );
        assert_eq!(run(&text, "lkmm").observation, Observation::Sometimes, "{text}");
    }
}
