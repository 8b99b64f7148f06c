//! Tests as `.litmus` files: what is common to the dialects.

mod arm64;
mod c;
mod power64;
mod riscv64;
mod x86_64;

use std::collections::BTreeMap;

use super::build::name;
use super::edge::{Dependency, Part};
use super::shape::{Step, Thread, Variable};
use super::{CycleTest, Dialect};

/// The whole file.
pub(super) fn text(test: &CycleTest, title: &str) -> String {
    match test.dialect {
        Dialect::AArch64 => table(test, title, &arm64::Arm),
        Dialect::X86_64 => table(test, title, &x86_64::X86),
        Dialect::RiscV => table(test, title, &riscv64::RiscV),
        Dialect::Power => table(test, title, &power64::Power),
        Dialect::Linux => c::text(test, title, &c::Linux),
        Dialect::C11 => c::text(test, title, &c::C11),
    }
}

/// The name of the spinlock that [`Step::lock`] means.
const LOCK: &str = "l";

/// An architecture's assembly.
trait Assembly {
    /// The register with this number, as `init` and conditions name it.
    fn register(&self, number: usize) -> String;

    /// The step, without its locks, fences and branches. What it reads goes to the register that is returned.
    fn access(&self, code: &mut Code<'_>, step: &Step) -> Option<usize>;

    /// The branch of a control dependency on the latest read.
    fn branch(&self, _code: &mut Code<'_>, _dependency: &Dependency) {}

    /// Takes the spinlock; executions in which it is not free are filtered out.
    fn lock(&self, code: &mut Code<'_>);

    fn unlock(&self, code: &mut Code<'_>);

    /// Stores the number of exclusive pairs that succeeded.
    fn store_count(&self, _code: &mut Code<'_>, _count: usize) {}
}

/// One thread's assembly, as it grows.
struct Code<'a> {
    assembly: &'a dyn Assembly,
    thread: usize,
    registers: usize,
    labels: usize,
    /// Registers that hold addresses, by location.
    addresses: BTreeMap<String, usize>,
    lines: Vec<String>,
    /// The register of the latest read.
    last: usize,
    /// The register that counts successful exclusive pairs.
    count: Option<usize>,
    /// What a condition calls the thread's results.
    results: Vec<String>,
    /// What must hold for an execution to count.
    filter: Vec<String>,
}

impl Code<'_> {
    fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn fresh(&mut self) -> usize {
        self.registers += 1;
        self.registers - 1
    }

    fn label(&mut self) -> String {
        self.labels += 1;
        format!("LC{}{}", self.thread, self.labels - 1)
    }

    /// Where a thread goes on after an exclusive pair that failed.
    fn end(&self) -> String {
        format!("End{}", self.thread)
    }

    fn address(&mut self, location: &str) -> usize {
        match self.addresses.get(location) {
            Some(&register) => register,
            None => {
                let register = self.fresh();
                self.addresses.insert(location.to_owned(), register);
                register
            }
        }
    }

    fn count(&mut self) -> usize {
        match self.count {
            Some(register) => register,
            None => {
                let register = self.fresh();
                *self.count.insert(register)
            }
        }
    }

    /// Lets only executions count in which the register ends as 0.
    fn require_zero(&mut self, register: usize) {
        let register = self.assembly.register(register);
        self.filter.push(format!("{}:{register}=0", self.thread));
    }
}

/// The dependency of a step on an earlier read, if it is on this part.
fn depends(step: &Step, on: Part) -> Option<&'static Dependency> {
    step.depends.filter(|dependency| dependency.on == on)
}

fn code<'a>(assembly: &'a dyn Assembly, number: usize, thread: &Thread) -> Code<'a> {
    let mut code = Code {
        assembly,
        thread: number,
        registers: 0,
        labels: 0,
        addresses: BTreeMap::new(),
        lines: Vec::new(),
        last: 0,
        count: None,
        results: Vec::new(),
        filter: Vec::new(),
    };
    for step in &thread.steps {
        if let Some(dependency) = depends(step, Part::Control) {
            assembly.branch(&mut code, dependency);
            if let Some(fence) = dependency.fence {
                code.line(fence.text);
            }
        }
        if step.lock.0 {
            assembly.lock(&mut code);
        }
        if let Some(register) = assembly.access(&mut code, step) {
            code.last = register;
            if step.shown.is_some() {
                code.results.push(format!("{number}:{}", assembly.register(register)));
            }
        }
        if step.lock.1 {
            assembly.unlock(&mut code);
        }
        if let Some(fence) = step.fence {
            code.line(fence.text);
        }
    }
    if let Some(count) = code.count {
        let end = code.end();
        code.line(format!("{end}:"));
        if thread.pairs > 0 {
            assembly.store_count(&mut code, count);
            code.results.push(format!("[{}]", counter(number)));
        }
    }
    code
}

/// The location in which a thread leaves the number of its successful exclusive pairs.
fn counter(thread: usize) -> String {
    format!("ok{thread}")
}

/// A file whose threads are columns of assembly.
fn table(test: &CycleTest, title: &str, assembly: &dyn Assembly) -> String {
    let threads = test.shape.threads.iter().enumerate();
    let codes: Vec<_> = threads.map(|(number, thread)| code(assembly, number, thread)).collect();
    let mut file = format!("{} {title}\n\"{}\"\n{{\n", test.dialect, test.cycle);
    for code in &codes {
        let one = |(location, &register): (&String, &usize)| {
            format!("{}:{}={location};", code.thread, assembly.register(register))
        };
        let line = code.addresses.iter().map(one).collect::<Vec<_>>().join(" ");
        if !line.is_empty() {
            file += &format!("{line}\n");
        }
    }
    file += "}\n";
    let columns: Vec<Vec<String>> = codes
        .iter()
        .map(|code| [format!("P{}", code.thread)].into_iter().chain(code.lines.iter().cloned()).collect())
        .collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..height {
        let cell = |column: &Vec<String>| {
            let width = column.iter().map(String::len).max().unwrap_or(0);
            format!("{:width$}", column.get(row).map_or("", String::as_str))
        };
        file += &format!(" {} ;\n", columns.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
    let required: Vec<_> = codes.iter().flat_map(|code| code.filter.clone()).collect();
    let results: Vec<_> = codes.into_iter().map(|code| code.results).collect();
    file + &filter(&required) + &condition(test, &results)
}

/// The line that leaves out executions in which not all of this holds, if there is something.
fn filter(required: &[String]) -> String {
    if required.is_empty() { String::new() } else { format!("filter ({})\n", required.join(" /\\ ")) }
}

/// The last line, with the names of the threads' results.
fn condition(test: &CycleTest, results: &[Vec<String>]) -> String {
    let atom = |&(variable, value): &(Variable, u64)| match variable {
        Variable::Result { thread, index } => format!("{}={value}", results[thread][index]),
        Variable::Cell(cell) => format!("[{}]={value}", name(cell)),
    };
    let atoms: Vec<_> = test.shape.condition.iter().map(atom).collect();
    format!("exists ({})\n", atoms.join(" /\\ "))
}
