//! The five properties, stated once and judged from what an execution's threads saw.
//!
//! There is no global "now" in a weak memory model, so nothing here asks what was true at some moment. A
//! thread reports [`Seen`]s, which hold values and the lives that those values belong to, and [`judge`]
//! compares them with each other and with what memory held when all threads had ended.

use std::fmt;

use crate::descriptor::{LOCKED, OWNER, TYPE_BUDDY};
use crate::{Refusal, Walk};

/// One thing that a thread saw, in the order of its program. Encoded in a word, to cross any engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Seen {
    /// A scanner isolated the folio with these operations.
    Isolated {
        /// The address of the operations: at most 48 bits are kept.
        operations: u64,
        /// The life that the operations were written in.
        life: u32,
        /// The life of the reference that the scanner holds.
        reference: u32,
    },
    /// A scanner gave up.
    Refused(Refusal),
    /// The lock bit was gone when its holder unlocked.
    LockLost,
    /// The owner's flag was gone when its owner cleared it.
    OwnerFlagLost,
    /// The folio was taken from the buddy allocator.
    Taken,
    /// The folio went back to the buddy allocator.
    Freed,
    /// The thread ended while it owned a reference.
    Holds,
    /// The thread ended while it owned the folio as a slab.
    InUse,
    /// A scanner dropped the driver's reference with its own, having moved the content elsewhere.
    Migrated,
    /// What the walker took a folio for that is a slab all the while.
    WalkedSlab(Walk),
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Isolated { operations, life: 0, .. } => write!(f, "isolated it with operations {operations:#x}"),
            Self::Isolated { operations, life, reference } => {
                write!(
                    f,
                    "isolated it with operations {operations:#x} of life {life}, by a reference of life {reference}"
                )
            }
            Self::Refused(Refusal::NoReference) => f.write_str("got no reference"),
            Self::Refused(Refusal::NotMovable) => f.write_str("found it not movable"),
            Self::Refused(Refusal::Locked) => f.write_str("found it locked"),
            Self::Refused(Refusal::Changed) => f.write_str("found it changed under the lock"),
            Self::LockLost => f.write_str("lost the lock bit"),
            Self::OwnerFlagLost => f.write_str("lost the owner's flag"),
            Self::Taken => f.write_str("took it"),
            Self::Freed => f.write_str("freed it"),
            Self::Holds => f.write_str("keeps a reference"),
            Self::InUse => f.write_str("keeps it as a slab"),
            Self::Migrated => f.write_str("moved its content away"),
            Self::WalkedSlab(Walk::Free) => f.write_str("took it for free"),
            Self::WalkedSlab(Walk::BeingFreed) => f.write_str("took it for being freed"),
            Self::WalkedSlab(Walk::Movable) => f.write_str("took it for movable"),
            Self::WalkedSlab(Walk::Unmovable) => f.write_str("took it for unmovable"),
        }
    }
}

/// The properties that every strategy must keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Property {
    /// A scanner succeeds only on a movable folio, with the operations that its driver registered.
    NoMisidentification,
    /// No lock bit and no owner's flag is lost to a non-atomic write.
    NoLostBit,
    /// Freed exactly once, none gotten once free or frozen, none leaked.
    ReferencesConserved,
    /// The page-isolation walker never takes a live slab for a page that is about to be free.
    NoFalseFree,
    /// An uncontended movable folio is always isolated.
    Useful,
}

impl Property {
    /// Every property.
    pub const ALL: [Self; 5] =
        [Self::NoMisidentification, Self::NoLostBit, Self::ReferencesConserved, Self::NoFalseFree, Self::Useful];

    /// The name in reports and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoMisidentification => "no-misidentification",
            Self::NoLostBit => "no-lost-bit",
            Self::ReferencesConserved => "references-conserved",
            Self::NoFalseFree => "no-false-free",
            Self::Useful => "useful",
        }
    }
}

/// A property that an execution broke, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Violation {
    /// Which.
    pub property: Property,
    /// One sentence.
    pub what: String,
}

/// What memory held when all threads had ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Final {
    /// `flags`.
    pub flags: u64,
    /// `mapping`.
    pub mapping: u64,
    /// `page_type`.
    pub page_type: u64,
    /// The reference count, wherever the strategy keeps it.
    pub refcount: u64,
}

impl fmt::Display for Final {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { flags, mapping, page_type, refcount } = self;
        write!(f, "flags {flags:#x}, mapping {mapping:#x}, page type {page_type:#x}, {refcount} references")
    }
}

/// What a scenario expects of an execution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    /// The lives in which a driver registers operations: [`operations_of`] each.
    pub movable_lives: &'static [u32],
    /// A scanner must have isolated the folio: nobody contends for it.
    pub isolated: bool,
}

/// The operations that the driver of a movable life registers: distinct addresses, aligned to four bytes.
pub const fn operations_of(life: u32) -> u64 {
    0x0000_7000_0000_0000 + 0x40 * life as u64
}

const KIND_SHIFT: u32 = 60;
const LIFE_BITS: u32 = 5;
const LIFE_MASK: u32 = (1 << LIFE_BITS) - 1;
const OPERATIONS_BITS: u32 = 48;

impl Seen {
    /// Packs it into a word.
    pub fn encode(self) -> u64 {
        let (kind, payload) = match self {
            Self::Isolated { operations, life, reference } => {
                let operations = operations & (u64::MAX >> (64 - OPERATIONS_BITS));
                let lives = u64::from((life & LIFE_MASK) << LIFE_BITS | reference & LIFE_MASK);
                (0, lives << OPERATIONS_BITS | operations)
            }
            Self::Refused(refusal) => (1, refusal as u64),
            Self::LockLost => (2, 0),
            Self::OwnerFlagLost => (3, 0),
            Self::Freed => (4, 0),
            Self::WalkedSlab(walk) => (5, walk as u64),
            Self::Taken => (6, 0),
            Self::Holds => (7, 0),
            Self::Migrated => (8, 0),
            Self::InUse => (9, 0),
        };
        kind << KIND_SHIFT | payload
    }

    /// Unpacks what [`encode`](Self::encode) packed; `None` for any other word.
    pub fn decode(word: u64) -> Option<Self> {
        let payload = word & (u64::MAX >> (64 - KIND_SHIFT));
        let lives = (payload >> OPERATIONS_BITS) as u32;
        Some(match (word >> KIND_SHIFT, payload) {
            (0, _) => Self::Isolated {
                operations: payload & (u64::MAX >> (64 - OPERATIONS_BITS)),
                life: lives >> LIFE_BITS & LIFE_MASK,
                reference: lives & LIFE_MASK,
            },
            (1, 0) => Self::Refused(Refusal::NoReference),
            (1, 1) => Self::Refused(Refusal::NotMovable),
            (1, 2) => Self::Refused(Refusal::Locked),
            (1, 3) => Self::Refused(Refusal::Changed),
            (2, 0) => Self::LockLost,
            (3, 0) => Self::OwnerFlagLost,
            (4, 0) => Self::Freed,
            (5, 0) => Self::WalkedSlab(Walk::Free),
            (5, 1) => Self::WalkedSlab(Walk::BeingFreed),
            (5, 2) => Self::WalkedSlab(Walk::Movable),
            (5, 3) => Self::WalkedSlab(Walk::Unmovable),
            (6, 0) => Self::Taken,
            (7, 0) => Self::Holds,
            (8, 0) => Self::Migrated,
            (9, 0) => Self::InUse,
            _ => return None,
        })
    }

    /// Whether it is an isolation with operations that no driver of any life registers.
    pub fn is_wild(self) -> bool {
        matches!(self, Self::Isolated { operations, .. } if (0..=LIFE_MASK).all(|life| operations_of(life) != operations))
    }

    /// What a scanner sees of the operations and the reference that it isolated a folio with.
    pub fn isolated<W: fencepost_memory::Word>(operations: W, reference: W) -> Self {
        Self::Isolated { operations: operations.observe(), life: operations.life(), reference: reference.life() }
    }
}

impl Expectation {
    /// Whether a scanner that isolated the folio so was right to: the operations that the driver of that life
    /// registered, and a reference of the same life. Back ends that do not follow lives report 0 for both.
    fn registered(&self, operations: u64, life: u32, reference: u32) -> bool {
        let registered = self.movable_lives.iter().find(|&&movable| operations_of(movable) == operations);
        registered.is_some_and(|&movable| life == reference && (life == movable || life == 0))
    }
}

/// The gravest violation of a property in an execution, if there is one. `end` is asked for only if what the
/// threads saw does not settle it; without it, what only memory can tell is not judged.
pub fn judge(seen: &[Seen], end: Option<impl Fn() -> Final>, expect: &Expectation) -> Option<Violation> {
    let useless = || {
        let isolated = seen.iter().any(|seen| matches!(seen, Seen::Isolated { .. }));
        (expect.isolated && !isolated).then(|| format!("an uncontended movable folio was not isolated: {seen:?}"))
    };
    let broken = |property| move |what| Violation { property, what };
    let in_memory = || {
        let end = end.as_ref()?();
        left_bit(end)
            .map(broken(Property::NoLostBit))
            .or_else(|| miscounted(seen, end).map(broken(Property::ReferencesConserved)))
    };
    misidentification(seen, expect)
        .map(broken(Property::NoMisidentification))
        .or_else(|| lost_bit(seen).map(broken(Property::NoLostBit)))
        .or_else(|| false_free(seen).map(broken(Property::NoFalseFree)))
        .or_else(|| useless().map(broken(Property::Useful)))
        .or_else(|| unbalanced(seen).map(broken(Property::ReferencesConserved)))
        .or_else(in_memory)
}

fn misidentification(seen: &[Seen], expect: &Expectation) -> Option<String> {
    seen.iter().find_map(|&seen| match seen {
        Seen::Isolated { operations, life, reference } if !expect.registered(operations, life, reference) => {
            Some(match operations {
                0 if expect.movable_lives.is_empty() => {
                    "a scanner took a slab for a movable folio, and found NULL for its operations".into()
                }
                0 => "a scanner isolated a folio that has no operations: it found NULL".into(),
                _ if expect.movable_lives.iter().any(|&life| operations_of(life) == operations) => format!(
                    "a scanner with a reference of life {reference} isolated the folio with the operations of life {life}"
                ),
                _ => format!("a scanner took a slab for a movable folio: wild movable_operations {operations:#x}"),
            })
        }
        _ => None,
    })
}

fn lost_bit(seen: &[Seen]) -> Option<String> {
    if seen.contains(&Seen::LockLost) {
        Some("the lock bit was gone when its holder unlocked".into())
    } else if seen.contains(&Seen::OwnerFlagLost) {
        Some("the owner's flag was gone when its owner cleared it".into())
    } else {
        None
    }
}

fn left_bit(end: Final) -> Option<String> {
    if end.flags & LOCKED != 0 {
        Some("the lock bit was still set after everybody had unlocked".into())
    } else if end.flags & OWNER != 0 {
        Some("the owner's flag was still set after its owner had cleared it".into())
    } else {
        None
    }
}

fn count(seen: &[Seen], what: Seen) -> usize {
    seen.iter().filter(|&&seen| seen == what).count()
}

/// The references that threads ended with.
fn held(seen: &[Seen]) -> usize {
    count(seen, Seen::Holds).saturating_sub(count(seen, Seen::Migrated))
}

fn unbalanced(seen: &[Seen]) -> Option<String> {
    let (taken, freed, held) = (count(seen, Seen::Taken), count(seen, Seen::Freed), held(seen));
    if freed > taken || freed == taken && held > 0 {
        Some(format!("the folio was taken {taken} times and freed {freed} times, and {held} references are held"))
    } else if taken - freed > 1 {
        Some(format!("the folio was taken {taken} times and freed only {freed} times"))
    } else if taken > freed && held == 0 && !seen.contains(&Seen::InUse) {
        Some("the folio was leaked: nobody has a reference, and it was not freed".into())
    } else {
        None
    }
}

fn miscounted(seen: &[Seen], end: Final) -> Option<String> {
    let (taken, freed, held) = (count(seen, Seen::Taken), count(seen, Seen::Freed), held(seen));
    if end.refcount != held as u64 {
        Some(format!("{} references were left where {held} are held", end.refcount))
    } else if (end.page_type == TYPE_BUDDY) != (taken == freed) {
        Some(format!("taken {taken} times and freed {freed} times, the folio ends with page type {:#x}", end.page_type))
    } else {
        None
    }
}

fn false_free(seen: &[Seen]) -> Option<String> {
    seen.iter().find_map(|seen| match seen {
        Seen::WalkedSlab(Walk::Free) => Some("the page-isolation walker took a live slab for a free page".into()),
        Seen::WalkedSlab(Walk::BeingFreed) => {
            Some("the page-isolation walker took a live slab for a page that is about to be free".into())
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXPECT: Expectation = Expectation { movable_lives: &[1], isolated: false };
    const CLEAN: Final = Final { flags: 0, mapping: 0, page_type: TYPE_BUDDY, refcount: 0 };

    fn broken(seen: &[Seen], end: Final, expect: Expectation) -> Vec<Property> {
        judge(seen, Some(|| end), &expect).into_iter().map(|violation| violation.property).collect()
    }

    fn isolated(operations: u64, life: u32, reference: u32) -> Seen {
        Seen::Isolated { operations, life, reference }
    }

    #[test]
    fn what_was_seen_survives_the_encoding() {
        let all = [
            isolated(operations_of(3), 3, 2),
            Seen::Refused(Refusal::NoReference),
            Seen::Refused(Refusal::NotMovable),
            Seen::Refused(Refusal::Locked),
            Seen::Refused(Refusal::Changed),
            Seen::LockLost,
            Seen::OwnerFlagLost,
            Seen::Taken,
            Seen::Freed,
            Seen::Holds,
            Seen::Migrated,
            Seen::InUse,
            Seen::WalkedSlab(Walk::Free),
            Seen::WalkedSlab(Walk::BeingFreed),
            Seen::WalkedSlab(Walk::Movable),
            Seen::WalkedSlab(Walk::Unmovable),
        ];
        for seen in all {
            assert_eq!(Seen::decode(seen.encode()), Some(seen));
        }
        assert_eq!(Seen::decode(u64::MAX), None);
    }

    #[test]
    fn a_clean_execution_breaks_nothing() {
        assert_eq!(broken(&[Seen::Taken, isolated(operations_of(1), 1, 1), Seen::Freed], CLEAN, EXPECT), []);
        assert_eq!(broken(&[], CLEAN, EXPECT), []);
        let held = Final { page_type: 0, refcount: 1, ..CLEAN };
        assert_eq!(broken(&[Seen::Taken, Seen::Holds], held, EXPECT), []);
        assert_eq!(broken(&[Seen::Taken, Seen::InUse], Final { refcount: 0, ..held }, EXPECT), []);
        assert_eq!(broken(&[Seen::Taken, Seen::Holds, Seen::Migrated, Seen::Freed], CLEAN, EXPECT), []);
    }

    #[test]
    fn every_property_can_be_broken() {
        use Property::*;
        let balanced = |seen: Seen| vec![Seen::Taken, seen, Seen::Freed];
        let useful = Expectation { isolated: true, ..EXPECT };
        let table: &[(Vec<Seen>, Final, Expectation, Property)] = &[
            (balanced(isolated(0x7000, 1, 1)), CLEAN, EXPECT, NoMisidentification),
            (balanced(isolated(0, 1, 1)), CLEAN, EXPECT, NoMisidentification),
            (balanced(isolated(operations_of(1), 1, 2)), CLEAN, EXPECT, NoMisidentification),
            (balanced(isolated(operations_of(2), 2, 2)), CLEAN, EXPECT, NoMisidentification),
            (balanced(Seen::LockLost), CLEAN, EXPECT, NoLostBit),
            (balanced(Seen::OwnerFlagLost), CLEAN, EXPECT, NoLostBit),
            (vec![], Final { flags: LOCKED, ..CLEAN }, EXPECT, NoLostBit),
            (vec![], Final { flags: OWNER, ..CLEAN }, EXPECT, NoLostBit),
            (vec![Seen::Freed], CLEAN, EXPECT, ReferencesConserved),
            (vec![Seen::Taken], CLEAN, EXPECT, ReferencesConserved),
            (vec![Seen::Taken], Final { page_type: 0, ..CLEAN }, EXPECT, ReferencesConserved),
            (vec![Seen::Taken, Seen::Taken, Seen::Holds], Final { refcount: 1, ..CLEAN }, EXPECT, ReferencesConserved),
            (vec![], Final { refcount: 1, ..CLEAN }, EXPECT, ReferencesConserved),
            (balanced(Seen::Refused(Refusal::Locked)), Final { page_type: 0, ..CLEAN }, EXPECT, ReferencesConserved),
            (balanced(Seen::WalkedSlab(Walk::BeingFreed)), CLEAN, EXPECT, NoFalseFree),
            (balanced(Seen::WalkedSlab(Walk::Free)), CLEAN, EXPECT, NoFalseFree),
            (vec![Seen::Refused(Refusal::Locked)], CLEAN, useful, Useful),
        ];
        for (seen, end, expect, property) in table {
            assert_eq!(broken(seen, *end, *expect), [*property], "{seen:?} {end:?}");
        }
    }
}
