//! The first repair: barriers on both sides.
//!
//! The slab's owner sets the slab mark before it uses the overlay and clears it after it has cleared
//! `mapping`, with a write barrier in between each time. So whoever sees the overlay's word and then, after a
//! read barrier, looks for the mark, finds it. The readers differ in how often and in which order they look.
//!
//! | reader | after the reference |
//! | --- | --- |
//! | [`Rfc1`] | slab? rmb movable? rmb slab? lock, movable? |
//! | [`Rfc1Rmb`] | slab? rmb movable? rmb slab? lock, rmb, movable? |
//! | [`Rfc2`] | movable? rmb slab? rmb movable? lock, movable? |
//! | [`Acquire`] | movable? acquire slab? acquire lock, movable? |
//!
//! All but [`Rfc1`] in the split layout hold in the kernel, whose hand-offs order what came before them for everybody.
//! None claims to hold with Rust's fences: where one CPU allocates the slab and another writes the overlay, a release
//! fence of the first is nothing to a scanner that reads from the second (scenario `slab-free-uses-spinlock`).
//!
//! # Example
//!
//! ```
//! use fencepost_folio::{Folio, Overlay, Refusal, Shared, Strategy, Zone, operations_of};
//! use fencepost_memory::Kernel;
//! use fencepost_fence::Rfc1;
//! type S = Rfc1<Shared>;
//!
//! let m = Kernel;
//! let (zone, folio) = (Zone::new(&m), Folio::free(&m));
//!
//! zone.take(&m, &folio);
//! S::slab_alloc(&m, &folio);
//! S::slab_use(&m, &folio, Overlay::RcuCallback.native());
//! assert_eq!(S::isolate(&m, &zone, &folio).outcome, Err(Refusal::NotMovable)); // a slab, and known as one
//! assert!(S::slab_free(&m, &zone, &folio));
//!
//! zone.take(&m, &folio);
//! S::page_alloc(&m, &folio);
//! S::make_movable(&m, &folio, operations_of(1));
//! assert_eq!(S::isolate(&m, &zone, &folio).outcome, Ok(operations_of(1)));
//! ```

#![forbid(unsafe_code)]

mod acquire;
mod owner;
mod rfc1;
mod rfc2;

pub use acquire::Acquire;
pub use rfc1::{Rfc1, Rfc1Rmb};
pub use rfc2::Rfc2;
