//! The reports folder: what is in it, that it is the same for the same data, and that it outlives accidents.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use fencepost_report::{Run, folder};

mod sample;

fn contents(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap());
    entries.map(|e| (e.file_name().into_string().unwrap(), fs::read_to_string(e.path()).unwrap())).collect()
}

#[test]
fn holds_the_results_and_everything_drawn_from_them() {
    let reports = tempfile::tempdir().unwrap();
    let run = sample::run();
    let folder = folder::write(reports.path(), &run).unwrap();
    if let Ok(kept) = env::var("FENCEPOST_KEEP") {
        folder::write(Path::new(&kept), &run).unwrap();
    }
    assert!(folder.ends_with("x86_64-unknown-linux-gnu/example-cpu-9000-made-up"));
    assert_eq!(folder::results(reports.path()).unwrap(), [folder.join("results.json")]);
    assert_eq!(Run::load(&folder.join("results.json")).unwrap(), run);
}
