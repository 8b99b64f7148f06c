//! `fencepost check`: is it safe?

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use fencepost_harness::check::{Selection, check};
use fencepost_harness::engine::Budget;
use fencepost_report::{Outcome, Run, Verdict, chart, splice, table, write_page};

use crate::answer::{Answer, print};
use crate::draw::draw;
use crate::grown::{self, Kept};
use crate::machine;
use crate::progress::Progress;

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table for people.
    Table,
    /// JSON, one document.
    Json,
}

/// How large scenarios are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Bound {
    /// The scenarios that are soon decided: those of the main job.
    Quick,
    /// Every scenario.
    Full,
    /// Each in turn with one more scanner, one more life, one more try: hours. What changes is told scenario by scenario,
    /// as it is known, and kept in a file, if one is named by `--keep`.
    Large,
}

/// Which strategies, in which scenarios.
#[derive(Args)]
pub struct Pick {
    /// A family (`fence`), a variant (`fence/rfc1`) or that in one layout (`fence/rfc1@split`); repeat or separate by
    /// commas.
    #[arg(long, value_delimiter = ',', value_name = "S")]
    strategy: Vec<String>,
    /// `shared`, `split` or `own`.
    #[arg(long, value_delimiter = ',', value_name = "L")]
    layout: Vec<String>,
    /// A scenario's name, such as `slab-life`, or that of what it grows to: `slab-life+life`, `slab-life+scanner`, `slab-life+try`.
    #[arg(long, value_delimiter = ',', value_name = "S")]
    scenario: Vec<String>,
}

impl Pick {
    /// What is picked of `all`, in the columns of these names.
    pub fn of(&self, all: Selection, models: &[String]) -> Result<Selection, String> {
        all.narrowed(&self.strategy, &self.layout, &self.scenario, models)
    }
}

/// Judges strategies in scenarios: by memory models, and by loom and real threads where they are named.
///
/// Exit status 1 if a strategy that was asked for by name is racy, or any claims more than holds. Racy in scenarios
/// that order less than a kernel with a double-word cmpxchg, since a slab is handed on by release and acquire or a bit lock, or
/// folios without the zone's lock, counts where they are asked for by name or more is claimed.
#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    pick: Pick,
    /// An engine (`model`, `naive`, `loom`, `stress`), a memory model (`lkmm`, `armv8`), a lowering (`kernel`, `rust`), an
    /// architecture (`arm64`, `arm64-kernel`) or a target (`arm64-kernel-lse`).
    /// `model` is every memory model, and decides; `loom` and `stress` sample, for as long as the budget says. `naive` looks
    /// at every candidate execution, one by one: it is slow, and says unknown after a million of them, as it mostly must where
    /// three CPUs meet.
    #[arg(long, value_delimiter = ',', value_name = "M", default_value = "model")]
    model: Vec<String>,
    /// How large the scenarios are.
    #[arg(long, value_enum, default_value_t = Bound::Full)]
    bound: Bound,
    /// Show the execution that breaks a property, for every racy cell.
    #[arg(long)]
    explain: bool,
    /// Draw that execution too, as SVG and for Graphviz, into this folder: for every racy cell of a memory model.
    #[arg(long, value_name = "DIR")]
    draw: Option<PathBuf>,
    /// Print a row for each cell instead of the matrix: its verdict, how many executions were looked at, and the time.
    #[arg(long)]
    cells: bool,
    /// Draw the table as a heat map, too: an SVG whose cells are told apart without colour.
    #[arg(long, value_name = "FILE")]
    heat_map: Option<PathBuf>,
    /// With `--bound large`: add what memory models say to this file, each verdict as soon as it is known, and do not ask again
    /// for what it holds. Then no matrix is printed.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["explain", "draw", "cells", "heat_map", "format"])]
    keep: Option<PathBuf>,
    /// A page into which the table of all that is kept is put, between its markers.
    #[arg(long, value_name = "PAGE", requires = "keep")]
    splice: Option<PathBuf>,
    /// Seconds for loom and for native stress, each cell, where they are asked.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.15)]
    budget: f64,
    /// How results are printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

impl Options {
    /// Whether it is an answer of no that a strategy is racy in a scenario: where the strategy was asked for by name, and so was the
    /// scenario if it [orders less](fencepost_harness::scenario::Scenario::orders_less).
    fn counts(&self, orders_less: bool) -> bool {
        !self.pick.strategy.is_empty() && (!orders_less || !self.pick.scenario.is_empty())
    }
}

/// Judges what was selected and prints it.
pub fn run(options: &Options) -> Result<Answer, String> {
    let all = match options.bound {
        Bound::Quick => Selection::everything(),
        Bound::Full | Bound::Large => Selection::everything().complete(),
    };
    let mut selection = options.pick.of(all, &options.model)?;
    if let (Bound::Large, Some(grown)) = (options.bound, selection.scenarios.iter().find(|s| s.name.contains('+'))) {
        return Err(format!("{} is one of the larger scenarios: ask for it without --bound large", grown.name));
    }
    let budget = Duration::try_from_secs_f64(options.budget)
        .map_err(|_| format!("a budget of {} seconds makes no sense; give a positive number", options.budget))?;
    (selection.loom_budget, selection.stress_budget) = (Budget::Time(budget), Budget::Time(budget));
    if let Some(file) = &options.keep {
        return keep(&selection, options, file);
    }
    let mut run = Run::new(machine::describe(), "fencepost check");
    run.checks = match options.bound {
        Bound::Quick | Bound::Full => judge(&selection),
        Bound::Large => judge_larger(&selection, &mut grown::open(None, &selection)?, options.format == Format::Table)?,
    };
    if let Some(folder) = &options.draw {
        draw(&run.checks, folder)?;
    }
    if let Some(path) = &options.heat_map {
        write_page(path, &chart::verdicts(&run)?)?;
    }
    match options.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&run.checks).map_err(|e| format!("no JSON can be made: {e}"))?;
            print(&(json + "\n"))?;
        }
        Format::Table if options.cells => print(&format!("{}\n", table::cells(&run)))?,
        Format::Table => print(&text(&run, options.explain, |verdict| options.counts(verdict.orders_less)))?,
    }
    let counts = |verdict: &Verdict| options.counts(verdict.orders_less);
    let racy = run.checks.iter().any(|verdict| matches!(verdict.outcome, Outcome::Racy { .. }) && counts(verdict));
    Ok(Answer::bad_if(racy || run.checks.iter().any(Verdict::claims_too_much)))
}

/// Judges every cell, showing progress.
pub fn judge(selection: &Selection) -> Vec<Verdict> {
    let progress = Progress::new("checking", selection.cells());
    check(selection, |done| progress.at(done))
}

/// Judges what is one step larger than each scenario, and tells of one scenario after the other what that changes: all of
/// them take hours.
fn judge_larger(selection: &Selection, kept: &mut Kept, tells: bool) -> Result<Vec<Verdict>, String> {
    let progress = Progress::new("checking", selection.clone().larger().cells());
    let mut all = Vec::new();
    for &scenario in &selection.scenarios {
        all.extend(grown::judge(selection, scenario, kept, |cells| progress.steps(cells))?);
        if tells {
            let text = grown::text(kept, scenario.name);
            progress.beside(|| print(&(text + "\n")))?;
        }
    }
    Ok(all)
}

/// Judges what a file of larger verdicts does not hold yet, and puts what it holds then into a page.
fn keep(selection: &Selection, options: &Options, file: &Path) -> Result<Answer, String> {
    if options.bound != Bound::Large {
        return Err("--keep keeps the verdicts of larger scenarios: ask for them by --bound large".into());
    }
    let mut kept = grown::open(Some(file), selection)?;
    judge_larger(selection, &mut kept, true)?;
    kept.tidy()?;
    if let Some(page) = &options.splice {
        splice(page, "larger", &grown::page(&kept))?;
    }
    Ok(Answer::bad_if(grown::is_bad(&kept, selection, |scenario| options.counts(scenario.orders_less()))))
}

/// The matrix, the claims that do not hold, and the executions that were asked for: all of them, or the first of each
/// strategy and layout among those that are `wanted`.
fn text(run: &Run, explain: bool, wanted: impl Fn(&Verdict) -> bool) -> String {
    let mut text = format!("{}\n{}\n", table::verdicts(run), table::legend());
    let mut shown = Vec::new();
    for verdict in &run.checks {
        let Outcome::Racy { property, witness } = &verdict.outcome else { continue };
        let q = &verdict.question;
        let key = (&q.strategy, &q.layout);
        let first = !shown.contains(&key);
        if explain || first && wanted(verdict) {
            shown.push(key);
            let place = format!("{} ({}), {}, {} {}", q.strategy, q.layout, q.scenario, q.engine, q.column);
            let _ = write!(text, "\n{place}: breaks {property}: {}\n", witness.trim_end());
        }
    }
    if !explain && !shown.is_empty() {
        text += "\n--explain shows every one of them.\n";
    }
    for verdict in run.checks.iter().filter(|verdict| verdict.claims_too_much()) {
        let q = &verdict.question;
        let _ = writeln!(
            text,
            "{} ({}) claims to be safe and is racy: {}, {} {}",
            q.strategy, q.layout, q.scenario, q.engine, q.column
        );
    }
    text
}
