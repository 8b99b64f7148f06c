//! From a cycle's edges to threads, locations and values.
//!
//! Locations change along the edges that say so. The writes to one location get the values 1, 2, 3, … in the order
//! in which the cycle passes them, which is their coherence order in the execution that the cycle stands for, and a
//! read gets the value of the last write that was passed. Reads and final values that tell this execution from
//! others are the test's condition. Where a location has three writes or more, its final value does not fix their
//! order: a thread of its own reads it as often as it is written.

use std::ops::Range;

use super::Cycle;
use super::catalogue::catalogue;
use super::edge::{Annotation, Dependency, Dir, Edge, Fence, Link, On, Rmw, Section, Shown};

/// A test as data: what each thread does, and what is asked.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub threads: Vec<Thread>,
    /// The number of locations.
    pub cells: usize,
    /// What is looked at, and what it is where the cycle is there.
    pub condition: Vec<(Variable, u64)>,
}

/// Something that a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable {
    /// A result of a thread.
    Result { thread: usize, index: usize },
    /// The final value of a location.
    Cell(usize),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Thread {
    pub steps: Vec<Step>,
    /// The number of its results: what reads return, in program order, and last, if there is any, the number of
    /// exclusive pairs that succeeded.
    pub results: usize,
    /// The number of exclusive pairs.
    pub pairs: usize,
}

/// One access or read-modify-write, with what stands around it.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub act: Act,
    pub cell: usize,
    /// What its read returns in the cycle's own execution.
    pub expect: u64,
    /// The place of what it reads among the thread's results.
    pub shown: Option<usize>,
    /// How it depends on the read of the step before.
    pub depends: Option<&'static Dependency>,
    /// Whether an RCU read-side critical section begins right before it, and whether one ends right after it.
    pub rcu: (bool, bool),
    /// The same for the spinlock.
    pub lock: (bool, bool),
    /// The fence after it.
    pub fence: Option<&'static Fence>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Read(&'static Annotation),
    Write(&'static Annotation, u64),
    Rmw(Exchange),
}

/// A read-modify-write.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exchange {
    pub form: &'static Rmw,
    pub read: &'static Annotation,
    pub write: &'static Annotation,
    /// What it stores, adds, or changes bits by.
    pub operand: u64,
}

impl Exchange {
    /// How its annotations are written in the name of the instruction or function.
    pub fn order(&self) -> &'static str {
        let annotations = (self.read.name, self.write.name);
        self.form.orders.iter().find(|&&(a, b, _)| (a, b) == annotations).map_or("", |(.., text)| text)
    }
}

/// An access of the cycle.
struct Node {
    cell: usize,
    /// What the location holds when it comes, and when it has been there.
    old: u64,
    value: u64,
    /// For a write: its place in coherence order, from 1.
    rank: u64,
}

/// The edges around a cycle, with the node that each begins at.
struct Walk<'c> {
    edges: &'c [Edge],
    nodes: Vec<Node>,
    /// Where a location's accesses begin: they follow each other along the cycle.
    start: usize,
}

impl Shape {
    pub fn of(cycle: &Cycle) -> Shape {
        let walk = Walk::of(&cycle.edges);
        let cells = walk.nodes.iter().map(|node| node.cell + 1).max().unwrap_or(0);
        let mut shape = Shape { threads: Vec::new(), cells, condition: Vec::new() };
        shape.memory(&walk, &catalogue(cycle.dialect()).annotations[0]);
        let mut first = 0;
        for (last, _) in cycle.edges.iter().enumerate().filter(|(_, edge)| edge.external) {
            shape.thread(&walk, first..last + 1);
            first = last + 1;
        }
        shape
    }

    /// The conditions on final values, and the observing threads.
    fn memory(&mut self, walk: &Walk<'_>, plain: &'static Annotation) {
        for cell in 0..self.cells {
            let writes: Vec<_> = walk.writes(cell).collect();
            let Some(&last) = writes.last() else { continue };
            if writes.len() == 2 || walk.exchanges(cell) {
                self.condition.push((Variable::Cell(cell), walk.nodes[last].value));
            }
            if writes.len() >= 3 {
                let mut observer = Thread::default();
                for write in writes {
                    let step = Step::new(Act::Read(plain), cell, walk.nodes[write].value);
                    self.push(&mut observer, step, true);
                }
                self.threads.push(observer);
            }
        }
    }

    fn thread(&mut self, walk: &Walk<'_>, nodes: Range<usize>) {
        let mut thread = Thread::default();
        let mut at = nodes.start;
        while at < nodes.end {
            let edge = &walk.edges[at];
            let node = &walk.nodes[at];
            let annotation = edge.source.annotation;
            let act = match (edge.link, edge.source.dir) {
                (Link::Rmw(form), _) => Act::Rmw(Exchange {
                    form,
                    read: annotation,
                    write: edge.target.annotation,
                    operand: walk.nodes[at + 1].rank,
                }),
                (_, Dir::Read) => Act::Read(annotation),
                (_, Dir::Write) => Act::Write(annotation, node.value),
            };
            // The edges that lead here and away, the inner one of a read-modify-write aside.
            let last = if let Act::Rmw(_) = act { at + 1 } else { at };
            let comes = if at == nodes.start { None } else { Some(walk.edges[at - 1].link) };
            let goes = if last + 1 == nodes.end { None } else { Some(walk.edges[last].link) };

            let mut step = Step::new(act, node.cell, node.old);
            if let Some(Link::Depends(dependency)) = comes {
                step.depends = Some(dependency);
            }
            if let Some(Link::Fence(fence)) = goes {
                step.fence = Some(fence);
            }
            let is = |link: Option<Link>, section| matches!(link, Some(Link::Section(s)) if s == section);
            step.rcu = (is(goes, Section::Rcu), is(comes, Section::Rcu));
            let (joined, joins) = (is(comes, Section::Locked), is(goes, Section::Locked));
            let locked = joined || joins || is(comes, Section::Relocked) || is(goes, Section::Relocked);
            step.lock = (locked && !joined, locked && !joins);

            let shown = walk.shows(at);
            self.push(&mut thread, step, shown);
            at = last + 1;
        }
        if thread.pairs > 0 {
            let counter = Variable::Result { thread: self.threads.len(), index: thread.results };
            self.condition.push((counter, thread.pairs as u64));
            thread.results += 1;
        }
        self.threads.push(thread);
    }

    fn push(&mut self, thread: &mut Thread, mut step: Step, shown: bool) {
        if shown {
            let variable = Variable::Result { thread: self.threads.len(), index: thread.results };
            self.condition.push((variable, step.expect));
            step.shown = Some(thread.results);
            thread.results += 1;
        }
        if let Act::Rmw(exchange) = step.act {
            thread.pairs += usize::from(exchange.form.op.is_pair());
        }
        thread.steps.push(step);
    }
}

impl Step {
    fn new(act: Act, cell: usize, expect: u64) -> Step {
        Step { act, cell, expect, shown: None, depends: None, rcu: (false, false), lock: (false, false), fence: None }
    }
}

impl<'c> Walk<'c> {
    fn of(edges: &'c [Edge]) -> Walk<'c> {
        let mut cell = 0;
        let last_change = edges.iter().rposition(|edge| !edge.same);
        let mut nodes = Vec::with_capacity(edges.len());
        for (at, edge) in edges.iter().enumerate() {
            nodes.push(Node { cell, old: 0, value: 0, rank: 0 });
            if !edge.same {
                cell = if Some(at) == last_change { 0 } else { cell + 1 };
            }
        }
        let start = last_change.map_or_else(|| start_of_one_location(edges), |change| change + 1) % edges.len();
        let mut walk = Walk { edges, nodes, start };
        walk.values();
        walk
    }

    /// The accesses, location by location.
    fn around(&self) -> impl Iterator<Item = usize> + use<> {
        let (n, start) = (self.edges.len(), self.start);
        (0..n).map(move |step| (start + step) % n)
    }

    fn values(&mut self) {
        let (mut rank, mut value) = (0, 0);
        for at in self.around() {
            let before = self.before(at);
            if !before.same {
                (rank, value) = (0, 0);
            }
            self.nodes[at].old = value;
            if self.edges[at].source.dir == Dir::Write {
                rank += 1;
                value = match before.link {
                    Link::Rmw(form) => form.op.stores(value, rank),
                    _ => rank,
                };
                self.nodes[at].rank = rank;
            }
            self.nodes[at].value = value;
        }
    }

    /// The edge that leads to an access.
    fn before(&self, at: usize) -> &'c Edge {
        &self.edges[(at + self.edges.len() - 1) % self.edges.len()]
    }

    /// The writes to a location, in coherence order.
    fn writes(&self, cell: usize) -> impl Iterator<Item = usize> + '_ {
        let wanted = move |&at: &usize| self.nodes[at].cell == cell && self.edges[at].source.dir == Dir::Write;
        self.around().filter(wanted)
    }

    /// Whether a write to a location is made by an exchange.
    fn exchanges(&self, cell: usize) -> bool {
        self.writes(cell).any(|at| self.edges[at].source.annotation.on == On::Exchanges)
    }

    /// Whether what an access reads is part of the condition: its location is written, and an edge around it says
    /// something about its value.
    fn shows(&self, at: usize) -> bool {
        let edge = &self.edges[at];
        let reads = match edge.link {
            Link::Rmw(form) => form.result != Shown::Never,
            _ => edge.source.dir == Dir::Read || edge.source.annotation.on == On::Exchanges,
        };
        let tells = |edge: &Edge| match edge.link {
            Link::Rmw(form) => form.result == Shown::Always,
            _ => edge.same,
        };
        reads && self.writes(self.nodes[at].cell).next().is_some() && (tells(self.before(at)) || tells(edge))
    }
}

/// Where all accesses are to one location, its accesses begin at one that a communication leaves and none leads to:
/// at a read, if there is such a one.
fn start_of_one_location(edges: &[Edge]) -> usize {
    let within = |edge: &Edge| edge.communicates() || matches!(edge.link, Link::Rmw(_));
    let starts = |at: &usize| within(&edges[*at]) && !within(&edges[(*at + edges.len() - 1) % edges.len()]);
    let read = |at: &usize| edges[*at].source.dir == Dir::Read;
    (0..edges.len()).filter(starts).find(read).or_else(|| (0..edges.len()).find(starts)).unwrap_or(0)
}
