//! Expressions, by precedence climbing.

use super::Parser;
use crate::ast::{Binary, Call, Expression, Unary};
use crate::error::{Fault, Place};
use crate::lexer::{Lexeme, abbreviated, word};
use crate::types::Type;
use crate::vocabulary::{Dialect, Function, Wants, function, memory_order};

/// Binary operators with C's precedences, loosest first.
const OPERATORS: &[(&str, u8, Binary)] = &[
    ("||", 1, Binary::Or),
    ("&&", 2, Binary::And),
    ("|", 3, Binary::BitOr),
    ("^", 4, Binary::BitXor),
    ("&", 5, Binary::BitAnd),
    ("==", 6, Binary::Equal),
    ("!=", 6, Binary::Unequal),
    ("<", 7, Binary::Less),
    ("<=", 7, Binary::LessOrEqual),
    (">", 7, Binary::Greater),
    (">=", 7, Binary::GreaterOrEqual),
    ("<<", 8, Binary::ShiftLeft),
    (">>", 8, Binary::ShiftRight),
    ("+", 9, Binary::Add),
    ("-", 9, Binary::Subtract),
    ("*", 10, Binary::Multiply),
    ("/", 10, Binary::Divide),
    ("%", 10, Binary::Remainder),
];

impl Parser<'_> {
    /// An expression that has a value.
    pub(super) fn expression(&mut self, thread: usize) -> Result<Expression, Fault> {
        self.nested(|parser| parser.binary(thread, 1))
    }

    /// An expression that may be a call without a value.
    pub(super) fn effect(&mut self, thread: usize) -> Result<Expression, Fault> {
        if let &Lexeme::Name(name) = self.peek()? {
            let token = self.take()?;
            let function = function(name).filter(|function| !function.result);
            if let Some(function) = function
                && self.at("(")?
            {
                return self.nested(|parser| parser.call(thread, name, function, token.place));
            }
            self.return_to(&token);
        }
        self.expression(thread)
    }

    fn binary(&mut self, thread: usize, loosest: u8) -> Result<Expression, Fault> {
        let mut left = self.unary(thread)?;
        loop {
            let place = self.place()?;
            let &Lexeme::Mark(mark) = self.peek()? else { return Ok(left) };
            if mark == "?" {
                return Err(Fault::unsupported(place, "`? :`", "write an `if` and an `else`"));
            }
            let Some(&(_, precedence, operator)) =
                OPERATORS.iter().find(|&&(text, precedence, _)| text == mark && precedence >= loosest)
            else {
                return Ok(left);
            };
            self.take()?;
            self.operator(place)?;
            let right = self.nested(|parser| parser.binary(thread, precedence + 1))?;
            left = Expression::Binary(operator, Box::new(left), Box::new(right), place);
        }
    }

    fn unary(&mut self, thread: usize) -> Result<Expression, Fault> {
        let place = self.place()?;
        let &Lexeme::Mark(mark) = self.peek()? else { return self.postfix(thread) };
        let operator = match mark {
            "-" => Some(Unary::Minus),
            "!" => Some(Unary::Not),
            "~" => Some(Unary::Complement),
            "*" | "&" | "+" => None,
            "++" | "--" => {
                return Err(Fault::unsupported(place, &format!("`{mark}`"), "write the assignment out: `r0 = r0 + 1`"));
            }
            _ => return self.postfix(thread),
        };
        self.take()?;
        self.operator(place)?;
        let operand = self.nested(|parser| parser.unary(thread))?;
        if let Some(operator) = operator {
            return Ok(Expression::Unary(operator, Box::new(operand)));
        }
        match (mark, operand) {
            ("*", address) => Ok(Expression::Load(Box::new(address), place)),
            ("&", Expression::Load(address, _)) => Ok(*address),
            ("&", _) => {
                let remedy = "a parameter `x` is already the variable's address: write `x`, or `&x[1]`";
                Err(Fault::broken(place, "`&` of something that is no variable", remedy))
            }
            (_, value) => Ok(value),
        }
    }

    fn postfix(&mut self, thread: usize) -> Result<Expression, Fault> {
        let mut value = self.primary(thread)?;
        loop {
            let place = self.place()?;
            match *self.peek()? {
                Lexeme::Mark("[") => {
                    self.take()?;
                    self.operator(place)?;
                    let index = self.expression(thread)?;
                    self.expect("]", "close the index with `]`")?;
                    let address = Expression::Binary(Binary::Add, Box::new(value), Box::new(index), place);
                    value = Expression::Load(Box::new(address), place);
                }
                Lexeme::Mark(".") if matches!(value, Expression::Number(..)) => {
                    return Err(Fault::unsupported(place, "a number with a fraction", "use integers"));
                }
                Lexeme::Mark("->" | ".") => {
                    let remedy = "make the member a shared variable of its own";
                    return Err(Fault::unsupported(place, "a struct's member", remedy));
                }
                _ => return Ok(value),
            }
        }
    }

    fn primary(&mut self, thread: usize) -> Result<Expression, Fault> {
        let token = self.take()?;
        let place = token.place;
        match token.lexeme {
            Lexeme::Number(number) => {
                let ty = Type::of_constant(word(&self.lexer.text[place..]), number);
                Ok(Expression::Number(number, ty))
            }
            Lexeme::Mark("(") => {
                if let &Lexeme::Name(word) = self.peek()?
                    && Type::is_word(word)
                {
                    return self.cast(thread);
                }
                let inner = self.expression(thread)?;
                self.expect(")", "close the parenthesis with `)`")?;
                Ok(inner)
            }
            Lexeme::Name(name) if self.at("(")? => match function(name) {
                Some(function) if function.result => self.nested(|parser| parser.call(thread, name, function, place)),
                Some(_) => {
                    let problem = format!("`{name}()` has no value");
                    Err(Fault::broken(place, problem, "make it a statement of its own"))
                }
                None => {
                    let what = format!("the function `{}`", abbreviated(name));
                    let remedy = "use the functions of the kernel's linux-kernel.def, or C11's atomic_…_explicit";
                    Err(Fault::unsupported(place, &what, remedy))
                }
            },
            Lexeme::Name("NULL" | "false") => Ok(Expression::Number(0, Type::INT)),
            Lexeme::Name("true") => Ok(Expression::Number(1, Type::INT)),
            Lexeme::Name(name) if Type::is_word(name) || memory_order(name).is_some() => {
                let problem = format!("found `{name}` instead of an expression");
                Err(Fault::broken(place, problem, "write a register, a number or a call"))
            }
            Lexeme::Name(name) => Ok(Expression::Register(self.names.read(thread, name, place)?)),
            other => {
                let problem = format!("found {other} instead of an expression");
                Err(Fault::broken(place, problem, "write a register, a number, a call, or `*` and an address"))
            }
        }
    }

    /// The rest of `(int *)x`.
    fn cast(&mut self, thread: usize) -> Result<Expression, Fault> {
        let is_void = self.at_word("void")?;
        let ty = self.type_words()?;
        let stars = self.stars()?;
        self.expect(")", "write a type and `*`s, and close the cast with `)`")?;
        let value = self.nested(|parser| parser.unary(thread))?;
        Ok(if is_void && stars == 0 { value } else { Expression::Cast(ty.with_stars(stars), Box::new(value)) })
    }

    /// The rest of `name(…)`.
    fn call(&mut self, thread: usize, name: &str, function: Function, place: Place) -> Result<Expression, Fault> {
        self.expect("(", "write the arguments in parentheses")?;
        let mut arguments = Vec::new();
        let mut orders = Vec::new();
        for (index, wants) in function.wants.iter().enumerate() {
            if index > 0 {
                self.separator(name, function, index)?;
            }
            let at = self.place()?;
            if self.at(")")? {
                return Err(miscounted(at, name, function, index));
            }
            match wants {
                Wants::MemoryOrder => {
                    let remedy = "write memory_order_relaxed, _acquire, _release, _acq_rel or _seq_cst";
                    let (word, at) = self.name("a memory order", remedy)?;
                    if word == "memory_order_consume" {
                        let remedy = "write memory_order_acquire, which compilers make of it";
                        return Err(Fault::unsupported(at, &format!("`{word}`"), remedy));
                    }
                    orders.push(memory_order(word).ok_or_else(|| {
                        Fault::broken(at, format!("`{}` is no memory order", abbreviated(word)), remedy)
                    })?);
                }
                Wants::Variable => match self.expression(thread)? {
                    Expression::Load(address, _) => arguments.push(*address),
                    _ => {
                        let problem = format!("the first argument of `{name}` is no variable");
                        return Err(Fault::broken(
                            at,
                            problem,
                            format!("write a `*` before the address: `{name}(*x …)`"),
                        ));
                    }
                },
                Wants::Pointer | Wants::Value => arguments.push(self.expression(thread)?),
            }
        }
        if self.at(",")? {
            let at = self.place()?;
            return Err(miscounted(at, name, function, function.wants.len() + 1));
        }
        self.expect(")", "close the arguments with `)`")?;
        let operation = function
            .operation
            .with_orders(&orders)
            .map_err(|problem| Fault::broken(place, problem, "give it another memory order"))?;
        if function.wants == [Wants::Value, Wants::Pointer] {
            if !self.is_pointer(thread, &arguments[0]) || self.is_pointer(thread, &arguments[1]) {
                arguments.swap(0, 1);
            } else if let Some(operation) = operation.of_c11() {
                self.uses(Dialect::C11, name, place)?;
                return Ok(Expression::Call(Box::new(Call { operation, arguments, place })));
            } else {
                let problem = format!("the address is the second argument of `{name}`, and here it is the first");
                return Err(Fault::broken(place, problem, format!("write `{name}(value, x)`")));
            }
        }
        self.uses(function.dialect, name, place)?;
        arguments.extend(function.implied.map(|number| Expression::Number(number, Type::INT)));
        Ok(Expression::Call(Box::new(Call { operation, arguments, place })))
    }

    fn is_pointer(&self, thread: usize, expression: &Expression) -> bool {
        match expression {
            Expression::Register(register) => self.names.type_of(thread, *register).is_pointer(),
            Expression::Cast(ty, _) => ty.is_pointer(),
            Expression::Binary(Binary::Add | Binary::Subtract, a, b, _) => {
                self.is_pointer(thread, a) || self.is_pointer(thread, b)
            }
            _ => false,
        }
    }

    fn separator(&mut self, name: &str, function: Function, before: usize) -> Result<(), Fault> {
        let at = self.place()?;
        if self.at(")")? {
            return Err(miscounted(at, name, function, before));
        }
        self.expect(",", "separate arguments by `,`").map(|_| ())
    }
}

fn miscounted(place: Place, name: &str, function: Function, found: usize) -> Fault {
    let wants = function.wants.len();
    let found = if found > wants { "more".to_owned() } else { found.to_string() };
    let problem = format!("`{name}` takes {wants} arguments, and here are {found}");
    let forms: Vec<_> = function
        .wants
        .iter()
        .map(|wants| match wants {
            Wants::Variable => "*x",
            Wants::Pointer => "x",
            Wants::Value => "value",
            Wants::MemoryOrder => "memory_order_…",
        })
        .collect();
    Fault::broken(place, problem, format!("write `{name}({})`", forms.join(", ")))
}
