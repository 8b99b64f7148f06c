//! arm64.
//!
//! | primitive | instructions |
//! | --- | --- |
//! | smp_mb, smp_rmb, smp_wmb | `dmb ish`, `dmb ishld`, `dmb ishst` |
//! | load acquire, store release | `ldar`, `stlr` |
//! | read-modify-write acquire, release | `…a`, `…l`; or `ldaxr…stxr`, `ldxr…stlxr` |
//! | read-modify-write full | with `+lse`: `…al`; without: `ldxr…stlxr; dmb ish` |
//! | no result | with `+lse`: `stadd`, `stset`, `stclr`, `steor`; without: `ldxr…stxr` |
//!
//! A compiler that was told neither `+lse` nor `-outline-atomics` calls a function that chooses at run time.

use std::arch::asm;
use std::sync::atomic::Ordering;

use crate::Order;
use crate::native::{Fence, Fenced};
#[cfg(target_feature = "lse")]
use crate::{AtomicCell, Rmw};

pub const LOCK_READS_FIRST: bool = true;
pub const LOAD_ACQUIRE: Fenced = (Fence::None, Ordering::Acquire, Fence::None);
pub const STORE_RELEASE: Fenced = (Fence::None, Ordering::Release, Fence::None);

#[inline(always)]
pub fn mb() {
    // SAFETY: a barrier touches neither registers nor stack.
    unsafe { asm!("dmb ish", options(nostack, preserves_flags)) }
}

#[inline(always)]
pub fn rmb() {
    // SAFETY: as in `mb`.
    unsafe { asm!("dmb ishld", options(nostack, preserves_flags)) }
}

#[inline(always)]
pub fn wmb() {
    // SAFETY: as in `mb`.
    unsafe { asm!("dmb ishst", options(nostack, preserves_flags)) }
}

#[inline(always)]
pub fn acquire_fence() {
    rmb();
}

#[inline(always)]
pub fn release_fence() {
    mb();
}

#[inline(always)]
pub fn fetch(order: Order) -> Fenced {
    match order {
        Order::Relaxed => (Fence::None, Ordering::Relaxed, Fence::None),
        Order::Acquire => (Fence::None, Ordering::Acquire, Fence::None),
        Order::Release => (Fence::None, Ordering::Release, Fence::None),
        Order::Full if cfg!(target_feature = "lse") => (Fence::None, Ordering::AcqRel, Fence::None),
        Order::Full => (Fence::None, Ordering::Release, Fence::Full),
    }
}

#[inline(always)]
pub fn cmpxchg(order: Order) -> Fenced {
    fetch(order)
}

/// A relaxed read-modify-write whose old value is not used. A compiler has these instructions load the old value
/// all the same, which `dmb ishld` would then order.
#[cfg(target_feature = "lse")]
#[inline(always)]
pub fn atomic<A: AtomicCell>(cell: &A, op: Rmw, operand: u64) {
    macro_rules! store {
        ($instruction:literal, $register:literal, $operand:expr) => {
            // SAFETY: one atomic access to a cell of the register's width, which is shared as an atomic.
            unsafe {
                asm!(
                    concat!($instruction, " {0:", $register, "}, [{1}]"),
                    in(reg) $operand,
                    in(reg) cell,
                    options(nostack, preserves_flags),
                )
            }
        };
        ($instruction:literal, $operand:expr) => {
            match size_of::<A>() {
                4 => store!($instruction, "w", $operand),
                _ => store!($instruction, "x", $operand),
            }
        };
    }
    match op {
        Rmw::Xchg => _ = cell.swap(operand, Ordering::Relaxed),
        Rmw::Add => store!("stadd", operand),
        Rmw::Or => store!("stset", operand),
        Rmw::And => store!("stclr", !operand),
        Rmw::Xor => store!("steor", operand),
    }
}
