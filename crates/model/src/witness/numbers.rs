//! Values as a reader can tell them apart at a glance.

use std::collections::BTreeSet;

use super::Witness;
use crate::operation::Datum;

/// How the values of one witness are printed, the same everywhere in it: up to 9 in decimal, up to 32 bits in
/// hexadecimal, and of a larger one as many of the last digits as tell it from every other (`…cb2`).
pub(super) struct Numbers {
    large: BTreeSet<u64>,
    /// How many digits of a large one are printed.
    digits: usize,
    /// Whether values of different lives occur, so that the life has to be told.
    lives: bool,
}

impl Numbers {
    pub fn of(witness: &Witness) -> Numbers {
        let data = || witness.values.iter().flatten().copied();
        let bits = data().map(|datum| datum.bits).chain(witness.outcome.memory.iter().copied());
        let large: BTreeSet<u64> = bits.filter(|&bits| bits > u64::from(u32::MAX)).collect();
        let lives: BTreeSet<u8> = data().map(|datum| datum.life).filter(|&life| life > 0).collect();
        let told_apart = |digits: &usize| {
            let ends: BTreeSet<u64> = large.iter().map(|bits| bits & ((1 << (4 * digits)) - 1)).collect();
            ends.len() == large.len()
        };
        let digits = (3..16).find(told_apart).unwrap_or(16);
        Numbers { large, digits, lives: lives.len() > 1 }
    }

    pub fn show(&self, datum: Datum) -> String {
        let bits = self.bits(datum.bits);
        if self.lives && datum.life > 0 { format!("{bits} of life {}", datum.life) } else { bits }
    }

    pub fn bits(&self, bits: u64) -> String {
        match bits {
            0..=9 => bits.to_string(),
            _ if bits <= u64::from(u32::MAX) || self.digits == 16 => format!("{bits:#x}"),
            _ => format!("…{:0width$x}", bits & ((1 << (4 * self.digits)) - 1), width = self.digits),
        }
    }

    /// What the shortened values are in full, if any is shortened.
    pub fn legend(&self) -> Option<String> {
        let full = |&bits: &u64| format!("{} is {bits:#x}", self.bits(bits));
        let all: Vec<_> = self.large.iter().filter(|_| self.digits < 16).map(full).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}
