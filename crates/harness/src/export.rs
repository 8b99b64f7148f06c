//! Strategies in scenarios as litmus tests, for others to check.

use std::fmt::Write;

use fencepost_folio::{Property, Seen};
use fencepost_litmus::{Export, Observation, parse};
use fencepost_model::{Bounds, Change, Listing, SiteKind, Sites, State, Target, Verdict};
use fencepost_strategies::Id;

use crate::engine::model::Case;
use crate::scenario::Scenario;

/// A litmus test of a strategy in a scenario: one property is asked about.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Its name: `fence-rfc1.split.slab-life.no-misidentification`.
    pub name: String,
    /// The test, with the expected verdict in it.
    pub text: String,
    /// The verdict under LKMM: whether something bad happens in no execution, in some, or in all. Unknown if the engine
    /// hit a bound.
    pub expected: Observation,
    /// Whether it is too much for herd7, which would take minutes, or years.
    pub is_large: bool,
}

/// From this many candidate executions on a test is large.
const LARGE: f64 = 4e5;

/// What is always asked about: a thread has seen it, whatever memory holds at the end.
const ALWAYS: [Property; 3] = [Property::NoMisidentification, Property::NoFalseFree, Property::Useful];

/// The name of a strategy in a scenario, with which those of its tests begin.
pub fn name(id: Id, scenario: &Scenario) -> String {
    format!("{}.{}.{}", id.name().replace('/', "-"), id.layout.name(), scenario.name)
}

/// Writes a strategy in a scenario down as litmus tests of the kernel's dialect, one for each property that can be asked
/// about. An error says what the dialect has no word for.
pub fn export(id: Id, scenario: &Scenario) -> Result<Vec<Exported>, String> {
    let case = Case::of(id, scenario).ok_or_else(|| format!("there is no strategy {id}"))?;
    let lkmm = Target::named("lkmm").ok_or("the engine has no target `lkmm`")?;
    let asked = asked(&case, &lkmm);
    let (feasible, all) = (case.checker().listing()?, case.checker().listing_of_all()?);
    // Where coherence alone forbids what is asked, the test has to have the runs in which it would happen; and where no
    // run has it, everything else is asked.
    let questions: [(&Listing, &[Property]); 3] = [(&feasible, &asked), (&all, &ALWAYS), (&feasible, &Property::ALL)];
    for (listing, properties) in questions {
        let tests = properties.iter().filter_map(|&property| test(id, &case, listing, property, &lkmm).transpose());
        let tests: Vec<Exported> = tests.collect::<Result<_, _>>()?;
        if !tests.is_empty() {
            return Ok(tests);
        }
    }
    Ok(Vec::new())
}

/// The test that asks whether a property is broken, and no graver one; `None` if no combination of runs could break it.
fn test(id: Id, case: &Case, listing: &Listing, property: Property, lkmm: &Target) -> Result<Option<Exported>, String> {
    let breaks = |state: &State<'_>| case.violation(state).is_some_and(|violation| violation.property == property);
    let name = format!("{}.{}", name(id, case.scenario()), property.name());
    let mut export = Export { name: &name, comment: "", listing, bad: &breaks, meaning: &meaning };
    if !export.asks()? {
        return Ok(None);
    }
    let (expected, why) = verdict(case, lkmm, &breaks);
    let comment = comment(id, case.scenario(), expected, &why, property);
    export.comment = &comment;
    let holds = |text: &str| {
        let judged = parse(&name, text).and_then(|test| test.judge(lkmm, &Bounds::default()));
        judged.is_ok_and(|judged| judged.verdict.is_safe())
    };
    let written = if expected == Observation::Never { export.lightened(&holds)? } else { export.whole()? };
    Ok(Some(Exported { name, text: written.text, expected, is_large: written.candidates > LARGE }))
}

fn verdict(case: &Case, lkmm: &Target, breaks: &(dyn Fn(&State<'_>) -> bool + Sync)) -> (Observation, String) {
    match case.checker().judge(lkmm, breaks).verdict {
        Verdict::Safe => (Observation::Never, "no execution breaks it".into()),
        Verdict::Unknown(why) => (Observation::Unknown, why),
        Verdict::Racy(witness) => {
            let what = case.broken_by(&witness).map_or(String::new(), |violation| violation.what);
            let good = case.checker().judge(lkmm, |state| !breaks(state)).verdict;
            let expected = if good.is_safe() { Observation::Always } else { Observation::Sometimes };
            (expected, format!("{what}. {}", witness.reason()))
        }
    }
}

/// The properties that are asked about: lost bits and miscounted references only where they can happen once barriers and
/// control dependencies are taken away.
fn asked(case: &Case, lkmm: &Target) -> Vec<Property> {
    let barriers = case.checker().site_kinds().into_iter().filter(|(_, kind)| matches!(kind, SiteKind::Barrier(_)));
    let without = barriers.fold(Sites::unchanged(), |sites, (site, _)| sites.with(&site, Change::Fence(None)));
    let bare = lkmm.clone().with_sites(without).without_control();
    let can_break = |property: &Property| {
        let breaks = |state: &State<'_>| case.violation(state).is_some_and(|violation| violation.property == *property);
        ALWAYS.contains(property) || !case.checker().judge(&bare, breaks).verdict.is_safe()
    };
    Property::ALL.into_iter().filter(can_break).collect()
}

fn meaning(results: &[u64]) -> String {
    let seen: Vec<String> = results.iter().copied().filter_map(Seen::decode).map(|seen| seen.to_string()).collect();
    if seen.is_empty() { "nothing to report".into() } else { seen.join(", ") }
}

fn comment(id: Id, scenario: &Scenario, expected: Observation, why: &str, property: Property) -> String {
    let mut text = format!("Result: {expected}\n\nWhy: {why}\n\n");
    let _ = writeln!(text, "Strategy: {}, layout: {}.", id.name(), id.layout.name());
    let _ = writeln!(text, "Scenario {}: {} ({}).", scenario.name, scenario.about, scenario.bounds);
    if let Some(claim) = id.claim() {
        let claims = if scenario.asks_walker() { claim.walker } else { claim.kernel };
        let _ = writeln!(text, "The strategy {} to be safe here.", if claims { "claims" } else { "does not claim" });
    }
    let _ = writeln!(text, "Asked: whether {} is broken, and no graver property.", property.name());
    text
}
