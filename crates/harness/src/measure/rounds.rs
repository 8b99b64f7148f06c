//! Sampling in rounds: one sample of every strategy, then the next one of each, so that drift hits all alike.

use std::time::{Duration, Instant};

use fencepost_report::{Case, Measurement, stats};
use fencepost_strategies::Id;

use super::bench::Bench;
use super::memmap::{BLOCK, Memmap, PAGEBLOCK};
use super::place::{Elsewhere, Here};
use super::plan::Plan;
use super::workload::{BASELINE, Lowering, Setting, Workload};

/// The least time of a sample; see also [`CLOCK_STEPS`].
const SAMPLE: Duration = Duration::from_micros(100);
/// The least time of a sample in steps of the clock, so that reading it adds an error of 0.1 % at most.
const CLOCK_STEPS: u32 = 1000;
/// In L1, one in so many of a sample's blocks is done before it: they fetch what the others have driven out.
const WARM_UP: u64 = 16;

/// How much time measuring takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// The time for everything. It is exceeded where [`stats::MIN_SAMPLES`] rounds take longer.
    pub budget: Duration,
    /// The most rounds, where the time allows more.
    pub rounds: usize,
}

impl Effort {
    /// For results that are kept.
    pub const FULL: Self = Self { budget: Duration::from_secs(45), rounds: 100 };
    /// For a look at the whole, with wide intervals.
    pub const QUICK: Self = Self { budget: Duration::from_secs(8), rounds: 12 };
}

/// Measures what is planned. The ratios are left to [`Run::relate_to`](fencepost_report::Run::relate_to).
///
/// `progress` is told how much is done of how much.
pub fn measure(
    memmap: &mut Memmap,
    plan: &Plan,
    effort: Effort,
    mut progress: impl FnMut(usize, usize),
) -> Vec<Measurement> {
    let start = Instant::now();
    let least = SAMPLE.max(clock_step() * CLOCK_STEPS);
    let rounds = effort.rounds.max(stats::MIN_SAMPLES);
    // The hot groups come first: they take less than their share of the time, and leave the rest to the others.
    let workloads = |&setting| plan.workloads.iter().map(move |&workload| (setting, workload));
    let groups: Vec<(Setting, Workload)> = plan.settings.iter().flat_map(workloads).collect();
    let total = groups.len() * rounds;
    let mut measured = Vec::new();
    for (i, &(setting, workload)) in groups.iter().enumerate() {
        let share = effort.budget.saturating_sub(start.elapsed()) / (groups.len() - i) as u32;
        let mut entrants = enter(memmap, plan, setting, workload, least);
        sample(&mut entrants, share, rounds, |round| progress(i * rounds + round, total));
        progress((i + 1) * rounds, total);
        measured.extend(entrants.into_iter().map(Entrant::result));
    }
    measured
}

/// A strategy in one lowering, in the workload and setting that are being measured.
struct Entrant<'a> {
    case: Case,
    /// Whether it is the baseline again, at another place.
    is_copy: bool,
    /// Whether it is there to misidentify every folio.
    misidentifies: bool,
    bench: Bench<'a>,
    /// The blocks of descriptors that a sample takes, and a warm-up before it.
    blocks: u64,
    warm_up: u64,
    /// Nanoseconds per operation, or what was wrong with the operations.
    samples: Result<Vec<f64>, String>,
}

/// Prepares every strategy's part of the memmap. In the memmap setting the parts make up the whole of it, so that
/// between two samples of one strategy as much memory as the memmap has goes through the caches. They are cut
/// crosswise, pageblock by pageblock, since some regions of memory stay cached better than others.
fn enter<'a>(
    memmap: &'a Memmap,
    plan: &Plan,
    setting: Setting,
    workload: Workload,
    least: Duration,
) -> Vec<Entrant<'a>> {
    // Where the baseline is, its copy comes last.
    let copies = plan.strategies.iter().filter(|id| id.family == BASELINE).map(|&id| (id, true));
    let all: Vec<(Id, bool)> = plan.strategies.iter().map(|&id| (id, false)).chain(copies).collect();
    let strategies = all.len();
    let mut entrants = Vec::new();
    for (i, (id, is_copy)) in all.into_iter().enumerate() {
        let bench_at = if is_copy { Bench::at::<Elsewhere> } else { Bench::at::<Here> };
        let blocks: Vec<usize> = match setting {
            Setting::Hot => vec![i],
            Setting::Memmap => (0..memmap.blocks()).filter(|block| block / PAGEBLOCK % strategies == i).collect(),
        };
        for lowering in Lowering::ALL {
            let Some(mut bench) = bench_at(memmap, id, lowering, workload, blocks.clone()) else { continue };
            let calibrated = match setting {
                Setting::Hot => calibrate(&mut bench, least).map(|blocks| (blocks, blocks.div_ceil(WARM_UP))),
                Setting::Memmap => bench.run(blocks.len() as u64).map(|_| (blocks.len() as u64, 0)),
            };
            let (blocks, warm_up) = calibrated.clone().unwrap_or_default();
            entrants.push(Entrant {
                case: Case {
                    strategy: if is_copy { Case::copy_of(&id.name()) } else { id.name() },
                    layout: id.layout.name().into(),
                    lowering: lowering.name().into(),
                    workload: workload.name().into(),
                    setting: setting.name().into(),
                },
                is_copy,
                misidentifies: id.family == BASELINE && workload == Workload::RejectSlab,
                bench,
                blocks,
                warm_up,
                samples: calibrated.map(|_| Vec::new()),
            });
        }
    }
    entrants
}

/// Takes samples in rounds until `share` is used up, at least as many as an interval needs and at most `rounds`.
fn sample(entrants: &mut [Entrant], share: Duration, rounds: usize, mut progress: impl FnMut(usize)) {
    let start = Instant::now();
    for round in 1..=rounds {
        entrants.iter_mut().for_each(Entrant::sample);
        progress(round);
        let after_next = start.elapsed().mul_f64((round + 1) as f64 / round as f64);
        if round >= stats::MIN_SAMPLES && after_next > share {
            break;
        }
    }
}

impl Entrant<'_> {
    fn operations(&self) -> u64 {
        self.blocks * BLOCK as u64
    }

    /// Takes a sample, unless an earlier one was wrong.
    fn sample(&mut self) {
        let operations = self.operations() as f64;
        let Ok(samples) = &mut self.samples else { return };
        match self.bench.run(self.warm_up).and_then(|_| self.bench.run(self.blocks)) {
            Ok(time) => samples.push(to_picoseconds(time.as_nanos() as f64 / operations)),
            Err(why) => self.samples = Err(why),
        }
    }

    /// The figures, or what was wrong; and that it is a copy, or misidentified so many of so many folios.
    fn result(self) -> Measurement {
        let done = self.samples.as_ref().map_or(0, |samples| samples.len() as u64 * self.operations());
        let caught = self.misidentifies && done > 0;
        let notes = [
            self.is_copy.then(|| "the same code at another address".to_owned()),
            caught.then(|| format!("misidentified {done} of {done}")),
        ];
        let notes: Vec<String> = notes.into_iter().flatten().collect();
        let note = (!notes.is_empty()).then(|| notes.join("; "));
        let verified = if caught { 0 } else { done };
        Measurement { note, ..Measurement::new(self.case, self.samples, verified) }
    }
}

/// How many blocks take at least `least`.
fn calibrate(bench: &mut Bench, least: Duration) -> Result<u64, String> {
    let mut blocks = 1;
    while bench.run(blocks)? < least {
        blocks *= 2;
    }
    Ok(blocks)
}

/// The smallest step that the clock was seen to make.
fn clock_step() -> Duration {
    let step = |_| {
        let start = Instant::now();
        std::iter::repeat_with(|| start.elapsed()).find(|elapsed| !elapsed.is_zero()).unwrap_or_default()
    };
    (0..100).map(step).min().unwrap_or_default()
}

/// No clock tells more, and the result file stays small.
fn to_picoseconds(nanoseconds: f64) -> f64 {
    (nanoseconds * 1000.0).round() / 1000.0
}
