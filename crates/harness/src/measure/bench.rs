//! One strategy in one workload, ready to be timed.

use std::hint::black_box;
use std::marker::PhantomData;
use std::mem;
use std::time::{Duration, Instant};

use fencepost_folio::Strategy;
use fencepost_strategies::{Id, Visitor, visit};

use super::kind::{Kind, State};
use super::memmap::{BLOCK, Block, Memmap, Node};
use super::operation::{Isolate, Native, Operation, Precheck, Slab, SlabRcu};
use super::place::{Here, Place};
use super::tally::Tally;
use super::workload::{Lowering, Setting, Workload};

/// A strategy in a workload, with the descriptors that it works on.
pub struct Bench<'a> {
    strip: Box<dyn Timed>,
    memmap: PhantomData<&'a Memmap>,
}

impl<'a> Bench<'a> {
    /// The strategy `id` with the whole memmap to itself; `None` if the catalogue has no such strategy.
    pub fn new(
        memmap: &'a mut Memmap,
        id: Id,
        lowering: Lowering,
        workload: Workload,
        setting: Setting,
    ) -> Option<Self> {
        let blocks = match setting {
            Setting::Hot => vec![0],
            Setting::Memmap => (0..memmap.blocks()).collect(),
        };
        Self::at::<Here>(memmap, id, lowering, workload, blocks)
    }

    /// The strategy `id` on these blocks, which nobody else works on, with its code at this place.
    pub(super) fn at<P: Place>(
        memmap: &'a Memmap,
        id: Id,
        lowering: Lowering,
        workload: Workload,
        blocks: Vec<usize>,
    ) -> Option<Self> {
        visit(id, &mut Maker::<P> { memmap, lowering, workload, blocks, place: PhantomData })
    }

    /// As [`at`](Self::at), for a strategy that need not be in the catalogue.
    pub(super) fn of<S: Strategy, P: Place>(
        memmap: &'a Memmap,
        lowering: Lowering,
        workload: Workload,
        blocks: Vec<usize>,
    ) -> Self {
        let strip = match lowering {
            Lowering::Kernel => strip::<S, _, P>(memmap.kernel, workload, blocks),
            Lowering::Rust => strip::<S, _, P>(memmap.rust, workload, blocks),
        };
        Self { strip, memmap: PhantomData }
    }

    /// The time that `operations` operations take, by timing whole blocks of 64 of them.
    ///
    /// # Errors
    /// What was expected and what was seen, if an operation did anything but its work.
    pub fn time(&mut self, operations: u64) -> Result<Duration, String> {
        let blocks = operations.div_ceil(BLOCK as u64);
        let share = operations as f64 / (blocks * BLOCK as u64).max(1) as f64;
        Ok(self.run(blocks)?.mul_f64(share))
    }

    /// Does the operation with each folio of the next `blocks` blocks, beginning again after the last one; the time
    /// that this took.
    ///
    /// # Errors
    /// What was expected and what was seen, if an operation did anything but its work.
    pub(super) fn run(&mut self, blocks: u64) -> Result<Duration, String> {
        self.strip.run(blocks)
    }
}

struct Maker<'a, P> {
    memmap: &'a Memmap,
    lowering: Lowering,
    workload: Workload,
    blocks: Vec<usize>,
    place: PhantomData<P>,
}

impl<'a, P: Place> Visitor for Maker<'a, P> {
    type Output = Bench<'a>;
    fn visit<S: Strategy>(&mut self) -> Bench<'a> {
        Bench::of::<S, P>(self.memmap, self.lowering, self.workload, mem::take(&mut self.blocks))
    }
}

fn strip<S: Strategy, M: Native, P: Place>(
    node: &'static Node<M>,
    workload: Workload,
    blocks: Vec<usize>,
) -> Box<dyn Timed> {
    match workload {
        Workload::Precheck => Box::new(Strip::<S, M, Precheck, P>::prepare(node, workload, blocks)),
        Workload::RejectSlab | Workload::RejectFree | Workload::Isolate => {
            Box::new(Strip::<S, M, Isolate, P>::prepare(node, workload, blocks))
        }
        Workload::Slab => Box::new(Strip::<S, M, Slab, P>::prepare(node, workload, blocks)),
        Workload::SlabRcu => Box::new(Strip::<S, M, SlabRcu, P>::prepare(node, workload, blocks)),
    }
}

/// A [`Strip`], whatever its types are.
trait Timed {
    fn run(&mut self, blocks: u64) -> Result<Duration, String>;
}

/// The blocks of descriptors on which one strategy does one operation.
struct Strip<S, M: Native, O, P> {
    node: &'static Node<M>,
    workload: Workload,
    blocks: Vec<&'static Block<M>>,
    /// The block to go on with.
    next: usize,
    /// The state of a folio of each kind between two operations.
    states: [State; Kind::COUNT],
    types: PhantomData<(S, O, P)>,
}

impl<S: Strategy, M: Native, O: Operation, P: Place> Strip<S, M, O, P> {
    fn prepare(node: &'static Node<M>, workload: Workload, blocks: Vec<usize>) -> Self {
        let m = &M::default();
        let blocks: Vec<_> = blocks.into_iter().map(|block| &node.blocks[block]).collect();
        let mut states = [State::default(); Kind::COUNT];
        for (i, folio) in blocks.iter().flat_map(|block| block.iter().enumerate()) {
            let kind = workload.kind(i);
            kind.prepare::<S, M>(m, &node.zone, folio);
            states[kind as usize] = State::of(m, folio);
        }
        Self { node, workload, blocks, next: 0, states, types: PhantomData }
    }

    /// Whether the folios of a block are as they were prepared.
    fn verify(&self, block: &Block<M>) -> Result<(), String> {
        for (i, folio) in block.iter().enumerate() {
            let before = self.states[self.workload.kind(i) as usize];
            let after = State::of(&M::default(), folio);
            if before != after {
                return Err(format!("expected descriptor {i} of a block to be left with {before}; saw {after}"));
            }
        }
        Ok(())
    }
}

impl<S: Strategy, M: Native, O: Operation, P: Place> Timed for Strip<S, M, O, P> {
    fn run(&mut self, blocks: u64) -> Result<Duration, String> {
        let before = self.states[self.workload.kind(0) as usize];
        let first = self.next;

        let start = Instant::now();
        let (tally, next) = work::<S, M, O, P>(self.node, &self.blocks, first, blocks, &before);
        let time = start.elapsed();

        self.next = next;
        tally.verify(self.workload.expected::<S>(), blocks * BLOCK as u64)?;
        let visited = self.blocks.iter().cycle().skip(first).take(self.blocks.len());
        for (block, _) in visited.zip(0..blocks) {
            self.verify(block)?;
        }
        Ok(time)
    }
}

/// What is timed: the operation on `count` of the blocks, from the one numbered `next` on. What came of it, and the
/// number of the block to go on with.
///
/// A function of its own, so that the compiler can merge those that are the same for two strategies.
#[inline(never)]
fn work<S: Strategy, M: Native, O: Operation, P: Place>(
    node: &'static Node<M>,
    blocks: &[&'static Block<M>],
    mut next: usize,
    count: u64,
    before: &State,
) -> (Tally, usize) {
    let mut tally = Tally::default();
    for _ in 0..count {
        let block = black_box(blocks[next]);
        P::begin();
        O::block::<S, M>(node, block, before, &mut tally);
        next = if next + 1 < blocks.len() { next + 1 } else { 0 };
    }
    (tally, next)
}
