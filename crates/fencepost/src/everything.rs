//! `fencepost` without a command: check, measure, report.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use fencepost_harness::check::Selection;
use fencepost_harness::measure::{Effort, Plan};
use fencepost_report::{Outcome, Run, Verdict, folder, table};

use crate::answer::{Answer, print};
use crate::{check, machine, measure};

/// What is left of 90 seconds after checking, on two cores.
const MEASURING: Effort = Effort { budget: Duration::from_secs(28), ..Effort::FULL };

/// Options of the main job.
#[derive(Args)]
pub struct Options {
    /// The folder below which tables and charts are written.
    #[arg(long, default_value = "reports", value_name = "FOLDER")]
    reports: PathBuf,
    /// Take less time to measure; the intervals are wide.
    #[arg(long)]
    quick: bool,
}

/// Checks everything, measures everything, writes the results and prints the tables.
pub fn run(options: &Options) -> Result<Answer, String> {
    let mut run = Run::new(machine::describe(), "cargo run --release");
    folder::writable(&options.reports, &run.machine)?;
    let plan = Plan::new::<&str>(&[], &[], &[]).map_err(|e| e.to_string())?;
    run.checks = check::judge(&Selection::everything());
    measure::time(&mut run, &plan, if options.quick { Effort::QUICK } else { MEASURING });
    let written = folder::write(&options.reports, &run);
    print(&format!("{}\n{}\n", table::verdicts(&run), table::legend()))?;
    print(&measure::text(&run))?;
    let folder = written?;
    print(&format!("{}\n", conclusion(&run)))?;
    print(&format!("Written to {}: begin with summary.md.\n", folder.display()))?;
    let failed = run.measurements.iter().any(|measurement| measurement.figures.is_err());
    Ok(Answer::bad_if(failed || run.checks.iter().any(Verdict::claims_too_much)))
}

/// How many verdicts there are of each kind.
fn conclusion(run: &Run) -> String {
    let count = |is: fn(&Outcome) -> bool| run.checks.iter().filter(|verdict| is(&verdict.outcome)).count();
    let too_much = run.checks.iter().filter(|verdict| verdict.claims_too_much()).count();
    format!(
        "{} verdicts: {} safe, {} racy, {} unknown, {} not checked. {too_much} claims do not hold.",
        run.checks.len(),
        count(|outcome| *outcome == Outcome::Safe),
        count(|outcome| matches!(outcome, Outcome::Racy { .. })),
        count(|outcome| matches!(outcome, Outcome::Unknown { .. })),
        count(|outcome| matches!(outcome, Outcome::NotChecked { .. })),
    )
}
