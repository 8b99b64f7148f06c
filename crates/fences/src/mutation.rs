//! The table of mutants: what was predicted of each, what was found, and why they differ.

use std::collections::BTreeSet;

use fencepost_model::Target;
use fencepost_strategies::Id;

use crate::needed::Mutant;
use crate::subject::Ruling;

/// A row of the table. It speaks of the mutants that it matches and no row above it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Patterns of strategy, layout, place and what it is weakened to; `*` stands for anything.
    pub patterns: [String; 4],
    /// What was predicted before anything was computed: the targets under which it becomes racy.
    pub predicted: String,
    /// What was found; `-` if it is what was predicted.
    pub found: String,
    /// The prediction's reason.
    pub because: String,
    /// Why what was found differs.
    pub why: String,
}

/// The table that stands beside the code.
///
/// # Panics
/// If it is not one: a test reads it.
pub fn table() -> Vec<Row> {
    let lines = include_str!("../data/mutations.tsv").lines().filter(|line| !line.starts_with('#')).skip(1);
    lines.map(Row::parse).collect()
}

impl Row {
    fn parse(line: &str) -> Row {
        let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let [strategy, layout, place, to, predicted, found, because, why] =
            fields[..].as_array().expect("eight fields");
        Row {
            patterns: [strategy, layout, place, to].map(String::clone),
            predicted: predicted.clone(),
            found: found.clone(),
            because: because.clone(),
            why: why.clone(),
        }
    }

    fn speaks_of(&self, id: Id, mutant: &Mutant<'_>) -> bool {
        let of = [&id.name(), id.layout.name(), &mutant.place.name, mutant.to()];
        self.patterns.iter().zip(of).all(|(pattern, text)| matches(pattern, text))
    }

    /// What the row says of its mutants: the targets under which they are racy.
    pub fn racy(&self) -> BTreeSet<&'static str> {
        targets(if self.found == "-" { &self.predicted } else { &self.found })
    }
}

/// Whether a text is what a pattern says, where `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// The targets that a list of patterns names. `safe` is none of them, `weak` all but sc and x86-64's.
fn targets(patterns: &str) -> BTreeSet<&'static str> {
    let weak = |name: &str| name != "sc" && !name.starts_with("x86-64-");
    let named = |name: &str| patterns.split(' ').any(|p| p == "weak" && weak(name) || matches(p, name));
    Target::all().into_iter().map(|target| target.name).filter(|name| named(name)).collect()
}

/// A mutant and the row that speaks of it.
pub struct Compared {
    /// The row's number; `None` if no row does.
    pub row: Option<usize>,
    /// The targets under which it is racy.
    pub racy: BTreeSet<&'static str>,
    /// The targets under which a bound was hit, and which.
    pub unknown: Vec<(&'static str, String)>,
    /// Where the table and what was found differ: the targets that only one of them calls racy, or that the table does not if it
    /// was not looked for everywhere.
    pub differs: BTreeSet<&'static str>,
}

impl Compared {
    /// Whether it is known that the mutant is what the table says.
    pub fn agrees(&self) -> bool {
        self.row.is_some() && self.unknown.is_empty() && self.differs.is_empty()
    }
}

/// Holds what was found of a mutant under some targets against the table, which is about every scenario and property: where it
/// was not looked for `everywhere`, less may have been found.
pub fn compare(table: &[Row], id: Id, mutant: &Mutant<'_>, targets: &[Target], everywhere: bool) -> Compared {
    let (mut racy, mut unknown) = (BTreeSet::new(), Vec::new());
    for (ruling, target) in mutant.rulings.iter().zip(targets) {
        match ruling {
            None | Some(Ruling::Safe) => {}
            Some(Ruling::Racy(_)) => drop(racy.insert(target.name)),
            Some(Ruling::Unknown(why)) => unknown.push((target.name, why.clone())),
        }
    }
    let row = table.iter().position(|row| row.speaks_of(id, mutant));
    let asked = |name: &&&str| targets.iter().any(|target| target.name == **name);
    let said: BTreeSet<_> = row.map_or(BTreeSet::new(), |row| table[row].racy());
    let said: BTreeSet<_> = said.iter().filter(asked).copied().collect();
    let differs = match everywhere {
        true => said.symmetric_difference(&racy).copied().collect(),
        false => racy.difference(&said).copied().collect(),
    };
    Compared { row, racy, unknown, differs }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, is) in [
            ("*", "", true),
            ("fence/*", "fence/rfc1", true),
            ("fence/*", "frozen", false),
            ("*: smp_rmb", "a > b: smp_rmb", true),
            ("*: smp_rmb", "a > b: smp_rmb #1", false),
            ("a*b*c", "a1b2c", true),
            ("a*b*c", "a1c", false),
            ("sc", "sc", true),
        ] {
            assert_eq!(matches(pattern, text), is, "{pattern} {text}");
        }
    }

    #[test]
    fn every_row_names_targets_and_every_difference_is_explained() {
        for row in table() {
            for list in [&row.predicted, &row.found] {
                assert!(list == "safe" || list == "-" || !targets(list).is_empty(), "{row:?}");
            }
            assert!(!row.because.is_empty(), "{row:?}");
            assert_eq!(row.found == "-", row.why.is_empty(), "{row:?}");
            assert!(row.found == "-" || targets(&row.found) != targets(&row.predicted), "{row:?}");
        }
    }
}
