//! x86-64.
//!
//! | primitive | instructions |
//! | --- | --- |
//! | smp_mb | `lock addl $0,-4(%rsp)` |
//! | smp_rmb, smp_wmb | none (compiler barrier) |
//! | load acquire, store release | `mov` |
//! | read-modify-write, any order | one `lock`ed instruction |
//!
//! But for one that changes nothing, such as an `or` with 0, of which LLVM leaves a fence and a load, or nothing.

use std::arch::asm;
use std::sync::atomic::Ordering;

use crate::Order;
use crate::native::{Fence, Fenced};

/// `lock bts` answers in one instruction.
pub const LOCK_READS_FIRST: bool = false;
pub const LOAD_ACQUIRE: Fenced = (Fence::None, Ordering::Acquire, Fence::None);
pub const STORE_RELEASE: Fenced = (Fence::None, Ordering::Release, Fence::None);

#[inline(always)]
pub fn mb() {
    // SAFETY: adds 0 to the four bytes below the stack pointer; without `nostack` nothing of the
    // compiler's lives there.
    unsafe { asm!("lock add dword ptr [rsp - 4], 0") }
}

#[inline(always)]
pub fn rmb() {
    compiler_barrier();
}

#[inline(always)]
pub fn wmb() {
    compiler_barrier();
}

#[inline(always)]
pub fn acquire_fence() {
    compiler_barrier();
}

#[inline(always)]
pub fn release_fence() {
    compiler_barrier();
}

#[inline(always)]
fn compiler_barrier() {
    // SAFETY: no instructions; for the compiler it may read and write any memory.
    unsafe { asm!("", options(nostack, preserves_flags)) }
}

#[inline(always)]
pub fn fetch(order: Order) -> Fenced {
    let ordering = match order {
        Order::Relaxed => Ordering::Relaxed,
        Order::Acquire => Ordering::Acquire,
        Order::Release => Ordering::Release,
        Order::Full => Ordering::SeqCst,
    };
    (Fence::None, ordering, Fence::None)
}

#[inline(always)]
pub fn cmpxchg(order: Order) -> Fenced {
    fetch(order)
}
