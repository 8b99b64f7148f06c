//! The verdicts that the page is made of, and how they are put into words.

use std::collections::{BTreeMap, BTreeSet};

use fencepost_folio::{Overlay, Property};
use fencepost_harness::scenario::Scenario;
use fencepost_model::{Frame, Reason, Step, Target};
use fencepost_strategies::{Id, find};
use rayon::prelude::*;

use super::beyond;
use crate::subject::{Baseline, Broken, Ruling, Subject};

/// A strategy in every scenario under every target.
pub struct Entry {
    /// The strategy.
    pub subject: Subject,
    /// Its verdicts.
    pub baseline: Baseline,
}

/// Every strategy that was asked for.
pub struct Book(BTreeMap<(Id, Overlay), Entry>);

impl Book {
    /// Judges strategies in scenarios, with what the slab's overlay holds. A scenario that [is there for its own
    /// overlay](Scenario::has_own_overlay) is left out. `progress` is told after each.
    pub fn of(wanted: &[(Id, Overlay)], scenarios: &[&Scenario], progress: impl Fn() + Sync) -> Book {
        let entry = |&(id, overlay): &(Id, Overlay)| {
            let usual = scenarios.iter().filter(|scenario| !scenario.has_own_overlay());
            let scenarios: Vec<Scenario> = usual.map(|s| Scenario { overlay, ..**s }).collect();
            let subject = Subject::new(id, &scenarios.iter().collect::<Vec<_>>(), &Property::ALL)?;
            let baseline = subject.as_it_stands(&Target::all());
            progress();
            Some(((id, overlay), Entry { subject, baseline }))
        };
        Book(wanted.par_iter().filter_map(entry).collect())
    }

    /// A strategy by its name on the command line, with the callback's address as the overlay.
    pub fn entry(&self, strategy: &str) -> Option<&Entry> {
        self.with(*find(strategy).first()?, Overlay::RcuCallback)
    }

    /// A strategy with an overlay.
    pub fn with(&self, id: Id, overlay: Overlay) -> Option<&Entry> {
        self.0.get(&(id, overlay))
    }
}

impl Entry {
    /// The name on the command line.
    pub fn name(&self) -> String {
        let id = self.subject.id;
        format!("{}@{}", id.name(), id.layout.name())
    }

    /// Every cell that is broken.
    pub fn broken(&self) -> impl Iterator<Item = &Broken> {
        self.baseline.rulings.iter().flatten().filter_map(Ruling::broken)
    }

    /// The cells of scenarios that pass a test.
    pub fn broken_in(&self, scenario: impl Fn(&str) -> bool) -> Vec<&Broken> {
        self.broken().filter(|broken| scenario(broken.scenario)).collect()
    }

    /// The verdict in one sentence.
    pub fn verdict(&self, scenario: impl Fn(&str) -> bool) -> String {
        let asked: Vec<&str> =
            self.subject.cases.iter().map(|case| case.scenario().name).filter(|name| scenario(name)).collect();
        let unknown = self.baseline.rulings.iter().flatten().filter(|r| matches!(r, Ruling::Unknown(_))).count();
        let broken = self.broken_in(scenario);
        let name = self.name();
        let all = if asked.len() == 1 { "the one scenario".into() } else { format!("all {} scenarios", asked.len()) };
        let unsure =
            if unknown == 0 { String::new() } else { format!(" {unknown} cells are unknown: a bound was hit.") };
        let beyond = self.broken_in(beyond);
        let in_rust_alone = !broken.is_empty() && broken.iter().all(|broken| is_rusts(broken.target));
        let unsure = match beyond.is_empty() {
            true => unsure,
            false => format!(
                " Handed on by release and acquire, with a bit lock or without, it is racy: {}.{unsure}",
                listed(&beyond)
            ),
        };
        if broken.is_empty() {
            return format!("`{name}` is **safe** under all {} targets in {all}.{unsure}", self.baseline.targets.len());
        }
        let scenarios: BTreeSet<&str> = broken.iter().map(|broken| broken.scenario).collect();
        let standing = if in_rust_alone {
            "**safe** under all targets of the kernel's, and racy under Rust's"
        } else {
            "**racy**"
        };
        let (racy, all) = (scenarios.len(), asked.len());
        format!("`{name}` is {standing} in {racy} of {all} scenarios: {}.{unsure}", listed(&broken))
    }

    /// The targets under which it is racy and which are not Rust's, in their order.
    pub fn breaks_in_the_kernel(&self, scenario: impl Fn(&str) -> bool) -> Vec<&'static str> {
        let broken = self.broken_in(scenario);
        let is_broken = |name: &&str| !is_rusts(name) && broken.iter().any(|broken| broken.target == *name);
        Target::all().into_iter().map(|target| target.name).filter(is_broken).collect()
    }

    /// What it is in the kernel: racy under some target that is not Rust's, or safe under all of them.
    pub fn in_the_kernel(&self, scenario: impl Fn(&str) -> bool) -> Standing {
        let kernels = |target: usize| !is_rusts(self.baseline.targets[target].name);
        let asked =
            self.subject.cases.iter().zip(&self.baseline.rulings).filter(|(case, _)| scenario(case.scenario().name));
        let rulings = asked.flat_map(|(_, rulings)| rulings.iter().enumerate().filter(|&(target, _)| kernels(target)));
        let standing = |(_, ruling): (usize, &Ruling)| match ruling {
            Ruling::Racy(_) => Standing::Racy,
            Ruling::Unknown(_) => Standing::Unknown,
            _ => Standing::Safe,
        };
        rulings.map(standing).max().unwrap_or(Standing::Unknown)
    }

    /// The execution that is easiest to read, among the broken cells of scenarios that pass a test.
    pub fn witness(&self, scenario: impl Fn(&str) -> bool) -> Option<&Broken> {
        let rank = |broken: &Broken| ["lkmm", "arm64-kernel-lse"].iter().position(|t| *t == broken.target).unwrap_or(2);
        self.broken_in(scenario).into_iter().min_by_key(|broken| (rank(broken), broken.witness.operations()))
    }
}

/// What a strategy is where it was asked, at the worst.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Safe everywhere.
    Safe,
    /// A bound was hit somewhere.
    Unknown,
    /// Racy somewhere.
    Racy,
}

fn is_rusts(target: &str) -> bool {
    Target::named(target).is_some_and(|target| target.is_rust())
}

/// What strategies are in the kernel, in one sentence.
pub fn plainly(entries: &[&Entry], scenario: impl Fn(&str) -> bool + Copy) -> String {
    let said = |(standing, what): (Standing, &str)| {
        let of: Vec<String> = entries
            .iter()
            .filter(|entry| entry.in_the_kernel(scenario) == standing)
            .map(|entry| format!("`{}`", entry.name()))
            .collect();
        let verb = if of.len() == 1 { "is" } else { "are" };
        (!of.is_empty()).then(|| format!("{} {verb} {what}", of.join(", ")))
    };
    let kinds = [(Standing::Racy, "racy"), (Standing::Safe, "safe"), (Standing::Unknown, "not decided")];
    let by_bit_lock = |entry: &&&Entry| {
        entry.in_the_kernel(scenario) == Standing::Safe && entry.in_the_kernel(beyond) == Standing::Racy
    };
    let beyond: Vec<String> = entries.iter().filter(by_bit_lock).map(|entry| format!("`{}`", entry.name())).collect();
    let but = match &beyond[..] {
        [] => String::new(),
        [one] => format!(", but {one} is racy where a slab is handed on by a bit lock"),
        some => format!(", but {} are racy where a slab is handed on by a bit lock", some.join(", ")),
    };
    format!("In the kernel {}{but}.", kinds.into_iter().filter_map(said).collect::<Vec<_>>().join("; "))
}

/// The scenarios with the targets under which they are broken, those with the same targets together.
fn listed(broken: &[&Broken]) -> String {
    let mut alike: Vec<(Vec<&str>, Vec<&str>)> = Vec::new();
    let mut scenarios: Vec<&str> = broken.iter().map(|broken| broken.scenario).collect();
    scenarios.dedup();
    for scenario in scenarios {
        let under: Vec<&str> = broken.iter().filter(|b| b.scenario == scenario).map(|b| b.target).collect();
        match alike.iter_mut().find(|(targets, _)| *targets == under) {
            Some((_, scenarios)) => scenarios.push(scenario),
            None => alike.push((under, vec![scenario])),
        }
    }
    let told = alike.into_iter().map(|(under, scenarios)| format!("{} ({})", scenarios.join(", "), targets(&under)));
    told.collect::<Vec<_>>().join("; ")
}

/// The targets under which one scenario is broken.
pub fn under(broken: &[&Broken]) -> String {
    targets(&broken.iter().map(|broken| broken.target).collect::<Vec<_>>())
}

fn targets(names: &[&str]) -> String {
    if names.len() == Target::all().len() { "every target".into() } else { names.join(", ") }
}

/// A row for each strategy, a column for each target: S, or R and in how many of the scenarios that pass a test.
pub fn matrix(entries: &[&Entry], scenario: impl Fn(&str) -> bool) -> String {
    let targets = Target::all();
    let head: Vec<&str> = targets.iter().map(|target| target.name).collect();
    let mut text = format!("| strategy | {} |\n|{}\n", head.join(" | "), " --- |".repeat(targets.len() + 1));
    for entry in entries {
        let broken = entry.broken_in(&scenario);
        let unknown = |target: usize| entry.baseline.rulings.iter().any(|r| matches!(r[target], Ruling::Unknown(_)));
        let cell = |(number, target): (usize, &Target)| match broken
            .iter()
            .filter(|broken| broken.target == target.name)
            .count()
        {
            0 if unknown(number) => "?".into(),
            0 if entry.broken_in(beyond).iter().any(|broken| broken.target == target.name) => "S*".into(),
            0 => "S".into(),
            racy => format!("R {racy}"),
        };
        let cells: Vec<String> = targets.iter().enumerate().map(cell).collect();
        text += &format!("| {} | {} |\n", entry.name(), cells.join(" | "));
    }
    text + "\nS safe; R racy, and in how many scenarios; * racy only where a slab is handed on by release and acquire, with a bit lock or without; ? a bound was hit.\n"
}

/// An execution, in the columns of the mail, with what it breaks and the command that finds it; and links to the lines
/// between which an order is missing, from a page that is `root` away from the workspace's folder.
pub fn shown(entry: &Entry, broken: &Broken, root: Option<&str>) -> String {
    format!(
        "{}\n\n```text\n{}\n```\n{}\n```sh\n{}\n```\n",
        capital(&broken.violation.what) + ":",
        broken.witness.to_string().trim_end(),
        root.map_or(String::new(), |root| lines(broken, root)),
        command(entry, broken),
    )
}

/// Links to the lines between which an order is missing; nothing if none is.
fn lines(broken: &Broken, root: &str) -> String {
    let Reason::Missing(gaps) = broken.witness.reason() else { return String::new() };
    let link = |frame: &Frame| match (frame, frame.short()) {
        (Frame::Line(line), (name, Some(number))) => {
            Some(format!("[{name}:{number}]({root}{}#L{number})", line.file()))
        }
        _ => None,
    };
    let place = |step: &Step| {
        let frames = step.site.frames();
        let shown: Vec<String> = frames[frames.len().saturating_sub(2)..].iter().filter_map(link).collect();
        format!("`{}` is {}", step.letter, shown.join(" > "))
    };
    let places: Vec<String> = gaps.iter().flat_map(|gap| [&gap.before, &gap.after]).map(place).collect();
    format!("\nIn the source: {}.\n", places.join("; "))
}

/// The command that finds an execution.
pub fn command(entry: &Entry, broken: &Broken) -> String {
    let (name, Broken { scenario, target, .. }) = (entry.name(), broken);
    format!("cargo run --release -- check --strategy {name} --scenario {scenario} --model {target}")
}

/// With a capital letter at its head.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
