//! A test as a program of the engine.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use fencepost_memory::Word;
use fencepost_model::{Bounds, Checker, Judgement, Outcome, Program, Target, Value, Verdict};

use crate::ast::{Expression, Test};
use crate::condition::{Datum, Location, Quantifier, Variable};
use crate::error::{Error, Fault, Place};
use crate::interpret::{Fallacy, Interpreter, Shared};
use crate::report::{Found, Observation, Report};
use crate::types::Type;
use crate::vocabulary::Dialect;
use crate::walk::{addresses_travel, expressions, numbers_to_branch_on};

/// The most turns of one loop in one run, unless the engine's bound on operations is met first.
const MAX_TURNS: usize = 32;

/// `lock.cat`'s warning of a test that looks at the final value of a lock.
const LOCK_FINAL: &str = "lock-final";

impl Test {
    /// The test's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file's name, as it was given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Whose vocabulary it uses; `None` if it uses neither the kernel's nor C11's.
    pub fn dialect(&self) -> Option<Dialect> {
        self.dialect.map(|(dialect, _)| dialect)
    }

    /// What a comment in the file says that the result is.
    pub fn expectation(&self) -> Option<&crate::Expectation> {
        self.expectation.as_ref()
    }

    /// The test as a program of the engine: each thread returns its registers that the condition or `locations`
    /// names, sorted by name, and the cells are the variables.
    ///
    /// # Errors
    /// The first thing in the test that `target` gives no meaning to.
    pub fn program(&self, target: &Target) -> Result<Program, Error> {
        self.build(target, None, false).map(|built| built.program)
    }

    /// Everything that `target` allows the test to do. Where a bound is hit before all final states are known, whether
    /// the proposition of the condition can hold, and can fail, is asked directly.
    ///
    /// # Errors
    /// The first thing in the test that `target` gives no meaning to.
    pub fn run(&self, target: &Target, bounds: &Bounds) -> Result<Report, Error> {
        let start = Instant::now();
        let asks_for_locks = target.model.name == "lkmm";
        let built = self.build(target, None, asks_for_locks)?;
        let checker = Checker::new(&built.program, bounds);
        let explored = checker.explore(target);
        let state = |outcome: &Outcome| built.state(self, &outcome.results, &|element| outcome.memory[element]);
        let all = explored.outcomes.iter().zip(explored.frequencies.iter().copied());
        let (undefined, defined): (Vec<_>, Vec<_>) = all.partition(|(outcome, _)| built.fallacy(outcome).is_some());
        let mut states: Vec<_> = defined.iter().map(|&(outcome, executions)| (state(outcome), executions)).collect();
        let left_out: u64 = undefined.iter().map(|(_, executions)| executions).sum();
        let undefined = undefined.iter().filter_map(|(outcome, _)| built.fallacy(outcome));
        let undefined = undefined.min_by_key(|fallacy| (!fallacy.is_refused, fallacy.place));
        let complete = explored.unknown.is_none() && built.cut().is_none();
        let mut all_of = |wanted: bool| {
            let is_wanted = |state: &[Datum]| self.condition.may_be(wanted, &|location| Some(state[location].clone()));
            if complete || states.iter().any(|(state, _)| is_wanted(state)) {
                return Ok(complete);
            }
            let found = self.ask(target, bounds, wanted)?.verdict;
            states.extend(found.witness().map(|witness| (state(&witness.outcome), 1)));
            Ok(found.is_safe())
        };
        // The second question decides nothing where the first is answered by no.
        let all_positive = all_of(true)?;
        let all_negative = (complete || !all_positive) && all_of(false)?;
        let is_kept = |outcome: &Outcome| {
            let state = state(outcome);
            built.fallacy(outcome).is_none() && self.condition.keeps(&|location| Some(state[location].clone()))
        };
        let raised = explored.flags.iter().filter(|(_, outcomes)| outcomes.iter().any(is_kept));
        let mut flags: BTreeSet<&'static str> = raised.map(|(&flag, _)| flag).collect();
        if asks_for_locks && explored.outcomes.iter().any(|o| built.locks_observed(o) && is_kept(o)) {
            flags.insert(LOCK_FINAL);
        }
        if let Some(Fallacy { place, what, remedy, is_refused }) = undefined {
            let fault = match is_refused {
                true => Some(Fault::unsupported(place, &format!("a test that {what}"), remedy)),
                false if defined.is_empty() && complete => {
                    Some(Fault::broken(place, format!("whatever this test does, it {what}"), remedy))
                }
                false => None,
            };
            if let Some(fault) = fault {
                return Err(fault.locate(&self.file, &self.text));
            }
        }
        let note = |Fallacy { place, what, .. }: Fallacy| {
            let line = self.line_of(place);
            format!("executions were left out in which {line} {what}, which is undefined")
        };
        let found = Found {
            states,
            flags,
            race_is_undefined: built.shared.c11,
            executions: explored.executions - left_out,
            unknown: explored.unknown.or_else(|| built.cut()),
            all_positive,
            all_negative,
            notes: undefined.map(note).into_iter().chain(self.unread_expectation()).collect(),
            time: start.elapsed(),
        };
        Ok(Report::new(&self.name, &self.condition, found))
    }

    /// Whether `target` allows a final state of which the proposition of the condition holds or, for a `forall`, does
    /// not hold: with a smallest execution that leaves one. Faster than [`Test::run`], since the other states are not
    /// looked for.
    ///
    /// # Errors
    /// The first thing in the test that `target` gives no meaning to.
    pub fn judge(&self, target: &Target, bounds: &Bounds) -> Result<Judgement, Error> {
        self.ask(target, bounds, self.condition.quantifier != Quantifier::Forall)
    }

    /// Whether the proposition of the condition holds of no final state that `target` allows, of some, or of all. Faster
    /// than [`Test::run`], since no more states are looked for than that takes. Of no state at all it never holds.
    ///
    /// # Errors
    /// The first thing in the test that `target` gives no meaning to.
    pub fn observe(&self, target: &Target, bounds: &Bounds) -> Result<Observation, Error> {
        Ok(match self.ask(target, bounds, true)?.verdict {
            Verdict::Safe => Observation::Never,
            Verdict::Unknown(_) => Observation::Unknown,
            Verdict::Racy(_) => match self.ask(target, bounds, false)?.verdict {
                Verdict::Safe => Observation::Always,
                Verdict::Unknown(_) => Observation::Unknown,
                Verdict::Racy(_) => Observation::Sometimes,
            },
        })
    }

    /// Whether a state is allowed of which the truth of the proposition is `wanted`.
    pub(crate) fn ask(&self, target: &Target, bounds: &Bounds, wanted: bool) -> Result<Judgement, Error> {
        let built = self.build(target, Some(wanted), false)?;
        // One kind of state is looked for, and most of the search is cut short.
        let bounds = Bounds { executions: bounds.executions.saturating_mul(10), ..bounds.clone() };
        let checker = Checker::new(&built.program, &bounds);
        let judgement = checker.judge(target, |state| {
            let memory = |element: usize| state.memory(&built.shared.cells[element]);
            self.condition.may_be(wanted, &|location| Some(built.datum(self, location, state.results(), &memory)))
        });
        Ok(match (judgement.verdict.is_safe(), built.cut()) {
            (true, Some(why)) => Judgement { verdict: Verdict::Unknown(why), ..judgement },
            _ => judgement,
        })
    }

    /// The test as a program; only with the runs of the threads whose registers let the truth of the proposition be
    /// `wanted`, if that is given.
    /// If it is not, each thread also tells whether it did something to a lock whose final value is looked at, where that is
    /// asked, and its first fallacy.
    pub(crate) fn build(&self, target: &Target, wanted: Option<bool>, asks_for_locks: bool) -> Result<Built, Error> {
        self.check(target).map_err(|fault| fault.locate(&self.file, &self.text))?;
        let mut program = Program::new();
        let mut shared = Shared::of(self.globals.len());
        shared.addresses_travel = addresses_travel(self);
        shared.c11 = self.is_c11(target);
        shared.lines = self.lines();
        shared.max_turns = MAX_TURNS;
        // The addresses of all are known before their initial values have to be.
        self.globals.iter().for_each(|global| shared.add(global.ty, global.declared, global.init.len()));
        for global in &self.globals {
            for (element, &init) in global.init.iter().enumerate() {
                let (name, bits) = (global.element_name(element), shared.value_of(init, global.ty));
                shared.cells.push(program.cell(&name, bits));
                shared.cleared.push(bits == 0);
                shared.names.push(name);
            }
        }
        for number in numbers_to_branch_on(self) {
            for (cell, (ty, _)) in shared.cells.iter().zip(&shared.types) {
                program.suppose(cell, ty.bits_of(number));
            }
        }
        if asks_for_locks {
            shared.observed = self.observed(&shared);
        }
        let shared = Arc::new(shared);
        let types: Arc<[Type]> = self.condition.observed.iter().map(|location| self.type_of(location)).collect();
        let mut results = HashMap::new();
        for (index, thread) in self.threads.iter().enumerate() {
            let (mut kept, mut places) = (Vec::new(), Vec::new());
            for (place, location) in self.condition.observed.iter().enumerate() {
                if let Location::Register(number, name) = location
                    && *number == thread.number
                    && let Some(register) = thread.registers.iter().position(|register| register.name == *name)
                {
                    results.insert(place, (index, kept.len()));
                    kept.push(register);
                    places.push(place);
                }
            }
            let (thread, shared) = (thread.clone(), Arc::clone(&shared));
            let name = format!("P{}", thread.number);
            let Some(wanted) = wanted else {
                program.thread_of_values(&name, move |cpu| {
                    let left = Interpreter::run(&thread, &kept, &shared, cpu);
                    let told = [u64::from(left.locks_observed), left.fallacy];
                    left.registers.into_iter().chain(told.map(Value::from)).collect()
                });
                continue;
            };
            let condition = self.condition.clone();
            let types = Arc::clone(&types);
            program.thread(&name, move |cpu| {
                let left = Interpreter::run(&thread, &kept, &shared, cpu);
                if left.fallacy > 0 {
                    cpu.give_up();
                }
                let mut settled: Vec<u64> = Vec::new();
                for value in left.registers {
                    settled.push(value.observe());
                    let own = |location| places.iter().position(|&place| place == location);
                    let known = |location| settled.get(own(location)?).map(|&bits| shared.datum(bits, types[location]));
                    if !condition.may_be(wanted, &known) {
                        cpu.give_up();
                    }
                }
                settled
            });
        }
        Ok(Built { program, shared, types, results })
    }

    /// By element: whether its final value is looked at.
    fn observed(&self, shared: &Shared) -> Vec<bool> {
        let mut observed = vec![false; shared.types.len()];
        for location in &self.condition.observed {
            let Location::Variable(Variable { name, element, whole }) = location else { continue };
            let Some(variable) = self.globals.iter().position(|global| global.name == *name) else { continue };
            let first = shared.first[variable];
            let one = element.unwrap_or(0);
            let elements = if *whole { 0..self.globals[variable].init.len() } else { one..one + 1 };
            observed[first + elements.start..first + elements.end].fill(true);
        }
        observed
    }

    /// The type of an observed location's value, or of an element of that.
    fn type_of(&self, location: &Location) -> Type {
        location.type_in(&self.globals, &self.threads)
    }

    /// What to say of a comment that is meant as an expectation and is none.
    fn unread_expectation(&self) -> Option<String> {
        let said: String = crate::Expectation::unread(&self.text)?.chars().take(40).collect();
        Some(format!(
            "`Result: {said}` is none of Never, Sometimes, Always, DEADLOCK and Maybe: nothing is expected of it"
        ))
    }

    fn is_c11(&self, target: &Target) -> bool {
        self.dialect() == Some(Dialect::C11) || self.dialect.is_none() && target.model.name == "rc11"
    }

    /// An error where the target gives something in the test no meaning.
    fn check(&self, target: &Target) -> Result<(), Fault> {
        let model = target.model.name;
        if let Some((Dialect::C11, place)) = self.dialect
            && !matches!(model, "rc11" | "sc")
        {
            let what = format!("a C11 test under {}", target.name);
            return Err(Fault::unsupported(place, &what, "run it under rc11, or under sc"));
        }
        let mut sleepable = None;
        for thread in &self.threads {
            expressions(&thread.body, &mut |expression| {
                if let Expression::Call(call) = expression
                    && call.operation.is_sleepable()
                {
                    sleepable.get_or_insert(call.place);
                }
            });
        }
        let what = format!("sleepable RCU under {}", target.name);
        let place = sleepable.filter(|_| model != "lkmm");
        place.map_or(Ok(()), |place| Err(Fault::unsupported(place, &what, "run the test under lkmm")))
    }

    /// How witnesses call the line of this place.
    pub(crate) fn line_of(&self, place: Place) -> String {
        let lines = self.lines();
        lines[lines.partition_point(|&(start, _)| start <= place).max(1) - 1].1.to_string()
    }

    /// By line: where it begins, and `FILE:LINE`, the file without its folders.
    fn lines(&self) -> Vec<(usize, Arc<str>)> {
        let file = self.file.rsplit(['/', '\\']).next().unwrap_or_default();
        let starts = std::iter::once(0).chain(self.text.match_indices('\n').map(|(newline, _)| newline + 1));
        starts.zip(1..).map(|(start, line)| (start, format!("{file}:{line}").into())).collect()
    }
}

/// A program, and how its outcomes are read.
pub(crate) struct Built {
    pub program: Program,
    pub shared: Arc<Shared>,
    /// By observed location: the type of its value, or of an element of that.
    pub types: Arc<[Type]>,
    /// By observed register: its thread, and its place in what that returns.
    pub results: HashMap<usize, (usize, usize)>,
}

impl Built {
    /// Why the runs of the threads are not all, if a loop turned too often.
    pub fn cut(&self) -> Option<String> {
        let cut = self.shared.cut.load(Ordering::Relaxed);
        cut.then(|| format!("a loop turned more than {MAX_TURNS} times"))
    }

    /// Whether some thread did something to a lock whose final value is looked at.
    fn locks_observed(&self, outcome: &Outcome) -> bool {
        outcome.results.iter().any(|results| results.iter().nth_back(1) == Some(&1))
    }

    /// The first fallacy of a thread.
    fn fallacy(&self, outcome: &Outcome) -> Option<Fallacy> {
        let marks = outcome.results.iter().filter_map(|results| results.last());
        marks.filter_map(|&mark| self.shared.fallacy(mark)).min_by_key(|f| (!f.is_refused, f.place))
    }

    /// The value of each observed location, given what the threads returned and the final memory by element.
    fn state(&self, test: &Test, results: &[Vec<u64>], memory: &dyn Fn(usize) -> u64) -> Vec<Datum> {
        (0..test.condition.observed.len()).map(|location| self.datum(test, location, results, memory)).collect()
    }

    /// The value of one.
    fn datum(&self, test: &Test, location: usize, results: &[Vec<u64>], memory: &dyn Fn(usize) -> u64) -> Datum {
        let ty = self.types[location];
        match &test.condition.observed[location] {
            Location::Register(..) => {
                self.shared.datum(self.results.get(&location).map_or(0, |&(thread, at)| results[thread][at]), ty)
            }
            Location::Variable(Variable { name, element, whole }) => {
                let variable = test.globals.iter().position(|global| global.name == *name).unwrap_or(0);
                let first = self.shared.first[variable];
                let memory = |element: usize| self.shared.datum(memory(first + element), ty);
                if *whole {
                    Datum::Array((0..test.globals[variable].init.len()).map(memory).collect())
                } else {
                    memory(element.unwrap_or(0))
                }
            }
        }
    }
}
