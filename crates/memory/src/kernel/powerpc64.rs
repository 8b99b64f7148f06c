//! POWER, 64 bits.
//!
//! | primitive | instructions |
//! | --- | --- |
//! | smp_mb | `sync` |
//! | smp_rmb, smp_wmb | `lwsync` |
//! | load acquire | `ld; lwsync` |
//! | store release | `lwsync; std` |
//! | read-modify-write acquire | `ldarx…stdcx.; lwsync` |
//! | read-modify-write release | `lwsync; ldarx…stdcx.` |
//! | read-modify-write full | `sync; ldarx…stdcx.; sync` |

use std::arch::asm;
use std::sync::atomic::Ordering;

use crate::Order;
use crate::native::{Fence, Fenced};

pub const LOCK_READS_FIRST: bool = false;
pub const LOAD_ACQUIRE: Fenced = (Fence::None, Ordering::Relaxed, Fence::Acquire);
pub const STORE_RELEASE: Fenced = (Fence::Release, Ordering::Relaxed, Fence::None);

#[inline(always)]
pub fn mb() {
    // SAFETY: a barrier touches neither registers nor stack.
    unsafe { asm!("sync", options(nostack, preserves_flags)) }
}

#[inline(always)]
fn lwsync() {
    // SAFETY: as in `mb`.
    unsafe { asm!("lwsync", options(nostack, preserves_flags)) }
}

#[inline(always)]
pub fn rmb() {
    lwsync();
}

#[inline(always)]
pub fn wmb() {
    lwsync();
}

#[inline(always)]
pub fn acquire_fence() {
    lwsync();
}

#[inline(always)]
pub fn release_fence() {
    lwsync();
}

#[inline(always)]
pub fn fetch(order: Order) -> Fenced {
    match order {
        Order::Relaxed => (Fence::None, Ordering::Relaxed, Fence::None),
        Order::Acquire => (Fence::None, Ordering::Relaxed, Fence::Acquire),
        Order::Release => (Fence::Release, Ordering::Relaxed, Fence::None),
        Order::Full => (Fence::Full, Ordering::Relaxed, Fence::Full),
    }
}

#[inline(always)]
pub fn cmpxchg(order: Order) -> Fenced {
    fetch(order)
}
