//! Verdicts gathered into a matrix: a row for each strategy and layout, a column for each engine and model.

use crate::record::{Outcome, Run, Verdict};

/// All verdicts of one strategy under one layout by one engine in one column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell<'a> {
    verdicts: Vec<&'a Verdict>,
    /// Those in scenarios that order less than a kernel does.
    orders_less: Vec<&'a Verdict>,
}

/// What a star says of a cell.
pub(crate) const STARRED: &str =
    "racy, but only where a slab is handed on by release and acquire or a bit lock, or folios without the zone's lock";

/// The four outcomes, from the worst to the least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Racy,
    Unknown,
    Safe,
    NotChecked,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Safe, Self::Racy, Self::Unknown, Self::NotChecked];

    pub(crate) fn of(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Safe => Self::Safe,
            Outcome::Racy { .. } => Self::Racy,
            Outcome::Unknown { .. } => Self::Unknown,
            Outcome::NotChecked { .. } => Self::NotChecked,
        }
    }

    pub(crate) fn letter(self) -> &'static str {
        match self {
            Self::Safe => "S",
            Self::Racy => "R",
            Self::Unknown => "?",
            Self::NotChecked => "–",
        }
    }

    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Racy => "racy",
            Self::Unknown => "unknown",
            Self::NotChecked => "not checked",
        }
    }
}

impl Cell<'_> {
    /// The worst outcome; not checked if there is none.
    pub(crate) fn kind(&self) -> Kind {
        let has = |kind: &Kind| self.verdicts.iter().any(|v| Kind::of(&v.outcome) == *kind);
        [Kind::Racy, Kind::Unknown, Kind::Safe].into_iter().find(has).unwrap_or(Kind::NotChecked)
    }

    /// The letter of the worst outcome; `R 1/6` where one of its six verdicts has it, `S*` where only one that orders less is.
    pub(crate) fn text(&self) -> String {
        let (kind, all) = (self.kind(), self.verdicts.len());
        let same = self.verdicts.iter().filter(|v| Kind::of(&v.outcome) == kind).count();
        let star = if self.is_racy_where_less_is_ordered() { "*" } else { "" };
        if same == all { format!("{}{star}", kind.letter()) } else { format!("{} {same}/{all}{star}", kind.letter()) }
    }

    /// Whether it is racy in a scenario that orders less than a kernel with a double-word `cmpxchg`, and in no other.
    pub(crate) fn is_racy_where_less_is_ordered(&self) -> bool {
        self.kind() != Kind::Racy && self.orders_less.iter().any(|v| Kind::of(&v.outcome) == Kind::Racy)
    }

    /// Whether the strategy claims to be safe in a question where it is racy.
    pub(crate) fn claims_too_much(&self) -> bool {
        self.verdicts.iter().chain(&self.orders_less).any(|v| v.claims_too_much())
    }

    /// Whether the strategy claims nothing here and is safe throughout.
    pub(crate) fn claims_too_little(&self) -> bool {
        let mut unclaimed = self.verdicts.iter().filter(|v| !v.claims_safe && !v.orders_less).peekable();
        unclaimed.peek().is_some() && unclaimed.all(|v| v.claims_too_little())
    }
}

/// The matrix, rows and columns in the order in which the verdicts first name them.
pub(crate) struct Matrix<'a> {
    /// Strategy and layout.
    pub(crate) rows: Vec<(&'a str, &'a str)>,
    /// Engine and model or lowering.
    pub(crate) columns: Vec<(&'a str, &'a str)>,
    cells: Vec<Cell<'a>>,
}

impl<'a> Matrix<'a> {
    pub(crate) fn of(run: &'a Run) -> Self {
        let row = |v: &'a Verdict| (v.question.strategy.as_str(), v.question.layout.as_str());
        let column = |v: &'a Verdict| (v.question.engine.as_str(), v.question.column.as_str());
        let rows = grouped(run.checks.iter().map(row));
        let columns = grouped(run.checks.iter().map(column));
        let mut cells = vec![Cell::default(); rows.len() * columns.len()];
        // Asked about by themselves they are what is asked.
        let all_order_less = run.checks.iter().all(|v| v.orders_less);
        for v in &run.checks {
            let place = |all: &[(&str, &str)], one| all.iter().position(|a| *a == one);
            if let (Some(r), Some(c)) = (place(&rows, row(v)), place(&columns, column(v))) {
                let cell = &mut cells[r * columns.len() + c];
                if v.orders_less && !all_order_less { cell.orders_less.push(v) } else { cell.verdicts.push(v) }
            }
        }
        Self { rows, columns, cells }
    }

    /// The most verdicts in a cell.
    pub(crate) fn most(&self) -> usize {
        self.cells.iter().map(|cell| cell.verdicts.len()).max().unwrap_or(0)
    }

    pub(crate) fn cell(&self, row: usize, column: usize) -> &Cell<'a> {
        &self.cells[row * self.columns.len() + column]
    }
}

/// The distinct pairs in order of appearance, those with the same first half together.
fn grouped<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(&'a str, &'a str)> {
    let mut seen: Vec<(&str, &str)> = Vec::new();
    for pair in pairs {
        if !seen.contains(&pair) {
            let after = seen.iter().rposition(|s| s.0 == pair.0).map_or(seen.len(), |i| i + 1);
            seen.insert(after, pair);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::Cell;
    use crate::record::{Outcome, Question, Verdict};

    #[test]
    fn what_is_racy_only_in_theory_has_a_star_and_is_not_counted() {
        let verdict = |outcome, orders_less| {
            let word = String::new;
            let (strategy, layout, scenario, property) = (word(), word(), word(), word());
            let (engine, column, lowering) = (word(), word(), word());
            let question = Question { strategy, layout, scenario, property, engine, column, lowering };
            Verdict { question, outcome, claims_safe: false, orders_less, executions: 0, seconds: 0.0 }
        };
        let racy = || Outcome::Racy { property: String::new(), witness: String::new() };
        let (safe, broken, in_theory) = (verdict(Outcome::Safe, false), verdict(racy(), false), verdict(racy(), true));
        let text = |verdicts: &[_], orders_less: &[_]| {
            Cell { verdicts: verdicts.to_vec(), orders_less: orders_less.to_vec() }.text()
        };
        assert_eq!(text(&[&safe], &[]), "S");
        assert_eq!(text(&[&safe, &safe], &[&in_theory]), "S*");
        assert_eq!(text(&[&safe, &broken], &[&in_theory]), "R 1/2");
    }
}
