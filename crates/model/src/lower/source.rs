//! Models of source languages and of an idealised machine: the operations are the events.
//!
//! | | `SC` | `LINUX` (LKMM) | `C11` (RC11) |
//! | --- | --- | --- | --- |
//! | barriers | none | `smp_mb`, `smp_rmb`, `smp_wmb`, `barrier` | fences: seq_cst, acquire, release |
//! | acquire, release | – | acquire, release | acquire, release |
//! | full read-modify-write | – | `Mb` on both halves | seq_cst |
//! | conditional one that stores nothing | – | a read | a relaxed read |
//! | plain accesses | as marked ones | plain | relaxed, as the native back end has them |
//! | spinlock | – | lock and unlock events | acquire, release |
//! | read-copy-update | emulated | the model's own | emulated |

use super::{Access, Branches, Lowering, SetBit};
use crate::Tags;

pub static SC: Lowering = Lowering {
    name: "interleaving",
    read: [Access::RELAXED; 2],
    write: [Access::RELAXED; 2],
    plain: Access::RELAXED,
    mb: Tags::NONE,
    rmb: Tags::NONE,
    wmb: Tags::NONE,
    barrier: Tags::NONE,
    around_atomic: [Tags::NONE; 2],
    after_spinlock: Tags::NONE,
    after_unlock_lock: Tags::NONE,
    after_srcu_read_unlock: Tags::NONE,
    fetch: [Access::RELAXED; 4],
    atomic: Access::RELAXED,
    exchanged: [Access::RELAXED; 4],
    missed: [Access::RELAXED; 4],
    refused: Access::RELAXED,
    set_bit: SetBit::PeekFirst,
    lock: Access::RELAXED,
    unlock: Access::RELAXED,
    rcu: false,
    branches: Branches::All,
    folds: false,
    drops_idle: false,
    weakest: None,
};

const READ: [Access; 2] = [Access::RELAXED, Access::RELAXED.read(Tags::ACQUIRE)];
const WRITE: [Access; 2] = [Access::RELAXED, Access::RELAXED.write(Tags::RELEASE)];
const LINUX_RMW: [Access; 4] = [Access::RELAXED, READ[1], WRITE[1], Access::RELAXED.both(Tags::FULL)];
/// Unordered, but an atomic operation to the barriers that go with one.
const LINUX_REFUSED: Access = Access::RELAXED.read(Tags::ATOMIC);
const C11_RMW: [Access; 4] = [Access::RELAXED, READ[1], WRITE[1], Access::RELAXED.both(Tags::SEQ_CST)];
const COMMON_RMW: [Access; 4] =
    [Access::RELAXED, READ[1], WRITE[1], Access::RELAXED.read(Tags::ACQUIRE).write(Tags::RELEASE)];

pub static LINUX: Lowering = Lowering {
    name: "Linux kernel source",
    read: READ,
    write: WRITE,
    plain: Access::RELAXED.both(Tags::PLAIN),
    mb: Tags::SMP_MB,
    rmb: Tags::SMP_RMB,
    wmb: Tags::SMP_WMB,
    barrier: Tags::BARRIER,
    around_atomic: [Tags::BEFORE_ATOMIC, Tags::AFTER_ATOMIC],
    after_spinlock: Tags::AFTER_SPINLOCK,
    after_unlock_lock: Tags::AFTER_UNLOCK_LOCK,
    after_srcu_read_unlock: Tags::AFTER_SRCU_READ_UNLOCK,
    fetch: LINUX_RMW,
    atomic: Access::RELAXED.read(Tags::NORETURN),
    exchanged: LINUX_RMW,
    missed: [LINUX_REFUSED; 4],
    refused: LINUX_REFUSED,
    lock: Access::RELAXED.read(Tags::ACQUIRE).both(Tags::LOCK),
    unlock: Access::RELAXED.write(Tags::RELEASE.and(Tags::UNLOCK)),
    rcu: true,
    branches: Branches::Open(&LINUX_IN_ARMS),
    ..SC
};

static LINUX_IN_ARMS: Lowering = Lowering { branches: Branches::Arms, ..LINUX };

pub static C11: Lowering = Lowering {
    name: "Rust source",
    read: READ,
    write: WRITE,
    mb: Tags::C11_FENCE.and(Tags::SEQ_CST),
    rmb: Tags::C11_FENCE.and(Tags::ACQUIRE),
    wmb: Tags::C11_FENCE.and(Tags::RELEASE),
    around_atomic: [Tags::C11_FENCE.and(Tags::SEQ_CST); 2],
    after_spinlock: Tags::C11_FENCE.and(Tags::SEQ_CST),
    after_unlock_lock: Tags::C11_FENCE.and(Tags::SEQ_CST),
    after_srcu_read_unlock: Tags::C11_FENCE.and(Tags::SEQ_CST),
    fetch: C11_RMW,
    exchanged: C11_RMW,
    lock: READ[1],
    unlock: WRITE[1],
    ..SC
};

/// Less than any other lowering asks for: acquire and release, smp_mb() as both, and smp_wmb() and smp_rmb(). Grace periods
/// order nothing: LKMM lets them bear on critical sections only, the emulation on whatever a thread does.
pub static COMMON: Lowering = Lowering {
    name: "common to all",
    read: READ,
    write: WRITE,
    plain: Access::RELAXED.both(Tags::PLAIN),
    mb: Tags::C11_FENCE.and(Tags::ACQUIRE).and(Tags::RELEASE),
    rmb: Tags::SMP_RMB,
    wmb: Tags::SMP_WMB,
    fetch: COMMON_RMW,
    atomic: Access::RELAXED.read(Tags::NORETURN),
    exchanged: COMMON_RMW,
    lock: READ[1],
    unlock: WRITE[1],
    rcu: true,
    ..SC
};
