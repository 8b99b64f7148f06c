//! The vocabulary under the loom model checker, as a C11 program.

use ::loom::sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence};
use ::loom::thread::yield_now;

use crate::{AtomicCell, Memory, Order, Rmw, Width, Word};

/// The vocabulary lowered as by [`Rust`](crate::Rust) and run by loom. Usable only inside `loom::model`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Loom;

::loom::lazy_static! {
    /// Read-side critical sections under way: an RCU of the simplest kind, a counter.
    static ref READERS: AtomicUsize = AtomicUsize::new(0);
}

fn ordering(order: Order) -> Ordering {
    match order {
        Order::Relaxed => Ordering::Relaxed,
        Order::Acquire => Ordering::Acquire,
        Order::Release => Ordering::Release,
        Order::Full => Ordering::SeqCst,
    }
}

impl Memory for Loom {
    type Word = u64;
    type Cell<W: Width> = W::Loom;
    const NAME: &'static str = "loom";

    fn cell<W: Width>(&self, value: u64) -> W::Loom {
        W::Loom::new(value)
    }

    fn read_once<W: Width>(&self, cell: &W::Loom) -> u64 {
        cell.load(Ordering::Relaxed)
    }

    fn write_once<W: Width>(&self, cell: &W::Loom, value: u64) {
        cell.store(value, Ordering::Relaxed);
    }

    fn load_acquire<W: Width>(&self, cell: &W::Loom) -> u64 {
        cell.load(Ordering::Acquire)
    }

    fn store_release<W: Width>(&self, cell: &W::Loom, value: u64) {
        cell.store(value, Ordering::Release);
    }

    fn read_plain<W: Width>(&self, cell: &W::Loom) -> u64 {
        cell.load(Ordering::Relaxed)
    }

    fn write_plain<W: Width>(&self, cell: &W::Loom, value: u64) {
        cell.store(value, Ordering::Relaxed);
    }

    fn smp_mb(&self) {
        fence(Ordering::SeqCst);
    }

    fn smp_rmb(&self) {
        fence(Ordering::Acquire);
    }

    fn smp_wmb(&self) {
        fence(Ordering::Release);
    }

    fn barrier(&self) {}

    /// A full fence on this side only: loom cannot interrupt the other threads, so what it finds safe is safe
    /// with the real barrier too, and what it finds racy need not be.
    fn heavy_barrier(&self) {
        fence(Ordering::SeqCst);
    }

    fn fetch<W: Width>(&self, cell: &W::Loom, op: Rmw, operand: u64, order: Order) -> u64 {
        op.apply(cell, operand, ordering(order))
    }

    fn atomic<W: Width>(&self, cell: &W::Loom, op: Rmw, operand: u64) {
        op.apply(cell, operand, Ordering::Relaxed);
    }

    fn cmpxchg<W: Width>(&self, cell: &W::Loom, old: u64, new: u64, order: Order) -> Result<u64, u64> {
        cell.compare_exchange(old, new, ordering(order))
    }

    fn fetch_update<W: Width>(&self, cell: &W::Loom, order: Order, f: impl Fn(u64) -> Option<u64>) -> Result<u64, u64> {
        let mut old = cell.load(Ordering::Relaxed);
        loop {
            let new = f(old).ok_or(old)?;
            match cell.compare_exchange(old, new, ordering(order)) {
                Ok(old) => return Ok(old),
                Err(seen) => old = seen,
            }
        }
    }

    fn try_set_bit_lock<W: Width>(&self, cell: &W::Loom, mask: u64) -> bool {
        cell.fetch_or(mask, Ordering::Acquire) & mask == 0
    }

    fn spin_lock(&self, lock: &AtomicU32) {
        self.spin_until(|m| m.cmpxchg::<u32>(lock, 0, 1, Order::Acquire).is_ok());
    }

    fn spin_unlock(&self, lock: &AtomicU32) {
        self.store_release::<u32>(lock, 0);
    }

    fn rcu_read_lock(&self) {
        READERS.fetch_add(1, Ordering::Acquire);
        fence(Ordering::SeqCst);
    }

    fn rcu_read_unlock(&self) {
        READERS.fetch_sub(1, Ordering::Release);
    }

    fn synchronize_rcu(&self) {
        fence(Ordering::SeqCst);
        while READERS.load(Ordering::Acquire) != 0 {
            yield_now();
        }
        fence(Ordering::SeqCst);
    }

    fn wait_until<W: Width>(&self, cell: &W::Loom, until: impl Fn(u64) -> bool) -> u64 {
        loop {
            let value = cell.load(Ordering::Relaxed);
            if until(value.get()) {
                return value;
            }
            yield_now();
        }
    }

    fn spin_until(&self, turn: impl Fn(&Self) -> bool) {
        while !turn(self) {
            yield_now();
        }
    }
}
