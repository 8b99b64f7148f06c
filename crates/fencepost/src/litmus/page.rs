//! The page of a comparison: totals, and every difference.

use std::fmt;

use fencepost_litmus::{Comparison, Done, Failure, Observation, Reason, Summary};

use super::second::Second;
use crate::machine;

/// The results of a comparison, printed in Markdown.
pub struct Page<'r> {
    /// The results.
    pub results: &'r [Done],
    /// herd7's answers, if it was asked.
    pub second: Option<&'r Second>,
    /// The target's name.
    pub target: &'r str,
}

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = machine::describe();
        writeln!(f, "# Litmus tests under {}\n", self.target)?;
        writeln!(f, "```sh\n{}\n```\n", command())?;
        writeln!(
            f,
            "{}, {}, commit {}, {}.\n",
            machine.cpu_name(),
            machine.build.compiler,
            machine.build.commit,
            machine.date
        )?;
        let summary = Summary::of(self.results);
        self.totals(&summary, f)?;
        self.herd7(f)?;
        self.not_run(&summary, f)?;
        self.differences(f)
    }
}

/// The command that is under way, with what the shell would take apart in quotes.
fn command() -> String {
    let quoted = |argument: String| if argument.contains([' ', '*', '$']) { format!("'{argument}'") } else { argument };
    std::iter::once("fencepost".to_owned()).chain(std::env::args().skip(1).map(quoted)).collect::<Vec<_>>().join(" ")
}

/// `1.9 %`.
fn share(part: usize, whole: usize) -> String {
    format!("{:.2} %", 100.0 * part as f64 / whole.max(1) as f64)
}

/// A cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// Why a test that ran has no verdict.
fn unanswered(done: &Done) -> Option<&str> {
    let report = done.result.as_ref().ok()?;
    report.unknown.as_deref().filter(|_| report.observation == Observation::Unknown)
}

impl Page<'_> {
    fn totals(&self, summary: &Summary, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (all, in_c, run) = (summary.files, summary.in_c(), summary.run());
        let unsupported: usize = summary.unsupported.values().sum();
        writeln!(f, "| | files | share |\n| --- | ---: | ---: |")?;
        let mut row = |what: &str, files: usize, of: usize| writeln!(f, "| {what} | {files} | {} |", share(files, of));
        row("all", all, all)?;
        row("in C, not in a machine's language or LISA", in_c, all)?;
        row("of these: not supported", unsupported, in_c)?;
        row("broken", summary.broken, in_c)?;
        row("run", run, in_c)?;
        row("of these: within 10 s", run - summary.slow, run)?;
        row("as expected", summary.agreed, run)?;
        row("not as expected, and explained below", summary.explained, run)?;
        row("not as expected", summary.disagreed, run)?;
        row("a bound was hit before the answer", summary.unknown, run)?;
        row("nothing is expected", summary.uncompared, run)?;
        writeln!(f, "\n{:.1} s of work in all.", summary.time.as_secs_f64())?;
        if let Some((path, longest)) = &summary.slowest {
            writeln!(f, "The slowest file, {:.1} s: `{}`.", longest.as_secs_f64(), path.display())?;
        }
        writeln!(f)
    }

    fn herd7(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "## herd7\n")?;
        let Some(second) = self.second else { return writeln!(f, "herd7 was not asked.\n") };
        let answers = match &second.answers {
            Err(why) => return writeln!(f, "herd7 was not asked: `{}`: {why}.\n", second.command),
            Ok(answers) => answers,
        };
        let (totals, differences) = answers.totals(self.results);
        writeln!(f, "`{}`, {}: {totals}.", second.command, answers.version)?;
        writeln!(
            f,
            "Its time is the processor time that it prints for each test, without its start; so is ours, but for a file that has several processors to itself.\n"
        )?;
        if differences.is_empty() {
            return Ok(());
        }
        writeln!(f, "| file | difference |\n| --- | --- |")?;
        for (place, difference) in differences {
            writeln!(f, "| `{}` | {} |", self.results[place].path.display(), cell(&difference))?;
        }
        writeln!(f)
    }

    /// The files without a result.
    fn not_run(&self, summary: &Summary, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if summary.run() == summary.in_c() {
            return Ok(());
        }
        writeln!(f, "## Not run\n\n| why | files |\n| --- | ---: |")?;
        for (what, files) in &summary.unsupported {
            writeln!(f, "| not supported: {} | {files} |", cell(what))?;
        }
        let broken = self.results.iter().filter_map(|done| done.result.as_ref().err());
        for failure in broken {
            match failure {
                Failure::Test(error) if error.reason != Reason::Broken => {}
                failure => writeln!(f, "| {} | 1 |", cell(&failure.to_string()))?,
            }
        }
        writeln!(f)
    }

    fn differences(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let differs = |done: &&Done| match done.comparison {
            Comparison::Disagreed(_) | Comparison::Explained(..) | Comparison::Unknown(_) => true,
            _ => unanswered(done).is_some(),
        };
        let mut differences = self.results.iter().filter(differs).peekable();
        if differences.peek().is_none() {
            return Ok(());
        }
        writeln!(
            f,
            "## Not as expected\n\n| file | difference | herd7 today | at fault | why |\n| --- | --- | --- | --- | --- |"
        )?;
        for done in differences {
            let path = done.path.display();
            match &done.comparison {
                Comparison::Explained(what, known) => {
                    let [what, herd7, fault, why] =
                        [what, &known.herd7, &known.fault, &known.reason].map(|text| cell(text));
                    writeln!(f, "| `{path}` | {what} | {herd7} | {fault} | {why} |")?;
                }
                Comparison::Disagreed(what) => writeln!(f, "| `{path}` | {} | | | not explained |", cell(what))?,
                Comparison::Unknown(why) => writeln!(f, "| `{path}` | unknown | | | {} |", cell(why))?,
                _ => {
                    let why = unanswered(done).unwrap_or_default();
                    writeln!(f, "| `{path}` | unknown, and nothing is expected | | | {} |", cell(why))?;
                }
            }
        }
        Ok(())
    }
}
