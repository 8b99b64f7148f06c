//! The word, and the steps that are the same wherever the reference count lies.

use fencepost_folio::{Folio, ISOLATED, LOCKED, MAPPING_MOVABLE, OWNER, Refusal, SLAB};
use fencepost_memory::{Memory, Order, Rmw, Word};

/// The folio has operations.
pub const MOVABLE: u64 = 1 << 4;

/// The bits that decide whether a scanner may take the folio.
const DECISIVE: u64 = LOCKED | SLAB | ISOLATED | MOVABLE;

/// Whether a word says: movable, no slab, not isolated, not locked. A branch.
pub fn is_free_to_isolate<W: Word>(word: W) -> bool {
    (word & DECISIVE.into()).is(MOVABLE)
}

/// Why a word that is not [`is_free_to_isolate`] is not.
pub fn refusal<W: Word>(word: W) -> Refusal {
    if (word & (DECISIVE & !LOCKED).into()).is(MOVABLE) { Refusal::Locked } else { Refusal::NotMovable }
}

#[track_caller]
#[inline(always)]
pub fn reads_free_to_isolate<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
    m.called(|m| is_free_to_isolate(m.read_once(&folio.flags)))
}

/// Sets the owner's flag; the word is shared, so atomically.
#[track_caller]
#[inline(always)]
pub fn set_owner_flag<M: Memory>(m: &M, folio: &Folio<M>) {
    m.called(|m| folio.set_flags(m, OWNER));
}

/// Clears the owner's flag; the flag as it was found.
#[track_caller]
#[inline(always)]
pub fn clear_owner_flag<M: Memory>(m: &M, folio: &Folio<M>) -> M::Word {
    m.called(|m| m.fetch(&folio.flags, Rmw::And, (!OWNER).into(), Order::Relaxed) & OWNER.into())
}

/// Registers the operations. The movable bit needs no order of its own: the lock bit is set beside it until
/// folio_unlock, whose release orders `mapping` before the word that a scanner's acquire can take.
#[track_caller]
#[inline(always)]
pub fn tag<M: Memory>(m: &M, folio: &Folio<M>, operations: u64) {
    m.called(|m| {
        m.write_once(&folio.mapping, (operations | MAPPING_MOVABLE).into());
        folio.set_flags(m, MOVABLE);
    });
}

#[track_caller]
#[inline(always)]
pub fn untag<M: Memory>(m: &M, folio: &Folio<M>) {
    m.called(|m| folio.clear_flags(m, MOVABLE));
}

/// The operations of a folio that is locked and was movable when it was locked.
#[track_caller]
#[inline(always)]
pub fn operations<M: Memory>(m: &M, folio: &Folio<M>) -> M::Word {
    m.called(|m| Folio::<M>::operations(m.read_once(&folio.mapping)))
}
