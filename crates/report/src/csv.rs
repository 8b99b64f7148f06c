//! The results as comma-separated values, for spreadsheets and other programs.

use ::csv::Writer;

use crate::matrix::Kind;
use crate::record::{Case, Outcome, Question, Run};
use crate::stats::Interval;

/// The verdicts, one a line.
///
/// # Errors
/// One sentence, if a record cannot be written.
pub fn checks(run: &Run) -> Result<String, String> {
    let mut rows = vec![
        [
            "strategy",
            "layout",
            "scenario",
            "property",
            "engine",
            "column",
            "lowering",
            "outcome",
            "broken",
            "detail",
            "claims_safe",
            "orders_less",
        ]
        .map(String::from)
        .into_iter()
        .chain(["executions", "seconds"].map(String::from))
        .collect::<Vec<_>>(),
    ];
    for v in &run.checks {
        let Question { strategy, layout, scenario, property, engine, column, lowering } = &v.question;
        let (broken, detail) = match &v.outcome {
            Outcome::Safe => ("", ""),
            Outcome::Racy { property, witness } => (property.as_str(), witness.as_str()),
            Outcome::Unknown { why } | Outcome::NotChecked { why } => ("", why.as_str()),
        };
        let outcome = Kind::of(&v.outcome).meaning();
        let words =
            [strategy, layout, scenario, property, engine, column, lowering, outcome, broken, detail].map(String::from);
        let figures =
            [v.claims_safe.to_string(), v.orders_less.to_string(), v.executions.to_string(), v.seconds.to_string()];
        rows.push(words.into_iter().chain(figures).collect());
    }
    written(&rows)
}

/// The measurements, one a line. `error` says why figures are missing, `note` what must be said with them.
///
/// # Errors
/// One sentence, if a record cannot be written.
pub fn measurements(run: &Run) -> Result<String, String> {
    let names = "strategy,layout,lowering,workload,setting,unit,n,verified,median,low,high,min,ratio,ratio_low,ratio_high,error,note";
    let mut rows: Vec<Vec<String>> = vec![names.split(',').map(String::from).collect()];
    let three = |i: &Interval| [i.median, i.low, i.high].map(|v| v.to_string());
    for m in &run.measurements {
        let Case { strategy, layout, lowering, workload, setting } = &m.case;
        let mut row = [strategy, layout, lowering, workload, setting, &m.unit].map(String::clone).to_vec();
        let error = match &m.figures {
            Ok(f) => {
                row.extend([f.n.to_string(), f.verified.to_string()]);
                row.extend(three(&f.median));
                row.push(f.min.to_string());
                row.extend(f.ratio.as_ref().map_or_else(|_| Default::default(), three));
                f.ratio.as_ref().err()
            }
            Err(why) => {
                row.extend(vec![String::new(); 9]);
                Some(why)
            }
        };
        row.push(error.cloned().unwrap_or_default());
        row.push(m.note.clone().unwrap_or_default());
        rows.push(row);
    }
    written(&rows)
}

fn written(rows: &[Vec<String>]) -> Result<String, String> {
    let mut writer = Writer::from_writer(Vec::new());
    let fault = |e: &dyn std::fmt::Display| format!("the results cannot be written as CSV ({e})");
    rows.iter().try_for_each(|row| writer.write_record(row)).map_err(|e| fault(&e))?;
    let bytes = writer.into_inner().map_err(|e| fault(&e))?;
    String::from_utf8(bytes).map_err(|e| fault(&e))
}
