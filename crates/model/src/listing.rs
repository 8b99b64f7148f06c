//! The runs of a program's threads as data, for whoever writes the program down in another notation.

use std::collections::{BTreeSet, HashMap};
use std::slice;

use crate::checker::Checker;
use crate::operation::{Action, Datum, Site, Trace};
use crate::symbol::{Node, Operator, Symbols, Term};
use crate::witness::Witness;

/// A program as the runs of its threads: what [`Checker::listing`] gives.
#[derive(Clone, Debug)]
pub struct Listing {
    /// By cell: its name.
    pub names: Vec<String>,
    /// By cell: its initial value.
    pub init: Vec<u64>,
    /// By thread: its name.
    pub threads: Vec<String>,
    /// By thread: its runs. All runs of one thread are the paths of a tree, which the [`Look`]s tell apart.
    pub runs: Vec<Vec<Run>>,
    /// One run of each thread, as places in their lists: those that can go together under any model.
    pub together: Vec<Vec<usize>>,
}

/// One path through the code of a thread, with reads that return whatever other threads write.
#[derive(Clone, Debug)]
pub struct Run {
    /// What it does, in program order.
    pub operations: Vec<Operation>,
    /// What it settles of the values that it reads, in order.
    pub looks: Vec<Look>,
    /// By number of a read: what it can return on this path.
    pub domains: Vec<Vec<Datum>>,
    /// What the thread returns.
    pub results: Vec<u64>,
}

/// An operation of a run.
#[derive(Clone, Debug)]
pub struct Operation {
    /// What it is.
    pub action: Action,
    /// Where it stands.
    pub site: Site,
    /// The cell's number; `None` for a barrier.
    pub cell: Option<usize>,
    /// The number of its read in the thread, if it reads.
    pub read: Option<u8>,
    /// What it writes, if it writes.
    pub written: Option<Expression>,
    /// What that can be.
    pub possible: Vec<Datum>,
    /// The reads in the arms of whose branches it may lie, as a set of numbers.
    pub branches: u64,
    /// The reads that its address depends on.
    pub address: u64,
    /// The reads that the value written depends on, a read-modify-write's own left out.
    pub data: u64,
}

/// A value that a run settles, by a branch of the program or by a look from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The value.
    pub value: Expression,
    /// What it is found to be.
    pub bits: u64,
    /// Whether it is a branch.
    pub branch: bool,
    /// Whether it could have been something with which no run goes on: the thread then waits.
    pub waits: bool,
    /// Whether it could have been something else.
    pub open: bool,
}

/// A value as it is computed from a thread's reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Expression {
    /// A constant.
    Constant(Datum),
    /// What the read of this number returns.
    Read(u8),
    /// Two values joined.
    Join(Operator, Box<Expression>, Box<Expression>),
    /// The life of a value, as a number.
    LifeOf(Box<Expression>),
}

impl Expression {
    /// The reads that it is computed from, as a set of numbers.
    pub fn reads(&self) -> u64 {
        match self {
            Expression::Constant(_) => 0,
            Expression::Read(number) => 1 << number,
            Expression::Join(_, a, b) => a.reads() | b.reads(),
            Expression::LifeOf(a) => a.reads(),
        }
    }

    /// Its value, given what the reads return.
    pub fn value(&self, read: &impl Fn(u8) -> Datum) -> Datum {
        match self {
            Expression::Constant(datum) => *datum,
            Expression::Read(number) => read(*number),
            Expression::Join(operator, a, b) => operator.apply(a.value(read), b.value(read)),
            Expression::LifeOf(a) => Datum { bits: u64::from(a.value(read).life), life: 0 },
        }
    }

    fn of(symbols: &Symbols, term: Term) -> Expression {
        let of = |term| Box::new(Expression::of(symbols, term));
        match term {
            Term::Const(datum) => Expression::Constant(datum),
            Term::Node(node) => match symbols.nodes[node as usize] {
                Node::Read(number) => Expression::Read(number),
                Node::Join(operator, a, b) => Expression::Join(operator, of(a), of(b)),
                Node::LifeOf(a) => Expression::LifeOf(of(a)),
            },
        }
    }
}

impl Checker {
    /// The runs of the threads, as far as they can go together.
    ///
    /// # Errors
    /// The bound that was hit, if these are not all.
    pub fn listing(&self) -> Result<Listing, String> {
        if let Some(why) = self.cut() {
            return Err(why);
        }
        let feasible = self.feasible()?;
        let traces = &self.traces.threads;
        let place = |thread: usize, trace: u32| {
            feasible.used[thread].binary_search(&trace).expect("a run that goes with others is used")
        };
        let together = |combination: &Vec<u32>| {
            combination.iter().enumerate().map(|(thread, &trace)| place(thread, trace)).collect()
        };
        let runs = |(traces, used): (&Vec<Trace>, &Vec<u32>)| {
            let ways = ways(traces);
            used.iter().map(|&trace| run(&traces[trace as usize], &ways)).collect::<Result<_, _>>()
        };
        let runs = traces.iter().zip(&feasible.used).map(runs).collect::<Result<_, _>>()?;
        Ok(Listing {
            names: self.traces.cells.iter().map(|cell| cell.name.clone()).collect(),
            init: self.init(),
            threads: self.traces.names.clone(),
            runs,
            together: feasible.combinations.iter().map(together).collect(),
        })
    }

    /// All runs of the threads, also those that cannot go together. None is listed as going with another.
    ///
    /// # Errors
    /// The bound that was hit, if these are not all.
    pub fn listing_of_all(&self) -> Result<Listing, String> {
        let mut listing = self.listing()?;
        for (runs, traces) in listing.runs.iter_mut().zip(&self.traces.threads) {
            let ways = ways(traces);
            *runs = traces.iter().map(|trace| run(trace, &ways)).collect::<Result<_, _>>()?;
        }
        listing.together.clear();
        Ok(listing)
    }
}

impl Witness {
    /// Its runs alone: one of each thread. Where any of their looks would find something else, a thread waits.
    ///
    /// # Errors
    /// Where a run does not settle what its thread returns.
    pub fn listing(&self) -> Result<Listing, String> {
        let alone = |trace: &Trace| run(trace, &ways(slice::from_ref(trace))).map(|run| vec![run]);
        Ok(Listing {
            names: self.cells().to_vec(),
            init: self.init().to_vec(),
            threads: self.names().to_vec(),
            runs: self.traces().iter().map(alone).collect::<Result<_, _>>()?,
            together: vec![vec![0; self.traces().len()]],
        })
    }
}

/// By what the runs of a thread have settled so far: in how many ways they go on.
fn ways(traces: &[Trace]) -> HashMap<Vec<u64>, BTreeSet<u64>> {
    let mut ways: HashMap<Vec<u64>, BTreeSet<u64>> = HashMap::new();
    for trace in traces {
        let settled: Vec<u64> = trace.decisions.iter().map(|decision| decision.bits).collect();
        for (place, &bits) in settled.iter().enumerate() {
            ways.entry(settled[..place].to_vec()).or_default().insert(bits);
        }
    }
    ways
}

fn run(trace: &Trace, ways: &HashMap<Vec<u64>, BTreeSet<u64>>) -> Result<Run, String> {
    let expression = |term| Expression::of(&trace.symbols, term);
    let operations = trace.operations.iter().map(|operation| Operation {
        action: operation.action,
        site: operation.site.clone(),
        cell: operation.cell.map(usize::from),
        read: operation.number,
        written: operation.written.map(expression),
        possible: operation.possible.to_vec(),
        branches: operation.scope.full | operation.scope.picked,
        address: operation.addr.full | operation.addr.picked,
        data: operation.data.full | operation.data.picked,
    });
    let settled: Vec<u64> = trace.decisions.iter().map(|decision| decision.bits).collect();
    let looks = trace.decisions.iter().enumerate().map(|(place, decision)| Look {
        value: expression(decision.term),
        bits: decision.bits,
        branch: decision.branch,
        waits: decision.alternatives as usize > ways.get(&settled[..place]).map_or(0, BTreeSet::len),
        open: decision.alternatives > 1,
    });
    let settled = |term: &Term| match term {
        Term::Const(datum) => Ok(datum.bits),
        Term::Node(_) => Err("a thread returns a value that its run does not settle".to_owned()),
    };
    Ok(Run {
        operations: operations.collect(),
        looks: looks.collect(),
        domains: trace.symbols.domains.iter().map(|domain| domain.to_vec()).collect(),
        results: trace.results.iter().map(settled).collect::<Result<_, _>>()?,
    })
}
