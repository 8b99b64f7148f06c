//! A witness in columns.

use std::fmt;

use super::Witness;
use super::numbers::Numbers;
use crate::operation::Action;

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.story();
        let mut widths: Vec<_> = self.names.iter().map(|name| name.chars().count()).collect();
        for row in &rows {
            widths[row.thread] = widths[row.thread].max(row.told().chars().count());
        }
        let letters = rows.iter().map(|row| row.letter.len()).max().unwrap_or(1);
        let line = |texts: &dyn Fn(usize) -> String| {
            let cells: Vec<_> =
                (widths.iter().enumerate()).map(|(column, &width)| format!("{:width$}", texts(column))).collect();
            cells.join(" │ ")
        };
        writeln!(f, "{} under {}:", self.target.lowering.name, self.target.model.name)?;
        writeln!(f, "{:letters$}  {}", "", line(&|column| self.names[column].clone()).trim_end())?;
        for row in &rows {
            let texts = line(&|column| if column == row.thread { row.told() } else { String::new() });
            let site = if f.alternate() { format!("{:#}", row.site) } else { row.site.to_string() };
            writeln!(f, "{:letters$}  {texts}  {site}", row.letter)?;
        }
        let numbers = Numbers::of(self);
        let memory: Vec<_> = (self.cells.iter().zip(&self.outcome.memory).enumerate())
            .filter(|(cell, _)| self.is_written(*cell))
            .map(|(_, (cell, &value))| format!("{cell} = {}", numbers.bits(value)))
            .collect();
        if !memory.is_empty() {
            writeln!(f, "At the end {}.", memory.join(", "))?;
        }
        if let Some(legend) = numbers.legend() {
            writeln!(f, "{legend}.")?;
        }
        writeln!(f, "{}", self.reason())
    }
}

impl Witness {
    /// Whether something other than a spinlock's operation writes the cell.
    fn is_written(&self, cell: usize) -> bool {
        let mut operations = self.traces.iter().flat_map(|trace| &trace.operations);
        operations.any(|operation| {
            operation.written.is_some()
                && operation.cell.is_some_and(|written| usize::from(written) == cell)
                && !matches!(operation.action, Action::SpinLock | Action::SpinUnlock)
        })
    }
}
