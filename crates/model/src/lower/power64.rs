//! powerpc64.
//!
//! | | kernel | Rust |
//! | --- | --- | --- |
//! | full, read, write barrier | `sync`, `lwsync`, `lwsync` | the same |
//! | acquire | `ld; lwsync` | `ld; cmp; bne; isync` |
//! | release | `lwsync; std` | the same |
//! | read-modify-write acquire | `ldarx…stdcx.; lwsync` | the same |
//! | release | `lwsync; ldarx…stdcx.` | the same |
//! | full | `sync; ldarx…stdcx.; sync` | `sync; ldarx…stdcx.; lwsync` |
//! | `cmpxchg` that misses: release, full | `lwsync; ldarx; bne`, `sync; ldarx; bne` | `ldarx; bne` |

use super::{Access, Branches, ByOrder, Lowering, SetBit, branched};
use crate::Tags;

/// `stwcx.` tells in CR0 whether it stored once it has read its registers, and the loop branches on that: what follows is
/// control-dependent on the reads that its address and its value come from. In the operational model (Sarkar, Memarian,
/// Owens, Batty, Sewell, Maranget, Alglave, Williams, PLDI 2012) that branch waits for the store to be committed, and the
/// store for those reads.
const LLSC: Access = Access::RELAXED.both(Tags::EXCLUSIVE).write(Tags::EXCLUSIVE.and(Tags::STATUS));
const RMW: ByOrder =
    [LLSC, LLSC.after(Tags::LWSYNC), LLSC.before(Tags::LWSYNC), LLSC.before(Tags::SYNC).after(Tags::SYNC)];
/// `cmpxchg()` leaves its loop between the two.
const MISSED: Access = Access::RELAXED.read(Tags::EXCLUSIVE.and(Tags::BRANCHED));
/// LLVM puts the fence of a release or full `compare_exchange` between `ldarx` and `stdcx.`. It stands before both here,
/// and that changes no verdict: the fence orders the write alike, no write of another thread may come between the read
/// and that write, so the read cannot be older either.
const RMW_RUST: ByOrder = [RMW[0], RMW[1], RMW[2], LLSC.before(Tags::SYNC).after(Tags::LWSYNC)];
const WRITE: [Access; 2] = [Access::RELAXED, Access::RELAXED.before(Tags::LWSYNC)];

/// An operation that is refused before it tries is a plain read here, as in this project's loop. Linux has a `sync` before
/// its own `atomic_add_unless()` in any case, which orders more than the function promises.
pub static KERNEL: Lowering = Lowering {
    name: "powerpc64 kernel",
    read: [Access::RELAXED, Access::RELAXED.after(Tags::LWSYNC)],
    write: WRITE,
    plain: Access::RELAXED,
    mb: Tags::SYNC,
    rmb: Tags::LWSYNC,
    wmb: Tags::LWSYNC,
    barrier: Tags::NONE,
    around_atomic: [Tags::SYNC; 2],
    after_spinlock: Tags::SYNC,
    after_unlock_lock: Tags::SYNC,
    after_srcu_read_unlock: Tags::NONE,
    fetch: RMW,
    atomic: LLSC,
    exchanged: branched(RMW),
    missed: [MISSED, MISSED, MISSED.before(Tags::LWSYNC), MISSED.before(Tags::SYNC)],
    refused: Access::RELAXED,
    set_bit: SetBit::AtOnce(RMW),
    lock: RMW[1],
    unlock: WRITE[1],
    rcu: false,
    branches: Branches::All,
    folds: false,
    drops_idle: false,
    weakest: Some(&WEAKEST),
};

pub static RUST: Lowering = Lowering {
    name: "powerpc64 Rust",
    read: [Access::RELAXED, Access::RELAXED.read(Tags::BRANCHED).after(Tags::ISYNC)],
    fetch: RMW_RUST,
    exchanged: branched(RMW_RUST),
    missed: [MISSED; 4],
    set_bit: SetBit::PeekFirst,
    folds: true,
    ..KERNEL
};

/// Rust's asks for less than the kernel's, but that it looks before it sets a lock bit.
static WEAKEST: Lowering = Lowering { name: "powerpc64, weakest", set_bit: SetBit::Least, weakest: None, ..RUST };
