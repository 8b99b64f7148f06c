//! The result file: it comes back as it was, and what is wrong with one is said in a sentence.

use std::fs;
use std::path::PathBuf;

use fencepost_report::{FORMAT, Run};
use proptest::prelude::*;
use tempfile::TempDir;

mod sample;

/// A folder with a result file of this text.
fn file(text: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("results.json");
    fs::write(&path, text).unwrap();
    (folder, path)
}

fn saved(run: &Run) -> String {
    let (_folder, path) = file("");
    run.save(&path).unwrap();
    fs::read_to_string(path).unwrap()
}

/// What loading this text says, with the file's name left out.
fn fault(text: impl AsRef<[u8]>) -> String {
    let (_folder, path) = file(text);
    let error = Run::load(&path).expect_err("the file is broken");
    assert!(!error.contains('\n'), "one sentence: {error}");
    error.strip_prefix(&format!("{}: ", path.display())).expect("the file is named first").into()
}

#[test]
fn comes_back_as_it_was() {
    for run in [sample::run(), sample::small(), Run::new(sample::machine(), "")] {
        let (_folder, path) = file(saved(&run));
        assert_eq!(Run::load(&path).unwrap(), run);
    }
}

#[test]
fn has_one_line_a_record() {
    let run = sample::small();
    let text = saved(&run);
    let lines_with = |key: &str| text.lines().filter(|l| l.starts_with(&format!("{{\"{key}\""))).count();
    assert_eq!(lines_with("question"), run.checks.len());
    assert_eq!(lines_with("case"), run.measurements.len());
}

#[test]
fn figures_are_computed_from_the_samples_again() {
    let run = sample::small();
    let median = run.measurements[0].figures.as_ref().unwrap().median.median;
    let edited = saved(&run).replace(&format!("\"median\":{median}"), "\"median\":0.001");
    let (_folder, path) = file(&edited);
    assert_ne!(edited, saved(&run));
    assert_eq!(Run::load(&path).unwrap(), run);
}

#[test]
fn another_version_is_refused_with_both_numbers() {
    let newer = saved(&sample::small()).replacen(&format!("\"format\":{FORMAT}"), "\"format\":99", 1);
    assert_eq!(
        fault(newer),
        "has format version 99, and this fencepost reads version 1; measure again, or use the fencepost that wrote it"
    );
    assert!(fault("{\"format\":99}").starts_with("has format version 99"));
}

#[test]
fn broken_files_name_the_place_and_the_remedy() {
    let whole = saved(&sample::small());
    let remedy = "restore it from version control, or measure again";
    for (text, expected) in [
        ("".into(), "is cut short (EOF while parsing a value at line 1 column 0)".to_string()),
        (whole[..whole.len() / 2].to_string(), "is cut short (EOF while parsing".into()),
        ("no JSON".into(), "is no result file of fencepost (expected ident at line 1 column 2)".into()),
        ("{}".into(), "is no result file of fencepost (missing field `format` at line 1 column 2)".into()),
        (whole.replacen("\"n\":", "\"m\":", 1), "is no result file of fencepost (missing field `n` at line ".into()),
        (whole.replacen("\"samples\":[", "\"samples\":[-1,", 1), "the samples of ".into()),
    ] {
        let said = fault(text);
        assert!(said.starts_with(&expected) && said.ends_with(remedy), "{said}");
    }
    for no_text in [&b"\xff\xfe"[..], &[whole.as_bytes(), b"\xff"].concat()] {
        let said = fault(no_text);
        assert!(said.starts_with("is no result file of fencepost (") && said.ends_with(remedy), "{said}");
    }
    let nowhere = Run::load(&tempfile::tempdir().unwrap().path().join("none.json")).unwrap_err();
    assert!(nowhere.contains("none.json: cannot be read ("), "{nowhere}");
}

#[test]
fn a_file_of_an_older_fencepost_has_no_notes_and_no_lowerings() {
    let mut run = sample::small();
    run.measurements.iter_mut().for_each(|m| m.note = None);
    run.checks.iter_mut().for_each(|v| v.question.lowering = String::new());
    let older = saved(&run).replace(",\"note\":null", "").replace(",\"lowering\":\"\"", "");
    assert!(!older.contains("note") && older.matches("lowering").count() == run.measurements.len());
    let (_folder, path) = file(&older);
    assert_eq!(Run::load(&path).unwrap(), run);
}

#[test]
fn asking_whether_it_can_be_saved_changes_nothing() {
    let (folder, path) = file("old");
    Run::can_save(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    Run::can_save(&folder.path().join("new")).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    for no_file in [folder.path().to_owned(), path.join("below")] {
        let error = Run::can_save(&no_file).unwrap_err();
        assert!(error.starts_with(no_file.to_str().unwrap()) && error.contains("cannot be written ("), "{error}");
    }
}

#[test]
fn a_failed_write_leaves_the_old_file() {
    let (folder, path) = file("old");
    // A folder stands where the new file should go, so that the rename fails.
    let blocked = folder.path().join("blocked");
    fs::create_dir_all(blocked.join("inside")).unwrap();
    let error = sample::small().save(&blocked).unwrap_err();
    assert!(error.contains("blocked: cannot be written (") && !error.contains('\n'), "{error}");
    assert!(blocked.join("inside").is_dir());
    assert_eq!(fs::read_to_string(path).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "no temporary file is left");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_file_cut_anywhere_is_refused(cut in 0.0..1.0f64) {
        let whole = saved(&sample::small());
        let end = (cut * (whole.len() - 3) as f64) as usize;
        fault(&whole.as_bytes()[..end]);
    }

    #[test]
    fn a_damaged_byte_never_panics(place in 0.0..1.0f64, byte: u8) {
        let mut bytes = saved(&sample::small()).into_bytes();
        let place = (place * bytes.len() as f64) as usize;
        bytes[place] = byte;
        let (_folder, path) = file(bytes);
        if let Err(error) = Run::load(&path) {
            prop_assert!(!error.contains('\n'), "{error}");
        }
    }
}
