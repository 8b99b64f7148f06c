//! What is known of results that are not as expected.

use crate::expect::TableError;

/// Why a result is not the expected one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The end of the file's path.
    pub file: String,
    /// What is different, in the words of [`Comparison::Disagreed`](crate::Comparison::Disagreed).
    pub difference: String,
    /// What herd7 says of the file today.
    pub herd7: String,
    /// Who is wrong.
    pub fault: String,
    /// By which axiom, or which edition of a model.
    pub reason: String,
}

/// A list of them.
#[derive(Clone, Debug, Default)]
pub struct Explanations(Vec<Explanation>);

impl Explanations {
    /// Reads a list: a header `file`, `difference`, `herd7`, `fault`, `reason`, and tab-separated lines of these.
    ///
    /// # Errors
    /// The first line that has not these five columns.
    pub fn parse(text: &str) -> Result<Explanations, TableError> {
        const HEADER: &str = "file\tdifference\therd7\tfault\treason";
        if text.lines().next() != Some(HEADER) {
            let problem = format!("the header is not `{}`; write it, with tabs between", HEADER.replace('\t', " "));
            return Err(TableError { line: 1, problem });
        }
        let mut list = Vec::new();
        for (index, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
            let columns: Vec<&str> = line.split('\t').collect();
            let [file, difference, herd7, fault, reason] = columns[..] else {
                let problem = format!("there are {} columns, not 5; separate them by tabs", columns.len());
                return Err(TableError { line: index + 1, problem });
            };
            let [file, difference, herd7, fault, reason] = [file, difference, herd7, fault, reason].map(str::to_owned);
            list.push(Explanation { file, difference, herd7, fault, reason });
        }
        Ok(Explanations(list))
    }

    /// The explanation of this difference in this file.
    pub fn of(&self, path: &str, difference: &str) -> Option<&Explanation> {
        self.0.iter().find(|known| known.difference == difference && is_end(path, &known.file))
    }
}

/// Whether a path ends in these components.
fn is_end(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with(['/', '\\']))
}
