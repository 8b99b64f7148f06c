//! Telling the writes of an execution apart.
//!
//! A filter that says what the registers hold leaves herd7 for each read the writes of that value. Where a lock bit is
//! set and cleared again and again, these are still too many. So each `or` sets a bit of its own besides, at which nothing
//! looks, and what is written after it carries that on; and an operation without a result gets one, which the filter can
//! name.
//!
//! This allows nothing that the program does not: without those bits an execution is one of the program, and an operation
//! that returns something is ordered as much as one that does not, and more by `smp_rmb()`.

use fencepost_memory::{Order, Rmw};
use fencepost_model::{Action, Datum, Expression, Listing, Operation, Operator, Run};

/// The bits that may be spare: lives and what moves down from above the 32nd bit are kept out of these.
const BITS: std::ops::Range<u32> = 8..24;

/// The listing with a bit of its own in each `or`, as far as there are any, and a result of each read-modify-write. The
/// final values of the `kept` cells count, and stay what they are.
pub(super) fn told_apart(listing: &Listing, kept: impl Fn(usize) -> bool) -> Listing {
    let mut told = listing.clone();
    for cell in (0..listing.init.len()).filter(|&cell| !kept(cell)) {
        let used = used(listing, cell);
        let mut spare = BITS.map(|bit| 1 << bit).filter(|bit| used & bit == 0);
        if !are_unseen(listing, cell, spare.clone().sum()) {
            continue;
        }
        for operation in told.runs.iter_mut().flatten().flat_map(|run| &mut run.operations) {
            if operation.cell != Some(cell) || !is_or(operation.action) {
                continue;
            }
            let (Some(number), Some(written)) = (operation.read, &mut operation.written) else { continue };
            if let Some(set) = set(written, number) {
                set.bits |= spare.next().unwrap_or(0);
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

/// Whether nothing but these bits of the cell itself would differ if they were set.
fn are_unseen(listing: &Listing, cell: usize, bits: u64) -> bool {
    listing.runs.iter().flatten().all(|run| {
        let of_cell = run.operations.iter().filter(|operation| operation.cell == Some(cell));
        let seen = Seen {
            reads: of_cell.filter_map(|operation| operation.read).fold(0, |set, number| set | 1 << number),
            bits,
        };
        let written = |operation: &Operation| {
            operation.written.as_ref().is_none_or(|written| match operation.cell == Some(cell) {
                true => seen.stays_in(written),
                false => !seen.in_value(written),
            })
        };
        run.looks.iter().all(|look| !seen.in_value(&look.value)) && run.operations.iter().all(written)
    })
}

/// Where bits of some reads show.
struct Seen {
    /// As a set of numbers.
    reads: u64,
    bits: u64,
}

impl Seen {
    /// Whether a value may be another one if they are set.
    fn in_value(&self, value: &Expression) -> bool {
        match value {
            Expression::Constant(_) | Expression::LifeOf(_) => false,
            Expression::Read(number) => self.reads >> number & 1 == 1,
            Expression::Join(Operator::And, a, b) if self.masks(b) && self.stays_in(a) => false,
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
        matches!(value, Expression::Constant(mask) if mask.bits & self.bits == 0)
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
