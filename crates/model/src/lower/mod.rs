//! Lowering: from the source's operations to a machine's (or a language model's) events, as data.
//!
//! A [`Lowering`] is a table. [`lower`] applies it to the traces of one thread.

mod arm64;
mod build;
mod emulate;
mod power64;
mod riscv64;
mod source;
mod x86_64;

use std::sync::Arc;

use fencepost_memory::Order;

use rustc_hash::FxHashSet;

use crate::Tags;
use crate::operation::{Action, Barrier, Datum, Operation, Trace};
use crate::sites::Sites;
use crate::skeleton::Kind;
use crate::symbol::{Symbols, Term};
use crate::valuation::Held;

use emulate::MOST_PLACEMENTS;
pub(crate) use emulate::{Answer, Emulation, hidden_cells};

/// One operation as events: a fence before, the annotations of its read and its write, a fence after.
/// [`Tags::NONE`] where a fence stands means that there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Access {
    pub before: Tags,
    pub read: Tags,
    pub write: Tags,
    pub after: Tags,
}

impl Access {
    /// An access that orders nothing.
    pub const RELAXED: Access = Access { before: Tags::NONE, read: Tags::NONE, write: Tags::NONE, after: Tags::NONE };

    pub const fn before(self, fence: Tags) -> Access {
        Access { before: fence, ..self }
    }

    pub const fn read(self, tags: Tags) -> Access {
        Access { read: tags, ..self }
    }

    pub const fn write(self, tags: Tags) -> Access {
        Access { write: tags, ..self }
    }

    pub const fn both(self, tags: Tags) -> Access {
        Access { read: self.read.and(tags), write: self.write.and(tags), ..self }
    }

    pub const fn branched(self) -> Access {
        Access { read: self.read.and(Tags::BRANCHED), ..self }
    }

    pub const fn after(self, fence: Tags) -> Access {
        Access { after: fence, ..self }
    }
}

/// Exclusive pairs with the branch between load and store, on what was found: all that follows comes after it.
const fn branched([relaxed, acquire, release, full]: ByOrder) -> ByOrder {
    [relaxed.branched(), acquire.branched(), release.branched(), full.branched()]
}

/// Accesses by the order that the source asks for: relaxed, acquire, release, full.
pub(crate) type ByOrder = [Access; 4];

fn by_order(table: &ByOrder, order: Order) -> Access {
    table[match order {
        Order::Relaxed => 0,
        Order::Acquire => 1,
        Order::Release => 2,
        Order::Full => 3,
    }]
}

/// How the vocabulary becomes events.
#[derive(Debug)]
pub struct Lowering {
    /// Its name, such as `arm64 kernel LSE`.
    pub name: &'static str,
    /// A marked read: relaxed, or acquire.
    pub(crate) read: [Access; 2],
    /// A marked write: relaxed, or release.
    pub(crate) write: [Access; 2],
    pub(crate) plain: Access,
    pub(crate) mb: Tags,
    pub(crate) rmb: Tags,
    pub(crate) wmb: Tags,
    pub(crate) barrier: Tags,
    /// `smp_mb__before_atomic()` and `smp_mb__after_atomic()`.
    pub(crate) around_atomic: [Tags; 2],
    pub(crate) after_spinlock: Tags,
    pub(crate) after_unlock_lock: Tags,
    pub(crate) after_srcu_read_unlock: Tags,
    /// An unconditional read-modify-write.
    pub(crate) fetch: ByOrder,
    /// One whose result is not used.
    pub(crate) atomic: Access,
    /// A conditional one that succeeds.
    pub(crate) exchanged: ByOrder,
    /// `cmpxchg()` that finds another value: what was executed all the same.
    pub(crate) missed: ByOrder,
    /// A loop of them that leaves off after it read, having tried none.
    pub(crate) refused: Access,
    /// What `test_and_set_bit_lock` is.
    pub(crate) set_bit: SetBit,
    pub(crate) lock: Access,
    pub(crate) unlock: Access,
    /// Whether the model has read-copy-update of its own; otherwise it is emulated by fences.
    pub(crate) rcu: bool,
    /// What a branch decides.
    pub(crate) branches: Branches,
    /// Whether the compiler makes an exchange of a `fetch_and(0)` and a `fetch_or(!0)`: what they store depends on nothing.
    pub(crate) folds: bool,
    /// Whether the compiler makes less than a read-modify-write of one that changes nothing, as of a `fetch_or(0)`.
    pub(crate) drops_idle: bool,
    /// A lowering for the same model that allows all that this one and some others do, and little more: it is asked once
    /// for all of them.
    pub(crate) weakest: Option<&'static Lowering>,
}

impl Lowering {
    /// The fence that a barrier becomes; [`Tags::NONE`] for none.
    pub(crate) fn fence(&self, barrier: Barrier) -> Tags {
        match barrier {
            Barrier::Full => self.mb,
            Barrier::Read => self.rmb,
            Barrier::Write => self.wmb,
            Barrier::Compiler => self.barrier,
            Barrier::BeforeAtomic => self.around_atomic[0],
            Barrier::AfterAtomic => self.around_atomic[1],
            Barrier::AfterSpinlock => self.after_spinlock,
            Barrier::AfterUnlockLock => self.after_unlock_lock,
            Barrier::AfterSrcuReadUnlock => self.after_srcu_read_unlock,
        }
    }
}

/// What a branch decides, as control dependencies have it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Branches {
    /// All that follows it.
    All,
    /// What lies in its arms; but a closure does not tell where those end. So this lowering takes all that follows up to the
    /// end of the scope, which orders too much, and the other one what is in an arm for certain, which orders too little.
    /// What is so under both is so.
    Open(&'static Lowering),
    /// What lies in its arms for certain.
    Arms,
}

/// The two forms of `test_and_set_bit_lock`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SetBit {
    /// A plain read, and an acquire read-modify-write if it finds the bit clear.
    PeekFirst,
    /// One read-modify-write, which writes and orders also when the bit was set.
    AtOnce(ByOrder),
    /// No more than either: a plain read that finds the bit set, or an acquire read-modify-write.
    Least,
}

/// Every lowering.
pub(crate) mod table {
    pub(crate) use super::arm64::{KERNEL_LLSC as ARM64_KERNEL_LLSC, KERNEL_LSE as ARM64_KERNEL_LSE};
    pub(crate) use super::arm64::{
        RUST_LLSC as ARM64_RUST_LLSC, RUST_LSE as ARM64_RUST_LSE, RUST_RCPC as ARM64_RUST_RCPC,
    };
    pub(crate) use super::power64::{KERNEL as POWER64_KERNEL, RUST as POWER64_RUST};
    pub(crate) use super::riscv64::RUST as RISCV64_RUST;
    pub(crate) use super::riscv64::{KERNEL_AMO as RISCV64_KERNEL_AMO, KERNEL_LRSC as RISCV64_KERNEL_LRSC};
    pub(crate) use super::source::{C11, COMMON, LINUX, SC};
    pub(crate) use super::x86_64::{KERNEL as X86_64_KERNEL, RUST as X86_64_RUST};
}

/// An event of one thread, with its dependencies as sets of this thread's events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LocalEvent {
    pub kind: Kind,
    pub tags: Tags,
    pub cell: Option<u16>,
    pub held: Held,
    /// The values that it can have.
    pub possible: Arc<[Datum]>,
    pub operation: usize,
    pub addr: u128,
    pub data: u128,
    pub ctrl: u128,
    pub pick_addr: u128,
    pub pick_data: u128,
    pub pick_ctrl: u128,
    /// Whether it is the write of the read-modify-write whose read is the event before it.
    pub rmw: bool,
}

/// A run of one thread as events.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Lowered {
    pub events: Vec<LocalEvent>,
    pub symbols: Arc<Symbols>,
    pub results: Vec<Term>,
    /// The place in the thread's list of traces.
    pub trace: usize,
    /// Where it answers other threads' emulated calls.
    pub answers: Vec<Answer>,
}

impl Lowered {
    /// What the thread returned, if the run itself settles that.
    pub fn settled(&self) -> Option<Vec<u64>> {
        let bits = |term: &Term| if let Term::Const(datum) = term { Some(datum.bits) } else { None };
        self.results.iter().map(bits).collect()
    }

    /// Whether it is `weaker` but for events that are ordered more.
    pub fn is_as_strong_as(&self, weaker: &Lowered) -> bool {
        let alike = |(event, weaker): (&LocalEvent, &LocalEvent)| {
            event.tags.is_as_strong_as(weaker.tags) && *event == LocalEvent { tags: event.tags, ..weaker.clone() }
        };
        let same = |of: &Lowered| (of.events.len(), of.trace);
        same(self) == same(weaker)
            && (&self.results, &self.answers, &self.symbols) == (&weaker.results, &weaker.answers, &weaker.symbols)
            && self.events.iter().zip(&weaker.events).all(alike)
    }

    /// Whether an event is the read of a read-modify-write that writes.
    pub fn is_half(&self, event: usize) -> bool {
        self.events.get(event + 1).is_some_and(|next| next.rmw)
    }
}

/// The most events of one thread: dependencies are sets of this many.
const MAX_LOCAL: usize = 128;

/// Why a run of so many events is left out, if it is.
fn is_overlong(events: usize) -> Option<String> {
    (events > MAX_LOCAL).then(|| format!("a run of a thread has {events} events, more than {MAX_LOCAL}"))
}

/// Traces of one thread, each with its place in the thread's list, as events, duplicates removed; and why they are not
/// all, if one has too many events. An error says what has no meaning under this lowering.
pub(crate) fn lower<'t>(
    traces: impl Iterator<Item = (usize, &'t Trace)>,
    lowering: &Lowering,
    sites: &Sites,
    emulation: &Emulation,
) -> Result<(Vec<Lowered>, Option<String>), String> {
    let is_idle = |operation: &Operation| operation.idle && !matches!(operation.action, Action::Machine(..));
    let sleepable = |action| matches!(action, Action::SrcuLock | Action::SrcuUnlock | Action::SrcuGracePeriod);
    let mut seen = FxHashSet::default();
    let (mut all, mut cut) = (Vec::new(), None);
    for (index, trace) in traces {
        if !lowering.rcu && trace.operations.iter().any(|operation| sleepable(operation.action)) {
            return Err(format!("sleepable RCU has a meaning under lkmm, and none under {}", lowering.name));
        }
        if let Some(idle) = trace.operations.iter().find(|operation| lowering.drops_idle && is_idle(operation)) {
            return Err(format!(
                "the read-modify-write at {} changes nothing, and under {} there is no locked instruction where it stands: use \
                 smp_mb(), or a read",
                idle.site, lowering.name
            ));
        }
        let symbols = Arc::new(trace.symbols.clone());
        let placements =
            emulation.placements(trace).filter(|placements| all.len() + placements.len() <= MOST_PLACEMENTS);
        let Some(placements) = placements else {
            return Err(format!("a thread can answer the others' grace periods in more than {MOST_PLACEMENTS} ways"));
        };
        for answers in placements {
            let Some(events) = build::events(trace, lowering, sites, emulation, &answers) else { continue };
            if let Some(why) = is_overlong(events.len()) {
                cut = cut.or(Some(why));
                continue;
            }
            let lowered = Lowered {
                events,
                symbols: Arc::clone(&symbols),
                results: trace.results.clone(),
                trace: index,
                answers,
            };
            if seen.insert(Lowered { trace: 0, answers: Vec::new(), ..lowered.clone() }) {
                all.push(lowered);
            }
        }
    }
    Ok((all, cut))
}

/// A trace as events in which nobody answers calls; `None` if the lowering has no such trace, or it has too many events.
pub(crate) fn lower_unanswered(
    (index, trace): (usize, &Trace),
    lowering: &Lowering,
    sites: &Sites,
    emulation: &Emulation,
) -> Option<Lowered> {
    let events = build::events(trace, lowering, sites, emulation, &[])?;
    if is_overlong(events.len()).is_some() {
        return None;
    }
    let (symbols, results) = (Arc::new(trace.symbols.clone()), trace.results.clone());
    Some(Lowered { events, symbols, results, trace: index, answers: Vec::new() })
}

/// A lowered run again, with other changes.
pub(crate) fn lower_again(
    trace: &Trace,
    run: &Lowered,
    lowering: &Lowering,
    sites: &Sites,
    emulation: &Emulation,
) -> Option<Lowered> {
    let events = build::events(trace, lowering, sites, emulation, &run.answers)?;
    is_overlong(events.len()).is_none().then(|| Lowered { events, ..run.clone() })
}
