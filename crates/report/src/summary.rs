//! The page beside the results.

use crate::record::{Outcome, Run, Verdict};
use crate::table;

/// A chart of the page: its file's name, what it shows, and the picture.
pub(crate) struct Chart {
    pub(crate) file: String,
    pub(crate) shows: String,
    pub(crate) svg: String,
}

/// The page `summary.md`, with `charts` embedded by relative links.
pub(crate) fn summary(run: &Run, charts: &[Chart]) -> String {
    let mut page = format!("# fencepost on {}\n\nMade by `{}`. ", run.machine.cpu_name(), run.command);
    page += "Everything here is drawn from [results.json](results.json); `fencepost report` draws it again.\n";
    page += &format!("\n```text\n{}```\n", run.machine);
    let pictures = |page: &mut String, of_verdicts: bool| {
        for Chart { file, shows, .. } in charts.iter().filter(|c| (c.file == VERDICTS) == of_verdicts) {
            *page += &format!("\n![{shows}]({file})\n");
        }
    };
    if !run.checks.is_empty() {
        page += "\n## Verdicts\n";
        pictures(&mut page, true);
        page += &format!("\n{}\n{}\n", table::verdicts(run).markdown(), table::legend());
        page += &claims(run);
        page += &witnesses(run);
        page += &folded("Why verdicts are unknown or were not made", &table::reasons(run).markdown());
    }
    if !run.measurements.is_empty() {
        page += "\n## Costs\n";
        pictures(&mut page, false);
        for view in run.views() {
            let title = format!("Figures: {} lowering, {}", view.lowering, view.setting);
            page += &folded(&title, &table::measurements(run, &view).markdown());
        }
    }
    page
}

/// The file name of the verdict matrix.
pub(crate) const VERDICTS: &str = "verdicts.svg";

fn claims(run: &Run) -> String {
    let wrong: Vec<&Verdict> = run.checks.iter().filter(|v| v.claims_too_much()).collect();
    if wrong.is_empty() {
        return "\nNo strategy claims more than the verdicts allow.\n".into();
    }
    let lines: String = wrong.iter().map(|v| format!("* {}\n", place(v))).collect();
    format!("\n**These claim to be safe and are racy:**\n\n{lines}")
}

/// One witness for each strategy and layout that is racy where as much is ordered as in a kernel: the first.
fn witnesses(run: &Run) -> String {
    let mut shown = Vec::new();
    let mut text = String::new();
    for v in run.checks.iter().filter(|v| !v.orders_less) {
        let Outcome::Racy { property, witness } = &v.outcome else { continue };
        let key = (&v.question.strategy, &v.question.layout);
        if !shown.contains(&key) {
            shown.push(key);
            // A fence longer than any in the witness cannot be closed by it.
            let fence = "`".repeat(witness.split(|c| c != '`').map(str::len).max().unwrap_or(0).max(2) + 1);
            let body = format!("{}: breaks *{property}*.\n\n{fence}text\n{}\n{fence}\n", place(v), witness.trim_end());
            text += &folded(&format!("How {}, {} layout, goes wrong", key.0, key.1), &body);
        }
    }
    text
}

fn place(v: &Verdict) -> String {
    let q = &v.question;
    format!("{}, {} layout, {}, {}: {} {}", q.strategy, q.layout, q.scenario, q.property, q.engine, q.column)
}

pub(crate) fn folded(title: &str, body: &str) -> String {
    format!("\n<details>\n<summary>{title}</summary>\n\n{body}\n</details>\n")
}
