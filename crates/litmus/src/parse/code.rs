//! Threads and statements.

use super::Parser;
use super::header::thread_number;
use super::names::MAX_THREADS;
use crate::ast::{Expression, Init, Statement};
use crate::error::{Fault, Place};
use crate::lexer::{Lexeme, World, abbreviated};
use crate::types::Type;
use crate::vocabulary::Dialect;

/// Statements of C that are not read, and what to write instead.
const UNREAD: &[(&str, &str)] = &[
    ("for", "write a `while` loop"),
    ("do", "write a `while` loop"),
    ("switch", "write `if` and `else`"),
    ("goto", "write `if`, `else` and `while`"),
    ("return", "put what follows into the other arm of an `if`"),
    ("break", "put the condition into the `while`"),
    ("continue", "put what follows into the other arm of an `if`"),
];

impl<'t> Parser<'t> {
    /// `P0(int *x) { … } P1(…) { … }`, by number.
    pub(super) fn threads(&mut self) -> Result<Vec<(usize, Vec<Statement>)>, Fault> {
        let mut threads: Vec<(usize, Vec<Statement>)> = Vec::new();
        loop {
            // Between threads `(*` begins a comment.
            self.world(World::State)?;
            let next = match *self.peek()? {
                Lexeme::Name(word) => word,
                _ => "",
            };
            let begins = matches!(next, "void" | "static") || thread_number(next).is_some();
            if !begins && !threads.is_empty() {
                self.names.check_threads()?;
                return Ok(threads);
            }
            self.world(World::Code)?;
            while self.eat_word("static")? || self.eat_word("void")? {}
            let remedy = "write the threads as `P0(int *x, int *y) { … }`, `P1(…) { … }` and so on";
            let (name, place) = self.name("a thread", remedy)?;
            let Some(number) = thread_number(name) else {
                let problem = format!("found `{}` instead of a thread", abbreviated(name));
                return Err(Fault::broken(place, problem, remedy));
            };
            if threads.iter().any(|&(known, _)| known == number) {
                return Err(Fault::broken(
                    place,
                    format!("P{number} is there already"),
                    "give each thread its own number",
                ));
            }
            if threads.len() == MAX_THREADS {
                let what = format!("a test of more than {MAX_THREADS} threads");
                return Err(Fault::unsupported(place, &what, "split it"));
            }
            self.names.begin_thread(number);
            self.parameters(number)?;
            self.expect("{", "write the thread's statements in braces")?;
            threads.push((number, self.statements(number)?));
        }
    }

    fn parameters(&mut self, thread: usize) -> Result<(), Fault> {
        self.expect("(", "write the thread's parameters in parentheses, `()` if it has none")?;
        if self.eat(")")? {
            return Ok(());
        }
        loop {
            if self.at_word("void")? && self.parameter_list_is_void()? {
                break;
            }
            let (name, place, pointee) = self.parameter()?;
            let Some(pointee) = pointee else {
                let problem = format!("the parameter `{}` is no pointer", abbreviated(name));
                let remedy = format!("a parameter is a shared variable's address: write `int *{}`", abbreviated(name));
                return Err(Fault::broken(place, problem, remedy));
            };
            let variable = self.names.declare_global(name, Some(pointee), place)?;
            if self.names.is_register(thread, name) {
                let problem = format!("the initial state gives `{}` a value, which is a parameter", abbreviated(name));
                return Err(Fault::broken(place, problem, "a parameter is its variable's address: take the value out"));
            }
            self.names.declare(thread, name, pointee.with_stars(1), place)?;
            self.names.begin(thread, name, Init::Address(variable, 0), None, place)?;
            if !self.eat(",")? {
                break;
            }
        }
        self.expect(")", "separate parameters by `,` and close them with `)`")?;
        Ok(())
    }

    /// Takes `void` if `)` follows it.
    fn parameter_list_is_void(&mut self) -> Result<bool, Fault> {
        let token = self.take()?;
        if self.at(")")? {
            return Ok(true);
        }
        self.return_to(&token);
        Ok(false)
    }

    /// Its name, and the type that it points to; `None` if it is no pointer.
    fn parameter(&mut self) -> Result<(&'t str, Place, Option<Type>), Fault> {
        let ty = self.type_words()?;
        let stars = self.stars()?;
        let (name, place) = self.name("a parameter", "write a parameter as `int *x`")?;
        let array = self.eat("[")?;
        if array {
            self.expect("]", "write an array parameter as `int x[]`, or as `int *x`")?;
        }
        let pointee = (stars + u32::from(array)).checked_sub(1).map(|stars| ty.with_stars(stars));
        Ok((name, place, pointee))
    }

    /// The words of a type, of which there must be one.
    pub(super) fn type_words(&mut self) -> Result<Type, Fault> {
        let (mut word, mut place) = self.name("a type", "begin with a type, such as `int`")?;
        if !Type::is_word(word) {
            let problem = format!("`{}` is not a type", abbreviated(word));
            return Err(Fault::broken(place, problem, "write `int` (or atomic_t, spinlock_t, struct srcu_struct, …)"));
        }
        let mut words = Vec::new();
        loop {
            words.push(word);
            if word == "atomic_int" || word == "atomic_uint" || word == "_Atomic" {
                self.uses(Dialect::C11, word, place)?;
            }
            if word == "struct" {
                self.name("the name of a struct", "write `struct srcu_struct`")?;
            }
            if word == "_Atomic" && self.eat("(")? {
                let ty = self.nested(Self::type_words)?;
                let stars = self.stars()?;
                self.expect(")", "write `_Atomic(int)`")?;
                return Ok(ty.with_stars(stars));
            }
            match *self.peek()? {
                Lexeme::Name(next) if Type::is_word(next) => (word, place) = self.name("a type", "")?,
                _ => return Ok(Type::of_words(&words)),
            }
        }
    }

    /// Any `*` and `const` of a declarator; the number of `*`.
    pub(super) fn stars(&mut self) -> Result<u32, Fault> {
        let mut stars = 0;
        loop {
            if self.eat("*")? {
                stars += 1;
            } else if !(self.eat_word("const")? || self.eat_word("volatile")?) {
                return Ok(stars);
            }
        }
    }

    /// Statements up to and with the `}`.
    fn statements(&mut self, thread: usize) -> Result<Vec<Statement>, Fault> {
        let mut list = Vec::new();
        self.names.begin_block(thread);
        while !self.eat("}")? {
            self.statement(thread, &mut list)?;
        }
        self.names.end_block(thread);
        Ok(list)
    }

    /// An arm: one statement, or several in braces.
    fn arm(&mut self, thread: usize) -> Result<Vec<Statement>, Fault> {
        self.nested(|parser| {
            let mut list = Vec::new();
            parser.statement(thread, &mut list)?;
            Ok(list)
        })
    }

    fn statement(&mut self, thread: usize, list: &mut Vec<Statement>) -> Result<(), Fault> {
        self.operators = 0;
        let place = self.place()?;
        if let &Lexeme::Name(word) = self.peek()?
            && self.begins_what_follows(word)?
        {
            let problem = format!("found `{word}` inside P{thread}");
            return Err(Fault::broken(place, problem, "close each `{` with a `}`"));
        }
        match *self.peek()? {
            Lexeme::Mark(";") => {
                self.take()?;
            }
            Lexeme::Mark("{") => {
                self.take()?;
                let inner = self.nested(|parser| parser.statements(thread))?;
                list.extend(inner);
            }
            Lexeme::End => {
                let problem = format!("the file ends inside P{thread}");
                return Err(Fault::broken(place, problem, "close each `{` with a `}`"));
            }
            Lexeme::Name("if") => {
                self.take()?;
                let condition = self.condition_in_parentheses(thread)?;
                let then = self.arm(thread)?;
                let otherwise = if self.eat_word("else")? { self.arm(thread)? } else { Vec::new() };
                list.push(Statement::If { condition, then, otherwise });
            }
            Lexeme::Name("while") => {
                self.take()?;
                let condition = self.condition_in_parentheses(thread)?;
                let body = self.arm(thread)?;
                list.push(Statement::While { condition, body });
            }
            Lexeme::Name("else") => {
                return Err(Fault::broken(
                    place,
                    "this `else` belongs to no `if`",
                    "put it directly after an `if`'s arm",
                ));
            }
            Lexeme::Name(word) if Type::is_word(word) => self.declaration(thread, list)?,
            Lexeme::Name(word) => {
                // herd, which does not read them either, takes them for names of registers.
                if let Some((word, remedy)) = UNREAD.iter().find(|(unread, _)| *unread == word)
                    && !self.follows("=")?
                {
                    return Err(Fault::unsupported(place, &format!("`{word}`"), *remedy));
                }
                self.expression_statement(thread, list)?;
            }
            _ => self.expression_statement(thread, list)?,
        }
        Ok(())
    }

    /// Whether this word, which is next, begins another thread or what follows the threads.
    fn begins_what_follows(&mut self, word: &str) -> Result<bool, Fault> {
        Ok(match word {
            "exists" | "forall" | "filter" => self.follows("(")?,
            "locations" => self.follows("[")?,
            _ => thread_number(word).is_some() && self.follows("(")?,
        })
    }

    fn condition_in_parentheses(&mut self, thread: usize) -> Result<Expression, Fault> {
        self.expect("(", "write the condition in parentheses")?;
        let condition = self.expression(thread)?;
        self.expect(")", "close the condition with `)`")?;
        Ok(condition)
    }

    /// `int r0, *r1 = x;`
    fn declaration(&mut self, thread: usize, list: &mut Vec<Statement>) -> Result<(), Fault> {
        let ty = self.type_words()?;
        loop {
            let ty = ty.with_stars(self.stars()?);
            let (name, place) = self.name("the name of a register", "write `int r0;` or `int r0 = READ_ONCE(*x);`")?;
            if self.at("[")? {
                return Err(Fault::unsupported(place, "a local array", "declare the array in the initial state"));
            }
            let register = self.names.declare(thread, name, ty, place)?;
            if self.eat("=")? {
                let value = self.expression(thread)?;
                list.push(Statement::Assign(register, value));
            }
            if !self.eat(",")? {
                break;
            }
        }
        self.expect(";", "end the declaration with `;`")?;
        Ok(())
    }

    /// An assignment, a plain store, or a call.
    fn expression_statement(&mut self, thread: usize, list: &mut Vec<Statement>) -> Result<(), Fault> {
        let place = self.place()?;
        // An assignment to a register that was not met before declares it.
        if let &Lexeme::Name(name) = self.peek()? {
            let token = self.take()?;
            if self.eat("=")? {
                let value = self.expression(thread)?;
                let register = self.names.write(thread, name, place)?;
                list.push(Statement::Assign(register, value));
                self.expect(";", "end the assignment with `;`")?;
                return Ok(());
            }
            if let Lexeme::Name(_) = self.peek()? {
                let what = format!("the type `{}`", abbreviated(name));
                return Err(Fault::unsupported(place, &what, "declare a register as `int`, or as another integer"));
            }
            if self.at(":")? {
                return Err(Fault::unsupported(place, "a label", "write `if`, `else` and `while` instead of `goto`"));
            }
            self.return_to(&token);
        }
        let effect = self.effect(thread)?;
        if self.at("=")? {
            let equals = self.take()?.place;
            let Expression::Load(address, place) = effect else {
                let problem = "the left side of this assignment is no variable";
                return Err(Fault::broken(equals, problem, "assign to a register (`r0 = …`) or a variable (`*x = …`)"));
            };
            let value = self.expression(thread)?;
            list.push(Statement::Store { address: *address, value, place });
        } else {
            list.push(Statement::Evaluate(effect));
        }
        for mark in ["+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--"] {
            if self.at(mark)? {
                let place = self.place()?;
                return Err(Fault::unsupported(place, &format!("`{mark}`"), "write the assignment out: `r0 = r0 + 1`"));
            }
        }
        self.expect(";", "end the statement with `;`")?;
        Ok(())
    }
}
