//! Verdicts of larger scenarios in a file: each is added as soon as it is known, so hours of work can be broken off and gone on
//! with.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use fencepost_report::{Outcome, Verdict, write_page};

/// Nobody has asked.
const NOT_ASKED: char = '.';
const HEAD: &str = "\
# What `fencepost check --bound large --keep FILE` has found, of one strategy in one scenario a line: the scenario, the strategy, its
# layout, what is said of the smaller scenario and of this one, the seconds that took, and the commit. A letter for each target:
# S safe, R racy although the strategy claims to be safe there, r racy as it may be, ? unknown, - cannot be asked, . not asked.
";
const TARGETS: &str = "# targets:";

/// Whose verdict it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    /// The larger scenario, `SMALLER+what`.
    pub scenario: String,
    /// The strategy.
    pub strategy: String,
    /// Its layout.
    pub layout: String,
}

/// What was found: letters by target.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// In the smaller scenario.
    pub before: String,
    /// In this one.
    pub after: String,
    /// What that took, on one core.
    pub seconds: f64,
    /// Which program says so.
    pub commit: String,
}

/// What was found, and the file that keeps it, if one does.
pub struct Kept {
    path: Option<PathBuf>,
    /// The targets' names, in the order of the letters.
    pub targets: Vec<String>,
    /// What was found so far.
    pub rows: BTreeMap<Key, Row>,
}

impl Kept {
    /// Nothing yet, and no file that keeps it.
    pub const fn nowhere(targets: Vec<String>) -> Self {
        Self { path: None, targets, rows: BTreeMap::new() }
    }

    /// What the file holds, which may not be there yet. An error says which line is none of ours.
    pub fn open(path: &Path, targets: Vec<String>) -> Result<Self, String> {
        let shown = path.display();
        let mut kept = Self { path: Some(path.into()), ..Self::nowhere(targets) };
        let text = match fs::read_to_string(path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(kept),
            read => {
                read.map_err(|e| format!("{shown}: cannot be read ({e}); name a file that was kept, or a new one"))?
            }
        };
        for (number, line) in text.split_inclusive('\n').enumerate() {
            // Somebody stopped the program while it wrote.
            let Some(line) = line.strip_suffix('\n') else { break };
            let place = || format!("{shown}:{}", number + 1);
            if let Some(names) = line.strip_prefix(TARGETS) {
                if !names.split_whitespace().eq(&kept.targets) {
                    return Err(format!("{}: was kept for other targets; name another file", place()));
                }
            } else if !line.starts_with('#') {
                let row = kept.parse(line).ok_or_else(|| {
                    format!("{}: is no line that --keep writes; delete it, and it is found again", place())
                })?;
                kept.put(row.0, row.1);
            }
        }
        Ok(kept)
    }

    fn parse(&self, line: &str) -> Option<(Key, Row)> {
        let fields: Vec<&str> = line.split('\t').collect();
        let [scenario, strategy, layout, before, after, seconds, commit] = fields[..] else { return None };
        let letters = |text: &str| {
            (text.len() == self.targets.len() && text.chars().all(|c| "SRr?-.".contains(c))).then(|| text.to_owned())
        };
        let key = Key { scenario: scenario.into(), strategy: strategy.into(), layout: layout.into() };
        let seconds = seconds.parse().ok().filter(|seconds: &f64| seconds.is_finite() && *seconds >= 0.0)?;
        Some((key, Row { before: letters(before)?, after: letters(after)?, seconds, commit: commit.into() }))
    }

    fn put(&mut self, key: Key, row: Row) {
        let known = self.rows.entry(key).or_insert_with(|| {
            let none: String = self.targets.iter().map(|_| NOT_ASKED).collect();
            Row { before: none.clone(), after: none, seconds: 0.0, commit: String::new() }
        });
        let over = |old: &str, new: &str| {
            old.chars().zip(new.chars()).map(|(o, n)| if n == NOT_ASKED { o } else { n }).collect()
        };
        (known.before, known.after) = (over(&known.before, &row.before), over(&known.after, &row.after));
        known.seconds += row.seconds;
        known.commit = row.commit;
    }

    /// Whether this was asked.
    pub fn holds(&self, key: &Key, target: &str) -> bool {
        self.letter(key, target).is_some_and(|letter| letter != NOT_ASKED)
    }

    /// Whether this is known to be safe.
    pub fn is_safe(&self, key: &Key, target: &str) -> bool {
        self.letter(key, target) == Some('S')
    }

    /// Whether this is known to be racy.
    pub fn is_racy(&self, key: &Key, target: &str) -> bool {
        matches!(self.letter(key, target), Some('R' | 'r'))
    }

    /// Whether this is known to be racy, and the strategy claims to be safe.
    pub fn claims_too_much(&self, key: &Key, target: &str) -> bool {
        self.letter(key, target) == Some('R')
    }

    fn letter(&self, key: &Key, target: &str) -> Option<char> {
        let place = self.targets.iter().position(|name| name == target)?;
        self.rows.get(key)?.after.chars().nth(place)
    }

    /// Adds what was found of one strategy in one larger scenario, and of the smaller one, to the file.
    pub fn add(&mut self, small: &[Verdict], large: &[Verdict], commit: &str) -> Result<(), String> {
        let Some(first) = large.first() else { return Ok(()) };
        let q = &first.question;
        let key = Key { scenario: q.scenario.clone(), strategy: q.strategy.clone(), layout: q.layout.clone() };
        let seconds = (large.iter().map(|verdict| verdict.seconds).sum::<f64>() * 1000.0).round() / 1000.0;
        let row = Row { before: self.letters(small), after: self.letters(large), seconds, commit: commit.into() };
        if let Some(path) = &self.path {
            let head = if path.exists() { String::new() } else { self.head() };
            let file = OpenOptions::new().append(true).create(true).open(path);
            file.and_then(|mut file| file.write_all((head + &line(&key, &row)).as_bytes())).map_err(|e| {
                format!("{}: cannot be written ({e}); make room and allow writing there", path.display())
            })?;
        }
        self.put(key, row);
        Ok(())
    }

    /// Writes the file again, in order.
    pub fn tidy(&self) -> Result<(), String> {
        let lines: String = self.rows.iter().map(|(key, row)| line(key, row)).collect();
        self.path.as_ref().map_or(Ok(()), |path| write_page(path, &(self.head() + &lines)))
    }

    fn head(&self) -> String {
        format!("{HEAD}{TARGETS} {}\n", self.targets.join(" "))
    }

    fn letters(&self, verdicts: &[Verdict]) -> String {
        let is = |verdict: &&Verdict, target: &str| name(&verdict.question.engine, &verdict.question.column) == target;
        let of = |target: &String| verdicts.iter().find(|verdict| is(verdict, target)).map_or(NOT_ASKED, letter);
        self.targets.iter().map(of).collect()
    }
}

/// What a column is called here: a memory model's target by its name alone.
pub fn name(engine: &str, column: &str) -> String {
    if engine == "model" { column.into() } else { format!("{engine}/{column}") }
}

fn letter(verdict: &Verdict) -> char {
    match verdict.outcome {
        Outcome::Safe => 'S',
        Outcome::Racy { .. } if verdict.claims_too_much() => 'R',
        Outcome::Racy { .. } => 'r',
        Outcome::Unknown { .. } => '?',
        Outcome::NotChecked { .. } => '-',
    }
}

fn line(key: &Key, row: &Row) -> String {
    let mut text = String::new();
    let Key { scenario, strategy, layout } = key;
    let Row { before, after, seconds, commit } = row;
    let _ = writeln!(text, "{scenario}\t{strategy}\t{layout}\t{before}\t{after}\t{seconds:.3}\t{commit}");
    text
}

#[cfg(test)]
mod tests {
    use super::super::tests::verdict;
    use super::*;

    fn open(path: &Path) -> Result<Kept, String> {
        Kept::open(path, vec!["lkmm".into(), "rc11".into()])
    }

    #[test]
    fn what_was_kept_is_there_again_and_a_line_that_was_not_ended_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.tsv");
        let mut kept = open(&path).unwrap();
        let (small, large) = (verdict("a", "rc11", Outcome::Safe), verdict("a+try", "rc11", racy()));
        kept.add(&[small], &[large], "c0ffee").unwrap();
        fs::write(&path, fs::read_to_string(&path).unwrap() + "a+life\tfence/rfc1\tspl").unwrap();
        let mut again = open(&path).unwrap();
        assert_eq!(again.rows, kept.rows);
        let (key, row) = again.rows.first_key_value().unwrap();
        assert_eq!((&*row.before, &*row.after, &*row.commit), (".S", ".R", "c0ffee"));
        assert!(again.holds(key, "rc11") && !again.holds(key, "lkmm"));
        again.tidy().unwrap();
        again.add(&[verdict("a", "lkmm", Outcome::Safe)], &[verdict("a+try", "lkmm", Outcome::Safe)], "decaf").unwrap();
        let row = open(&path).unwrap().rows.into_values().next().unwrap();
        assert_eq!((&*row.before, &*row.after, &*row.commit), ("SS", "SR", "decaf"), "targets are put together");
    }

    #[test]
    fn a_file_of_others_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept.tsv");
        for (text, place, why) in [
            ("# targets: sc\n", "kept.tsv:1", "other targets"),
            ("\n\n", "kept.tsv:1", "no line that --keep writes"),
            ("# targets: lkmm rc11\na+try\tfence\tsplit\tSS\tS\t1.0\tc0ffee\n", "kept.tsv:2", "no line that --keep"),
            ("a+try\tfence\tsplit\tSS\tSX\t1.0\tc0ffee\n", "kept.tsv:1", "no line that --keep"),
            ("a+try\tfence\tsplit\tSS\tSS\tNaN\tc0ffee\n", "kept.tsv:1", "no line that --keep"),
        ] {
            fs::write(&path, text).unwrap();
            let error = open(&path).err().expect(text);
            assert!(error.contains(place) && error.contains(why), "{error}");
        }
    }

    fn racy() -> Outcome {
        Outcome::Racy { property: "p".into(), witness: "w".into() }
    }
}
