//! Where the slab mark lies.

use fencepost_memory::{Memory, Word};

use crate::Folio;
use crate::descriptor::{SLAB, TYPE_NONE, TYPE_SLAB};

/// The layouts by name, for reports and command lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LayoutName {
    /// The slab mark is a bit of `flags`, the word of the folio lock (Linux up to 6.9).
    Shared,
    /// The slab mark is a page type, in another word (Linux from 6.10 on).
    Split,
    /// The strategy brings its own single word.
    Own,
}

impl LayoutName {
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::Shared, Self::Split, Self::Own];

    /// The name in reports and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Split => "split",
            Self::Own => "own",
        }
    }
}

/// Sets, clears and tests the slab mark.
///
/// Coherence orders the accesses to one word and not to two, so whether the mark shares its word with the
/// folio lock can decide whether a reader is right.
pub trait Layout: Copy + Default + Send + Sync + 'static {
    /// Which layout this is.
    const NAME: LayoutName;
    /// The owner's mark on a page that it has just taken.
    #[track_caller]
    fn set_slab<M: Memory>(m: &M, folio: &Folio<M>);
    /// The owner takes its mark away.
    #[track_caller]
    fn clear_slab<M: Memory>(m: &M, folio: &Folio<M>);
    /// The same, as a release.
    #[track_caller]
    fn clear_slab_release<M: Memory>(m: &M, folio: &Folio<M>);
    /// Whether the mark is seen: a branch.
    #[track_caller]
    fn is_slab<M: Memory>(m: &M, folio: &Folio<M>) -> bool;
    /// The same, as an acquire.
    #[track_caller]
    fn is_slab_acquire<M: Memory>(m: &M, folio: &Folio<M>) -> bool;
}

/// The slab mark is a bit of `flags`, set and cleared without atomics.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shared;

impl Layout for Shared {
    const NAME: LayoutName = LayoutName::Shared;

    #[inline(always)]
    fn set_slab<M: Memory>(m: &M, folio: &Folio<M>) {
        folio.set_flags_nonatomic(m, SLAB);
    }

    #[inline(always)]
    fn clear_slab<M: Memory>(m: &M, folio: &Folio<M>) {
        folio.clear_flags_nonatomic(m, SLAB);
    }

    #[inline(always)]
    fn clear_slab_release<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| {
            let old = m.read_once(&folio.flags);
            m.store_release(&folio.flags, old & (!SLAB).into());
        });
    }

    #[inline(always)]
    fn is_slab<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| m.read_once(&folio.flags).test(SLAB))
    }

    #[inline(always)]
    fn is_slab_acquire<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| m.load_acquire(&folio.flags).test(SLAB))
    }
}

/// The slab mark is a value of `page_type`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Split;

impl Layout for Split {
    const NAME: LayoutName = LayoutName::Split;

    #[inline(always)]
    fn set_slab<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| m.write_once(&folio.page_type, TYPE_SLAB.into()));
    }

    #[inline(always)]
    fn clear_slab<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| m.write_once(&folio.page_type, TYPE_NONE.into()));
    }

    #[inline(always)]
    fn clear_slab_release<M: Memory>(m: &M, folio: &Folio<M>) {
        m.called(|m| m.store_release(&folio.page_type, TYPE_NONE.into()));
    }

    #[inline(always)]
    fn is_slab<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| m.read_once(&folio.page_type).is(TYPE_SLAB))
    }

    #[inline(always)]
    fn is_slab_acquire<M: Memory>(m: &M, folio: &Folio<M>) -> bool {
        m.called(|m| m.load_acquire(&folio.page_type).is(TYPE_SLAB))
    }
}
