//! A test in parts, each of which herd7 can decide where it cannot decide the whole.
//!
//! herd7 tries every write of a cell for every read of it, on every combination of ways through the threads; but nothing
//! that contradicts a `filter` which says outright what registers hold at the end. A [`Part`] is the test with such a
//! filter, a conjunction of equalities. The parts together hold every execution that may meet the condition: one is
//! divided by all values that a register can have in it. So the whole has such an execution if and only if a part has.
//!
//! What a register can hold is what the engine says of the text, for each combination of runs of the threads
//! (`combination`), as far as each cell alone is sequentially consistent (`serial`). Every model has that in common.
//!
//! ```
//! use fencepost_litmus::{Sizes, parse};
//! use fencepost_model::{Bounds, Target};
//!
//! let test = parse("MP.litmus", r"
//! C MP
//! {}
//! P0(int *x, int *y) { WRITE_ONCE(*x, 1); WRITE_ONCE(*y, 1); }
//! P1(int *x, int *y) {
//! int r0 = READ_ONCE(*y);
//! int r1 = READ_ONCE(*x);
//! }
//! exists (1:r0=1)
//! ")?;
//! let lkmm = Target::named("lkmm").expect("the engine has this target");
//! let sizes = Sizes { aim: 1.0, limit: 1.0, most: 2 };
//! let parts = test.parts(&lkmm, &Bounds::default(), &sizes).expect("no bound is hit").expect("they are small");
//! let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
//! assert_eq!(parts, ["1:r0=1 /\\ 1:r1=0", "1:r0=1 /\\ 1:r1=1"]);
//! # Ok::<(), fencepost_litmus::Error>(())
//! ```

mod combination;
mod open;
mod registers;
mod serial;

use std::fmt;

use fencepost_model::{Bounds, Checker, Target};

use crate::ast::Test;
use crate::types::Type;

use combination::{Combination, Thread};
use open::Open;

/// What is said of a part: what registers hold at the end. It prints as a conjunction of equalities.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// By the number in a thread's name, and a register's name.
    registers: Vec<(usize, String, i64)>,
}

impl Part {
    /// Whether it says what a register of a thread, by the number in its name, holds.
    pub fn says(&self, thread: usize, register: &str) -> bool {
        self.registers.iter().any(|(number, name, _)| *number == thread && name == register)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (thread, name, value)) in self.registers.iter().enumerate() {
            let and = if index == 0 { "" } else { " /\\ " };
            write!(f, "{and}{thread}:{name}={value}")?;
        }
        Ok(())
    }
}

/// How large the parts of a test may be, in candidate executions.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// What is larger than this is divided as long as there are not too many parts.
    pub aim: f64,
    /// The most that the largest part may have.
    pub limit: f64,
    /// The most parts.
    pub most: usize,
}

impl Test {
    /// The test in parts; none if no execution may meet the condition, `None` if they would be too large.
    ///
    /// # Errors
    /// The first thing in the test that `target` gives no meaning to, or the bound that was hit.
    pub fn parts(&self, target: &Target, bounds: &Bounds, sizes: &Sizes) -> Result<Option<Vec<Part>>, String> {
        let built = self.build(target, Some(true), false).map_err(|error| error.to_string())?;
        let listing = Checker::new(&built.program, bounds).listing()?;
        if let Some(why) = built.cut() {
            return Err(why);
        }
        if built.shared.addresses_travel {
            return Err("a register may hold an address".into());
        }
        let registers = self.threads.iter().flat_map(|thread| &thread.registers);
        let mut types = registers.filter(|register| !register.is_address()).map(|register| register.ty);
        if types.any(|ty| ty != Type::INT) || self.globals.iter().any(|global| global.ty != Type::INT) {
            return Err("not all variables and registers are of type int".into());
        }
        let threads: Vec<Thread<'_>> = (listing.runs.iter().enumerate())
            .map(|(thread, runs)| Thread { runs: self.known(thread, runs, &built.results) })
            .collect();
        let may_hold = |runs: &&Vec<usize>| {
            let known = |location: usize| {
                let &(thread, at) = built.results.get(&location)?;
                let bits = listing.runs[thread][runs[thread]].results[at];
                Some(built.shared.datum(bits, built.types[location]))
            };
            self.condition.may_be(true, &known)
        };
        let combinations = listing.together.iter().filter(may_hold);
        let combinations = combinations.filter_map(|runs| Combination::of(&threads, runs, &listing.init)?.coherent());
        let Some(whole) = Open::of(combinations.collect()) else { return Ok(Some(Vec::new())) };
        let Some(open) = whole.in_parts(sizes) else { return Ok(None) };
        let part = |open: &Open<'_>| {
            let of_register = |(thread, name, value): (usize, &str, u64)| {
                (self.threads[thread].number, name.to_owned(), i64::from(value as i32))
            };
            Part { registers: open.known().map(of_register).collect() }
        };
        let mut parts: Vec<Part> = open.iter().map(part).collect();
        parts.sort();
        Ok(Some(parts))
    }
}
