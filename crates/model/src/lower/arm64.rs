//! arm64.
//!
//! | | kernel, LSE | kernel, LL/SC | Rust |
//! | --- | --- | --- | --- |
//! | full, read, write barrier | `dmb ish`, `ishld`, `ishst` | the same | `dmb ish`, `ishld`, `ish` |
//! | acquire, release | `ldar`, `stlr` | the same | the same |
//! | read-modify-write acquire, release | `…a`, `…l` | `ldaxr…stxr`, `ldxr…stlxr` | as the kernel's |
//! | full | `…al` | `ldxr…stlxr; dmb ish` | `…al`, or `ldaxr…stlxr` |
//! | `cmpxchg` that misses: acquire, release, full | acquires, not, acquires | `ldaxr`, `ldxr`, `ldxr`; and `b.ne` | as the kernel's; full acquires |
//! | no result | `stadd` | `ldxr…stxr` | `ldadd`, or `ldxr…stxr` |
//! | `smp_mb__before_atomic` and the like | `dmb ish` | the same | the same |
//! | `smp_mb__after_unlock_lock` | none: `ldar` waits for `stlr` | the same | the same |
//!
//! With FEAT_LRCPC (`-C target-feature=+rcpc`, and what `-C target-cpu` gives for most machines that have LSE) rustc loads with
//! acquire by `ldapr`, which waits for no `stlr` of another cell.

use super::{Access, Branches, ByOrder, Lowering, SetBit, branched};
use crate::Tags;

const READ: [Access; 2] = [Access::RELAXED, Access::RELAXED.read(Tags::ACQUIRE)];
const WRITE: [Access; 2] = [Access::RELAXED, Access::RELAXED.write(Tags::RELEASE)];

/// A read-modify-write of the given form, with acquire on its read and release on its write.
const fn ordered(form: Tags, acquire: bool, release: bool) -> Access {
    let read = if acquire { Tags::ACQUIRE } else { Tags::NONE };
    let write = if release { Tags::RELEASE } else { Tags::NONE };
    Access::RELAXED.read(read).write(write).both(form)
}

const fn rmw(form: Tags, full: Access) -> ByOrder {
    [ordered(form, false, false), ordered(form, true, false), ordered(form, false, true), full]
}

const LSE: ByOrder = rmw(Tags::AMO, ordered(Tags::AMO, true, true));
const LLSC: ByOrder = rmw(Tags::EXCLUSIVE, ordered(Tags::EXCLUSIVE, false, true).after(Tags::DMB_SY));
const LLSC_RUST: ByOrder = rmw(Tags::EXCLUSIVE, ordered(Tags::EXCLUSIVE, true, true));

const LEAST: ByOrder = rmw(Tags::NONE, ordered(Tags::NONE, true, true));

const LSE_MISSED: ByOrder = [READ[0], READ[1], READ[0], READ[1]];
/// A load-exclusive, and the branch on what it found past the store-exclusive.
const LDXR: Access = Access::RELAXED.read(Tags::EXCLUSIVE.and(Tags::BRANCHED));
const LDAXR: Access = LDXR.read(LDXR.read.and(Tags::ACQUIRE));

pub static KERNEL_LSE: Lowering = Lowering {
    name: "arm64 kernel LSE",
    read: READ,
    write: WRITE,
    plain: Access::RELAXED,
    mb: Tags::DMB_SY,
    rmb: Tags::DMB_LD,
    wmb: Tags::DMB_ST,
    barrier: Tags::NONE,
    around_atomic: [Tags::DMB_SY; 2],
    after_spinlock: Tags::DMB_SY,
    after_unlock_lock: Tags::NONE,
    after_srcu_read_unlock: Tags::NONE,
    fetch: LSE,
    atomic: Access::RELAXED.read(Tags::NORETURN).both(Tags::AMO),
    exchanged: LSE,
    missed: LSE_MISSED,
    refused: Access::RELAXED,
    set_bit: SetBit::PeekFirst,
    lock: LSE[1],
    unlock: WRITE[1],
    rcu: false,
    branches: Branches::All,
    folds: false,
    drops_idle: false,
    weakest: Some(&WEAKEST),
};

/// By `ldxr…stlxr; dmb ish` the read of a full read-modify-write waits for no earlier `stlr`, but its write does, and nothing
/// comes between the two; by `ldaxr…stlxr` what follows may overtake its write. A `cmpxchg` that misses acquires in some.
static WEAKEST: Lowering = Lowering {
    name: "arm64, weakest",
    fetch: LEAST,
    atomic: LEAST[0].read(Tags::NORETURN),
    exchanged: LEAST,
    missed: [READ[0], READ[1], READ[0], READ[0]],
    lock: LEAST[1],
    folds: true,
    weakest: None,
    ..KERNEL_LSE
};

pub static KERNEL_LLSC: Lowering = Lowering {
    name: "arm64 kernel LL/SC",
    fetch: LLSC,
    atomic: LLSC[0],
    exchanged: branched(LLSC),
    missed: [LDXR, LDAXR, LDXR, LDXR],
    lock: LLSC[1],
    ..KERNEL_LSE
};

/// LLVM gives an atomic without a used result a register all the same: its read is ordered as any other.
pub static RUST_LSE: Lowering =
    Lowering { name: "arm64 Rust LSE", wmb: Tags::DMB_SY, atomic: LSE[0], folds: true, ..KERNEL_LSE };

pub static RUST_RCPC: Lowering = Lowering {
    name: "arm64 Rust LSE, RCpc",
    read: [READ[0], Access::RELAXED.read(Tags::ACQUIRE_PC)],
    weakest: None,
    ..RUST_LSE
};

pub static RUST_LLSC: Lowering = Lowering {
    name: "arm64 Rust LL/SC",
    wmb: Tags::DMB_SY,
    fetch: LLSC_RUST,
    exchanged: branched(LLSC_RUST),
    missed: [LDXR, LDAXR, LDXR, LDAXR],
    folds: true,
    ..KERNEL_LLSC
};
