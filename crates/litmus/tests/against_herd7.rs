//! Tests drawn at random, in the kernel's C and in C11: herd7 and the engine find the same states in them.
//!
//! ```sh
//! FENCEPOST_LKMM=LINUX/tools/memory-model FENCEPOST_RC11=rc11-cpp20.cat FENCEPOST_FUZZ=5000 FENCEPOST_SEED=7 \
//!     cargo test --release -p fencepost-litmus --test against_herd7
//! ```
//!
//! `rc11-cpp20.cat` is herd7's `rc11.cat` with the release sequences of C++20 and Rust: without `(sb & loc)?;` in `rs`.
//! What is not given is not compared, and a line says so.

mod drawn;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::PathBuf;

use drawn::Draw;
use fencepost_litmus::{Dialect, Herd, Observation, parse};
use fencepost_model::{Bounds, Target};

fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Draws tests and compares; at least nine in ten are decided by both.
fn compare(dialect: Dialect, target: &str, command: &str) {
    let herd = Herd::new(command).expect("a command");
    if let Err(why) = herd.version() {
        eprintln!("herd7 is not there, and nothing is compared: {why}");
        return;
    }
    let target = Target::named(target).expect("a target of the engine");
    let (count, seed) = (number("FENCEPOST_FUZZ", 150), number("FENCEPOST_SEED", 1));
    let folder = tempfile::tempdir().expect("a folder");
    let tests: Vec<(PathBuf, String, String)> = (0..count)
        .map(|index| {
            let name = format!("drawn-{seed}-{index}");
            let text = Draw::new(dialect, seed << 32 | index).test(&name);
            let path = folder.path().join(format!("{name}.litmus"));
            fs::write(&path, &text).expect("it can be written");
            (path, name, text)
        })
        .collect();
    let asked: Vec<_> = tests.iter().map(|(path, name, _)| (path.as_path(), name.as_str())).collect();
    let answers = herd.ask(&asked).expect("herd7 runs");
    let (mut decided, mut wrong) = (0, Vec::new());
    for ((_, name, text), answer) in tests.iter().zip(answers) {
        let report = parse(name, text).unwrap_or_else(|why| panic!("{why}\n{text}"));
        let report = report.run(&target, &Bounds::default()).unwrap_or_else(|why| panic!("{why}\n{text}"));
        let Some(answer) = answer.filter(|_| report.observation != Observation::Unknown) else { continue };
        decided += 1;
        let theirs = (answer.observation, answer.states, answer.flags.iter().map(String::as_str).collect());
        let flags = report.flags.iter().map(|&flag| if dialect == Dialect::C11 { "*undef*" } else { flag });
        let ours: (_, _, BTreeSet<&str>) = (report.observation, report.states.len(), flags.collect());
        if ours != theirs {
            wrong.push(format!("{text}\nherd7: {theirs:?}, the engine: {ours:?}\n"));
        }
    }
    assert!(wrong.is_empty(), "{} of {decided} differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(decided * 10 >= count * 9, "of {count} tests only {decided} were decided by both");
}

/// The command for the model that a variable of the environment names, if it is named.
fn with_model(variable: &str, command: impl Fn(&str) -> String) -> Option<String> {
    let named = env::var(variable).ok();
    if named.is_none() {
        eprintln!("{variable} names no model for herd7, and nothing is compared");
    }
    named.map(|model| command(&model))
}

#[test]
fn the_kernels() {
    let command = |folder: &str| format!("herd7 -I {folder} -conf {folder}/linux-kernel.cfg -timeout 20");
    if let Some(command) = with_model("FENCEPOST_LKMM", command) {
        compare(Dialect::Linux, "lkmm", &command);
    }
}

#[test]
fn c11() {
    if let Some(command) = with_model("FENCEPOST_RC11", |model| format!("herd7 -model {model} -timeout 20")) {
        compare(Dialect::C11, "rc11", &command);
    }
}
