//! A progress bar on standard error: shown on a terminal, silent in a pipe.

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for work of a known length.
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar that says what is done, and how many there are to do.
    pub fn new(what: &'static str, length: usize) -> Self {
        let style = ProgressStyle::with_template("{msg:>10} [{bar:40}] {pos}/{len} {elapsed} (left: {eta})");
        let bar = ProgressBar::new(length as u64).with_message(what);
        Self(bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")))
    }

    /// One more is done.
    pub fn step(&self) {
        self.steps(1);
    }

    /// So many more are done.
    pub fn steps(&self, count: usize) {
        self.0.inc(count as u64);
    }

    /// Runs `print`, whose output would otherwise mix with the bar.
    pub fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.0.suspend(print)
    }

    /// So many are done.
    pub fn at(&self, done: usize) {
        self.0.set_position(done as u64);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
