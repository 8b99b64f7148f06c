//! Tables and CSV: what they show, and that nothing in a name or a reason breaks their form.

use fencepost_report::{csv, table};

mod sample;

#[test]
fn golden() {
    let run = sample::small();
    let (verdicts, costs) = (table::verdicts(&run), table::measurements(&run, &run.views()[0]));
    insta::assert_snapshot!("verdicts-terminal", verdicts);
    insta::assert_snapshot!("verdicts-markdown", verdicts.markdown());
    insta::assert_snapshot!("measurements-terminal", costs);
    insta::assert_snapshot!("measurements-markdown", costs.markdown());
    insta::assert_snapshot!("reasons-terminal", table::reasons(&run));
}

#[test]
fn every_markdown_row_has_the_same_number_of_cells() {
    let run = sample::small();
    for table in [table::verdicts(&run), table::measurements(&run, &run.views()[0]), table::reasons(&run)] {
        let text = table.markdown();
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let first = cells(text.lines().next().unwrap());
        assert!(text.lines().count() > 2 && text.lines().all(|line| cells(line) == first), "{text}");
    }
}

#[test]
fn csv_reads_back_as_the_records() {
    let run = sample::small();
    let read = |text: &str| -> Vec<Vec<String>> {
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        reader.records().map(|r| r.unwrap().iter().map(String::from).collect()).collect()
    };
    let checks = read(&csv::checks(&run).unwrap());
    assert_eq!(checks.len(), run.checks.len());
    let racy = checks.iter().find(|row| row[7] == "racy").unwrap();
    assert!(racy[9].contains("CPU 0                | CPU 1\n"), "{racy:?}");

    let measurements = read(&csv::measurements(&run).unwrap());
    assert_eq!(measurements.len(), run.measurements.len());
    for (row, m) in measurements.iter().zip(&run.measurements) {
        match &m.figures {
            Ok(f) => assert_eq!(row[8].parse::<f64>().unwrap(), f.median.median),
            Err(why) => assert_eq!((row[8].as_str(), &row[row.len() - 2]), ("", why)),
        }
        assert_eq!(row.last(), Some(&m.note.clone().unwrap_or_default()));
    }
}
