//! The command line as its users meet it: answers, exit statuses, and sentences for bad input.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn fencepost(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_fencepost")).args(arguments).output().expect("the program runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Exit status 2, and one sentence on standard error that contains each of `parts`.
#[track_caller]
fn refuses(arguments: &[&str], parts: &[&str]) {
    let output = fencepost(arguments);
    let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {sentence}");
    assert_eq!(sentence.trim_end().lines().count(), 1, "{arguments:?}: {sentence}");
    assert!(parts.iter().all(|part| sentence.contains(part)), "{arguments:?}: {sentence}");
}

#[test]
fn the_unprotected_code_is_caught_and_shown() {
    let output =
        fencepost(&["check", "--strategy", "unordered", "--scenario", "slab-life", "--model", "sc,loom,stress"]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for part in ["breaks no-misidentification", "took a slab for a movable folio", "slab owner", "scanner"] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
}

#[test]
fn the_layout_decides_about_rfc1() {
    let check = |strategy| {
        let of = ["check", "--strategy", strategy, "--scenario", "slab-life", "--model", "lkmm,armv8,rc11"];
        fencepost(&of).status.code()
    };
    assert_eq!(check("fence/rfc1@shared"), Some(0));
    assert_eq!(check("fence/rfc1@split"), Some(1));
    assert_eq!(check("fence/rfc1+rmb@split"), Some(0));
}

#[test]
fn json_is_one_document_with_a_verdict_a_cell() {
    let output = fencepost(&[
        "check",
        "--strategy",
        "flagword",
        "--scenario",
        "useful",
        "--model",
        "sc,lkmm",
        "--format",
        "json",
    ]);
    let verdicts: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(verdicts.as_array().map(Vec::len), Some(4));
}

#[test]
fn unknown_names_get_one_sentence_that_lists_the_known_ones() {
    refuses(&["check", "--strategy", "rfc9"], &["no strategy `rfc9`", "fence/rfc1"]);
    refuses(&["check", "--scenario", "jog"], &["no scenario `jog`", "slab-life"]);
    refuses(&["check", "--model", "alpha"], &["no model `alpha`", "lkmm"]);
    refuses(&["check", "--model", ""], &["no model ``"]);
    refuses(&["check", "--layout", "round"], &["no layout `round`", "shared"]);
    refuses(&["check", "--strategy", "flagword", "--layout", "split"], &["layout", "drop one"]);
    refuses(&["check", "--budget=-1"], &["-1"]);
    refuses(&["measure", "--workload", "jog"], &["no workload `jog`", "reject-slab"]);
    refuses(&["measure", "--strategy", "rfc9"], &["no strategy `rfc9`"]);
}

#[test]
fn every_name_that_is_listed_is_accepted() {
    let output = fencepost(&["check", "--strategy", "?"]);
    let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, names) = sentence.trim().split_once("there are ").expect("it lists the names");
    assert!(names.split(", ").count() > 10, "{names}");
    for name in names.split(", ") {
        let output = fencepost(&["check", "--strategy", name, "--scenario", "useful", "--model", "sc"]);
        assert_ne!(output.status.code(), Some(2), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn folders_and_files_that_cannot_be_used_get_one_sentence() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("file");
    fs::write(&file, "not a folder").expect("a file");
    let below = file.join("reports");
    refuses(&["--reports", text(&below)], &["file", "reports"]);
    refuses(&["report", "--reports", text(&folder.path().join("nowhere"))], &["nowhere"]);
    refuses(&["report", "--reports", text(folder.path())], &["no results"]);
    refuses(&["measure", "--quick", "--save", text(&below)], &["file"]);
}

#[test]
fn a_truncated_result_is_refused_and_left_alone() {
    let reports = tempfile::tempdir().expect("a temporary folder");
    let folder = reports.path().join("target").join("cpu");
    fs::create_dir_all(&folder).expect("a folder");
    for broken in ["", "{\"format\": 1, \"machine\"", "[]", "{\"format\": 99}", "\u{0}"] {
        let results = folder.join("results.json");
        fs::write(&results, broken).expect("a file");
        refuses(&["report", "--reports", text(reports.path())], &["results.json"]);
        assert_eq!(fs::read_to_string(&results).expect("it is still there"), broken);
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fencepost"))
        .args(["check", "--strategy", "unordered", "--scenario", "slab-life", "--model", "model", "--explain"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take());
    let mut complaint = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut complaint).expect("it is text");
    assert_eq!(child.wait().expect("it ends").code(), Some(1));
    assert_eq!(complaint, "");
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary path is text")
}
