//! `fencepost litmus`: tests of the field's tools, run on this project's engine.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use fencepost_litmus::{Bit, Comparison, Done, Suite, Summary, Table, parse};
use fencepost_model::{Bounds, Target, Verdict};

use crate::answer::{Answer, print};
use crate::progress::Progress;

/// Reads and runs `.litmus` files in the Linux kernel's C dialect, and C11 ones.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Runs tests and prints reports in herd's format. Exit status 1 if an expectation is missed.
    Run(Run),
    /// Runs tests and prints only how they compare with what is expected. Exit status 1 if they do not agree.
    Compare(Run),
}

#[derive(Args)]
struct Run {
    /// Files, folders (every `.litmus` file below), or `@LIST` with a path on each line.
    #[arg(required = true, value_name = "FILE|FOLDER|@LIST")]
    paths: Vec<String>,
    /// A target, such as `lkmm`, `rc11` or `arm64-kernel-lse`, or a model that stands for its kernel lowering, such as
    /// `armv8`.
    #[arg(long, default_value = "lkmm", value_name = "M")]
    model: String,
    /// How many files are run at the same time; as many as there are CPUs if not given.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// A table of expected verdicts: tab-separated with a header (`name`, `verdict`, `states`), or lines `PATH,0|1`.
    #[arg(long, value_name = "TABLE")]
    expect: Vec<PathBuf>,
    /// What the second column of a table of paths says.
    #[arg(long, value_enum, default_value_t = Column::Holds)]
    bit: Column,
    /// Print an execution that satisfies the condition.
    #[arg(long)]
    explain: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Column {
    /// Whether the condition holds.
    Holds,
    /// Whether there is a data race.
    Race,
}

/// Runs what was asked for.
pub fn run(options: &Options) -> Result<Answer, String> {
    let (run, reports) = match &options.verb {
        Verb::Run(run) => (run, true),
        Verb::Compare(run) => (run, false),
    };
    let target = target(&run.model)?;
    let tables = run.expect.iter().map(|path| table(path, run.bit)).collect::<Result<_, _>>()?;
    let suite = Suite { target, bounds: Bounds::default(), tables };
    let files = files(&run.paths)?;
    let results = in_parallel(&suite, &files, run.jobs)?;
    for done in &results {
        match &done.result {
            Ok(report) if reports => print(&format!("{report}\n"))?,
            Ok(_) => {}
            Err(failure) => eprintln!("fencepost: {failure}"),
        }
        if let Comparison::Disagreed(what) = &done.comparison {
            print(&format!("{}: {what}\n", done.path.display()))?;
        }
        if run.explain && done.result.is_ok() {
            print(&explanation(&done.path, &suite)?)?;
        }
    }
    let summary = Summary::of(&results);
    if files.len() > 1 || !reports {
        print(&summary.to_string())?;
    }
    let failed = summary.broken + summary.unsupported.values().sum::<usize>();
    if failed == files.len() {
        return Err("none of the files could be run".into());
    }
    Ok(Answer::bad_if(summary.disagreed > 0 || failed > 0))
}

fn in_parallel(suite: &Suite, files: &[PathBuf], jobs: Option<usize>) -> Result<Vec<Done>, String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(jobs.unwrap_or(0)).build();
    let pool = pool.map_err(|e| format!("cannot run {} jobs at once: {e}", jobs.unwrap_or(0)))?;
    let progress = Progress::new("litmus", files.len());
    Ok(pool.install(|| suite.run(files, |_| progress.step())))
}

/// The target of that name, or the first that has a model of that name.
fn target(name: &str) -> Result<Target, String> {
    let of_model = || Target::all().into_iter().find(|target| target.model.name == name);
    Target::named(name).or_else(of_model).ok_or_else(|| {
        let known: Vec<&str> = Target::all().iter().map(|target| target.name).collect();
        format!("there is no model `{name}`; there are: {}", known.join(", "))
    })
}

fn table(path: &Path, bit: Column) -> Result<Table, String> {
    let text =
        fs::read_to_string(path).map_err(|e| format!("{}: {e}; name a table of expected verdicts", path.display()))?;
    let bit = match bit {
        Column::Holds => Bit::Holds,
        Column::Race => Bit::Race,
    };
    let has_header = text.lines().next().is_some_and(|line| line.contains('\t'));
    let table = if has_header { Table::of_names(&text) } else { Table::of_paths(&text, bit) };
    table.map_err(|e| format!("{}: {e}", path.display()))
}

/// The files that the arguments stand for, in order, those of a folder sorted.
fn files(paths: &[String]) -> Result<Vec<PathBuf>, String> {
    let mut all = Vec::new();
    for path in paths {
        if let Some(list) = path.strip_prefix('@') {
            let text =
                fs::read_to_string(list).map_err(|e| format!("{list}: {e}; name a file with a path on each line"))?;
            let base = Path::new(list).parent().unwrap_or(Path::new(""));
            all.extend(
                text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).map(|l| base.join(l)),
            );
        } else if Path::new(path).is_dir() {
            below(Path::new(path), &mut all)?;
        } else {
            all.push(path.into());
        }
    }
    if all.is_empty() {
        return Err(format!("{}: there is no .litmus file", paths.join(", ")));
    }
    Ok(all)
}

fn below(folder: &Path, all: &mut Vec<PathBuf>) -> Result<(), String> {
    let sentence = |e| format!("{}: cannot be listed ({e})", folder.display());
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).and_then(|entries| entries.map(|e| Ok(e?.path())).collect()).map_err(sentence)?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(&path, all)?;
        } else if path.extension().is_some_and(|extension| extension == "litmus") {
            all.push(path);
        }
    }
    Ok(())
}

fn explanation(path: &Path, suite: &Suite) -> Result<String, String> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|e| format!("{name}: {e}"))?;
    let test = parse(&name, &text).map_err(|e| e.to_string())?;
    let judgement = test.judge(&suite.target, &suite.bounds).map_err(|e| e.to_string())?;
    Ok(match judgement.verdict {
        Verdict::Safe => format!("{name}: no execution reaches the state that the condition speaks of\n"),
        Verdict::Unknown(why) => format!("{name}: unknown: {why}\n"),
        Verdict::Racy(witness) => format!("{witness}\n"),
    })
}
