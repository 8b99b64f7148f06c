//! Final states, and what a test says of them.

use std::fmt;

use crate::ast::{Global, Thread};
use crate::types::Type;

/// A value in a final state. Numbers come before addresses, as herd sorts them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Datum {
    /// A number.
    Number(i128),
    /// The address of the variable or element of that name.
    Address(String),
    /// A whole array.
    Array(Vec<Datum>),
}

impl Datum {
    /// A number as one of this type.
    fn converted(self, ty: Type) -> Datum {
        match self {
            Datum::Number(number) => Datum::Number(ty.number(number as u64 & ty.mask())),
            Datum::Array(elements) => Datum::Array(elements.into_iter().map(|element| element.converted(ty)).collect()),
            Datum::Address(_) => self,
        }
    }

    /// Makes a number that is written for a value of this type, as `0xffffffff` is for an `int`, that value.
    fn convert(&mut self, ty: Type) {
        match self {
            Datum::Number(number) => {
                // A narrower one is compared as an `int`, and any other number is none of the type's.
                let is_written_for = match ty.width() {
                    64 => true,
                    32 => (i128::from(i32::MIN)..=i128::from(u32::MAX)).contains(number),
                    _ => false,
                };
                if is_written_for {
                    *number = ty.shown(ty.bits_of(*number as i64));
                }
            }
            Datum::Address(_) => {}
            Datum::Array(elements) => elements.iter_mut().for_each(|element| element.convert(ty)),
        }
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Datum::Number(number) => write!(f, "{number}"),
            Datum::Address(name) => f.write_str(name),
            Datum::Array(elements) => {
                let elements: Vec<_> = elements.iter().map(ToString::to_string).collect();
                write!(f, "{{{}}}", elements.join(","))
            }
        }
    }
}

/// Something that a final state has a value for. Registers come before variables, as herd sorts them; elements, in what is
/// printed, after both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Location {
    /// Of a thread, by the number in its name.
    Register(usize, String),
    Variable(Variable),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variable {
    pub name: String,
    /// The element, if only that is meant.
    pub element: Option<usize>,
    /// Whether all elements are meant.
    pub whole: bool,
}

impl Location {
    /// Whether it is one element of an array.
    pub fn is_element(&self) -> bool {
        matches!(self, Location::Variable(Variable { element: Some(_), .. }))
    }

    /// The type of its value, or of an element of that.
    pub fn type_in(&self, globals: &[Global], threads: &[Thread]) -> Type {
        let ty = match self {
            Location::Register(number, name) => {
                let thread = threads.iter().find(|thread| thread.number == *number);
                let registers = thread.map_or(&[][..], |thread| &thread.registers);
                registers.iter().find(|register| register.name == *name).map(|register| register.ty)
            }
            Location::Variable(Variable { name, .. }) => {
                globals.iter().find(|global| global.name == *name).map(|global| global.ty)
            }
        };
        ty.unwrap_or(Type::INT)
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Register(thread, name) => write!(f, "{thread}:{name}"),
            Location::Variable(Variable { name, element: Some(element), .. }) => write!(f, "{name}[{element}]"),
            Location::Variable(Variable { name, whole: true, .. }) => f.write_str(name),
            Location::Variable(Variable { name, .. }) => write!(f, "[{name}]"),
        }
    }
}

/// By observed location: its value, if it is known.
pub(crate) type Known<'k> = &'k dyn Fn(usize) -> Option<Datum>;

/// A proposition on final states; locations are indices into [`Condition::observed`].
#[derive(Clone, Debug)]
pub(crate) enum Proposition {
    Is(usize, Datum),
    /// As the operands of `==` in C: converted to this type.
    Same(usize, usize, Type),
    Not(Box<Proposition>),
    All(Vec<Proposition>),
    Any(Vec<Proposition>),
    Implies(Box<Proposition>, Box<Proposition>),
}

impl Proposition {
    /// Gives the numbers that locations are compared with the type of those, by observed location.
    fn convert(&mut self, types: &[Type]) {
        match self {
            Proposition::Is(location, value) => value.convert(types[*location]),
            Proposition::Same(a, b, ty) => *ty = types[*a].common(types[*b]),
            Proposition::Not(p) => p.convert(types),
            Proposition::All(list) | Proposition::Any(list) => list.iter_mut().for_each(|p| p.convert(types)),
            Proposition::Implies(p, q) => {
                p.convert(types);
                q.convert(types);
            }
        }
    }

    /// Whether it holds of these values, by observed location; `None` if that depends on a value that is not known.
    fn truth(&self, value: Known<'_>) -> Option<bool> {
        // One that is `decisive` decides it, whatever the others are.
        let joined = |list: &[Proposition], decisive: bool| {
            let truths: Vec<_> = list.iter().map(|p| p.truth(value)).collect();
            if truths.contains(&Some(decisive)) {
                Some(decisive)
            } else {
                (!truths.contains(&None)).then_some(!decisive)
            }
        };
        match self {
            Proposition::Is(location, expected) => Some(value(*location)? == *expected),
            Proposition::Same(a, b, ty) => Some(value(*a)?.converted(*ty) == value(*b)?.converted(*ty)),
            Proposition::Not(p) => p.truth(value).map(|truth| !truth),
            Proposition::All(all) => joined(all, false),
            Proposition::Any(any) => joined(any, true),
            Proposition::Implies(p, q) => match (p.truth(value), q.truth(value)) {
                (Some(false), _) | (_, Some(true)) => Some(true),
                (p, q) => p.and(q),
            },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quantifier {
    Exists,
    NotExists,
    Forall,
}

/// What is looked at in a final state, and what is said of it.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub quantifier: Quantifier,
    pub proposition: Proposition,
    /// Executions whose state it does not hold of are left out.
    pub filter: Option<Proposition>,
    /// Every location of the proposition and of `locations`, sorted; those of the filter alone come after.
    pub observed: Vec<Location>,
    /// How many of them are printed.
    pub shown: usize,
}

/// What stands around a proposition, for parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Above {
    Nothing,
    And,
    Or,
    Implies,
}

impl Condition {
    /// Gives the numbers that locations are compared with the type of those.
    pub fn convert(&mut self, type_of: &dyn Fn(&Location) -> Type) {
        let types: Vec<Type> = self.observed.iter().map(type_of).collect();
        self.proposition.convert(&types);
        if let Some(filter) = &mut self.filter {
            filter.convert(&types);
        }
    }

    /// Whether the filter may keep a state with these values, and the truth of the proposition may be `wanted` there: so
    /// it is, if all values are known.
    pub fn may_be(&self, wanted: bool, value: Known<'_>) -> bool {
        self.keeps(value) && self.proposition.truth(value) != Some(!wanted)
    }

    /// Whether the filter may keep a state with these values.
    pub fn keeps(&self, value: Known<'_>) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.truth(value) != Some(false))
    }

    fn print(&self, p: &Proposition, above: Above, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parenthesised = match p {
            Proposition::All(all) => !all.is_empty() && above == Above::Implies,
            Proposition::Any(any) => !any.is_empty() && matches!(above, Above::And | Above::Implies),
            Proposition::Implies(..) => matches!(above, Above::And | Above::Or),
            _ => false,
        };
        if parenthesised {
            f.write_str("(")?;
        }
        match p {
            Proposition::Is(location, value) => write!(f, "{}={value}", self.observed[*location])?,
            Proposition::Same(a, b, _) => match &self.observed[*b] {
                // The bare name is its address.
                Location::Variable(Variable { name, whole: true, .. }) => write!(f, "{}=[{name}]", self.observed[*a])?,
                right => write!(f, "{}={right}", self.observed[*a])?,
            },
            Proposition::Not(p) => {
                f.write_str("not (")?;
                self.print(p, Above::Nothing, f)?;
                f.write_str(")")?;
            }
            Proposition::All(all) if all.is_empty() => f.write_str("true")?,
            Proposition::Any(any) if any.is_empty() => f.write_str("false")?,
            Proposition::All(all) => self.print_list(all, " /\\ ", Above::And, f)?,
            Proposition::Any(any) => self.print_list(any, " \\/ ", Above::Or, f)?,
            Proposition::Implies(p, q) => {
                self.print(p, Above::Implies, f)?;
                f.write_str(" => ")?;
                self.print(q, Above::Implies, f)?;
            }
        }
        if parenthesised { f.write_str(")") } else { Ok(()) }
    }

    fn print_list(&self, list: &[Proposition], between: &str, above: Above, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, p) in list.iter().enumerate() {
            if index > 0 {
                f.write_str(between)?;
            }
            self.print(p, above, f)?;
        }
        Ok(())
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.quantifier {
            Quantifier::Exists => "exists (",
            Quantifier::NotExists => "~exists (",
            Quantifier::Forall => "forall (",
        })?;
        self.print(&self.proposition, Above::Nothing, f)?;
        f.write_str(")")
    }
}
