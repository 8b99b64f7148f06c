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
    columns.into_iter().map(name).collect()
}

fn key(id: Id, larger: &Scenario) -> Key {
    Key { scenario: larger.name.into(), strategy: id.name(), layout: id.layout.name().into() }
}

fn name(column: &Column) -> String {
    kept::name(column.engine(), column.name())
}

/// Whether what is kept of what was selected calls for exit status 1: a strategy claims too much, or one of a scenario of which
/// `counts` holds is racy.
pub fn is_bad(kept: &Kept, selection: &Selection, counts: impl Fn(&Scenario) -> bool) -> bool {
    let each =
        selection.scenarios.iter().flat_map(|small| larger(small).into_iter().map(|grown| (counts(small), grown)));
    each.flat_map(|(counts, grown)| selection.strategies.iter().map(move |&id| (counts, key(id, &grown)))).any(
        |(counts, key)| {
            let mut targets = selection.columns.iter().map(name);
            targets.any(|target| kept.claims_too_much(&key, &target) || counts && kept.is_racy(&key, &target))
        },
    )
}

/// Judges each strategy in what is one step larger than `scenario`, and keeps what is found as soon as it is known. What is kept
/// already is not judged again.
pub fn judge(
    selection: &Selection,
    scenario: &'static Scenario,
    kept: &mut Kept,
    step: impl Fn(usize) + Sync,
) -> Result<Vec<Verdict>, String> {
    let all = Selection { scenarios: vec![scenario], ..selection.clone() }.larger().scenarios;
    let of = |id: Id, scenario| Selection { strategies: vec![id], scenarios: vec![scenario], ..selection.clone() };
    let left = |kept: &Kept, id: Id, larger: &Scenario| -> Vec<Column> {
        let is_left = |column: &&Column| !kept.holds(&key(id, larger), &name(column));
        selection.columns.iter().filter(is_left).cloned().collect()
    };
    let asks = |&id: &Id| all.iter().any(|larger| !left(kept, id, larger).is_empty());
    let before = |id: &Id| if asks(id) { check(&of(*id, scenario), |_| ()) } else { Vec::new() };
    let before: Vec<Vec<Verdict>> = selection.strategies.par_iter().map(before).collect();
    let kept = Mutex::new(kept);
    let locked = || kept.lock().unwrap_or_else(PoisonError::into_inner);
    let families = selection.families();
    let judge = |(place, family): (usize, &Vec<usize>)| {
        let judge = |&strategy: &usize| {
            let (id, larger) = (selection.strategies[strategy], all[place]);
            let asked = left(&locked(), id, larger);
            step(selection.columns.len() - asked.len());
            let safe = known_safe(&locked(), id, &asked, |id| key(id, larger));
            let after = check(&Selection { columns: asked, safe, ..of(id, larger) }, |_| ());
            step(after.len());
            locked().add(&before[strategy], &after, env!("FENCEPOST_COMMIT")).map(|()| (strategy, place, after))
        };
        family.iter().map(judge).collect::<Result<Vec<_>, String>>()
    };
    // One more scanner, which is the first of them, takes longest by far.
    let places = (0..all.len()).rev();
    let jobs = places.flat_map(|place| families.iter().map(move |family| (place, family)));
    let mut found =
        jobs.par_bridge().map(judge).collect::<Result<Vec<_>, String>>()?.into_iter().flatten().collect::<Vec<_>>();
    found.sort_by_key(|&(strategy, place, _)| (strategy, place));
    Ok(found.into_iter().flat_map(|(.., verdicts)| verdicts).collect())
}

/// Under which targets the other variants of a strategy's family are known to be safe, of those by which it is asked; as far as
/// what is kept is still so.
fn known_safe(kept: &Kept, id: Id, asked: &[Column], key: impl Fn(Id) -> Key) -> Vec<(Id, Vec<&'static str>)> {
    let is_other = |other: &Id| *other != id && other.is_akin_to(id);
    let safe = |other: Id| {
        let key = key(other);
        let targets = asked.iter().map(Column::name).filter(|target| kept.is_safe(&key, target)).collect();
        (other, targets)
    };
    ids().into_iter().filter(is_other).map(safe).filter(|(_, targets): &(_, Vec<_>)| !targets.is_empty()).collect()
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
