//! Every cheapest placement of orders that is right in all scenarios at once.

use fencepost_harness::engine::model::Case;
use fencepost_model::{Barrier, Change, Choice, Question, SiteKind, Sites, Slot, State, Synthesis, Target, cheapest};
use rayon::prelude::*;

use crate::place::{Place, Side};
use crate::platform::{Costs, Platform};
use crate::subject::{Broken, Ruling, Subject, broken, changed};

/// What may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Free {
    /// The reader's orders, from the reference to the last test under the lock; the owner's stay as they are written.
    Reader,
    /// The owner's orders in allocation and free; the reader's stay.
    Owner,
    /// Both.
    Both,
    /// Nothing is taken away; orders are added on both sides.
    Additions,
}

impl Free {
    /// Every search.
    pub const ALL: [Free; 4] = [Free::Reader, Free::Owner, Free::Both, Free::Additions];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Free::Reader => "reader",
            Free::Owner => "owner",
            Free::Both => "both",
            Free::Additions => "missing",
        }
    }

    fn includes(self, place: &Place) -> bool {
        let reader = place.side == Side::Reader && place.is_test;
        // A slab is used in a hundred places of the allocator: no order is asked of them.
        let owner = matches!(place.step, "slab_alloc" | "slab_free");
        match self {
            Free::Reader => reader,
            Free::Owner => owner,
            Free::Both | Free::Additions => reader || owner,
        }
    }
}

/// An order that stands in a placement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The place, by number in [`Subject::places`].
    pub place: usize,
    /// `Before` or `After` it, or its own `Order`.
    pub change: Change,
}

/// What the search found.
#[derive(Clone, Debug)]
pub enum Cheapest {
    /// Every cheapest right placement: its cost, and what stands in each.
    Found(u32, Vec<Vec<Placed>>),
    /// None is right: this happens under the strongest.
    Impossible(Box<Broken>),
    /// A bound was hit.
    Unknown(String),
}

/// A place where something may be put.
struct Spot {
    place: usize,
    slot: Slot,
}

impl Subject {
    /// Every cheapest right placement on a platform. Read-modify-writes keep the order that they are written with.
    pub fn cheapest(&self, platform: &Platform, costs: &Costs, free: Free) -> Cheapest {
        let (base, spots) = self.spots(costs, free);
        let slots: Vec<Slot> = spots.iter().map(|spot| spot.slot.clone()).collect();
        let result =
            self.ask(&platform.targets(), &base, &slots, |questions, cases| match cheapest(questions, &slots) {
                Synthesis::Found(all) => {
                    let cost = all.first().map_or(0, |placement| placement.cost);
                    Cheapest::Found(cost, all.iter().map(|p| placed(&spots, &p.choices)).collect())
                }
                Synthesis::Impossible(question, witness) => {
                    impossible(broken(cases[question], questions[question].target.name, *witness))
                }
                Synthesis::Unknown(why) => Cheapest::Unknown(why),
            });
        result.unwrap_or_else(impossible)
    }

    /// The same by trying every placement that costs no more than `most` and has something at no more than `fewest`
    /// places: the right ones, and how many were tried.
    pub fn cheapest_by_brute_force(
        &self,
        platform: &Platform,
        costs: &Costs,
        free: Free,
        (most, fewest): (u32, usize),
    ) -> (Vec<Vec<Placed>>, usize) {
        let (base, spots) = self.spots(costs, free);
        let slots: Vec<Slot> = spots.iter().map(|spot| spot.slot.clone()).collect();
        let all = affordable(&slots, most, fewest);
        let right = self.ask(&platform.targets(), &base, &slots, |questions, _| {
            let is_right =
                |choices: &&Vec<Choice>| questions.iter().all(|q| q.judge(&slots, choices).verdict.is_safe());
            all.par_iter().filter(is_right).map(|choices| placed(&spots, choices)).collect()
        });
        (right.unwrap_or_default(), all.len())
    }

    /// The changes that are made in any case, and the places with their choices.
    fn spots(&self, costs: &Costs, free: Free) -> (Sites, Vec<Spot>) {
        let mut bare = Vec::new();
        let mut spots = Vec::new();
        let last_of_alloc = self.places.iter().rposition(|place| place.step == "slab_alloc" && is_access(place));
        for (number, place) in self.places.iter().enumerate().filter(|(_, place)| free.includes(place)) {
            let sites = || place.sites.iter().cloned();
            let mut spot = |slot: Slot| spots.push(Spot { place: number, slot: slot.with_costs(|c| costs.of(c)) });
            match place.kind {
                SiteKind::Barrier(_) if free != Free::Additions => bare.push((place, Change::Fence(None))),
                SiteKind::Barrier(_) => {}
                kind => {
                    spot(Slot::before(sites()));
                    if matches!(kind, SiteKind::Load(_) | SiteKind::Store(_)) {
                        let is_ordered = !kind.weakenings().is_empty();
                        if !(is_ordered && free == Free::Additions) {
                            Slot::order(sites(), kind).into_iter().for_each(&mut spot);
                        }
                    }
                    if Some(number) == last_of_alloc {
                        spot(Slot::after(sites()));
                    }
                }
            }
        }
        (changed(bare), spots)
    }

    /// Makes the questions: every case that a slot can change, under every target. An error is what is broken in the
    /// others.
    fn ask<T>(
        &self,
        targets: &[Target],
        base: &Sites,
        slots: &[Slot],
        answer: impl FnOnce(&[Question<'_>], &[&Case]) -> T,
    ) -> Result<T, Ruling> {
        let touched = |case: &&Case| {
            let sites = case.checker().sites();
            slots.iter().flat_map(Slot::sites).any(|site| sites.contains(site))
        };
        let (open, settled): (Vec<&Case>, Vec<&Case>) = self.cases.iter().partition(touched);
        let rulings = settled.iter().flat_map(|case| {
            let judge = self.inquire(case);
            targets.iter().map(move |target| judge(target, base))
        });
        if let Some(wrong) = rulings.into_iter().find(|ruling| !ruling.is_safe()) {
            return Err(wrong);
        }
        let bad: Vec<_> = open.iter().map(|&case| move |state: &State<'_>| self.is_bad(case, state)).collect();
        let (mut questions, mut cases) = (Vec::new(), Vec::new());
        for target in targets {
            for (case, bad) in open.iter().zip(&bad) {
                let target = target.clone().with_sites(base.clone());
                questions.push(Question { checker: case.checker(), target, bad });
                cases.push(*case);
            }
        }
        Ok(answer(&questions, &cases))
    }
}

fn is_access(place: &Place) -> bool {
    !matches!(place.kind, SiteKind::Barrier(_))
}

fn impossible(ruling: Ruling) -> Cheapest {
    match ruling {
        Ruling::Racy(broken) => Cheapest::Impossible(broken),
        Ruling::Unknown(why) => Cheapest::Unknown(why),
        Ruling::Safe => Cheapest::Unknown("nothing is wrong".into()),
    }
}

/// What a placement has, leaving out the places with nothing.
fn placed(spots: &[Spot], choices: &[Choice]) -> Vec<Placed> {
    let stands = |change: &Change| match change {
        Change::Before(_) | Change::After(_) => true,
        Change::Order(order) => *order != fencepost_memory::Order::Relaxed,
        Change::Fence(barrier) => barrier.is_some_and(|barrier| barrier != Barrier::Compiler),
        Change::Plain => false,
    };
    let each = spots.iter().zip(choices).filter_map(|(spot, choice)| Some((spot.place, choice.change?)));
    each.filter(|(_, change)| stands(change)).map(|(place, change)| Placed { place, change }).collect()
}

/// Every placement within these limits.
fn affordable(slots: &[Slot], most: u32, fewest: usize) -> Vec<Vec<Choice>> {
    let mut all: Vec<(u32, usize, Vec<Choice>)> = vec![(0, 0, Vec::new())];
    for slot in slots {
        let mut next = Vec::new();
        for (cost, size, choices) in &all {
            for (number, choice) in slot.choices().iter().enumerate() {
                let (cost, size) = (cost + choice.cost, size + usize::from(number > 0));
                if cost < most || cost == most && size <= fewest {
                    next.push((cost, size, choices.iter().copied().chain([*choice]).collect()));
                }
            }
        }
        all = next;
    }
    all.into_iter().map(|(_, _, choices)| choices).collect()
}
