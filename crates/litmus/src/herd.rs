//! herd7 itself, where it is installed: a second opinion.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::report::Observation;

/// The most files that one process is given.
const BATCH: usize = 100;

/// A command that runs herd7.
#[derive(Clone, Debug)]
pub struct Herd {
    program: String,
    arguments: Vec<String>,
}

/// What herd7 says of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The test's name.
    pub name: String,
    /// Never, sometimes or always.
    pub observation: Observation,
    /// The number of final states.
    pub states: usize,
    /// How many executions end in a state that the proposition of the condition holds of, and how many do not.
    pub executions: (u64, u64),
    /// The flags of the model.
    pub flags: Vec<String>,
    /// The processor time that it says it took, in seconds, without its start.
    pub seconds: f64,
}

impl Herd {
    /// The command, with its options separated by blanks, such as `herd7 -conf linux-kernel.cfg -timeout 60`; `None` if it
    /// is empty.
    pub fn new(command: &str) -> Option<Herd> {
        let mut words = command.split_whitespace().map(str::to_owned);
        Some(Herd { program: words.next()?, arguments: words.collect() })
    }

    /// What `-version` prints.
    ///
    /// # Errors
    /// It cannot be run.
    pub fn version(&self) -> io::Result<String> {
        let output = Command::new(&self.program).arg("-version").stdin(Stdio::null()).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// What it says of the tests in these files, which have these names; `None` of those that it gives no answer to.
    ///
    /// # Errors
    /// It cannot be run.
    pub fn ask(&self, tests: &[(&Path, &str)]) -> io::Result<Vec<Option<Answer>>> {
        let mut answers = Vec::new();
        for batch in batches(tests) {
            let mut rest = batch;
            while !rest.is_empty() {
                let (given, ended) = self.ask_once(rest)?;
                let answered = given.iter().rposition(Option::is_some).map_or(0, |last| last + 1);
                // It died at one behind the last answer, and was not asked about what follows that.
                let asked = if ended { rest.len() } else { (answered + 1).min(rest.len()) };
                answers.extend(given.into_iter().take(asked));
                rest = &rest[asked..];
            }
        }
        Ok(answers)
    }

    /// The answers of one process, and whether it came to its end.
    fn ask_once(&self, tests: &[(&Path, &str)]) -> io::Result<(Vec<Option<Answer>>, bool)> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).args(tests.iter().map(|(path, _)| path)).stdin(Stdio::null());
        let output = command.stderr(Stdio::null()).output()?;
        let mut given: Vec<Option<Answer>> = vec![None; tests.len()];
        let mut next = 0;
        for answer in answers_in(&String::from_utf8_lossy(&output.stdout)) {
            // In its order, but for those that it says nothing of. It prints no name with the ending of a file.
            let is_of = |(_, name): &(&Path, &str)| name.strip_suffix(".litmus").unwrap_or(name) == answer.name;
            if let Some(behind) = tests[next..].iter().position(is_of) {
                given[next + behind] = Some(answer);
                next += behind + 1;
            }
        }
        Ok((given, output.status.success()))
    }
}

/// herd7 refuses a second test of the same name in one process.
fn batches<'t, 'n>(tests: &'t [(&'n Path, &'n str)]) -> Vec<&'t [(&'n Path, &'n str)]> {
    let mut batches = Vec::new();
    let (mut start, mut names) = (0, HashSet::new());
    for (end, (_, name)) in tests.iter().enumerate() {
        if end - start == BATCH || names.contains(name) {
            batches.push(&tests[start..end]);
            (start, names) = (end, HashSet::new());
        }
        names.insert(name);
    }
    batches.push(&tests[start..]);
    batches.retain(|batch| !batch.is_empty());
    batches
}

/// The answers in what herd7, or this crate, printed.
fn answers_in(log: &str) -> Vec<Answer> {
    let blocks = log.split("\nTest ").map(|block| block.strip_prefix("Test ").unwrap_or(block));
    blocks.filter_map(answer).collect()
}

/// The answer of one block, from which the word `Test` was taken.
fn answer(block: &str) -> Option<Answer> {
    let after = |key: &'static str| block.lines().filter_map(move |line| line.strip_prefix(key));
    let observation: Vec<&str> = after("Observation ").next()?.split_whitespace().collect();
    let [name, verdict, positive, negative] = observation[..] else { return None };
    Some(Answer {
        name: name.to_owned(),
        observation: Observation::named(verdict)?,
        states: after("States ").next()?.trim().parse().ok()?,
        executions: (positive.parse().ok()?, negative.parse().ok()?),
        flags: after("Flag ").map(|flag| flag.trim().to_owned()).collect(),
        seconds: after("Time ").next()?.split_whitespace().last()?.parse().ok()?,
    })
}

/// A number that tells tests apart, whatever their comments say (FNV-1a, 64 bits): a verdict that was noted down is one
/// of the test with the same number only.
pub fn fingerprint(test: &str) -> u64 {
    let body = test.split_once("*)").map_or(test, |(_, body)| body);
    let code = body.lines().flat_map(|line| line.split("//").take(1)).flat_map(str::split_whitespace);
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    code.flat_map(|word| word.bytes().chain([b' '])).fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse;
    use fencepost_model::{Bounds, Target};

    #[test]
    fn a_report_of_ours_reads_as_herds() {
        let text = "C race\n{}\nP0(int *x) { *x = 1; }\nP1(int *x) { int r0 = *x; }\nforall (1:r0=1)";
        let test = parse("race.litmus", text).expect("it is a test");
        let report = test.run(&Target::named("lkmm").expect("a target"), &Bounds::default()).expect("it runs");
        let log = format!("{report}\n{report}\nTest cut Allowed\nStates 1\n");
        let answers = answers_in(&log);
        let [first, second] = &answers[..] else { panic!("two of the three are whole: {answers:?}") };
        assert_eq!(first, second);
        assert_eq!((first.name.as_str(), first.observation, first.states), ("race", Observation::Sometimes, 2));
        assert_eq!((first.executions, &first.flags[..]), ((1, 1), &["data-race".to_owned()][..]));
    }

    #[test]
    fn comments_do_not_count_in_a_fingerprint() {
        let test =
            |comment: &str, value: u8| format!("C x\n(* {comment} *)\n{{ }}\nP0() {{\n  x = {value}; // {comment}\n}}");
        assert_eq!(fingerprint(&test("a", 1)), fingerprint(&test("b.rs:7", 1)));
        assert_ne!(fingerprint(&test("a", 1)), fingerprint(&test("a", 2)));
    }

    /// `sh` plays a herd7 that dies at `c`.
    #[test]
    fn those_behind_one_at_which_it_dies_are_asked_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let script = folder.path().join("herd");
        let says = "printf '%b\\n' \"Test $t Allowed\nStates 1\nOk\nWitnesses\nPositive: 1 Negative: 0\nObservation $t Always 1 0\nTime $t 0.01\n\"";
        let text = format!("for t in \"$@\"; do t=${{t%.litmus}}; case $t in b) ;; c) exit 2;; *) {says};; esac; done");
        std::fs::write(&script, text).expect("it can be written");
        let herd = Herd::new(&format!("sh {}", script.display())).expect("a command");
        let names = ["a", "b", "c", "d.litmus", "c", "e"];
        let tests: Vec<_> = names.iter().map(|&name| (Path::new(name), name)).collect();
        let answers = herd.ask(&tests).expect("sh runs");
        let answered: Vec<bool> = answers.iter().map(Option::is_some).collect();
        assert_eq!(answered, [true, false, false, true, false, true]);
    }

    #[test]
    fn no_batch_has_a_name_twice() {
        let names = ["a", "b", "a", "c", "b", "b"];
        let tests: Vec<_> = names.iter().map(|&name| (Path::new(name), name)).collect();
        let sizes: Vec<_> = batches(&tests).iter().map(|batch| batch.len()).collect();
        assert_eq!(sizes, [2, 3, 1]);
        assert!(batches(&[]).is_empty());
    }
}
