//! `fencepost thread`: the mail thread's open questions, answered.

use std::path::PathBuf;
use std::sync::OnceLock;

use clap::Args;
use fencepost_fences::{PRESETS, Preset, preset, thread};
use fencepost_harness::UnknownName;
use fencepost_harness::check::Selection;
use fencepost_report::{splice, write_page};

use crate::answer::{Answer, print};
use crate::progress::Progress;

/// Computes every verdict that the thread's questions ask for and writes the page that answers them.
///
/// With `--preset`, prints the verdicts of what a kernel shipped instead; exit status 1 if it is racy in a kernel.
#[derive(Args)]
pub struct Options {
    /// The page that is written.
    #[arg(long, default_value = "reports/thread.md", value_name = "PAGE")]
    page: PathBuf,
    /// A page into which the most surprising answer is put, between its markers.
    #[arg(long, value_name = "PAGE")]
    splice: Option<PathBuf>,
    /// The scenarios that the answers are computed in; all if none is named. The page lists them.
    #[arg(long, value_delimiter = ',', value_name = "S")]
    scenario: Vec<String>,
    /// What a kernel shipped, such as `linux-6.10`.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["page", "splice"])]
    preset: Option<String>,
}

/// Writes the page, or prints a preset's verdicts.
pub fn run(options: &Options) -> Result<Answer, String> {
    let scenarios = Selection::everything().complete().narrowed(&[], &[], &options.scenario, &[])?.scenarios;
    if let Some(name) = &options.preset {
        let known = || PRESETS.iter().map(|preset| preset.name);
        let named = Preset::named(name).ok_or_else(|| UnknownName::new("preset", name, known()).to_string())?;
        let (text, safe) = preset(named, &scenarios);
        print(&text)?;
        return Ok(Answer::bad_if(!safe));
    }
    if let Some(page) = options.splice.iter().find(|page| !page.is_file()) {
        return Err(format!("{}: there is no such page; name one with the section to be replaced", page.display()));
    }
    let progress: OnceLock<Progress> = OnceLock::new();
    let answers = thread(&scenarios, |total| match progress.get() {
        None => drop(progress.set(Progress::new("thread", total))),
        Some(progress) => progress.step(),
    });
    drop(progress);
    write_page(&options.page, &answers.page)?;
    print(&format!("{}\n", options.page.display()))?;
    if let Some(page) = &options.splice {
        splice(page, "thread", &answers.surprise)?;
        print(&format!("{}\n", page.display()))?;
    }
    Ok(Answer::Good)
}
