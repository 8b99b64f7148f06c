//! `locations`, `filter`, and the condition.

use super::Parser;
use super::header::thread_number;
use crate::condition::{Condition, Datum, Location, Proposition, Quantifier, Variable};
use crate::error::{Fault, Place};
use crate::lexer::{Lexeme, abbreviated};
use crate::types::Type;

const LOCATION: &str = "write a register as `0:r1`, a variable as `x` or `a[1]`";

/// The locations met so far.
#[derive(Default)]
struct Observed {
    list: Vec<Location>,
    /// Whether it is printed: it occurs in the condition or in `locations`.
    shown: Vec<bool>,
}

impl Observed {
    fn index(&mut self, location: Location, shown: bool) -> usize {
        let index = self.list.iter().position(|known| *known == location).unwrap_or(self.list.len());
        if index == self.list.len() {
            self.list.push(location);
            self.shown.push(false);
        }
        self.shown[index] |= shown;
        index
    }
}

impl<'t> Parser<'t> {
    /// All that follows the threads.
    pub(super) fn final_state(&mut self) -> Result<Condition, Fault> {
        let mut observed = Observed::default();
        let mut filter = None;
        let mut found = None;
        self.operators = 0;
        loop {
            let place = self.place()?;
            let negated = self.at("~")? || self.at_word("not")?;
            if negated {
                self.take()?;
            }
            let next = self.take()?;
            let quantifier = match next.lexeme {
                Lexeme::Name("exists") if negated => Some(Quantifier::NotExists),
                Lexeme::Name("exists" | "final") => Some(Quantifier::Exists),
                Lexeme::Name("forall") if !negated => Some(Quantifier::Forall),
                Lexeme::Name("locations") if !negated => {
                    self.locations(&mut observed)?;
                    None
                }
                Lexeme::Name("filter") if !negated && filter.is_some() => {
                    return Err(Fault::broken(place, "there is a filter already", "join the two by `/\\`"));
                }
                Lexeme::Name("filter") if !negated => {
                    filter = Some(self.disjunction(&mut observed, false)?);
                    None
                }
                Lexeme::End if !negated => {
                    let nothing = || (Quantifier::Forall, Proposition::All(Vec::new()));
                    let (quantifier, proposition) = found.unwrap_or_else(nothing);
                    return Ok(sorted(quantifier, proposition, filter, observed));
                }
                Lexeme::Mark(";") if found.is_some() => None,
                Lexeme::Name(word @ ("with" | "observed")) => {
                    return Err(Fault::unsupported(place, &format!("`{word}`"), "write an `exists`"));
                }
                other => {
                    let problem = format!("found {other} after the threads");
                    let remedy = "write `exists (…)`, `~exists (…)`, `forall (…)`, `filter (…)` or `locations […]`";
                    return Err(Fault::broken(place, problem, remedy));
                }
            };
            if let Some(quantifier) = quantifier {
                if found.is_some() {
                    return Err(Fault::broken(place, "there is a condition already", "join the two by `/\\` or `\\/`"));
                }
                found = Some((quantifier, self.disjunction(&mut observed, true)?));
            }
        }
    }

    /// `[0:r1; x; a[1];]`
    fn locations(&mut self, observed: &mut Observed) -> Result<(), Fault> {
        self.expect("[", "write the locations in brackets: `locations [0:r1; x]`")?;
        while !self.eat("]")? {
            let location = self.location()?;
            observed.index(location, true);
            // A type may follow, which says how to print the value.
            while matches!(self.peek()?, Lexeme::Name(_) | Lexeme::Mark("*")) {
                self.take()?;
            }
            if !self.at("]")? {
                self.expect(";", "separate locations by `;` and close them with `]`")?;
            }
        }
        Ok(())
    }

    fn disjunction(&mut self, observed: &mut Observed, shown: bool) -> Result<Proposition, Fault> {
        let mut list = vec![self.conjunction(observed, shown)?];
        while self.connective("\\/")? {
            list.push(self.conjunction(observed, shown)?);
        }
        Ok(if list.len() == 1 { list.remove(0) } else { Proposition::Any(list) })
    }

    fn conjunction(&mut self, observed: &mut Observed, shown: bool) -> Result<Proposition, Fault> {
        let mut list = vec![self.implication(observed, shown)?];
        while self.connective("/\\")? {
            list.push(self.implication(observed, shown)?);
        }
        Ok(if list.len() == 1 { list.remove(0) } else { Proposition::All(list) })
    }

    /// In herd `=>` binds more tightly than `/\`.
    fn implication(&mut self, observed: &mut Observed, shown: bool) -> Result<Proposition, Fault> {
        let left = self.negation(observed, shown)?;
        if !self.connective("=>")? {
            return Ok(left);
        }
        let right = self.nested(|parser| parser.implication(observed, shown))?;
        Ok(Proposition::Implies(Box::new(left), Box::new(right)))
    }

    fn connective(&mut self, mark: &'static str) -> Result<bool, Fault> {
        let place = self.place()?;
        let there = self.eat(mark)?;
        if there {
            self.operator(place)?;
        }
        Ok(there)
    }

    fn negation(&mut self, observed: &mut Observed, shown: bool) -> Result<Proposition, Fault> {
        if self.eat("~")? || self.eat_word("not")? {
            let inner = self.nested(|parser| parser.negation(observed, shown))?;
            return Ok(Proposition::Not(Box::new(inner)));
        }
        if self.eat("(")? {
            let inner = self.nested(|parser| parser.disjunction(observed, shown))?;
            self.expect(")", "join propositions by `/\\`, `\\/` or `=>`, and close the parenthesis with `)`")?;
            return Ok(inner);
        }
        if self.eat_word("true")? {
            return Ok(Proposition::All(Vec::new()));
        }
        if self.eat_word("false")? {
            return Ok(Proposition::Any(Vec::new()));
        }
        self.equation(observed, shown)
    }

    /// `0:r1=1`, `x!=0`, `0:r1=1:r2`, `[x]=[y]`, `p=&x`, `a={0,1}`
    fn equation(&mut self, observed: &mut Observed, shown: bool) -> Result<Proposition, Fault> {
        let left = self.location()?;
        let place = self.place()?;
        let equal = self.eat("=")? || self.eat("==")?;
        if !equal && !self.eat("!=")? && !self.eat("<>")? {
            let token = self.take()?;
            let problem = format!("found {} after a location", token.lexeme);
            return Err(Fault::broken(place, problem, "compare it by `=` or `!=` with a value"));
        }
        let proposition = match self.right_side()? {
            Right::Value(value) => {
                self.fits(&left, &value, place)?;
                Proposition::Is(observed.index(left, shown), value)
            }
            Right::Location(right) => {
                Proposition::Same(observed.index(left, shown), observed.index(right, shown), Type::INT)
            }
        };
        Ok(if equal { proposition } else { Proposition::Not(Box::new(proposition)) })
    }

    /// An array is compared with an array of its size, anything else with one value.
    fn fits(&self, left: &Location, value: &Datum, place: Place) -> Result<(), Fault> {
        let size = match left {
            Location::Variable(Variable { name, whole: true, .. }) => {
                self.names.known_global(name).map(|(_, global)| global.init.len())
            }
            _ => None,
        };
        let given = if let Datum::Array(elements) = value { Some(elements.len()) } else { None };
        if size == given {
            return Ok(());
        }
        let remedy = "compare an array with as many values in braces, a single location with one value";
        Err(Fault::broken(place, "the two sides do not have the same number of elements", remedy))
    }

    fn location(&mut self) -> Result<Location, Fault> {
        let token = self.take()?;
        match token.lexeme {
            Lexeme::Number(number) if self.at(":")? => {
                let thread = usize::try_from(number).unwrap_or(usize::MAX);
                self.register(thread, token.place)
            }
            Lexeme::Name(name) if self.at(":")? => match thread_number(name) {
                Some(thread) => self.register(thread, token.place),
                None => {
                    let problem = format!("`{}` is no thread", abbreviated(name));
                    Err(Fault::broken(token.place, problem, LOCATION))
                }
            },
            Lexeme::Name(name) => self.variable(name, token.place),
            Lexeme::Mark("[") => {
                let (name, place) = self.name("a variable", LOCATION)?;
                let location = self.variable(name, place)?;
                self.expect("]", "close the variable with `]`")?;
                Ok(location)
            }
            Lexeme::Mark("*") => {
                let (name, place) = self.name("a variable", LOCATION)?;
                self.variable(name, place)
            }
            other => Err(Fault::broken(token.place, format!("found {other} instead of a location"), LOCATION)),
        }
    }

    /// The rest of `0:r1`.
    fn register(&mut self, thread: usize, place: Place) -> Result<Location, Fault> {
        self.expect(":", LOCATION)?;
        let (name, at) = self.name("a register", LOCATION)?;
        if !self.names.has_thread(thread) {
            return Err(Fault::broken(
                place,
                "there is no thread of that number",
                "use the number of one of the threads",
            ));
        }
        self.names.observe(thread, name, at)?;
        Ok(Location::Register(thread, name.to_owned()))
    }

    /// The rest of `x` or `a[1]`.
    fn variable(&mut self, name: &'t str, place: Place) -> Result<Location, Fault> {
        let (variable, element) = if self.at("[")? {
            let (variable, element) = self.symbol(name, place)?;
            (variable, Some(element))
        } else {
            let Some((variable, _)) = self.names.known_global(name) else {
                let problem = format!("neither a thread nor the initial state names a variable `{name}`");
                return Err(Fault::broken(place, problem, "check how it is spelt, or give it an initial value"));
            };
            (variable, None)
        };
        let whole = element.is_none() && self.names.is_array(variable);
        Ok(Location::Variable(Variable { name: name.to_owned(), element, whole }))
    }

    fn right_side(&mut self) -> Result<Right, Fault> {
        const REMEDY: &str = "write a number, a variable's name for its address, or another location (`1:r0`, `[y]`)";
        let token = self.take()?;
        match token.lexeme {
            Lexeme::Number(number) if self.at(":")? => {
                let thread = usize::try_from(number).unwrap_or(usize::MAX);
                Ok(Right::Location(self.register(thread, token.place)?))
            }
            Lexeme::Name(name) if self.at(":")? && thread_number(name).is_some() => {
                let thread = thread_number(name).unwrap_or(usize::MAX);
                Ok(Right::Location(self.register(thread, token.place)?))
            }
            Lexeme::Number(number) => Ok(Right::Value(Datum::Number(number.into()))),
            Lexeme::Name("true") => Ok(Right::Value(Datum::Number(1))),
            Lexeme::Name("false" | "NULL") => Ok(Right::Value(Datum::Number(0))),
            Lexeme::Mark("-") => Ok(Right::Value(Datum::Number(self.number(REMEDY)?.wrapping_neg().into()))),
            Lexeme::Mark("&") => {
                let (name, place) = self.name("a variable", REMEDY)?;
                Ok(Right::Value(self.address(name, place)?))
            }
            Lexeme::Name(name) => Ok(Right::Value(self.address(name, token.place)?)),
            Lexeme::Mark("[" | "*") => {
                self.return_to(&token);
                Ok(Right::Location(self.location()?))
            }
            Lexeme::Mark("{") => {
                let mut elements = Vec::new();
                loop {
                    match self.nested(Self::right_side)? {
                        Right::Value(value) => elements.push(value),
                        Right::Location(_) => {
                            return Err(Fault::broken(
                                token.place,
                                "a location among values",
                                "write numbers or addresses",
                            ));
                        }
                    }
                    if !self.eat(",")? {
                        break;
                    }
                }
                self.expect("}", "close the elements with `}`")?;
                Ok(Right::Value(Datum::Array(elements)))
            }
            other => Err(Fault::broken(token.place, format!("found {other} instead of a value"), REMEDY)),
        }
    }

    fn address(&mut self, name: &'t str, place: Place) -> Result<Datum, Fault> {
        let (variable, element) = self.symbol(name, place)?;
        Ok(Datum::Address(self.names.element_name(variable, element)))
    }
}

enum Right {
    Value(Datum),
    Location(Location),
}

/// The condition with its locations in herd's order, those that are not printed last.
fn sorted(
    quantifier: Quantifier,
    mut proposition: Proposition,
    mut filter: Option<Proposition>,
    observed: Observed,
) -> Condition {
    let mut order: Vec<usize> = (0..observed.list.len()).collect();
    let key = |index: usize| {
        let location = &observed.list[index];
        (!observed.shown[index], location.is_element(), location)
    };
    order.sort_by(|&a, &b| key(a).cmp(&key(b)));
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(new, &old)| place[old] = new);
    renumber(&mut proposition, &place);
    if let Some(filter) = &mut filter {
        renumber(filter, &place);
    }
    Condition {
        quantifier,
        proposition,
        filter,
        shown: observed.shown.iter().filter(|&&shown| shown).count(),
        observed: order.iter().map(|&old| observed.list[old].clone()).collect(),
    }
}

fn renumber(p: &mut Proposition, place: &[usize]) {
    match p {
        Proposition::Is(location, _) => *location = place[*location],
        Proposition::Same(a, b, _) => (*a, *b) = (place[*a], place[*b]),
        Proposition::Not(p) => renumber(p, place),
        Proposition::All(list) | Proposition::Any(list) => list.iter_mut().for_each(|p| renumber(p, place)),
        Proposition::Implies(p, q) => {
            renumber(p, place);
            renumber(q, place);
        }
    }
}
