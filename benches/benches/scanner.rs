//! What a compaction scanner pays.

use criterion::{Criterion, criterion_group, criterion_main};
use fencepost_harness::measure::Workload;

fn scanner(criterion: &mut Criterion) {
    fencepost_benches::benches(criterion, &Workload::SCANNER);
}

criterion_group!(benches, scanner);
criterion_main!(benches);
