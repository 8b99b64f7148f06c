//! Whether what is said of a strategy over all scenarios together is said of it in the larger ones, too.

use std::collections::BTreeSet;
use std::fmt::Write;

use fencepost_harness::scenario::{Scenario, larger};
use fencepost_model::Target;

use super::kept::{Kept, Key, Row};

/// What is said of a strategy under some of the targets.
#[derive(Default)]
struct Answer<'k> {
    /// The smaller scenarios in which it is racy.
    racy: BTreeSet<&'static str>,
    /// The larger ones in which it is racy under a target that finds it safe in the smaller one, and these targets.
    now_racy: BTreeSet<&'static str>,
    by: BTreeSet<&'k str>,
    same: usize,
    unknown: usize,
    left: usize,
    /// What is left of what is two steps larger.
    left_twice: usize,
}

impl<'k> Answer<'k> {
    /// Of a strategy in what is one step larger than these scenarios, under the targets of which `is_asked` holds.
    fn of(kept: &'k Kept, name: (&str, &str), scenarios: &[Grown], is_asked: impl Fn(&str) -> bool) -> Self {
        let mut answer = Answer::default();
        for &Grown { small, name: scenario, twice } in scenarios {
            let key = Key { scenario: scenario.into(), strategy: name.0.into(), layout: name.1.into() };
            let row = kept.rows.get(&key);
            for (at, target) in kept.targets.iter().enumerate().filter(|(_, target)| is_asked(target)) {
                let letter = |of: fn(&Row) -> &str| row.and_then(|row| of(row).chars().nth(at)).unwrap_or('.');
                let was_racy = matches!(letter(|row| &row.before), 'R' | 'r');
                if was_racy {
                    answer.racy.insert(small);
                }
                match letter(|row| &row.after) {
                    'R' | 'r' if !was_racy => {
                        answer.now_racy.insert(scenario);
                        answer.by.insert(target);
                    }
                    'R' | 'r' | 'S' => answer.same += 1,
                    '?' => answer.unknown += 1,
                    '-' => {}
                    _ if twice => answer.left_twice += 1,
                    _ => answer.left += 1,
                }
            }
        }
        answer
    }

    fn here(&self) -> String {
        match self.racy.len() {
            0 => "safe".into(),
            racy => format!("racy in {racy}"),
        }
    }

    fn grown(&self) -> String {
        match self.now_racy.len() {
            0 => "the same".into(),
            racy => format!("racy in {racy} more ({})", Vec::from_iter(self.by.iter().copied()).join(", ")),
        }
    }

    fn is_safe_here(&self) -> bool {
        self.racy.is_empty()
    }
}

/// A larger scenario, and the one that has grown.
#[derive(Clone, Copy)]
pub struct Grown {
    small: &'static str,
    name: &'static str,
    /// Whether the smaller one has several scanners, and so is one with fewer, grown.
    twice: bool,
}

impl Grown {
    /// What is one step larger than each of these, without those that count in no answer.
    pub fn counted(scenarios: &[&'static Scenario]) -> Vec<Self> {
        let counted = scenarios.iter().filter(|scenario| !scenario.orders_less() && !scenario.has_own_overlay());
        counted
            .flat_map(|small| {
                let twice = small.has_several_scanners();
                larger(small).into_iter().map(move |grown| Self { small: small.name, name: grown.name, twice })
            })
            .collect()
    }
}

/// A row for each strategy (its name, its layout), and how many of those that are safe everywhere are so in larger scenarios.
pub fn table(kept: &Kept, strategies: &[(String, &str)], scenarios: &[Grown]) -> String {
    let is_rust = |name: &str| Target::named(name).is_some_and(|target| target.is_rust());
    let mut rows = String::new();
    let mut safe = [(0, 0), (0, 0)];
    for (strategy, layout) in strategies {
        let of = |rust: bool| Answer::of(kept, (strategy, layout), scenarios, |target| is_rust(target) == rust);
        let sides = [of(false), of(true)];
        let _ = write!(rows, "| {strategy}@{layout} |");
        for (side, (here, grown)) in sides.iter().zip(&mut safe) {
            *here += usize::from(side.is_safe_here());
            *grown += usize::from(side.is_safe_here() && side.now_racy.is_empty());
            let _ = write!(
                rows,
                " {} | {} | {} | {} | {} | {} |",
                side.here(),
                side.grown(),
                side.same,
                side.unknown,
                side.left,
                side.left_twice
            );
        }
        rows.push('\n');
    }
    let [(kernel, kernel_grown), (rust, rust_grown)] = safe;
    format!(
        "{kernel} strategies are safe in every scenario under every target of the kernel's, and {kernel_grown} of them in every larger \
         one that was asked; under every target of Rust's {rust}, and {rust_grown}. As in [thread.md](thread.md), scenarios with a star count for \
         nothing here, nor do those that are there for their own overlay. Those with two scanners are larger by one already: what they grow to is two steps from one with one scanner, and what is left of \
         that is told by itself.\n\n\
         | strategy | kernel's targets: here | in larger ones | the same | unknown | left | left, two steps | Rust's targets: here | in larger ones | the same | unknown | left | left, two steps |\n\
         | --- | --- | --- | ---: | ---: | ---: | ---: | --- | --- | ---: | ---: | ---: | ---: |\n{rows}"
    )
}

#[cfg(test)]
mod tests {
    use fencepost_report::Outcome;

    use super::super::tests::verdict;
    use super::*;

    #[test]
    fn a_verdict_over_all_scenarios_is_held_against_the_larger_ones() {
        let racy = || Outcome::Racy { property: "p".into(), witness: "w".into() };
        let mut kept = Kept::nowhere(vec!["lkmm".into(), "rc11".into()]);
        let small = |name: &str| [verdict(name, "lkmm", Outcome::Safe), verdict(name, "rc11", racy())];
        kept.add(&small("a"), &[verdict("a+life", "lkmm", Outcome::Safe), verdict("a+life", "rc11", racy())], "c0ffee")
            .unwrap();
        let scenarios = [("a+life", false), ("a+try", false), ("a+scanner", true)];
        let scenarios = scenarios.map(|(name, twice)| Grown { small: "a", name, twice });
        let strategies = [("fence/rfc1".to_owned(), "split")];
        let page = table(&kept, &strategies, &scenarios);
        assert!(
            page.starts_with(
                "1 strategies are safe in every scenario under every target of the kernel's, and 1 of them"
            ),
            "{page}"
        );
        let row = "| fence/rfc1@split | safe | the same | 1 | 0 | 1 | 1 | racy in 1 | the same | 1 | 0 | 1 | 1 |\n";
        assert!(page.ends_with(row), "{page}");

        kept.add(&small("a"), &[verdict("a+try", "lkmm", racy())], "c0ffee").unwrap();
        let page = table(&kept, &strategies, &scenarios);
        assert!(page.contains("every target of the kernel's, and 0 of them"), "{page}");
        assert!(page.contains("| fence/rfc1@split | safe | racy in 1 more (lkmm) | 1 | 0 | 0 | 1 |"), "{page}");
    }
}
