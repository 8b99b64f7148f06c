//! The descriptors that are worked on: a memmap as large as a real machine's.

use std::sync::atomic::AtomicU8;

use fencepost_folio::{Folio, TYPE_BUDDY, Zone};
use fencepost_memory::{Kernel, Memory, Rust};
use fencepost_strategies::ids;

/// Descriptors that are worked on without a pause: one page of memory, so 64 of them stay in L1.
pub(super) const BLOCK: usize = 64;
/// See [`BLOCK`].
pub(super) type Block<M> = [Folio<M>; BLOCK];
/// Blocks that a scan visits in a row: a pageblock's 512 descriptors, for 2 MiB of page frames.
pub(super) const PAGEBLOCK: usize = 8;

/// The descriptors of a machine's page frames, once for each lowering.
///
/// Like a machine's, a memmap lasts until the process ends: what is deferred by RCU refers to it. Make one, and
/// measure with it as often as you like.
pub struct Memmap {
    pub(super) kernel: &'static Node<Kernel>,
    pub(super) rust: &'static Node<Rust>,
}

impl Memmap {
    /// The size of the memmap that results are kept of: a million descriptors, 64 MiB, for 4 GiB of page frames.
    pub const MILLION: usize = 1 << 20;

    /// A memmap of at least `descriptors` descriptors of 64 bytes, and a pageblock of 512 for each strategy in the
    /// catalogue and the copies of the baseline; this for each of the two lowerings.
    pub fn new(descriptors: usize) -> Self {
        let blocks = descriptors.div_ceil(BLOCK).max(2 * ids().len() * PAGEBLOCK);
        Self { kernel: Node::leak(Kernel, blocks), rust: Node::leak(Rust, blocks) }
    }

    /// The number of blocks of each lowering.
    pub(super) fn blocks(&self) -> usize {
        self.kernel.blocks.len()
    }
}

/// A memory node: a zone of the buddy allocator and its descriptors.
pub(super) struct Node<M: Memory> {
    pub(super) zone: Zone<M>,
    pub(super) blocks: Box<[Block<M>]>,
    /// What the RCU callback of each slab of a block has reported.
    pub(super) callbacks: [AtomicU8; BLOCK],
}

impl<M: Memory> Node<M> {
    fn leak(m: M, blocks: usize) -> &'static Self {
        let block = |_| std::array::from_fn(|_| Folio::free(&m));
        Box::leak(Box::new(Self {
            zone: Zone::new(&m),
            blocks: (0..blocks).map(block).collect(),
            callbacks: std::array::from_fn(|_| AtomicU8::new(0)),
        }))
    }
}

/// Makes a descriptor that of a free page again, whatever a strategy has left in it.
pub(super) fn reset<M: Memory>(m: &M, folio: &Folio<M>) {
    m.write_plain(&folio.flags, 0.into());
    m.write_plain(&folio.mapping, 0.into());
    m.write_plain(&folio.sequence, 0.into());
    m.write_plain(&folio.page_type, TYPE_BUDDY.into());
    m.write_plain(&folio.refcount, 0.into());
}
