//! Dropping what no bad end can show. None of it changes whether one is reached:
//!
//! * A way that leads to no bad end is left where that is clear.
//! * What stands at the end of a thread orders nothing after it. An execution without it can be made one with it, by
//!   doing it last of all; and one with it can be made one without it, where nobody sees the difference. So these go:
//!   barriers; reads whose value does not count; writes to a cell that no other thread uses; a critical section with
//!   nothing in it; a read-modify-write after which every other thread goes the way that it would have gone with the old
//!   value; a write after a full barrier after another one to the same cell, of a value that all take for the same.
//!   The final value of the cell must not count.
//! * A branch between arms that have become the same is none.

use std::collections::{BTreeMap, BTreeSet};

use super::ends::Ends;
use super::image::C;
use super::operation::Kind;
use super::tree::{Statement, Step};

/// Trims every thread.
pub(super) fn trim(functions: &mut [Vec<Statement>], ends: &Ends) {
    for (thread, function) in functions.iter_mut().enumerate() {
        leave(function, &|class| ends.can_be_bad(thread, class));
    }
    let asked = ends.cells();
    loop {
        let before = functions.to_vec();
        for (thread, trimmed) in functions.iter_mut().enumerate() {
            let mut cells = BTreeMap::new();
            for (other, function) in before.iter().enumerate().filter(|(other, _)| *other != thread) {
                collect(function, &mut BTreeMap::new(), &|class| !ends.can_be_bad(other, class), &mut cells);
            }
            Trimmer { asked: &asked, cells, path: Vec::new() }.end(trimmed);
        }
        if functions == before {
            return;
        }
    }
}

/// Ends a block where all its ends are harmless.
fn leave(block: &mut Vec<Statement>, can_be_bad: &dyn Fn(usize) -> bool) {
    let mut classes = BTreeSet::new();
    ends_of(block, &mut classes);
    if let Some(&class) = classes.first()
        && !classes.iter().any(|&class| can_be_bad(class))
    {
        *block = vec![Statement::End(class)];
    } else if let Some(Statement::If(branch)) = block.last_mut() {
        leave(&mut branch.then, can_be_bad);
        leave(&mut branch.otherwise, can_be_bad);
    }
}

fn ends_of(block: &[Statement], classes: &mut BTreeSet<usize>) {
    match block.last() {
        Some(Statement::End(class)) => {
            classes.insert(*class);
        }
        Some(Statement::If(branch)) => {
            ends_of(&branch.then, classes);
            ends_of(&branch.otherwise, classes);
        }
        _ => {}
    }
}

/// How other threads use a cell.
#[derive(Default)]
struct Uses {
    writes: bool,
    /// Conditions on what one read of it returns: the register, the value unless which that is 0, and what each way ends
    /// at if it ends at once in a harmless class.
    conditions: Vec<(C, u8, Option<i64>, [bool; 2])>,
    /// What read-modify-writes make of its values.
    effects: Vec<(i64, i64)>,
    /// Whether its values go elsewhere than into these.
    more: bool,
}

impl Uses {
    /// The ways that other threads go when they read this, and whether all of them then end harmlessly.
    fn signature(&self, value: i64) -> (Vec<bool>, bool) {
        let truth = |(c, number, unless, _): &(C, u8, Option<i64>, [bool; 2])| {
            let returned = unless.map_or(value, |unless| i64::from(value != unless));
            c.value(&|register| if register == *number { returned } else { 0 }) != 0
        };
        let ways: Vec<bool> = self.conditions.iter().map(truth).collect();
        let dead = !ways.is_empty()
            && self.conditions.iter().zip(&ways).all(|((.., harmless), &way)| harmless[usize::from(!way)]);
        (ways, dead)
    }

    /// Whether nobody who looks for a bad end minds reading `old` instead of `new`.
    fn alike(&self, old: i64, new: i64) -> bool {
        let ((old, _), (new, dead)) = (self.signature(old), self.signature(new));
        dead || old == new
    }

    /// Whether values that are alike are so after each read-modify-write.
    fn keeps_alike(&self) -> bool {
        let pairs = |f: &dyn Fn((i64, i64), (i64, i64)) -> bool| {
            self.effects.iter().all(|&a| self.effects.iter().all(|&b| f(a, b)))
        };
        pairs(&|a, b| self.signature(a.0) != self.signature(b.0) || self.signature(a.1).0 == self.signature(b.1).0)
    }
}

/// By register: its cell, and the value unless which it is 0.
type Registers = BTreeMap<u8, (usize, Option<i64>)>;

fn collect(
    block: &[Statement],
    registers: &mut Registers,
    is_harmless: &dyn Fn(usize) -> bool,
    all: &mut BTreeMap<usize, Uses>,
) {
    for statement in block {
        match statement {
            Statement::End(_) => {}
            Statement::Step(step) => {
                let uses: Vec<usize> = (registers.iter())
                    .filter(|(number, _)| step.words.uses >> **number & 1 == 1)
                    .map(|(_, (cell, _))| *cell)
                    .collect();
                uses.iter().for_each(|cell| all.entry(*cell).or_default().more = true);
                let Some(cell) = step.words.cell else { continue };
                let of_cell = all.entry(cell).or_default();
                of_cell.writes |= matches!(step.words.kind, Kind::Write | Kind::Update);
                of_cell.effects.extend(step.words.effects.iter().filter_map(|&(old, new)| Some((old?, new))));
                if let Some(register) = step.register {
                    of_cell.more |= register.again;
                    registers.insert(register.number, (cell, step.words.unless));
                }
            }
            Statement::If(branch) => {
                let whole = branch.conditions.iter().cloned().reduce(|a, b| C::join("|", a, b));
                let harmless = |block: &[Statement]| matches!(block, [Statement::End(class)] if is_harmless(*class));
                if let Some(whole) = whole {
                    let used: Vec<u8> = (0..64).filter(|number| whole.registers() >> number & 1 == 1).collect();
                    for number in &used {
                        let Some(&(cell, unless)) = registers.get(number) else { continue };
                        let of_cell = all.entry(cell).or_default();
                        if used.len() == 1 {
                            let ways =
                                [harmless(&branch.then), harmless(&branch.otherwise) || branch.otherwise.is_empty()];
                            of_cell.conditions.push((whole.clone(), *number, unless, ways));
                        } else {
                            of_cell.more = true;
                        }
                    }
                }
                collect(&branch.then, &mut registers.clone(), is_harmless, all);
                collect(&branch.otherwise, &mut registers.clone(), is_harmless, all);
            }
        }
    }
}

struct Trimmer<'t> {
    /// The cells whose final value counts.
    asked: &'t BTreeSet<usize>,
    /// How other threads use them.
    cells: BTreeMap<usize, Uses>,
    /// What was done on the way.
    path: Vec<Step>,
}

impl Trimmer<'_> {
    /// Trims the end of a block, whose last statement is an end or a branch.
    fn end(&mut self, block: &mut Vec<Statement>) {
        let above = self.path.len();
        self.path.extend(block.iter().filter_map(|statement| match statement {
            Statement::Step(step) => Some(step.clone()),
            _ => None,
        }));
        if let Some(Statement::If(branch)) = block.last_mut() {
            self.end(&mut branch.then);
            self.end(&mut branch.otherwise);
            let same = branch.then == branch.otherwise || branch.otherwise.is_empty();
            if let (true, false, [Statement::End(class)]) = (same, branch.waits, &branch.then[..]) {
                let class = *class;
                block.pop();
                block.push(Statement::End(class));
            }
        }
        while let Some(count) = self.droppable(block) {
            let end = block.len() - 1;
            block.drain(end - count..end);
            self.path.truncate(self.path.len() - count);
        }
        self.path.truncate(above);
    }

    /// How many statements before the end of a block can go.
    fn droppable(&self, block: &[Statement]) -> Option<usize> {
        let [before @ .., Statement::Step(step), Statement::End(_)] = block else { return None };
        if step.words.kind == Kind::Barrier || step.words.kind == Kind::Read {
            return Some(1);
        }
        let cell = step.words.cell.filter(|cell| !self.asked.contains(cell))?;
        let goes = match (step.words.kind, self.cells.get(&cell)) {
            (Kind::Rcu, _) => false,
            (Kind::Lock, None) => true,
            (Kind::Lock, Some(_)) => {
                let opens = matches!(before.last(), Some(Statement::Step(lock)) if lock.words.kind == Kind::Lock && lock.words.cell == Some(cell));
                return opens.then_some(2);
            }
            (_, None) => true,
            (_, Some(uses)) if uses.more || !uses.keeps_alike() => false,
            (Kind::Update, Some(uses)) => {
                step.words.effects.iter().all(|&(old, new)| old.is_some_and(|old| uses.alike(old, new)))
            }
            (_, Some(uses)) => !uses.writes && self.is_repeated(step, cell, uses),
        };
        goes.then_some(1)
    }

    /// Whether a write comes after a full barrier after another one to its cell, whose value nobody tells apart from its
    /// own.
    fn is_repeated(&self, step: &Step, cell: usize, uses: &Uses) -> bool {
        let path = &self.path[..self.path.len() - 1];
        let earlier = path.iter().rposition(|step| step.words.cell == Some(cell) && step.words.kind == Kind::Write);
        let Some(earlier) = earlier else { return false };
        let ordered = path[earlier..].iter().any(|step| step.words.full);
        let of = |step: &Step| step.words.effects.iter().map(|&(_, new)| new).collect::<Vec<_>>();
        ordered && of(&path[earlier]).iter().all(|&old| of(step).iter().all(|&new| uses.alike(old, new)))
    }
}
