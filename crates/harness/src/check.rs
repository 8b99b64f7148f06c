//! The matrix: every strategy in every scenario, judged by every engine.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fencepost_folio::{LayoutName, Strategy};
use fencepost_memory::{Kernel, Memory, Rust};
use fencepost_model::Target;
use fencepost_report::{self as report, Question, Verdict};
use fencepost_strategies::{Id, Visitor, ids, visit};
use rayon::prelude::*;

use crate::engine::model::Case;
use crate::engine::{Budget, Finding, Outcome, loom, stress};
use crate::names::{UnknownName, strategies as strategies_named};
use crate::scenario::{SCENARIOS, Scenario, find, larger, names};

/// An engine with the lowering and model that it judges by.
#[derive(Clone, Debug)]
pub enum Column {
    /// This project's engine.
    Model(Target),
    /// This project's engine without any cleverness.
    Naive(Target),
    /// Loom, in Rust's lowering.
    Loom,
    /// Real threads, in the kernel's lowering.
    StressKernel,
    /// Real threads, in Rust's lowering.
    StressRust,
}

impl Column {
    /// The columns that are judged if none is named: all but the naive ones, which take long, and [`Target::by_name`].
    pub fn defaults() -> Vec<Self> {
        let models = Target::all().into_iter().map(Self::Model);
        models.chain([Self::Loom, Self::StressKernel, Self::StressRust]).collect()
    }

    /// Every column.
    pub fn all() -> Vec<Self> {
        let by_name = Target::by_name().into_iter().map(Self::Model);
        let naive = Target::all().into_iter().map(Self::Naive);
        Self::defaults().into_iter().chain(by_name).chain(naive).collect()
    }

    /// The name of the lowering that is judged; empty for SC, which stands for every one.
    fn lowering(&self) -> &'static str {
        match self {
            Self::Model(target) | Self::Naive(target) if target.is_rust() => Rust::NAME,
            Self::Model(target) | Self::Naive(target) if target.model.name == "sc" => "",
            Self::Model(_) | Self::Naive(_) | Self::StressKernel => Kernel::NAME,
            Self::Loom | Self::StressRust => Rust::NAME,
        }
    }

    /// The engine's name.
    pub const fn engine(&self) -> &'static str {
        match self {
            Self::Model(_) => "model",
            Self::Naive(_) => "naive",
            Self::Loom => "loom",
            Self::StressKernel | Self::StressRust => "stress",
        }
    }

    /// The name of the lowering and model.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Model(target) | Self::Naive(target) => target.name,
            Self::Loom | Self::StressRust => "rust",
            Self::StressKernel => "kernel",
        }
    }

    /// Whether `pattern` names this column: the engine, or `engine/name`; of a model's also the name or how it begins, the memory
    /// model, or the lowering.
    fn is(&self, pattern: &str) -> bool {
        let is_model = match self {
            Self::Model(target) | Self::Naive(target) => {
                [target.name, target.model.name, self.lowering()].contains(&pattern)
                    || target.name.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('-'))
            }
            _ => false,
        };
        // SC has no lowering of its own.
        is_model && !pattern.is_empty()
            || pattern == self.engine()
            || pattern == format!("{}/{}", self.engine(), self.name())
    }

    /// Whether real threads run, which must have the machine to themselves.
    const fn is_native(&self) -> bool {
        matches!(self, Self::StressKernel | Self::StressRust)
    }
}

/// What is to be judged, and how long the engines that only sample or may not end are given for a cell.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The strategies.
    pub strategies: Vec<Id>,
    /// The scenarios.
    pub scenarios: Vec<&'static Scenario>,
    /// The columns.
    pub columns: Vec<Column>,
    /// For loom, a cell.
    pub loom_budget: Budget,
    /// For native stress, a cell.
    pub stress_budget: Budget,
}

impl Selection {
    /// Everything but the slow scenarios, with budgets that fit the main job.
    pub fn everything() -> Self {
        Self {
            strategies: ids(),
            scenarios: SCENARIOS.iter().filter(|scenario| !scenario.slow).collect(),
            columns: Column::defaults(),
            loom_budget: Budget::Time(Duration::from_millis(40)),
            stress_budget: Budget::Time(Duration::from_millis(10)),
        }
    }

    /// Keeps what the names say; an empty list keeps all. An error says which name is unknown, and which there are.
    pub fn narrowed(
        mut self,
        strategies: &[String],
        layouts: &[String],
        scenarios: &[String],
        columns: &[String],
    ) -> Result<Self, String> {
        if !strategies.is_empty() {
            let found: Result<Vec<_>, _> = strategies.iter().map(|name| strategies_named(name)).collect();
            self.strategies = found.map_err(|unknown| unknown.to_string())?.concat();
        }
        if !layouts.is_empty() {
            let all = LayoutName::ALL;
            let by_name = |name: &str| all.into_iter().filter(|layout| layout.name() == name).collect();
            let layouts = named("layout", layouts, by_name, all.map(LayoutName::name))?;
            self.strategies.retain(|id| layouts.contains(&id.layout));
            if self.strategies.is_empty() {
                return Err("none of the strategies named has a layout that is named: drop one of the two".into());
            }
        }
        if !scenarios.is_empty() {
            let by_name = |name: &str| find(name).into_iter().collect();
            self.scenarios = named("scenario", scenarios, by_name, names())?;
        }
        if !columns.is_empty() {
            let (defaults, all) = (Column::defaults(), Column::all());
            let by_name = |name: &str| {
                let among = |columns: &[Column]| columns.iter().filter(|c| c.is(name)).cloned().collect::<Vec<_>>();
                let usual = among(&defaults);
                if usual.is_empty() { among(&all) } else { usual }
            };
            let models = Target::known().into_iter().flat_map(|target| [target.model.name, target.name]);
            self.columns =
                named("model", columns, by_name, ["model", "naive", "loom", "stress"].into_iter().chain(models))?;
        }
        Ok(self)
    }

    /// With the slow scenarios as well.
    pub fn complete(mut self) -> Self {
        self.scenarios = SCENARIOS.iter().collect();
        self
    }

    /// Each scenario one step larger, in every way that it can be: the rows of [`larger`].
    pub fn larger(mut self) -> Self {
        let rows = self.scenarios.iter().flat_map(|scenario| larger(scenario));
        self.scenarios = rows.map(|scenario| &*Box::leak(Box::new(scenario))).collect();
        self
    }

    /// The number of cells.
    pub fn cells(&self) -> usize {
        self.strategies.len() * self.scenarios.len() * self.columns.len()
    }
}

/// What each name stands for, all together.
fn named<T>(
    what: &'static str,
    wanted: &[String],
    find: impl Fn(&str) -> Vec<T>,
    known: impl IntoIterator<Item = impl Into<String>>,
) -> Result<Vec<T>, String> {
    let found: Vec<(&String, Vec<T>)> = wanted.iter().map(|name| (name, find(name))).collect();
    match found.iter().find(|(_, found)| found.is_empty()) {
        Some((name, _)) => Err(UnknownName::new(what, name, known).to_string()),
        None => Ok(found.into_iter().flat_map(|(_, found)| found).collect()),
    }
}

/// Judges every cell, in a fixed order. `progress` is told after each cell how many are done.
pub fn check(selection: &Selection, progress: impl Fn(usize) + Sync) -> Vec<Verdict> {
    let done = AtomicUsize::new(0);
    let step = |cells: usize| progress(done.fetch_add(cells, Ordering::Relaxed) + cells);
    let pairs: Vec<(Id, &'static Scenario)> =
        selection.strategies.iter().flat_map(|&id| selection.scenarios.iter().map(move |&s| (id, s))).collect();
    let judge = |native: bool, &(id, scenario): &(Id, &'static Scenario)| {
        let found = visit(id, &mut Judge { selection, scenario, native }).unwrap_or_default();
        step(found.len());
        found
    };
    let modelled: Vec<Vec<Verdict>> = pairs.par_iter().map(|pair| judge(false, pair)).collect();
    // One after the other: real threads measure nothing if they do not run at the same time.
    let stressed: Vec<Vec<Verdict>> = pairs.iter().map(|pair| judge(true, pair)).collect();
    modelled.into_iter().zip(stressed).flat_map(|(a, b)| a.into_iter().chain(b)).collect()
}

/// Judges one strategy in one scenario in all columns of one kind.
struct Judge<'s> {
    selection: &'s Selection,
    scenario: &'static Scenario,
    native: bool,
}

impl Visitor for Judge<'_> {
    type Output = Vec<Verdict>;

    fn visit<S: Strategy>(&mut self) -> Vec<Verdict> {
        let columns: Vec<&Column> = self.selection.columns.iter().filter(|c| c.is_native() == self.native).collect();
        let needs_case = columns.iter().any(|column| matches!(column, Column::Model(_) | Column::Naive(_)));
        let case = needs_case.then(|| Case::new::<S>(self.scenario));
        let inquiry = case.as_ref().map(Case::inquire);
        let judge = |target: &Target| inquiry.as_ref().map(|judge| judge(target));
        columns.into_iter().map(|column| self.verdict::<S>(column, case.as_ref(), judge)).collect()
    }
}

impl Judge<'_> {
    fn verdict<S: Strategy>(
        &self,
        column: &Column,
        case: Option<&Case>,
        judge: impl Fn(&Target) -> Option<Finding>,
    ) -> Verdict {
        let Selection { loom_budget, stress_budget, .. } = *self.selection;
        let finding = match (column, case) {
            (Column::Model(target), _) => judge(target).expect("a case was made for this column"),
            (Column::Naive(target), case) => case.expect("a case was made for this column").judge_naively(target),
            (Column::Loom, _) => loom::explore::<S>(self.scenario, loom_budget),
            (Column::StressKernel, _) => stress::run::<S, Kernel>(self.scenario, stress_budget),
            (Column::StressRust, _) => stress::run::<S, Rust>(self.scenario, stress_budget),
        };
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
