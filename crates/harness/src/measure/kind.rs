//! What a page is used for while it is measured, and how one sees that an operation has left it as it was.

use std::fmt;

use fencepost_folio::{Folio, Overlay, Strategy, Zone, operations_of};
use fencepost_memory::{Memory, Word};

use super::memmap::reset;

/// The operations of the one driver of movable folios. Any others are wild.
pub(super) const OPERATIONS: u64 = operations_of(1);

/// `mapping` of an anonymous page: a pointer tagged with binary 01.
const ANONYMOUS: u64 = 0xffff_8881_0007_1001;

/// What a page is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Free, in the buddy allocator.
    Free,
    /// In use, and neither a slab nor movable by a driver.
    Ordinary,
    /// A slab whose overlay has an aligned pointer where `mapping` is.
    Slab,
    /// A slab whose overlay has a value there that looks movable.
    FoolingSlab,
    /// A driver's movable folio.
    Movable,
}

impl Kind {
    /// The number of kinds.
    pub const COUNT: usize = 5;

    /// Puts a descriptor to this use, by the strategy's own steps.
    pub fn prepare<S: Strategy, M: Memory>(self, m: &M, zone: &Zone<M>, folio: &Folio<M>) {
        reset(m, folio);
        if self == Self::Free {
            return;
        }
        zone.take(m, folio);
        match self {
            Self::Free => {}
            Self::Ordinary => {
                S::page_alloc(m, folio);
                m.write_once(&folio.mapping, ANONYMOUS.into());
            }
            Self::Slab | Self::FoolingSlab => {
                let overlay = if self == Self::Slab { Overlay::SlabCache } else { Overlay::RcuCallback };
                S::slab_alloc(m, folio);
                S::slab_use(m, folio, overlay.native());
            }
            Self::Movable => {
                S::page_alloc(m, folio);
                S::make_movable(m, folio, OPERATIONS);
            }
        }
    }
}

/// The words of a descriptor that hold its locks, marks and references. Every operation that is measured leaves
/// them as it found them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    flags: u64,
    page_type: u64,
    refcount: u64,
}

impl State {
    /// The words as they are.
    pub fn of<M: Memory>(m: &M, folio: &Folio<M>) -> Self {
        Self {
            flags: m.read_plain(&folio.flags).observe(),
            page_type: m.read_plain(&folio.page_type).observe(),
            refcount: m.read_plain(&folio.refcount).observe(),
        }
    }

    /// Undoes an isolation without the driver: its flag and its reference go.
    #[inline(always)]
    pub fn restore<M: Memory>(&self, m: &M, folio: &Folio<M>) {
        m.write_plain(&folio.flags, self.flags.into());
        m.write_plain(&folio.refcount, self.refcount.into());
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "flags {:#x}, page type {:#x}, reference count {}", self.flags, self.page_type, self.refcount)
    }
}
