//! The operations that are timed, each on every folio of a block.
//!
//! They are written once, for every strategy and lowering, and inlined into the loop that is timed. They count what
//! came of each attempt. What the folio API reports for the eyes of a checker (the lock bit as it was found, the count
//! that a reference was added to) is not looked at, so that no instruction is spent on it; that no lock bit and no
//! reference is lost is seen afterwards, in the descriptors.

use std::sync::atomic::{AtomicU8, Ordering};

use fencepost_folio::{Overlay, Strategy};
use fencepost_memory::{Memory, Word, call_rcu};

use super::kind::{OPERATIONS, State};
use super::memmap::{BLOCK, Block, Node};
use super::tally::{Outcome, Tally};

/// A back end that can be timed: the CPU that it stands for has no state.
pub(super) trait Native: Memory + Copy + Default + Send + Sync + 'static {}
impl<M: Memory + Copy + Default + Send + Sync + 'static> Native for M {}

/// Something that is done with a folio and leaves it as it was.
pub(super) trait Operation: 'static {
    /// Does it with every folio of `block`, one after the other. `before` is the state that the folios are in.
    fn block<S: Strategy, M: Native>(
        node: &'static Node<M>,
        block: &'static Block<M>,
        before: &State,
        tally: &mut Tally,
    );
}

/// The scan's fast path: the pre-check, without a reference.
pub(super) struct Precheck;

impl Operation for Precheck {
    #[inline(always)]
    fn block<S: Strategy, M: Native>(_: &'static Node<M>, block: &'static Block<M>, _: &State, tally: &mut Tally) {
        let m = &M::default();
        // A sum in a register: a pre-check takes less time than a counter in memory.
        let passed = block.iter().map(|folio| u64::from(S::precheck(m, folio))).sum();
        tally.add(Outcome::Passed, passed);
        tally.add(Outcome::Rejected, BLOCK as u64 - passed);
    }
}

/// What the scan does with a folio that the pre-check let through: it isolates it and puts it back, or gives up.
pub(super) struct Isolate;

impl Operation for Isolate {
    #[inline(always)]
    fn block<S: Strategy, M: Native>(
        node: &'static Node<M>,
        block: &'static Block<M>,
        before: &State,
        tally: &mut Tally,
    ) {
        let m = &M::default();
        for folio in block {
            let attempt = S::isolate(m, &node.zone, folio);
            if attempt.freed {
                tally.count(Outcome::Freed);
            }
            match attempt.outcome {
                Ok(operations) if operations.is(OPERATIONS) => {
                    tally.count(Outcome::Isolated);
                    if S::put_back(m, &node.zone, folio).freed {
                        tally.count(Outcome::Freed);
                    }
                }
                Ok(wild) => {
                    tally.misidentified(wild.get());
                    before.restore(m, folio);
                }
                Err(refusal) => tally.count(refusal.into()),
            }
        }
    }
}

/// A slab's life: allocated, used, freed at once, as an empty slab that was taken off its list.
pub(super) struct Slab;

impl Operation for Slab {
    #[inline(always)]
    fn block<S: Strategy, M: Native>(node: &'static Node<M>, block: &'static Block<M>, _: &State, tally: &mut Tally) {
        let m = &M::default();
        let overlay = Overlay::ListPoison.native();
        for folio in block {
            node.zone.take(m, folio);
            S::slab_alloc(m, folio);
            S::slab_use(m, folio, overlay);
            tally.count(if S::slab_free(m, &node.zone, folio) { Outcome::Freed } else { Outcome::Kept });
        }
    }
}

/// A slab's life: allocated, used, freed by RCU. A grace period ends after each block.
pub(super) struct SlabRcu;

/// What an RCU callback has reported.
const PENDING: u8 = 0;
const FREED: u8 = 1;
const KEPT: u8 = 2;

impl Operation for SlabRcu {
    #[inline(always)]
    fn block<S: Strategy, M: Native>(node: &'static Node<M>, block: &'static Block<M>, _: &State, tally: &mut Tally) {
        let m = &M::default();
        let overlay = Overlay::RcuCallback.native();
        for (folio, report) in block.iter().zip(&node.callbacks) {
            report.store(PENDING, Ordering::Relaxed);
            node.zone.take(m, folio);
            S::slab_alloc(m, folio);
            S::slab_use(m, folio, overlay);
            // Three words, which crossbeam-epoch keeps without an allocation.
            call_rcu(move || {
                let freed = S::slab_free(&M::default(), &node.zone, folio);
                report.store(if freed { FREED } else { KEPT }, Ordering::Release);
            });
        }
        for report in &node.callbacks {
            tally.count(if grace_period_ends(report) == FREED { Outcome::Freed } else { Outcome::Kept });
        }
    }
}

/// Waits until the callback has run, on this thread or another one, and returns its report.
fn grace_period_ends(report: &AtomicU8) -> u8 {
    loop {
        match report.load(Ordering::Acquire) {
            // Advances the epoch and runs what is due.
            PENDING => crossbeam_epoch::pin().flush(),
            ended => return ended,
        }
    }
}
