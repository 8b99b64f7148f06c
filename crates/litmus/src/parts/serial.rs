//! One cell at a time, sequentially consistent, as it is in every execution: what its reads can return then.
//!
//! A cell goes through its threads' operations in some order that keeps each thread's own. All such orders are looked at
//! together, as ways through a graph whose nodes are how far each thread is and what the cell holds.

use std::collections::{BTreeMap, BTreeSet, HashMap};

/// An operation on the cell.
pub(super) struct Access {
    /// The number of its read, if it reads.
    pub read: Option<u8>,
    /// By what it may find, or by nothing if it does not read: what it may leave, if it writes.
    pub leaves: Leaves,
}

/// What an operation leaves in the cell.
pub(super) enum Leaves {
    /// What was there; it may find these values.
    Found(BTreeSet<u64>),
    /// Values, whatever was there.
    Any(BTreeSet<u64>),
    /// By what it finds.
    Of(BTreeMap<u64, BTreeSet<u64>>),
}

impl Access {
    /// What the cell may hold after it if this was there; nothing if it cannot find that.
    fn after(&self, found: u64) -> Vec<u64> {
        match &self.leaves {
            Leaves::Found(values) => values.get(&found).into_iter().copied().collect(),
            Leaves::Any(values) => values.iter().copied().collect(),
            Leaves::Of(values) => values.get(&found).into_iter().flatten().copied().collect(),
        }
    }
}

/// How far each thread is, and what the cell holds.
type Node = (Vec<u8>, u64);

/// The most nodes that are looked at.
const MAX_NODES: usize = 50_000;

/// By thread and number of a read: what it can return. `None` if there are too many nodes to say.
pub(super) fn readable(threads: &[Vec<Access>], init: u64) -> Option<HashMap<(usize, u8), BTreeSet<u64>>> {
    let total: usize = threads.iter().map(Vec::len).sum();
    let mut layers: Vec<HashMap<Node, Vec<(usize, Node)>>> = Vec::new();
    let mut layer: HashMap<Node, Vec<(usize, Node)>> = HashMap::from([((vec![0; threads.len()], init), Vec::new())]);
    let mut nodes = 0;
    for _ in 0..total {
        let mut next: HashMap<Node, Vec<(usize, Node)>> = HashMap::new();
        for ((at, held), ways) in &mut layer {
            for (thread, accesses) in threads.iter().enumerate() {
                let Some(access) = accesses.get(usize::from(at[thread])) else { continue };
                for left in access.after(*held) {
                    let mut after = at.clone();
                    after[thread] += 1;
                    ways.push((thread, (after.clone(), left)));
                    next.entry((after, left)).or_default();
                }
            }
        }
        nodes += next.len();
        if nodes > MAX_NODES {
            return None;
        }
        layers.push(std::mem::replace(&mut layer, next));
    }
    // Backwards, from where all is done.
    let mut alive: BTreeSet<Node> = layer.into_keys().collect();
    let mut values: HashMap<(usize, u8), BTreeSet<u64>> = HashMap::new();
    for layer in layers.into_iter().rev() {
        let mut before = BTreeSet::new();
        for ((at, held), ways) in layer {
            for (thread, after) in ways {
                if alive.contains(&after) {
                    if let Some(number) = threads[thread][usize::from(at[thread])].read {
                        values.entry((thread, number)).or_default().insert(held);
                    }
                    before.insert((at.clone(), held));
                }
            }
        }
        alive = before;
    }
    Some(values)
}
