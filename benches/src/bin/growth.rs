//! Charts of what the engine costs as programs grow, with each cut of its search left out in turn.
//!
//! ```text
//! cargo run --release -p fencepost-benches --bin growth -- reports/engine
//! ```
//!
//! writes `events.svg` and `threads.svg` into the folder.

use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use fencepost_benches::{CUTS, Cut, SOON, TIMES, is_torn, machine, seqlock, timed};
use fencepost_model::{Bounds, Checker, Program, Pruning, Target, Verdict};
use fencepost_report::chart::{Growth, Series, growth};
use fencepost_report::write_page;

/// A line of a chart ends with the first size that takes this long.
const LONG: Duration = Duration::from_secs(2);

/// Draws charts of what the engine costs as programs grow, with each cut of its search left out in turn.
#[derive(Parser)]
#[command(name = "growth")]
struct Options {
    /// The folder to write `events.svg` and `threads.svg` into.
    folder: PathBuf,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Options { folder } = Options::parse();
    std::fs::create_dir_all(&folder)?;
    let machine = machine();
    let (words, readers): (Vec<_>, Vec<_>) = ((1..=10).collect(), (1..=5).collect());
    let statistic = format!("The least of {TIMES} times, or one time above {} ms", SOON.as_millis());
    let notes = "A seqlock's writer and its readers, each with two tries, under ARMv8: the time to run the threads alone and \
                 to decide that no reader takes a torn value for a good one. Each line leaves out one cut of the search, and \
                 ends where a point takes two seconds or more, or the search gives up.";
    let chart = |title, size| Growth { title, size, cost: "milliseconds", notes, statistic: &statistic };
    let by_words = |&words: &usize| (words + 4, seqlock(words, 1, 2));
    let by_readers = |&readers: &usize| (readers + 1, seqlock(2, readers, 2));
    let events =
        chart("Cost against events per thread, two threads", "events of the writer, and of one try of the reader");
    write_page(&folder.join("events.svg"), &growth(&events, &lines(words.iter().map(by_words)), &machine)?)?;
    let threads = chart("Cost against threads, two words", "threads: the writer and its readers");
    write_page(&folder.join("threads.svg"), &growth(&threads, &lines(readers.iter().map(by_readers)), &machine)?)?;
    Ok(())
}

/// A line for all cuts, and one for each that is left out.
fn lines(programs: impl Iterator<Item = (usize, Program)>) -> Vec<Series> {
    let programs: Vec<_> = programs.collect();
    let target = Target::named("arm64-kernel-lse").expect("the target exists");
    let with: Cut = ("all cuts", |_| {});
    let line = |&(name, leave_out): &Cut| {
        let mut pruning = Pruning::default();
        leave_out(&mut pruning);
        let bounds = Bounds { pruning, executions: 100_000, ..Bounds::default() };
        let mut points = Vec::new();
        for (size, program) in &programs {
            let (time, judged) = timed(|| Checker::new(program, &bounds).judge(&target, is_torn));
            if let Verdict::Unknown(_) = judged.verdict {
                break;
            }
            points.push((*size as f64, time.as_secs_f64() * 1e3));
            if time >= LONG {
                break;
            }
        }
        Series { name: name.to_owned(), points }
    };
    [with].iter().chain(CUTS).map(line).collect()
}
