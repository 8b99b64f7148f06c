//! The memory that lock-free kernel code sees, as one trait.
//!
//! Code that is generic over [`Memory`] is written once and lives several lives. Over [`Kernel`] it
//! compiles to the instructions that the Linux kernel's macros give; over [`Rust`] to what Rust's own
//! atomics and fences give; over `Loom` (feature `loom`) it runs under the loom model checker; and a
//! checker elsewhere in this workspace implements the same trait to enumerate every outcome that a memory
//! model allows. What is timed is therefore exactly what was checked.
//!
//! Three rules make that possible.
//!
//! * A value read from memory is an opaque [`Word`]. Arithmetic on it keeps track of where it came from;
//!   turning it into a `bool` or an integer is a *branch*, which is how a checker sees address, data and
//!   control dependencies in ordinary Rust code.
//! * Every access and barrier is a *site*, known by its source line. A helper that is shared by several
//!   callers wraps its body in [`Memory::called`], so that a site is a chain of calls.
//! * A loop that only waits says so with [`Memory::wait_until`] or [`Memory::spin_until`].
//!
//! # Example
//!
//! A message is passed with the kernel's barriers. The same two functions could be handed to a checker.
//!
//! ```
//! use fencepost_memory::{Kernel, Memory, Word};
//!
//! fn send<M: Memory>(m: &M, data: &M::Cell<u64>, ready: &M::Cell<u32>) {
//!     m.write_once(data, 42.into());
//!     m.smp_wmb(); // orders the write of `data` before that of `ready`; pairs with receive()'s smp_rmb
//!     m.write_once(ready, 1.into());
//! }
//!
//! fn receive<M: Memory>(m: &M, data: &M::Cell<u64>, ready: &M::Cell<u32>) -> Option<M::Word> {
//!     if m.read_once(ready).is(0) {
//!         return None;
//!     }
//!     m.smp_rmb(); // orders the read of `ready` before that of `data`; pairs with send()'s smp_wmb
//!     Some(m.read_once(data))
//! }
//!
//! let m = Kernel;
//! let (data, ready) = (m.cell::<u64>(0), m.cell::<u32>(0));
//! assert_eq!(receive(&m, &data, &ready), None);
//! send(&m, &data, &ready);
//! assert_eq!(receive(&m, &data, &ready), Some(42));
//! ```

mod access;
mod cell;
mod kernel;
#[cfg(feature = "loom")]
mod loom;
mod membarrier;
mod native;
mod rcu;
mod rust;
mod word;

pub use access::{Memory, Order, Rmw};
pub use cell::{AtomicCell, Width};
pub use kernel::Kernel;
#[cfg(feature = "loom")]
pub use loom::Loom;
pub use rcu::call_rcu;
pub use rust::Rust;
pub use word::Word;
