//! Two tests of the slab mark around one of `mapping`. Merged for Linux 6.2, shipped until 6.13.

use std::marker::PhantomData;

use fencepost_folio::{Claim, Folio, Layout, LayoutName, Strategy, Zone};
use fencepost_memory::Memory;

use crate::owner;

/// Slab? Movable? Slab? Lock. Movable?
#[derive(Clone, Copy, Debug, Default)]
pub struct Rfc1<L: Layout>(PhantomData<L>);

impl<L: Layout> Strategy for Rfc1<L> {
    const FAMILY: &'static str = "fence";
    const VARIANT: &'static str = "rfc1";
    const LAYOUT: LayoutName = L::NAME;
    const CLAIM: Claim = match L::NAME {
        LayoutName::Shared => Claim::IN_THE_KERNEL,
        _ => Claim { walker: true, ..Claim::NOTHING },
    };

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
        no_slab_around_movable::<L, M>(m, folio)
    }
}

/// As [`Rfc1`], with one more barrier before the last test.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rfc1Rmb<L: Layout>(PhantomData<L>);

impl<L: Layout> Strategy for Rfc1Rmb<L> {
    const FAMILY: &'static str = "fence";
    const VARIANT: &'static str = "rfc1+rmb";
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
        no_slab_around_movable::<L, M>(m, folio)
    }

    #[inline(always)]
    fn confirm<M: Memory>(m: &M, folio: &Folio<M>) -> Option<M::Word> {
        m.called(|m| {
            // Orders the second "slab?" before the "movable?" under the lock. Pairs with the owner's smp_wmb
            // between `mapping = NULL` and the mark's end.
            m.smp_rmb();
            folio.confirm_movable(m)
        })
    }
}

#[track_caller]
#[inline(always)]
fn no_slab_around_movable<L: Layout, M: Memory>(m: &M, folio: &Folio<M>) -> bool {
    m.called(|m| {
        if L::is_slab(m, folio) {
            return false;
        }
        // Orders this "slab?" before "movable?". Pairs with the owner's smp_wmb between `mapping = NULL` and
        // the mark's end.
        m.smp_rmb();
        if !folio.reads_movable(m) {
            return false;
        }
        // Orders "movable?" before the next "slab?". Pairs with the owner's smp_wmb between the mark and the
        // overlay's first write.
        m.smp_rmb();
        !L::is_slab(m, folio)
    })
}
