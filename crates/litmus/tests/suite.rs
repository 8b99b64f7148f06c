//! Running files, and holding the results against expectations.

mod texts;

use std::path::PathBuf;

use fencepost_litmus::{Bit, Comparison, Expectation, Explanations, Observation, Suite, Summary, Table, parse};
use fencepost_model::{Bounds, Target};
use texts::TEXTS;

fn suite(tables: Vec<Table>) -> Suite {
    let target = Target::named("lkmm").expect("a target of the engine");
    Suite { bounds: Bounds::default(), tables, ..Suite::new(target) }
}

/// Writes these texts into a folder; their paths.
fn files(folder: &tempfile::TempDir, texts: &[&str]) -> Vec<PathBuf> {
    let write = |(index, text): (usize, &&str)| {
        let path = folder.path().join(format!("{index}.litmus"));
        std::fs::write(&path, text).expect("the folder is ours");
        path
    };
    texts.iter().enumerate().map(write).collect()
}

#[test]
fn results_come_in_order_and_are_added_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let claimed = |result: &str| format!("{}\n(* Result: {result} *)", TEXTS[0].0);
    let (right, wrong) = (claimed("Sometimes"), claimed("Never"));
    let mut paths = files(&folder, &[&right, &wrong, TEXTS[0].0, "C broken\n{", "PPC p\n{}"]);
    paths.push(folder.path().join("missing.litmus"));
    let mut told = Vec::new();
    let done = suite(Vec::new()).run(&paths, 3, |done| told.push(done.path.clone())).expect("there are threads");
    assert_eq!(told, paths);
    assert_eq!(done.iter().map(|done| &done.path).collect::<Vec<_>>(), paths.iter().collect::<Vec<_>>());
    assert_eq!(done[0].comparison, Comparison::Agreed);
    assert_eq!(done[1].comparison, Comparison::Disagreed("Never expected, Sometimes found".to_owned()));
    assert_eq!(done[2].comparison, Comparison::None);
    let summary = Summary::of(&done);
    let counts = (summary.files, summary.agreed, summary.disagreed, summary.uncompared, summary.broken);
    assert_eq!(counts, (6, 1, 1, 1, 2));
    assert_eq!((summary.languages.get("PPC"), summary.in_c(), summary.run()), (Some(&1), 5, 3));
    assert!(summary.to_string().starts_with("6 files: 1 as expected, 1 not, 0 not but "));
    assert!(!summary.is_good());
}

#[test]
fn a_comment_speaks_of_lkmm_only() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let text = format!("{}\n(* Result: Sometimes *)", TEXTS[0].0);
    let path = files(&folder, &[&text]).remove(0);
    let sc = Suite { target: Target::named("sc").expect("a target of the engine"), ..suite(Vec::new()) };
    assert_eq!(sc.run_one(&path).comparison, Comparison::None);
    assert_eq!(suite(Vec::new()).run_one(&path).comparison, Comparison::Agreed);
}

#[test]
fn tables_say_what_is_expected() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = files(&folder, &[TEXTS[0].0]).remove(0);
    let compared = |table| suite(vec![table]).run_one(&path).comparison;
    let by_name = |rows: &str| Table::of_names(&format!("name\tcycle\tverdict\tstates\n{rows}")).expect("a table");
    assert_eq!(compared(by_name("MP\tx\tSometimes\t4\n")), Comparison::Agreed);
    let missed = Comparison::Disagreed("3 states expected, 4 found".to_owned());
    assert_eq!(compared(by_name("MP\tx\tSometimes\t3\n")), missed);
    assert_eq!(compared(by_name("other\tx\tNever\t3\n")), Comparison::None);
    let by_path = |bit, value| {
        let name = folder.path().file_name().expect("it has a name").to_string_lossy().into_owned();
        Table::of_paths(&format!("# folder/file,bit\n{name}/0.litmus,{value}\n"), bit).expect("a table")
    };
    assert_eq!(compared(by_path(Bit::Holds, 1)), Comparison::Agreed);
    assert!(matches!(compared(by_path(Bit::Holds, 0)), Comparison::Disagreed(_)));
    assert_eq!(compared(by_path(Bit::RaceFree, 1)), Comparison::Agreed);
    assert!(matches!(compared(by_path(Bit::RaceFree, 0)), Comparison::Disagreed(_)));
}

#[test]
fn a_difference_that_is_explained_counts_as_such() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = files(&folder, &[&format!("{}\n(* Result: Never *)", TEXTS[0].0)]).remove(0);
    let list =
        |row: &str| Explanations::parse(&format!("file\tdifference\therd7\tfault\treason\n{row}\n")).expect("a list");
    let compared = |row: &str| Suite { explanations: list(row), ..suite(Vec::new()) }.run_one(&path).comparison;
    let name = path.file_name().expect("it has a name").to_string_lossy();
    let right = compared(&format!("{name}\tNever expected, Sometimes found\tSometimes\tthe file\tno barrier"));
    assert!(matches!(right, Comparison::Explained(_, why) if why.fault == "the file" && why.reason == "no barrier"));
    for stale in [
        format!("{name}\tAlways expected, Sometimes found\t\t\t"),
        format!("x{name}\tNever expected, Sometimes found\t\t\t"),
    ] {
        assert!(matches!(compared(&stale), Comparison::Disagreed(_)), "{stale}");
    }
    let line = |text: &str| Explanations::parse(text).expect_err("it is broken").line;
    assert_eq!((line("file,difference"), line("file\tdifference\therd7\tfault\treason\na\tb\n")), (1, 2));
}

#[test]
fn a_broken_table_is_an_error_with_its_line() {
    let line = |table: Result<Table, fencepost_litmus::TableError>| table.expect_err("it is broken").line;
    assert_eq!(line(Table::of_names("")), 1);
    assert_eq!(line(Table::of_names("name\tverdict\nMP\tPerhaps\n")), 2);
    assert_eq!(line(Table::of_names("name\tverdict\tstates\nMP\tNever\t3\nSB\tNever\tmany\n")), 3);
    assert_eq!(line(Table::of_names("name\tverdict\nMP\n")), 2);
    assert_eq!(line(Table::of_paths("a,1\nb,2\n", Bit::Holds)), 2);
}

#[test]
fn comments_are_read_as_the_kernel_writes_them() {
    let expectation = |comment: &str| {
        let text = format!("{}\n(*\n * {comment}\n *)\n", TEXTS[0].0);
        parse("t.litmus", &text).expect("it parses").expectation().cloned()
    };
    let observed = |observation, race| {
        Some(Expectation { observation: Some(observation), race: Some(race), ..Expectation::default() })
    };
    assert_eq!(expectation("Result: Never"), observed(Observation::Never, false));
    assert_eq!(expectation("Result: Sometimes DATARACE"), observed(Observation::Sometimes, true));
    assert_eq!(expectation("Result: Always, they say"), observed(Observation::Always, false));
    assert_eq!(expectation("Result: DEADLOCK"), Some(Expectation { deadlock: true, ..Expectation::default() }));
    assert_eq!(expectation("Result: Maybe"), None);
    assert_eq!(expectation("No result"), None);
}
