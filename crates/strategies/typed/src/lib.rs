//! Movable is what a page's type and a flag beside the folio lock say, and both stay until the page is freed.
//!
//! In the other families `mapping` says whether a folio is movable, and the slab's overlay can make it say so. Here it says
//! nothing: a driver gives its page a type of its own, in the word where a slab has its own, and sets a flag that no slab sets.
//! It never takes either away; they go when the page is freed. So what a scanner saw of them before it took the lock still
//! holds under the lock for as long as it has its reference, and only *which* operations, and whether the driver still wants
//! the page moved, is asked there. Slabs keep reference count 0, as in `frozen`. This is the kernel from Linux 6.17 on, where the
//! driver's own structure is found in the word that `mapping` stands for here.
//!
//! # Example
//!
//! ```
//! use fencepost_folio::{Folio, Overlay, Refusal, Strategy, Zone, operations_of};
//! use fencepost_memory::Kernel;
//! use fencepost_typed::Typed;
//! type S = Typed<false>;
//!
//! let m = Kernel;
//! let (zone, folio) = (Zone::new(&m), Folio::free(&m));
//!
//! zone.take(&m, &folio);
//! S::page_alloc(&m, &folio);
//! S::make_movable(&m, &folio, operations_of(1));
//! assert_eq!(S::take_back(&m, &folio).0, true);
//! assert_eq!(S::isolate(&m, &zone, &folio).outcome, Err(Refusal::Changed)); // still of the type, and no driver's any more
//! assert!(S::put(&m, &zone, &folio));
//! ```

#![forbid(unsafe_code)]

use fencepost_folio::{Claim, Folio, LayoutName, Split, Strategy, TYPE_BUDDY, Walk, Zone};
use fencepost_frozen::Frozen;
use fencepost_memory::{Memory, Word};

/// `PG_movable_ops`.
const MOVABLE: u64 = 1 << 4;

/// `page_type` of a driver whose pages are movable (`PGTY_zsmalloc`).
const TYPE_MOVABLE: u64 = 0xf6ff_ffff;

/// What is the same for a slab, and for the first reference.
type Slab<const RELEASE: bool> = Frozen<Split, RELEASE, false>;

/// A type and a flag. `RELEASE`: the store that unfreezes the reference count is a release.
#[derive(Clone, Copy, Debug, Default)]
pub struct Typed<const RELEASE: bool>;

impl<const RELEASE: bool> Strategy for Typed<RELEASE> {
    const FAMILY: &'static str = "typed";
    const VARIANT: &'static str = if RELEASE { "release" } else { "relaxed" };
    const LAYOUT: LayoutName = LayoutName::Split;
    const CLAIM: Claim = Claim { rust: RELEASE, walker: false, ..Claim::EVERYTHING };
    const FROZEN: bool = true;

    #[inline(always)]
    fn slab_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| Slab::<RELEASE>::slab_alloc(m, folio));
    }

    #[inline(always)]
    fn slab_free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
        m.called(|m| Slab::<RELEASE>::slab_free(m, zone, folio))
    }

    #[track_caller]
    #[inline(always)]
    fn page_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| Slab::<RELEASE>::page_alloc(m, folio));
    }

    #[track_caller]
    #[inline(always)]
    fn tag<M: Memory>(m: &M, folio: &Folio<M>, operations: u64) {
        m.called(|m| {
            m.write_once(&folio.page_type, TYPE_MOVABLE.into());
            folio.set_flags(m, MOVABLE);
            m.write_once(&folio.mapping, operations.into());
        });
    }

    #[track_caller]
    #[inline(always)]
    fn untag<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| folio.clear_mapping(m));
    }

    #[track_caller]
    #[inline(always)]
    fn free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) {
        m.called(|m| {
            folio.clear_flags_nonatomic(m, MOVABLE);
            zone.free(m, folio);
        });
    }

    #[inline(always)]
    fn precheck<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| has_operations(m, folio) && !folio.reads_isolated(m))
    }

    #[inline(always)]
    fn looks_movable<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| has_operations(m, folio))
    }

    #[inline(always)]
    fn confirm<M: Memory>(m: &M, folio: &Folio<M>) -> Option<M::Word> {
        m.called(|m| {
            if folio.reads_isolated(m) || !is_typed(m, folio) {
                return None;
            }
            // The driver's isolate callback: it finds its own structure, or that it has taken the page back.
            let driver = m.read_once(&folio.mapping);
            (!driver.is(0)).then_some(driver)
        })
    }

    #[inline(always)]
    fn walk<M: Memory>(m: &M, folio: &Folio<M>) -> Walk {
        m.called(|m| {
            if !m.read_once(&folio.refcount).is(0) {
                return if has_operations(m, folio) { Walk::Movable } else { Walk::Unmovable };
            }
            if m.read_once(&folio.page_type).is(TYPE_BUDDY) { Walk::Free } else { Walk::BeingFreed }
        })
    }
}

/// `page_has_movable_ops()`.
#[track_caller]
#[inline(always)]
fn has_operations<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
    m.called(|m| m.read_once(&folio.flags).test(MOVABLE) && is_typed(m, folio))
}

#[track_caller]
#[inline(always)]
fn is_typed<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
    m.called(|m| m.read_once(&folio.page_type).is(TYPE_MOVABLE))
}
