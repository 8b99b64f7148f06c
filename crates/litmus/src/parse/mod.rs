//! From text to [`Test`].
//!
//! By recursive descent, in the order of the file: header, initial state, threads, condition. Names are resolved on the
//! way, so that every error has a place.

mod code;
mod expression;
mod final_state;
mod header;
mod names;

use crate::ast::Test;
use crate::error::{Error, Fault, Place};
use crate::expect::Expectation;
use crate::lexer::{Lexeme, Lexer, Token, World};
use crate::vocabulary::Dialect;
use names::Names;

/// How deeply statements, expressions and propositions nest at most.
const MAX_DEPTH: usize = 60;
/// The longest text, in bytes.
const MAX_TEXT: usize = 1 << 20;
/// The most operators in one expression or condition.
const MAX_OPERATORS: usize = 2_000;

/// Reads a test. `file` is what errors call it.
///
/// # Errors
/// The first thing in `text` that is no test of herd's C dialect or is not supported, with its line and column and what
/// to do.
pub fn parse(file: &str, text: &str) -> Result<Test, Error> {
    Parser::new(text).test(file).map_err(|fault| fault.locate(file, text))
}

struct Parser<'t> {
    lexer: Lexer<'t>,
    /// A token that was looked at and not taken.
    ahead: Option<Token<'t>>,
    names: Names<'t>,
    /// Whose vocabulary it uses, and where that first shows.
    dialect: Option<(Dialect, Place)>,
    depth: usize,
    /// Operators since the statement or condition began.
    operators: usize,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Parser<'t> {
        let lexer = Lexer { text, place: 0, world: World::State };
        Parser { lexer, ahead: None, names: Names::default(), dialect: None, depth: 0, operators: 0 }
    }

    fn test(mut self, file: &str) -> Result<Test, Fault> {
        let text = self.lexer.text;
        if text.len() > MAX_TEXT {
            let problem = format!("the file has {} bytes, more than {MAX_TEXT}", text.len());
            return Err(Fault::broken(0, problem, "litmus tests are small: split it"));
        }
        let name = self.header()?;
        self.initial_state()?;
        self.world(World::Code)?;
        let threads = self.threads()?;
        self.world(World::State)?;
        let mut condition = self.final_state()?;
        let (globals, threads) = self.names.finish(threads)?;
        condition.convert(&|location| location.type_in(&globals, &threads));
        Ok(Test {
            file: file.to_owned(),
            text: text.to_owned(),
            name,
            dialect: self.dialect,
            globals,
            threads,
            condition,
            expectation: Expectation::in_comments(text),
        })
    }

    /// From here on the text is of the other lexical world.
    fn world(&mut self, world: World) -> Result<(), Fault> {
        if let Some(token) = self.ahead.take() {
            self.lexer.place = token.place;
        }
        self.lexer.world = world;
        self.lexer.skip()
    }

    fn peek(&mut self) -> Result<&Lexeme<'t>, Fault> {
        if self.ahead.is_none() {
            self.ahead = Some(self.lexer.next()?);
        }
        Ok(self.ahead.as_ref().map_or(&Lexeme::End, |token| &token.lexeme))
    }

    fn take(&mut self) -> Result<Token<'t>, Fault> {
        match self.ahead.take() {
            Some(token) => Ok(token),
            None => self.lexer.next(),
        }
    }

    /// Where the next token begins.
    fn place(&mut self) -> Result<Place, Fault> {
        self.peek()?;
        Ok(self.ahead.as_ref().map_or(self.lexer.place, |token| token.place))
    }

    fn at(&mut self, mark: &'static str) -> Result<bool, Fault> {
        Ok(*self.peek()? == Lexeme::Mark(mark))
    }

    fn at_word(&mut self, word: &str) -> Result<bool, Fault> {
        Ok(*self.peek()? == Lexeme::Name(word))
    }

    /// Whether the mark comes after the next token.
    fn follows(&mut self, mark: &'static str) -> Result<bool, Fault> {
        let token = self.take()?;
        let there = self.at(mark)?;
        self.return_to(&token);
        Ok(there)
    }

    /// Makes `token` the next one again.
    fn return_to(&mut self, token: &Token<'t>) {
        self.lexer.place = token.place;
        self.ahead = None;
    }

    /// Takes the mark if it is next.
    fn eat(&mut self, mark: &'static str) -> Result<bool, Fault> {
        let there = self.at(mark)?;
        if there {
            self.take()?;
        }
        Ok(there)
    }

    fn eat_word(&mut self, word: &str) -> Result<bool, Fault> {
        let there = self.at_word(word)?;
        if there {
            self.take()?;
        }
        Ok(there)
    }

    /// The mark, which must be next; `remedy` says what it is for.
    fn expect(&mut self, mark: &'static str, remedy: &str) -> Result<Place, Fault> {
        let token = self.take()?;
        if token.lexeme == Lexeme::Mark(mark) {
            return Ok(token.place);
        }
        Err(Fault::broken(token.place, format!("found {} instead of `{mark}`", token.lexeme), remedy))
    }

    /// A name, which must be next; `what` says of what.
    fn name(&mut self, what: &str, remedy: &str) -> Result<(&'t str, Place), Fault> {
        let token = self.take()?;
        match token.lexeme {
            Lexeme::Name(name) => Ok((name, token.place)),
            other => Err(Fault::broken(token.place, format!("found {other} instead of {what}"), remedy)),
        }
    }

    /// Runs `inner` one level deeper.
    fn nested<R>(&mut self, inner: impl FnOnce(&mut Self) -> Result<R, Fault>) -> Result<R, Fault> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let place = self.place()?;
            let problem = format!("this nests more than {MAX_DEPTH} levels deep");
            return Err(Fault::broken(place, problem, "take the inner part out into a register of its own"));
        }
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// Counts an operator at `place`.
    fn operator(&mut self, place: Place) -> Result<(), Fault> {
        self.operators += 1;
        if self.operators > MAX_OPERATORS {
            let problem = format!("this has more than {MAX_OPERATORS} operators");
            return Err(Fault::broken(place, problem, "split it"));
        }
        Ok(())
    }

    /// A number, perhaps with a minus before it.
    fn number(&mut self, remedy: &str) -> Result<i64, Fault> {
        let minus = self.eat("-")?;
        let token = self.take()?;
        match token.lexeme {
            Lexeme::Number(number) => Ok(if minus { number.wrapping_neg() } else { number }),
            other => Err(Fault::broken(token.place, format!("found {other} instead of a number"), remedy)),
        }
    }

    /// A number that is a count or an index.
    fn index(&mut self, remedy: &str) -> Result<usize, Fault> {
        let place = self.place()?;
        let number = self.number(remedy)?;
        usize::try_from(number)
            .ok()
            .filter(|&number| number <= 1_000_000)
            .ok_or_else(|| Fault::broken(place, format!("{number} is out of range"), remedy))
    }

    /// The test uses `dialect`: an error if it also uses the other one.
    fn uses(&mut self, dialect: Dialect, what: &str, place: Place) -> Result<(), Fault> {
        if self.dialect.is_some_and(|(other, _)| other != dialect) {
            let (this, other) = match dialect {
                Dialect::Linux => ("the kernel's", "C11's"),
                Dialect::C11 => ("C11's", "the kernel's"),
            };
            let problem = format!("`{what}` is {this}, in a test that uses {other} vocabulary");
            let remedy = "keep to one of the two (C11's forms end in `_explicit` and take a `memory_order_…`)";
            return Err(Fault::broken(place, problem, remedy));
        }
        self.dialect.get_or_insert((dialect, place));
        Ok(())
    }
}
