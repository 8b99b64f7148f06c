//! The header, and the initial state.

use super::Parser;
use crate::ast::Init;
use crate::error::{Fault, Place, Reason};
use crate::lexer::{Lexeme, abbreviated, word};
use crate::types::Type;

/// The architectures and languages that other litmus tests are written in.
const OTHERS: &[&str] = &[
    "AArch64", "AARCH64", "ARM", "ASL", "BPF", "Bell", "CPP", "JAVA", "LISA", "MIPS", "OPENCL", "PPC", "PTX", "RISCV",
    "VULKAN", "X86", "X86_64",
];

/// The number in the name of a thread.
pub(super) fn thread_number(name: &str) -> Option<usize> {
    let digits = name.strip_prefix('P')?;
    (digits.len() < 7 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

impl<'t> Parser<'t> {
    /// `C NAME` and what may follow it; the name.
    pub(super) fn header(&mut self) -> Result<String, Fault> {
        let remedy = "begin the file with a line `C NAME`";
        let (dialect, place) = self.name("the letter C", remedy)?;
        if dialect != "C" {
            if OTHERS.contains(&dialect) {
                let fault = Fault::unsupported(place, &format!("the language {dialect}"), "only C tests are read here");
                return Err(Fault { reason: Reason::Language(dialect.to_owned()), ..fault });
            }
            return Err(Fault::broken(
                place,
                format!("found `{}` instead of the letter C", abbreviated(dialect)),
                remedy,
            ));
        }
        let rest = &self.lexer.text[self.lexer.place..];
        let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
        let Some(name) = line.split_whitespace().next() else {
            return Err(Fault::broken(self.lexer.place, "the test has no name", "write one after the letter C"));
        };
        self.lexer.place += line.find(name).unwrap_or(0) + name.len();
        self.skip_to_initial_state()?;
        Ok(name.to_owned())
    }

    /// Skips strings, comments, `KEY=VALUE` lines and prose, up to and with the `{`.
    fn skip_to_initial_state(&mut self) -> Result<(), Fault> {
        const REMEDY: &str = "write the initial state in braces before the threads, `{}` if all is 0";
        loop {
            self.lexer.skip()?;
            let (place, rest) = (self.lexer.place, &self.lexer.text[self.lexer.place..]);
            let Some(first) = rest.chars().next() else {
                return Err(Fault::broken(place, "there is no initial state", REMEDY));
            };
            let word = word(rest);
            if thread_number(word).is_some() && rest[word.len()..].trim_start().starts_with('(') {
                return Err(Fault::broken(place, format!("{word} begins before the initial state"), REMEDY));
            }
            match first {
                '"' => {
                    self.lexer.next()?;
                }
                _ => self.lexer.place += word.len().max(first.len_utf8()),
            }
            if first == '{' {
                return Ok(());
            }
        }
    }

    /// `x=1; int *p=&x; 0:r1=2; atomic_t a[2]={0,1}; }`
    pub(super) fn initial_state(&mut self) -> Result<(), Fault> {
        let mut seen = Vec::new();
        while !self.eat("}")? {
            if !self.eat(";")? {
                let place = self.place()?;
                let target = self.initial_value()?;
                if seen.contains(&target) {
                    let problem = "this is given an initial value a second time";
                    return Err(Fault::broken(place, problem, "remove one of the two"));
                }
                seen.push(target);
                if !self.at("}")? {
                    self.expect(";", "separate initial values by `;`, and end the initial state with `}`")?;
                }
            }
        }
        Ok(())
    }

    /// One of them; what it is of: a thread's register or a variable.
    fn initial_value(&mut self) -> Result<(Option<usize>, &'t str), Fault> {
        const REMEDY: &str = "write `x=1`, `int *p=&x`, `0:r1=2` or `atomic_t a[2]={0,1}`";
        let mut words: Vec<(&str, Place)> = Vec::new();
        let mut register = None;
        let mut array = None;
        let mut stars = 0;
        loop {
            let token = self.take()?;
            match token.lexeme {
                Lexeme::Number(number) if register.is_none() && self.at(":")? => {
                    self.take()?;
                    let number = usize::try_from(number).unwrap_or(usize::MAX);
                    let (name, place) = self.name("a register", REMEDY)?;
                    register = Some((number, name, place));
                }
                Lexeme::Name(name) if register.is_none() && thread_number(name).is_some() && self.at(":")? => {
                    self.take()?;
                    let (register_name, place) = self.name("a register", REMEDY)?;
                    register = thread_number(name).map(|number| (number, register_name, place));
                }
                Lexeme::Name(name) if register.is_none() => words.push((name, token.place)),
                Lexeme::Mark("*") => stars += 1,
                Lexeme::Mark("[") if words.is_empty() => {
                    words.push(self.name("a variable", REMEDY)?);
                    self.expect("]", REMEDY)?;
                }
                Lexeme::Mark("[") if register.is_none() && array.is_none() => {
                    let place = self.place()?;
                    let size = self.index("give the number of elements of the array")?;
                    if size == 0 {
                        return Err(Fault::broken(place, "an array of no elements", "give it at least one"));
                    }
                    self.expect("]", "close the number of elements with `]`")?;
                    array = Some((size, place));
                }
                other => {
                    let problem = format!("found {other} in the initial state");
                    return Err(Fault::broken(token.place, problem, REMEDY));
                }
            }
            if self.at("=")? || self.at(";")? || self.at("}")? {
                break;
            }
        }
        let variable = if register.is_none() { words.pop() } else { None };
        for (index, &(word, place)) in words.iter().enumerate() {
            let after_struct = index > 0 && words[index - 1].0 == "struct";
            if !Type::is_word(word) && !after_struct {
                let problem = format!("`{}` is not a type", abbreviated(word));
                return Err(Fault::broken(place, problem, REMEDY));
            }
        }
        let words: Vec<&str> = words.iter().map(|&(word, _)| word).collect();
        let ty = match words[..] {
            [] if stars == 0 => None,
            [] => Some(Type::VOID_POINTER),
            _ => Some(Type::of_words(&words).with_stars(stars)),
        };
        let given = self.eat("=")?;
        if let Some((thread, name, place)) = register {
            let init = if given { self.value()? } else { Init::Number(0) };
            self.names.begin(thread, name, init, ty, place)?;
            return Ok((Some(thread), name));
        }
        let Some((name, place)) = variable else {
            let place = self.place()?;
            return Err(Fault::broken(place, "this initial value is of no variable", REMEDY));
        };
        let init = match array {
            Some((size, place)) => self.elements(size, given, place)?,
            None if given => vec![self.value()?],
            None => vec![Init::Number(0)],
        };
        self.names.set_global(name, array.is_some(), init, place)?;
        self.names.declare_global(name, ty, place)?;
        Ok((None, name))
    }

    /// The values of an array of `size` elements, if they are given.
    fn elements(&mut self, size: usize, given: bool, place: Place) -> Result<Vec<Init>, Fault> {
        if size > 1_024 {
            return Err(Fault::broken(place, format!("an array of {size} elements"), "use at most 1024"));
        }
        if !given {
            return Ok(vec![Init::Number(0); size]);
        }
        self.expect("{", "write the elements of an array in braces: `{0,1}`")?;
        let mut elements = vec![self.value()?];
        while self.eat(",")? {
            elements.push(self.value()?);
        }
        self.expect("}", "close the elements with `}`")?;
        if elements.len() != size {
            let problem = format!("{} values for an array of {size} elements", elements.len());
            return Err(Fault::broken(place, problem, "give one value for each element"));
        }
        Ok(elements)
    }

    /// A number, the address of a variable or element, or `ATOMIC_INIT(…)` of one.
    fn value(&mut self) -> Result<Init, Fault> {
        const REMEDY: &str = "write a number, a variable's address (`&x`), or ATOMIC_INIT(…)";
        if self.eat_word("ATOMIC_INIT")? {
            self.expect("(", "write ATOMIC_INIT(0)")?;
            let value = self.nested(Self::value)?;
            self.expect(")", "close ATOMIC_INIT( with `)`")?;
            return Ok(value);
        }
        let ampersand = self.eat("&")?;
        if !ampersand {
            if self.eat_word("true")? {
                return Ok(Init::Number(1));
            }
            if self.eat_word("false")? || self.eat_word("NULL")? {
                return Ok(Init::Number(0));
            }
        }
        if let Lexeme::Name(_) = self.peek()? {
            let (name, place) = self.name("a variable", REMEDY)?;
            let (variable, element) = self.symbol(name, place)?;
            return Ok(Init::Address(variable, element));
        }
        if self.at("*")? {
            let place = self.place()?;
            return Err(Fault::unsupported(place, "`*` in an initial value", REMEDY));
        }
        if ampersand {
            let token = self.take()?;
            return Err(Fault::broken(token.place, format!("found {} after `&`", token.lexeme), REMEDY));
        }
        Ok(Init::Number(self.number(REMEDY)?))
    }

    /// The rest of `x` or `x[1]`, as an address.
    pub(super) fn symbol(&mut self, name: &'t str, place: Place) -> Result<(usize, usize), Fault> {
        if name == "NULL" {
            return Err(Fault::broken(place, "`NULL` is no address", "write 0"));
        }
        let variable = self.names.global(name, place)?;
        let mut element = 0;
        if self.eat("[")? {
            let place = self.place()?;
            element = self.index("give the number of an element")?;
            self.expect("]", "close the number of the element with `]`")?;
            let size = self.names.known_global(name).map_or(0, |(_, global)| global.init.len());
            if element >= size {
                let problem = format!("`{}` has {size} elements, numbered from 0", abbreviated(name));
                return Err(Fault::broken(place, problem, "give the number of one of them"));
            }
        }
        Ok((variable, element))
    }
}
