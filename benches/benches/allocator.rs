//! What the slab allocator pays.

use criterion::{Criterion, criterion_group, criterion_main};
use fencepost_harness::measure::Workload;

fn allocator(criterion: &mut Criterion) {
    fencepost_benches::benches(criterion, &Workload::ALLOCATOR);
}

criterion_group!(benches, allocator);
criterion_main!(benches);
