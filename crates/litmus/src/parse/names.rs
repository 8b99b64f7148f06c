//! Names of variables and registers, as they are met.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::ast::{Global, Init, Register, Statement, Thread};
use crate::error::{Fault, Place};
use crate::lexer::abbreviated;
use crate::types::Type;

/// The most elements of all shared variables together.
const MAX_ELEMENTS: usize = 4_096;
/// The most registers of a thread.
const MAX_REGISTERS: usize = 1_024;
/// The most threads: the engine's own limit.
pub(super) const MAX_THREADS: usize = 64;

#[derive(Default)]
pub(super) struct Names<'t> {
    globals: Vec<Global>,
    by_name: HashMap<&'t str, usize>,
    /// By the number in a thread's name.
    registers: BTreeMap<usize, Registers<'t>>,
    /// The threads that the text has.
    threads: BTreeSet<usize>,
    elements: usize,
}

#[derive(Default)]
struct Registers<'t> {
    /// Where the first of them was met.
    place: Place,
    list: Vec<(Register, Known)>,
    by_name: HashMap<&'t str, usize>,
    declared: BTreeSet<&'t str>,
    /// By block that is open: what was declared in it; of the thread itself, its parameters.
    blocks: Vec<Vec<&'t str>>,
}

/// Whether a register ever gets a value, or else where it is read.
#[derive(Clone, Copy)]
enum Known {
    Yes,
    No { read: Option<Place> },
}

impl<'t> Names<'t> {
    /// The variable of that name; a new one, initially 0, if it was not met before.
    pub fn global(&mut self, name: &'t str, place: Place) -> Result<usize, Fault> {
        if let Some(&known) = self.by_name.get(name) {
            return Ok(known);
        }
        self.grow(1, place)?;
        self.by_name.insert(name, self.globals.len());
        let (name, init) = (name.to_owned(), vec![Init::Number(0)]);
        self.globals.push(Global { name, ty: Type::INT, declared: false, array: false, init });
        Ok(self.globals.len() - 1)
    }

    fn grow(&mut self, by: usize, place: Place) -> Result<(), Fault> {
        self.elements += by;
        if self.elements > MAX_ELEMENTS {
            let problem = format!("the shared variables have more than {MAX_ELEMENTS} elements");
            return Err(Fault::broken(place, problem, "use fewer or smaller arrays"));
        }
        Ok(())
    }

    pub fn known_global(&self, name: &str) -> Option<(usize, &Global)> {
        self.by_name.get(name).map(|&index| (index, &self.globals[index]))
    }

    /// Gives a variable its initial value; an array if `array`.
    pub fn set_global(&mut self, name: &'t str, array: bool, init: Vec<Init>, place: Place) -> Result<(), Fault> {
        let index = self.global(name, place)?;
        self.grow(init.len() - 1, place)?;
        self.globals[index].array = array;
        self.globals[index].init = init;
        Ok(())
    }

    /// The variable of that name, declared with this type: the widest of several is its own.
    pub fn declare_global(&mut self, name: &'t str, ty: Option<Type>, place: Place) -> Result<usize, Fault> {
        let index = self.global(name, place)?;
        if let Some(ty) = ty {
            let global = &mut self.globals[index];
            global.ty = if global.declared { global.ty.wider(ty) } else { ty };
            global.declared = true;
        }
        Ok(index)
    }

    /// Whether an array was declared.
    pub fn is_array(&self, variable: usize) -> bool {
        self.globals[variable].array
    }

    /// How an element of a variable is printed as an address.
    pub fn element_name(&self, variable: usize, element: usize) -> String {
        self.globals[variable].element_name(element)
    }

    pub fn begin_thread(&mut self, number: usize) {
        self.threads.insert(number);
        self.begin_block(number);
    }

    pub fn has_thread(&self, number: usize) -> bool {
        self.threads.contains(&number)
    }

    /// An error if the initial state speaks of a thread that there is not.
    pub fn check_threads(&self) -> Result<(), Fault> {
        let stray = self.registers.iter().find(|&(&number, _)| !self.has_thread(number));
        stray.map_or(Ok(()), |(number, registers)| {
            let problem = format!("the initial state names a register of thread {number}, which there is not");
            Err(Fault::broken(registers.place, problem, "use the number of one of the threads"))
        })
    }

    fn of(&mut self, thread: usize) -> &mut Registers<'t> {
        self.registers.entry(thread).or_default()
    }

    /// The register of that name; a new one, without a value, if it was not met before.
    fn register(&mut self, thread: usize, name: &'t str, place: Place) -> Result<usize, Fault> {
        let registers = self.of(thread);
        if let Some(&known) = registers.by_name.get(name) {
            return Ok(known);
        }
        if registers.list.len() == MAX_REGISTERS {
            let problem = format!("P{thread} has more than {MAX_REGISTERS} registers");
            return Err(Fault::broken(place, problem, "use fewer"));
        }
        if registers.list.is_empty() {
            registers.place = place;
        }
        registers.by_name.insert(name, registers.list.len());
        let register = Register { name: name.to_owned(), ty: Type::INT, init: Init::Number(0) };
        registers.list.push((register, Known::No { read: None }));
        Ok(registers.list.len() - 1)
    }

    /// A register that is assigned to.
    pub fn write(&mut self, thread: usize, name: &'t str, place: Place) -> Result<usize, Fault> {
        let index = self.register(thread, name, place)?;
        self.of(thread).list[index].1 = Known::Yes;
        Ok(index)
    }

    /// A register that has a value when the thread begins; of this type, if it is given.
    pub fn begin(
        &mut self,
        thread: usize,
        name: &'t str,
        init: Init,
        ty: Option<Type>,
        place: Place,
    ) -> Result<(), Fault> {
        let index = self.write(thread, name, place)?;
        let register = &mut self.of(thread).list[index].0;
        register.init = init;
        register.ty = ty.unwrap_or(register.ty);
        Ok(())
    }

    /// A register that is declared in the block that was opened last. What blocks side by side declare by one name is one
    /// register.
    pub fn declare(&mut self, thread: usize, name: &'t str, ty: Type, place: Place) -> Result<usize, Fault> {
        if self.of(thread).blocks.iter().flatten().any(|known| *known == name) {
            let problem = format!("`{}` is declared already", abbreviated(name));
            return Err(Fault::broken(place, problem, "give the second one another name, or assign to the first"));
        }
        let index = self.write(thread, name, place)?;
        let registers = self.of(thread);
        if let Some(block) = registers.blocks.last_mut() {
            block.push(name);
        }
        let (register, declared) = (&mut registers.list[index].0, registers.declared.insert(name));
        if !declared && register.ty != ty {
            let problem = format!("`{}` is declared with another type in another block", abbreviated(name));
            return Err(Fault::broken(place, problem, "give it another name here"));
        }
        register.ty = ty;
        Ok(index)
    }

    pub fn is_register(&self, thread: usize, name: &str) -> bool {
        self.registers.get(&thread).is_some_and(|registers| registers.by_name.contains_key(name))
    }

    pub fn type_of(&self, thread: usize, register: usize) -> Type {
        self.registers.get(&thread).map_or(Type::INT, |registers| registers.list[register].0.ty)
    }

    pub fn begin_block(&mut self, thread: usize) {
        self.of(thread).blocks.push(Vec::new());
    }

    pub fn end_block(&mut self, thread: usize) {
        self.of(thread).blocks.pop();
    }

    /// A register that is read by the thread itself.
    pub fn read(&mut self, thread: usize, name: &'t str, place: Place) -> Result<usize, Fault> {
        let index = self.register(thread, name, place)?;
        if let (_, Known::No { read: read @ None }) = &mut self.of(thread).list[index] {
            *read = Some(place);
        }
        Ok(index)
    }

    /// A register that the condition speaks of: one that never gets a value is 0, as it is for herd.
    pub fn observe(&mut self, thread: usize, name: &'t str, place: Place) -> Result<(), Fault> {
        self.register(thread, name, place).map(|_| ())
    }

    /// The variables, and the threads with their registers; an error if a register is read that never gets a value.
    pub fn finish(mut self, bodies: Vec<(usize, Vec<Statement>)>) -> Result<(Vec<Global>, Vec<Thread>), Fault> {
        let mut threads = Vec::new();
        for (number, body) in bodies {
            let registers = self.registers.remove(&number).unwrap_or_default();
            for (register, known) in &registers.list {
                if let Known::No { read: Some(place) } = known {
                    let name = abbreviated(&register.name);
                    let problem = format!("`{name}` is neither a parameter nor a register of P{number}");
                    let remedy = format!("make it a parameter (`int *{name}`), or declare it (`int {name};`)");
                    return Err(Fault::broken(*place, problem, remedy));
                }
            }
            let registers = registers.list.into_iter().map(|(register, _)| register).collect();
            threads.push(Thread { number, registers, body });
        }
        Ok((self.globals, threads))
    }
}
