//! herd7's answers in a file, so that whoever interrupts it does not lose what it has said: thousands of tests take it hours.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fencepost_litmus::{Answer, Observation, fingerprint};

/// The names of the columns.
const COLUMNS: &str = "path\tfingerprint\tname\tverdict\tstates\tpositive\tnegative\tseconds\tflags";

/// What stands for the verdict of a test that herd7 was asked about and gave no answer to.
const NOTHING: &str = "-";

/// A test, as it was when herd7 was asked.
type Key = (PathBuf, u64);

/// The answers in the file; those to come are added to it at once.
pub struct Kept {
    known: HashMap<Key, Option<Answer>>,
    file: Mutex<File>,
}

impl Kept {
    /// Reads the file, or begins it. `asked` says which herd7 is asked, and how.
    pub fn open(path: &Path, asked: &str) -> Result<Kept, String> {
        let told = |what: &dyn std::fmt::Display| format!("{}: {what}", path.display());
        let head = format!("# {asked}\n{COLUMNS}\n");
        let text = if path.exists() { fs::read_to_string(path).map_err(|e| told(&e))? } else { String::new() };
        if !text.is_empty() && !text.starts_with(&head) {
            return Err(told(&format!("it holds no answers of `{asked}`; name another file, or remove this one")));
        }
        let mut file = File::options().create(true).append(true).open(path).map_err(|e| told(&e))?;
        let known = if text.is_empty() {
            file.write_all(head.as_bytes()).map_err(|e| told(&e))?;
            HashMap::new()
        } else {
            // A line that an interruption cut short is no row; what follows must not be joined to it.
            if !text.ends_with('\n') {
                file.write_all(b"\n").map_err(|e| told(&e))?;
            }
            text.lines().skip(2).filter_map(read).collect()
        };
        Ok(Kept { known, file: Mutex::new(file) })
    }

    /// The answer to a test with this text, `Some(None)` if herd7 gave none; `None` if it was not asked.
    pub fn get(&self, path: &Path, text: &str) -> Option<&Option<Answer>> {
        self.known.get(&(path.to_owned(), fingerprint(text)))
    }

    /// Adds answers to the file.
    pub fn add<'a>(&self, answers: impl Iterator<Item = (&'a Path, &'a Option<Answer>)>) -> Result<(), String> {
        let row = |(path, answer): (&Path, &Option<Answer>)| Some(row(path, &fs::read_to_string(path).ok()?, answer));
        let rows: String = answers.filter_map(row).collect();
        let mut file = self.file.lock().map_err(|e| e.to_string())?;
        file.write_all(rows.as_bytes()).map_err(|e| format!("the file of answers: {e}"))
    }
}

fn row(path: &Path, text: &str, answer: &Option<Answer>) -> String {
    let key = format!("{}\t{:016x}", path.display(), fingerprint(text));
    let Some(Answer { name, observation, states, executions: (positive, negative), flags, seconds }) = answer else {
        return format!("{key}\t\t{NOTHING}\t\t\t\t\t\n");
    };
    format!("{key}\t{name}\t{observation}\t{states}\t{positive}\t{negative}\t{seconds}\t{}\n", flags.join(","))
}

fn read(row: &str) -> Option<(Key, Option<Answer>)> {
    let [path, print, name, verdict, states, positive, negative, seconds, flags] =
        row.split('\t').collect::<Vec<_>>().try_into().ok()?;
    let key = (PathBuf::from(path), u64::from_str_radix(print, 16).ok()?);
    if verdict == NOTHING {
        return Some((key, None));
    }
    let answer = Answer {
        name: name.to_owned(),
        observation: Observation::named(verdict)?,
        states: states.parse().ok()?,
        executions: (positive.parse().ok()?, negative.parse().ok()?),
        flags: flags.split(',').filter(|flag| !flag.is_empty()).map(str::to_owned).collect(),
        seconds: seconds.parse().ok()?,
    };
    Some((key, Some(answer)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(flags: &[&str]) -> Answer {
        Answer {
            name: "mp".into(),
            observation: Observation::Sometimes,
            states: 4,
            executions: (1, 3),
            flags: flags.iter().map(|&flag| flag.to_owned()).collect(),
            seconds: 0.25,
        }
    }

    #[test]
    fn an_answer_is_read_as_it_was_written() {
        let path = Path::new("a b/mp.litmus");
        for answer in [None, Some(answer(&[])), Some(answer(&["data-race", "unbalanced-lock"]))] {
            let row = row(path, "C mp\n{}", &answer);
            let key = (path.to_owned(), fingerprint("C mp\n{}"));
            assert_eq!(read(row.trim_end_matches('\n')), Some((key, answer)));
        }
    }

    #[test]
    fn what_was_cut_short_is_asked_again_and_another_command_is_refused() {
        let path = std::env::temp_dir().join(format!("fencepost-kept-{}.tsv", std::process::id()));
        let (first, second) = (Path::new("first.litmus"), Path::new("second.litmus"));
        let whole = row(first, "C x", &Some(answer(&[])));
        let cut = row(second, "C y", &None);
        fs::write(&path, format!("# herd7\n{COLUMNS}\n{whole}{}", &cut[..cut.len() - 4])).expect("it is written");
        let kept = Kept::open(&path, "herd7").expect("it is read");
        assert_eq!(kept.get(first, "C x"), Some(&Some(answer(&[]))));
        assert_eq!(kept.get(first, "C changed"), None);
        assert_eq!(kept.get(second, "C y"), None);
        assert!(Kept::open(&path, "herd7 -timeout 9").is_err());
        assert!(fs::read_to_string(&path).expect("it is read").ends_with('\n'));
        fs::remove_file(&path).expect("it is removed");
    }
}
