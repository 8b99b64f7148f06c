//! What is to be measured, chosen by name.

use fencepost_strategies::{Id, ids};

use super::workload::{Setting, Workload, baseline};
use crate::names::{UnknownName, strategies as strategies_named};

/// What is to be measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    pub(super) strategies: Vec<Id>,
    pub(super) workloads: Vec<Workload>,
    pub(super) settings: Vec<Setting>,
}

impl Plan {
    /// The strategies that match one of the patterns (see [`strategies`](crate::strategies)), the workloads and the settings of these names; an
    /// empty list stands for all. What the strategies' costs are compared to is always measured with them.
    ///
    /// # Errors
    /// If there is nothing of one of the names.
    ///
    /// # Example
    /// ```
    /// use fencepost_harness::measure::Plan;
    ///
    /// assert!(Plan::new(&["fence/rfc1"], &["reject-slab"], &[]).is_ok());
    /// let unknown = Plan::new::<&str>(&[], &["jog"], &[]).unwrap_err();
    /// assert!(unknown.to_string().starts_with("there is no workload `jog`; there are pre-check, "));
    /// ```
    pub fn new<N: AsRef<str>>(strategies: &[N], workloads: &[N], settings: &[N]) -> Result<Self, UnknownName> {
        let mut chosen = if strategies.is_empty() { ids() } else { Vec::new() };
        for pattern in strategies {
            chosen.extend(strategies_named(pattern.as_ref())?);
        }
        let wanted = |id: &Id| chosen.contains(id) || chosen.iter().any(|&chosen| baseline(chosen) == *id);
        Ok(Self {
            strategies: ids().into_iter().filter(wanted).collect(),
            workloads: choose("workload", &Workload::ALL, Workload::name, workloads)?,
            settings: choose("setting", &Setting::ALL, Setting::name, settings)?,
        })
    }
}

/// Those of `all` that have one of `names`, in the order of `all`.
fn choose<T: Copy>(
    what: &'static str,
    all: &[T],
    name_of: fn(T) -> &'static str,
    names: &[impl AsRef<str>],
) -> Result<Vec<T>, UnknownName> {
    let known = || all.iter().map(|&one| name_of(one));
    if let Some(name) = names.iter().find(|name| !known().any(|known| known == name.as_ref())) {
        return Err(UnknownName::new(what, name.as_ref(), known()));
    }
    let chosen = |one: &T| names.is_empty() || names.iter().any(|name| name.as_ref() == name_of(*one));
    Ok(all.iter().copied().filter(chosen).collect())
}

#[cfg(test)]
mod tests {
    use fencepost_strategies::find;

    use super::*;

    fn names(plan: &Plan) -> Vec<String> {
        plan.strategies.iter().map(Id::to_string).collect()
    }

    #[test]
    fn nothing_named_is_everything() {
        let plan = Plan::new::<&str>(&[], &[], &[]).unwrap();
        assert_eq!(plan.strategies, ids());
        assert_eq!(plan.workloads, Workload::ALL);
        assert_eq!(plan.settings, Setting::ALL);
    }

    #[test]
    fn a_strategy_brings_its_baseline() {
        let only = |pattern: &str| names(&Plan::new(&[pattern], &[], &[]).unwrap());
        assert_eq!(only("fence/rfc2@split"), ["unordered (split)", "fence/rfc2 (split)"]);
        assert_eq!(only("flagword/beside"), ["unordered (shared)", "flagword/beside"]);
        assert_eq!(only("unordered"), ["unordered (shared)", "unordered (split)"]);
    }

    #[test]
    fn named_twice_is_measured_once() {
        let plan = Plan::new(&["fence", "fence/rfc1"], &["slab", "slab"], &["hot", "hot"]).unwrap();
        assert_eq!(plan.strategies.len(), 2 + find("fence").len());
        assert_eq!((plan.workloads, plan.settings), (vec![Workload::Slab], vec![Setting::Hot]));
    }

    #[test]
    fn an_unknown_name_lists_the_known_ones() {
        let sentence =
            |strategy, workload, setting| Plan::new(&[strategy], &[workload], &[setting]).unwrap_err().to_string();
        let strategies = sentence("fence/rfc9", "slab", "hot");
        assert!(strategies.starts_with("there is no strategy `fence/rfc9`; there are empty, unordered, fence/rfc1, "));
        assert_eq!(sentence("fence/rfc1@own", "slab", "hot"), "there is no layout `own`; there are shared, split");
        assert_eq!(sentence("fence", "slab", "cold"), "there is no setting `cold`; there are hot, memmap");
        assert_eq!(
            sentence("fence", "", "hot"),
            "there is no workload ``; there are pre-check, reject-slab, reject-free, isolate, slab, slab-rcu"
        );
    }
}
