//! Strategies in scenarios as litmus tests, for others to check.

use std::fmt::Write;

use fencepost_folio::{Property, Seen};
use fencepost_litmus::{Bad, Export, Observation};
use fencepost_model::{Change, SiteKind, Sites, State, Target, Verdict};
use fencepost_strategies::Id;

use crate::engine::model::Case;
use crate::scenario::Scenario;

/// A litmus test of a strategy in a scenario.
#[derive(Clone, Debug)]
pub struct Exported {
    /// Its name: `fence-rfc1.split.slab-life`.
    pub name: String,
    /// The test, with the expected verdict in it.
    pub text: String,
    /// The verdict under LKMM: whether something bad happens in no execution, in some, or in all. Unknown if the engine
    /// hit a bound.
    pub expected: Observation,
}

/// What is always asked about: a thread has seen it, whatever memory holds at the end.
const ALWAYS: [Property; 3] = [Property::NoMisidentification, Property::NoFalseFree, Property::Useful];

/// The name of a strategy's test in a scenario.
pub fn name(id: Id, scenario: &Scenario) -> String {
    format!("{}.{}.{}", id.name().replace('/', "-"), id.layout.name(), scenario.name)
}

/// Writes a strategy in a scenario down as a litmus test of the kernel's dialect. An error says what the dialect has no
/// word for.
pub fn export(id: Id, scenario: &Scenario) -> Result<Exported, String> {
    let case = Case::of(id, scenario).ok_or_else(|| format!("there is no strategy {id}"))?;
    let lkmm = Target::named("lkmm").ok_or("the engine has no target `lkmm`")?;
    let (expected, why) = verdict(&case, &lkmm);
    let asked = asked(&case, &lkmm);
    let breaks = |state: &State<'_>, properties: &[Property]| {
        case.violation(state).is_some_and(|violation| properties.contains(&violation.property))
    };
    let (name, comment) = (name(id, scenario), comment(id, scenario, expected, &why, &asked));
    let export = |listing, bad| Export { name: &name, comment: &comment, listing, bad, meaning: &meaning };
    let (feasible, all) = (case.checker().listing()?, case.checker().listing_of_all()?);
    let bad: [Bad<'_>; 3] =
        [&|state| breaks(state, &asked), &|state| breaks(state, &ALWAYS), &|state| case.violation(state).is_some()];
    // Where coherence alone forbids what is asked, the test has to have the runs in which it would happen; and where no
    // run has it, everything else is asked.
    let questions = [export(&feasible, bad[0]), export(&all, bad[1]), export(&feasible, bad[2])];
    let mut question = &questions[2];
    for candidate in questions[..2].iter().rev() {
        if candidate.asks()? {
            question = candidate;
        }
    }
    let text = question.text()?;
    Ok(Exported { name, text, expected })
}

fn verdict(case: &Case, lkmm: &Target) -> (Observation, String) {
    match case.checker().judge(lkmm, |state| case.violation(state).is_some()).verdict {
        Verdict::Safe => (Observation::Never, "every execution keeps every property".into()),
        Verdict::Unknown(why) => (Observation::Unknown, why),
        Verdict::Racy(witness) => {
            let what = case.broken_by(&witness).map_or(String::new(), |violation| violation.what);
            let good = case.checker().judge(lkmm, |state| case.violation(state).is_none()).verdict;
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

fn comment(id: Id, scenario: &Scenario, expected: Observation, why: &str, asked: &[Property]) -> String {
    let mut text = format!("Result: {expected}\n\nWhy: {why}\n\n");
    let _ = writeln!(text, "Strategy: {}, layout: {}.", id.name(), id.layout.name());
    let _ = writeln!(text, "Scenario {}: {} ({}).", scenario.name, scenario.about, scenario.bounds);
    if let Some(claim) = id.claim() {
        let claims = if scenario.asks_walker() { claim.walker } else { claim.kernel };
        let _ = writeln!(text, "The strategy {} to be safe here.", if claims { "claims" } else { "does not claim" });
    }
    let asked: Vec<&str> = asked.iter().map(|property| property.name()).collect();
    let _ = writeln!(text, "Asked: whether {} can be broken.", asked.join(" or "));
    if asked.len() < Property::ALL.len() {
        text += "The other properties hold, by fencepost's engine, even without barriers and control dependencies; they are\n\
                 asked about only where these cannot even be put.\n";
    }
    text
}
