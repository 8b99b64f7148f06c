//! The matrix: every strategy in every scenario, judged by every engine.

mod selection;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use fencepost_folio::Strategy;
use fencepost_memory::{Kernel, Memory, Rust};
use fencepost_model::Target;
use fencepost_report::{self as report, Question, Verdict};
use fencepost_strategies::{Id, Visitor, visit};
use rayon::prelude::*;

pub use selection::{Column, Selection};

use crate::engine::model::Case;
use crate::engine::{Finding, Outcome, loom, stress};
use crate::scenario::Scenario;

/// Judges every cell, in a fixed order. `progress` is told after each cell how many are done.
pub fn check(selection: &Selection, progress: impl Fn(usize) + Sync) -> Vec<Verdict> {
    let done = AtomicUsize::new(0);
    let step = |cells: usize| progress(done.fetch_add(cells, Ordering::Relaxed) + cells);
    let (strategies, scenarios) = (&selection.strategies, &selection.scenarios);
    let judge = |place: usize, scenario: usize, native: bool, safe: &mut Vec<Safe>| {
        let mut judge = Judge { selection, scenario: scenarios[scenario], native, safe };
        let found = visit(strategies[place], &mut judge).unwrap_or_default();
        step(found.len());
        (place, scenario, found)
    };
    // The variants of a family are judged one after the other, for what is safe in one is safe in those that order more.
    let families = selection.families();
    let jobs = families.iter().flat_map(|places| (0..scenarios.len()).map(move |scenario| (places, scenario)));
    let jobs: Vec<(&Vec<usize>, usize)> = jobs.collect();
    let of_family = |(places, scenario): (&Vec<usize>, usize)| {
        let mut safe = known(selection, strategies[places[0]], scenarios[scenario]);
        places.iter().map(|&place| judge(place, scenario, false, &mut safe)).collect::<Vec<_>>()
    };
    let mut found: Vec<_> = jobs.into_par_iter().flat_map_iter(of_family).collect();
    // One after the other: real threads measure nothing if they do not run at the same time.
    for place in 0..strategies.len() {
        found.extend((0..scenarios.len()).map(|scenario| judge(place, scenario, true, &mut Vec::new())));
    }
    found.sort_by_key(|&(place, scenario, _)| (place, scenario));
    found.into_iter().flat_map(|(.., verdicts)| verdicts).collect()
}

/// A strategy in a scenario, with the targets under which it is safe there, and how many executions were looked at.
struct Safe {
    case: Case,
    under: BTreeMap<&'static str, u64>,
}

/// What the selection knows of other variants of a strategy's family.
fn known(selection: &Selection, variant: Id, scenario: &Scenario) -> Vec<Safe> {
    let others = selection.safe.iter().filter(|(id, _)| id.is_akin_to(variant));
    let safe = |(id, targets): &(Id, Vec<&'static str>)| {
        Some(Safe { case: Case::of(*id, scenario)?, under: targets.iter().map(|&target| (target, 0)).collect() })
    };
    others.filter_map(safe).collect()
}

/// Judges one strategy in one scenario in all columns of one kind.
struct Judge<'s> {
    selection: &'s Selection,
    scenario: &'static Scenario,
    native: bool,
    /// What was found of other variants.
    safe: &'s mut Vec<Safe>,
}

impl Visitor for Judge<'_> {
    type Output = Vec<Verdict>;

    fn visit<S: Strategy>(&mut self) -> Vec<Verdict> {
        let columns: Vec<&Column> = self.selection.columns.iter().filter(|c| c.is_native() == self.native).collect();
        let needs_case = columns.iter().any(|column| matches!(column, Column::Model(_) | Column::Naive(_)));
        let case = needs_case.then(|| Case::new::<S>(self.scenario));
        let others = || self.safe.iter().map(|other| (&other.case, other.under.clone()));
        let inquiry = case.as_ref().map(|case| case.inquire(others()));
        let judge = |target: &Target| inquiry.as_ref().map(|judge| judge(target));
        let found: Vec<Finding> =
            columns.iter().map(|column| self.finding::<S>(column, case.as_ref(), judge)).collect();
        drop(inquiry);
        let is_safe = |(column, finding): (&&Column, &Finding)| match column {
            Column::Model(target) if finding.outcome == Outcome::Safe => Some((target.name, finding.executions)),
            _ => None,
        };
        let under: BTreeMap<_, _> = columns.iter().zip(&found).filter_map(is_safe).collect();
        self.safe.extend(case.map(|case| Safe { case, under }).filter(|safe| !safe.under.is_empty()));
        columns.into_iter().zip(found).map(|(column, finding)| self.verdict::<S>(column, finding)).collect()
    }
}

impl Judge<'_> {
    fn finding<S: Strategy>(
        &self,
        column: &Column,
        case: Option<&Case>,
        judge: impl Fn(&Target) -> Option<Finding>,
    ) -> Finding {
        let Selection { loom_budget, stress_budget, .. } = *self.selection;
        match (column, case) {
            (Column::Model(target), _) => judge(target).expect("a case was made for this column"),
            (Column::Naive(target), case) => case.expect("a case was made for this column").judge_naively(target),
            (Column::Loom, _) => loom::explore::<S>(self.scenario, loom_budget),
            (Column::StressKernel, _) => stress::run::<S, Kernel>(self.scenario, stress_budget),
            (Column::StressRust, _) => stress::run::<S, Rust>(self.scenario, stress_budget),
        }
    }

    fn verdict<S: Strategy>(&self, column: &Column, finding: Finding) -> Verdict {
        let id = Id::of::<S>();
        Verdict {
            question: Question {
                strategy: id.name(),
                layout: id.layout.name().into(),
                scenario: self.scenario.name.into(),
                property: "all".into(),
                engine: column.engine().into(),
                column: column.name().into(),
                lowering: column.lowering().into(),
            },
            claims_safe: self.scenario.is_covered_by(S::CLAIM, column.lowering() == Rust::NAME),
            orders_less: self.scenario.orders_less(),
            executions: finding.executions,
            seconds: finding.time.as_secs_f64(),
            outcome: recorded(finding),
        }
    }
}

fn recorded(finding: Finding) -> report::Outcome {
    match finding.outcome {
        Outcome::Safe => report::Outcome::Safe,
        Outcome::Racy { violation, witness } => {
            report::Outcome::Racy { property: violation.property.name().into(), witness }
        }
        Outcome::Unknown(why) => report::Outcome::Unknown { why },
        Outcome::NotChecked(why) => report::Outcome::NotChecked { why },
    }
}
