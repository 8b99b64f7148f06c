//! The workloads: what is done, with folios of which kind, and what it must come to.

use fencepost_empty::Empty;
use fencepost_folio::{LayoutName, Shared, Strategy};
use fencepost_memory::{Kernel, Memory, Rust};
use fencepost_strategies::Id;
use fencepost_unordered::Unordered;

use super::kind::Kind;
use super::tally::Outcome;

/// What one operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Workload {
    /// The scan's fast path over slabs, free folios and ordinary pages: the pre-check rejects each of them.
    Precheck,
    /// The scanner tries to isolate a slab that looks movable: the pre-check was fooled.
    RejectSlab,
    /// The scanner tries to isolate a folio that was freed after the pre-check.
    RejectFree,
    /// The scanner isolates a movable folio and puts it back.
    Isolate,
    /// The slab allocator allocates a slab, uses it and frees it.
    Slab,
    /// The same, with the free deferred through RCU: by the callback, after a grace period for every 64 slabs.
    SlabRcu,
}

impl Workload {
    /// Every workload, the scanner's first.
    pub const ALL: [Self; 6] =
        [Self::Precheck, Self::RejectSlab, Self::RejectFree, Self::Isolate, Self::Slab, Self::SlabRcu];
    /// What a compaction scanner pays.
    pub const SCANNER: [Self; 4] = [Self::Precheck, Self::RejectSlab, Self::RejectFree, Self::Isolate];
    /// What the slab allocator pays.
    pub const ALLOCATOR: [Self; 2] = [Self::Slab, Self::SlabRcu];

    /// The name in reports and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Precheck => "pre-check",
            Self::RejectSlab => "reject-slab",
            Self::RejectFree => "reject-free",
            Self::Isolate => "isolate",
            Self::Slab => "slab",
            Self::SlabRcu => "slab-rcu",
        }
    }

    /// What the folio at `position` in a block is used for. Of the pages that a scan pre-checks, half are ordinary and the
    /// rest slabs and free ones.
    pub(super) fn kind(self, position: usize) -> Kind {
        match self {
            Self::Precheck => match position % 10 {
                0..5 => Kind::Ordinary,
                5..8 => Kind::Slab,
                _ => Kind::Free,
            },
            Self::RejectSlab => Kind::FoolingSlab,
            Self::Isolate => Kind::Movable,
            Self::RejectFree | Self::Slab | Self::SlabRcu => Kind::Free,
        }
    }

    /// What each operation must come to. The baseline must misidentify the slab, and the strategy that does nothing
    /// isolates nothing: a harness that sees anything else of them sees nothing.
    pub(super) fn expected<S: Strategy>(self) -> &'static [Outcome] {
        match self {
            Self::Precheck => &[Outcome::Rejected],
            Self::RejectSlab if S::FAMILY == BASELINE => &[Outcome::Misidentified],
            Self::RejectSlab => &[Outcome::NoReference, Outcome::NotMovable, Outcome::Changed],
            Self::Isolate if S::FAMILY != Empty::FAMILY => &[Outcome::Isolated],
            Self::RejectFree | Self::Isolate => &[Outcome::NoReference],
            Self::Slab | Self::SlabRcu => &[Outcome::Freed],
        }
    }
}

/// The family that every cost is compared to: the code before the fix.
pub const BASELINE: &str = <Unordered<Shared> as Strategy>::FAMILY;

/// What a strategy's cost is compared to: the unprotected code in the same layout, or in the shared layout where
/// the strategy brings a layout of its own.
pub(super) fn baseline(of: Id) -> Id {
    let layout = if of.layout == LayoutName::Own { LayoutName::Shared } else { of.layout };
    Id { layout, ..Id::of::<Unordered<Shared>>() }
}

/// Where the descriptors are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Setting {
    /// In the L1 cache: 64 descriptors, again and again.
    Hot,
    /// In a memmap that is larger than the caches, visited from one end to the other as compaction does.
    Memmap,
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 2] = [Self::Hot, Self::Memmap];

    /// The name in reports and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hot => "hot",
            Self::Memmap => "memmap",
        }
    }
}

/// How the memory vocabulary was compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lowering {
    /// The kernel's instructions.
    Kernel,
    /// Rust's atomics and fences.
    Rust,
}

impl Lowering {
    /// Every lowering.
    pub const ALL: [Self; 2] = [Self::Kernel, Self::Rust];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kernel => Kernel::NAME,
            Self::Rust => Rust::NAME,
        }
    }
}
