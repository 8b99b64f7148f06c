//! The code before the fix.
//!
//! The scanner asks only whether `mapping` looks movable, before the lock and again under it; the slab's
//! owner orders nothing. While the slab overlay kept an aligned pointer in the place of `mapping` that was
//! enough. Once it is a function's address or a poison value, the scanner takes a slab for a movable folio,
//! under plain interleaving. Every check must catch this one.
//!
//! # Example
//!
//! ```
//! use fencepost_folio::{Folio, Overlay, Shared, Strategy, Zone};
//! use fencepost_memory::Kernel;
//! use fencepost_unordered::Unordered;
//!
//! let m = Kernel;
//! let (zone, folio) = (Zone::new(&m), Folio::free(&m));
//! zone.take(&m, &folio);
//! Unordered::<Shared>::slab_alloc(&m, &folio);
//! Unordered::<Shared>::slab_use(&m, &folio, Overlay::RcuCallback.native());
//! assert!(Unordered::<Shared>::isolate(&m, &zone, &folio).outcome.is_ok()); // a slab!
//! ```

#![forbid(unsafe_code)]

use std::marker::PhantomData;

use fencepost_folio::{Claim, Folio, Layout, LayoutName, Strategy, Zone};
use fencepost_memory::Memory;

/// Movable? Lock. Movable?
#[derive(Clone, Copy, Debug, Default)]
pub struct Unordered<L: Layout>(PhantomData<L>);

impl<L: Layout> Strategy for Unordered<L> {
    const FAMILY: &'static str = "unordered";
    const VARIANT: &'static str = "unordered";
    const LAYOUT: LayoutName = L::NAME;
    const CLAIM: Claim = Claim::NOTHING;

    #[inline(always)]
    fn slab_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| {
            Self::page_alloc(m, folio);
            L::set_slab(m, folio);
        });
    }

    #[inline(always)]
    fn slab_free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
        m.called(|m| {
            L::clear_slab(m, folio);
            folio.clear_mapping(m);
            Self::put(m, zone, folio)
        })
    }

    #[inline(always)]
    fn looks_movable<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| folio.reads_movable(m))
    }
}
