//! The kernel's instructions, one file an architecture with its table at the top.
//!
//! Fences are inline assembly; the accesses between them are core atomics, whose instructions are the
//! kernel's once their ordering is chosen as the tables say. No fence is `nomem` or `readonly`: each is also a
//! compiler barrier.

use crate::Order;
use crate::native::{Fence, Fenced, Lowering};

#[cfg_attr(target_arch = "x86_64", path = "x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "aarch64.rs")]
#[cfg_attr(target_arch = "riscv64", path = "riscv64.rs")]
#[cfg_attr(target_arch = "powerpc64", path = "powerpc64.rs")]
#[cfg_attr(
    not(any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64", target_arch = "powerpc64")),
    path = "unsupported.rs"
)]
mod arch;

/// The vocabulary as the Linux kernel's macros lower it on this architecture.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kernel;

impl Lowering for Kernel {
    const NAME: &'static str = "kernel";
    const LOCK_READS_FIRST: bool = arch::LOCK_READS_FIRST;

    #[inline(always)]
    fn mb() {
        arch::mb();
    }

    #[inline(always)]
    fn rmb() {
        arch::rmb();
    }

    #[inline(always)]
    fn wmb() {
        arch::wmb();
    }

    #[inline(always)]
    fn fence(fence: Fence) {
        match fence {
            Fence::None => {}
            Fence::Full => arch::mb(),
            Fence::Acquire => arch::acquire_fence(),
            Fence::Release => arch::release_fence(),
        }
    }

    #[inline(always)]
    fn load_acquire() -> Fenced {
        arch::LOAD_ACQUIRE
    }

    #[inline(always)]
    fn store_release() -> Fenced {
        arch::STORE_RELEASE
    }

    #[inline(always)]
    fn fetch(order: Order) -> Fenced {
        arch::fetch(order)
    }

    #[cfg(target_arch = "riscv64")]
    #[inline(always)]
    fn lock_bit() -> Fenced {
        arch::LOCK_BIT
    }

    #[inline(always)]
    fn cmpxchg(order: Order) -> Fenced {
        arch::cmpxchg(order)
    }

    #[cfg(all(target_arch = "aarch64", target_feature = "lse"))]
    #[inline(always)]
    fn atomic<A: crate::AtomicCell>(cell: &A, op: crate::Rmw, operand: u64) {
        arch::atomic(cell, op, operand);
    }
}
