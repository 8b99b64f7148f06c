//! The actors: what one CPU does in a scenario, over any strategy and any memory.

use std::iter;

use fencepost_folio::{LOCKED, OWNER, Seen, Strategy, Walk, operations_of};
use fencepost_memory::{Memory, Word};

use crate::scenario::world::{Claimant, World};

/// What a slab's only owner does between allocation and free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Uses the overlay.
    Uses,
    /// Sets its flag after the slab mark, uses the overlay, and clears the flag as the first step of freeing.
    Flags,
    /// Hands the slab to RCU, which writes the overlay, and frees it after a grace period.
    WaitsForRcu,
}

/// One life of a folio, with its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Life {
    /// As a slab.
    Slab(u32),
    /// As a driver's movable folio, which the driver takes back.
    Movable(u32),
    /// As a driver's movable folio, to the end.
    MovableKept(u32),
}

/// What one CPU does. `life` numbers the lives of the folio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Allocates a slab, uses it and frees it.
    Slab {
        /// The life's number.
        life: u32,
        /// What it does besides.
        owner: Owner,
    },
    /// Takes the folio for a slab if it is free, uses it and frees it.
    SlabIfFree {
        /// The life's number.
        life: u32,
    },
    /// Allocates a slab and hands it on as stage 1.
    SlabAlloc {
        /// The life's number.
        life: u32,
        /// Whether this CPU writes the overlay.
        uses: bool,
        /// Whether it sets the owner's flag.
        flags: bool,
    },
    /// Takes the slab of stage 1 over and frees it at once.
    SlabFree {
        /// The life's number.
        life: u32,
        /// Whether this CPU writes the overlay.
        uses: bool,
        /// Whether it clears the owner's flag.
        flags: bool,
    },
    /// Takes the slab of stage 1 over and hands it to RCU as stage 2; `call_rcu` writes the overlay.
    CallRcu {
        /// The life's number.
        life: u32,
    },
    /// Waits for a stage and then for a grace period, and frees the slab.
    RcuCallback {
        /// The life's number.
        life: u32,
        /// The stage at which the slab was handed to RCU.
        stage: u32,
    },
    /// Allocates a slab, uses it, hands it on as stage 1 and keeps it.
    SlabKept {
        /// The life's number.
        life: u32,
    },
    /// Allocates a movable folio, takes it back and frees it, or keeps it if a scanner has isolated it. It leaves alone what
    /// a scanner has migrated.
    Driver {
        /// The life's number.
        life: u32,
    },
    /// Allocates a movable folio and keeps it.
    DriverKept {
        /// The life's number.
        life: u32,
    },
    /// Tries to isolate the folio, and puts it back or migrates it.
    Scanner {
        /// Whether the scanner asks first without a reference.
        precheck: bool,
        /// Whether an isolated folio is migrated.
        migrates: bool,
        /// How often it tries; it stops at the first success.
        tries: u32,
    },
    /// Asks what the folio is.
    Walker {
        /// Whether it waits for stage 1. One that does not can meet a folio on its way from the buddy allocator to its first
        /// mark, which looks like one that is being freed.
        waits: bool,
    },
    /// One life after the other, each from the buddy allocator and back to it. A driver that keeps its folio, since a
    /// scanner has isolated it, ends the row.
    Recycler(&'static [Life]),
    /// A driver and a scanner on one CPU, with nobody to contend with.
    Alone {
        /// The life's number.
        life: u32,
    },
}

impl Role {
    /// The name at the head of the CPU's column.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slab { .. } | Self::SlabIfFree { .. } | Self::SlabKept { .. } => "slab owner",
            Self::SlabAlloc { .. } => "slab allocation",
            Self::SlabFree { .. } => "slab free",
            Self::CallRcu { .. } => "call_rcu",
            Self::RcuCallback { .. } => "RCU callback",
            Self::Driver { .. } | Self::DriverKept { .. } => "driver",
            Self::Scanner { .. } => "scanner",
            Self::Walker { .. } => "page isolation",
            Self::Recycler(_) => "one after another",
            Self::Alone { .. } => "driver and scanner",
        }
    }

    /// Whether the role is, or includes, a slab's owner.
    pub const fn is_slab_side(self) -> bool {
        !matches!(
            self,
            Self::Driver { .. }
                | Self::DriverKept { .. }
                | Self::Scanner { .. }
                | Self::Walker { .. }
                | Self::Alone { .. }
        )
    }

    /// In how many lives the role is a driver that takes its folio back.
    pub fn taken_back(self) -> usize {
        match self {
            Self::Driver { .. } => 1,
            Self::Recycler(lives) => lives.iter().filter(|life| matches!(life, Life::Movable(_))).count(),
            _ => 0,
        }
    }

    /// Whether the role takes a slab over from another CPU.
    pub const fn takes_over(self) -> bool {
        matches!(self, Self::SlabFree { .. } | Self::CallRcu { .. } | Self::RcuCallback { .. })
    }

    /// Whether the role needs grace periods.
    pub const fn uses_rcu(self) -> bool {
        matches!(self, Self::RcuCallback { .. } | Self::Slab { owner: Owner::WaitsForRcu, .. })
    }

    /// Does it on this CPU, noting what is seen.
    pub(crate) fn run<S: Strategy, M: Memory>(self, m: &M, world: &World<M>, seen: &mut Vec<Seen>) {
        match self {
            Self::Slab { life, owner } => {
                take_slab::<S, M>(m, world, life, seen);
                slab_life::<S, M>(m, world, owner, seen);
            }
            Self::SlabIfFree { life } => {
                m.begin_life(life);
                if world.zone.try_take(m, &world.folio) {
                    S::slab_alloc(m, &world.folio);
                    seen.push(Seen::Taken);
                    slab_life::<S, M>(m, world, Owner::Uses, seen);
                }
            }
            Self::SlabAlloc { life, uses, flags } => {
                take_slab::<S, M>(m, world, life, seen);
                if flags {
                    S::set_owner_flag(m, &world.folio);
                }
                if uses {
                    S::slab_use(m, &world.folio, world.overlay);
                }
                world.hand_over::<S>(m, 1, seen);
            }
            Self::SlabFree { life, uses, flags } => {
                m.begin_life(life);
                world.take_over::<S>(m, 1, seen);
                if uses {
                    S::slab_use(m, &world.folio, world.overlay);
                }
                (world.dwell)();
                if flags {
                    clear_owner_flag::<S, M>(m, world, seen);
                }
                free_slab::<S, M>(m, world, seen);
            }
            Self::CallRcu { life } => {
                m.begin_life(life);
                world.take_over::<S>(m, 1, seen);
                S::slab_use(m, &world.folio, world.overlay);
                world.hand_over::<S>(m, 2, seen);
            }
            Self::RcuCallback { life, stage } => {
                m.begin_life(life);
                world.take_over::<S>(m, stage, seen);
                m.synchronize_rcu();
                free_slab::<S, M>(m, world, seen);
            }
            Self::SlabKept { life } => {
                take_slab::<S, M>(m, world, life, seen);
                S::slab_use(m, &world.folio, world.overlay);
                seen.push(Seen::InUse);
                if !S::FROZEN {
                    seen.push(Seen::Holds);
                }
                world.hand_over::<S>(m, 1, seen);
            }
            Self::Driver { life } => {
                movable_life::<S, M>(m, world, life, seen);
            }
            Self::DriverKept { life } => movable_life_kept::<S, M>(m, world, life, seen),
            Self::Scanner { precheck, migrates, tries } => {
                let isolates = || (!precheck || S::precheck(m, &world.folio)) && scan::<S, M>(m, world, migrates, seen);
                let _ = iter::repeat_with(isolates).take(tries as usize).any(|isolated| isolated);
            }
            Self::Walker { waits } => {
                if waits {
                    world.take_over::<S>(m, 1, seen);
                }
                let walk = S::walk(m, &world.folio);
                // One that does not wait may well have come before the allocation.
                if waits || walk != Walk::Free {
                    seen.push(Seen::WalkedSlab(walk));
                }
            }
            Self::Recycler(lives) => {
                let lived = |&life: &Life| match life {
                    Life::Movable(life) => movable_life::<S, M>(m, world, life, seen),
                    Life::MovableKept(life) => {
                        movable_life_kept::<S, M>(m, world, life, seen);
                        true
                    }
                    Life::Slab(life) => {
                        take_slab::<S, M>(m, world, life, seen);
                        slab_life::<S, M>(m, world, Owner::Uses, seen);
                        true
                    }
                };
                let _ = lives.iter().all(lived);
            }
            Self::Alone { life } => {
                make_movable::<S, M>(m, world, life, seen);
                scan::<S, M>(m, world, false, seen);
                take_back::<S, M>(m, world, seen);
            }
        }
    }
}

fn has<W: Word>(word: W, bits: u64) -> bool {
    word.observe() & bits != 0
}

/// Notes a lost lock bit, given the word in which the lock bit was found on unlocking.
pub(super) fn unlocked<W: Word>(word: W, seen: &mut Vec<Seen>) {
    if !has(word, LOCKED) {
        seen.push(Seen::LockLost);
    }
}

fn freed(freed: bool, seen: &mut Vec<Seen>) {
    if freed {
        seen.push(Seen::Freed);
    }
}

#[track_caller]
fn take_slab<S: Strategy, M: Memory>(m: &M, world: &World<M>, life: u32, seen: &mut Vec<Seen>) {
    m.begin_life(life);
    m.called(|m| {
        world.zone.take(m, &world.folio);
        S::slab_alloc(m, &world.folio);
    });
    seen.push(Seen::Taken);
}

/// Uses and frees a slab that was just allocated.
#[track_caller]
fn slab_life<S: Strategy, M: Memory>(m: &M, world: &World<M>, owner: Owner, seen: &mut Vec<Seen>) {
    m.called(|m| {
        if owner == Owner::Flags {
            S::set_owner_flag(m, &world.folio);
        }
        S::slab_use(m, &world.folio, world.overlay);
        (world.dwell)();
        match owner {
            Owner::Uses => {}
            Owner::Flags => clear_owner_flag::<S, M>(m, world, seen),
            Owner::WaitsForRcu => m.synchronize_rcu(),
        }
        free_slab::<S, M>(m, world, seen);
    });
}

#[track_caller]
fn clear_owner_flag<S: Strategy, M: Memory>(m: &M, world: &World<M>, seen: &mut Vec<Seen>) {
    m.called(|m| {
        if !has(S::clear_owner_flag(m, &world.folio), OWNER) {
            seen.push(Seen::OwnerFlagLost);
        }
    });
}

#[track_caller]
fn free_slab<S: Strategy, M: Memory>(m: &M, world: &World<M>, seen: &mut Vec<Seen>) {
    m.called(|m| freed(S::slab_free(m, &world.zone, &world.folio), seen));
}

#[track_caller]
fn make_movable<S: Strategy, M: Memory>(m: &M, world: &World<M>, life: u32, seen: &mut Vec<Seen>) {
    m.begin_life(life);
    m.called(|m| {
        world.zone.take(m, &world.folio);
        S::page_alloc(m, &world.folio);
        seen.push(Seen::Taken);
        unlocked(S::make_movable(m, &world.folio, operations_of(life)), seen);
    });
}

/// Takes the folio back and frees it, or keeps it if a scanner has it, as drivers do that have others to choose from.
/// Whether it did not keep it.
#[track_caller]
fn take_back<S: Strategy, M: Memory>(m: &M, world: &World<M>, seen: &mut Vec<Seen>) -> bool {
    m.called(|m| {
        let (mine, lock) = S::take_back(m, &world.folio);
        unlocked(lock, seen);
        if mine {
            freed(S::put(m, &world.zone, &world.folio), seen);
        } else {
            seen.push(Seen::Holds);
        }
        mine
    })
}

/// Whether the driver did not keep its folio.
#[track_caller]
fn movable_life<S: Strategy, M: Memory>(m: &M, world: &World<M>, life: u32, seen: &mut Vec<Seen>) -> bool {
    m.called(|m| {
        make_movable::<S, M>(m, world, life, seen);
        (world.dwell)();
        if world.claims(m, Claimant::Driver) {
            take_back::<S, M>(m, world, seen)
        } else {
            // The reference that the migration drops.
            seen.push(Seen::Holds);
            true
        }
    })
}

#[track_caller]
fn movable_life_kept<S: Strategy, M: Memory>(m: &M, world: &World<M>, life: u32, seen: &mut Vec<Seen>) {
    m.called(|m| {
        make_movable::<S, M>(m, world, life, seen);
        seen.push(Seen::Holds);
    });
}

/// One try; whether it isolated the folio.
#[track_caller]
fn scan<S: Strategy, M: Memory>(m: &M, world: &World<M>, migrates: bool, seen: &mut Vec<Seen>) -> bool {
    m.called(|m| {
        let attempt = S::isolate(m, &world.zone, &world.folio);
        attempt.unlocked.into_iter().for_each(|lock| unlocked(lock, seen));
        freed(attempt.freed, seen);
        let operations = match attempt.outcome {
            Ok(operations) => operations,
            Err(refusal) => {
                seen.push(Seen::Refused(refusal));
                return false;
            }
        };
        let isolated = Seen::isolated(operations, attempt.reference.unwrap_or(0.into()));
        seen.push(isolated);
        if isolated.is_wild() {
            // The kernel would now call through a wild pointer: nothing that follows means anything.
            return true;
        }
        let back = if migrates && world.claims(m, Claimant::Scanner) {
            seen.push(Seen::Migrated);
            S::migrate(m, &world.zone, &world.folio)
        } else {
            S::put_back(m, &world.zone, &world.folio)
        };
        unlocked(back.unlocked, seen);
        freed(back.freed, seen);
        true
    })
}
