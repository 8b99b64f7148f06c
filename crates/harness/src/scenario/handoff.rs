//! How one CPU hands the slab to the next.

use fencepost_folio::{Seen, Strategy};
use fencepost_memory::{Memory, Order, Word};

use crate::scenario::role::unlocked;
use crate::scenario::world::World;

/// What passes a slab from the CPU that allocated it to the CPU that frees it. `smp_wmb` is not cumulative, so
/// this can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handoff {
    /// A release store and an acquire load.
    ReleaseAcquire,
    /// The same, after and before a turn with the folio's lock bit: SLUB's `slab_lock()`, which guards freelist and counters
    /// where the architecture has no double-word `cmpxchg`. The object itself is passed on by its users.
    BitLock,
    /// A fully ordered `cmpxchg` on each side, as of freelist and counters; so the receiving side has a full barrier, too.
    FullCmpxchg,
    /// A spinlock on each side, as of a node's partial list.
    Spinlock,
}

impl Handoff {
    /// Every hand-off.
    pub const ALL: [Self; 4] = [Self::ReleaseAcquire, Self::BitLock, Self::FullCmpxchg, Self::Spinlock];

    /// The name in reports and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReleaseAcquire => "release-acquire",
            Self::BitLock => "bit-lock",
            Self::FullCmpxchg => "full-cmpxchg",
            Self::Spinlock => "spinlock",
        }
    }

    /// Whether it is release and acquire alone under LKMM, and orders less than a double-word `cmpxchg`.
    pub const fn orders_less(self) -> bool {
        matches!(self, Self::ReleaseAcquire | Self::BitLock)
    }
}

impl<M: Memory> World<M> {
    /// Hands the folio on to whoever waits for stage `stage`.
    #[track_caller]
    pub fn hand_over<S: Strategy>(&self, m: &M, stage: u32, seen: &mut Vec<Seen>) {
        let stage = u64::from(stage);
        m.called(|m| match self.handoff {
            Handoff::ReleaseAcquire => m.store_release(&self.stage, stage.into()),
            Handoff::BitLock => {
                self.turn_with_slab_lock::<S>(m, seen);
                m.store_release(&self.stage, stage.into());
            }
            Handoff::FullCmpxchg => {
                // Nobody else writes this stage, so it succeeds.
                let _ = m.cmpxchg(&self.stage, (stage - 1).into(), stage.into(), Order::Full);
            }
            Handoff::Spinlock => {
                m.spin_lock(&self.lock);
                m.write_once(&self.stage, stage.into());
                m.spin_unlock(&self.lock);
            }
        });
    }

    /// Waits until the folio has come to stage `stage`.
    #[track_caller]
    pub fn take_over<S: Strategy>(&self, m: &M, stage: u32, seen: &mut Vec<Seen>) {
        let stage = u64::from(stage);
        m.called(|m| {
            m.spin_until(|m| match self.handoff {
                Handoff::ReleaseAcquire | Handoff::BitLock => m.load_acquire(&self.stage).is(stage),
                Handoff::FullCmpxchg => m.cmpxchg(&self.stage, stage.into(), stage.into(), Order::Full).is_ok(),
                Handoff::Spinlock => {
                    m.spin_lock(&self.lock);
                    let here = m.read_once(&self.stage).is(stage);
                    m.spin_unlock(&self.lock);
                    here
                }
            });
            if self.handoff == Handoff::BitLock {
                self.turn_with_slab_lock::<S>(m, seen);
            }
        });
    }

    #[track_caller]
    fn turn_with_slab_lock<S: Strategy>(&self, m: &M, seen: &mut Vec<Seen>) {
        m.called(|m| {
            S::slab_lock(m, &self.folio);
            unlocked(S::slab_unlock(m, &self.folio), seen);
        });
    }
}
