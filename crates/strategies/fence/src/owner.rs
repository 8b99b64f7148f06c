//! The owner's side, the same for every reader.

use fencepost_folio::{Folio, Layout, Strategy, Zone};
use fencepost_memory::Memory;

#[track_caller]
#[inline(always)]
pub fn slab_alloc<S: Strategy, L: Layout, M: Memory>(m: &M, folio: &Folio<M>) {
    m.called(|m| {
        S::page_alloc(m, folio);
        L::set_slab(m, folio);
        // Orders the slab mark before the overlay's first write to `mapping`. Pairs with the smp_rmb between a
        // reader's "movable?" and the "slab?" after it.
        m.smp_wmb();
    });
}

#[track_caller]
#[inline(always)]
pub fn slab_free<S: Strategy, L: Layout, M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
    m.called(|m| {
        folio.clear_mapping(m);
        // Orders `mapping = NULL` before the mark's end. Pairs with the smp_rmb between a reader's "slab?" and
        // the "movable?" after it.
        m.smp_wmb();
        L::clear_slab(m, folio);
        S::put(m, zone, folio)
    })
}

/// The same with the mark's end as a release, which is cheaper than a barrier and a store where an architecture has it.
#[track_caller]
#[inline(always)]
pub fn slab_free_release<S: Strategy, L: Layout, M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
    m.called(|m| {
        folio.clear_mapping(m);
        // Orders `mapping = NULL` before the mark's end. Pairs with the order between a reader's "slab?" and the
        // "movable?" after it.
        L::clear_slab_release(m, folio);
        S::put(m, zone, folio)
    })
}
