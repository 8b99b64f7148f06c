//! Slab folios keep their reference count frozen at 0.
//!
//! A scanner that cannot get a reference never comes to the tests, so a slab needs no mark that the scanner
//! could see in time, and no barriers. What remains is the way back: a folio that becomes a driver's is
//! *unfrozen* by a store of 1 to the reference count, and a scanner that gets a reference from that store must not see
//! what the slab's overlay left in `mapping`: under RC11, where folios are recycled, that takes a release. The price is
//! elsewhere: reference count 0 is also what the page-isolation walker takes for "being freed, soon available".
//!
//! # Example
//!
//! ```
//! use fencepost_folio::{Folio, Overlay, Refusal, Split, Strategy, Zone, operations_of};
//! use fencepost_memory::Kernel;
//! use fencepost_frozen::Frozen;
//! type S = Frozen<Split, false, false>;
//!
//! let m = Kernel;
//! let (zone, folio) = (Zone::new(&m), Folio::free(&m));
//!
//! zone.take(&m, &folio);
//! S::slab_alloc(&m, &folio);
//! S::slab_use(&m, &folio, Overlay::RcuCallback.native());
//! assert_eq!(S::isolate(&m, &zone, &folio).outcome, Err(Refusal::NoReference)); // a slab, and known as one
//! assert!(S::slab_free(&m, &zone, &folio));
//!
//! zone.take(&m, &folio);
//! S::page_alloc(&m, &folio);
//! S::make_movable(&m, &folio, operations_of(1));
//! assert_eq!(S::isolate(&m, &zone, &folio).outcome, Ok(operations_of(1)));
//! ```

#![forbid(unsafe_code)]

use std::marker::PhantomData;

use fencepost_folio::{Claim, Folio, Layout, LayoutName, Strategy, TYPE_BUDDY, Walk, Zone};
use fencepost_memory::{Memory, Word};

/// No reference, no race. `RELEASE`: the unfreezing store is a release. `AWARE`: the page-isolation walker knows
/// that a slab's reference count is 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Frozen<L: Layout, const RELEASE: bool, const AWARE: bool>(PhantomData<L>);

impl<L: Layout, const RELEASE: bool, const AWARE: bool> Strategy for Frozen<L, RELEASE, AWARE> {
    const FAMILY: &'static str = "frozen";
    const VARIANT: &'static str = match (RELEASE, AWARE) {
        (false, false) => "relaxed",
        (true, false) => "release",
        (false, true) => "relaxed+walker",
        (true, true) => "release+walker",
    };
    const LAYOUT: LayoutName = L::NAME;
    const CLAIM: Claim = Claim { rust: RELEASE, walker: AWARE, ..Claim::EVERYTHING };
    const FROZEN: bool = true;

    #[inline(always)]
    fn slab_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| {
            L::set_slab(m, folio);
        });
    }

    #[inline(always)]
    fn slab_free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
        m.called(|m| {
            folio.clear_mapping(m);
            L::clear_slab(m, folio);
            zone.free(m, folio);
            true
        })
    }

    #[track_caller]
    #[inline(always)]
    fn page_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| {
            if RELEASE {
                // Orders everything that earlier lives left in the descriptor, as this CPU knows it, before the
                // first reference. Pairs with the scanner's folio_try_get, which is fully ordered if it succeeds.
                m.store_release(&folio.refcount, 1.into());
            } else {
                m.write_once(&folio.refcount, 1.into());
            }
        });
    }

    #[inline(always)]
    fn looks_movable<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| folio.reads_movable(m))
    }

    #[inline(always)]
    fn walk<M: Memory>(m: &M, folio: &Folio<M>) -> Walk {
        m.called(|m| {
            if !m.read_once(&folio.refcount).is(0) {
                return if folio.reads_movable(m) { Walk::Movable } else { Walk::Unmovable };
            }
            if m.read_once(&folio.page_type).is(TYPE_BUDDY) {
                return Walk::Free;
            }
            if AWARE && L::is_slab(m, folio) { Walk::Unmovable } else { Walk::BeingFreed }
        })
    }
}
