//! Whether verdicts hold when the scenario grows.

mod answers;
mod changes;
mod kept;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use fencepost_harness::check::{Column, Selection, check};
use fencepost_harness::scenario::{self, Scenario, find, larger};
use fencepost_report::Verdict;
use fencepost_strategies::{Id, ids};
use rayon::prelude::*;

pub use changes::text;
pub use kept::Kept;

use answers::Grown;
use kept::Key;

/// What is kept in a file, or nowhere, of the targets by which verdicts are asked. Only memory models' verdicts are kept.
pub fn open(file: Option<&Path>, selection: &Selection) -> Result<Kept, String> {
    let Some(file) = file else { return Ok(Kept::nowhere(names(&selection.columns))) };
    if let Some(other) = selection.columns.iter().find(|column| column.engine() != "model") {
        return Err(format!(
            "--keep keeps what memory models say, and not what {} does: drop one of the two",
            other.engine()
        ));
    }
    let defaults = Column::defaults();
    let kept = Kept::open(file, names(defaults.iter().filter(|column| column.engine() == "model")))?;
    let strategies: BTreeSet<(String, &str)> = ids().iter().map(|id| (id.name(), id.layout.name())).collect();
    let scenarios: BTreeSet<&str> = scenario::names().filter_map(find).flat_map(larger).map(|s| s.name).collect();
    let is_known =
        |key: &Key| strategies.contains(&(key.strategy.clone(), &*key.layout)) && scenarios.contains(&*key.scenario);
    match kept.rows.keys().find(|key| !is_known(key)) {
        None => Ok(kept),
        Some(Key { scenario, strategy, layout }) => Err(format!(
            "{}: holds a verdict of {strategy}@{layout} in {scenario}, and one of the two is no more: delete that line",
            file.display()
        )),
    }
}

fn names<'c>(columns: impl IntoIterator<Item = &'c Column>) -> Vec<String> {
    columns.into_iter().map(|column| kept::name(column.engine(), column.name())).collect()
}

/// Judges each strategy in what is one step larger than `scenario`, and keeps what is found as soon as it is known. What is kept
/// already is not judged again.
pub fn judge(
    selection: &Selection,
    scenario: &'static Scenario,
    kept: &mut Kept,
    step: impl Fn(usize) + Sync,
) -> Result<Vec<Verdict>, String> {
    let kept = Mutex::new(kept);
    let locked = || kept.lock().unwrap_or_else(PoisonError::into_inner);
    let of = |id: Id| {
        let small = Selection { strategies: vec![id], scenarios: vec![scenario], ..selection.clone() };
        let mut before: Vec<Verdict> = Vec::new();
        let mut all = Vec::new();
        for larger in small.clone().larger().scenarios {
            let key = Key { scenario: larger.name.into(), strategy: id.name(), layout: id.layout.name().into() };
            let (held, asked): (Vec<Column>, Vec<Column>) = selection
                .columns
                .iter()
                .cloned()
                .partition(|column| locked().holds(&key, &kept::name(column.engine(), column.name())));
            step(held.len());
            if asked.is_empty() {
                continue;
            }
            if before.is_empty() {
                before = check(&small, |_| ());
            }
            let asked = Selection { scenarios: vec![larger], columns: asked, ..small.clone() };
            let after = check(&asked, |_| ());
            step(after.len());
            locked().add(&before, &after, env!("FENCEPOST_COMMIT"))?;
            all.extend(after);
        }
        Ok(all)
    };
    // In their order, so that what is found first is what was named first.
    let strategies = selection.strategies.iter().copied().enumerate().par_bridge();
    let mut found: Vec<(usize, Result<Vec<Verdict>, String>)> =
        strategies.map(|(number, id)| (number, of(id))).collect();
    found.sort_by_key(|&(number, _)| number);
    found.into_iter().map(|(_, verdicts)| verdicts).collect::<Result<Vec<_>, _>>().map(|all| all.concat())
}

/// A page's tables of all that is kept: a row for each of the scenarios that can grow, and one for each strategy.
pub fn page(kept: &Kept) -> String {
    let all = Selection::everything().complete();
    let cells = |scenario: &&'static Scenario| all.strategies.len() * larger(scenario).len() * kept.targets.len();
    let grows: Vec<(&str, usize)> =
        all.scenarios.iter().map(|s| (s.name, cells(s))).filter(|&(_, cells)| cells > 0).collect();
    let strategies: Vec<(String, &str)> = all.strategies.iter().map(|id| (id.name(), id.layout.name())).collect();
    let by_strategy = answers::table(kept, &strategies, &Grown::counted(&all.scenarios));
    format!("{}\n{by_strategy}", changes::table(kept, &grows))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use fencepost_harness::check::Selection;
    use fencepost_report::{Outcome, Question, Verdict};

    #[test]
    fn a_verdict_of_what_is_no_more_is_an_error() {
        let of_models = Selection::everything().narrowed(&[], &[], &[], &["model".into()]).unwrap();
        let kept = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../reports/larger.tsv"));
        assert!(!super::open(Some(kept), &of_models).unwrap().rows.is_empty());
        let stale = tempfile::NamedTempFile::new().unwrap();
        fs::write(stale.path(), fs::read_to_string(kept).unwrap().replace("slab-life+try", "slab-death+try")).unwrap();
        let refused = super::open(Some(stale.path()), &of_models).err().unwrap();
        assert!(refused.contains("slab-death+try") && refused.contains("delete that line"), "{refused}");
    }

    pub(super) fn verdict(scenario: &str, column: &str, outcome: Outcome) -> Verdict {
        let question = Question {
            strategy: "fence/rfc1".into(),
            layout: "split".into(),
            scenario: scenario.into(),
            property: "all".into(),
            engine: "model".into(),
            column: column.into(),
            lowering: String::new(),
        };
        Verdict { question, outcome, claims_safe: true, orders_less: false, executions: 1, seconds: 0.0 }
    }
}
