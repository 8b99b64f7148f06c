//! Which orders and barriers a program needs, and the cheapest ones that would do.
//!
//! [`Checker::mutants`] weakens one site at a time. [`weakest`] and [`cheapest`] search all placements of given choices at
//! given places that are right for one program, or for several at once, by hitting sets: a placement is checked; of a bad execution it finds the strongest placement under which
//! that same execution is still allowed; so whatever is right must at some place be not weaker than that (a *clause*).
//! The weakest placements that satisfy every clause so far are checked next, until all of them are right. Nothing weaker
//! than those is right, and everything stronger is. [`cheapest`] asks only about the cheapest placements that satisfy
//! every clause, so it ends where there are too many weakest ones to list. That rests on monotonicity: a stronger choice never adds an
//! execution, which holds of every model here and is tested.

mod hitting;
#[cfg(test)]
mod tests;

use fencepost_memory::Order;

use crate::checker::Checker;
use crate::operation::{Barrier, Site};
use crate::outcome::{Judgement, State, Verdict};
use crate::sites::{Change, SiteKind};
use crate::target::Target;
use crate::witness::Witness;
use hitting::{Clause, cheapest_placements, minimal_placements};

/// A program with one site weakened, and what became of it.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The site.
    pub site: Site,
    /// What stands there.
    pub kind: SiteKind,
    /// What was done to it.
    pub change: Change,
    /// Safe: what was there is redundant on its own. Racy: it is needed, and this is why.
    pub judgement: Judgement,
}

/// What can stand at a [`Slot`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The change to the sites; `None` leaves them as they are.
    pub change: Option<Change>,
    /// What it costs, in units of the caller's choosing.
    pub cost: u32,
}

/// A place with the choices for it, the first of which is weaker than all others. It may stand for several sites, such
/// as those of one line that is reached by several chains of calls.
#[derive(Clone, Debug)]
pub struct Slot {
    sites: Vec<Site>,
    choices: Vec<Choice>,
}

/// The barriers that a slot chooses from, with their usual costs: what orders less costs less.
const BARRIERS: [(Barrier, u32); 3] = [(Barrier::Write, 1), (Barrier::Read, 1), (Barrier::Full, 4)];

impl Slot {
    /// The place of a barrier, which becomes none, `smp_wmb`, `smp_rmb` or `smp_mb`.
    pub fn barrier(sites: impl IntoIterator<Item = Site>) -> Slot {
        Slot::barriers(sites, Some(Change::Fence(None)), |barrier| Change::Fence(Some(barrier)))
    }

    /// The place before an operation, where such a barrier is added or none.
    pub fn before(sites: impl IntoIterator<Item = Site>) -> Slot {
        Slot::barriers(sites, None, Change::Before)
    }

    /// The place after an operation.
    pub fn after(sites: impl IntoIterator<Item = Site>) -> Slot {
        Slot::barriers(sites, None, Change::After)
    }

    fn barriers(sites: impl IntoIterator<Item = Site>, none: Option<Change>, with: impl Fn(Barrier) -> Change) -> Slot {
        let none = Choice { change: none, cost: 0 };
        let barriers = BARRIERS.iter().map(|&(barrier, cost)| Choice { change: Some(with(barrier)), cost });
        Slot { sites: sites.into_iter().collect(), choices: [none].into_iter().chain(barriers).collect() }
    }

    /// An access whose own order is chosen: relaxed, acquire, release, full, as far as its kind can have it. `None` for
    /// what has no order; [`Slot::barrier`] is for barriers.
    pub fn order(sites: impl IntoIterator<Item = Site>, kind: SiteKind) -> Option<Slot> {
        let orders: &[(Order, u32)] = match kind {
            SiteKind::Load(_) => &[(Order::Relaxed, 0), (Order::Acquire, 2)],
            SiteKind::Store(_) => &[(Order::Relaxed, 0), (Order::Release, 2)],
            SiteKind::Rmw(_) => &[(Order::Relaxed, 0), (Order::Acquire, 2), (Order::Release, 2), (Order::Full, 4)],
            SiteKind::Cmpxchg(Order::Acquire) => &[(Order::Relaxed, 0), (Order::Acquire, 2)],
            SiteKind::Cmpxchg(Order::Release) => &[(Order::Relaxed, 0), (Order::Release, 2)],
            SiteKind::Cmpxchg(_) => &[(Order::Relaxed, 0), (Order::Full, 4)],
            SiteKind::Barrier(_) | SiteKind::Other => return None,
        };
        let choice = |&(order, cost): &(Order, u32)| Choice { change: Some(Change::Order(order)), cost };
        Some(Slot { sites: sites.into_iter().collect(), choices: orders.iter().map(choice).collect() })
    }

    /// The same with other costs, such as an architecture's. A stronger choice should not be cheaper than a weaker one.
    #[must_use]
    pub fn with_costs(mut self, cost: impl Fn(Option<Change>) -> u32) -> Slot {
        self.choices.iter_mut().for_each(|choice| choice.cost = cost(choice.change));
        self
    }

    /// Its sites.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// Its choices, the weakest first.
    pub fn choices(&self) -> &[Choice] {
        &self.choices
    }
}

/// A choice for each slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// By slot.
    pub choices: Vec<Choice>,
    /// Their costs together.
    pub cost: u32,
}

/// What a search for placements found.
#[derive(Clone, Debug)]
pub enum Synthesis {
    /// Every right placement of which no choice can be weakened, the cheapest first; of [`cheapest`] those of them that
    /// cost least and, of these, have something at the fewest places.
    Found(Vec<Placement>),
    /// No placement is right: this is allowed under the strongest, in the question of this number.
    Impossible(usize, Box<Witness>),
    /// A bound was hit: the text says which.
    Unknown(String),
}

impl Synthesis {
    /// Every cheapest right placement; none where none was found.
    pub fn cheapest(&self) -> &[Placement] {
        let Synthesis::Found(all) = self else { return &[] };
        let equal = all.iter().take_while(|placement| placement.cost == all[0].cost).count();
        &all[..equal]
    }
}

impl Checker {
    /// The program with one order or barrier weakened by one step or taken away, for each and each way.
    pub fn mutants(&self, target: &Target, bad: impl Fn(&State<'_>) -> bool + Sync) -> Vec<Mutant> {
        let mut mutants = Vec::new();
        for (site, kind) in self.site_kinds() {
            let mut changes = kind.weakenings();
            changes.extend(kind.removal().filter(|removal| !changes.contains(removal)));
            for change in changes {
                let sites = target.sites.clone().with(&site, change);
                let judgement = self.judge(&target.clone().with_sites(sites), &bad);
                mutants.push(Mutant { site: site.clone(), kind, change, judgement });
            }
        }
        mutants
    }

    /// Every weakest placement under which `bad` cannot be reached: [`weakest`] of one question.
    pub fn synthesize(&self, target: &Target, slots: &[Slot], bad: impl Fn(&State<'_>) -> bool + Sync) -> Synthesis {
        weakest(&[Question { checker: self, target: target.clone(), bad: &bad }], slots)
    }
}

/// A program under a target, and the states that it must not reach.
pub struct Question<'q> {
    /// The program.
    pub checker: &'q Checker,
    /// The target, with changes to sites that are made whatever the placement.
    pub target: Target,
    /// Which states are bad.
    pub bad: &'q (dyn Fn(&State<'_>) -> bool + Sync),
}

impl Question<'_> {
    /// The judgement with these choices made at the slots.
    pub fn judge(&self, slots: &[Slot], choices: &[Choice]) -> Judgement {
        self.checker.judge(&placed(&self.target, slots, choices), self.bad)
    }

    /// A strongest placement above this one under which an execution is still allowed.
    fn strongest(&self, slots: &[Slot], mut at: Vec<usize>, witness: &Witness) -> Vec<usize> {
        for (place, slot) in slots.iter().enumerate() {
            let mut stronger: Vec<_> = (0..slot.choices.len()).filter(|&c| slot.is_below(at[place], c)).collect();
            // Those with the most below them first.
            stronger
                .sort_by_key(|&c| std::cmp::Reverse((0..slot.choices.len()).filter(|&b| slot.is_below(b, c)).count()));
            for choice in stronger {
                let before = std::mem::replace(&mut at[place], choice);
                let target = placed(&self.target, slots, &chosen(slots, &at));
                if witness.is_allowed_under(self.checker, &target) {
                    break;
                }
                at[place] = before;
            }
        }
        at
    }
}

/// Every weakest placement that is right for all questions.
///
/// ```
/// # use fencepost_memory::{Memory, Word};
/// # use fencepost_model::{Bounds, Checker, Program, Question, Slot, Target, weakest};
/// // Store buffering: which barriers keep both threads from missing each other?
/// let mut p = Program::new();
/// let (x, y) = (p.cell::<u64>("x", 0), p.cell::<u64>("y", 0));
/// for (name, mine, other) in [("P0", x, y), ("P1", y, x)] {
///     p.thread(name, move |cpu| {
///         cpu.write_once(&mine, 1.into());
///         cpu.barrier();
///         vec![cpu.read_once(&other).observe()]
///     });
/// }
/// let checker = Checker::new(&p, &Bounds::default());
/// // Both threads run the same lines, so that there is one barrier to choose.
/// let barrier = Slot::barrier(checker.sites().into_iter().nth(1));
/// let x86 = Target::named("x86-64-kernel").expect("a target of that name");
/// let missed = Question { checker: &checker, target: x86, bad: &|end| end.results() == [[0], [0]] };
/// assert_eq!(weakest(&[missed], &[barrier]).cheapest()[0].cost, 4); // smp_mb()
/// ```
pub fn weakest(questions: &[Question<'_>], slots: &[Slot]) -> Synthesis {
    search(questions, slots, minimal_placements)
}

/// Every cheapest placement that is right for all questions, and of equally cheap ones those that have something at the
/// fewest places.
pub fn cheapest(questions: &[Question<'_>], slots: &[Slot]) -> Synthesis {
    search(questions, slots, cheapest_placements)
}

/// Asks about the placements that `candidates` makes of the clauses so far, until all of them are right.
fn search(
    questions: &[Question<'_>],
    slots: &[Slot],
    candidates: impl Fn(&[Slot], &[Clause]) -> Vec<Vec<usize>>,
) -> Synthesis {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut right: Vec<Vec<usize>> = Vec::new();
    // What was wrong last is asked first.
    let mut order: Vec<usize> = (0..questions.len()).collect();
    let mut latest = None;
    loop {
        let candidates = candidates(slots, &clauses);
        let known = clauses.len();
        for candidate in &candidates {
            let met = |clause: &Clause| clause.is_met_by(candidate);
            if right.contains(candidate) || !clauses[known..].iter().all(met) {
                continue;
            }
            let choices = chosen(slots, candidate);
            let wrong =
                (0..order.len()).find_map(|place| match questions[order[place]].judge(slots, &choices).verdict {
                    Verdict::Safe => None,
                    verdict => Some((place, verdict)),
                });
            match wrong {
                None => right.push(candidate.clone()),
                Some((place, Verdict::Racy(witness))) => {
                    order[..=place].rotate_right(1);
                    let strongest = questions[order[0]].strongest(slots, candidate.clone(), &witness);
                    clauses.push(Clause::stronger_than(slots, &strongest));
                    latest = Some((order[0], witness));
                }
                Some((_, Verdict::Unknown(why))) => return Synthesis::Unknown(why),
                Some((_, Verdict::Safe)) => unreachable!("what is safe is not wrong"),
            }
        }
        match latest {
            Some((question, witness)) if candidates.is_empty() => return Synthesis::Impossible(question, witness),
            _ if clauses.len() > known => {}
            _ => {
                let mut all: Vec<_> = candidates.iter().map(|candidate| placement(slots, candidate)).collect();
                all.sort_by_key(|placement| placement.cost);
                return Synthesis::Found(all);
            }
        }
    }
}

impl Slot {
    /// Whether one of its choices is at most as strong as another.
    fn is_at_most(&self, weaker: usize, stronger: usize) -> bool {
        Change::is_at_most(self.choices[weaker].change, self.choices[stronger].change)
    }

    fn is_below(&self, weaker: usize, stronger: usize) -> bool {
        weaker != stronger && self.is_at_most(weaker, stronger)
    }
}

/// The target with these choices made.
fn placed(target: &Target, slots: &[Slot], choices: &[Choice]) -> Target {
    let mut sites = target.sites.clone();
    for (slot, choice) in slots.iter().zip(choices) {
        if let Some(change) = choice.change {
            sites = slot.sites.iter().fold(sites, |sites, site| sites.with(site, change));
        }
    }
    target.clone().with_sites(sites)
}

fn chosen(slots: &[Slot], choices: &[usize]) -> Vec<Choice> {
    slots.iter().zip(choices).map(|(slot, &choice)| slot.choices[choice]).collect()
}

fn placement(slots: &[Slot], choices: &[usize]) -> Placement {
    let choices = chosen(slots, choices);
    Placement { cost: choices.iter().map(|choice| choice.cost).sum(), choices }
}
