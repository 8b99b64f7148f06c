//! Two tests of `mapping` around one of the slab mark.

use std::marker::PhantomData;

use fencepost_folio::{Claim, Folio, Layout, LayoutName, Strategy, Zone};
use fencepost_memory::Memory;

use crate::owner;

/// Movable? Slab? Movable? Lock. Movable?
#[derive(Clone, Copy, Debug, Default)]
pub struct Rfc2<L: Layout>(PhantomData<L>);

impl<L: Layout> Strategy for Rfc2<L> {
    const FAMILY: &'static str = "fence";
    const VARIANT: &'static str = "rfc2";
    const LAYOUT: LayoutName = L::NAME;
    const CLAIM: Claim = Claim::IN_THE_KERNEL;

    #[inline(always)]
    fn slab_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        owner::slab_alloc::<Self, L, M>(m, folio);
    }

    #[inline(always)]
    fn slab_free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
        owner::slab_free::<Self, L, M>(m, zone, folio)
    }

    #[inline(always)]
    fn looks_movable<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| {
            if !folio.reads_movable(m) {
                return false;
            }
            // Orders "movable?" before "slab?". Pairs with the owner's smp_wmb between the mark and the overlay's
            // first write.
            m.smp_rmb();
            if L::is_slab(m, folio) {
                return false;
            }
            // Orders "slab?" before the next "movable?". Pairs with the owner's smp_wmb between `mapping = NULL`
            // and the mark's end.
            m.smp_rmb();
            folio.reads_movable(m)
        })
    }
}
