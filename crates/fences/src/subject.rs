//! A strategy in all scenarios that its orders must do for.

use fencepost_folio::{Property, Violation};
use fencepost_harness::engine::model::Case;
use fencepost_harness::scenario::Scenario;
use fencepost_model::{Change, Sites, State, Target, Verdict, Witness};
use fencepost_strategies::Id;
use rayon::prelude::*;

use crate::place::{Place, places};

/// A strategy in scenarios, asked for properties.
pub struct Subject {
    /// The strategy.
    pub id: Id,
    /// The strategy in each scenario.
    pub cases: Vec<Case>,
    /// What must hold in all of them. An execution counts for the gravest property that it breaks.
    pub properties: Vec<Property>,
    /// The strategy's own places.
    pub places: Vec<Place>,
}

/// What a strategy's orders come to, over all scenarios and some targets.
#[derive(Clone, Debug)]
pub enum Ruling {
    /// They keep every property.
    Safe,
    /// They do not.
    Racy(Box<Broken>),
    /// A bound was hit.
    Unknown(String),
}

/// A property broken, and how.
#[derive(Clone, Debug)]
pub struct Broken {
    /// The scenario.
    pub scenario: &'static str,
    /// The target.
    pub target: &'static str,
    /// Which property, and how.
    pub violation: Violation,
    /// The execution.
    pub witness: Witness,
}

impl Ruling {
    /// Whether every property is kept.
    pub fn is_safe(&self) -> bool {
        matches!(self, Ruling::Safe)
    }

    /// The graver of two: racy, then unknown; the first of two alike.
    #[must_use]
    pub fn or_worse(self, other: Ruling) -> Ruling {
        match (&self, &other) {
            (Ruling::Racy(_), _) | (_, Ruling::Safe) | (Ruling::Unknown(_), Ruling::Unknown(_)) => self,
            _ => other,
        }
    }

    /// How a property is broken, if one is.
    pub fn broken(&self) -> Option<&Broken> {
        match self {
            Ruling::Racy(broken) => Some(broken),
            _ => None,
        }
    }
}

impl Subject {
    /// Makes the strategy ready in each scenario; `None` if there is no such strategy.
    pub fn new(id: Id, scenarios: &[&Scenario], properties: &[Property]) -> Option<Subject> {
        let cases: Option<Vec<Case>> = scenarios.par_iter().map(|scenario| Case::of(id, scenario)).collect();
        let cases = cases?;
        let places = places(&cases);
        Some(Subject { id, cases, properties: properties.to_vec(), places })
    }

    /// Whether an execution breaks one of the properties.
    pub fn is_bad(&self, case: &Case, state: &State<'_>) -> bool {
        case.violation(state).is_some_and(|violation| self.properties.contains(&violation.property))
    }

    /// The question about a case, to be asked under one target and with some changes to the sites after the other.
    pub(crate) fn inquire<'s>(&'s self, case: &'s Case) -> impl Fn(&Target, &Sites) -> Ruling + 's {
        let inquiry = case.checker().inquire(|state| self.is_bad(case, state));
        move |target, sites| match inquiry.judge(&target.clone().with_sites(sites.clone())).verdict {
            Verdict::Safe => Ruling::Safe,
            Verdict::Unknown(why) => Ruling::Unknown(format!("{}: {why}", case.scenario().name)),
            Verdict::Racy(witness) => broken(case, target.name, *witness),
        }
    }

    /// Judges the code as it stands.
    pub fn as_it_stands(&self, targets: &[Target]) -> Baseline {
        let of = |case: &Case| {
            let judge = self.inquire(case);
            targets.iter().map(|target| judge(target, &Sites::unchanged())).collect()
        };
        Baseline { targets: targets.to_vec(), rulings: self.cases.par_iter().map(of).collect() }
    }
}

/// What the code as it stands comes to, by case and target.
pub struct Baseline {
    /// The targets.
    pub targets: Vec<Target>,
    /// By case, then by target.
    pub rulings: Vec<Vec<Ruling>>,
}

impl Baseline {
    /// The first that is not safe, or that all are.
    pub fn overall(&self) -> Ruling {
        let mut all = self.rulings.iter().flatten();
        let racy = all.clone().find(|ruling| ruling.broken().is_some());
        racy.or_else(|| all.find(|ruling| !ruling.is_safe())).cloned().unwrap_or(Ruling::Safe)
    }
}

/// Changes to all sites of some places.
pub(crate) fn changed<'p>(changes: impl IntoIterator<Item = (&'p Place, Change)>) -> Sites {
    let mut sites = Sites::unchanged();
    for (place, change) in changes {
        sites = place.sites.iter().fold(sites, |sites, site| sites.with(site, change));
    }
    sites
}

/// A witness, told.
pub(crate) fn broken(case: &Case, target: &'static str, witness: Witness) -> Ruling {
    match case.broken_by(&witness) {
        Some(violation) => {
            Ruling::Racy(Box::new(Broken { scenario: case.scenario().name, target, violation, witness }))
        }
        None => Ruling::Unknown("the engine's witness breaks no property: a defect of the engine".into()),
    }
}
