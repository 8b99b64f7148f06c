//! The reference count inside the word.

use fencepost_folio::{Claim, Folio, ISOLATED, Isolation, LOCKED, LayoutName, Refusal, SLAB, Strategy};
use fencepost_folio::{TYPE_BUDDY, Walk, Zone};
use fencepost_memory::{Memory, Order, Rmw, Word};

use crate::word;

/// One reference, in the upper half of the word.
const REFERENCE: u64 = 1 << 32;
const REFERENCES: u64 = !(REFERENCE - 1);

/// Reference, tests and lock in one read-modify-write.
#[derive(Clone, Copy, Debug, Default)]
pub struct Inside;

impl Strategy for Inside {
    const FAMILY: &'static str = "flagword";
    const VARIANT: &'static str = "inside";
    const LAYOUT: LayoutName = LayoutName::Own;
    const CLAIM: Claim = Claim::EVERYTHING;

    /// A store will do: while the count is 0, others only read the word.
    #[inline(always)]
    fn slab_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| {
            m.write_once(&folio.flags, (REFERENCE | SLAB).into());
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
        m.called(|m| drop_reference(m, zone, folio, SLAB))
    }

    #[inline(always)]
    fn page_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| m.write_once(&folio.flags, REFERENCE.into()));
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
    fn try_get<M: Memory>(m: &M, folio: &Folio<M>) -> Option<M::Word> {
        m.called(|m| {
            let get = |word: M::Word| word.test(REFERENCES).then(|| word + REFERENCE.into());
            m.fetch_update(&folio.flags, Order::Full, get).ok()
        })
    }

    #[track_caller]
    #[inline(always)]
    fn put<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
        m.called(|m| drop_reference(m, zone, folio, 0))
    }

    fn references(flags: u64, _: u64) -> u64 {
        flags / REFERENCE
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
    fn isolate<M: Memory>(m: &M, _: &Zone<M>, folio: &Folio<M>) -> Isolation<M> {
        m.called(|m| {
            let lock = |word: M::Word| {
                (word.test(REFERENCES) && word::is_free_to_isolate(word))
                    .then(|| (word + REFERENCE.into()) | LOCKED.into())
            };
            // Orders all marks and the reference before `mapping`. Pairs with the release of the driver's folio_unlock.
            match m.fetch_update(&folio.flags, Order::Acquire, lock) {
                Ok(reference) => {
                    let operations = word::operations(m, folio);
                    // Orders the read of `mapping` before the lock's end. Pairs with the acquire of the next holder.
                    let unlocked = m.fetch(&folio.flags, Rmw::Xor, (LOCKED | ISOLATED).into(), Order::Release);
                    Isolation {
                        outcome: Ok(operations),
                        reference: Some(reference),
                        unlocked: Some(unlocked),
                        freed: false,
                    }
                }
                Err(word) => {
                    let why = if word.test(REFERENCES) { word::refusal(word) } else { Refusal::NoReference };
                    Isolation { outcome: Err(why), reference: None, unlocked: None, freed: false }
                }
            }
        })
    }

    #[inline(always)]
    fn walk<M: Memory>(m: &M, folio: &Folio<M>) -> Walk {
        m.called(|m| {
            let word = m.read_once(&folio.flags);
            if word.test(REFERENCES) {
                return if (word & (SLAB | word::MOVABLE).into()).is(word::MOVABLE) {
                    Walk::Movable
                } else {
                    Walk::Unmovable
                };
            }
            if m.read_once(&folio.page_type).is(TYPE_BUDDY) { Walk::Free } else { Walk::BeingFreed }
        })
    }
}

/// Drops a reference and, at once, takes `bits` away, which are known to be set.
#[track_caller]
#[inline(always)]
fn drop_reference<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>, bits: u64) -> bool {
    m.called(|m| {
        let minus = (REFERENCE + bits).wrapping_neg();
        let old = m.fetch(&folio.flags, Rmw::Add, minus.into(), Order::Full);
        let last = (old & REFERENCES.into()).is(REFERENCE);
        if last {
            zone.free(m, folio);
        }
        last
    })
}
