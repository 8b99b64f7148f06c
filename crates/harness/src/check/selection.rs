//! What is to be judged: strategies, scenarios, and the engines with the models that they judge by.

use std::collections::BTreeMap;
use std::time::Duration;

use fencepost_folio::LayoutName;
use fencepost_memory::{Kernel, Memory, Rust};
use fencepost_model::Target;
use fencepost_strategies::{Id, ids};

use crate::engine::Budget;
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
    pub(super) fn lowering(&self) -> &'static str {
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
    pub(super) const fn is_native(&self) -> bool {
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
    /// Strategies that are known to be safe in all of the scenarios, under these targets: then those that order more are safe, too.
    pub safe: Vec<(Id, Vec<&'static str>)>,
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
            safe: Vec::new(),
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

    /// The places of the strategies, by family and layout, each family in the catalogue's order.
    pub fn families(&self) -> Vec<Vec<usize>> {
        let mut families: BTreeMap<(&str, LayoutName), Vec<usize>> = BTreeMap::new();
        for (place, id) in self.strategies.iter().enumerate() {
            families.entry((id.family, id.layout)).or_default().push(place);
        }
        let all = ids();
        for places in families.values_mut() {
            places.sort_by_key(|&place| all.iter().position(|id| *id == self.strategies[place]));
        }
        families.into_values().collect()
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
