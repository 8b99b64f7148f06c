//! `fencepost litmus export`: strategies in scenarios as litmus tests.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use fencepost_harness::check::Selection;
use fencepost_harness::export::{Exported, export, name};
use rayon::prelude::*;

use crate::answer::{Answer, print};
use crate::progress::Progress;

#[derive(Args)]
pub struct Options {
    /// A family (`fence`), a variant (`fence/rfc1`) or that in one layout (`fence/rfc1@split`); repeat or separate by
    /// commas.
    #[arg(long, value_delimiter = ',', value_name = "S")]
    strategy: Vec<String>,
    /// `shared`, `split` or `own`.
    #[arg(long, value_delimiter = ',', value_name = "L")]
    layout: Vec<String>,
    /// A scenario's name, such as `slab-life`.
    #[arg(long, value_delimiter = ',', value_name = "S")]
    scenario: Vec<String>,
    /// The folder that the files are written into; it is made if there is none.
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

/// Writes what was selected.
pub fn run(options: &Options) -> Result<Answer, String> {
    let selection = Selection::everything().narrowed(&options.strategy, &options.layout, &options.scenario, &[])?;
    let folder = &options.out;
    fs::create_dir_all(folder).map_err(|e| format!("{}: cannot be made ({e}); name a folder", folder.display()))?;
    let pairs: Vec<_> =
        selection.strategies.iter().flat_map(|&id| selection.scenarios.iter().map(move |&s| (id, s))).collect();
    let progress = Progress::new("litmus export", pairs.len());
    let written: Vec<Result<(), String>> = pairs
        .par_iter()
        .map(|&(id, scenario)| {
            let exported = export(id, scenario).map_err(|why| format!("{}: {why}", name(id, scenario)));
            let result = exported.and_then(|exported| write(folder, &exported));
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

/// Writes a file whole, or not at all.
fn write(folder: &Path, exported: &Exported) -> Result<(), String> {
    let path = folder.join(format!("{}.litmus", exported.name));
    let partial = path.with_extension("litmus.partial");
    fs::write(&partial, &exported.text)
        .and_then(|()| fs::rename(&partial, &path))
        .map_err(|e| format!("{}: cannot be written ({e})", path.display()))
}
