//! The five properties, stated once and judged from what an execution's threads saw.
//!
//! There is no global "now" in a weak memory model, so nothing here asks what was true at some moment. A
//! thread reports [`Seen`]s, which hold values and the lives that those values belong to, and [`judge`]
//! compares them with each other and with what memory held when all threads had ended.

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
    /// The folio went back to the buddy allocator.
    Freed,
    /// What the walker took a folio for that is a slab all the while.
    WalkedSlab(Walk),
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

/// What a scenario expects of an execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// The operations that a driver registered: `operations_of(life)` for each of these lives.
    pub movable_lives: &'static [u32],
    /// How often the folio goes back to the buddy allocator.
    pub frees: usize,
    /// References that are still held at the end.
    pub references: u64,
    /// The folio is still in use at the end, although its reference count may be frozen at 0.
    pub in_use: bool,
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
            _ => return None,
        })
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

/// Every property that an execution broke, each at most once, the gravest first.
pub fn judge(seen: &[Seen], end: Final, expect: &Expectation) -> Vec<Violation> {
    let mut violations = Vec::new();
    let mut broken = |property, what: Option<String>| violations.extend(what.map(|what| Violation { property, what }));

    let misidentified = misidentification(seen, expect);
    // What a scanner that went through a wild pointer did not clean up is no violation of its own.
    let crashed = misidentified.is_some();
    broken(Property::NoMisidentification, misidentified);
    broken(Property::NoLostBit, lost_bit(seen, end, crashed));
    if !crashed {
        broken(Property::ReferencesConserved, unbalanced(seen, end, expect));
    }
    broken(Property::NoFalseFree, false_free(seen));
    let useless = expect.isolated && !seen.iter().any(|seen| matches!(seen, Seen::Isolated { .. }));
    broken(Property::Useful, useless.then(|| format!("an uncontended movable folio was not isolated: {seen:?}")));
    violations
}

fn misidentification(seen: &[Seen], expect: &Expectation) -> Option<String> {
    seen.iter().find_map(|&seen| match seen {
        Seen::Isolated { operations, life, reference } if !expect.registered(operations, life, reference) => {
            Some(match operations {
                0 => "a scanner isolated a folio whose driver has taken it back: its operations are NULL".into(),
                _ if expect.movable_lives.iter().any(|&life| operations_of(life) == operations) => format!(
                    "a scanner with a reference of life {reference} isolated the folio with the operations of life {life}"
                ),
                _ => format!("a scanner took a slab for a movable folio: wild movable_operations {operations:#x}"),
            })
        }
        _ => None,
    })
}

fn lost_bit(seen: &[Seen], end: Final, crashed: bool) -> Option<String> {
    if seen.contains(&Seen::LockLost) {
        Some("the lock bit was gone when its holder unlocked".into())
    } else if seen.contains(&Seen::OwnerFlagLost) {
        Some("the owner's flag was gone when its owner cleared it".into())
    } else if end.flags & LOCKED != 0 && !crashed {
        Some("the lock bit was still set after everybody had unlocked".into())
    } else if end.flags & OWNER != 0 {
        Some("the owner's flag was still set after its owner had cleared it".into())
    } else {
        None
    }
}

fn unbalanced(seen: &[Seen], end: Final, expect: &Expectation) -> Option<String> {
    let frees = seen.iter().filter(|&&seen| seen == Seen::Freed).count();
    if frees != expect.frees {
        Some(format!("the folio was freed {frees} times instead of {}", expect.frees))
    } else if end.refcount != expect.references {
        Some(format!("{} references were left instead of {}", end.refcount, expect.references))
    } else if (end.page_type == TYPE_BUDDY) != (expect.references == 0 && !expect.in_use) {
        Some(format!("the page type at the end is {:#x}", end.page_type))
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

    const EXPECT: Expectation =
        Expectation { movable_lives: &[1], frees: 1, references: 0, in_use: false, isolated: false };
    const CLEAN: Final = Final { flags: 0, mapping: 0, page_type: TYPE_BUDDY, refcount: 0 };

    fn broken(seen: &[Seen], end: Final, expect: Expectation) -> Vec<Property> {
        judge(seen, end, &expect).into_iter().map(|violation| violation.property).collect()
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
            Seen::Freed,
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
        assert_eq!(broken(&[isolated(operations_of(1), 1, 1), Seen::Freed], CLEAN, EXPECT), []);
    }

    #[test]
    fn every_property_can_be_broken() {
        use Property::*;
        let table: &[(&[Seen], Final, Expectation, &[Property])] = &[
            (&[isolated(0x7000, 1, 1), Seen::Freed], CLEAN, EXPECT, &[NoMisidentification]),
            (&[isolated(0, 1, 1), Seen::Freed], CLEAN, EXPECT, &[NoMisidentification]),
            (&[isolated(operations_of(1), 1, 2), Seen::Freed], CLEAN, EXPECT, &[NoMisidentification]),
            (&[isolated(operations_of(2), 2, 2), Seen::Freed], CLEAN, EXPECT, &[NoMisidentification]),
            (&[Seen::LockLost, Seen::Freed], CLEAN, EXPECT, &[NoLostBit]),
            (&[Seen::OwnerFlagLost, Seen::Freed], CLEAN, EXPECT, &[NoLostBit]),
            (&[Seen::Freed], Final { flags: LOCKED, ..CLEAN }, EXPECT, &[NoLostBit]),
            (&[Seen::Freed], Final { flags: OWNER, ..CLEAN }, EXPECT, &[NoLostBit]),
            (&[], CLEAN, EXPECT, &[ReferencesConserved]),
            (&[Seen::Freed, Seen::Freed], CLEAN, EXPECT, &[ReferencesConserved]),
            (&[Seen::Freed], Final { refcount: 1, ..CLEAN }, EXPECT, &[ReferencesConserved]),
            (&[Seen::Freed], Final { page_type: 0, ..CLEAN }, EXPECT, &[ReferencesConserved]),
            (&[Seen::WalkedSlab(Walk::BeingFreed), Seen::Freed], CLEAN, EXPECT, &[NoFalseFree]),
            (&[Seen::WalkedSlab(Walk::Free), Seen::Freed], CLEAN, EXPECT, &[NoFalseFree]),
            (&[Seen::Freed], CLEAN, Expectation { isolated: true, ..EXPECT }, &[Useful]),
        ];
        for (seen, end, expect, properties) in table {
            assert_eq!(broken(seen, *end, *expect), *properties, "{seen:?} {end:?}");
        }
    }
}
