//! What is wrong with a test, where, and what to do.

use std::fmt;

/// Why a test was not read or not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The text is not a test.
    Broken,
    /// It is a test, but not one in C: the name of its language.
    Language(String),
    /// It is a test, but it uses something that is not supported: the name of that.
    Unsupported(String),
}

/// A test that cannot be read or run: where, what was found, and the remedy.
///
/// Printed as `file:line:column: what; remedy`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The name of the file, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What was found there.
    pub problem: String,
    /// What to do.
    pub remedy: String,
    /// What kind of failure it is.
    pub reason: Reason,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}; {}", self.file, self.line, self.column, self.problem, self.remedy)
    }
}

impl std::error::Error for Error {}

/// A place in a text: the number of bytes before it.
pub(crate) type Place = usize;

/// An error whose line is not known yet.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub place: Place,
    pub problem: String,
    pub remedy: String,
    pub reason: Reason,
}

impl Fault {
    pub fn broken(place: Place, problem: impl Into<String>, remedy: impl Into<String>) -> Fault {
        Fault { place, problem: problem.into(), remedy: remedy.into(), reason: Reason::Broken }
    }

    /// `what` is named in summaries.
    pub fn unsupported(place: Place, what: &str, remedy: impl Into<String>) -> Fault {
        let reason = Reason::Unsupported(what.to_owned());
        Fault { place, problem: format!("{what} is not supported"), remedy: remedy.into(), reason }
    }

    /// The error, with line and column in `text`.
    pub fn locate(self, file: &str, text: &str) -> Error {
        let mut place = self.place.min(text.len());
        while !text.is_char_boundary(place) {
            place -= 1;
        }
        let before = &text[..place];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Error {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            problem: self.problem,
            remedy: self.remedy,
            reason: self.reason,
        }
    }
}
