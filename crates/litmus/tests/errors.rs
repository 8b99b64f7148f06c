//! Broken and unsupported tests: each message names the place and the remedy.

use fencepost_litmus::{Reason, parse};

/// A test around one thread's body, whose first character is at line 3, column 25.
fn body(statements: &str) -> String {
    format!("C t\n{{}}\nP0(int *x, int *y) {{    {statements} }}\nexists (x=1)\n")
}

/// A test around an initial state, whose first character is at line 2, column 3.
fn state(initial: &str) -> String {
    format!("C t\n{{ {initial} }}\nP0(int *x) {{ WRITE_ONCE(*x, 1); }}\nexists (x=1)\n")
}

/// A test around what follows the threads, which begins at line 4, column 1.
fn end(last: &str) -> String {
    format!("C t\n{{}}\nP0(int *x) {{ int r0 = READ_ONCE(*x); }}\n{last}\n")
}

/// Text, line, column, and parts of the message: what was found, and the remedy.
fn broken() -> Vec<(String, usize, usize, &'static str, &'static str)> {
    let text = str::to_owned;
    vec![
        (text(""), 1, 1, "the end of the file", "begin the file with a line `C NAME`"),
        (end("exists (x=0 /\\ z=0)"), 4, 16, "names a variable `z`", "how it is spelt"),
        (text("D t\n{}"), 1, 1, "`D`", "begin the file with a line `C NAME`"),
        (text("C\n{}\nP0() {}\n"), 1, 2, "no name", "write one after the letter C"),
        (text("C t\nP0(int *x) { }\n"), 2, 1, "P0 begins before the initial state", "`{}`"),
        (text("C t\n"), 2, 1, "no initial state", "`{}`"),
        (text("C t\n\"no end\n{}"), 2, 1, "the string never ends", "close it"),
        (text("C t\n(* no end\n{}"), 2, 1, "never ends", "close it with `*)`"),
        (text("C t\n{}\n"), 3, 1, "the end of the file instead of a thread", "P0(int *x"),
        (text("C t\n{}\nmain() {}\n"), 3, 1, "`main` instead of a thread", "P0(int *x"),
        (text("C t\n{}\nP0() {}\nP0() {}\n"), 4, 1, "P0 is there already", "its own number"),
        (text("C t\n{}\nP0(int x) {}\n"), 3, 8, "the parameter `x` is no pointer", "write `int *x`"),
        (text("C t\n{}\nP0(foo *x) {}\n"), 3, 4, "`foo` is not a type", "write `int`"),
        (text("C t\n{}\nP0(int *x int *y) {}\n"), 3, 11, "`int` instead of `)`", "separate parameters by `,`"),
        (text("C t\n{}\nP0(int *x)\nexists (x=0)\n"), 4, 1, "`exists` instead of `{`", "in braces"),
        (text("C t\n{}\nP0(int *x) {\n  WRITE_ONCE(*x, 1);\n"), 5, 1, "ends inside P0", "close each `{`"),
        (state("x=1; x=2;"), 2, 8, "a second time", "remove one"),
        (state("x y=1;"), 2, 3, "`x` is not a type", "write `x=1`"),
        (state("x=;"), 2, 5, "`;` instead of a number", "write a number"),
        (state("x=1 y=2"), 2, 7, "`y` instead of `;`", "separate initial values"),
        (state("int a[0];"), 2, 9, "no elements", "at least one"),
        (state("int a[2]={1};"), 2, 9, "1 values for an array of 2", "one value for each"),
        (state("int a[99999]={1};"), 2, 9, "99999 elements", "at most 1024"),
        (state("7:r0=1;"), 2, 5, "thread 7", "one of the threads"),
        (state("p=&;"), 2, 6, "`;` after `&`", "address"),
        (state("p=&a[3];"), 2, 8, "`a` has 1 elements", "one of them"),
        (state("x=99999999999999999999;"), 2, 5, "not a number of 64 bits", "decimal"),
        (state("=1;"), 2, 3, "`=` in the initial state", "write `x=1`"),
        (body("int r0 = READ_ONCE(x);"), 3, 44, "no variable", "READ_ONCE(*x"),
        (body("int r0 = READ_ONCE(*x, 1);"), 3, 46, "takes 1 arguments, and here are more", "READ_ONCE(*x)"),
        (body("WRITE_ONCE(*x);"), 3, 38, "takes 2 arguments, and here are 1", "WRITE_ONCE(*x, value)"),
        (body("int r0 = smp_mb();"), 3, 34, "`smp_mb()` has no value", "a statement of its own"),
        (body("int r0 = r7;"), 3, 34, "`r7` is neither a parameter nor a register", "declare it (`int r7;`)"),
        (body("WRITE_ONCE(*z, 1);"), 3, 37, "`z` is neither", "make it a parameter (`int *z`)"),
        (body("int r0 = 1"), 3, 36, "`}` instead of `;`", "end the declaration with `;`"),
        (body("r0 = 1 +;"), 3, 33, "`;` instead of an expression", "write a register"),
        (body("if r0 { }"), 3, 28, "`r0` instead of `(`", "in parentheses"),
        (body("else { }"), 3, 25, "belongs to no `if`", "directly after"),
        (body("1 = 2;"), 3, 27, "no variable", "assign to a register"),
        (body("x = &y;"), 3, 29, "`&` of something that is no variable", "already the variable's address"),
        (body("r0 = (1;"), 3, 32, "`;` instead of `)`", "close the parenthesis"),
        (body("r0 = int;"), 3, 30, "`int` instead of an expression", "write a register"),
        (body("r0 = @;"), 3, 30, "`@`", "write a register"),
        (body("r0 = §;"), 3, 30, "has no meaning here", "remove it"),
        (body("/* open"), 3, 25, "never ends", "close it with `*/`"),
        (body("smp_mb(); int r0 = atomic_load_explicit(x, memory_order_relaxed);"), 3, 44, "C11's", "keep to one"),
        (body("int r0 = atomic_load_explicit(x, relaxed);"), 3, 58, "no memory order", "memory_order_relaxed"),
        (body("int r0 = atomic_load_explicit(x, memory_order_release);"), 3, 34, "cannot be a release", "another"),
        (body("atomic_add(x, 1);"), 3, 25, "the second argument of `atomic_add`", "write `atomic_add(value, x)`"),
        (body("int r0 = 1; if (r0) { int r0 = 2; }"), 3, 51, "`r0` is declared already", "another name"),
        (body("smp_mb(); int r0 = atomic_fetch_add(x, 1);"), 3, 44, "C11's", "keep to one"),
        (body("if (1) { r0 = 1; }").replace("} }", "}"), 4, 1, "found `exists` inside P0", "close each `{`"),
        (body("r0 = 1;").replace(" }\n", "\nP1() { }\n"), 4, 1, "found `P1` inside P0", "close each `{`"),
        (body("{ long r0 = 1; } { int r0 = 1; }"), 3, 48, "with another type in another block", "another name"),
        (
            text("C t\n{ 0:x=1; }\nP0(int *x) {}\n"),
            3,
            9,
            "gives `x` a value, which is a parameter",
            "take the value out",
        ),
        (end("filter (x=1) filter (x=1) exists (x=1)"), 4, 14, "a filter already", "join the two"),
        (end("exist (x=1)"), 4, 1, "`exist` after the threads", "write `exists (…)`"),
        (end("exists (x)"), 4, 10, "`)` after a location", "compare it"),
        (end("exists (5:r0=1)"), 4, 9, "no thread of that number", "one of the threads"),
        (end("exists (0:r0=1"), 5, 1, "the end of the file instead of `)`", "close the parenthesis"),
        (end("exists (0:r0=1 /\\)"), 4, 18, "`)` instead of a location", "0:r1"),
        (end("exists (0:r0=1) exists (x=1)"), 4, 17, "a condition already", "join the two"),
        (end("exists (x={1,2})"), 4, 10, "number of elements", "compare an array"),
        (end("locations 0:r0"), 4, 11, "`0` instead of `[`", "in brackets"),
        (end("locations [0:r0 0:r1]"), 4, 17, "`0` instead of `;`", "separate locations"),
        (end("exists (foo:r0=1)"), 4, 9, "`foo` is no thread", "0:r1"),
    ]
}

/// Text, line, column, what summaries call it, and the remedy.
fn unsupported() -> Vec<(String, usize, usize, &'static str, &'static str)> {
    vec![
        (body("kfree(x);"), 3, 25, "the function `kfree`", "linux-kernel.def"),
        (body("for (;;) { }"), 3, 25, "`for`", "while"),
        (body("switch (1) { }"), 3, 25, "`switch`", "if"),
        (body("return;"), 3, 25, "`return`", "arm"),
        (body("x->next = 1;"), 3, 26, "a struct's member", "shared variable"),
        (body("r0 += 1;"), 3, 28, "`+=`", "write the assignment out"),
        (body("r0++;"), 3, 27, "`++`", "write the assignment out"),
        (body("r0 = 1 ? 2 : 3;"), 3, 32, "`? :`", "`if`"),
        (body("float r0 = 1;"), 3, 25, "the type `float`", "declare a register as `int`"),
        (body("r0 = 1.5;"), 3, 31, "a number with a fraction", "integers"),
        (
            body("r0 = atomic_load_explicit(x, memory_order_consume);"),
            3,
            54,
            "`memory_order_consume`",
            "memory_order_acquire",
        ),
        (body("int r[2];"), 3, 29, "a local array", "initial state"),
        (body("again: r0 = 1;"), 3, 25, "a label", "while"),
        (state("p=*(&x);"), 2, 5, "`*` in an initial value", "address"),
        (end("observed 0:r0=1;"), 4, 1, "`observed`", "exists"),
    ]
}

#[test]
fn every_message_names_the_place_and_the_remedy() {
    assert!(broken().len() >= 40);
    for (text, line, column, found, remedy) in broken() {
        let error = parse("t.litmus", &text).expect_err(&text);
        assert_eq!(error.reason, Reason::Broken, "{text}\n{error}");
        assert_eq!((error.line, error.column), (line, column), "{text}\n{error}");
        assert!(error.problem.contains(found), "{text}\n{error}\nshould say: {found}");
        assert!(error.remedy.contains(remedy), "{text}\n{error}\nshould advise: {remedy}");
        assert!(error.to_string().starts_with(&format!("t.litmus:{line}:{column}: ")));
    }
}

#[test]
fn what_is_not_supported_is_named() {
    for (text, line, column, what, remedy) in unsupported() {
        let error = parse("t.litmus", &text).expect_err(&text);
        assert_eq!(error.reason, Reason::Unsupported(what.to_owned()), "{text}\n{error}");
        assert_eq!((error.line, error.column), (line, column), "{text}\n{error}");
        assert!(error.remedy.contains(remedy), "{text}\n{error}");
    }
}

#[test]
fn a_test_in_another_language_is_told_from_a_broken_one() {
    let error = parse("t.litmus", "AArch64 MP\n{}").expect_err("it is not C");
    assert_eq!(error.reason, Reason::Language("AArch64".to_owned()));
    assert_eq!(error.to_string(), "t.litmus:1:1: the language AArch64 is not supported; only C tests are read here");
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = [
        body(&format!("r0 = {}1;", "(".repeat(100_000))),
        body(&format!("r0 = {}1;", "-".repeat(100_000).replace("--", "- "))),
        body(&"{".repeat(100_000)),
        body(&"if (1) ".repeat(100_000)),
        body(&format!("r0 = 1{};", " + 1".repeat(100_000))),
        end(&format!("exists ({}x=1)", "~".repeat(100_000))),
        end(&format!("exists ({}x=1)", "x=1 => ".repeat(100_000))),
        state(&format!("x={}", "ATOMIC_INIT(".repeat(50_000))),
        state(&(0..5_000).map(|n| format!("v{n}=1;")).collect::<String>()),
        format!("C t\n{}", " ".repeat(2 << 20)),
    ];
    for text in deep {
        let error = parse("t.litmus", &text).expect_err("it is too deep or too large");
        assert!(error.problem.contains("more than"), "{error}");
    }
}
