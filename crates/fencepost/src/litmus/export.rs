//! `fencepost litmus export`: strategies in scenarios as litmus tests.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use fencepost_harness::check::Selection;
use fencepost_harness::export::{export, name};
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
}

/// Writes what was selected.
pub fn run(options: &Options) -> Result<Answer, String> {
    let selection = options.pick.of(Selection::everything(), &[])?;
    let folder = &options.out;
    fs::create_dir_all(folder).map_err(|e| format!("{}: cannot be made ({e}); name a folder", folder.display()))?;
    let pairs: Vec<_> =
        selection.strategies.iter().flat_map(|&id| selection.scenarios.iter().map(move |&s| (id, s))).collect();
    let progress = Progress::new("litmus export", pairs.len());
    let written: Vec<Result<(), String>> = pairs
        .par_iter()
        .map(|&(id, scenario)| {
            let exported = export(id, scenario).map_err(|why| format!("{}: {why}", name(id, scenario)));
            let result = exported.and_then(|it| write_page(&folder.join(format!("{}.litmus", it.name)), &it.text));
            progress.step();
            result
        })
        .collect();
    let failed: Vec<&String> = written.iter().filter_map(|result| result.as_ref().err()).collect();
    for why in &failed {
        eprintln!("fencepost: {why}");
    }
    print(&format!("{} tests written to {}\n", written.len() - failed.len(), folder.display()))?;
    Ok(Answer::bad_if(!failed.is_empty()))
}
