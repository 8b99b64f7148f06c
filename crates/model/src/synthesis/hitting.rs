//! Minimal placements that satisfy every clause: minimal hitting sets, over ordered choices.

use std::collections::BTreeSet;

use super::Slot;

/// What every right placement must do: at one slot at least, make one of these choices.
#[derive(Clone, Debug)]
pub(super) struct Clause {
    /// By slot and choice.
    escapes: Vec<Vec<bool>>,
}

impl Clause {
    /// At some slot, something that is not at most as strong as what this placement has there.
    pub fn stronger_than(slots: &[Slot], placement: &[usize]) -> Clause {
        let escapes =
            |(slot, &at): (&Slot, &usize)| (0..slot.choices.len()).map(|choice| !slot.is_at_most(choice, at)).collect();
        Clause { escapes: slots.iter().zip(placement).map(escapes).collect() }
    }

    pub fn is_met_by(&self, placement: &[usize]) -> bool {
        self.escapes.iter().zip(placement).any(|(escapes, &choice)| escapes[choice])
    }
}

/// Every placement that meets all clauses and of which no choice can be weakened, in a fixed order.
pub(super) fn minimal_placements(slots: &[Slot], clauses: &[Clause]) -> Vec<Vec<usize>> {
    let mut seen = BTreeSet::new();
    let mut met = BTreeSet::new();
    let mut open = vec![vec![0; slots.len()]];
    while let Some(placement) = open.pop() {
        if !seen.insert(placement.clone()) {
            continue;
        }
        let Some(clause) = clauses.iter().find(|clause| !clause.is_met_by(&placement)) else {
            met.insert(placement);
            continue;
        };
        for (place, slot) in slots.iter().enumerate() {
            for choice in (0..slot.choices.len()).filter(|&choice| slot.is_below(placement[place], choice)) {
                if clause.escapes[place][choice] {
                    let mut next = placement.clone();
                    next[place] = choice;
                    open.push(next);
                }
            }
        }
    }
    let is_at_most =
        |a: &[usize], b: &[usize]| slots.iter().zip(a).zip(b).all(|((slot, &a), &b)| slot.is_at_most(a, b));
    met.iter().filter(|p| !met.iter().any(|q| q != *p && is_at_most(q, p))).cloned().collect()
}
