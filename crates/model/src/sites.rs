//! Changes to a program's orders and barriers, made without touching its code.

use std::collections::BTreeMap;

use fencepost_memory::Order;

use crate::operation::{Action, Barrier, Site};

/// A change to what stands at one site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// An access or read-modify-write gets this order. A read can be relaxed or acquire, a write relaxed or
    /// release; what an operation cannot be counts as relaxed.
    Order(Order),
    /// A barrier is replaced, or taken away.
    Fence(Option<Barrier>),
    /// A barrier is put before it.
    Before(Barrier),
    /// A barrier is put after it.
    After(Barrier),
    /// A marked access becomes a plain one, with no order of its own: `READ_ONCE(x)` the C expression `x`.
    Plain,
}

impl Change {
    /// Whether no model allows more with `stronger` at a site than with `weaker`, where `None` is nothing added.
    pub(crate) fn is_at_most(weaker: Option<Change>, stronger: Option<Change>) -> bool {
        use Change::{After, Before, Fence, Order};
        match (weaker, stronger) {
            (a, b) if a == b => true,
            (None, Some(Before(_) | After(_))) => true,
            (Some(Fence(a)), Some(Fence(b))) => barrier_is_at_most(a, b),
            (Some(Before(a)), Some(Before(b))) | (Some(After(a)), Some(After(b))) => {
                barrier_is_at_most(Some(a), Some(b))
            }
            (Some(Order(a)), Some(Order(b))) => b.includes(a),
            _ => false,
        }
    }
}

fn barrier_is_at_most(weaker: Option<Barrier>, stronger: Option<Barrier>) -> bool {
    match (weaker, stronger) {
        (None, _) | (_, Some(Barrier::Full)) => true,
        (Some(Barrier::Compiler), Some(Barrier::Read | Barrier::Write)) => true,
        (a, b) => a == b,
    }
}

/// What stands at a site, as far as its order can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SiteKind {
    /// A barrier.
    Barrier(Barrier),
    /// A marked read: relaxed or acquire.
    Load(Order),
    /// A marked write: relaxed or release.
    Store(Order),
    /// A read-modify-write.
    Rmw(Order),
    /// A `cmpxchg()` that can miss. What an architecture then executes of a full one may order less than of one that
    /// acquires (arm64's `ldxr` against `ldaxr`), so only a relaxed one is weaker than the others.
    Cmpxchg(Order),
    /// Something that has no order to change: a plain access, a lock, a call of RCU, a machine's instruction.
    Other,
}

impl SiteKind {
    pub(crate) fn of(action: Action) -> SiteKind {
        match action {
            Action::Read(order) => SiteKind::Load(order),
            Action::Write(order) => SiteKind::Store(order),
            Action::Fetch(_, order) | Action::Exchanged(order) | Action::Refused(order) => SiteKind::Rmw(order),
            Action::Missed(order) => SiteKind::Cmpxchg(order),
            Action::Atomic(_) => SiteKind::Rmw(Order::Relaxed),
            Action::Peek { .. } | Action::SetBit { .. } => SiteKind::Rmw(Order::Acquire),
            Action::Barrier(barrier) => SiteKind::Barrier(barrier),
            _ => SiteKind::Other,
        }
    }

    /// The changes that weaken it by one step: a full barrier to a read or a write barrier, a weaker one to none; a full
    /// read-modify-write to acquire or release; acquire and release to relaxed.
    pub fn weakenings(self) -> Vec<Change> {
        match self {
            SiteKind::Barrier(Barrier::Full) => {
                vec![Change::Fence(Some(Barrier::Read)), Change::Fence(Some(Barrier::Write))]
            }
            SiteKind::Barrier(_) => vec![Change::Fence(None)],
            SiteKind::Rmw(Order::Full) => vec![Change::Order(Order::Acquire), Change::Order(Order::Release)],
            SiteKind::Load(Order::Acquire)
            | SiteKind::Store(Order::Release)
            | SiteKind::Rmw(Order::Acquire | Order::Release)
            | SiteKind::Cmpxchg(Order::Acquire | Order::Release | Order::Full) => vec![Change::Order(Order::Relaxed)],
            _ => Vec::new(),
        }
    }

    /// The change that takes all its order away, if it has any.
    pub fn removal(self) -> Option<Change> {
        match self {
            SiteKind::Barrier(_) => Some(Change::Fence(None)),
            kind if kind.weakenings().is_empty() => None,
            _ => Some(Change::Order(Order::Relaxed)),
        }
    }
}

/// Changes by site: for mutation, and for finding out which barriers are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sites {
    changes: BTreeMap<Site, Vec<Change>>,
}

impl Sites {
    /// The code as it is written.
    pub fn unchanged() -> Sites {
        Sites::default()
    }

    /// Adds a change; of two that exclude each other the later one counts.
    #[must_use]
    pub fn with(mut self, site: &Site, change: Change) -> Sites {
        self.changes.entry(site.clone()).or_default().push(change);
        self
    }

    pub(crate) fn changes(&self, site: &Site) -> &[Change] {
        self.changes.get(site).map_or(&[], Vec::as_slice)
    }
}
