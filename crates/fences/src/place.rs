//! Places in a strategy's code, the same in every scenario.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::panic::Location;

use fencepost_harness::engine::model::Case;
use fencepost_model::{Frame, Site, SiteKind};

use crate::source;

/// Whose code a place is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The slab's owner.
    Owner,
    /// The scanner, from the pre-check to success or giving up.
    Reader,
    /// The scanner with a folio that it has isolated.
    Return,
    /// The driver of movable folios.
    Driver,
    /// The page-isolation walker.
    Walker,
}

impl Side {
    /// Every side.
    pub const ALL: [Side; 5] = [Side::Owner, Side::Reader, Side::Return, Side::Driver, Side::Walker];

    /// The name in reports and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Side::Owner => "owner",
            Side::Reader => "reader",
            Side::Return => "return",
            Side::Driver => "driver",
            Side::Walker => "walker",
        }
    }
}

/// The steps of a folio's life, in their order, and whose they are.
const STEPS: &[(&str, Side)] = &[
    ("slab_alloc", Side::Owner),
    ("set_owner_flag", Side::Owner),
    ("slab_use", Side::Owner),
    ("slab_lock", Side::Owner),
    ("slab_unlock", Side::Owner),
    ("clear_owner_flag", Side::Owner),
    ("slab_free", Side::Owner),
    ("precheck", Side::Reader),
    ("isolate", Side::Reader),
    ("put_back", Side::Return),
    ("migrate", Side::Return),
    ("page_alloc", Side::Driver),
    ("make_movable", Side::Driver),
    ("take_back", Side::Driver),
    ("put", Side::Driver),
    ("walk", Side::Walker),
];

/// A line of a strategy that accesses memory or is a barrier, as reached through one chain of calls from a step of its
/// API; the same in every scenario.
#[derive(Clone, Debug)]
pub struct Place {
    /// Whose it is.
    pub side: Side,
    /// The step of the API that leads to it, such as `slab_alloc`.
    pub step: &'static str,
    /// The functions that lead to it and what it is, such as `isolate > try_get: fetch_update`, with a number where
    /// that is not enough to tell it from others.
    pub name: String,
    /// What stands there.
    pub kind: SiteKind,
    /// Whether it is part of a scanner's tests, from the reference to the last one under the lock.
    pub is_test: bool,
    /// Its line, such as `rfc1.rs:87`, after the line that called the helper which holds it if there is one.
    pub line: String,
    /// In the programs.
    pub sites: BTreeSet<Site>,
}

/// `isolate > try_get: fetch_update`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

type Lines = Vec<&'static Location<'static>>;

/// A chain of calls without its scenario: what comes after the last line that is no strategy's. `None` for what is not
/// a strategy's: the hand-off, the buddy allocator.
fn within_strategy(site: &Site) -> Option<Lines> {
    let mut lines = Lines::new();
    for frame in site.frames() {
        let Frame::Line(line) = frame else { return None };
        if source::is_known(line) {
            lines.push(line);
        } else {
            lines.clear();
        }
    }
    let last = lines.last()?;
    (!last.file().ends_with("/zone.rs")).then_some(lines)
}

/// The places that these programs pass, each side's in the order of its steps.
pub fn places(cases: &[Case]) -> Vec<Place> {
    let mut found: BTreeMap<(usize, Lines), (SiteKind, BTreeSet<Site>)> = BTreeMap::new();
    for (site, kind) in cases.iter().flat_map(|case| case.checker().site_kinds()) {
        let Some(lines) = within_strategy(&site) else { continue };
        let step = source::function(lines[0]).and_then(|name| STEPS.iter().position(|(step, _)| *step == name));
        let Some(step) = step else { continue };
        found.entry((step, lines)).or_insert_with(|| (kind, BTreeSet::new())).1.insert(site);
    }
    let lines = || found.keys().filter(|(step, _)| STEPS[*step].0 == "isolate").map(|(_, lines)| lines);
    let is_locking = |lines: &&Lines| lines.iter().any(|line| source::callee(line) == Some("lock_movable"));
    // A strategy that locks and tests at once is all test.
    let tests: BTreeSet<Lines> =
        lines().filter(|l| is_locking(l) || !lines().any(|l| is_locking(&l))).cloned().collect();
    let mut places: Vec<Place> =
        found.into_iter().map(|((step, lines), at)| place(STEPS[step], &lines, tests.contains(&lines), at)).collect();
    number(&mut places);
    places
}

fn place(
    (step, side): (&'static str, Side),
    lines: &Lines,
    is_test: bool,
    (kind, sites): (SiteKind, BTreeSet<Site>),
) -> Place {
    let mut functions: Vec<&str> = lines.iter().filter_map(|line| source::function(line)).collect();
    functions.dedup();
    let own = lines[lines.len() - 1];
    let name = format!("{}: {}", functions.join(" > "), source::callee(own).unwrap_or("?"));
    let site = sites.first().map(Site::to_string).unwrap_or_default();
    Place { side, step, name, kind, is_test, line: site, sites }
}

/// Numbers those of one name.
fn number(places: &mut [Place]) {
    let names: Vec<String> = places.iter().map(|place| place.name.clone()).collect();
    for (at, place) in places.iter_mut().enumerate() {
        if names.iter().filter(|name| **name == place.name).count() > 1 {
            let before = names[..at].iter().filter(|name| **name == names[at]).count();
            place.name += &format!(" #{}", before + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use fencepost_harness::scenario::find;
    use fencepost_strategies::ids;

    use super::*;
    use crate::needed::weakenings;

    #[test]
    fn no_order_of_a_strategy_is_left_out() {
        for id in ids() {
            let cases: Vec<Case> =
                ["slab-life", "movable-life"].iter().filter_map(|name| Case::of(id, find(name)?)).collect();
            let known: BTreeSet<Site> = places(&cases).into_iter().flat_map(|place| place.sites).collect();
            for (site, kind) in cases.iter().flat_map(|case| case.checker().site_kinds()) {
                let is_strategys = within_strategy(&site).is_some();
                assert!(!is_strategys || weakenings(kind).is_empty() || known.contains(&site), "{id}: {site:#}");
            }
        }
    }
}
