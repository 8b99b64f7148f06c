//! No strategy at all.
//!
//! Every step of the API is there and does nothing, so that what a workload costs with [`Empty`] is what the
//! harness costs. It never takes a slab for a movable folio, because it never takes anything: the property
//! that a strategy must also be useful is there to catch it.
//!
//! # Example
//!
//! ```
//! use fencepost_empty::Empty;
//! use fencepost_folio::{Folio, Refusal, Strategy, Zone};
//! use fencepost_memory::Kernel;
//!
//! let m = Kernel;
//! let (zone, folio) = (Zone::new(&m), Folio::free(&m));
//! assert_eq!(Empty::isolate(&m, &zone, &folio).outcome, Err(Refusal::NoReference));
//! ```

#![forbid(unsafe_code)]

use fencepost_folio::{Claim, Folio, Isolation, LayoutName, Refusal, Return, Strategy, Walk, Zone};
use fencepost_memory::Memory;

/// Does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Empty;

impl Strategy for Empty {
    const FAMILY: &'static str = "empty";
    const VARIANT: &'static str = "empty";
    const LAYOUT: LayoutName = LayoutName::Own;
    const CLAIM: Claim = Claim::NOTHING;
    const FROZEN: bool = true;

    #[inline(always)]
    fn slab_alloc<M: Memory>(_: &M, _: &Folio<M>) {}

    #[inline(always)]
    fn slab_use<M: Memory>(_: &M, _: &Folio<M>, _: u64) {}

    #[inline(always)]
    fn set_owner_flag<M: Memory>(_: &M, _: &Folio<M>) {}

    #[inline(always)]
    fn clear_owner_flag<M: Memory>(_: &M, _: &Folio<M>) -> M::Word {
        fencepost_folio::OWNER.into()
    }

    #[inline(always)]
    fn slab_free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
        zone.free(m, folio);
        true
    }

    #[inline(always)]
    fn page_alloc<M: Memory>(_: &M, _: &Folio<M>) {}

    #[inline(always)]
    fn make_movable<M: Memory>(_: &M, _: &Folio<M>, _: u64) -> M::Word {
        fencepost_folio::LOCKED.into()
    }

    #[inline(always)]
    fn take_back<M: Memory>(_: &M, _: &Folio<M>) -> (bool, M::Word) {
        (true, fencepost_folio::LOCKED.into())
    }

    #[inline(always)]
    fn put<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
        zone.free(m, folio);
        true
    }

    #[inline(always)]
    fn precheck<M: Memory>(_: &M, _: &Folio<M>) -> bool {
        false
    }

    #[inline(always)]
    fn looks_movable<M: Memory>(_: &M, _: &Folio<M>) -> bool {
        false
    }

    #[inline(always)]
    fn isolate<M: Memory>(_: &M, _: &Zone<M>, _: &Folio<M>) -> Isolation<M> {
        Isolation { outcome: Err(Refusal::NoReference), reference: None, unlocked: None, freed: false }
    }

    #[inline(always)]
    fn put_back<M: Memory>(_: &M, _: &Zone<M>, _: &Folio<M>) -> Return<M> {
        Return { unlocked: fencepost_folio::LOCKED.into(), freed: false }
    }

    #[inline(always)]
    fn migrate<M: Memory>(_: &M, _: &Zone<M>, _: &Folio<M>) -> Return<M> {
        Return { unlocked: fencepost_folio::LOCKED.into(), freed: false }
    }

    #[inline(always)]
    fn walk<M: Memory>(_: &M, _: &Folio<M>) -> Walk {
        Walk::Unmovable
    }
}
