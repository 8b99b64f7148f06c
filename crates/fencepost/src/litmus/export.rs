//! `fencepost litmus export`: strategies in scenarios as litmus tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use clap::Args;
use fencepost_harness::check::Selection;
use fencepost_harness::export::{export, export_witness, name};
use fencepost_report::write_page;
use rayon::prelude::*;

use crate::answer::{Answer, print};
use crate::check::Pick;
use crate::progress::Progress;

#[derive(Args)]
pub struct Options {
    #[command(flatten)]
    pick: Pick,
    /// The folder that the files are written into; it is made if there is none.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// The scenarios that are not soon decided as well, if none is named: an hour or two.
    #[arg(long)]
    slow: bool,
    /// Leaves out the tests that are too large for herd7 even in parts.
    #[arg(long)]
    small: bool,
    /// Of what is racy one execution alone, which is small enough for herd7, and soon written.
    #[arg(long, conflicts_with = "small")]
    witness: bool,
}

/// Writes what was selected.
pub fn run(options: &Options) -> Result<Answer, String> {
    let all = Selection::everything();
    let selection = options.pick.of(if options.slow { all.complete() } else { all }, &[])?;
    let folder = &options.out;
    fs::create_dir_all(folder).map_err(|e| format!("{}: cannot be made ({e}); name a folder", folder.display()))?;
    let pairs: Vec<_> =
        selection.strategies.iter().flat_map(|&id| selection.scenarios.iter().map(move |&s| (id, s))).collect();
    let progress = Progress::new("litmus export", pairs.len());
    let done: Vec<Result<Counts, String>> = pairs
        .par_iter()
        .map(|&(id, scenario)| {
            let tests =
                if options.witness { export_witness(id, scenario).map(Vec::from_iter) } else { export(id, scenario) };
            let result = tests.map_err(|why| format!("{}: {why}", name(id, scenario)));
            progress.step();
            let mut counts = Counts::default();
            let tests = result?;
            counts.silent += usize::from(tests.is_empty());
            let in_parts = tests.iter().filter(|test| test.name != test.whole).map(|test| &test.whole);
            counts.divided += in_parts.collect::<BTreeSet<_>>().len();
            for test in tests {
                counts.large += usize::from(test.is_large);
                if test.is_large && options.small {
                    continue;
                }
                write_page(&folder.join(format!("{}.litmus", test.name)), &test.text)?;
                counts.written += 1;
            }
            Ok(counts)
        })
        .collect();
    let failed: Vec<&String> = done.iter().filter_map(|result| result.as_ref().err()).collect();
    for why in &failed {
        eprintln!("fencepost: {why}");
    }
    let sum = |count: fn(&Counts) -> usize| done.iter().flatten().map(count).sum::<usize>();
    if options.witness {
        print(&format!(
            "{} files written to {}\n{} strategies in scenarios where nothing is racy under LKMM\n",
            sum(|counts| counts.written),
            folder.display(),
            sum(|counts| counts.silent),
        ))?;
        return Ok(Answer::bad_if(!failed.is_empty()));
    }
    print(&format!(
        "{} files written to {}\n\
         {} of the tests are written in parts, too large for herd7 as a whole\n\
         {} {}are too large for herd7 even so\n\
         {} strategies in scenarios where no combination of what the threads may do breaks a property\n",
        sum(|counts| counts.written),
        folder.display(),
        sum(|counts| counts.divided),
        sum(|counts| counts.large),
        if options.small { "more " } else { "of them " },
        sum(|counts| counts.silent),
    ))?;
    Ok(Answer::bad_if(!failed.is_empty()))
}

/// What became of a strategy in a scenario.
#[derive(Default)]
struct Counts {
    written: usize,
    /// Tests in parts.
    divided: usize,
    large: usize,
    /// Nothing can be asked.
    silent: usize,
}
