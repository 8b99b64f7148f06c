//! A run: everything that one invocation found out, and its file.

use std::collections::HashMap;
use std::path::Path;
use std::{fs, mem};

use serde::{Deserialize, Serialize};

use super::{Case, Figures, Machine, Measurement, Verdict};
use crate::stats;
use crate::whole::Whole;

/// The version of the file format that this library reads and writes.
pub const FORMAT: u32 = 1;

/// Two workloads whose costs a strategy trades for one another; drawn as a chart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TradeOff {
    /// The scanner's workload.
    pub scanner: String,
    /// The allocator's workload.
    pub allocator: String,
}

/// The costs that may be put side by side: those of one lowering in one setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The lowering that was compiled.
    pub lowering: String,
    /// Where the memory was.
    pub setting: String,
}

impl View {
    /// Whether the case belongs to this view.
    pub fn holds(&self, case: &Case) -> bool {
        case.lowering == self.lowering && case.setting == self.setting
    }
}

/// Everything that one invocation found out on one machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The version of the file format.
    pub format: u32,
    /// The command that repeats this run.
    pub command: String,
    /// Where it ran.
    pub machine: Machine,
    /// The strategy that costs are compared to; empty if nothing was compared.
    pub baseline: String,
    /// The trade-offs to draw.
    pub trade_offs: Vec<TradeOff>,
    /// The verdicts, in the order in which they are shown.
    pub checks: Vec<Verdict>,
    /// The measurements, in the order in which they are shown.
    pub measurements: Vec<Measurement>,
}

impl Run {
    /// A run without results yet.
    pub fn new(machine: Machine, command: &str) -> Self {
        Self {
            format: FORMAT,
            command: command.into(),
            machine,
            baseline: String::new(),
            trade_offs: Vec::new(),
            checks: Vec::new(),
            measurements: Vec::new(),
        }
    }

    /// Fills in every measurement's ratio to that of the strategy `baseline` with the same lowering, workload and
    /// setting: in the same layout, or, for a strategy that has a layout of its own, in the first that was measured.
    pub fn relate_to(&mut self, baseline: &str) {
        self.baseline = baseline.into();
        let samples = |m: &Measurement| m.figures.as_ref().map(|f| f.samples.clone()).map_err(String::clone);
        let mut of_baseline: HashMap<Case, Result<Vec<f64>, String>> = HashMap::new();
        for m in self.measurements.iter().filter(|m| m.case.strategy == baseline) {
            of_baseline.insert(m.case.clone(), samples(m));
            of_baseline.entry(Case { layout: String::new(), ..m.case.clone() }).or_insert_with(|| samples(m));
        }
        for m in &mut self.measurements {
            let Ok(figures) = &mut m.figures else { continue };
            let same = Case { strategy: baseline.into(), ..m.case.clone() };
            let any = Case { layout: String::new(), ..same.clone() };
            figures.ratio = match of_baseline.get(&same).or_else(|| of_baseline.get(&any)) {
                Some(Ok(samples)) => stats::ratio(&figures.samples, samples),
                Some(Err(why)) => Err(format!("{baseline} could not be measured: {why}")),
                None => Err(format!("{baseline} was not measured here")),
            };
        }
    }

    /// The lowerings and settings that were measured, in order of appearance.
    pub fn views(&self) -> Vec<View> {
        let mut views: Vec<View> = Vec::new();
        for case in self.measurements.iter().map(|m| &m.case) {
            if !views.iter().any(|view| view.holds(case)) {
                views.push(View { lowering: case.lowering.clone(), setting: case.setting.clone() });
            }
        }
        views
    }

    /// Reads a run.
    ///
    /// Medians, intervals and ratios are computed again from the samples; the file has them for other readers.
    ///
    /// # Errors
    /// One sentence that names the file and what to do, if it cannot be read, is no run, or has another
    /// format version.
    pub fn load(path: &Path) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let shown = path.display();
        let text = fs::read(path)
            .map_err(|e| format!("{shown}: cannot be read ({e}); name a results.json that is there and may be read"))?;
        let malformed = |e: serde_json::Error| {
            let what = if e.is_eof() { "is cut short" } else { "is no result file of fencepost" };
            format!("{shown}: {what} ({e}); restore it from version control, or measure again")
        };
        let Version { format } = serde_json::from_slice(&text).map_err(malformed)?;
        if format != FORMAT {
            return Err(format!(
                "{shown}: has format version {format}, and this fencepost reads version {FORMAT}; \
                 measure again, or use the fencepost that wrote it"
            ));
        }
        let mut run: Self = serde_json::from_slice(&text).map_err(malformed)?;
        for m in &mut run.measurements {
            if let Ok(figures) = &mut m.figures {
                let case = &m.case;
                *figures = Figures::new(mem::take(&mut figures.samples), figures.verified).map_err(|e| {
                    format!(
                        "{shown}: the samples of {} {} {} cannot be right ({e}); restore it from version control, \
                         or measure again",
                        case.strategy, case.layout, case.workload
                    )
                })?;
            }
        }
        if !run.baseline.is_empty() {
            run.relate_to(&run.baseline.clone());
        }
        Ok(run)
    }

    /// Whether a run can be written to `path`, where nothing is changed. To be asked before long work.
    ///
    /// # Errors
    /// One sentence that names the file, if it cannot be written.
    pub fn can_save(path: &Path) -> Result<(), String> {
        Whole::prepare(path, "").map(drop)
    }

    /// Writes the run whole: until the new file is complete and on disk, an older one stays as it is.
    ///
    /// # Errors
    /// One sentence that names the file, if it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), String> {
        Whole::prepare(path, &self.to_json()?)?.commit()
    }

    /// The run as JSON with one line a record, so that two files can be compared by line.
    pub(crate) fn to_json(&self) -> Result<String, String> {
        fn json<T: Serialize>(value: &T) -> Result<String, String> {
            serde_json::to_string(value).map_err(|e| format!("a result cannot be written as JSON ({e})"))
        }
        fn list<T: Serialize>(records: &[T]) -> Result<String, String> {
            let lines = records.iter().map(json).collect::<Result<Vec<_>, _>>()?;
            Ok(if lines.is_empty() { "[]".into() } else { format!("[\n{}\n]", lines.join(",\n")) })
        }
        Ok(format!(
            "{{\n\"format\":{},\n\"command\":{},\n\"machine\":{},\n\"baseline\":{},\n\"trade_offs\":{},\n\"checks\":{},\n\
             \"measurements\":{}\n}}\n",
            self.format,
            json(&self.command)?,
            json(&self.machine)?,
            json(&self.baseline)?,
            list(&self.trade_offs)?,
            list(&self.checks)?,
            list(&self.measurements)?,
        ))
    }
}
