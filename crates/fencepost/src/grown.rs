//! Whether verdicts hold when the scenario grows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;

use fencepost_report::{Question, Verdict};

/// How a verdict changed: the larger scenario, what was said of the smaller one and what is said of it.
type Change<'v> = (&'v str, &'static str, &'static str);

/// Holds the verdicts of larger scenarios, named `SMALLER+what`, against those of the smaller ones: how many are the same, and
/// which are not.
pub fn compared(small: &[Verdict], large: &[Verdict]) -> String {
    let key =
        |q: &Question, scenario: &str| [&q.strategy, &q.layout, scenario, &q.engine, &q.column].map(str::to_owned);
    let known: HashMap<_, _> = small.iter().map(|v| (key(&v.question, &v.question.scenario), &v.outcome)).collect();
    let mut changes: BTreeMap<Change<'_>, BTreeMap<String, BTreeSet<&str>>> = BTreeMap::new();
    let (mut same, mut different) = (0, 0);
    for verdict in large {
        let q = &verdict.question;
        let smaller = q.scenario.split('+').next().unwrap_or_default();
        let Some(before) = known.get(&key(q, smaller)) else { continue };
        let (before, after) = (before.word(), verdict.outcome.word());
        if before == after {
            same += 1;
            continue;
        }
        different += 1;
        let strategies = changes.entry((&q.scenario, before, after)).or_default();
        strategies.entry(format!("{} ({})", q.strategy, q.layout)).or_default().insert(&q.column);
    }
    let mut text = format!("{same} verdicts of larger scenarios are the same, {different} are not.\n");
    for ((scenario, before, after), strategies) in changes {
        let _ = writeln!(text, "\n{scenario}: {after}, and {before} in the smaller one");
        let mut alike: BTreeMap<BTreeSet<&str>, Vec<String>> = BTreeMap::new();
        strategies.into_iter().for_each(|(strategy, columns)| alike.entry(columns).or_default().push(strategy));
        for (columns, strategies) in alike {
            let columns: Vec<&str> = columns.into_iter().collect();
            let _ = writeln!(text, "  {}: {}", columns.join(", "), strategies.join(", "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use fencepost_report::Outcome;

    fn verdict(scenario: &str, column: &str, outcome: Outcome) -> Verdict {
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

    #[test]
    fn what_changes_is_told_by_scenario_and_column() {
        let racy = || Outcome::Racy { property: "p".into(), witness: "w".into() };
        let small = [verdict("a", "lkmm", Outcome::Safe), verdict("a", "rc11", Outcome::Safe)];
        let large = [
            verdict("a+life", "lkmm", Outcome::Safe),
            verdict("a+life", "rc11", racy()),
            verdict("a+try", "lkmm", racy()),
            verdict("a+try", "rc11", racy()),
        ];
        let text = compared(&small, &large);
        assert!(text.starts_with("1 verdicts of larger scenarios are the same, 3 are not.\n"), "{text}");
        assert!(text.contains("a+life: racy, and safe in the smaller one\n  rc11: fence/rfc1 (split)\n"), "{text}");
        assert!(
            text.contains("a+try: racy, and safe in the smaller one\n  lkmm, rc11: fence/rfc1 (split)\n"),
            "{text}"
        );
    }
}
