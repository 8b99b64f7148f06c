//! `fencepost report`: pages and charts from results.

use std::path::PathBuf;

use clap::Args;
use fencepost_report::{Run, folder, splice};

use crate::answer::{Answer, print};

/// Draws the pages and charts of all results below `reports/` again, each beside its results.json, which stays as it is.
#[derive(Args)]
pub struct Options {
    /// The folder that holds the reports.
    #[arg(long, default_value = "reports", value_name = "FOLDER")]
    reports: PathBuf,
    /// A page into which the verdict matrix and the charts of one result are put, between its markers.
    #[arg(long, value_name = "PAGE")]
    splice: Option<PathBuf>,
    /// The result that is put there.
    #[arg(long, value_name = "RESULTS", requires = "splice")]
    from: Option<PathBuf>,
}

/// Draws everything again.
pub fn run(options: &Options) -> Result<Answer, String> {
    let results = folder::results(&options.reports)?;
    if results.is_empty() {
        return Err(format!(
            "{}: holds no results; run `fencepost` without a command to make some",
            options.reports.display()
        ));
    }
    let runs: Vec<(&PathBuf, Run)> =
        results.iter().map(|path| Ok((path, Run::load(path)?))).collect::<Result<_, String>>()?;
    // The page first: if it is not one, nothing was touched.
    if let Some(page) = &options.splice {
        let from = options.from.as_ref().unwrap_or(&results[0]);
        let run = Run::load(from)?;
        let folder = from.parent().ok_or_else(|| format!("{}: is not in a folder", from.display()))?;
        let (verdicts, costs) = folder::excerpt(&run, folder)?;
        splice(page, "verdicts", &verdicts)?;
        splice(page, "costs", &costs)?;
        print(&format!("{}\n", page.display()))?;
    }
    for (results, run) in &runs {
        let folder = results.parent().unwrap_or(&options.reports);
        folder::draw(folder, run)?;
        print(&format!("{}\n", folder.display()))?;
    }
    Ok(Answer::Good)
}
