//! Tokens.
//!
//! A test has two lexical worlds. In the threads' code `(*` begins a dereference; around it, in the initial state
//! and the condition, it begins a comment.

use crate::error::{Fault, Place};

/// Which of the two worlds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum World {
    State,
    Code,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Lexeme<'t> {
    Name(&'t str),
    Number(i64),
    Mark(&'static str),
    Text(&'t str),
    End,
}

impl std::fmt::Display for Lexeme<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Lexeme::Name(name) => write!(f, "`{}`", abbreviated(name)),
            Lexeme::Number(number) => write!(f, "`{number}`"),
            Lexeme::Mark(mark) => write!(f, "`{mark}`"),
            Lexeme::Text(_) => f.write_str("a string"),
            Lexeme::End => f.write_str("the end of the file"),
        }
    }
}

/// At most 40 characters of a name, for messages.
pub(crate) fn abbreviated(name: &str) -> String {
    match name.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token<'t> {
    pub lexeme: Lexeme<'t>,
    pub place: Place,
}

/// Longer ones first.
const MARKS: &[&str] = &[
    "...", "<<=", ">>=", "\\/", "/\\", "=>", "==", "!=", "<=", ">=", "<>", "&&", "||", "<<", ">>", "->", "++", "--",
    "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "{", "}", "(", ")", "[", "]", ",", ";", ":", "=", "<", ">", "+",
    "-", "*", "/", "%", "&", "|", "^", "~", "!", "?", ".", "#", "@", "$",
];

/// A cursor over the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lexer<'t> {
    pub text: &'t str,
    pub place: Place,
    pub world: World,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.place..]
    }

    /// Skips blanks and comments.
    pub fn skip(&mut self) -> Result<(), Fault> {
        loop {
            let rest = self.rest();
            self.place += rest.len() - rest.trim_start().len();
            let rest = self.rest();
            let (opening, closing) = match rest.as_bytes() {
                [b'/', b'/', ..] => ("//", "\n"),
                [b'/', b'*', ..] => ("/*", "*/"),
                [b'(', b'*', ..] if self.world == World::State => ("(*", "*)"),
                _ => return Ok(()),
            };
            match rest[opening.len()..].find(closing) {
                Some(length) => self.place += opening.len() + length + closing.len(),
                None if opening == "//" => self.place = self.text.len(),
                None => {
                    let problem = format!("the comment that begins with `{opening}` never ends");
                    return Err(Fault::broken(self.place, problem, format!("close it with `{closing}`")));
                }
            }
        }
    }

    pub fn next(&mut self) -> Result<Token<'t>, Fault> {
        self.skip()?;
        let (place, rest) = (self.place, self.rest());
        let Some(first) = rest.chars().next() else { return Ok(Token { lexeme: Lexeme::End, place }) };
        let lexeme = if first.is_ascii_digit() {
            let word = word(rest);
            self.place += word.len();
            Lexeme::Number(number(word).ok_or_else(|| {
                let problem = format!("`{}` is not a number of 64 bits", abbreviated(word));
                Fault::broken(
                    place,
                    problem,
                    "write a decimal number without a 0 before it, or 0x and hexadecimal digits",
                )
            })?)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let word = word(rest);
            self.place += word.len();
            Lexeme::Name(word)
        } else if first == '"' {
            let Some(length) = rest[1..].find('"') else {
                return Err(Fault::broken(place, "the string never ends", "close it with `\"`"));
            };
            self.place += length + 2;
            Lexeme::Text(&rest[1..=length])
        } else if let Some(mark) = MARKS.iter().copied().find(|&mark| rest.starts_with(mark)) {
            self.place += mark.len();
            Lexeme::Mark(mark)
        } else {
            let problem = format!("the character `{}` has no meaning here", first.escape_default());
            return Err(Fault::broken(place, problem, "remove it, or put it into a comment"));
        };
        Ok(Token { lexeme, place })
    }
}

/// The letters, digits and underscores that a text begins with.
pub(crate) fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
}

/// A C constant, with any of the suffixes U and L. Numbers above `i64::MAX` are taken modulo 2⁶⁴.
fn number(text: &str) -> Option<i64> {
    let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
    let value = if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        u64::from_str_radix(hex, 16)
    } else if digits.len() > 1 && digits.starts_with('0') {
        u64::from_str_radix(&digits[1..], 8)
    } else {
        digits.parse()
    };
    value.ok().map(u64::cast_signed)
}
