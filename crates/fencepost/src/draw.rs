//! Pictures of the executions that break a property.

use std::fs;
use std::path::Path;

use fencepost_harness::engine::model::Case;
use fencepost_harness::scenario;
use fencepost_model::{Target, Witness};
use fencepost_report::{Outcome, Verdict};
use fencepost_strategies::find;

/// Draws the execution of each racy cell that was judged under a memory model: an SVG and a Graphviz file below `folder`.
pub fn draw(checks: &[Verdict], folder: &Path) -> Result<(), String> {
    let write = |path: &Path, text: String| {
        fs::write(path, text).map_err(|why| format!("{} cannot be written: {why}", path.display()))
    };
    fs::create_dir_all(folder).map_err(|why| format!("{} cannot be made: {why}", folder.display()))?;
    for verdict in checks.iter().filter(|verdict| matches!(verdict.outcome, Outcome::Racy { .. })) {
        let Some(witness) = witness(verdict) else { continue };
        let q = &verdict.question;
        let name = [&q.strategy.replace('/', "-"), &q.layout, &q.scenario, &q.column].map(String::as_str).join(".");
        write(&folder.join(format!("{name}.svg")), witness.to_svg())?;
        write(&folder.join(format!("{name}.dot")), witness.to_dot())?;
    }
    Ok(())
}

/// The execution, found once more; `None` if another engine judged the cell.
fn witness(verdict: &Verdict) -> Option<Witness> {
    let q = &verdict.question;
    let target = Target::named(&q.column).filter(|_| q.engine == "model")?;
    let case = Case::of(*find(&format!("{}@{}", q.strategy, q.layout)).first()?, scenario::find(&q.scenario)?)?;
    case.checker().judge(&target, |state| case.violation(state).is_some()).verdict.witness().cloned()
}
