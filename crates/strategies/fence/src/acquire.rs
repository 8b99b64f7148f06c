//! One test of each mark before the lock, and the last test under it: the cheapest orders that do.

use std::marker::PhantomData;

use fencepost_folio::{Claim, Folio, Layout, LayoutName, Strategy, Zone};
use fencepost_memory::Memory;

use crate::owner;

/// Movable? Slab? Lock. Movable? The reads before the lock acquire, as far as the lock does not order them anyway.
/// `RELEASE`: the owner ends its mark by a release.
#[derive(Clone, Copy, Debug, Default)]
pub struct Acquire<L: Layout, const RELEASE: bool>(PhantomData<L>);

impl<L: Layout, const RELEASE: bool> Strategy for Acquire<L, RELEASE> {
    const FAMILY: &'static str = "fence";
    const VARIANT: &'static str = if RELEASE { "acquire+release" } else { "acquire" };
    const LAYOUT: LayoutName = L::NAME;
    const CLAIM: Claim = Claim::IN_THE_KERNEL;

    #[inline(always)]
    fn slab_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        owner::slab_alloc::<Self, L, M>(m, folio);
    }

    #[inline(always)]
    fn slab_free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
        if RELEASE {
            m.called(|m| owner::slab_free_release::<Self, L, M>(m, zone, folio))
        } else {
            owner::slab_free::<Self, L, M>(m, zone, folio)
        }
    }

    #[inline(always)]
    fn looks_movable<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| {
            // Orders "movable?" before "slab?". Pairs with the owner's smp_wmb between the mark and the overlay's first
            // write.
            if !Folio::<M>::is_movable(m.load_acquire(&folio.mapping)) {
                return false;
            }
            match L::NAME {
                // The lock bit is in the mark's word: coherence orders "slab?" before the lock, whose acquire orders it
                // before the "movable?" under the lock.
                LayoutName::Shared => !L::is_slab(m, folio),
                // Orders "slab?" before the lock and the "movable?" under it. Pairs with the owner's order between
                // `mapping = NULL` and the mark's end.
                _ => !L::is_slab_acquire(m, folio),
            }
        })
    }
}
