//! The reference count beside the word, where it has always been.

use fencepost_folio::{Claim, Folio, LOCKED, LayoutName, Refusal, SLAB, Strategy, Zone};
use fencepost_memory::{Memory, Order};

use crate::word;

/// Reference; then test all marks and lock in one read-modify-write.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside;

impl Strategy for Beside {
    const FAMILY: &'static str = "flagword";
    const VARIANT: &'static str = "beside";
    const LAYOUT: LayoutName = LayoutName::Own;
    const CLAIM: Claim = Claim::EVERYTHING;

    #[inline(always)]
    fn slab_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| {
            Self::page_alloc(m, folio);
            folio.set_flags(m, SLAB);
        });
    }

    #[inline(always)]
    fn set_owner_flag<M: Memory>(m: &M, folio: &Folio<M>) {
        word::set_owner_flag(m, folio);
    }

    #[inline(always)]
    fn clear_owner_flag<M: Memory>(m: &M, folio: &Folio<M>) -> M::Word {
        word::clear_owner_flag(m, folio)
    }

    #[inline(always)]
    fn slab_free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
        m.called(|m| {
            folio.clear_flags(m, SLAB);
            Self::put(m, zone, folio)
        })
    }

    #[inline(always)]
    fn tag<M: Memory>(m: &M, folio: &Folio<M>, operations: u64) {
        word::tag(m, folio, operations);
    }

    #[inline(always)]
    fn untag<M: Memory>(m: &M, folio: &Folio<M>) {
        word::untag(m, folio);
    }

    #[inline(always)]
    fn precheck<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        word::reads_free_to_isolate(m, folio)
    }

    #[inline(always)]
    fn looks_movable<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        word::reads_free_to_isolate(m, folio)
    }

    #[inline(always)]
    fn confirm<M: Memory>(m: &M, folio: &Folio<M>) -> Option<M::Word> {
        Some(word::operations(m, folio))
    }

    #[inline(always)]
    fn lock_movable<M: Memory>(m: &M, folio: &Folio<M>) -> Result<M::Word, Refusal> {
        m.called(|m| {
            let lock = |flags: M::Word| word::is_free_to_isolate(flags).then(|| flags | LOCKED.into());
            // Orders all marks before `mapping`. Pairs with the release of the driver's folio_unlock.
            m.fetch_update(&folio.flags, Order::Acquire, lock).map_err(word::refusal)?;
            Self::confirm(m, folio).ok_or(Refusal::Changed)
        })
    }
}
