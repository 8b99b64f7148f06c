//! What the kernel shipped, version by version.

use fencepost_folio::Overlay;

/// What a range of kernels had where this race is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// The name on the command line.
    pub name: &'static str,
    /// The kernels.
    pub kernels: &'static str,
    /// What the slab's overlay can have where `mapping` is.
    pub overlays: &'static [Overlay],
    /// The strategies that stand for it, as on the command line; more than one where it could be built in more ways.
    pub strategies: &'static [&'static str],
    /// Which slab allocators there were, and what that leaves out.
    pub allocators: &'static str,
}

const WILD: &[Overlay] = &[Overlay::RcuCallback, Overlay::ListPoison];

/// In the order of their release.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "linux-6.1",
        kernels: "Linux up to 6.1",
        overlays: &[Overlay::SlabCache],
        strategies: &["unordered@shared"],
        allocators: "SLUB and SLAB; only SLUB's order of steps is written here",
    },
    Preset {
        name: "linux-next-2022-09",
        kernels: "linux-next, September 2022 (the report)",
        overlays: WILD,
        strategies: &["unordered@shared"],
        allocators: "SLUB and SLAB; only SLUB's order of steps is written here",
    },
    Preset {
        name: "linux-6.2",
        kernels: "Linux 6.2 to 6.9",
        overlays: WILD,
        strategies: &["fence/rfc1@shared"],
        allocators: "SLUB, and SLAB until 6.7, which also resets the map count before `mapping = NULL`: a write to a word \
                     that this reader does not test",
    },
    Preset {
        name: "linux-6.10",
        kernels: "Linux 6.10 to 6.13",
        overlays: WILD,
        strategies: &["fence/rfc1@split"],
        allocators: "SLUB; SLAB with the split word never existed (SLAB went in 6.8, the split came in 6.10)",
    },
    Preset {
        name: "linux-6.14",
        kernels: "Linux 6.14 to 6.16",
        overlays: WILD,
        strategies: &["frozen/relaxed@split", "frozen/release@split"],
        allocators: "SLUB; SLAB with the split word never existed. Unfrozen by a relaxed or by a release store: both. The \
                     page-isolation walker does not know of frozen slabs; `+walker` is the same with one that does",
    },
    Preset {
        name: "linux-6.17",
        kernels: "Linux from 6.17 on",
        overlays: WILD,
        strategies: &["typed/relaxed@split", "typed/release@split"],
        allocators: "SLUB. A flag and a page type say that a page has movable operations; the word that the slab's overlay \
                     has is the driver's own, asked under the lock. Unfrozen by a relaxed or by a release store: both",
    },
];

impl Preset {
    /// The preset of this name.
    pub fn named(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|preset| preset.name == name)
    }
}
