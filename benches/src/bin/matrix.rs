//! What the verdicts of the default matrix cost: every strategy in every scenario that is soon decided, under every target.
//!
//! ```text
//! cargo run --release -p fencepost-benches --bin matrix > reports/engine/matrix.md
//! ```

use std::error::Error;
use std::fmt::Write;

use clap::Parser;
use fencepost_benches::{SOON, TIMES, machine, timed};
use fencepost_folio::Strategy;
use fencepost_harness::engine::Outcome;
use fencepost_harness::engine::model::Case;
use fencepost_harness::scenario::{Role, SCENARIOS, Scenario};
use fencepost_model::Target;
use fencepost_report::Machine;
use fencepost_strategies::{Visitor, each, ids};
use indicatif::{ProgressBar, ProgressStyle};

/// Prints a page, as Markdown, of what the verdicts of the default matrix cost: the time of every strategy in every scenario
/// that is soon decided, under every target. On a terminal a line on standard error says how far it is.
#[derive(Parser)]
#[command(name = "matrix")]
struct Options {}

fn main() -> Result<(), Box<dyn Error>> {
    Options::parse();
    print!("{}", matrix(&machine())?);
    Ok(())
}

/// A cell of the matrix.
struct Cell {
    name: String,
    one_scanner: bool,
    seconds: f64,
    unknown: bool,
}

/// Times every scenario of a strategy: its threads alone, and each target.
struct Time {
    cells: Vec<Cell>,
    alone: Vec<f64>,
    progress: ProgressBar,
}

/// The scenarios that are soon decided.
fn scenarios() -> impl Iterator<Item = &'static Scenario> {
    SCENARIOS.iter().filter(|scenario| !scenario.slow)
}

impl Visitor for Time {
    type Output = ();

    fn visit<S: Strategy>(&mut self) {
        scenarios().for_each(|scenario| self.scenario::<S>(scenario));
    }
}

impl Time {
    fn scenario<S: Strategy>(&mut self, scenario: &'static Scenario) {
        let scanners = scenario.roles.iter().filter(|role| matches!(role, Role::Scanner { .. })).count();
        let (alone, case) = timed(|| Case::new::<S>(scenario));
        self.alone.push(alone.as_secs_f64());
        for target in Target::all() {
            let (time, found) = timed(|| case.judge(&target));
            self.progress.inc(1);
            self.cells.push(Cell {
                name: format!("{}/{} {}, {}, {}", S::FAMILY, S::VARIANT, S::LAYOUT.name(), scenario.name, target.name),
                one_scanner: scanners <= 1,
                seconds: time.as_secs_f64(),
                unknown: matches!(found.outcome, Outcome::Unknown(_)),
            });
        }
    }
}

/// The median, and the greatest.
fn spread(seconds: impl Iterator<Item = f64>) -> (f64, f64) {
    let mut sorted: Vec<f64> = seconds.collect();
    sorted.sort_by(f64::total_cmp);
    (sorted.get(sorted.len() / 2).copied().unwrap_or(0.0), sorted.last().copied().unwrap_or(0.0))
}

fn matrix(machine: &Machine) -> Result<String, std::fmt::Error> {
    let verdicts = ids().len() * scenarios().count() * Target::all().len();
    let style = ProgressStyle::with_template("verdicts [{bar:40}] {pos}/{len} {elapsed} (left: {eta})");
    let progress = ProgressBar::new(verdicts as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    let mut time = Time { cells: Vec::new(), alone: Vec::new(), progress };
    each(&mut time);
    let Time { mut cells, alone, progress } = time;
    progress.finish_and_clear();
    let mut text = String::from("# What the engine's verdicts cost\n\n");
    writeln!(text, "`cargo run --release -p fencepost-benches --bin matrix`\n")?;
    writeln!(
        text,
        "{}, {}, commit {}. One cell after the other; the least of {TIMES} times where",
        machine.cpu_name(),
        machine.build.compiler,
        machine.build.commit
    )?;
    writeln!(
        text,
        "that is below {} ms. The threads of a scenario are run alone once for all targets. Left out are the scenarios that\n\
         the main job leaves out: `check --bound quick`.\n",
        SOON.as_millis()
    )?;
    writeln!(text, "| | number | median, ms | greatest, ms | sum, s |\n| --- | --- | --- | --- | --- |")?;
    let mut row = |name: &str, seconds: Vec<f64>| {
        let (median, greatest) = spread(seconds.iter().copied());
        let sum: f64 = seconds.iter().sum();
        writeln!(text, "| {name} | {} | {:.3} | {:.1} | {sum:.1} |", seconds.len(), median * 1e3, greatest * 1e3)
    };
    let seconds = |which: &dyn Fn(&Cell) -> bool| cells.iter().filter(|c| which(c)).map(|c| c.seconds).collect();
    row("verdicts, at most one scanner", seconds(&|cell| cell.one_scanner))?;
    row("verdicts, two scanners", seconds(&|cell| !cell.one_scanner))?;
    row("threads alone", alone)?;
    let unknown = cells.iter().filter(|cell| cell.unknown).count();
    writeln!(
        text,
        "\n{unknown} of {} verdicts are unknown. The slowest:\n\n| cell | ms |\n| --- | --- |",
        cells.len()
    )?;
    cells.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
    cells.iter().take(12).try_for_each(|cell| writeln!(text, "| {} | {:.1} |", cell.name, cell.seconds * 1e3))?;
    Ok(text)
}
