//! Every outcome that a memory model allows, by this project's own engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use fencepost_folio::{Final, Seen, Strategy, Violation};
use fencepost_memory::{Memory, Width};
use fencepost_model::{self as model, Bounds, Checker, Cpu, Judgement, Program, State, Target, Verdict, Witness};
use fencepost_strategies::{Id, Visitor, visit};

use super::{Finding, Outcome, judge_execution, violation};
use crate::scenario::{Peek, References, Scenario, World};

/// A strategy in a scenario, made ready to be judged under any target.
pub struct Case {
    scenario: Scenario,
    world: Arc<World<Cpu>>,
    references: References,
    checker: Checker,
}

impl Peek<Cpu> for State<'_> {
    fn peek<W: Width>(&self, cell: &<Cpu as Memory>::Cell<W>) -> u64 {
        self.memory(cell)
    }
}

impl Peek<Cpu> for model::Outcome {
    fn peek<W: Width>(&self, cell: &<Cpu as Memory>::Cell<W>) -> u64 {
        self.memory[cell.index()]
    }
}

impl Case {
    /// The strategy of this name in a scenario; `None` if there is none.
    pub fn of(id: Id, scenario: &Scenario) -> Option<Self> {
        struct Ready<'s>(&'s Scenario);
        impl Visitor for Ready<'_> {
            type Output = Case;
            fn visit<S: Strategy>(&mut self) -> Case {
                Case::new::<S>(self.0)
            }
        }
        visit(id, &mut Ready(scenario))
    }

    /// Runs the scenario's roles, each alone, with every value that their reads can return.
    pub fn new<S: Strategy>(scenario: &Scenario) -> Self {
        let mut program = Program::new();
        let world = Arc::new(World::new(&program.memory(), scenario, scenario.overlay.symbolic()));
        program.name(&world.folio.flags, "flags");
        program.name(&world.folio.mapping, "mapping");
        program.name(&world.folio.sequence, "sequence");
        program.name(&world.folio.page_type, "page_type");
        program.name(&world.folio.refcount, "refcount");
        program.name(world.zone.lock_cell(), "zone->lock");
        program.name(&world.stage, "stage");
        program.name(&world.lock, "hand-off lock");
        program.name(&world.claim, "driver's claim");
        for &role in scenario.roles {
            let world = Arc::clone(&world);
            program.thread(role.name(), move |cpu| {
                let mut seen = Vec::new();
                role.run::<S, Cpu>(cpu, &world, &mut seen);
                seen.into_iter().map(Seen::encode).collect()
            });
        }
        // Properties are judged of what all of them have seen, whoever it was.
        for (number, role) in scenario.roles.iter().enumerate() {
            if let Some(before) = scenario.roles[..number].iter().rposition(|other| other == role) {
                program.alike(before, number);
            }
        }
        let checker = Checker::new(&program, &Bounds::default());
        Self { scenario: *scenario, world, references: S::references, checker }
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The program.
    pub fn checker(&self) -> &Checker {
        &self.checker
    }

    /// The gravest violation of a property in an execution that ended like this.
    pub fn violation(&self, state: &State<'_>) -> Option<Violation> {
        violation(&self.scenario, &seen(state.results()), &|| self.end(state))
    }

    /// The gravest violation of a property in a witness.
    pub fn broken_by(&self, witness: &Witness) -> Option<Violation> {
        violation(&self.scenario, &seen(&witness.outcome.results), &|| self.end(&witness.outcome))
    }

    /// Judges it under a lowering and a memory model.
    pub fn judge(&self, target: &Target) -> Finding {
        self.finding(self.checker.judge(target, |state| self.violation(state).is_some()))
    }

    /// The same question for one target after the other, faster; more so with what is known of others of its family, in the same
    /// scenario and layout, that keep their references in the same bits: the targets under which they are safe, and how many
    /// executions were looked at.
    pub fn inquire<'c>(
        &'c self,
        others: impl IntoIterator<Item = (&'c Self, BTreeMap<&'static str, u64>)>,
    ) -> impl Fn(&Target) -> Finding {
        let mut inquiry = self.checker.inquire(|state| self.violation(state).is_some());
        others.into_iter().for_each(|(other, safe)| inquiry.take_over(&other.checker, safe));
        move |target| self.finding(inquiry.judge(target))
    }

    /// Judges it by enumerating every candidate execution: slow, and obviously right.
    pub fn judge_naively(&self, target: &Target) -> Finding {
        self.finding(self.checker.judge_naively(target, |state| self.violation(state).is_some()))
    }

    fn finding(&self, judgement: Judgement) -> Finding {
        let outcome = match judgement.verdict {
            Verdict::Safe => Outcome::Safe,
            Verdict::Unknown(why) => Outcome::Unknown(why),
            Verdict::Racy(witness) => {
                let left = &witness.outcome;
                match judge_execution(&self.scenario, &seen(&left.results), || self.end(left)) {
                    Some(Outcome::Racy { violation, witness: summary }) => {
                        Outcome::Racy { violation, witness: format!("{summary}\n{witness}") }
                    }
                    _ => Outcome::Unknown("the engine's witness breaks no property: a defect of the engine".into()),
                }
            }
        };
        Finding { outcome, executions: judgement.executions, time: judgement.time }
    }

    fn end(&self, memory: &impl Peek<Cpu>) -> Final {
        self.world.end(memory, self.references)
    }
}

/// By role: what it saw.
fn seen(results: &[Vec<u64>]) -> Vec<Vec<Seen>> {
    results.iter().map(|words| words.iter().copied().filter_map(Seen::decode).collect()).collect()
}
