//! A sequence count per folio.
//!
//! The slab's owner makes the count odd, changes the marks, and makes it even again. A scanner that finds the
//! same even count before and after reading both marks has read them as they were together; otherwise it
//! tries again a bounded number of times and then gives the folio up, which is always allowed.
//!
//! As the fences, it claims to hold in the kernel and not with Rust's fences: where one CPU allocates the slab and
//! another writes the overlay, the release fence between count and mark is nothing to a scanner that reads from the
//! second (scenario `slab-free-uses-spinlock`).
//!
//! # Example
//!
//! ```
//! use fencepost_folio::{Folio, Overlay, Refusal, Split, Strategy, Zone, operations_of};
//! use fencepost_memory::Kernel;
//! use fencepost_seqlock::Seqlock;
//! type S = Seqlock<Split, false, 2>;
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

use std::marker::PhantomData;

use fencepost_folio::{Claim, Folio, Layout, LayoutName, Strategy, Zone};
use fencepost_memory::{Memory, Word};

/// Reads both marks within one even count, in at most `TRIES` tries. `ACQUIRE`: the first read of the count is a
/// load-acquire instead of a read and a barrier, as in Linux since 6.12.
#[derive(Clone, Copy, Debug, Default)]
pub struct Seqlock<L: Layout, const ACQUIRE: bool, const TRIES: u32>(PhantomData<L>);

impl<L: Layout, const ACQUIRE: bool, const TRIES: u32> Strategy for Seqlock<L, ACQUIRE, TRIES> {
    const FAMILY: &'static str = "seqlock";
    const VARIANT: &'static str = match (ACQUIRE, TRIES) {
        (false, 1) => "rmb+giveup",
        (true, 1) => "acquire+giveup",
        (false, _) => "rmb+retry",
        (true, _) => "acquire+retry",
    };
    const LAYOUT: LayoutName = L::NAME;
    const CLAIM: Claim = Claim::IN_THE_KERNEL;

    #[inline(always)]
    fn slab_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| {
            Self::page_alloc(m, folio);
            let even = begin(m, folio);
            L::set_slab(m, folio);
            end(m, folio, even);
        });
    }

    #[inline(always)]
    fn slab_free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
        m.called(|m| {
            let even = begin(m, folio);
            folio.clear_mapping(m);
            L::clear_slab(m, folio);
            end(m, folio, even);
            Self::put(m, zone, folio)
        })
    }

    #[inline(always)]
    fn looks_movable<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| {
            for _ in 0..TRIES {
                let before = if ACQUIRE {
                    // Orders the count before both marks. Pairs with the smp_wmb in end().
                    m.load_acquire(&folio.sequence)
                } else {
                    let before = m.read_once(&folio.sequence);
                    // Orders the count before both marks. Pairs with the smp_wmb in end().
                    m.smp_rmb();
                    before
                };
                if before.test(1) {
                    continue;
                }
                let movable = !L::is_slab(m, folio) && folio.reads_movable(m);
                // Orders both marks before the count. Pairs with the smp_wmb in begin().
                m.smp_rmb();
                if (m.read_once(&folio.sequence) ^ before).is(0) {
                    return movable;
                }
            }
            false
        })
    }
}

/// Makes the count odd (`write_seqcount_begin`); the even count it had.
#[track_caller]
#[inline(always)]
fn begin<M: Memory>(m: &M, folio: &Folio<M>) -> M::Word {
    m.called(|m| {
        let even = m.read_once(&folio.sequence);
        m.write_once(&folio.sequence, even + 1.into());
        // Orders the odd count before the marks. Pairs with the reader's smp_rmb after the marks.
        m.smp_wmb();
        even
    })
}

/// Makes the count even again (`write_seqcount_end`).
#[track_caller]
#[inline(always)]
fn end<M: Memory>(m: &M, folio: &Folio<M>, even: M::Word) {
    m.called(|m| {
        // Orders the marks before the even count, and before the overlay's first write. Pairs with the reader's
        // smp_rmb or load-acquire before the marks.
        m.smp_wmb();
        m.write_once(&folio.sequence, even + 2.into());
    });
}
