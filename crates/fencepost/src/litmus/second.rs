//! herd7's answers beside ours.

use std::fmt;
use std::fs;
use std::path::Path;

use fencepost_litmus::{Answer, Done, Herd, Report, fingerprint};
use rayon::prelude::*;

use super::kept::Kept;
use crate::progress::Progress;

/// The most files that one process of herd7 is given: so many answers are lost when it is interrupted.
const SHARE: usize = 20;

/// What herd7 said, or why it said nothing.
pub struct Second {
    /// The command that was run.
    pub command: String,
    /// By result: its answer, if it gave one.
    pub answers: Result<Answers, String>,
}

/// herd7's answers.
pub struct Answers {
    /// What it calls itself.
    pub version: String,
    /// By result.
    pub list: Vec<Option<Answer>>,
}

/// Totals over the tests that both ran.
#[derive(Default)]
pub struct Totals {
    /// Tests that we ran.
    pub asked: usize,
    /// Those that herd7 has an answer to.
    pub answered: usize,
    /// Those with the same verdict, and the same number of states where all are known.
    pub same: usize,
    /// herd7's time for those that it answers, in seconds.
    pub its: f64,
    /// Our time for the same.
    pub ours: f64,
}

impl Second {
    /// Asks about every file that we have a report of, in as many processes as `jobs`; not about one whose answer stands
    /// in the file `kept`.
    pub fn ask(command: &str, results: &[Done], jobs: usize, kept: Option<&Path>) -> Second {
        Second { command: command.to_owned(), answers: answers(command, results, jobs, kept) }
    }
}

fn answers(command: &str, results: &[Done], jobs: usize, kept: Option<&Path>) -> Result<Answers, String> {
    let herd = Herd::new(command).ok_or("the command is empty")?;
    let version = herd.version().map_err(|e| e.to_string())?;
    let kept = kept.map(|path| Kept::open(path, &format!("{command}, {version}"))).transpose()?;
    let known = |path: &Path| kept.as_ref()?.get(path, &fs::read_to_string(path).ok()?).cloned();
    let mut list: Vec<Option<Answer>> = vec![None; results.len()];
    let (mut places, mut tests) = (Vec::new(), Vec::new());
    for (place, done) in results.iter().enumerate() {
        let Ok(report) = &done.result else { continue };
        match known(&done.path) {
            Some(answer) => list[place] = answer,
            None => {
                places.push(place);
                tests.push((done.path.as_path(), &report.name[..]));
            }
        }
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs).build().map_err(|e| e.to_string())?;
    let progress = Progress::new("herd7", tests.len());
    let ask = |share: &[(&Path, &str)]| {
        let answers = herd.ask(share).map_err(|e| e.to_string())?;
        if let Some(kept) = &kept {
            kept.add(share.iter().map(|(path, _)| *path).zip(&answers))?;
        }
        share.iter().for_each(|_| progress.step());
        Ok(answers)
    };
    let asked: Result<Vec<_>, String> = pool.install(|| tests.par_chunks(SHARE).map(ask).collect());
    for (place, answer) in places.into_iter().zip(asked?.into_iter().flatten()) {
        list[place] = answer;
    }
    Ok(Answers { version, list })
}

/// Where herd7's answer is another than ours, in words.
fn difference(answer: &Answer, report: &Report) -> Option<String> {
    let ours = report.observation;
    if answer.observation != ours {
        return Some(format!("herd7 {}, fencepost {ours}", answer.observation));
    }
    if report.unknown.is_some() {
        return None;
    }
    let states = report.states.len();
    if answer.states != states {
        return Some(format!("herd7 {} states, fencepost {states}", answer.states));
    }
    let flags: Vec<&str> = report.flags.iter().copied().collect();
    // A test without meaning has a flag of its own.
    let undefined = answer.flags.iter().any(|flag| flag.starts_with('*')) && report.race();
    let told = |flags: &[&str]| if flags.is_empty() { "nothing".to_owned() } else { flags.join(" and ") };
    let its: Vec<&str> = answer.flags.iter().map(String::as_str).collect();
    (!undefined && its != flags).then(|| format!("herd7 flags {}, fencepost {}", told(&its), told(&flags)))
}

impl Second {
    /// The differences, a line each, and the totals; or why there are none.
    pub fn told(&self, results: &[Done]) -> String {
        let answers = match &self.answers {
            Ok(answers) => answers,
            Err(why) => return format!("herd7 was not asked: `{}`: {why}\n", self.command),
        };
        let (totals, differences) = answers.totals(results);
        let line =
            |(place, difference): &(usize, String)| format!("{}: {difference}\n", results[*place].path.display());
        differences.iter().map(line).collect::<String>() + &format!("{totals}\n")
    }
}

impl Answers {
    /// The answers as a table, sorted by name, with the seconds that herd7 took and a fingerprint of each test. It can be
    /// read as a table of expected verdicts.
    pub fn table(&self, results: &[Done]) -> String {
        let row = |(done, answer): (&Done, &Option<Answer>)| {
            let Answer { name, observation, states, seconds, .. } = answer.as_ref()?;
            let print = fingerprint(&fs::read_to_string(&done.path).ok()?);
            Some(format!("{name}\t{observation}\t{states}\t{seconds:.2}\t{print:016x}\n"))
        };
        let mut rows: Vec<String> = results.iter().zip(&self.list).filter_map(row).collect();
        rows.sort_unstable();
        format!("name\tverdict\tstates\tseconds\tfingerprint\n{}", rows.concat())
    }

    /// The totals, and the differences, each with the place of its result.
    pub fn totals(&self, results: &[Done]) -> (Totals, Vec<(usize, String)>) {
        let (mut totals, mut differences) = (Totals::default(), Vec::new());
        for (place, (done, answer)) in results.iter().zip(&self.list).enumerate() {
            let Ok(report) = &done.result else { continue };
            totals.asked += 1;
            let Some(answer) = answer else { continue };
            totals.answered += 1;
            totals.its += answer.seconds;
            totals.ours += done.time.as_secs_f64();
            differences.extend(difference(answer, report).map(|difference| (place, difference)));
        }
        totals.same = totals.answered - differences.len();
        (totals, differences)
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { asked, answered, same, its, ours } = self;
        write!(f, "herd7 answers {answered} of {asked} and agrees on {same} of them, in {its:.1} s; here {ours:.1} s")
    }
}
