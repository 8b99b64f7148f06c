//! Tests from cycles, for herd7 and from the engine:
//!
//! ```text
//! cycles litmus DIALECT DIR   < TABLE   writes DIR/NAME.litmus for every row
//! cycles judge DIALECT TARGET < TABLE   prints the rows with the engine's verdicts and numbers of states
//! ```
//!
//! A table has a row a test, with its name and its cycle in the first two columns; columns are separated by tabs.

use std::error::Error;
use std::io::{Read, stdin};
use std::path::Path;

use fencepost_model::{Bounds, Checker, Cycle, Dialect, Target};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [verb, dialect, last] = &arguments[..] else {
        return Err("three arguments are wanted: litmus DIALECT DIR, or judge DIALECT TARGET".into());
    };
    let wanted = |known: &Dialect| known.to_string().eq_ignore_ascii_case(dialect);
    let Some(dialect) = Dialect::ALL.into_iter().find(wanted) else {
        return Err(format!("there is no dialect {dialect}: they are {:?}", Dialect::ALL.map(|d| d.to_string())).into());
    };
    let mut table = String::new();
    stdin().read_to_string(&mut table)?;
    for row in table.lines() {
        let mut columns = row.split('\t');
        let (Some(name), Some(text)) = (columns.next(), columns.next()) else { continue };
        let test = Cycle::parse(dialect, text).map_err(|why| format!("{name}: {text}: {why}"))?.test();
        match verb.as_str() {
            "litmus" => std::fs::write(Path::new(last).join(format!("{name}.litmus")), test.litmus(name))?,
            "judge" => {
                let target = Target::named(last).ok_or_else(|| format!("there is no target {last}"))?;
                let found = Checker::new(&test.program, &Bounds::default()).explore(&target);
                let (frequency, states) = test.observe(&found);
                let unknown = found.unknown.map(|why| format!("\t{why}")).unwrap_or_default();
                println!("{name}\t{text}\t{frequency}\t{states}{unknown}");
            }
            verb => return Err(format!("there is no verb {verb}: they are litmus and judge").into()),
        }
    }
    Ok(())
}
