//! The race for a page's descriptor, and the API that every strategy implements.
//!
//! Every page frame has a descriptor of 64 bytes. A driver can make its page *movable*: it tags the word
//! `mapping` with binary 10 and points the rest of it to its operations. A *scanner*, which wants to move
//! pages together, tests that tag on any page that it can get a reference on. But the slab allocator lays a
//! structure of its own over the same bytes, and what that has in the place of `mapping` may end in binary
//! 10 by accident: the address of a function, or a poison value. There is a second mark, "this is a slab", in
//! another word. The slab's owner changes both without a lock; the scanner must never see a mix, or it calls
//! through a wild pointer.
//!
//! A [`Strategy`] is one way to order the steps on both sides. This crate holds what they have in common:
//! the descriptor ([`Folio`]), the two places where the slab mark can lie ([`Shared`], [`Split`]), the way a
//! folio goes from one life to the next ([`Zone`]), and the properties that every strategy must keep
//! ([`judge`]).
//!
//! # Example
//!
//! The reader before any repair, and a slab that it takes for a movable folio. One thread is enough: the
//! defect needs no weak memory.
//!
//! ```
//! use fencepost_folio::{Claim, Folio, LayoutName, Overlay, Shared, Layout, Strategy, Zone, operations_of};
//! use fencepost_memory::{Kernel, Memory};
//!
//! #[derive(Clone, Copy, Default)]
//! struct Naive;
//!
//! impl Strategy for Naive {
//!     const FAMILY: &'static str = "example";
//!     const VARIANT: &'static str = "naive";
//!     const LAYOUT: LayoutName = LayoutName::Shared;
//!     const CLAIM: Claim = Claim::NOTHING;
//!
//!     fn slab_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
//!         m.write_once(&folio.refcount, 1.into());
//!         Shared::set_slab(m, folio);
//!     }
//!     fn slab_free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
//!         Shared::clear_slab(m, folio);
//!         Self::put(m, zone, folio)
//!     }
//!     fn looks_movable<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
//!         folio.reads_movable(m)
//!     }
//! }
//!
//! let m = Kernel;
//! let (zone, folio) = (Zone::new(&m), Folio::free(&m));
//! zone.take(&m, &folio);
//! Naive::slab_alloc(&m, &folio);
//! Naive::slab_use(&m, &folio, Overlay::ListPoison.native());
//! let attempt = Naive::isolate(&m, &zone, &folio);
//! assert_eq!(attempt.outcome, Ok(0xdead_0000_0000_0120)); // no driver registered that
//! ```

#![deny(unsafe_code)]

mod descriptor;
mod layout;
mod overlay;
mod property;
mod strategy;
mod zone;

pub use descriptor::{Folio, ISOLATED, LOCKED, MAPPING_MOVABLE, OWNER, SLAB, TYPE_BUDDY, TYPE_NONE, TYPE_SLAB};
pub use layout::{Layout, LayoutName, Shared, Split};
pub use overlay::Overlay;
pub use property::{Expectation, Final, Property, Seen, Violation, judge, operations_of};
pub use strategy::{Claim, Isolation, Refusal, Return, Strategy, Walk};
pub use zone::Zone;
