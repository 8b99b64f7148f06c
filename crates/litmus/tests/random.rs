//! Whatever the bytes, reading them ends, and ends in a test or an error inside the text.
//!
//! `FENCEPOST_FUZZ=1000000 cargo test --release -p fencepost-litmus --test random` makes the long run, of a million
//! inputs of each kind; with `FENCEPOST_FUZZ_FILES=FOLDER` the mutated texts are those of the `.litmus` files there.

mod texts;

use std::sync::LazyLock;

use fencepost_litmus::{Error, parse};
use fencepost_model::{Bounds, Target};
use proptest::prelude::*;
use texts::TEXTS;

fn cases(default: u32) -> ProptestConfig {
    let cases = std::env::var("FENCEPOST_FUZZ").ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn is_inside(text: &str, error: &Error) -> bool {
    let line = text.split('\n').nth(error.line - 1);
    line.is_some_and(|line| error.column <= line.chars().count() + 1) && !error.remedy.is_empty()
}

/// What tests are made of.
const PIECES: &[&str] = &[
    "C t\n",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ";",
    ",",
    ":",
    "=",
    "*",
    "&",
    "P0",
    "P1",
    "int ",
    "x",
    "y",
    "r0",
    "0",
    "1",
    "-1",
    "READ_ONCE(*x)",
    "WRITE_ONCE(*x, 1);",
    "smp_mb();",
    "if (",
    "else ",
    "while (",
    "exists ",
    "forall ",
    "~",
    "/\\",
    "\\/",
    "=>",
    "locations ",
    "filter ",
    "(*",
    "*)",
    "/*",
    "*/",
    "//",
    "\"",
    "\n",
    "atomic_",
    "_explicit",
    "memory_order_relaxed",
    "0x",
    "spinlock_t ",
    "ATOMIC_INIT(",
    "struct ",
    "é",
    "\u{0}",
];

/// The texts that are mutated: those of this folder, or of the one that the environment names.
fn originals() -> &'static [String] {
    static ORIGINALS: LazyLock<Vec<String>> = LazyLock::new(|| match std::env::var_os("FENCEPOST_FUZZ_FILES") {
        None => TEXTS.iter().map(|(text, ..)| (*text).to_owned()).collect(),
        Some(folder) => {
            let entries = std::fs::read_dir(folder).expect("FENCEPOST_FUZZ_FILES is a folder");
            let paths = entries.map(|entry| entry.expect("it can be listed").path());
            let tests = paths.filter(|path| path.extension().is_some_and(|extension| extension == "litmus"));
            tests
                .map(|path| String::from_utf8_lossy(&std::fs::read(path).expect("it can be read")).into_owned())
                .collect()
        }
    });
    &ORIGINALS
}

/// One of the texts with some changes: pieces put in, taken out, doubled.
fn mutated() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0..4u8, 0..PIECES.len(), 0..12usize);
    (0..originals().len(), prop::collection::vec(change, 1..6)).prop_map(|(text, changes)| {
        let mut characters: Vec<char> = originals()[text].chars().collect();
        for (at, kind, piece, length) in changes {
            let at = at.index(characters.len() + 1);
            let end = (at + length).min(characters.len());
            match kind {
                0 => drop(characters.splice(at..at, PIECES[piece].chars())),
                1 => drop(characters.drain(at..end)),
                2 => drop(characters.splice(at..end, PIECES[piece].chars())),
                _ => {
                    let doubled = characters[at..end].to_vec();
                    characters.splice(at..at, doubled);
                }
            }
        }
        characters.into_iter().collect()
    })
}

fn reads(text: &str) -> Result<(), TestCaseError> {
    if let Err(error) = parse("t.litmus", text) {
        prop_assert!(is_inside(text, &error), "{error}\n{text}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        reads(&String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn pieces(pieces in prop::collection::vec(0..PIECES.len(), 0..80)) {
        reads(&pieces.iter().map(|&piece| PIECES[piece]).collect::<String>())?;
    }

    #[test]
    fn mutations(text in mutated()) {
        reads(&text)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// What was read can be run: it ends within its bounds, and the counts add up.
    #[test]
    fn mutations_run(text in mutated(), sc in any::<bool>()) {
        let target = Target::named(if sc { "sc" } else { "lkmm" }).expect("a target of the engine");
        let bounds = Bounds { operations: 16, runs: 200, combinations: 2_000, executions: 2_000, ..Bounds::default() };
        if let Ok(test) = parse("t.litmus", &text)
            && let Ok(report) = test.run(&target, &bounds)
        {
            prop_assert!(report.positive + report.negative >= report.states.len() as u64);
        }
    }
}
