//! Telling the writes of an execution apart.
//!
//! A filter that says what the registers hold leaves herd7 for each read the writes of that value. Where a lock bit is
//! set and cleared again and again, these are still too many. So each `or` of such a word sets a bit of its own besides, and what
//! is written after it carries that on; or each store does as well, and carries no other on. Whoever looks at the value has these
//! bits masked out. And an operation without a result gets one, which the filter can name.
//!
//! This allows nothing that the program does not: without those bits an execution is one of the program, and an operation
//! that returns something is ordered as much as one that does not, and more by `smp_rmb()`.

use fencepost_memory::{Order, Rmw};
use fencepost_model::{Action, Datum, Expression, Listing, Look, Operation, Operator, Run};

/// The bits that may be spare: lives and what moves down from above the 32nd bit are kept out of these.
const BITS: std::ops::Range<u32> = 8..24;

/// By what an execution's writes are told apart. Which of these leaves herd7 the least to try depends on the execution, and more
/// bits may be more values than a search takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Apart {
    /// By results alone.
    Results,
    /// By results, and by a bit of its own in each `or`.
    Ors,
    /// And in each store.
    Stores,
}

impl Apart {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Ors, Self::Stores, Self::Results];
}

/// The listing with a result of each read-modify-write and, if that is asked for, with bits of their own, as far as there are any.
/// The final values of the `kept` cells count, and stay what they are.
pub(super) fn told_apart(listing: &Listing, by: Apart, kept: impl Fn(usize) -> bool) -> Listing {
    let mut told = listing.clone();
    let is_told = |cell: usize| by != Apart::Results && !kept(cell) && has_or(listing, cell);
    for cell in (0..listing.init.len()).filter(|&cell| is_told(cell)) {
        let used = used(listing, cell);
        let mut spare = BITS.map(|bit| 1 << bit).filter(|bit| used & bit == 0);
        if !masks_spare_bits(&mut told, by, cell, used, spare.clone().sum()) {
            continue;
        }
        for operation in told.runs.iter_mut().flatten().flat_map(|run| &mut run.operations) {
            let Some(written) = operation.written.as_mut().filter(|_| operation.cell == Some(cell)) else { continue };
            match operation.read {
                None if by == Apart::Stores => sets(written, spare.next().unwrap_or(0)),
                Some(number) if is_or(operation.action) => {
                    if let Some(set) = set(written, number) {
                        set.bits |= spare.next().unwrap_or(0);
                    }
                }
                _ => {}
            }
        }
    }
    for operation in told.runs.iter_mut().flatten().flat_map(|run| &mut run.operations) {
        if let Action::Atomic(rmw) = operation.action {
            operation.action = Action::Fetch(rmw, Order::Relaxed);
        }
    }
    told
}

/// Whether something sets bits of a cell by a read-modify-write.
fn has_or(listing: &Listing, cell: usize) -> bool {
    let mut operations = listing.runs.iter().flatten().flat_map(|run| &run.operations);
    operations.any(|operation| operation.cell == Some(cell) && is_or(operation.action))
}

fn is_or(action: Action) -> bool {
    matches!(action, Action::Fetch(Rmw::Or, _) | Action::Atomic(Rmw::Or) | Action::SetBit { .. })
}

/// The bits that are set in any value of a cell.
fn used(listing: &Listing, cell: usize) -> u64 {
    let of_run = |run: &Run| {
        let of_cell = run.operations.iter().filter(|operation| operation.cell == Some(cell));
        let of = |operation: &Operation| {
            let read = operation.read.map_or(&[][..], |number| &run.domains[usize::from(number)]);
            operation.possible.iter().chain(read).fold(0, |bits, datum| bits | datum.bits)
        };
        of_cell.fold(0, |bits, operation| bits | of(operation))
    };
    listing.runs.iter().flatten().fold(listing.init[cell], |bits, run| bits | of_run(run))
}

/// Masks the spare bits of a cell out wherever something else would differ if they were set, so that nothing would. Not
/// possible, and nothing is touched, if a read-modify-write computes with them.
fn masks_spare_bits(told: &mut Listing, by: Apart, cell: usize, used: u64, spare: u64) -> bool {
    let seen: Vec<Seen> = told.runs.iter().flatten().map(|run| Seen::new(run, cell, used, spare)).collect();
    if !told.runs.iter().flatten().zip(&seen).all(|(run, seen)| seen.can_be_masked(run)) {
        return false;
    }
    for (run, seen) in told.runs.iter_mut().flatten().zip(&seen) {
        for look in run.looks.iter_mut().filter(|look| !seen.is_success(look)) {
            seen.mask(&mut look.value);
        }
        for operation in &mut run.operations {
            let Some(written) = &mut operation.written else { continue };
            let is_carried = operation.read.is_some() || by == Apart::Ors && seen.stays_in(written);
            if operation.cell != Some(cell) || !is_carried {
                seen.mask(written);
            }
        }
    }
    true
}

/// Where the spare bits of a cell show in a run.
struct Seen {
    cell: usize,
    /// The cell's reads, as a set of numbers.
    reads: u64,
    /// The bits that the cell's values have.
    used: u64,
    spare: u64,
}

impl Seen {
    fn new(run: &Run, cell: usize, used: u64, spare: u64) -> Self {
        let of_cell = run.operations.iter().filter(|operation| operation.cell == Some(cell));
        let reads = of_cell.filter_map(|operation| operation.read).fold(0, |set, number| set | 1 << number);
        Self { cell, reads, used, spare }
    }

    /// Whether each read-modify-write keeps these bits or takes no notice of them.
    fn can_be_masked(&self, run: &Run) -> bool {
        let is_ours = |operation: &&Operation| operation.cell == Some(self.cell) && operation.read.is_some();
        let stays = |operation: &Operation| operation.written.as_ref().is_none_or(|written| self.stays_in(written));
        run.operations.iter().filter(is_ours).all(stays)
    }

    /// Whether a look is that a `cmpxchg()` found what it was to find: with these bits it still finds no less.
    fn is_success(&self, look: &Look) -> bool {
        let is_read = |value: &Expression| matches!(value, Expression::Read(number) if self.reads >> number & 1 == 1);
        look.bits == 1 && matches!(&look.value, Expression::Join(Operator::Equal, a, b) if is_read(a) && is_read(b))
    }

    /// Whether a value may be another one if they are set.
    fn in_value(&self, value: &Expression) -> bool {
        match value {
            Expression::Constant(_) | Expression::LifeOf(_) => false,
            Expression::Read(number) => self.reads >> number & 1 == 1,
            Expression::Join(Operator::And, a, b) if self.masks(b) && self.stays_in(a) => false,
            Expression::Join(Operator::Life, bits, _) => self.in_value(bits),
            Expression::Join(_, a, b) => self.in_value(a) || self.in_value(b),
        }
    }

    /// Whether no other bit of a value changes with them.
    fn stays_in(&self, value: &Expression) -> bool {
        match value {
            Expression::Constant(_) | Expression::LifeOf(_) | Expression::Read(_) => true,
            Expression::Join(Operator::And | Operator::Or | Operator::Xor, a, b) => {
                self.stays_in(a) && self.stays_in(b)
            }
            Expression::Join(Operator::Life, bits, _) => self.stays_in(bits),
            other => !self.in_value(other),
        }
    }

    fn masks(&self, value: &Expression) -> bool {
        matches!(value, Expression::Constant(mask) if mask.bits & self.spare == 0)
    }

    /// Takes these bits out of each read that they would show of.
    fn mask(&self, value: &mut Expression) {
        if !self.in_value(value) {
            return;
        }
        match value {
            Expression::Constant(_) | Expression::LifeOf(_) => {}
            Expression::Read(_) => {
                let mask = Expression::Constant(Datum { bits: self.used, life: 0 });
                *value = Expression::Join(Operator::And, Box::new(value.clone()), Box::new(mask));
            }
            Expression::Join(Operator::Life, bits, _) => self.mask(bits),
            Expression::Join(_, a, b) => {
                self.mask(a);
                self.mask(b);
            }
        }
    }
}

/// Has a store set a bit besides.
fn sets(written: &mut Expression, bit: u64) {
    match written {
        Expression::Constant(datum) => datum.bits |= bit,
        Expression::Join(Operator::Life, bits, _) => sets(bits, bit),
        Expression::Join(Operator::Or, _, set) if matches!(**set, Expression::Constant(_)) => sets(set, bit),
        _ if bit == 0 => {}
        _ => {
            let set = Expression::Constant(Datum { bits: bit, life: 0 });
            *written = Expression::Join(Operator::Or, Box::new(written.clone()), Box::new(set));
        }
    }
}

/// What a read-modify-write sets in the value that its read finds.
fn set(written: &mut Expression, number: u8) -> Option<&mut Datum> {
    match written {
        Expression::Join(Operator::Or, old, set) if **old == Expression::Read(number) => match &mut **set {
            Expression::Constant(datum) => Some(datum),
            _ => None,
        },
        Expression::Join(Operator::And | Operator::Life, value, _) => set(value, number),
        _ => None,
    }
}
