//! Memory cells of 32 and 64 bits.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

mod sealed {
    pub trait Sealed {}
    impl Sealed for u32 {}
    impl Sealed for u64 {}
}

/// The width of a cell: `u32` or `u64`.
pub trait Width: sealed::Sealed + Copy + Send + Sync + 'static {
    /// The number of bits.
    const BITS: u32;
    /// The bits of a word that a cell of this width holds.
    const MASK: u64 = u64::MAX >> (64 - Self::BITS);
    /// The atomic of this width.
    type Atomic: AtomicCell;
    /// Loom's atomic of this width.
    #[cfg(feature = "loom")]
    type Loom: AtomicCell;
}

impl Width for u32 {
    const BITS: u32 = 32;
    type Atomic = AtomicU32;
    #[cfg(feature = "loom")]
    type Loom = ::loom::sync::atomic::AtomicU32;
}

impl Width for u64 {
    const BITS: u32 = 64;
    type Atomic = AtomicU64;
    #[cfg(feature = "loom")]
    type Loom = ::loom::sync::atomic::AtomicU64;
}

/// What the back ends need of an atomic, whatever its width.
pub trait AtomicCell: Send + Sync + 'static {
    /// A cell holding `value`, truncated to the cell's width.
    fn new(value: u64) -> Self;
    /// A load, zero-extended.
    fn load(&self, order: Ordering) -> u64;
    /// A store, truncated.
    fn store(&self, value: u64, order: Ordering);
    /// Swaps and returns the old value.
    fn swap(&self, value: u64, order: Ordering) -> u64;
    /// Adds with wrap-around and returns the old value.
    fn fetch_add(&self, value: u64, order: Ordering) -> u64;
    /// Sets bits and returns the old value.
    fn fetch_or(&self, value: u64, order: Ordering) -> u64;
    /// Keeps only the bits of `value` and returns the old value.
    fn fetch_and(&self, value: u64, order: Ordering) -> u64;
    /// Flips bits and returns the old value.
    fn fetch_xor(&self, value: u64, order: Ordering) -> u64;
    /// Stores `new` if the cell holds `old`; the error is what it held instead.
    fn compare_exchange(&self, old: u64, new: u64, order: Ordering) -> Result<u64, u64>;
}

/// Forwards to the inherent methods of an atomic of width `$width`, converting to and from words.
macro_rules! atomic_cell {
    ($($atomic:ty, $width:ty);*) => { $(
        impl AtomicCell for $atomic {
            #[inline(always)]
            fn new(value: u64) -> Self {
                Self::new(value as $width)
            }
            #[inline(always)]
            fn load(&self, order: Ordering) -> u64 {
                u64::from(self.load(order))
            }
            #[inline(always)]
            fn store(&self, value: u64, order: Ordering) {
                self.store(value as $width, order);
            }
            #[inline(always)]
            fn swap(&self, value: u64, order: Ordering) -> u64 {
                u64::from(self.swap(value as $width, order))
            }
            #[inline(always)]
            fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
                u64::from(self.fetch_add(value as $width, order))
            }
            #[inline(always)]
            fn fetch_or(&self, value: u64, order: Ordering) -> u64 {
                u64::from(self.fetch_or(value as $width, order))
            }
            #[inline(always)]
            fn fetch_and(&self, value: u64, order: Ordering) -> u64 {
                u64::from(self.fetch_and(value as $width, order))
            }
            #[inline(always)]
            fn fetch_xor(&self, value: u64, order: Ordering) -> u64 {
                u64::from(self.fetch_xor(value as $width, order))
            }
            #[inline(always)]
            fn compare_exchange(&self, old: u64, new: u64, order: Ordering) -> Result<u64, u64> {
                let (old, new) = (old as $width, new as $width);
                match self.compare_exchange(old, new, order, Ordering::Relaxed) {
                    Ok(value) => Ok(u64::from(value)),
                    Err(value) => Err(u64::from(value)),
                }
            }
        }
    )* };
}

atomic_cell!(AtomicU32, u32; AtomicU64, u64);
#[cfg(feature = "loom")]
atomic_cell!(::loom::sync::atomic::AtomicU32, u32; ::loom::sync::atomic::AtomicU64, u64);
