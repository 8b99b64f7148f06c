//! Many files at once.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;
use fencepost_model::{Bounds, Judgement, Target};

use crate::ast::Test;
use crate::error::Error;
use crate::expect::{Expectation, Table};
use crate::explanations::{Explanation, Explanations};
use crate::parse::parse;
use crate::report::Report;
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
    /// What is known of results that are not as expected.
    pub explanations: Explanations,
    /// Whether to look for an execution that satisfies the condition (or, of a `forall`, does not).
    pub explain: bool,
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
    /// The execution that was looked for, if one was.
    pub explained: Option<Judgement>,
    /// How long reading and running took: processor time, or the clock's where several threads had a share in it.
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

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Test(error)
    }
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
    /// The same, and it is known why.
    Explained(String, Explanation),
    /// A bound was hit before the expectation was met or missed: which.
    Unknown(String),
    /// Nothing was expected, or there is no result.
    None,
}

impl Suite {
    /// A suite without tables, and with bounds that a large test meets within seconds. Its states are then not
    /// complete, but its verdict most often is known all the same (see [`Test::run`]).
    pub fn new(target: Target) -> Suite {
        let bounds = Bounds { combinations: 100_000, executions: 20_000, outcomes: 20_000, ..Bounds::default() };
        Suite { target, bounds, tables: Vec::new(), explanations: Explanations::default(), explain: false }
    }

    /// Runs the files, `jobs` at a time. `each` is called with every result as soon as it and those of all files before
    /// it are there; the results come in the order of `files`.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn run(&self, files: &[PathBuf], jobs: usize, each: impl FnMut(&Done) + Send) -> io::Result<Vec<Done>> {
        let workers = jobs.clamp(1, files.len().max(1));
        let next = AtomicUsize::new(0);
        let order = Mutex::new(InOrder { waiting: BTreeMap::new(), done: Vec::new(), each });
        let work = || -> io::Result<()> {
            // A pool of its own, so that no file's time has another's in it.
            let threads = jobs.max(1) / workers;
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(io::Error::other)?;
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(path) = files.get(index) else { return Ok(()) };
                let done = pool.install(|| self.run_one(path));
                order.lock().unwrap_or_else(PoisonError::into_inner).add(index, done);
            }
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })?;
        Ok(order.into_inner().unwrap_or_else(PoisonError::into_inner).done)
    }

    /// Runs one file.
    pub fn run_one(&self, path: &Path) -> Done {
        let (clock, processor) = (Instant::now(), ThreadTime::now());
        let name = path.display().to_string();
        let result = self.read(path, &name).and_then(|test| {
            let report = test.run(&self.target, &self.bounds)?;
            let comparison = self.compare(self.expectation(&test, &name), &report, &name);
            let explained = self.explain.then(|| test.judge(&self.target, &self.bounds)).transpose()?;
            Ok((report, comparison, explained))
        });
        let time = if rayon::current_num_threads() == 1 { processor.elapsed() } else { clock.elapsed() };
        let path = path.to_owned();
        match result {
            Ok((report, comparison, explained)) => Done { path, result: Ok(report), comparison, explained, time },
            Err(failure) => Done { path, result: Err(failure), comparison: Comparison::None, explained: None, time },
        }
    }

    fn read(&self, path: &Path, name: &str) -> Result<Test, Failure> {
        let bytes = std::fs::read(path).map_err(|error| Failure::Unreadable(format!("{name}: {error}")))?;
        Ok(parse(name, &String::from_utf8_lossy(&bytes))?)
    }

    fn expectation<'e>(&'e self, test: &'e Test, path: &str) -> Option<&'e Expectation> {
        let from_table = self.tables.iter().find_map(|table| table.expectation(test.name(), path));
        let home = if test.dialect() == Some(Dialect::C11) { "rc11" } else { "lkmm" };
        from_table.or_else(|| test.expectation().filter(|_| self.target.model.name == home))
    }

    fn compare(&self, expected: Option<&Expectation>, report: &Report, path: &str) -> Comparison {
        let Some(expected) = expected else { return Comparison::None };
        match (expected.missed_by(report), &report.unknown) {
            (None, _) => Comparison::Agreed,
            (Some(_), Some(why)) => Comparison::Unknown(why.clone()),
            (Some(missed), None) => match self.explanations.of(path, &missed) {
                Some(explanation) => Comparison::Explained(missed, explanation.clone()),
                None => Comparison::Disagreed(missed),
            },
        }
    }
}

/// Results as they come, put into the order of their files.
struct InOrder<F> {
    waiting: BTreeMap<usize, Done>,
    done: Vec<Done>,
    each: F,
}

impl<F: FnMut(&Done)> InOrder<F> {
    fn add(&mut self, index: usize, done: Done) {
        self.waiting.insert(index, done);
        while let Some(next) = self.waiting.remove(&self.done.len()) {
            (self.each)(&next);
            self.done.push(next);
        }
    }
}
