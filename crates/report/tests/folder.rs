//! The reports folder: what is in it, that it is the same for the same data, and that it outlives accidents.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs, thread};

use fencepost_report::{Run, folder, splice};

mod sample;

fn contents(folder: &Path) -> BTreeMap<String, String> {
    let entries = fs::read_dir(folder).unwrap().map(|e| e.unwrap());
    entries.map(|e| (e.file_name().into_string().unwrap(), fs::read_to_string(e.path()).unwrap())).collect()
}

#[test]
fn holds_the_results_and_everything_drawn_from_them() {
    // To look at the pages: FENCEPOST_KEEP=<folder> cargo test --test folder
    let temporary = tempfile::tempdir().unwrap();
    let reports = env::var_os("FENCEPOST_KEEP").map_or_else(|| temporary.path().into(), PathBuf::from);
    let run = sample::run();
    let folder = folder::write(&reports, &run).unwrap();
    assert!(folder.ends_with("x86_64-unknown-linux-gnu/example-cpu-9000-made-up"));
    assert_eq!(folder::results(&reports).unwrap(), [folder.join("results.json")]);
    let names: Vec<String> = contents(&folder).into_keys().collect();
    assert_eq!(
        names,
        [
            "checks.csv",
            "cost-kernel-hot.svg",
            "machine.txt",
            "measurements.csv",
            "results.json",
            "summary.md",
            "trade-off-reject-slab-slab-direct-kernel-hot.svg",
            "verdicts.svg"
        ]
    );
}

#[test]
fn loaded_results_are_drawn_again_byte_for_byte() {
    let [first, second] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let folder = folder::write(first.path(), &sample::small()).unwrap();
    let loaded = Run::load(&folder.join("results.json")).unwrap();
    let again = folder::write(second.path(), &loaded).unwrap();
    assert_eq!(contents(&folder), contents(&again));
}

/// Copies of results, moved or from another machine of the same make, keep to themselves.
#[test]
fn results_are_drawn_beside_them_and_stay_as_they_are() {
    let reports = tempfile::tempdir().unwrap();
    let first = folder::write(reports.path(), &sample::small()).unwrap();
    let second = reports.path().join("copies").join("of another");
    fs::create_dir_all(&second).unwrap();
    let results = fs::read_to_string(first.join("results.json")).unwrap().replace("cargo run", "another run") + "\n\n";
    fs::write(second.join("results.json"), &results).unwrap();
    let before = contents(&first);

    folder::draw(&second, &Run::load(&second.join("results.json")).unwrap()).unwrap();
    assert_eq!(contents(&first), before);
    let drawn = contents(&second);
    assert_eq!(drawn["results.json"], results);
    assert!(drawn["summary.md"].contains("another run"));
    assert!(drawn.keys().eq(before.keys()));
}

#[test]
#[cfg(unix)]
fn results_that_cannot_be_reached_are_named() {
    let reports = tempfile::tempdir().unwrap();
    let folder = reports.path().join("target").join("cpu");
    fs::create_dir_all(&folder).unwrap();
    assert!(folder::results(reports.path()).unwrap().is_empty());
    for broken in [folder.join("results.json"), folder.with_file_name("other cpu"), reports.path().join("other")] {
        std::os::unix::fs::symlink("nowhere", &broken).unwrap();
        let error = folder::results(reports.path()).unwrap_err();
        assert!(error.starts_with(&format!("{}: cannot be reached (", broken.display())), "{error}");
        fs::remove_file(&broken).unwrap();
    }
    let no_file = folder.join("results.json");
    fs::create_dir(&no_file).unwrap();
    assert_eq!(folder::results(reports.path()).unwrap(), std::slice::from_ref(&no_file));
    assert!(Run::load(&no_file).unwrap_err().contains("results.json: cannot be read ("));
}

#[test]
fn the_summary_links_to_every_chart_that_is_there() {
    let reports = tempfile::tempdir().unwrap();
    let files = contents(&folder::write(reports.path(), &sample::small()).unwrap());
    let linked = |name: &String| files["summary.md"].contains(&format!("]({name})"));
    assert!(files.keys().filter(|name| name.ends_with(".svg")).all(linked));
    assert_eq!(files["summary.md"].matches("](").count() - 1, 3, "three charts and results.json");
    insta::assert_snapshot!(files["summary.md"]);
}

#[test]
fn a_run_without_results_still_has_a_page() {
    let reports = tempfile::tempdir().unwrap();
    let folder = folder::write(reports.path(), &Run::new(sample::machine(), "fencepost")).unwrap();
    assert_eq!(contents(&folder).into_keys().collect::<Vec<_>>(), ["machine.txt", "results.json", "summary.md"]);
}

#[test]
fn an_unusable_folder_is_named_in_one_sentence() {
    let file = tempfile::NamedTempFile::new().unwrap();
    for error in [
        folder::write(file.path(), &sample::small()).unwrap_err(),
        folder::results(file.path()).unwrap_err(),
        splice(&file.path().join("README.md"), "x", "").unwrap_err(),
    ] {
        assert!(error.starts_with(file.path().to_str().unwrap()) && !error.contains('\n'), "{error}");
    }
}

#[test]
fn splicing_replaces_the_text_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("README.md");
    fs::write(&page, "a\r\n<!-- fencepost:t -->\nold\n<!-- /fencepost:t -->\nb").unwrap();
    splice(&page, "t", "new\n").unwrap();
    let expected = "a\r\n<!-- fencepost:t -->\nnew\n<!-- /fencepost:t -->\nb";
    assert_eq!(fs::read_to_string(&page).unwrap(), expected);
    let error = splice(&page, "u", "x").unwrap_err();
    assert!(error.contains("README.md: has no marker <!-- fencepost:u -->"), "{error}");
    assert_eq!(fs::read_to_string(&page).unwrap(), expected);
}

/// Tells the killed process of the test below what to do.
const WRITE_FOREVER: &str = "FENCEPOST_TEST_WRITE_FOREVER";

#[test]
fn killing_the_writer_leaves_whole_files() {
    if let Some(reports) = env::var_os(WRITE_FOREVER) {
        let (mut run, other) = (sample::small(), sample::run());
        run.command = "another".into();
        loop {
            folder::write(Path::new(&reports), &run).unwrap();
            folder::write(Path::new(&reports), &other).unwrap();
        }
    }
    let reports = tempfile::tempdir().unwrap();
    let folder = folder::write(reports.path(), &sample::run()).unwrap();
    for turn in 0..12 {
        let mut writer = Command::new(env::current_exe().unwrap())
            .args(["--exact", "killing_the_writer_leaves_whole_files"])
            .env(WRITE_FOREVER, reports.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(40 + 37 * turn));
        writer.kill().unwrap();
        writer.wait().unwrap();
        let run = Run::load(&folder.join("results.json")).unwrap();
        assert!(["another", "cargo run --release"].contains(&run.command.as_str()));
        for (name, text) in contents(&folder).iter().filter(|(name, _)| !name.starts_with(".fencepost-")) {
            let end = if name.ends_with(".svg") { "</svg>\n" } else { "\n" };
            assert!(text.ends_with(end), "{name} is cut short");
        }
    }
}
