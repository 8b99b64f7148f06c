//! Minimal placements that satisfy every clause: minimal hitting sets, over ordered choices.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

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
        open.extend(above(slots, &placement, clause));
    }
    undominated(slots, &met.into_iter().collect::<Vec<_>>())
}

/// The cheapest placements that meet all clauses, of those the ones with something at the fewest places, and of those
/// the ones of which no choice can be weakened; in a fixed order.
pub(super) fn cheapest_placements(slots: &[Slot], clauses: &[Clause]) -> Vec<Vec<usize>> {
    let price = |placement: &[usize]| {
        let cost: u32 = slots.iter().zip(placement).map(|(slot, &choice)| slot.choices[choice].cost).sum();
        (cost, placement.iter().filter(|&&choice| choice > 0).count())
    };
    let none = vec![0; slots.len()];
    let mut seen = BTreeSet::new();
    let mut met: Vec<Vec<usize>> = Vec::new();
    let mut open = BinaryHeap::from([Reverse((price(&none), none))]);
    // The cheapest first, so that the first ones that meet all are the cheapest.
    while let Some(Reverse((cost, placement))) = open.pop() {
        if met.first().is_some_and(|cheapest| price(cheapest) < cost) {
            break;
        }
        if !seen.insert(placement.clone()) {
            continue;
        }
        match clauses.iter().find(|clause| !clause.is_met_by(&placement)) {
            None => met.push(placement),
            Some(clause) => open.extend(above(slots, &placement, clause).map(|next| Reverse((price(&next), next)))),
        }
    }
    undominated(slots, &met)
}

/// The placements that strengthen one choice of this one so that it meets the clause.
fn above<'a>(slots: &'a [Slot], placement: &'a [usize], clause: &'a Clause) -> impl Iterator<Item = Vec<usize>> + 'a {
    slots.iter().enumerate().flat_map(move |(place, slot)| {
        let stronger = (0..slot.choices.len()).filter(move |&choice| slot.is_below(placement[place], choice));
        stronger.filter(move |&choice| clause.escapes[place][choice]).map(move |choice| {
            let mut next = placement.to_vec();
            next[place] = choice;
            next
        })
    })
}

/// Those that are not stronger than another one.
fn undominated(slots: &[Slot], placements: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let is_at_most =
        |a: &[usize], b: &[usize]| slots.iter().zip(a).zip(b).all(|((slot, &a), &b)| slot.is_at_most(a, b));
    placements.iter().filter(|p| !placements.iter().any(|q| q != *p && is_at_most(q, p))).cloned().collect()
}
