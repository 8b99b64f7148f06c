//! The command line as its users meet it: answers, exit statuses, and sentences for bad input.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

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
fn executions_are_drawn() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let into = text(folder.path());
    let output = fencepost(&[
        "check",
        "--strategy",
        "fence/rfc1",
        "--scenario",
        "slab-life",
        "--model",
        "lkmm,sc",
        "--draw",
        into,
    ]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let mut drawn: Vec<_> = fs::read_dir(folder.path()).expect("the folder").flatten().map(|e| e.file_name()).collect();
    drawn.sort();
    assert_eq!(drawn, ["fence-rfc1.split.slab-life.lkmm.dot", "fence-rfc1.split.slab-life.lkmm.svg"]);
    for name in drawn {
        let picture = fs::read_to_string(folder.path().join(name)).expect("a picture");
        assert!(picture.contains("smp_rmb() between them would keep it"), "{picture}");
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

/// Exit status 1 if what was asked for by name is racy, whether that was found now or kept before.
#[test]
fn what_is_kept_counts_as_what_is_found() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("kept.tsv");
    let asked = |strategy: &str| {
        let of = ["check", "--bound", "large", "--scenario", "movable-life", "--model", "sc", "--strategy", strategy];
        fencepost(&[&of[..], &["--keep", text(&file)]].concat()).status.code()
    };
    assert_eq!(asked("frozen/release@split"), Some(0));
    assert_eq!([asked("unordered@shared"), asked("unordered@shared")], [Some(1); 2]);
    assert_eq!(asked("frozen/release@split"), Some(0));
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
fn fences_names_what_is_missing_and_what_is_needed() {
    let ask = |strategy, model, format| {
        fencepost(&["fences", "--strategy", strategy, "--scenario", "slab-life", "--model", model, "--format", format])
    };
    let racy = ask("fence/rfc1@split", "lkmm", "table");
    assert_eq!(racy.status.code(), Some(1));
    for part in ["racy: slab-life under lkmm", "missing: ", "smp_rmb", "cheapest readers", "costs (count"] {
        assert!(stdout(&racy).contains(part), "`{part}` is missing:\n{}", stdout(&racy));
    }
    let safe = ask("fence/rfc2@shared", "arm64-kernel", "json");
    assert_eq!(safe.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_slice(&safe.stdout).expect("it is JSON");
    assert_eq!(json[0]["as_it_stands"]["safe"], true);
    assert!(json[0]["without_control_dependencies"]["safe"].is_boolean(), "{json}");
    assert!(json[0]["placements"].as_array().is_some_and(|searches| searches.len() == 3), "{json}");
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
    refuses(
        &["check", "--bound", "large", "--scenario", "useful,slab-life+life"],
        &["slab-life+life", "without --bound large"],
    );
    refuses(&["check", "--strategy", "fence/rfc1@round"], &["no layout `round`", "shared, split"]);
    refuses(&["fences", "--strategy", "rfc9"], &["no strategy `rfc9`"]);
    refuses(&["fences", "--strategy", "fence", "--model", "alpha"], &["no model `alpha`", "arm64-kernel"]);
    refuses(&["fences", "--strategy", "fence", "--property", "jog"], &["no property `jog`", "no-lost-bit"]);
    refuses(&["fences", "--strategy", "fence", "--costs", "jog"], &["no table of costs `jog`", "arm64"]);
    refuses(&["thread", "--preset", "linux-2.4"], &["no preset `linux-2.4`", "linux-6.10"]);
    refuses(&["measure", "--workload", "jog"], &["no workload `jog`", "reject-slab"]);
    refuses(&["measure", "--strategy", "rfc9"], &["no strategy `rfc9`"]);
}

#[test]
fn arguments_that_mean_nothing_get_one_sentence() {
    refuses(&["check", "--budget", "abc"], &["abc", "--budget"]);
    refuses(&["check", "--budget"], &["--budget", "value"]);
    refuses(&["check", "--stratgy", "fence"], &["--stratgy", "--strategy"]);
    refuses(&["measure", "--format", "yaml"], &["yaml", "table, json"]);
    refuses(&["report", "--from", "results.json"], &["--splice"]);
    refuses(&["jog"], &["jog"]);
    for asked in [&["--help"][..], &["check", "--help"], &["--version"]] {
        assert_eq!(fencepost(asked).status.code(), Some(0), "{asked:?}");
    }
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

/// While it measures the old file is whole, and a kill leaves it so.
#[test]
fn measuring_leaves_an_older_file_alone_until_it_has_results() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("results.json");
    fs::write(&file, "older").expect("a file");
    let mut child = Command::new(env!("CARGO_BIN_EXE_fencepost"))
        .args(["measure", "--save", text(&file)])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program runs");
    thread::sleep(Duration::from_secs(3));
    assert_eq!(child.try_wait().expect("it is a child"), None, "it is still measuring");
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "older");
}

#[test]
fn a_result_that_is_no_file_is_named() {
    let reports = tempfile::tempdir().expect("a temporary folder");
    let results = reports.path().join("target").join("cpu").join("results.json");
    fs::create_dir_all(&results).expect("a folder");
    refuses(&["report", "--reports", text(reports.path())], &[text(&results), "directory"]);
}

#[test]
fn real_threads_count_the_bad_rounds() {
    let output = fencepost(&[
        "check",
        "--strategy",
        "unordered@shared",
        "--scenario",
        "slab-life",
        "--model",
        "stress",
        "--budget",
        "5",
    ]);
    let text = stdout(&output);
    let bad: Vec<&str> = text.lines().filter(|line| line.trim().starts_with("bad rounds")).collect();
    let [line, ..] = bad[..] else { panic!("no count:\n{text}") };
    let figures: Vec<u64> = line.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    assert!(matches!(figures[..], [bad, of] if 0 < bad && bad <= of), "{line}");
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
