//! The workloads of fencepost under [criterion], one bench file for each side of the race.
//!
//! These are the loops that `fencepost measure` times, with criterion's own sampling, statistics and history: for
//! somebody who works on one strategy. What is compared across strategies comes from `fencepost measure`, which takes
//! their samples in turn.
//!
//! ```text
//! cargo bench -p fencepost-benches -- --quick
//! cargo bench -p fencepost-benches --bench scanner -- 'reject-slab/hot/kernel/fence'
//! ```
//!
//! The engine's own costs are benched too (`--bench model`). Three programs report on it: `matrix` times every verdict,
//! `growth` draws cost against a program's size, and `herd7` sets it beside that program.

#![forbid(unsafe_code)]

mod cuts;
mod machine;
mod seqlock;

use std::time::Duration;

use criterion::Criterion;
use fencepost_harness::measure::{Bench, Lowering, Memmap, Setting, Workload};
use fencepost_strategies::ids;

pub use cuts::{CUTS, Cut};
pub use machine::{SOON, TIMES, machine, timed};
pub use seqlock::{is_torn, seqlock, seqlock_litmus};

/// Benches every strategy in `workloads`, in every setting and lowering: a group `workload/setting/lowering` each.
///
/// # Panics
/// If an operation does anything but its work.
pub fn benches(criterion: &mut Criterion, workloads: &[Workload]) {
    let mut memmap = Memmap::new(Memmap::MILLION);
    for &workload in workloads {
        for setting in Setting::ALL {
            for lowering in Lowering::ALL {
                let name = format!("{}/{}/{}", workload.name(), setting.name(), lowering.name());
                let mut group = criterion.benchmark_group(name);
                group.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(1));
                for id in ids() {
                    group.bench_function(id.to_string(), |bencher| {
                        let mut bench = Bench::new(&mut memmap, id, lowering, workload, setting)
                            .expect("the catalogue has every strategy that it lists");
                        bencher.iter_custom(|operations| {
                            bench.time(operations).unwrap_or_else(|why| panic!("{id}: {why}"))
                        });
                    });
                }
            }
        }
    }
}
