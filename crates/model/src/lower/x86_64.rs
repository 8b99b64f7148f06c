//! x86-64.
//!
//! | | kernel | Rust |
//! | --- | --- | --- |
//! | full barrier | `lock addl` | `lock or` or `mfence` |
//! | read and write barrier, acquire, release | none | none |
//! | read-modify-write, any order, also where it stores nothing | LOCKed | LOCKed |

use super::{Access, Branches, Lowering, SetBit};
use crate::Tags;

const LOCKED: Access = Access::RELAXED.both(Tags::EXCLUSIVE);

pub static KERNEL: Lowering = Lowering {
    name: "x86-64 kernel",
    read: [Access::RELAXED; 2],
    write: [Access::RELAXED; 2],
    plain: Access::RELAXED,
    mb: Tags::MFENCE,
    rmb: Tags::NONE,
    wmb: Tags::NONE,
    barrier: Tags::NONE,
    around_atomic: [Tags::NONE; 2],
    after_spinlock: Tags::NONE,
    after_unlock_lock: Tags::NONE,
    after_srcu_read_unlock: Tags::NONE,
    fetch: [LOCKED; 4],
    atomic: LOCKED,
    exchanged: [LOCKED; 4],
    missed: [LOCKED; 4],
    refused: Access::RELAXED,
    set_bit: SetBit::AtOnce([LOCKED; 4]),
    lock: LOCKED,
    unlock: Access::RELAXED,
    rcu: false,
    branches: Branches::All,
    folds: false,
    drops_idle: false,
    weakest: None,
};

/// Of a read-modify-write that changes nothing LLVM leaves a load after a fence, or nothing where its result is not used.
pub static RUST: Lowering = Lowering { name: "x86-64 Rust", drops_idle: true, ..KERNEL };
