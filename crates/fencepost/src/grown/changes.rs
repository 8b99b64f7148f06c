//! What changes when a scenario grows, in words.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::kept::{Kept, Key, Row};

/// Verdicts: a letter of the smaller scenario, one of the larger.
#[derive(Default)]
struct Tally {
    same: usize,
    now_racy: usize,
    now_unknown: usize,
    now_safe: usize,
    /// Racy now, though the strategy claims to be safe.
    broken: usize,
}

impl Tally {
    const fn known(&self) -> usize {
        self.same + self.now_racy + self.now_unknown + self.now_safe
    }

    fn count(&mut self, before: char, after: char) {
        self.broken += usize::from(after == 'R' && before != 'R');
        match (word(before), word(after)) {
            (_, None) => {}
            (before, after) if before == after => self.same += 1,
            (_, Some("racy")) => self.now_racy += 1,
            (_, Some("safe")) => self.now_safe += 1,
            (..) => self.now_unknown += 1,
        }
    }
}

const fn word(letter: char) -> Option<&'static str> {
    match letter {
        'S' => Some("safe"),
        'R' | 'r' => Some("racy"),
        '?' => Some("unknown"),
        _ => None,
    }
}

/// Strategies by the targets that say so, by what the larger scenario has more and what is said of it.
type Changes<'r> = BTreeMap<(&'r str, &'static str), BTreeMap<&'r str, BTreeSet<&'r str>>>;

/// What has changed, of strategies by these names.
fn changes<'r>(kept: &'r Kept, rows: &[(&'r Key, &'r Row)], names: &'r BTreeMap<&Key, String>) -> Changes<'r> {
    let mut changes = Changes::new();
    for (key, row) in rows {
        let what = key.scenario.split_once('+').map_or("", |(_, what)| what);
        for ((before, after), target) in row.before.chars().zip(row.after.chars()).zip(&kept.targets) {
            if let (Some(before), Some(after)) = (word(before), word(after))
                && before != after
            {
                changes.entry((what, after)).or_default().entry(&names[key]).or_default().insert(target);
            }
        }
    }
    changes
}

/// The rows of what is larger than `scenario`.
fn rows<'k>(kept: &'k Kept, scenario: &str) -> Vec<(&'k Key, &'k Row)> {
    kept.rows.iter().filter(|(key, _)| key.scenario.split('+').next() == Some(scenario)).collect()
}

fn tally<'r>(rows: impl IntoIterator<Item = &'r Row>) -> Tally {
    let mut tally = Tally::default();
    for row in rows {
        row.before.chars().zip(row.after.chars()).for_each(|(before, after)| tally.count(before, after));
    }
    tally
}

/// How many cannot be asked.
fn not_applicable<'r>(rows: impl IntoIterator<Item = &'r Row>) -> usize {
    rows.into_iter().map(|row| row.after.matches('-').count()).sum()
}

/// What changes in scenarios one step larger than `scenario`, for a terminal.
pub fn text(kept: &Kept, scenario: &str) -> String {
    let rows = rows(kept, scenario);
    let all = tally(rows.iter().map(|&(_, row)| row));
    let mut text = format!(
        "{scenario}: {} verdicts of larger scenarios are the same, {} are not.\n",
        all.same,
        all.known() - all.same
    );
    let names = names(&rows);
    for ((what, after), strategies) in changes(kept, &rows, &names) {
        let _ = writeln!(text, "\nwith one more {what} {after}, and not so in the smaller one:");
        for (targets, strategies) in alike(strategies) {
            let _ = writeln!(text, "  {}: {}", Vec::from_iter(targets).join(", "), strategies.join(", "));
        }
    }
    text
}

/// What strategies are called on the command line.
fn names<'r>(rows: &[(&'r Key, &'r Row)]) -> BTreeMap<&'r Key, String> {
    rows.iter().map(|(key, _)| (*key, format!("{}@{}", key.strategy, key.layout))).collect()
}

/// These strategies in few words: one by its name, several by how many of their family they are, and all by the family's name.
fn by_family(strategies: &[&str], names: &BTreeMap<&Key, String>) -> Vec<String> {
    let family = |name: &str| name.split(['/', '@']).next().map_or(String::new(), str::to_owned);
    // A strategy is in each of the larger scenarios.
    let all: Vec<String> = names.values().collect::<BTreeSet<_>>().into_iter().map(|name| family(name)).collect();
    let families: BTreeSet<String> = strategies.iter().map(|name| family(name)).collect();
    let said = |of: String| {
        let these: Vec<&&str> = strategies.iter().filter(|name| family(name) == of).collect();
        match (&these[..], all.iter().filter(|other| **other == of).count()) {
            (these, size) if these.len() == size => of,
            ([one], _) => (**one).to_owned(),
            (these, size) => format!("{} of {size} {of}", these.len()),
        }
    };
    families.into_iter().map(said).collect()
}

/// The strategies of which the same targets say so.
fn alike<'r>(strategies: BTreeMap<&'r str, BTreeSet<&'r str>>) -> BTreeMap<BTreeSet<&'r str>, Vec<&'r str>> {
    let mut alike: BTreeMap<_, Vec<&str>> = BTreeMap::new();
    strategies.into_iter().for_each(|(strategy, targets)| alike.entry(targets).or_default().push(strategy));
    alike
}

/// A row for each of the scenarios, of which so many verdicts are to be asked.
pub fn table(kept: &Kept, scenarios: &[(&str, usize)]) -> String {
    let everything = tally(kept.rows.values());
    let cores: f64 = kept.rows.values().map(|row| row.seconds).sum();
    let commits: BTreeSet<&str> = kept.rows.values().map(|row| &*row.commit).collect();
    let mut text = format!(
        "{} of {} verdicts were asked. Of these {} are those of the smaller scenario, {} that were safe are racy, {} that were racy are safe, and {} are \
         unknown, since a bound of the engine was hit. Of those that are racy now, {} are of strategies that claim to be safe there. \
         {:.1} hours of one core; by {}.\n\n| scenario | verdicts | left to ask | the same | now racy | now unknown | where |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | --- |\n",
        everything.known(),
        scenarios.iter().map(|(_, cells)| cells).sum::<usize>() - not_applicable(kept.rows.values()),
        everything.same,
        everything.now_racy,
        everything.now_safe,
        everything.now_unknown,
        everything.broken,
        cores / 3600.0,
        Vec::from_iter(commits).join(", "),
    );
    for &(scenario, cells) in scenarios {
        let rows = rows(kept, scenario);
        let all = tally(rows.iter().map(|&(_, row)| row));
        let left = cells.saturating_sub(all.known() + not_applicable(rows.iter().map(|&(_, row)| row)));
        let names = names(&rows);
        let places: Vec<String> = changes(kept, &rows, &names)
            .into_iter()
            .map(|((what, after), strategies)| {
                let said: Vec<String> = alike(strategies)
                    .into_iter()
                    .map(|(targets, strategies)| {
                        let targets = match targets.len() {
                            all if all == kept.targets.len() => "all targets".to_owned(),
                            _ => Vec::from_iter(targets).join(", "),
                        };
                        format!("{} ({targets})", by_family(&strategies, &names).join(", "))
                    })
                    .collect();
                format!("{after} with one more {what}: {}", said.join("; "))
            })
            .collect();
        let _ = writeln!(
            text,
            "| {scenario} | {} | {left} | {} | {} | {} | {} |",
            all.known(),
            all.same,
            all.now_racy,
            all.now_unknown,
            places.join("<br>")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use fencepost_report::Outcome;

    use super::super::tests::verdict;
    use super::*;

    /// Of `a` safe under `lkmm` and `rc11`.
    fn kept() -> Kept {
        let racy = || Outcome::Racy { property: "p".into(), witness: "w".into() };
        let mut kept = Kept::nowhere(vec!["lkmm".into(), "rc11".into()]);
        let small = [verdict("a", "lkmm", Outcome::Safe), verdict("a", "rc11", Outcome::Safe)];
        let life = [verdict("a+life", "lkmm", Outcome::Safe), verdict("a+life", "rc11", racy())];
        let tries = [verdict("a+try", "lkmm", racy()), verdict("a+try", "rc11", racy())];
        kept.add(&small, &life, "c0ffee").unwrap();
        kept.add(&small, &tries, "c0ffee").unwrap();
        kept
    }

    #[test]
    fn what_changes_is_told_by_what_has_grown_and_by_target() {
        let text = text(&kept(), "a");
        assert!(text.starts_with("a: 1 verdicts of larger scenarios are the same, 3 are not.\n"), "{text}");
        let life = "with one more life racy, and not so in the smaller one:\n  rc11: fence/rfc1@split\n";
        let tries = "with one more try racy, and not so in the smaller one:\n  lkmm, rc11: fence/rfc1@split\n";
        assert!(text.contains(life) && text.contains(tries), "{text}");
    }

    #[test]
    fn a_page_says_what_is_left_and_which_claims_are_broken() {
        let page = table(&kept(), &[("a", 6), ("b", 6)]);
        assert!(
            page.starts_with(
                "4 of 12 verdicts were asked. Of these 1 are those of the smaller scenario, 3 that were safe are racy"
            ),
            "{page}"
        );
        assert!(page.contains(" 3 are of strategies that claim to be safe there."), "{page}");
        let a = "| a | 4 | 2 | 1 | 3 | 0 | racy with one more life: fence (rc11)<br>racy with one more try: fence (all targets) |";
        assert!(page.contains(a) && page.contains("| b | 0 | 6 | 0 | 0 | 0 |  |"), "{page}");
    }
}
