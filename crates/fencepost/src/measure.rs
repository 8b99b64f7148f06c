//! `fencepost measure`: what does it cost?

use std::path::PathBuf;

use clap::Args;
use fencepost_harness::measure::{BASELINE, Effort, Memmap, Plan, Workload, measure};
use fencepost_report::{Measurement, Run, TradeOff, table};

use crate::answer::{Answer, print};
use crate::check::Format;
use crate::machine;
use crate::progress::Progress;

/// Times workloads on this machine, every sample verified.
#[derive(Args)]
pub struct Options {
    /// A family, a variant or that in one layout, as for `check`. The baseline is always measured as well.
    #[arg(long, value_delimiter = ',', value_name = "S")]
    strategy: Vec<String>,
    /// A workload's name, such as `reject-slab`.
    #[arg(long, value_delimiter = ',', value_name = "W")]
    workload: Vec<String>,
    /// `hot` or `memmap`.
    #[arg(long, value_delimiter = ',', value_name = "WHERE")]
    setting: Vec<String>,
    /// Take a fraction of the time; the intervals are wide.
    #[arg(long)]
    quick: bool,
    /// Also write the results to this file.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// How results are printed.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

/// Measures what was selected and prints it.
pub fn run(options: &Options) -> Result<Answer, String> {
    let plan = Plan::new(&options.strategy, &options.workload, &options.setting).map_err(|e| e.to_string())?;
    let mut run = Run::new(machine::describe(), "fencepost measure");
    if let Some(file) = &options.save {
        Run::can_save(file)?;
    }
    time(&mut run, &plan, if options.quick { Effort::QUICK } else { Effort::FULL });
    if let Some(file) = &options.save {
        run.save(file)?;
    }
    match options.format {
        Format::Json => {
            let json =
                serde_json::to_string_pretty(&run.measurements).map_err(|e| format!("no JSON can be made: {e}"))?;
            print(&(json + "\n"))?;
        }
        Format::Table => print(&text(&run))?,
    }
    Ok(Answer::bad_if(run.measurements.iter().any(|measurement| measurement.figures.is_err())))
}

/// Measures, showing progress, and fills the run in.
pub fn time(run: &mut Run, plan: &Plan, effort: Effort) {
    let mut memmap = Memmap::new(Memmap::MILLION);
    let mut progress = None;
    run.measurements = measure(&mut memmap, plan, effort, |done, total| {
        progress.get_or_insert_with(|| Progress::new("measuring", total)).at(done);
    });
    run.relate_to(BASELINE);
    run.trade_offs = trade_offs(&run.measurements);
}

/// What the scanner pays against what the allocator pays, as far as both were measured.
fn trade_offs(measurements: &[Measurement]) -> Vec<TradeOff> {
    let measured = |workload: Workload| measurements.iter().any(|m| m.case.workload == workload.name());
    let pairs = [(Workload::RejectSlab, Workload::Slab), (Workload::Isolate, Workload::Slab)];
    let both = pairs.into_iter().filter(|&(scanner, allocator)| measured(scanner) && measured(allocator));
    both.map(|(scanner, allocator)| TradeOff { scanner: scanner.name().into(), allocator: allocator.name().into() })
        .collect()
}

/// The tables of all views.
pub fn text(run: &Run) -> String {
    run.views()
        .into_iter()
        .map(|view| format!("{} lowering, {}\n{}\n", view.lowering, view.setting, table::measurements(run, &view)))
        .collect()
}
