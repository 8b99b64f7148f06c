//! A test as it was read: names resolved to numbers, calls to operations.

use crate::condition::Condition;
use crate::error::Place;
use crate::expect::Expectation;
use crate::types::Type;
use crate::vocabulary::{Dialect, Operation};

/// A litmus test in the C dialect of herd, as [`parse`](crate::parse) reads it.
#[derive(Clone, Debug)]
pub struct Test {
    pub(crate) file: String,
    pub(crate) text: String,
    pub(crate) name: String,
    /// Whose vocabulary it uses, and where that first shows; `None` if it uses neither.
    pub(crate) dialect: Option<(Dialect, Place)>,
    pub(crate) globals: Vec<Global>,
    pub(crate) threads: Vec<Thread>,
    pub(crate) condition: Condition,
    /// What a comment says that the result is.
    pub(crate) expectation: Option<Expectation>,
}

/// A shared variable or array.
#[derive(Clone, Debug)]
pub(crate) struct Global {
    pub name: String,
    /// That of an element; `int`, if it is not declared.
    pub ty: Type,
    pub declared: bool,
    /// Whether it was declared as an array.
    pub array: bool,
    /// By element: its initial value.
    pub init: Vec<Init>,
}

impl Global {
    /// How an element is printed as an address.
    pub fn element_name(&self, element: usize) -> String {
        if element == 0 { self.name.clone() } else { format!("{}[{element}]", self.name) }
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Init {
    Number(i64),
    /// The address of an element of a global; of element 0 for one that is no array.
    Address(usize, usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Thread {
    /// Its number in the text: `P10` has 10.
    pub number: usize,
    pub registers: Vec<Register>,
    pub body: Vec<Statement>,
}

#[derive(Clone, Debug)]
pub(crate) struct Register {
    pub name: String,
    /// `int`, if it is not declared.
    pub ty: Type,
    pub init: Init,
}

impl Register {
    /// Whether it begins as an address, as a parameter does.
    pub fn is_address(&self) -> bool {
        matches!(self.init, Init::Address(..))
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Statement {
    Assign(usize, Expression),
    /// `*address = value`, unmarked.
    Store {
        address: Expression,
        value: Expression,
        place: Place,
    },
    If {
        condition: Expression,
        then: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
    While {
        condition: Expression,
        body: Vec<Statement>,
    },
    Evaluate(Expression),
}

#[derive(Clone, Debug)]
pub(crate) enum Expression {
    Number(i64, Type),
    Register(usize),
    /// `*address`, unmarked.
    Load(Box<Expression>, Place),
    Cast(Type, Box<Expression>),
    Unary(Unary, Box<Expression>),
    /// With the place of the operator.
    Binary(Binary, Box<Expression>, Box<Expression>, Place),
    Call(Box<Call>),
}

impl Expression {
    /// Whether it does more than compute from registers.
    pub fn accesses_memory(&self) -> bool {
        match self {
            Expression::Number(..) | Expression::Register(_) => false,
            Expression::Load(..) | Expression::Call(_) => true,
            Expression::Cast(_, a) | Expression::Unary(_, a) => a.accesses_memory(),
            Expression::Binary(_, a, b, _) => a.accesses_memory() || b.accesses_memory(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Minus,
    Not,
    Complement,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Or,
    And,
    BitOr,
    BitXor,
    BitAnd,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    ShiftLeft,
    ShiftRight,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// An operation with its arguments: the address of the variable that it is on first, if it is on one.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub operation: Operation,
    pub arguments: Vec<Expression>,
    pub place: Place,
}
