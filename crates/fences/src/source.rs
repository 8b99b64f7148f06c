//! The text of a strategy, to name a place in it by its function and to quote its line.

use std::panic::Location;

/// By path from the workspace's root: the files of the folio and of the strategies.
const SOURCES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/sources.rs"));

fn text(file: &str) -> Option<&'static str> {
    SOURCES.iter().find(|(path, _)| *path == file).map(|(_, text)| *text)
}

/// The function that a line stands in; `None` outside of the folio and the strategies.
pub fn function(place: &Location<'_>) -> Option<&'static str> {
    let above: Vec<&str> = text(place.file())?.lines().take(place.line() as usize).collect();
    above.iter().rev().find_map(|line| {
        let (_, named) = line.trim_start().split_once("fn ").filter(|(before, _)| !before.contains(['"', '/']))?;
        named.split(|c: char| !c.is_alphanumeric() && c != '_').next()
    })
}

/// What the line calls there, from the column on: `smp_rmb` of `m.smp_rmb();`.
pub fn callee(place: &Location<'_>) -> Option<&'static str> {
    let line = text(place.file())?.lines().nth(place.line() as usize - 1)?;
    let call = line.get(place.column() as usize - 1..)?.split('(').next()?;
    call.rsplit([':', '.']).find(|name| !name.is_empty() && !name.ends_with('>'))
}

/// Whether a line is the folio's or a strategy's.
pub fn is_known(place: &Location<'_>) -> bool {
    text(place.file()).is_some()
}
