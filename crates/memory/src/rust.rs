//! Rust's own atomics and fences, as LLVM lowers them.

use std::sync::atomic::{Ordering, fence};

use crate::Order;
use crate::native::{Fence, Fenced, Lowering};

/// The vocabulary in Rust's terms: `smp_wmb` is `fence(Release)`, `smp_rmb` is `fence(Acquire)`, `smp_mb` is
/// `fence(SeqCst)`, and a fully ordered read-modify-write is `SeqCst`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rust;

const fn ordering(order: Order) -> Ordering {
    match order {
        Order::Relaxed => Ordering::Relaxed,
        Order::Acquire => Ordering::Acquire,
        Order::Release => Ordering::Release,
        Order::Full => Ordering::SeqCst,
    }
}

impl Lowering for Rust {
    const NAME: &'static str = "rust";
    const LOCK_READS_FIRST: bool = !cfg!(target_arch = "x86_64");

    #[inline(always)]
    fn mb() {
        fence(Ordering::SeqCst);
    }

    #[inline(always)]
    fn rmb() {
        fence(Ordering::Acquire);
    }

    #[inline(always)]
    fn wmb() {
        fence(Ordering::Release);
    }

    #[inline(always)]
    fn fence(_: Fence) {}

    #[inline(always)]
    fn load_acquire() -> Fenced {
        (Fence::None, Ordering::Acquire, Fence::None)
    }

    #[inline(always)]
    fn store_release() -> Fenced {
        (Fence::None, Ordering::Release, Fence::None)
    }

    #[inline(always)]
    fn fetch(order: Order) -> Fenced {
        (Fence::None, ordering(order), Fence::None)
    }

    #[inline(always)]
    fn cmpxchg(order: Order) -> Fenced {
        (Fence::None, ordering(order), Fence::None)
    }
}
