//! arm64.
//!
//! | primitive | instructions |
//! | --- | --- |
//! | smp_mb, smp_rmb, smp_wmb | `dmb ish`, `dmb ishld`, `dmb ishst` |
//! | load acquire, store release | `ldar`, `stlr` |
//! | read-modify-write acquire, release | `…a`, `…l`; or `ldaxr…stxr`, `ldxr…stlxr` |
//! | read-modify-write full | with `+lse`: `…al`; without: `ldxr…stlxr; dmb ish` |

use std::arch::asm;
use std::sync::atomic::Ordering;

use crate::Order;
use crate::native::{Fence, Fenced};

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
