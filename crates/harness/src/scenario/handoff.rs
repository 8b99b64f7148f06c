//! How one CPU hands the slab to the next.

use fencepost_memory::{Memory, Order, Word};

use crate::scenario::world::World;

/// What passes a slab from the CPU that allocated it to the CPU that frees it. `smp_wmb` is not cumulative, so
/// this can decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Handoff {
    /// A release store and an acquire load: what the bit lock comes to by which SLUB's `slab_lock()` guards freelist and
    /// counters where the architecture has no double-word `cmpxchg`.
    ReleaseAcquire,
    /// A fully ordered `cmpxchg` on each side, as of freelist and counters; so the receiving side has a full barrier, too.
    FullCmpxchg,
    /// A spinlock on each side, as of a node's partial list.
    Spinlock,
}

impl Handoff {
    /// Every hand-off.
    pub const ALL: [Self; 3] = [Self::ReleaseAcquire, Self::FullCmpxchg, Self::Spinlock];

    /// The name in reports and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReleaseAcquire => "release-acquire",
            Self::FullCmpxchg => "full-cmpxchg",
            Self::Spinlock => "spinlock",
        }
    }
}

impl<M: Memory> World<M> {
    /// Hands the folio on to whoever waits for stage `stage`.
    #[track_caller]
    pub fn hand_over(&self, m: &M, stage: u32) {
        let stage = u64::from(stage);
        m.called(|m| match self.handoff {
            Handoff::ReleaseAcquire => m.store_release(&self.stage, stage.into()),
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
    pub fn take_over(&self, m: &M, stage: u32) {
        let stage = u64::from(stage);
        m.called(|m| {
            m.spin_until(|m| match self.handoff {
                Handoff::ReleaseAcquire => m.load_acquire(&self.stage).is(stage),
                Handoff::FullCmpxchg => m.cmpxchg(&self.stage, stage.into(), stage.into(), Order::Full).is_ok(),
                Handoff::Spinlock => {
                    m.spin_lock(&self.lock);
                    let here = m.read_once(&self.stage).is(stage);
                    m.spin_unlock(&self.lock);
                    here
                }
            });
        });
    }
}
