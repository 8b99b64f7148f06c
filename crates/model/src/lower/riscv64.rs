//! riscv64.
//!
//! | | kernel | Rust |
//! | --- | --- | --- |
//! | full, read, write barrier | `fence rw,rw`, `r,r`, `w,w` | `fence rw,rw`, `r,rw`, `rw,w` |
//! | acquire | `ld; fence r,rw` | the same |
//! | release | `fence rw,w; sd` | the same |
//! | read-modify-write acquire, release, full | `amo; fence r,rw`, `fence rw,w; amo`, `amo.aqrl` | `amo.aq`, `amo.rl`, `amo.aqrl` |
//! | conditional: acquire | `lr…sc; fence r,rw` | `lr.aq…sc` |
//! | conditional: release | `fence rw,w; lr…sc` | `lr…sc.rl` |
//! | conditional: full | `lr…sc.rl; fence rw,rw` | `lr.aqrl…sc.rl` |
//! | that misses: acquire, release, full | `lr`, `fence rw,w; lr`, `lr`; and `bne` | `lr.aq`, `lr`, `lr.aqrl`; and `bne` |
//!
//! `test_and_set_bit_lock` is `amoor.aq` in the kernel, and looks first in Rust. The kernel's second lowering has lr/sc for
//! the other unconditional ones too. All lr/sc branch on what the sc returns, so that writes after it are ordered after the
//! sc (a control dependency, rule 11).

use super::{Access, Branches, ByOrder, Lowering, SetBit, branched};
use crate::Tags;

const BOTH: Tags = Tags::ACQUIRE.and(Tags::RELEASE);
const AMO: Access = Access::RELAXED.both(Tags::AMO);
const LRSC: Access = Access::RELAXED.read(Tags::EXCLUSIVE).write(SC);
/// A store-conditional, and a branch on whether it stored.
const SC: Tags = Tags::EXCLUSIVE.and(Tags::BRANCHED);
/// A load-reserved, and the branch on what it found past the sc.
const LR: Access = Access::RELAXED.read(Tags::EXCLUSIVE.and(Tags::BRANCHED));
const READ: [Access; 2] = [Access::RELAXED, Access::RELAXED.after(Tags::FENCE_R_RW)];
const WRITE: [Access; 2] = [Access::RELAXED, Access::RELAXED.before(Tags::FENCE_RW_W)];
const AMOS: ByOrder = [AMO, AMO.after(Tags::FENCE_R_RW), AMO.before(Tags::FENCE_RW_W), AMO.both(BOTH)];
/// Rust's, and those of the kernel's bit operations.
const AMOS_RUST: ByOrder = [AMO, AMO.both(Tags::ACQUIRE), AMO.both(Tags::RELEASE), AMO.both(BOTH)];
const LRSCS: ByOrder = [
    LRSC,
    LRSC.after(Tags::FENCE_R_RW),
    LRSC.before(Tags::FENCE_RW_W),
    LRSC.write(SC.and(Tags::RELEASE)).after(Tags::FENCE_RW_RW),
];
const LRSCS_RUST: ByOrder = [
    LRSC,
    LRSC.read(Tags::EXCLUSIVE.and(Tags::ACQUIRE)),
    LRSC.write(SC.and(Tags::RELEASE)),
    LRSC.read(Tags::EXCLUSIVE.and(BOTH)).write(SC.and(Tags::RELEASE)),
];

/// The acquire is that of a load: that of an `amo` or `lr` waits for the release of an earlier one, a fence after it does not.
/// The write alone is an `amo`'s: what is ordered with one half of an `amo` is ordered with both, and of `lr…sc` it is not. A
/// full one waits for all before it, though `lr…sc.rl; fence` does not make its read wait: nothing comes between that and its
/// write, which waits.
const fn least(write: Tags) -> ByOrder {
    let relaxed = Access::RELAXED.write(write);
    let [acquire, release] = [relaxed.read(Tags::ACQUIRE), relaxed.write(write.and(Tags::RELEASE))];
    [relaxed, acquire, release, release.read(BOTH)]
}
const LEAST: ByOrder = least(Tags::AMO);
const LEAST_EXCHANGED: ByOrder = least(SC);

pub static KERNEL_AMO: Lowering = Lowering {
    name: "riscv64 kernel AMO",
    read: READ,
    write: WRITE,
    plain: Access::RELAXED,
    mb: Tags::FENCE_RW_RW,
    rmb: Tags::FENCE_R_R,
    wmb: Tags::FENCE_W_W,
    barrier: Tags::NONE,
    around_atomic: [Tags::FENCE_RW_RW; 2],
    after_spinlock: Tags::FENCE_RW_RW,
    after_unlock_lock: Tags::FENCE_RW_RW,
    after_srcu_read_unlock: Tags::NONE,
    fetch: AMOS,
    atomic: AMO,
    exchanged: branched(LRSCS),
    missed: [LR, LR, LR.before(Tags::FENCE_RW_W), LR],
    refused: Access::RELAXED,
    set_bit: SetBit::AtOnce(AMOS_RUST),
    lock: LRSCS[1],
    unlock: WRITE[1],
    rcu: false,
    branches: Branches::All,
    folds: false,
    drops_idle: false,
    weakest: Some(&WEAKEST),
};

static WEAKEST: Lowering = Lowering {
    name: "riscv64, weakest",
    fetch: LEAST,
    atomic: LEAST[0],
    exchanged: branched(LEAST_EXCHANGED),
    missed: [LR; 4],
    set_bit: SetBit::Least,
    lock: LEAST_EXCHANGED[1],
    folds: true,
    weakest: None,
    ..KERNEL_AMO
};

pub static KERNEL_LRSC: Lowering = Lowering { name: "riscv64 kernel LR/SC", fetch: LRSCS, atomic: LRSC, ..KERNEL_AMO };

pub static RUST: Lowering = Lowering {
    name: "riscv64 Rust",
    rmb: Tags::FENCE_R_RW,
    wmb: Tags::FENCE_RW_W,
    fetch: AMOS_RUST,
    exchanged: branched(LRSCS_RUST),
    missed: [LR, LR.read(LR.read.and(Tags::ACQUIRE)), LR, LR.read(LR.read.and(BOTH))],
    set_bit: SetBit::PeekFirst,
    lock: LRSCS_RUST[1],
    folds: true,
    ..KERNEL_AMO
};
