//! Operations of the engine's vocabulary in the words of the kernel's.

use fencepost_memory::{Order, Rmw};
use fencepost_model::{Action, Barrier, Datum, Expression, Operation, Operator, Run};

use super::image::{C, Image};
use super::tree::Obstacle;

/// An operation as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Words {
    pub text: String,
    pub kind: Kind,
    /// The cell that it is on.
    pub cell: Option<usize>,
    /// The registers in it, as a set of numbers.
    pub uses: u64,
    /// Whether it has a value.
    pub returns: bool,
    /// Whether it is a full barrier.
    pub full: bool,
    /// What it returns is whether the old value was not this.
    pub unless: Option<i64>,
    /// What it may find in the cell, where it reads, and what it then leaves there, where it writes.
    pub effects: Vec<(Option<i64>, i64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Read,
    Write,
    Update,
    Lock,
    Barrier,
    /// Read-copy-update.
    Rcu,
}

impl Words {
    pub fn read(cell: usize, name: &str) -> Words {
        let text = format!("READ_ONCE(*{name})");
        Words { returns: true, ..Words::plain(text, Kind::Read, Some(cell)) }
    }

    pub fn write(cell: usize, name: &str, value: i64) -> Words {
        Words::plain(format!("WRITE_ONCE(*{name}, {value})"), Kind::Write, Some(cell))
    }

    fn plain(text: String, kind: Kind, cell: Option<usize>) -> Words {
        Words { text, kind, cell, uses: 0, returns: false, full: false, unless: None, effects: Vec::new() }
    }
}

/// A conditional operation that is a loop around a `cmpxchg()`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditional {
    /// Its read.
    pub number: u8,
    pub order: Order,
}

fn never(why: &str) -> Obstacle {
    Obstacle::Never(why.into())
}

/// The words for an operation of a run that is no loop.
pub(super) fn words(
    operation: &Operation,
    run: &Run,
    images: &[Image],
    names: &[String],
    unless: impl Iterator<Item = u8>,
) -> Result<Words, Obstacle> {
    let unless: Vec<u8> = unless.collect();
    let barrier = |text: &str, kind| Ok(Words::plain(text.into(), kind, None));
    match operation.action {
        Action::Barrier(kind) => {
            let full = kind == Barrier::Full;
            return barrier(kind.name(), Kind::Barrier).map(|words: Words| Words { full, ..words });
        }
        Action::RcuLock => return barrier("rcu_read_lock()", Kind::Rcu),
        Action::RcuUnlock => return barrier("rcu_read_unlock()", Kind::Rcu),
        Action::GracePeriod => return barrier("synchronize_rcu()", Kind::Rcu),
        Action::HeavyBarrier => return Err(never("the dialect has no membarrier()")),
        _ => {}
    }
    let cell = operation.cell.ok_or_else(|| never("an operation that the dialect does not have"))?;
    let (name, image) = (&names[cell], images[cell]);
    let make = |text, kind, uses, returns| Ok(Words { uses, returns, ..Words::plain(text, kind, Some(cell)) });
    let words: Result<Words, Obstacle> = match operation.action {
        Action::Read(Order::Acquire) => make(format!("smp_load_acquire({name})"), Kind::Read, 0, true),
        Action::Read(_) | Action::Peek { .. } => Ok(Words::read(cell, name)),
        Action::PlainRead => make(format!("*{name}"), Kind::Read, 0, true),
        Action::Write(_) | Action::PlainWrite => {
            let value = stored(operation, run, image, &unless)?;
            let text = match operation.action {
                Action::Write(Order::Release) => format!("smp_store_release({name}, {value})"),
                Action::Write(_) => format!("WRITE_ONCE(*{name}, {value})"),
                _ => format!("*{name} = {value}"),
            };
            make(text, Kind::Write, value.registers(), false)
        }
        Action::SpinLock => make(format!("spin_lock({name})"), Kind::Lock, 0, false),
        Action::SpinUnlock => make(format!("spin_unlock({name})"), Kind::Lock, 0, false),
        Action::Fetch(rmw, order) => update(operation, run, image, name, rmw, Some(order), &unless),
        Action::Atomic(rmw) => update(operation, run, image, name, rmw, None, &unless),
        Action::SetBit { .. } => update(operation, run, image, name, Rmw::Or, Some(Order::Acquire), &unless),
        // One that never stores anything is a read.
        Action::Missed(_) | Action::Refused(_) if operation.written.is_none() => Ok(Words::read(cell, name)),
        Action::Exchanged(order) | Action::Missed(order) | Action::Refused(order) => {
            compare(operation, run, image, name, order, &unless)
        }
        _ => Err(never("an operation that the dialect does not have")),
    };
    let own = operation.read.map(|number| &run.domains[usize::from(number)]);
    let effects = match (&operation.written, own) {
        (None, _) => Vec::new(),
        (Some(_), None) => operation.possible.iter().map(|&datum| (None, image.of(datum))).collect(),
        (Some(written), Some(domain)) => {
            let effect = |&datum: &Datum| (Some(image.of(datum)), image.of(written.value(&|_| datum)));
            domain.iter().map(effect).collect()
        }
    };
    Ok(Words { cell: Some(cell), effects, ..words? })
}

/// The bits that an operation writes, without the life that they get.
fn bits(written: &Expression) -> &Expression {
    match written {
        Expression::Join(Operator::Life, bits, _) => bits,
        other => other,
    }
}

/// Checks that `c` has, for whatever the reads return, the image of what the engine writes.
fn checked(c: C, operation: &Operation, run: &Run, image: Image, life: bool, unless: &[u8]) -> Result<C, Obstacle> {
    let cell = operation.cell.unwrap_or_default();
    let written = operation.written.as_ref().ok_or_else(|| never("a write of nothing"))?;
    if unless.iter().any(|&number| c.registers() >> number & 1 == 1) {
        return Err(never("a value that atomic_add_unless() does not return is written"));
    }
    let own = operation.read.map_or(0, |number| 1u64 << number);
    if operation.data & !c.registers() & !own != 0 {
        return Err(never("a dependency that the value itself does not show"));
    }
    let reads = written.reads();
    let mut assignments: Vec<Vec<(u8, Datum)>> = vec![Vec::new()];
    for number in (0..64u8).filter(|number| reads >> number & 1 == 1) {
        let domain = &run.domains[usize::from(number)];
        if assignments.len() * domain.len() > 100_000 {
            return Err(never("a value is computed from too many others"));
        }
        let with = |partial: &Vec<(u8, Datum)>, datum: &Datum| [partial.as_slice(), &[(number, *datum)]].concat();
        assignments =
            assignments.iter().flat_map(|partial| domain.iter().map(move |datum| with(partial, datum))).collect();
    }
    for assignment in assignments {
        let read = |number| {
            let known = assignment.iter().find(|(read, _)| *read == number);
            known.map_or(Datum::default(), |(_, datum)| *datum)
        };
        let datum = written.value(&read);
        let wanted = if life { image.of(datum) } else { image.of_bits(datum.bits) };
        let found = c.value(&|number| image.of(read(number)));
        if found != wanted {
            return Err(if image.high {
                never("a value that cannot be computed in 32 bits")
            } else {
                Obstacle::Image { cell, life: false }
            });
        }
    }
    Ok(c)
}

/// What a write stores.
fn stored(operation: &Operation, run: &Run, image: Image, unless: &[u8]) -> Result<C, Obstacle> {
    let written = operation.written.as_ref().ok_or_else(|| never("a write of nothing"))?;
    let value = C::of(bits(written), image).ok_or_else(|| never("a life is written"))?;
    let life = match written {
        Expression::Constant(datum) => *datum,
        Expression::Join(Operator::Life, _, life) => match **life {
            Expression::Constant(datum) => datum,
            _ => return Err(never("a life is copied")),
        },
        _ => Datum::default(),
    };
    let life = image.of(Datum { bits: 0, ..life });
    let value = match value {
        C::Number(number) => C::Number(number + life),
        value if life == 0 => value,
        value => C::join("+", value, C::Number(life)),
    };
    checked(value, operation, run, image, true, unless)
}

/// An unconditional read-modify-write; without an order, one without a result.
fn update(
    operation: &Operation,
    run: &Run,
    image: Image,
    name: &str,
    rmw: Rmw,
    order: Option<Order>,
    unless: &[u8],
) -> Result<Words, Obstacle> {
    let number = operation.read.ok_or_else(|| never("a read-modify-write that reads nothing"))?;
    let written = operation.written.as_ref().ok_or_else(|| never("a read-modify-write of nothing"))?;
    let operator = match rmw {
        Rmw::Xchg => None,
        Rmw::Add => Some(Operator::Add),
        Rmw::And => Some(Operator::And),
        Rmw::Or => Some(Operator::Or),
        Rmw::Xor => Some(Operator::Xor),
    };
    let operand = match operator {
        None => bits(written),
        Some(operator) => operand(bits(written), operator, number)
            .ok_or_else(|| never("a read-modify-write that is no read-modify-write"))?,
    };
    let operand = C::of(operand, image).ok_or_else(|| never("a life is written"))?;
    let (base, order) = match order {
        Some(order) => ("fetch_", order.suffix()),
        None => ("", ""),
    };
    let old = C::Register(number);
    let (text, value) = match (rmw, operand) {
        (Rmw::Xchg, operand) => {
            if base.is_empty() || image.life {
                return Err(never("an exchange without a result"));
            }
            (format!("xchg{order}({name}, {operand})"), operand)
        }
        (Rmw::Add, C::Number(n)) if n < 0 => {
            (format!("atomic_{base}sub{order}({}, {name})", -n), C::join("-", old, C::Number(-n)))
        }
        (Rmw::And, C::Number(n)) if n < 0 => {
            (format!("atomic_{base}andnot{order}({}, {name})", !n), C::join("&", old, C::Number(n)))
        }
        (rmw, operand) => {
            let (verb, operator) = match rmw {
                Rmw::Add => ("add", "+"),
                Rmw::And => ("and", "&"),
                Rmw::Or => ("or", "|"),
                _ => ("xor", "^"),
            };
            (format!("atomic_{base}{verb}{order}({operand}, {name})"), C::join(operator, old, operand))
        }
    };
    let value = checked(value, operation, run, image, true, unless)?;
    let uses = value.registers() & !(1 << number);
    let full = matches!(operation.action, Action::Fetch(_, Order::Full));
    Ok(Words { uses, returns: !base.is_empty(), full, ..Words::plain(text, Kind::Update, operation.cell) })
}

/// What the old value is joined with, a cut to the cell's width aside.
fn operand(bits: &Expression, operator: Operator, number: u8) -> Option<&Expression> {
    match bits {
        Expression::Join(joined, a, b) if *joined == operator && **a == Expression::Read(number) => Some(b),
        Expression::Join(Operator::And, a, _) => operand(a, operator, number),
        _ => None,
    }
}

/// `cmpxchg()`, or `atomic_add_unless()` if its read is one of `unless`.
fn compare(
    operation: &Operation,
    run: &Run,
    image: Image,
    name: &str,
    order: Order,
    unless: &[u8],
) -> Result<Words, Obstacle> {
    let number = operation.read.ok_or_else(|| never("a read-modify-write that reads nothing"))?;
    let look = run.looks.iter().find(|look| look.value.reads() == 1 << number);
    let Some(Expression::Join(Operator::Equal, _, compared)) = look.map(|look| &look.value) else {
        return Err(never("a comparison with several values"));
    };
    let compared = C::of(compared, image).ok_or_else(|| never("a life is compared"))?;
    let Some(written) = &operation.written else {
        return Err(never("a conditional operation that never stores anything"));
    };
    let mut none_if = None;
    let (text, uses) = if unless.contains(&number) {
        none_if = Some(compared.value(&|_| 0));
        let added = operand(bits(written), Operator::Add, number)
            .ok_or_else(|| never("something is added to another value"))?;
        let added = C::of(added, image).ok_or_else(|| never("a life is added"))?;
        let sum = C::join("+", C::Register(number), added.clone());
        checked(sum, operation, run, image, true, &[])?;
        (format!("atomic_add_unless({name}, {added}, {compared})"), added.registers())
    } else {
        let new = C::of(bits(written), image).ok_or_else(|| never("a life is written"))?;
        if image.life {
            return Err(never("lives are kept in a cell that is compared and exchanged"));
        }
        let new = checked(new, operation, run, image, false, unless)?;
        let uses = new.registers() | compared.registers();
        (format!("cmpxchg{}({name}, {compared}, {new})", order.suffix()), uses)
    };
    Ok(Words { uses, returns: true, unless: none_if, ..Words::plain(text, Kind::Update, operation.cell) })
}

impl Conditional {
    /// The `cmpxchg()` of the value that was read with the one that is stored instead.
    pub fn exchange(
        &self,
        operation: &Operation,
        run: &Run,
        images: &[Image],
        names: &[String],
    ) -> Result<Words, Obstacle> {
        let cell = operation.cell.ok_or_else(|| never("an operation on no cell"))?;
        let image = images[cell];
        let written = operation.written.as_ref().ok_or_else(|| never("a write of nothing"))?;
        // The old value's life stays where it is.
        let new = C::of(bits(written), Image { life: false, ..image }).ok_or_else(|| never("a life is written"))?;
        let new = checked(new, operation, run, image, true, &[])?;
        let text = format!("cmpxchg{}({}, r{}, {new})", self.order.suffix(), names[cell], self.number);
        let uses = new.registers() | 1 << self.number;
        Ok(Words { uses, returns: true, ..Words::plain(text, Kind::Update, Some(cell)) })
    }
}
