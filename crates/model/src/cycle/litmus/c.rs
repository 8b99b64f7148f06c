//! The kernel's C, and C11.

use std::collections::BTreeSet;

use super::{LOCK, condition, depends, filter};
use crate::Tags;
use crate::cycle::CycleTest;
use crate::cycle::build::{MISSED, name};
use crate::cycle::edge::{Annotation, On, Op, Part, Shown};
use crate::cycle::shape::{Act, Exchange, Step, Thread};

/// What the two have each in their own way, as expressions.
pub(super) trait Vocabulary {
    /// The type of a shared location.
    fn shared(&self) -> &'static str;
    fn load(&self, by: &Annotation, at: &str) -> String;
    /// A statement.
    fn store(&self, by: &Annotation, at: &str, value: &str) -> String;
    fn rmw(&self, x: &Exchange, at: &str) -> String;
    /// A compare-and-exchange. `object` names a location for its use alone.
    fn compare(&self, order: &str, at: &str, object: &str, expect: u64, value: u64) -> String;
    /// Whether it compares with what is in that object, and leaves there what it read; otherwise it returns that.
    fn compares_by_object(&self) -> bool;
    /// How [`Vocabulary::compare`] calls the order of a read that is to miss.
    fn missing(&self, by: &Annotation) -> &'static str;
    /// The type of the spinlock.
    fn spinlock(&self) -> &'static str;
    /// Takes the spinlock: a statement, or an expression whose value is 0 if it was free.
    fn lock(&self) -> Taking;
    /// A statement.
    fn unlock(&self) -> String;
}

/// How a spinlock is taken.
pub(super) enum Taking {
    Waits(String),
    Tries(String),
}

pub(super) struct Linux;

impl Vocabulary for Linux {
    fn shared(&self) -> &'static str {
        "int"
    }

    fn load(&self, by: &Annotation, at: &str) -> String {
        if by.tags.has(Tags::ACQUIRE) { format!("smp_load_acquire({at})") } else { format!("READ_ONCE(*{at})") }
    }

    fn store(&self, by: &Annotation, at: &str, value: &str) -> String {
        match by.tags.has(Tags::RELEASE) {
            true => format!("smp_store_release({at}, {value});"),
            false => format!("WRITE_ONCE(*{at}, {value});"),
        }
    }

    fn rmw(&self, x: &Exchange, at: &str) -> String {
        let (order, operand) = (x.order(), x.operand);
        match (x.form.op, x.form.result) {
            (Op::Add, Shown::Never) => format!("atomic_add({operand}, {at})"),
            (Op::Add, _) => format!("atomic_fetch_add{order}({operand}, {at})"),
            _ => format!("xchg{order}({at}, {operand})"),
        }
    }

    fn compare(&self, order: &str, at: &str, _: &str, expect: u64, value: u64) -> String {
        format!("cmpxchg{order}({at}, {expect}, {value})")
    }

    fn compares_by_object(&self) -> bool {
        false
    }

    fn missing(&self, by: &Annotation) -> &'static str {
        [(Tags::FULL, ""), (Tags::ACQUIRE, "_acquire"), (Tags::RELEASE, "_release")]
            .into_iter()
            .find_map(|(tag, order)| by.tags.has(tag).then_some(order))
            .unwrap_or("_relaxed")
    }

    fn spinlock(&self) -> &'static str {
        "spinlock_t"
    }

    fn lock(&self) -> Taking {
        Taking::Waits(format!("spin_lock({LOCK});"))
    }

    fn unlock(&self) -> String {
        format!("spin_unlock({LOCK});")
    }
}

pub(super) struct C11;

/// The order of an access that is no read-modify-write.
fn memory_order(by: &Annotation) -> &'static str {
    [(Tags::SEQ_CST, "seq_cst"), (Tags::ACQUIRE, "acquire"), (Tags::RELEASE, "release")]
        .into_iter()
        .find_map(|(tag, order)| by.tags.has(tag).then_some(order))
        .unwrap_or("relaxed")
}

impl Vocabulary for C11 {
    fn shared(&self) -> &'static str {
        "atomic_int"
    }

    fn load(&self, by: &Annotation, at: &str) -> String {
        match by.tags.has(Tags::PLAIN) {
            true => format!("*{at}"),
            false => format!("atomic_load_explicit({at}, memory_order_{})", memory_order(by)),
        }
    }

    fn store(&self, by: &Annotation, at: &str, value: &str) -> String {
        match by.tags.has(Tags::PLAIN) {
            true => format!("*{at} = {value};"),
            false => format!("atomic_store_explicit({at}, {value}, memory_order_{});", memory_order(by)),
        }
    }

    fn rmw(&self, x: &Exchange, at: &str) -> String {
        let name = if x.form.op == Op::Add { "fetch_add" } else { "exchange" };
        format!("atomic_{name}_explicit({at}, {}, memory_order_{})", x.operand, x.order())
    }

    fn compare(&self, order: &str, at: &str, object: &str, _: u64, value: u64) -> String {
        let failure = match order {
            "acq_rel" => "acquire",
            "release" => "relaxed",
            order => order,
        };
        let orders = format!("memory_order_{order}, memory_order_{failure}");
        format!("atomic_compare_exchange_strong_explicit({at}, {object}, {value}, {orders})")
    }

    fn compares_by_object(&self) -> bool {
        true
    }

    fn missing(&self, by: &Annotation) -> &'static str {
        memory_order(by)
    }

    fn spinlock(&self) -> &'static str {
        self.shared()
    }

    fn lock(&self) -> Taking {
        Taking::Tries(format!("atomic_exchange_explicit({LOCK}, 1, memory_order_acquire)"))
    }

    fn unlock(&self) -> String {
        format!("atomic_store_explicit({LOCK}, 0, memory_order_release);")
    }
}

/// One thread's function, as it grows.
struct Function<'w, V> {
    words: &'w V,
    number: usize,
    lines: Vec<String>,
    indent: usize,
    registers: usize,
    /// Locations of its own, with their initial values.
    objects: Vec<(String, u64)>,
    /// What a condition calls its results.
    results: Vec<String>,
    /// What must hold for an execution to count.
    filter: Vec<String>,
}

/// The whole file.
pub(super) fn text(test: &CycleTest, title: &str, words: &impl Vocabulary) -> String {
    let threads = test.shape.threads.iter().enumerate();
    let functions: Vec<_> = threads.map(|(number, thread)| Function::of(words, number, thread)).collect();
    let init = functions.iter().flat_map(|function| &function.objects);
    let init: Vec<_> = init.map(|(object, value)| format!("{object}={value};")).collect();
    let mut file = format!("C {title}\n\"{}\"\n\n{{ {} }}\n", test.cycle, init.join(" "));
    for (function, thread) in functions.iter().zip(&test.shape.threads) {
        let cells: BTreeSet<_> = thread.steps.iter().map(|step| step.cell).collect();
        let mut parameters: Vec<_> = cells.iter().map(|&cell| format!("{} *{}", words.shared(), name(cell))).collect();
        parameters.extend(function.objects.iter().map(|(object, _)| format!("int *{object}")));
        if thread.steps.iter().any(|step| step.lock.0) {
            parameters.push(format!("{} *{LOCK}", words.spinlock()));
        }
        file += &format!("\nP{}({})\n{{\n", function.number, parameters.join(", "));
        for register in 0..function.registers {
            file += &format!("\tint r{register};\n");
        }
        file += &format!("{}\n}}\n", function.lines.join("\n"));
    }
    file += "\n";
    let required: Vec<_> = functions.iter().flat_map(|function| function.filter.clone()).collect();
    let results: Vec<_> = functions.into_iter().map(|function| function.results).collect();
    file + &filter(&required) + &condition(test, &results)
}

impl<V: Vocabulary> Function<'_, V> {
    fn of<'w>(words: &'w V, number: usize, thread: &Thread) -> Function<'w, V> {
        let mut function = Function {
            words,
            number,
            lines: Vec::new(),
            indent: 1,
            registers: 0,
            objects: Vec::new(),
            results: Vec::new(),
            filter: Vec::new(),
        };
        let mut last = 0;
        for step in &thread.steps {
            function.step(step, last);
            last = step.expect;
        }
        for indent in (1..function.indent).rev() {
            function.indent = indent;
            function.line("}");
        }
        function
    }

    fn line(&mut self, line: &str) {
        self.lines.push(format!("{}{line}", "\t".repeat(self.indent)));
    }

    /// The register of the latest read.
    fn last(&self) -> String {
        format!("r{}", self.registers.saturating_sub(1))
    }

    /// The step, after one that wants to read `last`.
    fn step(&mut self, step: &Step, last: u64) {
        if depends(step, Part::Control).is_some() {
            self.line(&format!("if ({} == {last}) {{", self.last()));
            self.indent += 1;
        }
        if step.lock.0 {
            self.lock();
        }
        if step.rcu.0 {
            self.line("rcu_read_lock();");
        }
        if let Some(result) = self.access(step)
            && step.shown.is_some()
        {
            self.results.push(result);
        }
        if step.rcu.1 {
            self.line("rcu_read_unlock();");
        }
        if step.lock.1 {
            self.line(&self.words.unlock());
        }
        if let Some(fence) = step.fence {
            self.line(&format!("{};", fence.text));
        }
    }

    /// Takes the spinlock; executions in which it is not free are filtered out.
    fn lock(&mut self) {
        match self.words.lock() {
            Taking::Waits(statement) => self.line(&statement),
            Taking::Tries(expression) => {
                let old = self.read(&expression);
                self.filter.push(format!("{old}=0"));
            }
        }
    }

    /// Makes the access; what a condition calls what it reads.
    fn access(&mut self, step: &Step) -> Option<String> {
        let (cell, zero) = (name(step.cell), format!("({0} ^ {0})", self.last()));
        let at = if depends(step, Part::Address).is_some() { format!("({cell} + {zero})") } else { cell };
        match step.act {
            Act::Write(by, value) => {
                let data = depends(step, Part::Data).is_some();
                let value = if data { format!("{zero} + {value}") } else { value.to_string() };
                self.line(&self.words.store(by, &at, &value));
                None
            }
            Act::Rmw(x) if x.form.result == Shown::Never => {
                self.line(&format!("{};", self.words.rmw(&x, &at)));
                None
            }
            Act::Read(by) if by.on == On::Misses => Some(self.compare(self.words.missing(by), &at, MISSED.0, MISSED.1)),
            Act::Rmw(x) if x.form.op == Op::Cas => Some(self.compare(x.order(), &at, step.expect, x.operand)),
            Act::Read(by) => Some(self.read(&self.words.load(by, &at))),
            Act::Rmw(x) => Some(self.read(&self.words.rmw(&x, &at))),
        }
    }

    /// Reads to a new register.
    fn read(&mut self, expression: &str) -> String {
        self.line(&format!("r{} = {expression};", self.registers));
        self.registers += 1;
        format!("{}:{}", self.number, self.last())
    }

    fn compare(&mut self, order: &str, at: &str, expect: u64, value: u64) -> String {
        let object = format!("e{}{}", self.number, self.objects.len());
        let register = self.read(&self.words.compare(order, at, &object, expect, value));
        if !self.words.compares_by_object() {
            return register;
        }
        self.objects.push((object.clone(), expect));
        format!("[{object}]")
    }
}
