//! The results as tables, for a terminal and for Markdown.

use std::fmt::{self, Display};

use comfy_table::{CellAlignment, TableComponent, presets};

use crate::matrix::{Cell, Kind, Matrix, STARRED};
use crate::record::{Figures, Measurement, Run, Verdict, View};
use crate::stats::Interval;

/// A table of text. [`Display`] draws it for a terminal, [`Table::markdown`] for a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
    /// Columns from this one on are aligned to the right.
    figures_from: usize,
}

impl Table {
    fn new(header: &[&str], figures_from: usize) -> Self {
        Self { header: header.iter().map(|h| h.to_string()).collect(), rows: Vec::new(), figures_from }
    }

    /// The table as GitHub's Markdown.
    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<String> = cells.iter().map(|c| markdown_cell(c)).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule: Vec<&str> =
            (0..self.header.len()).map(|i| if i < self.figures_from { "---" } else { "---:" }).collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("{}| {} |\n{rows}", line(&self.header), rule.join(" | "))
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = comfy_table::Table::new();
        table.load_preset(presets::NOTHING).set_header(&self.header).add_rows(&self.rows);
        table.set_style(TableComponent::HeaderLines, '─').set_style(TableComponent::MiddleHeaderIntersections, '─');
        for column in table.column_iter_mut().skip(self.figures_from) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        write!(f, "{}", table.trim_fmt())
    }
}

/// Text that cannot end a Markdown table's cell, its row, or open a tag.
fn markdown_cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

/// What the letters of [`verdicts`] mean.
pub fn legend() -> String {
    format!(
        "S safe, R racy, ? unknown, – not checked: the worst outcome over the scenarios asked and all \
     properties, and how many of them have it; * {STARRED}. ! claims to be safe and is racy; + safe without claiming it."
    )
}

/// The verdict matrix: a row for each strategy and layout, a column for each engine and model.
pub fn verdicts(run: &Run) -> Table {
    let matrix = Matrix::of(run);
    let columns: Vec<String> = matrix.columns.iter().map(|(engine, column)| format!("{engine} {column}")).collect();
    let header: Vec<&str> = ["strategy", "layout"].into_iter().chain(columns.iter().map(String::as_str)).collect();
    let mut table = Table::new(&header, header.len());
    let text = |cell: &Cell| match cell {
        c if c.claims_too_much() => format!("{} !", c.text()),
        c if c.claims_too_little() => format!("{} +", c.text()),
        c => c.text(),
    };
    for (r, (strategy, layout)) in matrix.rows.iter().enumerate() {
        let cells = (0..matrix.columns.len()).map(|c| text(matrix.cell(r, c)));
        table.rows.push([strategy.to_string(), layout.to_string()].into_iter().chain(cells).collect());
    }
    table
}

/// Every verdict by itself, with how many executions the engine looked at, complete ones and beginnings, and the time that
/// this took. An engine that rules out beforehand what cannot break a property looks at none.
pub fn cells(run: &Run) -> Table {
    let header = ["strategy", "layout", "scenario", "engine", "model", "verdict", "executions", "ms"];
    let mut table = Table::new(&header, 6);
    let row = |v: &Verdict| {
        let q = &v.question;
        let verdict = Kind::of(&v.outcome).meaning();
        let texts = [&q.strategy, &q.layout, &q.scenario, &q.engine, &q.column].map(String::clone);
        let figures = [verdict.into(), v.executions.to_string(), format!("{:.1}", v.seconds * 1e3)];
        texts.into_iter().chain(figures).collect()
    };
    table.rows = run.checks.iter().map(row).collect();
    table
}

/// The measurements of one view: the median and its ratio to the baseline, each with its 95 % interval. A
/// measurement that failed says why, and what must be said with figures stands in a column of notes.
pub fn measurements(run: &Run, view: &View) -> Table {
    let ratio = format!("× {} [95 %]", run.baseline);
    let ratio = if run.baseline.is_empty() { "ratio" } else { &ratio };
    let mut shown: Vec<&Measurement> = run.measurements.iter().filter(|m| view.holds(&m.case)).collect();
    let noted = shown.iter().any(|m| m.note.is_some());
    let mut header = vec!["workload", "strategy", "layout", "median [95 %]", ratio, "min", "n"];
    header.extend(noted.then_some("note"));
    let mut table = Table::new(&header, 3);
    let workloads = crate::chart::distinct(shown.iter().map(|m| m.case.workload.as_str()));
    shown.sort_by_key(|m| workloads.iter().position(|w| *w == m.case.workload));
    for Measurement { case, unit, figures, note } in shown {
        let key = [&case.workload, &case.strategy, &case.layout].map(String::clone);
        let cells = match figures {
            Ok(Figures { n, median, min, ratio, .. }) => [
                format!("{} {unit}", with_interval(median)),
                ratio.as_ref().map_or_else(String::clone, with_interval),
                number(*min),
                n.to_string(),
            ],
            Err(why) => [why.clone(), "–".into(), "–".into(), "–".into()],
        };
        let note = noted.then(|| note.clone().unwrap_or_default());
        table.rows.push(key.into_iter().chain(cells).chain(note).collect());
    }
    table
}

/// The reasons why verdicts are unknown or were not made, with how many there are of each.
pub fn reasons(run: &Run) -> Table {
    let mut table = Table::new(&["outcome", "engine", "why", "verdicts"], 3);
    let mut counted: Vec<([String; 3], usize)> = Vec::new();
    for v in &run.checks {
        use crate::record::Outcome::{NotChecked, Unknown};
        let (Unknown { why } | NotChecked { why }) = &v.outcome else { continue };
        let key = [Kind::of(&v.outcome).meaning().into(), v.question.engine.clone(), why.clone()];
        match counted.iter_mut().find(|(k, _)| *k == key) {
            Some((_, count)) => *count += 1,
            None => counted.push((key, 1)),
        }
    }
    table.rows = counted.into_iter().map(|(key, count)| key.into_iter().chain([count.to_string()]).collect()).collect();
    table
}

/// A median with its interval, all three to the median's last place.
fn with_interval(Interval { low, median, high }: &Interval) -> String {
    let decimals = decimals(*median);
    format!("{median:.decimals$} [{low:.decimals$}, {high:.decimals$}]")
}

/// A figure with three significant digits, or all before the point.
pub(crate) fn number(value: f64) -> String {
    format!("{value:.*}", decimals(value))
}

/// The decimals that give three significant digits.
fn decimals(value: f64) -> usize {
    match value {
        v if v >= 99.95 => 0,
        v if v >= 9.995 => 1,
        v if v >= 0.9995 => 2,
        _ => 3,
    }
}
