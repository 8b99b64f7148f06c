//! What a run does, in a form that is the same for runs that do the same.

use std::sync::Arc;

use crate::lower::{LocalEvent, Lowered};
use crate::operation::Datum;
use crate::symbol::{Node, Operator, Symbols, Term};
use crate::valuation::Held;

/// A run's events, what its branches ask of the reads among them, and what it returns.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Shape {
    /// With what each writes.
    events: Vec<(LocalEvent, Option<Shaped>)>,
    demands: Vec<(Shaped, u64)>,
    results: Vec<Shaped>,
}

/// A term with its reads named by their places in the run.
#[derive(PartialEq, Eq, Hash)]
enum Shaped {
    Const(Datum),
    Read(usize),
    /// What a read may return that is not in the run.
    Elsewhere(Arc<[Datum]>),
    Join(Operator, Box<(Shaped, Shaped)>),
    LifeOf(Box<Shaped>),
}

impl Shape {
    /// The shape of a run, with those of its branches' demands that count: by the reads that they are about, and the reads
    /// that are in the run.
    pub fn of(run: &Lowered, counts: impl Fn(u64, u64) -> bool) -> Shape {
        let place = |number: u8| run.events.iter().position(|event| event.held == Held::Read(Some(number)));
        let shaped = |term: Term| Shaped::of(&run.symbols, term, &place);
        let written = |event: &LocalEvent| if let Held::Write(term) = event.held { Some(shaped(term)) } else { None };
        let events = run
            .events
            .iter()
            .map(|event| (LocalEvent { held: Held::Nothing, operation: 0, ..event.clone() }, written(event)));
        let number = |event: &LocalEvent| if let Held::Read(number) = event.held { number } else { None };
        let here = run.events.iter().filter_map(number).fold(0, |here, number| here | 1 << number);
        let demands = run.symbols.constraints.iter().filter(|&&(term, _)| counts(run.symbols.reads(term), here));
        Shape {
            events: events.collect(),
            demands: demands.map(|&(term, bits)| (shaped(term), bits)).collect(),
            results: run.results.iter().copied().map(shaped).collect(),
        }
    }
}

impl Shaped {
    fn of(symbols: &Symbols, term: Term, place: &impl Fn(u8) -> Option<usize>) -> Shaped {
        let shaped = |term| Shaped::of(symbols, term, place);
        match term {
            Term::Const(datum) => Shaped::Const(datum),
            Term::Node(node) => match symbols.nodes[node as usize] {
                Node::Read(number) => match place(number) {
                    Some(place) => Shaped::Read(place),
                    None => Shaped::Elsewhere(symbols.domains[usize::from(number)].clone()),
                },
                Node::Join(operator, a, b) => Shaped::Join(operator, Box::new((shaped(a), shaped(b)))),
                Node::LifeOf(a) => Shaped::LifeOf(Box::new(shaped(a))),
            },
        }
    }
}
