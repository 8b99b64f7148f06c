//! Every mark in one atomic word.
//!
//! Two marks in two words can be seen as a mix; two bits of one word cannot. Here "movable" is a bit of its own
//! beside the slab mark, the lock and the isolated bit, so what the slab's overlay leaves in `mapping` no longer
//! says anything about movability: `mapping` is only asked *which* operations. One load decides, and one
//! read-modify-write tests everything and takes the lock. In return, nobody may write the word without an atomic
//! instruction.
//!
//! [`Beside`] keeps the reference count in its own word; [`Inside`] puts it into the upper half of the same one, so
//! that a scanner gets its reference and the lock at once.
//!
//! # Example
//!
//! ```
//! use fencepost_flagword::{Beside, Inside};
//! use fencepost_folio::{Folio, Overlay, Refusal, Strategy, Zone, operations_of};
//! use fencepost_memory::Kernel;
//!
//! fn life<S: Strategy>() {
//!     let m = Kernel;
//!     let (zone, folio) = (Zone::new(&m), Folio::free(&m));
//!     zone.take(&m, &folio);
//!     S::slab_alloc(&m, &folio);
//!     S::slab_use(&m, &folio, Overlay::RcuCallback.native());
//!     assert_eq!(S::isolate(&m, &zone, &folio).outcome, Err(Refusal::NotMovable)); // a slab, and known as one
//!     assert!(S::slab_free(&m, &zone, &folio));
//!
//!     zone.take(&m, &folio);
//!     S::page_alloc(&m, &folio);
//!     S::make_movable(&m, &folio, operations_of(1));
//!     assert_eq!(S::isolate(&m, &zone, &folio).outcome, Ok(operations_of(1)));
//! }
//!
//! life::<Beside>();
//! life::<Inside>();
//! ```

#![forbid(unsafe_code)]

mod beside;
mod inside;
mod word;

pub use beside::Beside;
pub use inside::Inside;
