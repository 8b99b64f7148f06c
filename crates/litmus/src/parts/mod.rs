//! A test in parts, each of which herd7 can decide where it cannot decide the whole.
//!
//! herd7 tries every write of a cell for every read of it, on every combination of ways through the threads; but nothing
//! that contradicts a `filter` which says outright what registers hold at the end. A [`Part`] is the test with such a
//! filter, a conjunction of equalities. The parts together hold every execution that may meet the condition: one is
//! divided by all values that a register can have in it. So the whole has such an execution if and only if a part has.
//!
//! One execution alone is a part as well, the smallest there is: [`Test::part_of_one`].
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

use std::collections::BTreeMap;
use std::fmt;

use fencepost_model::{Bounds, Checker, Listing, Run, Target, Verdict};

use crate::ast::Test;
use crate::run::Built;
use crate::types::Type;

use combination::{Combination, Known, Thread};
use open::Open;

/// What is said of a part: what registers hold at the end. It prints as a conjunction of equalities.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// By the number in a thread's name, and a register's name.
    registers: Vec<(usize, String, i64)>,
    candidates: f64,
}

impl Part {
    /// Whether it says what a register of a thread, by the number in its name, holds.
    pub fn says(&self, thread: usize, register: &str) -> bool {
        self.registers.iter().any(|(number, name, _)| *number == thread && name == register)
    }

    /// About how many candidate executions herd7 has to sort out to decide it.
    pub fn candidates(&self) -> f64 {
        self.candidates
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
        let built = self.of_ints(target)?;
        let listing = Checker::new(&built.program, bounds).listing()?;
        if let Some(why) = built.cut() {
            return Err(why);
        }
        let threads = self.known_threads(&listing, &built);
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
        let mut parts: Vec<Part> = open.iter().map(|open| self.part(open.known(), open.candidates())).collect();
        parts.sort_by(|a, b| a.registers.cmp(&b.registers));
        Ok(Some(parts))
    }

    /// The part that has the executions in which every register holds what it does in one that meets the condition; `None`
    /// if none does.
    ///
    /// # Errors
    /// The first thing in the test that `target` gives no meaning to, or the bound that was hit.
    pub fn part_of_one(&self, target: &Target, bounds: &Bounds) -> Result<Option<Part>, String> {
        let built = self.of_ints(target)?;
        let witness = match self.ask(target, bounds, true).map_err(|error| error.to_string())?.verdict {
            Verdict::Safe => return Ok(None),
            Verdict::Unknown(why) => return Err(why),
            Verdict::Racy(witness) => witness,
        };
        let listing = witness.listing()?;
        let threads = self.known_threads(&listing, &built);
        let mut known = BTreeMap::new();
        for (thread, of) in threads.iter().enumerate() {
            let Known { into, constants, .. } = &of.runs[0];
            let read = into.iter().filter_map(|(&number, name)| Some((name, witness.read(thread, number)?)));
            let all = read.chain(constants.iter().map(|(name, &value)| (name, value)));
            known.extend(all.map(|(name, value)| ((thread, name.clone()), value)));
        }
        let runs = vec![0; threads.len()];
        let one =
            Combination::of(&threads, &runs, &listing.init).ok_or("an execution that its own reads do not fit")?;
        let named = known.iter().map(|((thread, name), &value)| (*thread, name.as_str(), value));
        Ok(Some(self.part(named, one.candidates(&known))))
    }

    /// The test as a program, of whose registers and variables it is known what they hold.
    fn of_ints(&self, target: &Target) -> Result<Built, String> {
        let built = self.build(target, Some(true), false).map_err(|error| error.to_string())?;
        if built.shared.addresses_travel {
            return Err("a register may hold an address".into());
        }
        let registers = self.threads.iter().flat_map(|thread| &thread.registers);
        let mut types = registers.filter(|register| !register.is_address()).map(|register| register.ty);
        if types.any(|ty| ty != Type::INT) || self.globals.iter().any(|global| global.ty != Type::INT) {
            return Err("not all variables and registers are of type int".into());
        }
        Ok(built)
    }

    fn known_threads<'l>(&self, listing: &'l Listing, built: &Built) -> Vec<Thread<'l>> {
        let of_thread =
            |(thread, runs): (usize, &'l Vec<Run>)| Thread { runs: self.known(thread, runs, &built.results) };
        listing.runs.iter().enumerate().map(of_thread).collect()
    }

    fn part<'n>(&self, known: impl Iterator<Item = (usize, &'n str, u64)>, candidates: f64) -> Part {
        let of_register = |(thread, name, value): (usize, &str, u64)| {
            (self.threads[thread].number, name.to_owned(), i64::from(value as i32))
        };
        Part { registers: known.map(of_register).collect(), candidates }
    }
}
