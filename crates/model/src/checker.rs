//! A program made ready for questions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::time::Instant;

use rustc_hash::FxHashMap;

use crate::bounds::Bounds;
use crate::common::Common;
use crate::explore;
use crate::feasible::Feasible;
use crate::lower::{Branches, Emulation, Lowered, hidden_cells, lower, lower_again, lower_unanswered};
use crate::models::ALL as MODELS;
use crate::naive;
use crate::operation::Site;
use crate::outcome::{Exploration, Judgement, State};
use crate::program::Program;
use crate::setting::Goal;
use crate::sites::SiteKind;
use crate::strength::TakenOver;
use crate::target::Target;
use crate::traces::Traces;

/// A program whose threads were run; it answers questions under any target.
pub struct Checker {
    pub(crate) traces: Traces,
    pub(crate) bounds: Bounds,
    feasible: OnceLock<Result<Feasible, String>>,
    /// Pairs of threads that are the same.
    alike: Vec<(usize, usize)>,
    /// What is feasible, up to the exchange of threads that are the same.
    different: OnceLock<Result<Feasible, String>>,
    kinds: OnceLock<BTreeMap<Site, SiteKind>>,
}

impl Checker {
    /// Runs each thread of the program alone, with every value that its reads can return. What is found
    /// depends on no model and serves all.
    pub fn new(program: &Program, bounds: &Bounds) -> Checker {
        Checker {
            traces: Traces::of(program, bounds),
            bounds: bounds.clone(),
            feasible: OnceLock::new(),
            alike: program.alike.clone(),
            different: OnceLock::new(),
            kinds: OnceLock::new(),
        }
    }

    /// Everything that the target allows, decided by enumerating every candidate execution, up to
    /// [`Bounds::candidates`] of them. Slow, and obviously right: the second opinion on [`Checker::explore`].
    pub fn explore_naively(&self, target: &Target) -> Exploration {
        self.within_arms(target, |target| naive::explore(self, target), Exploration::between)
    }

    /// Whether the target allows an execution that `bad` accepts, decided in the same way. The first that is met is the
    /// witness, and need not be a smallest one.
    pub fn judge_naively(&self, target: &Target, bad: impl Fn(&State<'_>) -> bool) -> Judgement {
        self.within_arms(target, |target| naive::judge(self, target, &bad), Judgement::between)
    }

    /// Everything that the target allows.
    pub fn explore(&self, target: &Target) -> Exploration {
        self.within_arms(target, |target| explore::explore(self, target), Exploration::between)
    }

    /// Whether the target allows an execution that `bad` accepts. If so, a smallest one is the witness.
    pub fn judge(&self, target: &Target, bad: impl Fn(&State<'_>) -> bool + Sync) -> Judgement {
        self.judged(target, Goal::State(&bad), None)
    }

    fn judged(&self, target: &Target, goal: Goal<'_>, common: Option<&Common>) -> Judgement {
        self.within_arms(target, |target| explore::judge(self, target, goal, common), Judgement::between)
    }

    /// The answer under a target. If it leaves open what lies in the arms of some branch, that is made of the answer in
    /// which too little is ordered, and of the one in which too much is.
    fn within_arms<A>(
        &self,
        target: &Target,
        answer: impl Fn(&Target) -> A,
        between: impl Fn(A, &dyn Fn() -> A) -> A,
    ) -> A {
        let Branches::Open(in_arms) = target.lowering.branches else { return answer(target) };
        let mut operations = self.traces.threads.iter().flatten().flat_map(|trace| &trace.operations);
        if !target.control || operations.all(|operation| operation.arms == operation.scope) {
            return answer(target);
        }
        between(answer(&Target { lowering: in_arms, ..target.clone() }), &|| answer(target))
    }

    /// One question for several targets: as [`Checker::judge`] answers it for each, and faster, since part of the answer
    /// is the same for all.
    pub fn inquire<B: Fn(&State<'_>) -> bool + Sync>(&self, bad: B) -> Inquiry<'_, B> {
        Inquiry { checker: self, bad, common: Common::default() }
    }

    /// Whether the target allows an execution with a data race: two accesses of different threads to one cell, one of
    /// them a write and one of them plain, that nothing orders. Safe under a model without such a notion.
    pub fn judge_races(&self, target: &Target) -> Judgement {
        self.judged(target, Goal::Race, None)
    }

    /// Whether a verdict of safe rests on a control dependency: whether `bad` may be reached once none counts.
    ///
    /// A compiler may turn a branch into a select, so such a verdict is only as good as the branch in the machine
    /// code. A verdict that is not safe rests on none.
    pub fn rests_on_control(&self, target: &Target, bad: impl Fn(&State<'_>) -> bool + Sync) -> bool {
        let is_safe = |target: &Target| self.judge(target, &bad).verdict.is_safe();
        target.control && !is_safe(&target.clone().without_control()) && is_safe(target)
    }

    /// The sites that some run of some thread passes, in order.
    pub fn sites(&self) -> BTreeSet<Site> {
        self.site_kinds().into_keys().collect()
    }

    /// The sites with what stands there. All runs are looked through for them once.
    pub fn site_kinds(&self) -> BTreeMap<Site, SiteKind> {
        self.kinds.get_or_init(|| self.find_site_kinds()).clone()
    }

    fn find_site_kinds(&self) -> BTreeMap<Site, SiteKind> {
        let mut kinds = BTreeMap::new();
        for operation in self.traces.threads.iter().flatten().flat_map(|trace| &trace.operations) {
            let kind = SiteKind::of(operation.action);
            let known = kinds.entry(operation.site.clone()).or_insert(kind);
            // A `cmpxchg()` is one in the runs in which it succeeds, too.
            if let SiteKind::Cmpxchg(_) = kind {
                *known = kind;
            }
        }
        kinds
    }

    /// Why the runs of the threads are not all, if they are not.
    pub(crate) fn cut(&self) -> Option<String> {
        self.traces.cut.clone()
    }

    fn emulation(&self, thread: usize, target: &Target) -> Emulation {
        Emulation::new(thread, &self.traces.threads, self.traces.cells.len(), target.lowering.rcu)
    }

    /// Whether the target's lowering emulates a call that some run makes.
    pub(crate) fn emulates(&self, target: &Target) -> bool {
        hidden_cells(&self.traces.threads, target.lowering.rcu) > 0
    }

    /// By thread: the traces of `feasible` as events, with emulated calls as full barriers that nobody answers; and by
    /// trace its place among them.
    pub(crate) fn without_answers(
        &self,
        target: &Target,
        feasible: &Feasible,
    ) -> (Vec<Vec<Lowered>>, Vec<FxHashMap<u32, u32>>) {
        let of_thread = |(thread, used): (usize, &Vec<u32>)| {
            let emulation = self.emulation(thread, target).unanswered();
            let lower = |&trace: &u32| {
                let run = &self.traces.threads[thread][trace as usize];
                lower_unanswered((trace as usize, run), target.lowering, &target.sites, &emulation)
            };
            let runs: Vec<Lowered> = used.iter().filter_map(lower).collect();
            let places = runs.iter().zip(0..).map(|(run, place)| (run.trace as u32, place)).collect();
            (runs, places)
        };
        feasible.used.iter().enumerate().map(of_thread).unzip()
    }

    /// A lowered run again, with the changes of this target. The lowering must be the same.
    pub(crate) fn lowered_again(&self, thread: usize, run: &Lowered, target: &Target) -> Option<Lowered> {
        let trace = &self.traces.threads[thread][run.trace];
        lower_again(trace, run, target.lowering, &target.sites, &self.emulation(thread, target))
    }

    /// Initial values by cell.
    pub(crate) fn init(&self) -> Vec<u64> {
        self.traces.cells.iter().map(|cell| cell.init).collect()
    }

    /// Which of the threads' runs can go together. An error says which bound was hit.
    pub(crate) fn feasible(&self) -> Result<&Feasible, String> {
        let found = self.feasible.get_or_init(|| Feasible::of(&self.traces.threads, &self.init(), &self.bounds));
        found.as_ref().map_err(Clone::clone)
    }

    /// The same for a question that tells no threads apart that are the same.
    pub(crate) fn different(&self) -> Result<&Feasible, String> {
        if self.alike.is_empty() || !self.bounds.pruning.exchange {
            return self.feasible();
        }
        let up_to_exchange = |all: &Feasible| all.up_to_exchange(&self.traces.threads, &self.alike);
        let found = self.different.get_or_init(|| self.feasible().map(up_to_exchange));
        found.as_ref().map_err(Clone::clone)
    }

    /// By thread: its runs as events, those that can go with the others' only or all; and why some are left out, if they
    /// are. An error says why none can be looked at.
    pub(crate) fn lowered(
        &self,
        target: &Target,
        only: Option<&Feasible>,
    ) -> Result<(Vec<Vec<Lowered>>, Option<String>), String> {
        let threads = &self.traces.threads;
        let rcu = target.lowering.rcu;
        let cells = self.traces.cells.len();
        if cells + hidden_cells(threads, rcu) > usize::from(u16::MAX) {
            return Err("the program makes more grace periods than can be told apart".into());
        }
        let lower_one = |thread| {
            let emulation = self.emulation(thread, target);
            let is_wanted = |place| only.is_none_or(|only| only.used[thread].binary_search(&(place as u32)).is_ok());
            let traces = threads[thread].iter().enumerate().filter(|&(place, _)| is_wanted(place));
            lower(traces, target.lowering, &target.sites, &emulation)
        };
        let mut cut = None;
        let mut all = Vec::with_capacity(threads.len());
        for thread in 0..threads.len() {
            let (runs, left_out) = lower_one(thread)?;
            cut = cut.or(left_out);
            all.push(runs);
        }
        Ok((all, cut))
    }
}

/// A question about a program, asked about one target after the other.
pub struct Inquiry<'c, B> {
    checker: &'c Checker,
    bad: B,
    common: Common,
}

impl<B: Fn(&State<'_>) -> bool + Sync> Inquiry<'_, B> {
    /// Takes over what is known of another program, by the name of each target under which it is not bad: how many executions
    /// the model was asked about. Runs of the same threads on the same cells that do the same and order at least as much are
    /// not bad there either, as long as they meet no others. What is bad must be the same of both programs.
    pub fn take_over(&mut self, weaker: &Checker, safe: BTreeMap<&'static str, u64>) {
        self.common.taken_over.push(TakenOver::of(self.checker, weaker, safe));
    }

    /// Whether the target allows an execution that is bad. If so, a smallest one is the witness.
    pub fn judge(&self, target: &Target) -> Judgement {
        // What is common to the models here need not hold of another one.
        let is_ours = MODELS.iter().any(|model| std::ptr::eq(*model, target.model));
        let common = is_ours.then_some(&self.common);
        let judged = |target: &Target| self.checker.judged(target, Goal::State(&self.bad), common);
        // TSO allows all that SC does, and takes no longer; its own turn is still to come.
        if common.is_some() && target.name == "sc" {
            let start = Instant::now();
            let found = Target::named("x86-64-kernel").map(|tso| judged(&tso.with_sites(target.sites.clone())));
            if let Some(found) = found.filter(|found| found.verdict.is_safe()) {
                return Judgement { time: start.elapsed(), ..found };
            }
        }
        judged(target)
    }
}
