//! What a question came to, and printing that a closed pipe does not turn into a panic.

use std::io::{ErrorKind, Write, stdout};

/// The answer to the question that a verb asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// All is well.
    Good,
    /// It was answered, and the answer is bad.
    Bad,
}

impl Answer {
    /// [`Answer::Bad`] if `bad`.
    pub fn bad_if(bad: bool) -> Self {
        if bad { Self::Bad } else { Self::Good }
    }
}

/// Prints a text to standard output. A reader that has gone away has read enough.
pub fn print(text: &str) -> Result<(), String> {
    match stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}
