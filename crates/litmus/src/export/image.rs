//! Values of the engine, of 64 bits and with a life, as values of herd's C, of 32 bits and signed.
//!
//! The low 32 bits are a value's image; that commutes with every operator. Where it maps two values to one that the
//! program or the condition tells apart, a cell gets another image: its low 8 bits and those above the 32nd, moved down
//! to them; or, where lives decide, the life in the bits from the 24th. Nothing rests on a guess: every condition and
//! every value written is computed for all values that can be read, and compared with what the engine says.

use fencepost_model::{Datum, Expression, Operator};

/// Below the life.
const LIFE_SHIFT: u32 = 24;
/// The low bits that are kept where those above the 32nd count.
const LOW: u32 = 8;

/// The register of a repeated attempt is that of its read with this added.
pub(super) const AGAIN: u8 = 64;

/// How the values of one cell are written down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Image {
    /// Whether the bits above the 32nd are kept and those from the 8th to the 31st are not.
    pub high: bool,
    /// Whether lives are kept.
    pub life: bool,
}

impl Image {
    /// Without the life.
    pub fn of_bits(self, bits: u64) -> i64 {
        let low = bits & ((1 << LOW) - 1);
        let bits = if self.high { bits.cast_signed() >> 32 << LOW | low.cast_signed() } else { bits.cast_signed() };
        i64::from(bits as i32)
    }

    pub fn of(self, datum: Datum) -> i64 {
        let life = if self.life { i64::from(datum.life) << LIFE_SHIFT } else { 0 };
        self.of_bits(datum.bits) + life
    }
}

/// An expression of C over registers, which hold images.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum C {
    Number(i64),
    Register(u8),
    Join(&'static str, Box<C>, Box<C>),
}

impl C {
    pub fn join(operator: &'static str, a: C, b: C) -> C {
        C::Join(operator, Box::new(a), Box::new(b))
    }

    /// A value, without its life, of reads of a cell with this image; `None` if it is none that C can compute.
    pub fn of(expression: &Expression, image: Image) -> Option<C> {
        match expression {
            Expression::Constant(datum) => Some(C::Number(image.of_bits(datum.bits))),
            Expression::Read(number) if image.life => {
                Some(C::join("&", C::Register(*number), C::Number((1 << LIFE_SHIFT) - 1)))
            }
            Expression::Read(number) => Some(C::Register(*number)),
            Expression::LifeOf(_) | Expression::Join(Operator::Life, ..) => None,
            Expression::Join(operator, a, b) => {
                let (a, b) = (C::of(a, image)?, C::of(b, image)?);
                Some(match (operator, a, b) {
                    (Operator::And, a, C::Number(-1)) => a,
                    (Operator::Add, a, C::Number(b)) if b < 0 => C::join("-", a, C::Number(-b)),
                    (Operator::Sub, a, C::Number(b)) if b < 0 => C::join("+", a, C::Number(-b)),
                    (Operator::Add, a, b) => C::join("+", a, b),
                    (Operator::Sub, a, b) => C::join("-", a, b),
                    (Operator::And, a, b) => C::join("&", a, b),
                    (Operator::Or, a, b) => C::join("|", a, b),
                    (Operator::Xor, a, b) => C::join("^", a, b),
                    (_, a, b) => C::join("==", a, b),
                })
            }
        }
    }

    pub fn value(&self, register: &dyn Fn(u8) -> i64) -> i64 {
        match self {
            C::Number(number) => *number,
            C::Register(number) => register(*number),
            C::Join(operator, a, b) => {
                let (a, b) = (a.value(register), b.value(register));
                match *operator {
                    "+" => a.wrapping_add(b),
                    "-" => a.wrapping_sub(b),
                    "&" => a & b,
                    "|" => a | b,
                    "^" => a ^ b,
                    "!=" => i64::from(a != b),
                    _ => i64::from(a == b),
                }
            }
        }
    }

    /// The registers in it, as a set of numbers.
    pub fn registers(&self) -> u64 {
        match self {
            C::Number(_) => 0,
            C::Register(number) => 1 << (number % AGAIN),
            C::Join(_, a, b) => a.registers() | b.registers(),
        }
    }
}

impl std::fmt::Display for C {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let operand = |c: &C, f: &mut std::fmt::Formatter<'_>| match c {
            C::Join(..) => write!(f, "({c})"),
            _ => write!(f, "{c}"),
        };
        match self {
            C::Number(number) => write!(f, "{number}"),
            C::Register(number) if *number >= AGAIN => write!(f, "s{}", number - AGAIN),
            C::Register(number) => write!(f, "r{number}"),
            C::Join(operator, a, b) => {
                operand(a, f)?;
                write!(f, " {operator} ")?;
                operand(b, f)
            }
        }
    }
}
