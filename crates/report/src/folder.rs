//! `reports/<target-triple>/<cpu>/`: one machine's results and everything that is drawn from them.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::record::{Machine, Run, slug};
use crate::summary::{Chart, VERDICTS, folded, summary};
use crate::whole::Whole;
use crate::{chart, csv, table};

/// The name of the file that all others are drawn from.
const RESULTS: &str = "results.json";

/// Writes a run's results, tables, charts and summary into its machine's folder below `reports`, and returns
/// that folder.
///
/// Every file is first written completely under a temporary name; only when all are on disk are they renamed
/// into place, `results.json` first. A program that is killed or runs out of space before that has changed
/// nothing. One that is killed between two renames leaves whole files only: the new results, and perhaps older
/// charts, which [`draw`] puts right. The other way round, a measured run would be lost.
///
/// # Errors
/// One sentence that names the folder or file, if something cannot be drawn or written.
pub fn write(reports: &Path, run: &Run) -> Result<PathBuf, String> {
    let folder = of_machine(reports, &run.machine);
    let mut files = vec![(RESULTS.to_string(), run.to_json()?)];
    files.extend(drawn(run)?);
    fs::create_dir_all(&folder)
        .map_err(|e| format!("{}: cannot be created ({e}); choose another reports folder", folder.display()))?;
    put(&folder, &files)?;
    Ok(folder)
}

/// Draws the tables, charts and summary of a run beside its results, which lie in `folder` and stay as they are.
///
/// # Errors
/// As for [`write()`].
pub fn draw(folder: &Path, run: &Run) -> Result<(), String> {
    put(folder, &drawn(run)?)
}

/// Files with their contents, all written before the first is put in place.
fn put(folder: &Path, files: &[(String, String)]) -> Result<(), String> {
    let prepare = |(name, content): &(String, String)| Whole::prepare(&folder.join(name), content);
    let whole: Vec<Whole> = files.iter().map(prepare).collect::<Result<_, _>>()?;
    whole.into_iter().try_for_each(Whole::commit)
}

/// Whether this machine's folder below `reports` can be written to; it is made if it is not there. To be asked before
/// long work.
///
/// # Errors
/// One sentence that names the folder, if it cannot be made or written to.
pub fn writable(reports: &Path, machine: &Machine) -> Result<(), String> {
    let folder = of_machine(reports, machine);
    let no = |e| format!("{}: cannot be written to ({e}); choose another reports folder", folder.display());
    fs::create_dir_all(&folder).and_then(|()| tempfile::tempfile_in(&folder)).map(drop).map_err(no)
}

fn of_machine(reports: &Path, machine: &Machine) -> PathBuf {
    reports.join(slug(&machine.build.target)).join(machine.cpu_slug())
}

/// The result files below `reports`, sorted: everything named `results.json` in a machine's folder.
///
/// # Errors
/// One sentence that names the folder or file, if it cannot be listed or reached.
pub fn results(reports: &Path) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    for target in folders(reports)? {
        for file in folders(&target)?.into_iter().map(|cpu| cpu.join(RESULTS)) {
            match fs::symlink_metadata(&file) {
                Ok(_) => reach(&file).map(|_| found.push(file))?,
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(unreachable(&file, &e)),
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The folders in a folder.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries: Vec<PathBuf> = fs::read_dir(folder)
        .and_then(|entries| entries.map(|e| Ok(e?.path())).collect())
        .map_err(|e| format!("{}: cannot be listed ({e}); name the folder that holds reports", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        if reach(&entry)?.is_dir() {
            found.push(entry);
        }
    }
    Ok(found)
}

/// What a name stands for, links followed.
fn reach(path: &Path) -> Result<fs::Metadata, String> {
    fs::metadata(path).map_err(|e| unreachable(path, &e))
}

fn unreachable(path: &Path, why: &std::io::Error) -> String {
    format!("{}: cannot be reached ({why}); mend the link or the permissions, or remove it", path.display())
}

/// What a page elsewhere shows of a run whose files lie in `folder`, as it is written there: the verdict matrix and its
/// table, and the charts of the costs. Markdown.
///
/// # Errors
/// One sentence, if a chart cannot be drawn.
pub fn excerpt(run: &Run, folder: &Path) -> Result<(String, String), String> {
    let (verdicts, costs): (Vec<Chart>, Vec<Chart>) = charts(run)?.into_iter().partition(|c| c.file == VERDICTS);
    let embed = |charts: &[Chart]| -> String {
        charts.iter().map(|c| format!("![{}]({}/{})\n\n", c.shows, folder.display(), c.file)).collect()
    };
    let table = format!("{}\n{}\n", table::verdicts(run).markdown(), table::legend());
    let verdicts = format!("{}{}", embed(&verdicts), folded("The same as a table", &table).trim_start());
    let made = format!("Made on {} by `{}`; ", run.machine.cpu_name(), run.command);
    let more = format!("all figures, verdicts and witnesses are in [summary.md]({}/summary.md).\n", folder.display());
    Ok((verdicts, embed(&costs) + &made + &more))
}

/// Everything that is drawn from the results: file names with their contents.
fn drawn(run: &Run) -> Result<Vec<(String, String)>, String> {
    let charts = charts(run)?;
    let mut files =
        vec![("machine.txt".to_string(), run.machine.to_string()), ("summary.md".into(), summary(run, &charts))];
    files.extend(charts.into_iter().map(|chart| (chart.file, chart.svg)));
    if !run.checks.is_empty() {
        files.push(("checks.csv".into(), csv::checks(run)?));
    }
    if !run.measurements.is_empty() {
        files.push(("measurements.csv".into(), csv::measurements(run)?));
    }
    Ok(files)
}

fn charts(run: &Run) -> Result<Vec<Chart>, String> {
    let mut charts = Vec::new();
    if !run.checks.is_empty() {
        let shows = "Verdict matrix: strategies and layouts against engines and models".into();
        charts.push(Chart { file: VERDICTS.into(), shows, svg: chart::verdicts(run)? });
    }
    for view in run.views() {
        let (lowering, setting) = (&view.lowering, &view.setting);
        let suffix = format!("{}-{}.svg", slug(lowering), slug(setting));
        // A view in which nothing could be measured has no chart; its table says why.
        if let Ok(svg) = chart::cost(run, &view) {
            let shows = format!("Cost over {}: {lowering} lowering, {setting}", run.baseline);
            charts.push(Chart { file: format!("cost-{suffix}"), shows, svg });
        }
        for pair in &run.trade_offs {
            if let Ok(svg) = chart::trade_off(run, &view, pair) {
                let shows = format!("{} against {}: {lowering} lowering, {setting}", pair.scanner, pair.allocator);
                let file = format!("trade-off-{}-{}-{suffix}", slug(&pair.scanner), slug(&pair.allocator));
                charts.push(Chart { file, shows, svg });
            }
        }
    }
    Ok(charts)
}
