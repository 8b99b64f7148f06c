//! `fencepost litmus`: tests of the field's tools, run on this project's engine.

mod export;
mod files;
mod kept;
mod page;
mod second;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use fencepost_litmus::{Bit, Comparison, Done, Explanations, Observation, Suite, Summary, Table};
use fencepost_model::{Target, Verdict};
use fencepost_report::write_page;

use crate::answer::{Answer, print};
use crate::progress::Progress;
use files::files;
use page::Page;
use second::Second;

/// Reads and runs `.litmus` files in the Linux kernel's C dialect, and C11 ones.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Runs tests and prints reports in herd7's format. Exit status 1 if an expectation is missed or a file cannot be run.
    Run(Run),
    /// Runs tests and prints where they differ from what is expected, and totals. Exit status 1 if they do.
    Compare(Compare),
    /// Writes strategies in scenarios as tests of the kernel's dialect, with the expected verdict under LKMM in each.
    Export(export::Options),
}

#[derive(Args)]
struct Files {
    /// Files, folders (every `.litmus` file below), or `@LIST` with a path on each line.
    #[arg(required = true, value_name = "FILE|FOLDER|@LIST")]
    paths: Vec<String>,
    /// A target, such as `lkmm`, `rc11` or `arm64-kernel-lse`, or a model that stands for its kernel lowering, such as
    /// `armv8`.
    #[arg(long, default_value = "lkmm", value_name = "M")]
    model: String,
    /// How many files are run at the same time; as many as there are CPUs if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    jobs: Option<u16>,
    /// A table of expected verdicts: tab-separated with a header (`name`, `verdict`, `states`), or lines `PATH,0|1`.
    /// Without one, a comment `Result: Never|Sometimes|Always` in a file counts.
    #[arg(long, value_name = "TABLE")]
    expect: Vec<PathBuf>,
    /// What the second column of a table of paths says.
    #[arg(long, value_enum, default_value_t = Column::Holds)]
    bit: Column,
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    files: Files,
    /// Print an execution that satisfies the condition, or that a `forall` does not hold of.
    #[arg(long)]
    explain: bool,
}

#[derive(Args)]
struct Compare {
    #[command(flatten)]
    files: Files,
    /// A list of differences that are understood (tab-separated `file`, `difference`, `herd7`, `fault`, `reason`): they do
    /// not count.
    #[arg(long, value_name = "LIST")]
    explained: Option<PathBuf>,
    /// A command that runs herd7, to which paths are added: its answers and its time are held beside ours.
    #[arg(long, value_name = "COMMAND")]
    herd7: Option<String>,
    /// A file to keep herd7's answers in as they come: it is not asked again about a test whose answer stands there.
    #[arg(long, value_name = "FILE", requires = "herd7")]
    answers: Option<PathBuf>,
    /// A table to write herd7's verdicts to, tab-separated.
    #[arg(long, value_name = "TABLE", requires = "herd7")]
    verdicts: Option<PathBuf>,
    /// A page to write totals and every difference to, in Markdown.
    #[arg(long, value_name = "PAGE")]
    report: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Column {
    /// Whether the condition holds.
    Holds,
    /// Whether there is no data race.
    RaceFree,
}

/// Runs what was asked for.
pub fn run(options: &Options) -> Result<Answer, String> {
    match &options.verb {
        Verb::Run(options) => run_all(options),
        Verb::Compare(options) => compare(options),
        Verb::Export(options) => export::run(options),
    }
}

fn run_all(options: &Run) -> Result<Answer, String> {
    let suite = Suite { explain: options.explain, ..options.files.suite()? };
    let files = files(&options.files.paths)?;
    let mut closed = Ok(());
    let results = options.files.run(&suite, &files, |done| {
        let mut text = done.result.as_ref().map_or(String::new(), |report| format!("{report}\n"));
        if let Comparison::Disagreed(what) | Comparison::Unknown(what) = &done.comparison {
            text += &format!("{}: {what}\n\n", done.path.display());
        }
        let told = done.explained.as_ref().map(|judgement| match &judgement.verdict {
            Verdict::Safe if done.result.as_ref().is_ok_and(|report| report.observation == Observation::Always) => {
                "The condition holds of every final state.\n\n".to_owned()
            }
            Verdict::Safe => "No execution reaches a state that the condition speaks of.\n\n".to_owned(),
            Verdict::Unknown(why) => format!("Unknown: {why}\n\n"),
            Verdict::Racy(witness) => format!("{witness}\n"),
        });
        closed = print(&(text + &told.unwrap_or_default()));
    })?;
    closed?;
    finish(&results, files.len() > 1)
}

fn compare(options: &Compare) -> Result<Answer, String> {
    let mut suite = options.files.suite()?;
    if let Some(list) = &options.explained {
        suite.explanations = Explanations::parse(&read(list, "a list of explained differences")?)
            .map_err(|e| format!("{}: {e}", list.display()))?;
    }
    let files = files(&options.files.paths)?;
    let mut closed = Ok(());
    let results = options.files.run(&suite, &files, |done| {
        if let Comparison::Disagreed(what) | Comparison::Unknown(what) = &done.comparison {
            closed = print(&format!("{}: {what}\n", done.path.display()));
        }
    })?;
    closed?;
    let ask = |command| Second::ask(command, &results, options.files.jobs(), options.answers.as_deref());
    let second = options.herd7.as_deref().map(ask);
    if let Some(second) = &second {
        print(&second.told(&results))?;
    }
    if let (Some(path), Some(Second { answers: Ok(answers), .. })) = (&options.verdicts, &second) {
        write_page(path, &answers.table(&results))?;
    }
    if let Some(path) = &options.report {
        let page = Page { results: &results, second: second.as_ref(), target: suite.target.name };
        write_page(path, &page.to_string())?;
    }
    finish(&results, true)
}

/// Prints the totals, if wanted, and answers whether all is well.
fn finish(results: &[Done], totals: bool) -> Result<Answer, String> {
    let summary = Summary::of(results);
    if totals {
        print(&summary.to_string())?;
    }
    Ok(Answer::bad_if(!summary.is_good()))
}

impl Files {
    fn suite(&self) -> Result<Suite, String> {
        let tables = self.expect.iter().map(|path| table(path, self.bit)).collect::<Result<_, _>>()?;
        Ok(Suite { tables, ..Suite::new(target(&self.model)?) })
    }

    fn jobs(&self) -> usize {
        self.jobs.map(usize::from).or_else(|| std::thread::available_parallelism().ok().map(Into::into)).unwrap_or(1)
    }

    /// Runs the files, and says on standard error which cannot be run; a single one that cannot is an error.
    fn run(&self, suite: &Suite, files: &[PathBuf], mut each: impl FnMut(&Done) + Send) -> Result<Vec<Done>, String> {
        let progress = Progress::new("litmus", files.len());
        let results = suite.run(files, self.jobs(), |done| {
            progress.beside(|| {
                if let (Err(failure), 2..) = (&done.result, files.len()) {
                    eprintln!("fencepost: {failure}");
                }
                for note in done.result.iter().flat_map(|report| &report.notes) {
                    eprintln!("fencepost: {}: {note}", done.path.display());
                }
                each(done);
            });
            progress.step();
        });
        drop(progress);
        let results = results.map_err(|e| format!("cannot run {} files at once: {e}", self.jobs()))?;
        match &results[..] {
            [Done { result: Err(failure), .. }] => Err(failure.to_string()),
            _ => Ok(results),
        }
    }
}

/// What herd7 and others call an architecture, and the kernel's target on it.
const ALIASES: [(&str, &str); 6] = [
    ("aarch64", "arm64-kernel-lse"),
    ("riscv", "riscv64-kernel-amo"),
    ("ppc", "powerpc64-kernel"),
    ("x86", "x86-64-kernel"),
    ("x86_64", "x86-64-kernel"),
    ("tso", "x86-64-kernel"),
];

/// The target of that name, or the first that has a model of that name.
fn target(name: &str) -> Result<Target, String> {
    let alias = ALIASES.iter().find(|(alias, _)| alias.eq_ignore_ascii_case(name));
    let name = alias.map_or(name, |(_, target)| target);
    let of_model = || Target::all().into_iter().find(|target| target.model.name == name);
    Target::named(name).or_else(of_model).ok_or_else(|| {
        let names = |target: &Target| [target.name, target.model.name];
        let mut known: Vec<&str> = Target::known().iter().flat_map(names).collect();
        known.sort_unstable();
        known.dedup();
        let aliases = ALIASES.map(|(alias, _)| alias).join(", ");
        format!("there is no model `{name}`; there are: {}; and for short {aliases}", known.join(", "))
    })
}

fn read(path: &Path, what: &str) -> Result<String, String> {
    fs::read_to_string(path).map_err(|e| format!("{}: {e}; name {what}", path.display()))
}

fn table(path: &Path, bit: Column) -> Result<Table, String> {
    let text = read(path, "a table of expected verdicts")?;
    let bit = match bit {
        Column::Holds => Bit::Holds,
        Column::RaceFree => Bit::RaceFree,
    };
    let has_header = text.lines().next().is_some_and(|line| line.contains('\t'));
    let table = if has_header { Table::of_names(&text) } else { Table::of_paths(&text, bit) };
    table.map_err(|e| format!("{}: {e}", path.display()))
}
