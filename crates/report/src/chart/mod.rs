//! The charts, as SVG text that is the same, byte for byte, for the same data.
//!
//! Every chart has an opaque white page, a title and a description for screen readers, and a caption that
//! names statistic, *n*, CPU, compiler and commit.

mod canvas;
mod cost;
mod growth;
mod labels;
mod plot;
mod scale;
mod trade_off;
mod verdicts;

pub use cost::cost;
pub use growth::{Growth, Series, growth};
pub use trade_off::trade_off;
pub use verdicts::verdicts;

use crate::record::{Machine, Measurement};

/// Where figures come from, as the end of a caption.
fn origin(machine: &Machine) -> String {
    let Machine { build, date, .. } = machine;
    format!(
        "{} · {} · {} profile · commit {} · {}",
        machine.cpu_name(),
        build.compiler,
        build.profile,
        build.commit,
        date.split('T').next().unwrap_or(date)
    )
}

/// How many samples the figures rest on, in words.
fn samples(measured: &[&Measurement]) -> String {
    let counts = || measured.iter().filter_map(|m| m.figures.as_ref().ok().map(|f| f.n));
    match (counts().min(), counts().max()) {
        (Some(least), Some(most)) if least < most => format!("n = {least} to {most} interleaved rounds"),
        (_, most) => format!("n = {} interleaved rounds", most.unwrap_or(0)),
    }
}

/// The distinct names, in order of appearance.
pub(crate) fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut seen = Vec::new();
    for name in names {
        if !seen.contains(&name) {
            seen.push(name);
        }
    }
    seen
}
