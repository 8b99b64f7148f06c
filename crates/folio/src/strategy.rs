//! The API that every strategy implements: the life of a folio, step by step.

use fencepost_memory::{Memory, Order, Rmw, Word};

use crate::descriptor::{ISOLATED, LOCKED, MAPPING_MOVABLE, OWNER};
use crate::{Folio, LayoutName, TYPE_BUDDY, Zone};

/// Where a scanner gave a folio up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// No reference was to be had: the folio is free, or its count is frozen.
    NoReference,
    /// The tests before the lock said that it is not movable, or a slab, or isolated already.
    NotMovable,
    /// Somebody else holds the folio lock.
    Locked,
    /// The test under the lock said that it is no longer movable.
    Changed,
}

/// What one attempt to isolate a folio did.
pub struct Isolation<M: Memory> {
    /// The driver's operations, with a reference and the isolated bit now held; or why not.
    pub outcome: Result<M::Word, Refusal>,
    /// The reference count that the scanner's own reference was added to.
    pub reference: Option<M::Word>,
    /// The folio lock's word as the scanner gave the lock back, if it had it.
    pub unlocked: Option<M::Word>,
    /// Giving the folio up dropped the last reference.
    pub freed: bool,
}

/// What became of a folio that was isolated.
pub struct Return<M: Memory> {
    /// The folio lock's word as the scanner gave the lock back.
    pub unlocked: M::Word,
    /// The last reference was dropped.
    pub freed: bool,
}

/// What the page-isolation walker takes a folio for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Walk {
    /// Free, in the buddy allocator.
    Free,
    /// Reference count 0 and not in the buddy allocator: being freed, soon available.
    BeingFreed,
    /// In use, and can be moved away.
    Movable,
    /// In use, and can not be moved away.
    Unmovable,
}

/// Whether a strategy holds itself safe, in its layout, under each lowering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// With the kernel's instructions, on every architecture and under LKMM.
    pub kernel: bool,
    /// With Rust's atomics and fences, on every architecture and under RC11.
    pub rust: bool,
    /// In the kernel, too, where a slab passes from CPU to CPU by release and acquire alone, as by a bit lock.
    pub by_release: bool,
    /// The page-isolation walker never mistakes a live slab for a page that is about to be free.
    pub walker: bool,
}

impl Claim {
    /// Claims nothing.
    pub const NOTHING: Self = Self { kernel: false, rust: false, by_release: false, walker: false };
    /// Claims nothing of Rust's atomics and fences, nor where release and acquire alone pass a slab on; and all else.
    pub const IN_THE_KERNEL: Self = Self { rust: false, by_release: false, ..Self::EVERYTHING };
    /// Claims everything.
    pub const EVERYTHING: Self = Self { kernel: true, rust: true, by_release: true, walker: true };
}

/// One way to keep a compaction scanner from taking a slab for a movable folio.
///
/// The functions stand in the order of a folio's life: the slab allocator, a driver of movable folios, the
/// scanner, the page-isolation walker. What most strategies do alike is provided; a strategy spells out the
/// steps in which it differs. Nothing here has a `self`: a strategy is a type, chosen at compile time.
pub trait Strategy: Copy + Default + Send + Sync + 'static {
    /// The crate that it lives in.
    const FAMILY: &'static str;
    /// Its name within the family.
    const VARIANT: &'static str;
    /// Where its slab mark lies.
    const LAYOUT: LayoutName;
    /// What it holds itself to be.
    const CLAIM: Claim;
    /// A slab's reference count stays 0.
    const FROZEN: bool = false;

    // ---- the slab allocator, which owns the folio from `slab_alloc` to `slab_free`

    /// Makes a slab of a folio just taken from the buddy allocator. After this the overlay may be used.
    #[track_caller]
    fn slab_alloc<M: Memory>(m: &M, folio: &Folio<M>);

    /// Uses the overlay, which holds `overlay` where `mapping` is.
    #[track_caller]
    #[inline(always)]
    fn slab_use<M: Memory>(m: &M, folio: &Folio<M>, overlay: u64) {
        m.called(|m| m.write_once(&folio.mapping, overlay.into()));
    }

    /// Sets a flag that only the owner writes.
    #[track_caller]
    #[inline(always)]
    fn set_owner_flag<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| folio.set_flags_nonatomic(m, OWNER));
    }

    /// Clears the owner's flag; returns the word that it was found in.
    #[track_caller]
    #[inline(always)]
    fn clear_owner_flag<M: Memory>(m: &M, folio: &Folio<M>) -> M::Word {
        m.called(|m| folio.clear_flags_nonatomic(m, OWNER))
    }

    /// Frees a slab, at once or as the RCU callback. Whether the folio went back to the buddy allocator here.
    #[track_caller]
    fn slab_free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool;

    // ---- a driver of movable folios

    /// Takes the first reference on a folio just taken from the buddy allocator (`set_page_count`).
    #[track_caller]
    #[inline(always)]
    fn page_alloc<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| m.write_once(&folio.refcount, 1.into()));
    }

    /// Marks the folio movable by `operations`. The caller holds the folio lock.
    #[track_caller]
    #[inline(always)]
    fn tag<M: Memory>(m: &M, folio: &Folio<M>, operations: u64) {
        m.called(|m| m.write_once(&folio.mapping, (operations | MAPPING_MOVABLE).into()));
    }

    /// Takes the operations away; the tag stays until the folio is freed. The caller holds the folio lock.
    #[track_caller]
    #[inline(always)]
    fn untag<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| m.write_once(&folio.mapping, MAPPING_MOVABLE.into()));
    }

    /// Makes the driver's folio movable by `operations` (aligned to four bytes, not 0), under the folio lock.
    /// Returns the word that the lock bit was found in.
    #[track_caller]
    #[inline(always)]
    fn make_movable<M: Memory>(m: &M, folio: &Folio<M>, operations: u64) -> M::Word {
        m.called(|m| {
            Self::lock(m, folio);
            Self::tag(m, folio, operations);
            Self::unlock(m, folio)
        })
    }

    /// The driver takes its folio back, under the folio lock, unless a scanner has isolated it: it stays
    /// tagged as movable, with no operations. Whether it did, and the word that the lock bit was found in.
    #[track_caller]
    #[inline(always)]
    fn take_back<M: Memory>(m: &M, folio: &Folio<M>) -> (bool, M::Word) {
        m.called(|m| {
            Self::lock(m, folio);
            let mine = !folio.reads_isolated(m);
            if mine {
                Self::untag(m, folio);
            }
            (mine, Self::unlock(m, folio))
        })
    }

    // ---- references and the folio lock

    /// `folio_try_get()`: adds a reference unless there is none; the count that it was added to.
    #[track_caller]
    #[inline(always)]
    fn try_get<M: Memory>(m: &M, folio: &Folio<M>) -> Option<M::Word> {
        m.called(|m| m.fetch_update(&folio.refcount, Order::Full, |n| (!n.is(0)).then(|| n + 1.into())).ok())
    }

    /// `folio_put()`: drops a reference; with the last one the folio goes back to the buddy allocator.
    /// Whether it did.
    #[track_caller]
    #[inline(always)]
    fn put<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> bool {
        let put = |m: &M| {
            let last = m.fetch(&folio.refcount, Rmw::Add, u64::MAX.into(), Order::Full).is(1);
            if last {
                Self::free(m, zone, folio);
            }
            last
        };
        m.called(|m| m.scoped(put))
    }

    /// Gives a folio back to the buddy allocator, its last reference gone (`free_pages_prepare()` and what follows).
    #[track_caller]
    #[inline(always)]
    fn free<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) {
        m.called(|m| zone.free(m, folio));
    }

    /// `folio_trylock()`.
    #[track_caller]
    #[inline(always)]
    fn trylock<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| m.try_set_bit_lock(&folio.flags, LOCKED))
    }

    /// `folio_lock()`.
    #[track_caller]
    #[inline(always)]
    fn lock<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| m.spin_until(|m| Self::trylock(m, folio)));
    }

    /// `folio_unlock()`: a release. Returns the lock bit as it was found; nothing else of the word, so that one
    /// instruction does.
    #[track_caller]
    #[inline(always)]
    fn unlock<M: Memory>(m: &M, folio: &Folio<M>) -> M::Word {
        m.called(|m| m.fetch(&folio.flags, Rmw::And, (!LOCKED).into(), Order::Release) & LOCKED.into())
    }

    /// The reference count in a descriptor at rest, given its `flags` and `refcount`.
    fn references(flags: u64, refcount: u64) -> u64 {
        let _ = flags;
        refcount
    }

    // ---- the folio lock as the slab's own, where the architecture has no double-word `cmpxchg`

    /// `slab_lock()`: takes the folio lock to change freelist and counters.
    #[track_caller]
    #[inline(always)]
    fn slab_lock<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| Self::lock(m, folio));
    }

    /// `slab_unlock()`: gives it back without a read-modify-write (`__bit_spin_unlock()`), since nobody else changes the
    /// word meanwhile. Returns the lock bit as it was found.
    #[track_caller]
    #[inline(always)]
    fn slab_unlock<M: Memory>(m: &M, folio: &Folio<M>) -> M::Word {
        m.called(|m| {
            let old = m.read_once(&folio.flags);
            m.store_release(&folio.flags, old & (!LOCKED).into());
            old & LOCKED.into()
        })
    }

    // ---- the compaction scanner

    /// The scan's fast path, without a reference: is it worth trying?
    #[track_caller]
    #[inline(always)]
    fn precheck<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| folio.reads_movable(m) && !folio.reads_isolated(m))
    }

    /// With a reference, before the lock: is it movable, and no slab?
    #[track_caller]
    fn looks_movable<M: Memory>(m: &M, folio: &Folio<M>) -> bool;

    /// Under the folio lock: is it still movable, with operations, and not isolated? Those operations.
    #[track_caller]
    #[inline(always)]
    fn confirm<M: Memory>(m: &M, folio: &Folio<M>) -> Option<M::Word> {
        m.called(|m| folio.confirm_movable(m))
    }

    /// Everything between `folio_try_get()` and the call of the driver: the tests, the lock, the tests again.
    /// The folio is locked afterwards if this succeeds, and if it fails with [`Refusal::Changed`].
    #[track_caller]
    #[inline(always)]
    fn lock_movable<M: Memory>(m: &M, folio: &Folio<M>) -> Result<M::Word, Refusal> {
        m.called(|m| {
            if !Self::looks_movable(m, folio) {
                return Err(Refusal::NotMovable);
            }
            if !Self::trylock(m, folio) {
                return Err(Refusal::Locked);
            }
            Self::confirm(m, folio).ok_or(Refusal::Changed)
        })
    }

    /// `isolate_movable_page()`.
    #[track_caller]
    #[inline(always)]
    fn isolate<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> Isolation<M> {
        // The tests decide all that is done after them here.
        let isolate = |m: &M| {
            let reference = Self::try_get(m, folio);
            let outcome = match reference {
                Some(_) => Self::lock_movable(m, folio),
                None => Err(Refusal::NoReference),
            };
            if outcome.is_ok() {
                folio.set_flags(m, ISOLATED);
            }
            let unlocked = matches!(outcome, Ok(_) | Err(Refusal::Changed)).then(|| Self::unlock(m, folio));
            let freed = reference.is_some() && outcome.is_err() && Self::put(m, zone, folio);
            Isolation { outcome, reference, unlocked, freed }
        };
        m.called(|m| m.scoped(isolate))
    }

    /// Gives an isolated folio back to its driver.
    #[track_caller]
    #[inline(always)]
    fn put_back<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> Return<M> {
        m.called(|m| {
            Self::lock(m, folio);
            folio.clear_flags(m, ISOLATED);
            let unlocked = Self::unlock(m, folio);
            Return { unlocked, freed: Self::put(m, zone, folio) }
        })
    }

    /// Moves an isolated folio's content elsewhere: the driver lets go of this folio, whose last reference
    /// is then the scanner's unless somebody else has one.
    #[track_caller]
    #[inline(always)]
    fn migrate<M: Memory>(m: &M, zone: &Zone<M>, folio: &Folio<M>) -> Return<M> {
        m.called(|m| {
            Self::lock(m, folio);
            Self::untag(m, folio);
            folio.clear_flags(m, ISOLATED);
            let unlocked = Self::unlock(m, folio);
            let freed = Self::put(m, zone, folio);
            Return { unlocked, freed: Self::put(m, zone, folio) || freed }
        })
    }

    // ---- the page-isolation walker

    /// What `has_unmovable_pages()` takes the folio for, without a reference.
    #[track_caller]
    #[inline(always)]
    fn walk<M: Memory>(m: &M, folio: &Folio<M>) -> Walk {
        m.called(|m| {
            if m.read_once(&folio.refcount).is(0) {
                if m.read_once(&folio.page_type).is(TYPE_BUDDY) { Walk::Free } else { Walk::BeingFreed }
            } else if folio.reads_movable(m) {
                Walk::Movable
            } else {
                Walk::Unmovable
            }
        })
    }
}
