//! Compares memory-ordering strategies for one famous race: the Linux kernel's compaction scanner against the slab
//! allocator.
//!
//! Exit status: 0 all is well; 1 the question was answered, and the answer is bad; 2 bad input or use.

#![forbid(unsafe_code)]

mod answer;
mod check;
mod draw;
mod everything;
mod fences;
mod grown;
mod litmus;
mod machine;
mod measure;
mod progress;
mod report;
mod thread;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use answer::Answer;

/// The engine makes and drops small vectors by the million: a tenth of the matrix's time with the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Compares memory-ordering strategies for the race between page compaction and the slab allocator.
///
/// Without a command: checks every strategy, measures it, and writes tables and charts below `reports/`.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    everything: everything::Options,
}

#[derive(Subcommand)]
enum Verb {
    Check(check::Options),
    Fences(fences::Options),
    Litmus(litmus::Options),
    Measure(measure::Options),
    Report(report::Options),
    Thread(thread::Options),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return refused(&error),
    };
    let answer = match arguments.verb {
        None => everything::run(&arguments.everything),
        Some(Verb::Check(options)) => check::run(&options),
        Some(Verb::Fences(options)) => fences::run(&options),
        Some(Verb::Litmus(options)) => litmus::run(&options),
        Some(Verb::Measure(options)) => measure::run(&options),
        Some(Verb::Report(options)) => report::run(&options),
        Some(Verb::Thread(options)) => thread::run(&options),
    };
    match answer {
        Ok(Answer::Good) => ExitCode::SUCCESS,
        Ok(Answer::Bad) => ExitCode::from(1),
        Err(sentence) => complain(&sentence),
    }
}

/// Shows help or the version if they were asked for; says what is wrong with the arguments in one sentence if not.
fn refused(error: &clap::Error) -> ExitCode {
    let text = error.to_string();
    match text.strip_prefix("error: ") {
        Some(wrong) => {
            let lines = wrong.lines().map(str::trim).take_while(|line| !line.starts_with("Usage:"));
            let lines: Vec<&str> = lines.filter(|line| !line.is_empty() && !line.starts_with("For more")).collect();
            complain(&format!("{}; `fencepost help` tells more", lines.join(" ")))
        }
        None => error.exit(),
    }
}

fn complain(sentence: &str) -> ExitCode {
    eprintln!("fencepost: {sentence}");
    ExitCode::from(2)
}
