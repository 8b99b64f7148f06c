//! `fencepost litmus`, as a user meets it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const MP: &str = "C MP
{}
P0(int *x, int *y) { WRITE_ONCE(*x, 1); smp_store_release(y, 1); }
P1(int *x, int *y) { int r0 = READ_ONCE(*y); int r1 = READ_ONCE(*x); }
exists (1:r0=1 /\\ 1:r1=0)
";

/// A folder with a test that says truly what comes of it, one that does not, a broken one, and one for PowerPC.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("the folder is ours");
    write("a.litmus", &format!("{MP}(* Result: Sometimes *)\n"));
    write("b.litmus", &format!("{MP}(* Result: Never *)\n"));
    write("c.litmus", "C broken\n{");
    write("d.litmus", "PPC p\n{}\n");
    write("good.list", "# one\na.litmus\n");
    folder
}

fn litmus(folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_fencepost"))
        .arg("litmus")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("it prints UTF-8");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_met_expectation_is_0_a_missed_one_1_and_a_file_that_is_none_2() {
    let folder = folder();
    let (status, stdout, stderr) = litmus(folder.path(), &["run", "a.litmus"]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    assert!(stdout.starts_with("Test MP Allowed\nStates 4\n") && stdout.contains("\nObservation MP Sometimes 1 3\n"));
    let (status, stdout, _) = litmus(folder.path(), &["run", "b.litmus"]);
    assert_eq!(status, Some(1));
    assert!(stdout.contains("b.litmus: Never expected, Sometimes found\n"), "{stdout}");
    for (file, message) in [("c.litmus", "fencepost: c.litmus:2:2: "), ("e.litmus", "fencepost: e.litmus: ")] {
        let (status, stdout, stderr) = litmus(folder.path(), &["run", file]);
        assert_eq!((status, stdout.as_str()), (Some(2), ""));
        assert!(stderr.starts_with(message) && stderr.lines().count() == 1, "{stderr}");
    }
}

#[test]
fn a_folder_and_a_list_are_run_file_by_file_and_a_broken_file_is_one_line() {
    let folder = folder();
    let (status, stdout, stderr) = litmus(folder.path(), &["run", ".", "--jobs", "2"]);
    assert_eq!(status, Some(1));
    let lines: Vec<&str> = stderr.lines().collect();
    assert!(lines[0].contains("c.litmus:2:2: ") && lines[1].contains("d.litmus:1:1: ") && lines.len() == 2, "{stderr}");
    let totals = "4 files: 1 as expected, 1 not, 0 not but explained, 0 without expectation, 0 unknown, 0 unsupported, 1 broken, \
                  1 in other languages\n";
    assert!(stdout.contains(totals) && stdout.matches("Test MP Allowed").count() == 2, "{stdout}");
    assert_eq!(litmus(folder.path(), &["run", "@good.list"]).0, Some(0));
    let (status, stdout, _) = litmus(folder.path(), &["run", "a.litmus", "--explain"]);
    assert_eq!(status, Some(0));
    assert!(stdout.contains("a.litmus:3") && stdout.contains("a.litmus:4"), "{stdout}");
}

#[test]
fn a_model_is_named_by_itself_or_by_a_target() {
    let folder = folder();
    for (model, verdict) in [
        ("armv8", "Sometimes"),
        ("arm64-kernel-llsc", "Sometimes"),
        ("AArch64", "Sometimes"),
        ("x86-tso", "Never"),
        ("X86", "Never"),
        ("sc", "Never"),
    ] {
        let (status, stdout, stderr) = litmus(folder.path(), &["run", "a.litmus", "--model", model]);
        assert_eq!((status, stderr.as_str()), (Some(0), ""), "{model}");
        assert!(stdout.contains(&format!("\nObservation MP {verdict} ")), "{model}\n{stdout}");
    }
    let (status, _, stderr) = litmus(folder.path(), &["run", "a.litmus", "--model", "z80"]);
    assert_eq!(status, Some(2));
    assert!(stderr.starts_with("fencepost: there is no model `z80`; there are: arm64-kernel-llsc, "), "{stderr}");
    assert!(stderr.contains(", rvwmo, ") && stderr.contains("for short aarch64, "), "{stderr}");
}

#[test]
fn a_comparison_says_what_differs_and_counts_what_is_explained_apart() {
    let folder = folder();
    let list = "file\tdifference\therd7\tfault\treason\nb.litmus\tNever expected, Sometimes found\tSometimes\tthe file\tno | barrier\n";
    fs::write(folder.path().join("explained.tsv"), list).expect("the folder is ours");
    fs::write(folder.path().join("states.tsv"), "name\tverdict\tstates\nMP\tSometimes\t3\n")
        .expect("the folder is ours");
    let (status, stdout, _) = litmus(folder.path(), &["compare", "a.litmus", "b.litmus"]);
    assert_eq!(status, Some(1));
    assert!(
        stdout.starts_with("b.litmus: Never expected, Sometimes found\n2 files: 1 as expected, 1 not, "),
        "{stdout}"
    );
    let (status, stdout, _) = litmus(folder.path(), &["compare", "a.litmus", "--expect", "states.tsv"]);
    assert_eq!(status, Some(1));
    assert!(stdout.starts_with("a.litmus: 3 states expected, 4 found\n"), "{stdout}");
    let explained = ["compare", "a.litmus", "b.litmus", "--explained", "explained.tsv", "--report", "page.md"];
    let (status, stdout, stderr) = litmus(folder.path(), &[&explained[..], &["--herd7", "no-such-herd7 -q"]].concat());
    assert_eq!((status, stderr.as_str()), (Some(0), ""));
    assert!(stdout.starts_with("herd7 was not asked: `no-such-herd7 -q`: "), "{stdout}");
    let page = fs::read_to_string(folder.path().join("page.md")).expect("it was written");
    assert!(
        page.contains("\n| `b.litmus` | Never expected, Sometimes found | Sometimes | the file | no \\| barrier |\n"),
        "{page}"
    );
    assert!(page.contains("\n| not as expected, and explained below | 1 | 50.00 % |\n"), "{page}");
}

/// What `--herd7` runs here answers with this program's own reports.
#[cfg(unix)]
#[test]
fn herd7_is_asked_where_there_is_one() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let script = format!(
        "#!/bin/sh\nif [ \"$1\" = -version ]; then echo 9.99; exit; fi\nshift\nfor f; do {} litmus run \"$f\" | sed s/MP.Sometimes.1.3/MP\\ Never\\ 0\\ 3/; done\n",
        env!("CARGO_BIN_EXE_fencepost")
    );
    let path = folder.path().join("herd");
    fs::write(&path, script).expect("the folder is ours");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    let (status, stdout, stderr) =
        litmus(folder.path(), &["compare", "a.litmus", "--herd7", "./herd -q", "--report", "page.md"]);
    assert_eq!((status, stderr.as_str()), (Some(0), ""), "herd7's opinion is no expectation");
    assert!(
        stdout.starts_with("a.litmus: herd7 Never, fencepost Sometimes\nherd7 answers 1 of 1 and agrees on 0 "),
        "{stdout}"
    );
    let page = fs::read_to_string(folder.path().join("page.md")).expect("it was written");
    assert!(
        page.contains("\n`./herd -q`, 9.99: herd7 answers 1 of 1 ") && page.contains("| `a.litmus` | herd7 Never, "),
        "{page}"
    );
}
