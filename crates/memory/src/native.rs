//! The one implementation of [`Memory`] for code that really runs.
//!
//! A lowering is data: which ordering an atomic instruction carries and which fence stands before and after
//! it. Everything is `inline(always)` and every table look-up has constant arguments, so that nothing but
//! the instructions is left.

use std::sync::atomic::Ordering;

use crate::{AtomicCell, Memory, Order, Rmw, Width, Word, rcu};

/// The fences that a lowering places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fence {
    /// No fence.
    None,
    /// `smp_mb`.
    Full,
    /// After a read that acquires.
    Acquire,
    /// Before a write that releases.
    Release,
}

/// An atomic instruction's own ordering, between two fences.
pub type Fenced = (Fence, Ordering, Fence);

/// How the vocabulary becomes instructions.
pub trait Lowering {
    const NAME: &'static str;
    /// `test_and_set_bit_lock()` reads plainly first and gives up if the bit is set.
    const LOCK_READS_FIRST: bool;

    fn mb();
    fn rmb();
    fn wmb();
    fn fence(fence: Fence);
    fn load_acquire() -> Fenced;
    fn store_release() -> Fenced;
    /// An unconditional read-modify-write.
    fn fetch(order: Order) -> Fenced;
    /// That of `test_and_set_bit_lock()`.
    #[inline(always)]
    fn lock_bit() -> Fenced {
        Self::fetch(Order::Acquire)
    }
    /// A conditional one; the fence after it is executed only if it succeeds.
    fn cmpxchg(order: Order) -> Fenced;
    /// A relaxed read-modify-write whose old value is not used.
    #[inline(always)]
    fn atomic<A: AtomicCell>(cell: &A, op: Rmw, operand: u64) {
        op.apply(cell, operand, Ordering::Relaxed);
    }
}

#[inline(always)]
fn compiler_barrier() {
    std::sync::atomic::compiler_fence(Ordering::SeqCst);
}

impl<L: Lowering> Memory for L {
    type Word = u64;
    type Cell<W: Width> = W::Atomic;
    const NAME: &'static str = L::NAME;

    #[inline(always)]
    fn cell<W: Width>(&self, value: u64) -> W::Atomic {
        W::Atomic::new(value)
    }

    #[inline(always)]
    fn read_once<W: Width>(&self, cell: &W::Atomic) -> u64 {
        cell.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn write_once<W: Width>(&self, cell: &W::Atomic, value: u64) {
        cell.store(value, Ordering::Relaxed);
    }

    #[inline(always)]
    fn load_acquire<W: Width>(&self, cell: &W::Atomic) -> u64 {
        let (_, order, after) = L::load_acquire();
        let value = cell.load(order);
        L::fence(after);
        value
    }

    #[inline(always)]
    fn store_release<W: Width>(&self, cell: &W::Atomic, value: u64) {
        let (before, order, _) = L::store_release();
        L::fence(before);
        cell.store(value, order);
    }

    #[inline(always)]
    fn read_plain<W: Width>(&self, cell: &W::Atomic) -> u64 {
        cell.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn write_plain<W: Width>(&self, cell: &W::Atomic, value: u64) {
        cell.store(value, Ordering::Relaxed);
    }

    #[inline(always)]
    fn smp_mb(&self) {
        L::mb();
    }

    #[inline(always)]
    fn smp_rmb(&self) {
        L::rmb();
    }

    #[inline(always)]
    fn smp_wmb(&self) {
        L::wmb();
    }

    #[inline(always)]
    fn barrier(&self) {
        compiler_barrier();
    }

    fn heavy_barrier(&self) {
        crate::membarrier::membarrier();
    }

    #[inline(always)]
    fn fetch<W: Width>(&self, cell: &W::Atomic, op: Rmw, operand: u64, order: Order) -> u64 {
        let (before, instruction, after) = L::fetch(order);
        L::fence(before);
        let old = op.apply(cell, operand, instruction);
        L::fence(after);
        old
    }

    #[inline(always)]
    fn atomic<W: Width>(&self, cell: &W::Atomic, op: Rmw, operand: u64) {
        L::atomic(cell, op, operand);
    }

    #[inline(always)]
    fn cmpxchg<W: Width>(&self, cell: &W::Atomic, old: u64, new: u64, order: Order) -> Result<u64, u64> {
        let (before, instruction, after) = L::cmpxchg(order);
        L::fence(before);
        let seen = cell.compare_exchange(old, new, instruction)?;
        L::fence(after);
        Ok(seen)
    }

    #[inline(always)]
    fn fetch_update<W: Width>(
        &self,
        cell: &W::Atomic,
        order: Order,
        f: impl Fn(u64) -> Option<u64>,
    ) -> Result<u64, u64> {
        let mut old = cell.load(Ordering::Relaxed);
        loop {
            let new = f(old).ok_or(old)?;
            match Memory::cmpxchg::<W>(self, cell, old, new, order) {
                Ok(old) => return Ok(old),
                Err(seen) => old = seen,
            }
        }
    }

    #[inline(always)]
    fn try_set_bit_lock<W: Width>(&self, cell: &W::Atomic, mask: u64) -> bool {
        if L::LOCK_READS_FIRST && cell.load(Ordering::Relaxed) & mask != 0 {
            return false;
        }
        let (before, instruction, after) = L::lock_bit();
        L::fence(before);
        let old = Rmw::Or.apply(cell, mask, instruction);
        L::fence(after);
        old & mask == 0
    }

    #[inline(always)]
    fn spin_lock(&self, lock: &<u32 as Width>::Atomic) {
        while Memory::cmpxchg::<u32>(self, lock, 0, 1, Order::Acquire).is_err() {
            self.wait_until::<u32>(lock, |held| held == 0);
        }
    }

    #[inline(always)]
    fn spin_unlock(&self, lock: &<u32 as Width>::Atomic) {
        Memory::store_release::<u32>(self, lock, 0);
    }

    fn rcu_read_lock(&self) {
        rcu::read_lock();
    }

    fn rcu_read_unlock(&self) {
        rcu::read_unlock();
    }

    fn synchronize_rcu(&self) {
        rcu::synchronize();
    }

    #[inline(always)]
    fn wait_until<W: Width>(&self, cell: &W::Atomic, until: impl Fn(u64) -> bool) -> u64 {
        loop {
            let value = cell.load(Ordering::Relaxed);
            if until(value.get()) {
                return value;
            }
            std::hint::spin_loop();
        }
    }

    #[inline(always)]
    fn spin_until(&self, turn: impl Fn(&Self) -> bool) {
        while !turn(self) {
            std::hint::spin_loop();
        }
    }
}
