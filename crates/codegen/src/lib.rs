//! What the strategies compile to.
//!
//! A strategy is written once, generic over its memory. This crate asks whether that costs anything: it gives
//! every strategy's functions, over [`Kernel`](fencepost_memory::Kernel) and over
//! [`Rust`](fencepost_memory::Rust), symbols of their own, so that each can be found in the assembly that the
//! compiler makes of this crate, and read.
//!
//! `cargo test -p fencepost-codegen` compiles the crate in release and compares with what is committed under
//! `golden/`:
//!
//! * `census.txt`, a table of every strategy's functions, says how many locked instructions, fences and calls
//!   each has. It holds for every compiler.
//! * one `.s` file a strategy has the instructions themselves. It is exact for the compiler named in its first
//!   line, and not compared with another's.
//!
//! With `FENCEPOST_BLESS=1` in the environment the test rewrites both instead; the difference is then for
//! review. Only x86-64 Linux has goldens. For another architecture the assembly can be read after
//! `rustup target add …` and `cargo rustc --release -p fencepost-codegen --target … -- --emit asm -C codegen-units=1`,
//! which needs no linker.
//!
//! # Example
//!
//! ```
//! use fencepost_codegen::{FUNCTIONS, STRATEGIES, symbol};
//!
//! let (_, rust_type) = STRATEGIES.iter().find(|(id, _)| id.to_string() == "fence/rfc1 (shared)").unwrap();
//! assert!(FUNCTIONS.contains(&"lock_movable"));
//! assert_eq!(symbol(rust_type, "Kernel", "lock_movable"), "Rfc1<Shared>/Kernel/lock_movable");
//! ```

#![deny(unsafe_code)]

mod entries;

pub use entries::{FUNCTIONS, STRATEGIES};

/// The lowerings, as they are named in a symbol.
pub const LOWERINGS: [&str; 2] = ["Kernel", "Rust"];

/// The symbol of a strategy's function: `rust_type` is from [`STRATEGIES`], `lowering` from [`LOWERINGS`],
/// `function` from [`FUNCTIONS`].
pub fn symbol(rust_type: &str, lowering: &str, function: &str) -> String {
    format!("{rust_type}/{lowering}/{function}")
}
