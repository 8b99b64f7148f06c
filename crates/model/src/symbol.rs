//! Values that are not known yet: terms over the reads of one thread.
//!
//! A run of a thread does not fix what its reads return. It fixes, branch by branch, what is asked of them; what a
//! read returns is settled when the search decides from which write it reads. So a thread has about as many runs
//! as it has paths, however many values go round.

use std::sync::Arc;

use crate::operation::Datum;

/// A constant, or a node of a run's terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Term {
    Const(Datum),
    Node(u32),
}

impl From<u64> for Term {
    fn from(bits: u64) -> Term {
        Term::Const(Datum { bits, life: 0 })
    }
}

/// What two values are joined by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// `+`, with wrap-around.
    Add,
    /// `-`, with wrap-around.
    Sub,
    /// `&`
    And,
    /// `|`
    Or,
    /// `^`
    Xor,
    /// 1 if equal, else 0.
    Equal,
    /// The bits of the first, the life of the second.
    Life,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Node {
    /// What the read of this number returns.
    Read(u8),
    Join(Operator, Term, Term),
    /// The life of a value, as bits.
    LifeOf(Term),
}

impl Operator {
    pub(crate) fn apply(self, a: Datum, b: Datum) -> Datum {
        let life = if a.life == 0 { b.life } else { a.life };
        let bits = match self {
            Operator::Add => a.bits.wrapping_add(b.bits),
            Operator::Sub => a.bits.wrapping_sub(b.bits),
            Operator::And => a.bits & b.bits,
            Operator::Or => a.bits | b.bits,
            Operator::Xor => a.bits ^ b.bits,
            Operator::Equal => return Datum { bits: u64::from(a.bits == b.bits), life: 0 },
            Operator::Life => return Datum { bits: a.bits, life: b.life },
        };
        Datum { bits, life }
    }
}

/// The terms of one run, what its reads may return, and what its branches ask of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Symbols {
    pub nodes: Vec<Node>,
    /// By number of a read: what it may return.
    pub domains: Vec<Arc<[Datum]>>,
    /// Terms over several reads, with the bits that they must have.
    pub constraints: Vec<(Term, u64)>,
}

/// The most combinations of values of the reads under one term that are told apart.
const MAX_ASSIGNMENTS: usize = 4096;

impl Symbols {
    /// A new node, or a constant where it is one.
    pub fn join(&mut self, operator: Operator, a: Term, b: Term) -> Term {
        // A value does not hang on a read that gives it the same life whatever it returns.
        let life = if operator == Operator::Life { self.only_life(b) } else { None };
        let b = life.map_or(b, |life| Term::Const(Datum { bits: 0, life }));
        match (operator, a, b) {
            (_, Term::Const(a), Term::Const(b)) => Term::Const(operator.apply(a, b)),
            (Operator::Xor | Operator::Sub, a, b) if a == b => Term::from(0),
            _ => self.node(Node::Join(operator, a, b)),
        }
    }

    /// The life of a read's value, if all that it may return have the same.
    fn only_life(&self, term: Term) -> Option<u8> {
        let Term::Node(node) = term else { return None };
        let Node::Read(number) = self.nodes[node as usize] else { return None };
        let mut lives = self.domains[usize::from(number)].iter().map(|datum| datum.life);
        let first = lives.next()?;
        lives.all(|life| life == first).then_some(first)
    }

    pub fn node(&mut self, node: Node) -> Term {
        self.nodes.push(node);
        Term::Node(self.nodes.len() as u32 - 1)
    }

    /// The value of a term, if that of every read under it is known.
    pub fn value(&self, term: Term, read: &impl Fn(u8) -> Option<Datum>) -> Option<Datum> {
        match term {
            Term::Const(datum) => Some(datum),
            Term::Node(node) => match self.nodes[node as usize] {
                Node::Read(number) => read(number),
                Node::Join(operator, a, b) => Some(operator.apply(self.value(a, read)?, self.value(b, read)?)),
                Node::LifeOf(a) => Some(Datum { bits: u64::from(self.value(a, read)?.life), life: 0 }),
            },
        }
    }

    /// The reads under a term, as a set of numbers.
    pub fn reads(&self, term: Term) -> u64 {
        match term {
            Term::Const(_) => 0,
            Term::Node(node) => match self.nodes[node as usize] {
                Node::Read(number) => 1 << number,
                Node::Join(_, a, b) => self.reads(a) | self.reads(b),
                Node::LifeOf(a) => self.reads(a),
            },
        }
    }

    /// Whether a term is the same for reads that return no bit and for reads that return every one, as `x & 0` is.
    pub fn is_saturated(&self, term: Term) -> bool {
        let bits = |bits| self.value(term, &|_| Some(Datum { bits, life: 0 })).map(|datum| datum.bits);
        bits(0) == bits(u64::MAX)
    }

    /// Calls `see` with every combination of values of these reads that the constraints allow; `None` if they are too many.
    pub fn each_assignment(&self, reads: u64, mut see: impl FnMut(&[(u8, Datum)])) -> Option<()> {
        let domain = |number: u8| &*self.domains[usize::from(number)];
        let mut all: usize = 1;
        for number in numbers(reads) {
            all = Some(all * domain(number).len()).filter(|&all| all <= MAX_ASSIGNMENTS)?;
        }
        let relevant: Vec<_> = self.constraints.iter().filter(|(term, _)| self.reads(*term) & !reads == 0).collect();
        let mut assignment: Vec<(u8, Datum)> = numbers(reads).map(|number| (number, Datum::default())).collect();
        for place in 0..all {
            let mut rest = place;
            for (number, datum) in assignment.iter_mut().rev() {
                let domain = domain(*number);
                (*datum, rest) = (domain[rest % domain.len()], rest / domain.len());
            }
            let holds =
                |&&(term, bits): &&(Term, u64)| self.under(term, &assignment).is_some_and(|datum| datum.bits == bits);
            if relevant.iter().all(holds) {
                see(&assignment);
            }
        }
        Some(())
    }

    /// The value of a term under an assignment.
    pub fn under(&self, term: Term, assignment: &[(u8, Datum)]) -> Option<Datum> {
        self.value(term, &|number| assignment.iter().find(|(read, _)| *read == number).map(|(_, datum)| *datum))
    }

    /// The bits that a term can have, in ascending order; `None` if there are too many combinations to tell.
    pub fn possible(&self, term: Term) -> Option<Vec<u64>> {
        let mut possible = Vec::new();
        let see = |assignment: &[_]| possible.extend(self.under(term, assignment).map(|datum| datum.bits));
        self.each_assignment(self.reads(term), see)?;
        possible.sort_unstable();
        possible.dedup();
        Some(possible)
    }

    /// What is left of the domains of the reads under a term that has these bits, of which [`Symbols::possible`] told that it
    /// can have them.
    pub fn left(&self, term: Term, bits: u64) -> Vec<(u8, Arc<[Datum]>)> {
        let reads = self.reads(term);
        let mut left: Vec<(u8, Datum)> = Vec::new();
        let all = self.each_assignment(reads, |assignment| {
            if self.under(term, assignment).is_some_and(|datum| datum.bits == bits) {
                left.extend(assignment);
            }
        });
        debug_assert!(all.is_some(), "possible() told that they are few");
        left.sort_unstable();
        let of = |number| {
            let domain = self.domains[usize::from(number)].iter().copied();
            (number, domain.filter(|&datum| left.binary_search(&(number, datum)).is_ok()).collect())
        };
        numbers(reads).map(of).collect()
    }

    /// Demands that a term has these bits, which narrows the domains to what is left.
    pub fn narrow(&mut self, term: Term, bits: u64, left: &[(u8, Arc<[Datum]>)]) {
        if left.len() > 1 {
            self.constraints.push((term, bits));
        }
        left.iter().for_each(|(number, left)| self.domains[usize::from(*number)].clone_from(left));
    }
}

/// The numbers in a set of reads.
pub(crate) fn numbers(reads: u64) -> impl Iterator<Item = u8> {
    (0..64).filter(move |number| reads >> number & 1 == 1)
}
