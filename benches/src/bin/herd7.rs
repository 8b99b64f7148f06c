//! The engine beside herd7, on the cycles of the engine's own tables and on a seqlock.
//!
//! ```text
//! RAYON_NUM_THREADS=1 cargo run --release -p fencepost-benches --bin herd7 -- --lkmm LINUX/tools/memory-model \
//!     > reports/engine/herd7.md
//! ```
//!
//! `--help` lists the options. Both are given the same tests: herd7 the file that the cycle's test prints, one process a
//! test; the engine the test's program, from its closures to all outcomes.

use std::error::Error;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use clap::Parser;
use fencepost_benches::{TIMES, is_torn, machine, seqlock, seqlock_litmus, timed};
use fencepost_model::{Bounds, Checker, Cycle, CycleError, Dialect, Verdict};

/// A table of cycles, and how herd7 is told the model that it is about.
struct Table {
    name: &'static str,
    dialect: Dialect,
    model: &'static str,
    rows: &'static str,
}

macro_rules! table {
    ($name:literal, $dialect:ident, $model:literal) => {
        Table {
            name: $name,
            dialect: Dialect::$dialect,
            model: $model,
            rows: include_str!(concat!("../../../crates/model/tests/data/", $name, ".tsv")),
        }
    };
}

const TABLES: [Table; 5] = [
    table!("aarch64", AArch64, "aarch64.cat"),
    table!("riscv", RiscV, "riscv.cat"),
    table!("ppc", Power, "ppc.cat"),
    table!("x86-64", X86_64, "x86tso-mixed.cat"),
    table!("lkmm", Linux, "linux-kernel.cat"),
];

/// How often the engine is timed again: most tests are done in so little time that other programs disturb them.
const AGAIN: usize = 10;

/// One test's times, in seconds.
struct Times {
    name: String,
    /// The engine, once, as herd7 is run once: threads, search, outcomes.
    ours: f64,
    /// The least of many times.
    least: f64,
    /// A process of herd7, from its start to its end.
    process: f64,
    /// What herd7 says that it took itself; it counts hundredths.
    own: f64,
    agree: bool,
}

/// Prints a page, as Markdown, that sets the engine beside herd7: the time that each takes for the same tests, the cycles of
/// the engine's own tables and a seqlock, and whether they agree.
///
/// Set RAYON_NUM_THREADS=1 for times that compare. Without an installed herd7 it says so and ends.
#[derive(Parser)]
#[command(name = "herd7")]
struct Options {
    /// The program.
    #[arg(long, value_name = "PATH", default_value = "herd7")]
    herd7: PathBuf,
    /// The folder of the kernel's model, LINUX/tools/memory-model. LKMM and the seqlock are left out without it.
    #[arg(long, value_name = "DIR")]
    lkmm: Option<PathBuf>,
    /// Take each N-th test only.
    #[arg(long, value_name = "N", default_value = "1")]
    every: NonZeroUsize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let herd = |arguments: &[String]| Command::new(&options.herd7).args(arguments).output();
    let version = match herd(&["-version".into()]) {
        Ok(output) if output.status.success() => first_line(&output),
        _ => {
            println!("There is no herd7 at {}: nothing to compare with (`--herd7 PATH`).", options.herd7.display());
            return Ok(());
        }
    };
    let folder = std::env::temp_dir().join(format!("fencepost-herd7-{}", std::process::id()));
    let result = compare(&options, &version, &folder, &herd);
    let _ = fs::remove_dir_all(&folder);
    result
}

fn first_line(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned()
}

fn compare(
    options: &Options,
    version: &str,
    folder: &Path,
    herd: &dyn Fn(&[String]) -> std::io::Result<Output>,
) -> Result<(), Box<dyn Error>> {
    let machine = machine();
    println!(
        "# Beside herd7\n\n`RAYON_NUM_THREADS=1 cargo run --release -p fencepost-benches --bin herd7 -- \
         --lkmm LINUX/tools/memory-model`\n"
    );
    println!("{}, {}, commit {}. herd7 {version}.\n", machine.cpu_name(), machine.build.compiler, machine.build.commit);
    let load = fs::read_to_string("/proc/loadavg").ok().and_then(|text| text.split(' ').next().map(str::to_owned));
    println!(
        "Seconds, each of one time: of the engine from a cycle's text to every outcome, and beside it the least of {} more \
         times. \"Time lines\" are the processor's time that herd7 itself prints, in hundredths, without its start. The load \
         of the machine was {}: where others run too, the times of whole processes are too long, and the time lines are \
         not.\n",
        TIMES * AGAIN,
        load.as_deref().unwrap_or("unknown")
    );
    println!(
        "Slower: tests that took the engine longer than a process of herd7, or longer than herd7's time line where that is \
         not 0.00.\n"
    );
    println!(
        "| table | tests | engine | its least | herd7's processes | its time lines | ratio to these | slower | slowest here |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut all: Vec<Times> = Vec::new();
    for table in &TABLES {
        let mut model = vec!["-model".to_owned(), table.model.to_owned()];
        if table.dialect == Dialect::Linux {
            let Some(lkmm) = &options.lkmm else {
                println!("| {} | left out: the kernel's model is wanted (`--lkmm`) | | | | | | | |", table.name);
                continue;
            };
            model = of_linux(lkmm);
        }
        let folder = folder.join(table.name);
        fs::create_dir_all(&folder)?;
        let mut times = Vec::new();
        for row in table.rows.lines().skip(1).step_by(options.every.get()) {
            let mut columns = row.split('\t');
            let (Some(name), Some(cycle)) = (columns.next(), columns.next()) else { continue };
            let file = folder.join(format!("{name}.litmus"));
            let test = Cycle::parse(table.dialect, cycle)?.test();
            fs::write(&file, test.litmus(name))?;

            let program = || Cycle::parse(table.dialect, cycle).map(|cycle| cycle.test().program);
            let explore = || Ok(Checker::new(&program()?, &Bounds::default()).explore(&table.dialect.target()));
            let start = Instant::now();
            let found = explore().map_err(|why: CycleError| why.to_string())?;
            let ours = start.elapsed();
            let least = (0..AGAIN).map(|_| timed(explore).0).fold(ours, Duration::min);
            let (start, output) = (Instant::now(), herd(&[&model[..], &[file.display().to_string()]].concat())?);
            let process = start.elapsed();
            let text = String::from_utf8_lossy(&output.stdout);
            let (frequency, states) = test.observe(&found);
            let theirs =
                |key: &str, place| text.lines().find(|l| l.starts_with(key)).and_then(|l| l.split(' ').nth(place));
            let agree = theirs("Observation", 2) == Some(&frequency.to_string())
                && theirs("States", 1) == Some(&states.to_string());
            let own = theirs("Time", 2).and_then(|time| time.parse().ok()).unwrap_or(0.0);
            times.push(Times {
                name: name.to_owned(),
                ours: seconds(ours),
                least: seconds(least),
                process: seconds(process),
                own,
                agree,
            });
        }
        row(table.name, &times);
        all.extend(times);
    }
    row("all", &all);
    let differ: Vec<&str> = all.iter().filter(|times| !times.agree).map(|times| &*times.name).collect();
    println!("\nVerdict and number of states differ in {}: {}", differ.len(), differ.join(", "));
    println!("(`crates/model/tests/data/README.md` says why, row by row).");
    options.lkmm.as_ref().map_or(Ok(()), |lkmm| seqlocks(lkmm, folder, herd))
}

/// A seqlock's reader against its writer under LKMM, as its data grow.
fn seqlocks(
    lkmm: &Path,
    folder: &Path,
    herd: &dyn Fn(&[String]) -> std::io::Result<Output>,
) -> Result<(), Box<dyn Error>> {
    println!(
        "\n## A seqlock\n\nA writer and a reader with two tries, under LKMM: whether the reader takes a torn value for a good \
         one.\n"
    );
    println!("| words | the engine's verdict, ms | herd7's process, s | ratio |\n| --- | --- | --- | --- |");
    for words in 2..=4 {
        let file = folder.join(format!("seqlock-{words}.litmus"));
        fs::write(&file, seqlock_litmus(words, 2))?;
        let target = Dialect::Linux.target();
        let (ours, judged) = timed(|| Checker::new(&seqlock(words, 1, 2), &Bounds::default()).judge(&target, is_torn));
        let start = Instant::now();
        let output = herd(&[of_linux(lkmm), vec![file.display().to_string()]].concat())?;
        let theirs = seconds(start.elapsed());
        let never = String::from_utf8_lossy(&output.stdout).contains("Observation seqlock Never");
        if !never || !matches!(judged.verdict, Verdict::Safe) {
            return Err(format!("{words} words: herd7 says never: {never}; the engine {:?}", judged.verdict).into());
        }
        println!("| {words} | {:.2} | {theirs:.2} | {:.0} |", seconds(ours) * 1e3, theirs / seconds(ours));
    }
    Ok(())
}

/// How herd7 is told the kernel's model.
fn of_linux(lkmm: &Path) -> Vec<String> {
    let config = lkmm.join("linux-kernel.cfg");
    vec!["-I".into(), lkmm.display().to_string(), "-conf".into(), config.display().to_string()]
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

fn row(name: &str, times: &[Times]) {
    let sum = |of: fn(&Times) -> f64| times.iter().map(of).sum::<f64>();
    let (ours, least, process, own) = (sum(|t| t.ours), sum(|t| t.least), sum(|t| t.process), sum(|t| t.own));
    let slower = times.iter().filter(|t| t.ours > t.process || t.own > 0.0 && t.ours > t.own).count();
    let slowest = times.iter().max_by(|a, b| a.ours.total_cmp(&b.ours));
    let slowest = slowest.map(|t| format!("{} {:.4} against {:.2}", t.name, t.ours, t.process)).unwrap_or_default();
    println!(
        "| {name} | {} | {ours:.3} | {least:.3} | {process:.1} | {own:.1} | {:.0}, {:.0} | {slower} | {slowest} |",
        times.len(),
        process / ours,
        own / ours,
    );
}
