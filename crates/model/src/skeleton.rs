//! One run of each thread, put together: the events and all relations that program order decides.

use std::sync::Arc;

use crate::Tags;
use crate::operation::Datum;
use crate::relation::{Rel, Set};
use crate::symbol::{Symbols, Term, numbers};
use crate::valuation::Held;

/// What an event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// It reads a cell.
    Read,
    /// It writes a cell.
    Write,
    /// It is a fence.
    Fence,
}

/// One event of an execution.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Event {
    /// Its thread; `None` for an initial write.
    pub thread: Option<usize>,
    /// What it does.
    pub kind: Kind,
    /// Its annotations.
    pub tags: Tags,
    /// Its cell; `None` for a fence.
    pub cell: Option<u16>,
    /// The operation of its thread that it belongs to.
    pub operation: usize,
}

/// The events of one run of each thread, initial writes first, and the relations that do not depend on who
/// reads from whom: what a model's static part is computed from.
#[derive(Clone, Debug)]
pub struct Skeleton {
    /// The events, initial writes first, then thread by thread in program order.
    pub events: Vec<Event>,
    /// Program order, transitive. Initial writes are in no program order.
    pub po: Rel,
    /// Accesses to the same cell.
    pub loc: Rel,
    /// `po & loc`.
    pub po_loc: Rel,
    /// Events of one thread; an initial write is a thread of its own.
    pub int: Rel,
    /// Address dependencies, from reads.
    pub addr: Rel,
    /// Data dependencies, from reads to writes.
    pub data: Rel,
    /// Control dependencies, from reads to everything after the branch.
    pub ctrl: Rel,
    /// Address dependencies through a conditional select.
    pub pick_addr: Rel,
    /// Data dependencies through a conditional select.
    pub pick_data: Rel,
    /// Control dependencies through a conditional select.
    pub pick_ctrl: Rel,
    /// The read and the write of one read-modify-write.
    pub rmw: Rel,
    /// All reads.
    pub r: Set,
    /// All writes.
    pub w: Set,
    /// All fences.
    pub f: Set,
    /// Initial writes.
    pub iw: Set,
    /// By event: what it holds.
    pub(crate) held: Vec<Held>,
    /// By event: the values that it can have.
    pub(crate) possible: Vec<Arc<[Datum]>>,
    /// By thread: the terms of its run.
    pub(crate) symbols: Vec<Arc<Symbols>>,
    /// By read: the writes of its thread that are computed from it.
    pub(crate) computed_from: Vec<Set>,
    /// By thread and number of a read: its event.
    pub(crate) reads: Vec<[Option<usize>; 64]>,
}

impl Skeleton {
    /// The number of events.
    pub fn size(&self) -> usize {
        self.events.len()
    }

    /// Reads and writes.
    pub fn m(&self) -> Set {
        self.r | self.w
    }

    /// The events with every annotation of `tags`.
    pub fn tagged(&self, tags: Tags) -> Set {
        self.those(|event| event.tags.has(tags))
    }

    /// The events of which `is` holds.
    pub fn those(&self, is: impl Fn(&Event) -> bool) -> Set {
        (0..self.size()).filter(|&event| is(&self.events[event])).collect()
    }

    /// The reads that a term of a thread is made of.
    pub(crate) fn reads_under(&self, thread: usize, term: Term) -> Set {
        let reads = numbers(self.symbols[thread].reads(term));
        reads.filter_map(|number| self.reads[thread][usize::from(number)]).collect()
    }

    /// What comes before an event in program order.
    pub(crate) fn po_before(&self, event: usize) -> Set {
        (0..event).filter(|&earlier| self.po.has(earlier, event)).collect()
    }

    /// A part: these events and no other, in their order, whatever they hold; and the dependencies among them, if `depends`.
    pub(crate) fn part(&self, events: &[usize], depends: bool) -> Skeleton {
        let among = |rel: &Rel| rel.among(events);
        let dependency = |rel: &Rel| if depends { among(rel) } else { Rel::empty(events.len()) };
        let those = |set: Set| (0..events.len()).filter(|&event| set.has(events[event])).collect();
        Skeleton {
            events: events.iter().map(|&event| self.events[event].clone()).collect(),
            po: among(&self.po),
            loc: among(&self.loc),
            po_loc: among(&self.po_loc),
            int: among(&self.int),
            addr: dependency(&self.addr),
            data: dependency(&self.data),
            ctrl: dependency(&self.ctrl),
            pick_addr: dependency(&self.pick_addr),
            pick_data: dependency(&self.pick_data),
            pick_ctrl: dependency(&self.pick_ctrl),
            rmw: among(&self.rmw),
            r: those(self.r),
            w: those(self.w),
            f: those(self.f),
            iw: those(self.iw),
            held: vec![Held::Nothing; events.len()],
            possible: vec![Arc::default(); events.len()],
            symbols: self.symbols.clone(),
            computed_from: vec![Set::default(); events.len()],
            reads: Vec::new(),
        }
    }

    /// `[S]`.
    pub fn on(&self, set: Set) -> Rel {
        Rel::on(self.size(), set)
    }

    /// `A × B`.
    pub fn product(&self, a: Set, b: Set) -> Rel {
        Rel::product(self.size(), a, b)
    }

    /// The empty relation.
    pub fn none(&self) -> Rel {
        Rel::empty(self.size())
    }

    /// `po;[F];po`: across a fence.
    pub fn across(&self, fences: Set) -> Rel {
        self.po.to(fences).then(&self.po)
    }
}

/// A skeleton with reads-from and coherence.
///
/// While the search is under way `rf` and `co` hold what is already decided; a model's axioms only use them in
/// ways in which more pairs give larger relations, so that an axiom that fails then fails for good.
#[derive(Clone, Debug)]
pub struct Execution<'s> {
    /// The events and static relations.
    pub skeleton: &'s Skeleton,
    /// Reads-from: a write, and a read of its value.
    pub rf: Rel,
    /// Coherence: the order of the writes to each cell, transitive.
    pub co: Rel,
    /// From-reads: `rf⁻¹;co`.
    pub fr: Rel,
    /// Reads-from between threads.
    pub rfe: Rel,
    /// Coherence between threads.
    pub coe: Rel,
    /// From-reads between threads.
    pub fre: Rel,
    /// Whether it is known to be coherent and atomic.
    is_coherent: bool,
}

impl<'s> Execution<'s> {
    /// The execution with these choices.
    pub fn new(skeleton: &'s Skeleton, rf: Rel, co: Rel) -> Execution<'s> {
        let mut fr = skeleton.none();
        rf.pairs().for_each(|(write, read)| fr.insert_all(read, co.row(write)));
        let (rfe, coe, fre) = (&rf - &skeleton.int, &co - &skeleton.int, &fr - &skeleton.int);
        Execution { skeleton, rf, co, fr, rfe, coe, fre, is_coherent: false }
    }

    /// The same, for choices of which it is known that they are coherent and atomic.
    pub(crate) fn known_coherent(self) -> Execution<'s> {
        Execution { is_coherent: true, ..self }
    }

    /// Reads-from inside a thread.
    pub fn rfi(&self) -> Rel {
        &self.rf & &self.skeleton.int
    }

    /// `(rf | co | fr)⁺` among these accesses, with each of its chains in its shortest form: since `co` is transitive and a
    /// read has one write, a chain is `rf`, or `co | fr`, or one of these with an `rf` behind it.
    pub fn eco(&self, among: Set) -> Rel {
        let [rf, overwrite] = [&self.rf, &(&self.co | &self.fr)].map(|rel| rel.from(among).to(among));
        let chains = overwrite.then(&rf);
        rf | overwrite | chains
    }

    /// Pairs of reads that are known to read from different writes.
    pub fn read_differently(&self) -> Rel {
        let s = self.skeleton;
        let decided = self.rf.range();
        s.product(decided, decided) - self.rf.inverse().then(&self.rf)
    }

    /// `acyclic(po-loc | rmw | rf | co | fr)`: sequential consistency for each location.
    pub fn coherent(&self) -> bool {
        self.is_coherent || (&self.skeleton.po_loc | &self.skeleton.rmw | &self.rf | &self.co | &self.fr).acyclic()
    }

    /// `empty(rmw & (fre;coe))`: nothing comes between the halves of a read-modify-write.
    pub fn atomic(&self) -> bool {
        self.is_coherent || (&self.skeleton.rmw & self.fre.then(&self.coe)).is_empty()
    }
}
