//! Many files at once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fencepost_model::{Bounds, Target};
use rayon::prelude::*;

use crate::ast::Test;
use crate::error::{Error, Reason};
use crate::expect::{Expectation, Table};
use crate::parse::parse;
use crate::report::{Observation, Report};
use crate::vocabulary::Dialect;

/// How files are run.
#[derive(Clone, Debug)]
pub struct Suite {
    /// What for.
    pub target: Target,
    /// How far the search goes.
    pub bounds: Bounds,
    /// Expectations from tables; the first that knows a test counts. A test that none knows is held against the comment
    /// in its file, if the target is the model that such comments are about: LKMM, or RC11 for C11.
    pub tables: Vec<Table>,
}

/// What came of one file.
#[derive(Clone, Debug)]
pub struct Done {
    /// The file.
    pub path: PathBuf,
    /// The report, or why there is none.
    pub result: Result<Report, Failure>,
    /// How it compares with what was expected.
    pub comparison: Comparison,
    /// How long reading and running took.
    pub time: Duration,
}

/// Why a file gave no report.
#[derive(Clone, Debug)]
pub enum Failure {
    /// It cannot be opened or is no text: the system's message.
    Unreadable(String),
    /// It is no test, or not a supported one.
    Test(Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Unreadable(why) => f.write_str(why),
            Failure::Test(error) => error.fmt(f),
        }
    }
}

/// A result beside what was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// As expected.
    Agreed,
    /// The text says what is different.
    Disagreed(String),
    /// A bound was hit before the expectation was met or missed: which.
    Unknown(String),
    /// Nothing was expected, or there is no result.
    None,
}

impl Suite {
    /// A suite without tables, and with bounds that a large test meets within seconds. Its states are then not
    /// complete, but its verdict most often is known all the same (see [`Test::run`]).
    pub fn new(target: Target) -> Suite {
        let bounds = Bounds { combinations: 100_000, executions: 50_000, outcomes: 20_000, ..Bounds::default() };
        Suite { target, bounds, tables: Vec::new() }
    }

    /// Runs the files on rayon's threads. The results are in the order of `files`; `progress` is called with each as it
    /// comes, in any order.
    pub fn run(&self, files: &[PathBuf], progress: impl Fn(&Done) + Sync) -> Vec<Done> {
        let one = |path: &PathBuf| {
            let done = self.run_one(path);
            progress(&done);
            done
        };
        files.par_iter().map(one).collect()
    }

    /// Runs one file.
    pub fn run_one(&self, path: &Path) -> Done {
        let start = Instant::now();
        let name = path.display().to_string();
        let read = std::fs::read(path).map_err(|error| Failure::Unreadable(format!("{name}: {error}")));
        let text = read.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let test = text.and_then(|text| parse(&name, &text).map_err(Failure::Test));
        let (result, comparison) = match test {
            Err(failure) => (Err(failure), Comparison::None),
            Ok(test) => match test.run(&self.target, &self.bounds) {
                Err(error) => (Err(Failure::Test(error)), Comparison::None),
                Ok(report) => {
                    let comparison = compare(self.expectation(&test, &name), &report);
                    (Ok(report), comparison)
                }
            },
        };
        Done { path: path.to_owned(), result, comparison, time: start.elapsed() }
    }

    fn expectation<'e>(&'e self, test: &'e Test, path: &str) -> Option<&'e Expectation> {
        let from_table = self.tables.iter().find_map(|table| table.expectation(test.name(), path));
        let home = if test.dialect() == Some(Dialect::C11) { "rc11" } else { "lkmm" };
        from_table.or_else(|| test.expectation().filter(|_| self.target.model.name == home))
    }
}

fn compare(expected: Option<&Expectation>, report: &Report) -> Comparison {
    let Some(expected) = expected else { return Comparison::None };
    match (expected.missed_by(report), &report.unknown) {
        (None, _) => Comparison::Agreed,
        (Some(_), Some(why)) => Comparison::Unknown(why.clone()),
        (Some(missed), None) => Comparison::Disagreed(missed),
    }
}

/// Totals over many files.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// All files.
    pub files: usize,
    /// Those whose result is as expected.
    pub agreed: usize,
    /// Those whose result is not.
    pub disagreed: usize,
    /// Those with a result and no expectation.
    pub uncompared: usize,
    /// Those where a bound was hit before the answer.
    pub unknown: usize,
    /// Those that are no tests, or cannot be opened.
    pub broken: usize,
    /// By reason: those that use something that is not supported.
    pub unsupported: BTreeMap<String, usize>,
    /// The time that the files took, added up.
    pub time: Duration,
}

impl Summary {
    /// The totals of these results.
    pub fn of(results: &[Done]) -> Summary {
        let mut summary = Summary { files: results.len(), ..Summary::default() };
        for done in results {
            summary.time += done.time;
            match (&done.result, &done.comparison) {
                (Err(Failure::Test(Error { reason: Reason::Unsupported(what), .. })), _) => {
                    *summary.unsupported.entry(what.clone()).or_default() += 1;
                }
                (Err(_), _) => summary.broken += 1,
                (_, Comparison::Agreed) => summary.agreed += 1,
                (_, Comparison::Disagreed(_)) => summary.disagreed += 1,
                (_, Comparison::Unknown(_)) => summary.unknown += 1,
                (Ok(report), Comparison::None) if report.observation == Observation::Unknown => summary.unknown += 1,
                (_, Comparison::None) => summary.uncompared += 1,
            }
        }
        summary
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unsupported: usize = self.unsupported.values().sum();
        writeln!(
            f,
            "{} files: {} agreed, {} disagreed, {} without expectation, {} unknown, {unsupported} unsupported, {} broken, \
             {:.1} s of work",
            self.files,
            self.agreed,
            self.disagreed,
            self.uncompared,
            self.unknown,
            self.broken,
            self.time.as_secs_f64(),
        )?;
        self.unsupported.iter().try_for_each(|(what, files)| writeln!(f, "{files:6} unsupported: {what}"))
    }
}
