//! Values that remember which reads they came from.

use std::cell::RefCell;
use std::ops::{Add, BitAnd, BitOr, BitXor, Not, Sub};
use std::sync::Arc;

use fencepost_memory::Word;

use crate::operation::{Datum, Decision};
use crate::run::{Stop, stop};
use crate::symbol::{Node, Operator, Symbols, Term};

/// Reads of one thread, by their number in program order.
///
/// `picked` are the reads that a value depends on only because a conditional select chose by them, which
/// Arm's model orders less than a computation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Deps {
    pub full: u64,
    pub picked: u64,
}

impl Deps {
    pub const NONE: Deps = Deps { full: 0, picked: 0 };

    /// The dependency on one read.
    pub fn on(read: u8) -> Deps {
        Deps { full: 1 << read, picked: 0 }
    }

    pub fn and(self, other: Deps) -> Deps {
        Deps { full: self.full | other.full, picked: self.picked | other.picked }
    }

    /// The same reads, reached through a select.
    pub fn weakened(self) -> Deps {
        Deps { full: 0, picked: self.full | self.picked }
    }
}

/// The path of the run under way: its terms, the branches taken, and the choices made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Path {
    pub symbols: Symbols,
    /// The reads that decided which way the thread went so far.
    pub branches: Deps,
    /// Those of them in whose arms it may be.
    pub scope: Deps,
    /// Those of them in whose arms it is for certain.
    pub arms: Deps,
    /// What each choice so far took, and of how many.
    pub choices: Vec<(usize, usize)>,
    /// What was settled so far, by branches and by looks from outside.
    pub decisions: Vec<Decision>,
    /// The same with what came of it; more of it, while it follows the run before it.
    pub settled: Vec<Settled>,
    /// The nodes of the run before it, and how many choices lead to where it leaves that: the last of them is another.
    before: Vec<Node>,
    leaves_at: usize,
    /// How many of the choices were made.
    pub depth: usize,
    /// Whether it left the path that its choices were made on.
    pub strayed: bool,
    /// How many [`scoped`] it is inside.
    scopes: usize,
}

/// What came of settling a term.
#[derive(Clone, Debug)]
pub(crate) struct Settled {
    decision: Decision,
    /// How many choices were made by then, and how many nodes.
    depth: usize,
    nodes: usize,
    /// What is left of the domains of the reads under the term.
    left: Vec<(u8, Arc<[Datum]>)>,
}

thread_local! {
    static PATH: RefCell<Path> = RefCell::new(Path::default());
}

/// What a run leaves to the one after it.
#[derive(Default)]
pub(crate) struct Before {
    pub choices: Vec<(usize, usize)>,
    settled: Vec<Settled>,
    nodes: Vec<Node>,
}

/// Begins a run that makes these choices first, of which the last is another than in the run before it.
pub(crate) fn begin_path(before: Before) {
    let Before { choices, mut settled, nodes } = before;
    settled.truncate(settled.partition_point(|settled| settled.depth < choices.len()));
    PATH.set(Path { leaves_at: choices.len(), choices, settled, before: nodes, ..Path::default() });
}

/// Ends the run.
pub(crate) fn end_path() -> Path {
    PATH.take()
}

/// Looks at or changes the path.
pub(crate) fn on_path<R>(f: impl FnOnce(&mut Path) -> R) -> R {
    PATH.with_borrow_mut(f)
}

impl Path {
    /// What it leaves to the run after it.
    pub fn take_before(&mut self) -> Before {
        let (choices, settled) = (std::mem::take(&mut self.choices), std::mem::take(&mut self.settled));
        Before { choices, settled, nodes: self.symbols.nodes.clone() }
    }

    /// Goes on in the arm of a branch on `deps`.
    pub fn enter_arm(&mut self, deps: Deps) {
        self.branch(deps);
        self.arms = self.arms.and(deps);
    }

    fn branch(&mut self, deps: Deps) {
        self.branches = self.branches.and(deps);
        self.scope = self.scope.and(deps);
    }

    /// Goes back to where the path was `then`, to make the same choices again.
    pub fn back_to(&mut self, then: Path) {
        *self = Path { choices: std::mem::take(&mut self.choices), strayed: self.strayed, ..then };
    }

    /// Chooses among alternatives: each is chosen in some run.
    pub fn choose(&mut self, alternatives: usize) -> usize {
        if alternatives == 1 {
            return 0;
        }
        if self.depth == self.choices.len() {
            self.choices.push((0, alternatives));
        }
        self.depth += 1;
        self.strayed |= self.depth == self.leaves_at && !self.computes_the_same(self.symbols.nodes.len());
        let (chosen, of) = self.choices[self.depth - 1];
        self.strayed |= of != alternatives;
        chosen.min(alternatives - 1)
    }

    /// Whether all nodes since something was settled are those of the run before it, which had so many here.
    fn computes_the_same(&self, nodes: usize) -> bool {
        let since = self.decisions.len().checked_sub(1).map_or(0, |last| self.settled[last].nodes);
        self.symbols.nodes.get(since..) == self.before.get(since..nodes)
    }

    fn settle(&mut self, term: Term) -> Result<u64, Stop> {
        let reads = self.symbols.reads(term);
        if let Some(known) = self.settled.get(self.decisions.len()) {
            if known.decision.term == term && self.computes_the_same(known.nodes) {
                let Settled { decision, depth, left, .. } = known;
                self.symbols.narrow(term, decision.bits, left);
                self.depth = *depth;
                self.decisions.push(*decision);
                return Ok(decision.bits);
            }
            self.strayed = true;
            self.settled.truncate(self.decisions.len());
        }
        let Some(possible) = self.symbols.possible(term) else {
            return Err(Stop::Cut("one value is computed from too many others".into()));
        };
        if possible.is_empty() {
            return Err(Stop::Blocked);
        }
        let bits = possible[self.choose(possible.len())];
        let branch = reads & !self.scope.full == 0;
        let decision = Decision { term, bits, alternatives: possible.len() as u32, branch };
        let left = self.symbols.left(term, bits);
        self.symbols.narrow(term, bits, &left);
        self.decisions.push(decision);
        self.settled.push(Settled { decision, depth: self.depth, nodes: self.symbols.nodes.len(), left });
        Ok(bits)
    }
}

/// Settles the bits of a term: one run for each value that it can have.
pub(crate) fn settle(term: Term) -> u64 {
    if let Term::Const(datum) = term {
        return datum.bits;
    }
    on_path(|path| path.settle(term)).unwrap_or_else(|why| stop(why))
}

/// Records a branch on `deps`.
pub(crate) fn branch_on(deps: Deps) {
    on_path(|path| {
        if path.scopes > 0 {
            path.enter_arm(deps);
        } else {
            path.branch(deps);
        }
    });
}

/// Runs `body`, whose operations alone lie in the arms of what it branches on. A machine goes on past a branch with all
/// that follows, wherever the arms end in the source.
pub(crate) fn scoped<R>(body: impl FnOnce() -> R) -> R {
    let before = on_path(|path| {
        path.scopes += 1;
        (path.scope, path.arms)
    });
    let result = body();
    on_path(|path| {
        path.scopes -= 1;
        (path.scope, path.arms) = before;
    });
    result
}

/// The checker's [`Word`]: a value that is computed from reads, whatever those will return.
///
/// It depends on every read in the expression, as in assembly, even where that always comes to the same, as `r ^ r` does. A
/// compiler puts the constant there: write such an expression only to ask about a machine's instructions.
#[derive(Clone, Copy, Debug)]
pub struct Value {
    pub(crate) term: Term,
    pub(crate) deps: Deps,
}

impl Value {
    /// The constant 0.
    pub const ZERO: Value = Value { term: Term::Const(Datum { bits: 0, life: 0 }), deps: Deps::NONE };

    fn join(self, operator: Operator, other: Value) -> Value {
        let term = on_path(|path| path.symbols.join(operator, self.term, other.term));
        Value { term, deps: self.deps.and(other.deps) }
    }

    /// Whether it equals `other`, settled without a branch.
    pub fn equals(self, other: Value) -> bool {
        settle(self.join(Operator::Equal, other).term) == 1
    }
}

impl From<u64> for Value {
    fn from(bits: u64) -> Value {
        Value { term: Term::from(bits), deps: Deps::NONE }
    }
}

impl Word for Value {
    fn get(self) -> u64 {
        branch_on(self.deps);
        settle(self.term)
    }

    fn observe(self) -> u64 {
        settle(self.term)
    }

    fn life(self) -> u32 {
        let term = match self.term {
            Term::Const(Datum { life, .. }) => return u32::from(life),
            term => on_path(|path| path.symbols.node(Node::LifeOf(term))),
        };
        settle(term) as u32
    }

    fn is(self, value: u64) -> bool {
        branch_on(self.deps);
        self.equals(value.into())
    }

    fn test(self, mask: u64) -> bool {
        branch_on(self.deps);
        !(self & mask.into()).equals(0.into())
    }
}

macro_rules! operator {
    ($operator:ident, $method:ident) => {
        impl $operator for Value {
            type Output = Value;
            fn $method(self, other: Value) -> Value {
                self.join(Operator::$operator, other)
            }
        }
    };
    ($operator:ident, $method:ident, $own:ident) => {
        impl $operator for Value {
            type Output = Value;
            fn $method(self, other: Value) -> Value {
                self.join(Operator::$own, other)
            }
        }
    };
}

operator!(Add, add);
operator!(Sub, sub);
operator!(BitAnd, bitand, And);
operator!(BitOr, bitor, Or);
operator!(BitXor, bitxor, Xor);

impl Not for Value {
    type Output = Value;
    fn not(self) -> Value {
        self ^ u64::MAX.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two reads of 0 or 1, each settled with a constant added.
    fn run(before: Before, constants: [u64; 2]) -> Path {
        begin_path(before);
        let read = |number| {
            let domain = [0, 1].map(|bits| Datum { bits, life: 0 });
            let term = on_path(|path| {
                path.symbols.domains.push(domain.into());
                path.symbols.node(Node::Read(number))
            });
            Value { term, deps: Deps::on(number) }
        };
        for (number, constant) in (0..).zip(constants) {
            (read(number) + constant.into()).observe();
        }
        end_path()
    }

    #[test]
    fn a_run_that_computes_something_else_than_the_one_before_it_is_noticed() {
        for (constants, strays) in [([0, 0], false), ([2, 0], true), ([0, 2], true)] {
            let mut first = run(Before::default(), [0, 0]);
            let mut before = first.take_before();
            assert_eq!((first.strayed, &before.choices), (false, &vec![(0, 2), (0, 2)]));
            before.choices[1].0 = 1;
            assert_eq!(run(before, constants).strayed, strays, "{constants:?}");
        }
    }
}
