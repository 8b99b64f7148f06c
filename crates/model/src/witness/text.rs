//! A witness in columns.

use std::fmt;

use super::Witness;

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        let columns = self.names.len();
        let told = |row: &super::Row| match &row.from {
            Some(from) => format!("{}  <- {from}", row.what),
            None => row.what.clone(),
        };
        let mut widths: Vec<_> = self.names.iter().map(|name| name.chars().count()).collect();
        for row in &rows {
            widths[row.thread] = widths[row.thread].max(told(row).chars().count());
        }
        writeln!(f, "{} under {}:", self.target.lowering.name, self.target.model.name)?;
        let header: Vec<_> = self.names.iter().zip(&widths).map(|(name, &width)| format!("{name:width$}")).collect();
        writeln!(f, "  {}", header.join("  |  ").trim_end())?;
        for row in &rows {
            let cell = |column: usize| {
                let text = if column == row.thread { told(row) } else { String::new() };
                format!("{text:width$}", width = widths[column])
            };
            let cells: Vec<_> = (0..columns).map(cell).collect();
            writeln!(f, "  {}    {}", cells.join("  |  "), row.line)?;
        }
        let results = self.names.iter().zip(&self.outcome.results).filter(|(_, results)| !results.is_empty());
        let results: Vec<_> = results.map(|(name, results)| format!("{name} returns {results:?}")).collect();
        if !results.is_empty() {
            writeln!(f, "{}.", results.join(", "))?;
        }
        let memory: Vec<_> =
            self.cells.iter().zip(&self.outcome.memory).map(|(cell, value)| format!("{cell} = {value}")).collect();
        writeln!(f, "At the end {}.", memory.join(", "))?;
        writeln!(f, "{}", self.reason())
    }
}
