//! Strategies in scenarios as litmus tests, for others to check.

use std::fmt::Write;

use fencepost_folio::{Property, Seen};
use fencepost_litmus::{Apart, Draft, Export, Observation, Sizes, parse};
use fencepost_model::{Bounds, Change, Listing, SiteKind, Sites, State, Target, Verdict};
use fencepost_strategies::Id;

use crate::engine::model::Case;
use crate::scenario::Scenario;

/// A litmus test of a strategy in a scenario: one property is asked about.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Its name: `fence-rfc1.split.slab-life.no-misidentification`, and for one of several parts `.part-2` after that.
    pub name: String,
    /// The name of the whole that it is, or is a part of.
    pub whole: String,
    /// The test, with the expected verdict in it.
    pub text: String,
    /// The verdict under LKMM: whether something bad happens in no execution, in some, or in all; of a part, in none of
    /// its executions, in some, or in all. Unknown if the engine hit a bound.
    pub expected: Observation,
    /// Whether it is too much for herd7, which would take minutes, or years.
    pub is_large: bool,
}

/// From this many candidate executions on a test is large, and written in parts if they are not.
const LARGE: f64 = 4e5;

/// A part is divided further while it has more candidate executions than this.
const PART: f64 = 4e5;

/// A part with more candidate executions than this is large, and the test is written as a whole.
const LARGE_PART: f64 = 1e6;

/// The most parts of one test.
const PARTS: usize = 60;

/// How the test of a witness differs from the whole.
const TOLD_APART: &str = "\n\nSo that herd7 need not try many writes of one value for a read, an or, or a store, may set a bit of its own besides, which who\n\
                          looks at the word has masked out, and what has no result gets one. That allows no execution more.";

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
        let tests = properties.iter().map(|&property| tests(id, &case, listing, property, &lkmm));
        let tests: Vec<Vec<Exported>> = tests.collect::<Result<_, _>>()?;
        if tests.iter().any(|tests| !tests.is_empty()) {
            return Ok(tests.concat());
        }
    }
    Ok(Vec::new())
}

/// Writes the witness of a strategy that is racy in a scenario under LKMM down as a litmus test: the threads go and read as
/// they do there, so that others can check it where all executions are too many. `None` if it is not racy, or not known to
/// be. An error says what the dialect has no word for.
pub fn export_witness(id: Id, scenario: &Scenario) -> Result<Option<Exported>, String> {
    let case = Case::of(id, scenario).ok_or_else(|| format!("there is no strategy {id}"))?;
    let lkmm = Target::named("lkmm").ok_or("the engine has no target `lkmm`")?;
    let Verdict::Racy(witness) = case.checker().judge(&lkmm, |state| case.violation(state).is_some()).verdict else {
        return Ok(None);
    };
    let broken = case.broken_by(&witness).ok_or("the engine's witness breaks no property")?;
    let breaks = |state: &State<'_>| case.violation(state).is_some_and(|found| found.property == broken.property);
    let listing = witness.listing()?;
    let whole = format!("{}.{}", name(id, scenario), broken.property.name());
    let name = format!("{whole}.witness");
    let why = format!("{}. {}", broken.what, witness.reason());
    let about = about(id, scenario, broken.property);
    let written = |listing: &Listing, how: &str| -> Result<(f64, Exported), String> {
        let export = Export { name: &name, comment: "", listing, bad: &breaks, meaning: &meaning };
        let draft = export.whole()?;
        let read = parse(&name, &draft.text()).map_err(|error| error.to_string())?;
        let part = read.part_of_one(&lkmm, &Bounds::default())?.ok_or_else(|| format!("{name}: it has no bad end"))?;
        let (expected, text) = observed(&name, &lkmm, |result| {
            let comment = format!(
                "Result: {result}\n\nWhy: {why}\n\n\
                 The executions of {whole}\n\
                 in which the threads go and read as in one witness; the filter has what they read. So this has a bad end only if the whole\n\
                 has one.{how}\n\n{about}"
            );
            draft.part(&name, &comment, &part)
        })?;
        let candidates = part.candidates();
        let is_large = candidates > LARGE;
        Ok((candidates, Exported { name: name.clone(), whole: whole.clone(), text, expected, is_large }))
    };
    let export = Export { name: &name, comment: "", listing: &listing, bad: &breaks, meaning: &meaning };
    // With more values a bound may be hit.
    let apart = Apart::ALL.into_iter().filter_map(|by| written(&export.told_apart(by).ok()?, TOLD_APART).ok());
    let least = apart.min_by(|(a, _), (b, _)| a.total_cmp(b)).map_or_else(|| written(&listing, ""), Ok)?;
    Ok(Some(least.1))
}

/// What a test is found to be when it is read, and its text with that in it.
fn observed(name: &str, lkmm: &Target, text: impl Fn(Observation) -> String) -> Result<(Observation, String), String> {
    let read = parse(name, &text(Observation::Unknown)).map_err(|error| error.to_string())?;
    let found = read.observe(lkmm, &Bounds::default()).map_err(|error| error.to_string())?;
    Ok((found, text(found)))
}

/// The tests that ask whether a property is broken, and no graver one: one, or its parts; none if no combination of runs
/// could break it.
fn tests(id: Id, case: &Case, listing: &Listing, property: Property, lkmm: &Target) -> Result<Vec<Exported>, String> {
    let breaks = |state: &State<'_>| case.violation(state).is_some_and(|violation| violation.property == property);
    let whole = format!("{}.{}", name(id, case.scenario()), property.name());
    let mut export = Export { name: &whole, comment: "", listing, bad: &breaks, meaning: &meaning };
    if !export.asks()? {
        return Ok(Vec::new());
    }
    let (expected, why) = verdict(case, lkmm, &breaks);
    let about = about(id, case.scenario(), property);
    let comment = format!("Result: {expected}\n\nWhy: {why}\n\n{about}");
    export.comment = &comment;
    let holds = |text: &str| {
        let judged = parse(&whole, text).and_then(|test| test.judge(lkmm, &Bounds::default()));
        judged.is_ok_and(|judged| judged.verdict.is_safe())
    };
    let draft = if expected == Observation::Never { export.lightened(&holds)? } else { export.whole()? };
    let is_large = draft.candidates() > LARGE;
    if is_large {
        let parts = in_parts(&whole, &draft, expected, &about, lkmm)?;
        if !parts.is_empty() {
            return Ok(parts);
        }
    }
    Ok(vec![Exported { name: whole.clone(), text: draft.text(), whole, expected, is_large }])
}

/// The parts of a test; none if they would be too large, or too many. An error if their verdicts, each found on its own,
/// do not make the `expected` one of the whole.
fn in_parts(
    whole: &str,
    draft: &Draft<'_>,
    expected: Observation,
    about: &str,
    lkmm: &Target,
) -> Result<Vec<Exported>, String> {
    let bounds = Bounds::default();
    let test = parse(whole, &draft.text()).map_err(|error| error.to_string())?;
    let sizes = Sizes { aim: PART, limit: LARGE_PART, most: PARTS };
    let Ok(Some(parts)) = test.parts(lkmm, &bounds, &sizes) else { return Ok(Vec::new()) };
    let of = parts.len();
    let written = parts.iter().enumerate().map(|(index, part)| {
        let name = format!("{whole}.part-{}", index + 1);
        let text = |result: Observation| {
            let comment = format!(
                "Result: {result}\n\nPart {} of {of} of {whole}, which is too large for herd7 as a whole.\n\
                 The whole: {expected}. Its parts hold all its bad ends, so it has one if and only if a part has.\n\n{about}",
                index + 1
            );
            draft.part(&name, &comment, part)
        };
        let (expected, text) = observed(&name, lkmm, text)?;
        Ok(Exported { name, whole: whole.to_owned(), text, expected, is_large: false })
    });
    let written: Vec<Exported> = written.collect::<Result<_, String>>()?;
    let reached = |observation| matches!(observation, Observation::Sometimes | Observation::Always);
    let any = written.iter().any(|part| reached(part.expected));
    if written.iter().any(|part| part.expected == Observation::Unknown) {
        return Ok(Vec::new());
    }
    if expected != Observation::Unknown && any != reached(expected) {
        return Err(format!("{whole}: the whole is {expected}, and its parts are not"));
    }
    Ok(written)
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

fn about(id: Id, scenario: &Scenario, property: Property) -> String {
    let mut text = format!("Strategy: {}, layout: {}.\n", id.name(), id.layout.name());
    let _ = writeln!(text, "Scenario {}: {} ({}).", scenario.name, scenario.about, scenario.bounds);
    if let Some(claim) = id.claim() {
        let claims = if scenario.is_covered_by(claim, false) { "claims" } else { "does not claim" };
        let _ = writeln!(text, "The strategy {claims} to be safe here.");
    }
    let _ = writeln!(text, "Asked: whether {} is broken, and no graver property.", property.name());
    text
}
