//! The files that the arguments stand for.

use std::fs;
use std::path::{Path, PathBuf};

/// In order: a file itself, the `.litmus` files below a folder, sorted, and those that a list `@LIST` names.
pub fn files(paths: &[String]) -> Result<Vec<PathBuf>, String> {
    let mut all = Vec::new();
    for path in paths {
        if let Some(list) = path.strip_prefix('@') {
            let text =
                fs::read_to_string(list).map_err(|e| format!("{list}: {e}; name a file with a path on each line"))?;
            let base = Path::new(list).parent().unwrap_or(Path::new(""));
            all.extend(
                text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).map(|l| base.join(l)),
            );
        } else if Path::new(path).is_dir() {
            below(Path::new(path), &mut Vec::new(), &mut all)?;
        } else {
            all.push(path.into());
        }
    }
    if all.is_empty() {
        return Err(format!("{}: there is no .litmus file", paths.join(", ")));
    }
    Ok(all)
}

/// Those below `folder`, which lies in the folders `above`: a link back to one of them leads to nothing new.
fn below(folder: &Path, above: &mut Vec<PathBuf>, all: &mut Vec<PathBuf>) -> Result<(), String> {
    let sentence = |e| format!("{}: cannot be listed ({e})", folder.display());
    let own = folder.canonicalize().map_err(sentence)?;
    if above.contains(&own) {
        return Ok(());
    }
    above.push(own);
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).and_then(|entries| entries.map(|e| Ok(e?.path())).collect()).map_err(sentence)?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(&path, above, all)?;
        } else if path.extension().is_some_and(|extension| extension == "litmus") {
            all.push(path);
        }
    }
    above.pop();
    Ok(())
}
