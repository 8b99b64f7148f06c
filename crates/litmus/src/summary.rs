//! What came of many files, added up.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::error::{Error, Reason};
use crate::report::Observation;
use crate::suite::{Comparison, Done, Failure};

/// What a file should take at most.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// Totals over many files.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// All files.
    pub files: usize,
    /// Those whose result is as expected.
    pub agreed: usize,
    /// Those whose result is not.
    pub disagreed: usize,
    /// Those whose result is not, but it is known why.
    pub explained: usize,
    /// Those with a result and no expectation.
    pub uncompared: usize,
    /// Those where a bound was hit before the answer.
    pub unknown: usize,
    /// Those that are no tests, or cannot be opened.
    pub broken: usize,
    /// By language: those that are tests, but not in C. They are no business of ours, and spoil nothing.
    pub languages: BTreeMap<String, usize>,
    /// By reason: those that use something that is not supported.
    pub unsupported: BTreeMap<String, usize>,
    /// The time that the files took, added up.
    pub time: Duration,
    /// Those of all that could be run that took more than ten seconds.
    pub slow: usize,
    /// The file that took longest, and how long that was.
    pub slowest: Option<(PathBuf, Duration)>,
}

impl Summary {
    /// The totals of these results.
    pub fn of(results: &[Done]) -> Summary {
        let mut summary = Summary { files: results.len(), ..Summary::default() };
        for done in results {
            summary.time += done.time;
            summary.slow += usize::from(done.result.is_ok() && done.time > SOON);
            if summary.slowest.as_ref().is_none_or(|(_, longest)| done.time > *longest) {
                summary.slowest = Some((done.path.clone(), done.time));
            }
            match (&done.result, &done.comparison) {
                (Err(Failure::Test(Error { reason: Reason::Unsupported(what), .. })), _) => {
                    *summary.unsupported.entry(what.clone()).or_default() += 1;
                }
                (Err(Failure::Test(Error { reason: Reason::Language(name), .. })), _) => {
                    *summary.languages.entry(name.clone()).or_default() += 1;
                }
                (Err(_), _) => summary.broken += 1,
                (_, Comparison::Agreed) => summary.agreed += 1,
                (_, Comparison::Disagreed(_)) => summary.disagreed += 1,
                (_, Comparison::Explained(..)) => summary.explained += 1,
                (_, Comparison::Unknown(_)) => summary.unknown += 1,
                (Ok(report), Comparison::None) if report.observation == Observation::Unknown => summary.unknown += 1,
                (_, Comparison::None) => summary.uncompared += 1,
            }
        }
        summary
    }
}

impl Summary {
    /// The files that are C tests, or might be.
    pub fn in_c(&self) -> usize {
        self.files - self.languages.values().sum::<usize>()
    }

    /// The files that gave a report.
    pub fn run(&self) -> usize {
        self.in_c() - self.broken - self.unsupported.values().sum::<usize>()
    }

    /// Whether every C test could be run, and every expectation is met or the difference explained.
    pub fn is_good(&self) -> bool {
        self.run() == self.in_c() && self.disagreed == 0 && self.unknown == 0
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unsupported: usize = self.unsupported.values().sum();
        writeln!(
            f,
            "{} files: {} as expected, {} not, {} not but explained, {} without expectation, {} unknown, {unsupported} \
             unsupported, {} broken, {} in other languages",
            self.files,
            self.agreed,
            self.disagreed,
            self.explained,
            self.uncompared,
            self.unknown,
            self.broken,
            self.files - self.in_c(),
        )?;
        self.unsupported.iter().try_for_each(|(what, files)| writeln!(f, "{files:6} unsupported: {what}"))?;
        let Some((path, longest)) = &self.slowest else { return Ok(()) };
        let (all, soon, longest) = (self.time.as_secs_f64(), SOON.as_secs(), longest.as_secs_f64());
        writeln!(f, "{all:.1} s of work; {} took over {soon} s; {longest:.1} s for {}", self.slow, path.display())
    }
}
