//! One symbol for each strategy, lowering and function.

#![expect(unsafe_code, reason = "a symbol's name is a promise that nothing else has it")]

use fencepost_empty::Empty;
use fencepost_fence::{Acquire, Rfc1, Rfc1Rmb, Rfc2};
use fencepost_flagword::{Beside, Inside};
use fencepost_folio::{Folio, Refusal, Shared, Split, Strategy, Walk, Zone};
use fencepost_frozen::Frozen;
use fencepost_memory::{Kernel, Rust};
use fencepost_seqlock::Seqlock;
use fencepost_strategies::Id;
use fencepost_typed::Typed;
use fencepost_unordered::Unordered;

/// Operations end in binary 00 and are not NULL, so one word tells them from a refusal.
fn in_one_word(outcome: Result<u64, Refusal>) -> u64 {
    outcome.unwrap_or_else(|refusal| refusal as u64)
}

/// The functions, in the order of a folio's life. What a caller in the kernel would not use is not returned.
macro_rules! functions {
    ($strategy:ty, $memory:ident) => {
        define! { $strategy, $memory;
            fn slab_alloc(folio: &Folio<$memory>, overlay: u64) {
                <$strategy>::slab_alloc(&$memory, folio);
                <$strategy>::slab_use(&$memory, folio, overlay);
            }
            fn set_owner_flag(folio: &Folio<$memory>) {
                <$strategy>::set_owner_flag(&$memory, folio);
            }
            fn clear_owner_flag(folio: &Folio<$memory>) {
                <$strategy>::clear_owner_flag(&$memory, folio);
            }
            fn slab_free(folio: &Folio<$memory>, zone: &Zone<$memory>) {
                <$strategy>::slab_free(&$memory, zone, folio);
            }
            fn put(folio: &Folio<$memory>, zone: &Zone<$memory>) {
                <$strategy>::put(&$memory, zone, folio);
            }
            fn precheck(folio: &Folio<$memory>) -> bool {
                <$strategy>::precheck(&$memory, folio)
            }
            fn try_get(folio: &Folio<$memory>) -> bool {
                <$strategy>::try_get(&$memory, folio).is_some()
            }
            fn lock_movable(folio: &Folio<$memory>) -> u64 {
                in_one_word(<$strategy>::lock_movable(&$memory, folio))
            }
            fn unlock(folio: &Folio<$memory>) {
                <$strategy>::unlock(&$memory, folio);
            }
            fn isolate(folio: &Folio<$memory>, zone: &Zone<$memory>) -> u64 {
                in_one_word(<$strategy>::isolate(&$memory, zone, folio).outcome)
            }
            fn walk(folio: &Folio<$memory>) -> u8 {
                match <$strategy>::walk(&$memory, folio) {
                    Walk::Free => 0,
                    Walk::BeingFreed => 1,
                    Walk::Movable => 2,
                    Walk::Unmovable => 3,
                }
            }
        }
    };
}

macro_rules! define {
    ($strategy:ty, $memory:ident; $(fn $name:ident($($arg:ident: $type:ty),*) $(-> $result:ty)? $body:block)*) => {
        const _: () = {
            $(
                #[unsafe(export_name = concat!(
                    stringify!($strategy), "/", stringify!($memory), "/", stringify!($name)
                ))]
                extern "C" fn $name($($arg: $type),*) $(-> $result)? $body
            )*
        };
    };
}

macro_rules! strategies {
    ($($strategy:ty),* $(,)?) => {
        /// The strategies, each with what its symbols begin with.
        pub const STRATEGIES: &[(Id, &str)] = &[$((Id::of::<$strategy>(), stringify!($strategy))),*];

        $(
            functions!($strategy, Kernel);
            functions!($strategy, Rust);
        )*
    };
}

strategies![
    Empty,
    Unordered<Shared>,
    Unordered<Split>,
    Rfc1<Shared>,
    Rfc1<Split>,
    Rfc1Rmb<Shared>,
    Rfc1Rmb<Split>,
    Rfc2<Shared>,
    Rfc2<Split>,
    Acquire<Shared, false>,
    Acquire<Split, false>,
    Acquire<Shared, true>,
    Acquire<Split, true>,
    Frozen<Shared, false, false>,
    Frozen<Split, false, false>,
    Frozen<Shared, true, false>,
    Frozen<Split, true, false>,
    Frozen<Shared, false, true>,
    Frozen<Split, false, true>,
    Frozen<Shared, true, true>,
    Frozen<Split, true, true>,
    Typed<false>,
    Typed<true>,
    Seqlock<Shared, false, 1>,
    Seqlock<Split, false, 1>,
    Seqlock<Shared, true, 1>,
    Seqlock<Split, true, 1>,
    Seqlock<Shared, false, 2>,
    Seqlock<Split, false, 2>,
    Seqlock<Shared, true, 2>,
    Seqlock<Split, true, 2>,
    Beside,
    Inside,
];

/// The functions that each strategy has a symbol for, in the order of a folio's life.
///
/// `slab_alloc` has `slab_use` after it; `isolate` is the whole attempt from the reference to giving up.
pub const FUNCTIONS: [&str; 11] = [
    "slab_alloc",
    "set_owner_flag",
    "clear_owner_flag",
    "slab_free",
    "put",
    "precheck",
    "try_get",
    "lock_movable",
    "unlock",
    "isolate",
    "walk",
];
