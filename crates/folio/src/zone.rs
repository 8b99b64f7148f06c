//! The buddy allocator, as far as the race can see it.

use fencepost_memory::{Memory, Order, Word};

use crate::Folio;
use crate::descriptor::{TYPE_BUDDY, TYPE_NONE};

/// A zone of the buddy allocator: the lock that a folio passes under on its way from one life to the next.
///
/// The free lists are not modelled, only what a scanner or walker can see of them: a free folio has the
/// page type [`TYPE_BUDDY`](crate::TYPE_BUDDY). Whoever takes a folio names it.
pub struct Zone<M: Memory> {
    lock: M::Cell<u32>,
    locked: bool,
}

impl<M: Memory> Zone<M> {
    /// A zone with its spinlock, as the kernel has it.
    pub fn new(m: &M) -> Self {
        Self { lock: m.cell(0), locked: true }
    }

    /// A zone without the lock: pages change hands one by one but with no order at all, to see which verdicts rest on it.
    pub fn without_lock(m: &M) -> Self {
        Self { lock: m.cell(0), locked: false }
    }

    /// The lock's cell, to be named in reports.
    pub fn lock_cell(&self) -> &M::Cell<u32> {
        &self.lock
    }

    /// Takes `folio`, waiting until it is free. Its reference count is still 0.
    #[inline(always)]
    pub fn take(&self, m: &M, folio: &Folio<M>) {
        m.spin_until(|m| self.try_take(m, folio));
    }

    /// Takes `folio` if it is free; whether it was.
    #[inline(always)]
    pub fn try_take(&self, m: &M, folio: &Folio<M>) -> bool {
        if !self.locked {
            return m.cmpxchg(&folio.page_type, TYPE_BUDDY.into(), TYPE_NONE.into(), Order::Relaxed).is_ok();
        }
        m.spin_lock(&self.lock);
        let free = m.read_once(&folio.page_type).is(TYPE_BUDDY);
        if free {
            m.write_once(&folio.page_type, TYPE_NONE.into());
        }
        m.spin_unlock(&self.lock);
        free
    }

    /// Gives `folio` back after its last reference is gone: `mapping` is cleared and the folio marked free.
    #[inline(always)]
    pub fn free(&self, m: &M, folio: &Folio<M>) {
        if Folio::<M>::is_movable(m.read_once(&folio.mapping)) {
            folio.clear_mapping(m);
        }
        if self.locked {
            m.spin_lock(&self.lock);
        }
        m.write_once(&folio.page_type, TYPE_BUDDY.into());
        if self.locked {
            m.spin_unlock(&self.lock);
        }
    }
}
