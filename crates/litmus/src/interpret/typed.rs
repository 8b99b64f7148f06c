//! Values of C's types, and what C's operators make of them.
//!
//! The engine computes in 64 bits. A value keeps the bits above its own at 0; of the operators that the engine has, only
//! those that can carry need their results cut.

use fencepost_memory::Word;
use fencepost_model::Value;

use crate::ast::{Binary, Unary};
use crate::types::Type;

/// A value of an arithmetic type or an address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Typed {
    pub value: Value,
    ty: Type,
}

/// What is wrong with an operation, what to do, and whether no compiler takes it, wherever it stands.
type Wrong = (&'static str, &'static str, bool);

/// A number that depends on the same reads as `values`.
///
/// [`Value::observe`](Word::observe) settles a value, one run for each that it can have: what can be asked of it as a
/// yes or no should be asked by [`Typed::is_zero`].
fn computed(bits: u64, values: &[Value]) -> Value {
    values.iter().fold(Value::from(bits), |result, value| result | (*value & 0.into()))
}

impl Typed {
    pub const ZERO: Typed = Typed { value: Value::ZERO, ty: Type::INT };

    pub fn new(value: Value, ty: Type) -> Typed {
        Typed { value, ty }
    }

    /// 1 or 0, computed from `values`.
    pub fn truth(truth: bool, values: &[Value]) -> Typed {
        Typed::new(computed(u64::from(truth), values), Type::INT)
    }

    /// One whose bits above its own are cut off.
    pub fn cut(value: Value, ty: Type) -> Typed {
        Typed::new(if ty.width() == 64 { value } else { value & ty.mask().into() }, ty)
    }

    /// Converted to another type.
    pub fn to(self, ty: Type) -> Value {
        if self.ty.width() == ty.width() {
            return self.value;
        }
        if ty == Type::BOOL {
            return computed(u64::from(!self.is_zero()), &[self.value]);
        }
        if self.ty.width() > ty.width() {
            return Typed::cut(self.value, ty).value;
        }
        let Some(sign) = self.ty.sign().map(Value::from) else { return self.value };
        Typed::cut((self.value ^ sign) - sign, ty).value
    }

    pub fn ty(self) -> Type {
        self.ty
    }

    /// Whether it is 0, without a branch.
    pub fn is_zero(self) -> bool {
        self.value.equals(0.into())
    }

    /// What it is, settled.
    pub fn number(self) -> i128 {
        self.ty.number(self.value.observe())
    }

    /// Both operands in the type that C gives them, and that.
    fn alike(self, other: Typed) -> (Value, Value, Type) {
        let ty = self.ty.common(other.ty);
        (self.to(ty), other.to(ty), ty)
    }

    /// A number as one of bytes, of which each 1 is so many.
    fn scaled(self, step: u64) -> Value {
        // A power of two.
        (0..step.trailing_zeros()).fold(self.to(Type::LONG), |value, _| value + value)
    }

    fn sum(self, other: Typed) -> Result<Typed, Wrong> {
        match (self.ty.step(), other.ty.step()) {
            (None, None) => {
                let (a, b, ty) = self.alike(other);
                Ok(Typed::cut(a + b, ty))
            }
            (Some(step), None) => Ok(Typed::new(self.value + other.scaled(step), self.ty)),
            (None, Some(step)) => Ok(Typed::new(other.value + self.scaled(step), other.ty)),
            (Some(_), Some(_)) => Err(("adds two addresses", "add a number to an address", true)),
        }
    }

    fn difference(self, other: Typed) -> Result<Typed, Wrong> {
        match (self.ty.step(), other.ty.step()) {
            (None, None) => {
                let (a, b, ty) = self.alike(other);
                Ok(Typed::cut(a - b, ty))
            }
            (Some(step), None) => Ok(Typed::new(self.value - other.scaled(step), self.ty)),
            (Some(step), Some(_)) => {
                let bytes = self.value.observe().wrapping_sub(other.value.observe()).cast_signed();
                let elements = (bytes / step.cast_signed()).cast_unsigned();
                Ok(Typed::new(computed(elements, &[self.value, other.value]), Type::LONG))
            }
            (None, Some(_)) => Err(("subtracts an address from a number", "subtract a number from an address", true)),
        }
    }

    pub fn unary(self, operator: Unary) -> Typed {
        let ty = self.ty.promoted();
        let value = self.to(ty);
        match operator {
            Unary::Minus => Typed::cut(Value::from(0) - value, ty),
            Unary::Complement => Typed::new(value ^ ty.mask().into(), ty),
            Unary::Not => Typed::truth(self.is_zero(), &[self.value]),
        }
    }

    /// What an operator makes of two values.
    pub fn binary(self, operator: Binary, other: Typed) -> Result<Typed, Wrong> {
        match operator {
            Binary::Add => return self.sum(other),
            Binary::Subtract => return self.difference(other),
            Binary::ShiftLeft | Binary::ShiftRight => return self.shifted(operator, other),
            _ => {}
        }
        let (a, b, ty) = self.alike(other);
        let truth = |truth| Typed::truth(truth, &[a, b]);
        Ok(match operator {
            Binary::BitOr => Typed::new(a | b, ty),
            Binary::BitXor => Typed::new(a ^ b, ty),
            Binary::BitAnd => Typed::new(a & b, ty),
            Binary::Equal => truth(a.equals(b)),
            Binary::Unequal => truth(!a.equals(b)),
            Binary::Or => truth(!self.is_zero() || !other.is_zero()),
            Binary::And => truth(!self.is_zero() && !other.is_zero()),
            Binary::Less => truth(ty.number(a.observe()) < ty.number(b.observe())),
            Binary::LessOrEqual => truth(ty.number(a.observe()) <= ty.number(b.observe())),
            Binary::Greater => truth(ty.number(a.observe()) > ty.number(b.observe())),
            Binary::GreaterOrEqual => truth(ty.number(a.observe()) >= ty.number(b.observe())),
            _ => {
                let (x, y) = (ty.number(a.observe()), ty.number(b.observe()));
                let number = match operator {
                    Binary::Multiply => x.wrapping_mul(y),
                    _ if y == 0 => {
                        return Err(("divides by 0", "branch around the division where the divisor is 0", false));
                    }
                    _ if y == -1 && ty.number(ty.mask()) < 0 && x == -ty.number(ty.mask() >> 1) - 1 => {
                        return Err((
                            "divides the least number by -1",
                            "make it a `long`: the quotient is no `int`",
                            false,
                        ));
                    }
                    Binary::Divide => x / y,
                    _ => x % y,
                };
                Typed::new(computed(number as u64 & ty.mask(), &[a, b]), ty)
            }
        })
    }

    /// The operands of a shift are not converted to one type (C11 6.5.7).
    fn shifted(self, operator: Binary, by: Typed) -> Result<Typed, Wrong> {
        let ty = self.ty.promoted();
        let value = self.to(ty);
        let (number, places) = (ty.number(value.observe()), by.number());
        if !(0..i128::from(ty.width())).contains(&places) {
            return Err((
                "shifts by a number of bits that the value does not have",
                "shift by 0 to 31, or make it a long and shift by 0 to 63",
                false,
            ));
        }
        let number = if operator == Binary::ShiftLeft { number << places } else { number >> places };
        Ok(Typed::new(computed(number as u64 & ty.mask(), &[value, by.value]), ty))
    }
}
