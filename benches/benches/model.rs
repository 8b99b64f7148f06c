//! What the engine's answers cost: a cell of the matrix, a seqlock, and programs as they grow.
//!
//! The whole matrix comes from `--bin matrix`, charts from `--bin growth`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use fencepost_benches::{CUTS, is_torn, seqlock};
use fencepost_folio::Strategy;
use fencepost_harness::engine::model::Case;
use fencepost_harness::scenario::{self, Scenario};
use fencepost_model::{Bounds, Checker, Pruning, Target};
use fencepost_strategies::{Visitor, find, visit};

/// Makes a case of a strategy.
struct Make(&'static Scenario);

impl Visitor for Make {
    type Output = Case;

    fn visit<S: Strategy>(&mut self) -> Case {
        Case::new::<S>(self.0)
    }
}

fn cells(criterion: &mut Criterion) {
    for name in ["slab-life", "lost-lock", "movable-life", "slab-rcu-three-cpus"] {
        let scenario = scenario::find(name).expect("the scenario is in the table");
        let id = find("fence/rfc1")[0];
        let case = || visit(id, &mut Make(scenario)).expect("the strategy is in the catalogue");
        let mut group = criterion.benchmark_group(format!("{id}/{name}"));
        group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1)).sample_size(10);
        group.bench_function("threads alone", |bencher| bencher.iter(&case));
        let case = case();
        for target in Target::all() {
            group.bench_function(target.name, |bencher| bencher.iter(|| black_box(case.judge(&target))));
        }
    }
}

fn sizes(criterion: &mut Criterion) {
    let target = Target::named("arm64-kernel-lse").expect("the target exists");
    let mut group = criterion.benchmark_group("seqlock");
    group.warm_up_time(Duration::from_millis(300)).measurement_time(Duration::from_secs(1)).sample_size(10);
    for (words, readers) in [(1, 1), (2, 1), (4, 1), (8, 1), (2, 2), (2, 3)] {
        let program = seqlock(words, readers, 2);
        let size = format!("{words} words, {readers} readers");
        group.bench_function(BenchmarkId::new("all cuts", &size), |bencher| {
            bencher.iter(|| black_box(Checker::new(&program, &Bounds::default()).judge(&target, is_torn)));
        });
    }
    let program = seqlock(2, 1, 2);
    for (name, leave_out) in CUTS {
        let mut pruning = Pruning::default();
        leave_out(&mut pruning);
        let bounds = Bounds { pruning, ..Bounds::default() };
        group.bench_function(BenchmarkId::new(*name, "2 words, 1 readers"), |bencher| {
            bencher.iter(|| black_box(Checker::new(&program, &bounds).judge(&target, is_torn)));
        });
    }
}

criterion_group!(benches, cells, sizes);
criterion_main!(benches);
