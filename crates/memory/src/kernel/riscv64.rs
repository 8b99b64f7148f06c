//! RISC-V, 64 bits.
//!
//! | primitive | instructions |
//! | --- | --- |
//! | smp_mb, smp_rmb, smp_wmb | `fence rw,rw`, `fence r,r`, `fence w,w` |
//! | load acquire | `ld; fence r,rw` |
//! | store release | `fence rw,w; sd` |
//! | read-modify-write acquire, release, full | `amo; fence r,rw`, `fence rw,w; amo`, `amo.aqrl` |
//! | test_and_set_bit_lock | `amo.aq` |
//! | conditional: acquire | `lr…sc; fence r,rw` |
//! | conditional: release | `fence rw,w; lr…sc` |
//! | conditional: full | `lr…sc.rl; fence rw,rw` |

use std::arch::asm;
use std::sync::atomic::Ordering;

use crate::Order;
use crate::native::{Fence, Fenced};

pub const LOCK_READS_FIRST: bool = false;
pub const LOCK_BIT: Fenced = (Fence::None, Ordering::Acquire, Fence::None);
pub const LOAD_ACQUIRE: Fenced = (Fence::None, Ordering::Relaxed, Fence::Acquire);
pub const STORE_RELEASE: Fenced = (Fence::Release, Ordering::Relaxed, Fence::None);

#[inline(always)]
pub fn mb() {
    // SAFETY: a barrier touches neither registers nor stack.
    unsafe { asm!("fence rw,rw", options(nostack, preserves_flags)) }
}

#[inline(always)]
pub fn rmb() {
    // SAFETY: as in `mb`.
    unsafe { asm!("fence r,r", options(nostack, preserves_flags)) }
}

#[inline(always)]
pub fn wmb() {
    // SAFETY: as in `mb`.
    unsafe { asm!("fence w,w", options(nostack, preserves_flags)) }
}

#[inline(always)]
pub fn acquire_fence() {
    // SAFETY: as in `mb`.
    unsafe { asm!("fence r,rw", options(nostack, preserves_flags)) }
}

#[inline(always)]
pub fn release_fence() {
    // SAFETY: as in `mb`.
    unsafe { asm!("fence rw,w", options(nostack, preserves_flags)) }
}

#[inline(always)]
pub fn fetch(order: Order) -> Fenced {
    match order {
        Order::Full => (Fence::None, Ordering::SeqCst, Fence::None),
        weaker => cmpxchg(weaker),
    }
}

#[inline(always)]
pub fn cmpxchg(order: Order) -> Fenced {
    match order {
        Order::Relaxed => (Fence::None, Ordering::Relaxed, Fence::None),
        Order::Acquire => (Fence::None, Ordering::Relaxed, Fence::Acquire),
        Order::Release => (Fence::Release, Ordering::Relaxed, Fence::None),
        Order::Full => (Fence::None, Ordering::Release, Fence::Full),
    }
}
