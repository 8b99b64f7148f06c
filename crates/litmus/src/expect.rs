//! What a test's result is expected to be: from the comment in its file, or from a table.

use std::collections::HashMap;
use std::fmt;

use crate::report::{Observation, Report};

/// What a result is expected to be. What is `None` is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// Whether the proposition of the condition holds never, sometimes or always.
    pub observation: Option<Observation>,
    /// The number of final states.
    pub states: Option<usize>,
    /// Whether the model flags a data race.
    pub race: Option<bool>,
    /// Whether there is no execution at all.
    pub deadlock: bool,
    /// Whether the condition as a whole, with its quantifier, holds.
    pub holds: Option<bool>,
}

impl Expectation {
    /// What the first `Result: …` of a comment says: `Never`, `Sometimes` or `Always`, perhaps with `DATARACE`, or
    /// `DEADLOCK`. `None` if there is none, or if it commits itself to nothing (`Maybe`).
    pub fn in_comments(text: &str) -> Option<Expectation> {
        let line = said_in(text)?;
        let words: Vec<&str> =
            line.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let first = *words.first()?;
        let race = words.iter().any(|word| word.eq_ignore_ascii_case("DATARACE"));
        match first {
            "DEADLOCK" => Some(Expectation { deadlock: true, ..Expectation::default() }),
            _ => {
                let observation = Some(Observation::named(first)?);
                Some(Expectation { observation, race: Some(race), ..Expectation::default() })
            }
        }
    }

    /// A `Result:` in a comment that says none of the words that are read, if there is one.
    pub(crate) fn unread(text: &str) -> Option<&str> {
        let said = said_in(text)?.trim();
        let is_open = said.starts_with("Maybe");
        (!is_open && Expectation::in_comments(text).is_none()).then_some(said)
    }

    /// Where `report` differs, in words; `None` if it does not.
    pub fn missed_by(&self, report: &Report) -> Option<String> {
        let mut missed = Vec::new();
        if self.deadlock && (!report.states.is_empty() || report.unknown.is_some()) {
            missed.push(format!("a deadlock expected, {} states found", report.states.len()));
        }
        if let Some(expected) = self.observation.filter(|&expected| expected != report.observation) {
            missed.push(format!("{expected} expected, {} found", report.observation));
        }
        if let Some(expected) = self.states.filter(|&expected| expected != report.states.len()) {
            missed.push(format!("{expected} states expected, {} found", report.states.len()));
        }
        if let Some(expected) = self.race.filter(|&expected| expected != report.race()) {
            missed.push(if expected { "a data race expected" } else { "a data race found" }.to_owned());
        }
        if let Some(expected) = self.holds.filter(|&expected| expected != report.holds) {
            missed.push(format!("the condition {}", if expected { "should hold" } else { "should not hold" }));
        }
        (!missed.is_empty()).then(|| missed.join(", "))
    }
}

/// What stands behind the first `Result:` of a text.
fn said_in(text: &str) -> Option<&str> {
    text.lines().find_map(|line| Some(line.split_once("Result:")?.1))
}

/// Adds a row, which must not contradict another one.
fn add(rows: &mut HashMap<String, Expectation>, key: &str, expectation: Expectation) -> Result<(), &'static str> {
    match rows.get(key) {
        Some(before) if *before != expectation => Err("another line says something else of the same test"),
        _ => {
            rows.insert(key.to_owned(), expectation);
            Ok(())
        }
    }
}

/// Expectations by test.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// By the test's name, or by the end of the file's path.
    rows: HashMap<String, Expectation>,
    /// Whether the keys are paths.
    paths: bool,
}

/// What the second column of a table of paths and bits says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bit {
    /// Whether the condition holds, with its quantifier.
    Holds,
    /// Whether there is no data race, as in Dat3M's tables.
    RaceFree,
}

/// A line of a table that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub problem: String,
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.problem)
    }
}

impl std::error::Error for TableError {}

impl Table {
    /// A table of tab-separated columns with a header line that names them; `name` and `verdict` must be among them,
    /// and `states` may be.
    ///
    /// # Errors
    /// The first line without these columns, or with a verdict or number that cannot be read.
    pub fn of_names(text: &str) -> Result<Table, TableError> {
        let mut lines = text.lines().enumerate();
        let header: Vec<&str> = lines.next().map_or("", |(_, line)| line).split('\t').collect();
        let column = |name: &str| header.iter().position(|&column| column == name);
        let (Some(name), Some(verdict)) = (column("name"), column("verdict")) else {
            let problem = "there are no columns `name` and `verdict`; name the columns, separated by tabs";
            return Err(TableError { line: 1, problem: problem.to_owned() });
        };
        let states = column("states");
        let mut rows = HashMap::new();
        for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let error = |problem: &str| TableError { line: index + 1, problem: problem.to_owned() };
            let cells: Vec<&str> = line.split('\t').collect();
            let cell = |column: usize| cells.get(column).copied().ok_or_else(|| error("there are too few columns"));
            let observation = Observation::named(cell(verdict)?)
                .ok_or_else(|| error("the verdict is none of Never, Sometimes and Always"))?;
            let count = states.map(|column| cell(column)?.trim().parse().map_err(|_| error("`states` is no number")));
            let expectation =
                Expectation { observation: Some(observation), states: count.transpose()?, ..Expectation::default() };
            add(&mut rows, cell(name)?, expectation).map_err(error)?;
        }
        Ok(Table { rows, paths: false })
    }

    /// A table of lines `PATH,BIT`, as Dat3M's expected results are; lines that begin with `#` are comments.
    ///
    /// # Errors
    /// The first line that is not of this form.
    pub fn of_paths(text: &str, bit: Bit) -> Result<Table, TableError> {
        let mut rows = HashMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let Some((path, value @ ("0" | "1"))) = line.rsplit_once(',').map(|(path, value)| (path, value.trim()))
            else {
                let problem = "the line is not `PATH,0` or `PATH,1`".to_owned();
                return Err(TableError { line: index + 1, problem });
            };
            let set = value == "1";
            let expectation = match bit {
                Bit::Holds => Expectation { holds: Some(set), ..Expectation::default() },
                Bit::RaceFree => Expectation { race: Some(!set), ..Expectation::default() },
            };
            let error = |problem: &str| TableError { line: index + 1, problem: problem.to_owned() };
            add(&mut rows, path, expectation).map_err(error)?;
        }
        Ok(Table { rows, paths: true })
    }

    /// What the table expects of a test, given its name and its file's path.
    pub fn expectation(&self, name: &str, path: &str) -> Option<&Expectation> {
        if !self.paths {
            return self.rows.get(name);
        }
        let path = path.replace('\\', "/");
        let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
        starts.map(|start| &path[start..]).find_map(|tail| self.rows.get(tail))
    }

    /// The number of tests that it expects something of.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it expects nothing.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}
