//! The six questions.

use std::collections::BTreeSet;
use std::fmt::Write;

use fencepost_folio::Claim;
use fencepost_harness::engine::Outcome;
use fencepost_harness::engine::model::Case;
use fencepost_harness::scenario::{Handoff, Scenario, find as find_scenario};
use fencepost_model::Target;
use fencepost_strategies::{Id, ids};

use super::book::{Book, Entry, Standing, capital, matrix, plainly, shown};
use super::{FROM_REPORTS, usual};
use crate::cheapest::{Cheapest, Free};
use crate::needed::weakened_to;
use crate::place::Place;
use crate::platform::Platform;
use crate::subject::{Ruling, Subject};

/// A question of the thread.
pub struct Question {
    /// In its authors' words, or nearly.
    pub title: &'static str,
    /// Its answer; the function is called after each search.
    pub answer: fn(&Book, &(dyn Fn() + Sync)) -> String,
}

/// The platforms that question 4 is asked for.
const PLATFORMS: [&str; 6] = ["x86-64-kernel", "arm64-kernel", "riscv64-kernel", "powerpc64-kernel", "lkmm", "rc11"];

/// How many parts the questions' own work has.
pub const SEARCHES: usize = PLATFORMS.len() * 2;

/// In the order of the thread.
pub const ALL: [Question; 6] = [
    Question {
        title: "Is the merged reader (`rfc1`: slab? movable? slab? lock, movable?) racy, as the reply with an interleaving \
                claims?",
        answer: merged,
    },
    Question { title: "Would one more `smp_rmb` before the re-check under the lock have helped?", answer: one_more },
    Question {
        title: "Is `rfc2` (two movable tests around one slab test) right? \"Do you see another one?\"",
        answer: second_version,
    },
    Question {
        title: "Which of the barriers are needed at all, on each architecture? What is the cheapest correct reader, and \
                owner?",
        answer: barriers,
    },
    Question {
        title: "\"Maybe there's a simpler way to check two bits in two different bytes atomically.\"",
        answer: two_bits,
    },
    Question {
        title: "Does a frozen refcount make the fences unnecessary, and does it trip the page isolation code?",
        answer: frozen,
    },
];

/// The strategies of these names: what they are in the kernel, verdicts in sentences, the matrix, and a witness of each that
/// is racy.
fn verdicts(book: &Book, names: &[&str], scenario: impl Fn(&str) -> bool + Copy) -> String {
    let entries: Vec<&Entry> = names.iter().filter_map(|name| book.entry(name)).collect();
    let mut text = format!("**{}**\n\n", plainly(&entries, scenario));
    for entry in &entries {
        let _ = writeln!(text, "* {}", entry.verdict(scenario));
    }
    let _ = write!(text, "\n{}", matrix(&entries, scenario));
    for entry in &entries {
        if let Some(broken) = entry.witness(scenario) {
            let _ = write!(
                text,
                "\n`{}`, {} under {}. {}",
                entry.name(),
                broken.scenario,
                broken.target,
                shown(entry, broken, Some(FROM_REPORTS))
            );
        } else {
            let all: Vec<&str> =
                entry.subject.cases.iter().map(|case| case.scenario().name).filter(|s| usual(s)).collect();
            let asked: Vec<&str> = all.iter().copied().filter(|name| scenario(name)).collect();
            let chosen = if asked == all { String::new() } else { format!(" --scenario {}", asked.join(",")) };
            let _ = write!(text, "\n```sh\ncargo run --release -- check --strategy {}{chosen}\n```\n", entry.name());
        }
    }
    text
}

fn merged(book: &Book, _: &(dyn Fn() + Sync)) -> String {
    let names = ["fence/rfc1@shared", "fence/rfc1@split"];
    let mut text = verdicts(book, &names, usual);
    text += "\nBy hand-off, in the scenarios where the slab passes from CPU to CPU:\n\n\
             | hand-off | strategy | racy under |\n| --- | --- | --- |\n";
    for handoff in Handoff::ALL {
        for entry in names.iter().filter_map(|name| book.entry(name)) {
            let _ = writeln!(text, "| {} | {} | {} |", handoff.name(), entry.name(), by_handoff(entry, handoff));
        }
    }
    text
}

/// The targets under which a scenario with this hand-off is broken.
fn by_handoff(entry: &Entry, handoff: Handoff) -> String {
    let passes = |scenario: &Scenario| scenario.handoff == handoff && scenario.is_handed_over() && scenario.zone_lock;
    let scenarios = entry.subject.cases.iter().map(|case| case.scenario());
    let names: Vec<&str> = scenarios.filter(|scenario| passes(scenario)).map(|scenario| scenario.name).collect();
    let under: BTreeSet<&str> =
        entry.broken_in(|name| names.contains(&name)).iter().map(|broken| broken.target).collect();
    match (names.is_empty(), under.is_empty()) {
        (true, _) => "not asked".into(),
        (_, true) => "no target".into(),
        _ => under.into_iter().collect::<Vec<_>>().join(", "),
    }
}

fn one_more(book: &Book, _: &(dyn Fn() + Sync)) -> String {
    let names = ["fence/rfc1+rmb@shared", "fence/rfc1+rmb@split"];
    let mut text = helped(book) + &verdicts(book, &names, usual);
    if let Some(entry) = book.entry("fence/rfc1@split") {
        for platform in ["kernel", "rust"].iter().filter_map(|name| Platform::find(name).pop()) {
            let subject = &without(entry, |name| !usual(name));
            let found = subject.cheapest(&platform, platform.costs, Free::Additions);
            let _ = write!(
                text,
                "\nWhat has to be added to `fence/rfc1@split`, for all {} targets of the {} lowering at once:\n\n{}",
                platform.targets().len(),
                platform.name,
                told(subject, &found, platform.costs.unit)
            );
        }
        text += "\n```sh\ncargo run --release -- fences --strategy fence/rfc1@split --model kernel,rust\n```\n";
    }
    text
}

/// Whether the barrier makes safe what is racy without it, in the kernel.
fn helped(book: &Book) -> String {
    let standing = |name: &str| book.entry(name).map(|entry| entry.in_the_kernel(usual));
    let in_layout = |layout: &str| {
        let [without, with] = ["fence/rfc1", "fence/rfc1+rmb"].map(|name| standing(&format!("{name}@{layout}")));
        match (without, with) {
            (Some(Standing::Racy), Some(Standing::Safe)) => "yes",
            (Some(Standing::Safe), _) => "there is nothing to repair",
            (Some(Standing::Racy), Some(Standing::Racy)) => "no",
            _ => "not decided",
        }
    };
    let layouts = [("split", "the slab mark is a page type"), ("shared", "it is a bit of the lock's word")];
    let said =
        layouts.map(|(layout, where_it_lies)| format!("where {where_it_lies} (`{layout}`), {}", in_layout(layout)));
    format!("**In the kernel: {}.**\n\n", said.join("; "))
}

fn second_version(book: &Book, _: &(dyn Fn() + Sync)) -> String {
    verdicts(book, &["fence/rfc2@shared", "fence/rfc2@split"], usual)
}

fn two_bits(book: &Book, _: &(dyn Fn() + Sync)) -> String {
    let one_word = ["flagword/beside@own", "flagword/inside@own"];
    let typed = ["typed/relaxed@split", "typed/release@split"];
    format!(
        "Put both bits into one word (`flagword`):\n\n{}\nOr ask for marks that nobody takes away before the page is freed, as \
         Linux does from 6.17 on (`typed`); the page-isolation walker is the next question's:\n\n{}",
        verdicts(book, &one_word, usual),
        verdicts(book, &typed, |name| usual(name) && !asks_walker(name))
    )
}

fn frozen(book: &Book, _: &(dyn Fn() + Sync)) -> String {
    let names = ["frozen/relaxed@shared", "frozen/relaxed@split", "frozen/release@shared", "frozen/release@split"];
    let walker = ["frozen/relaxed@split", "frozen/relaxed+walker@split"];
    format!(
        "Without fences, everything but the page-isolation walker:\n\n{}\nThe walker, which does not know of frozen slabs or \
         does, asks about a slab that is in use:\n\n{}\n{}",
        verdicts(book, &names, move |name| usual(name) && !asks_walker(name)),
        verdicts(book, &walker, asks_walker),
        at_any_time()
    )
}

/// What a walker sees that does not wait until the slab is in use.
fn at_any_time() -> String {
    const NAME: &str = "page-isolation-any-time";
    let scenario = find_scenario(NAME).unwrap_or_else(|| unreachable!("{NAME} is no scenario"));
    let sc = Target::named("sc").unwrap_or_else(|| unreachable!("sc is no target"));
    // One that does nothing has no slab to be mistaken.
    let real: Vec<_> = ids().into_iter().filter(|id| id.claim() != Some(Claim::NOTHING)).collect();
    let is_racy =
        |id: &&Id| Case::of(**id, scenario).is_some_and(|case| matches!(case.judge(&sc).outcome, Outcome::Racy { .. }));
    let racy = real.iter().filter(is_racy).count();
    format!(
        "One that comes while the folio is taken for a slab can meet it on its way from the buddy allocator to its first mark, \
         when it looks as if it were being freed: that is so for {racy} of {} strategies that claim something, under SC \
         already, and no verdict above counts it.\n\n```sh\ncargo run --release -- check --scenario {NAME} --model sc\n```\n",
        real.len()
    )
}

fn asks_walker(scenario: &str) -> bool {
    find_scenario(scenario).is_some_and(Scenario::asks_walker)
}

/// The subject of an entry, made anew without some scenarios.
fn without(entry: &Entry, left_out: impl Fn(&str) -> bool) -> Subject {
    let kept = entry.subject.cases.iter().map(|case| *case.scenario()).filter(|scenario| !left_out(scenario.name));
    let kept: Vec<_> = kept.collect();
    Subject::new(entry.subject.id, &kept.iter().collect::<Vec<_>>(), &entry.subject.properties)
        .unwrap_or_else(|| unreachable!("the entry's strategy exists"))
}

fn barriers(book: &Book, progress: &(dyn Fn() + Sync)) -> String {
    let mut text = String::new();
    for name in ["fence/rfc2@split", "fence/rfc1@shared"] {
        let Some(entry) = book.entry(name) else { continue };
        let command = format!("cargo run --release -- fences --mutants --strategy {name}");
        let _ = write!(text, "### `{name}`\n\n{}\n```sh\n{command}\n```\n\n", needed(entry));
    }
    text += "### The cheapest placements\n\nOver every scenario at once; read-modify-writes keep their order. The owner's \
             places are those of allocation and free: a slab is used in a hundred places, and no order is asked of them. A barrier or \
             order counts once where it stands; where one side alone cannot do, both together are asked.\n";
    for name in ["fence/acquire@shared", "fence/acquire@split"] {
        let Some(entry) = book.entry(name) else { continue };
        let subject = &without(entry, |name| !usual(name));
        let _ = write!(text, "\n#### Tests as in `{name}`: movable? slab? lock, movable?\n\n");
        for platform in PLATFORMS.iter().filter_map(|name| Platform::find(name).pop()) {
            let mut tell = |free: Free| {
                let found = subject.cheapest(&platform, platform.costs, free);
                let told = told(subject, &found, platform.costs.unit);
                let _ = write!(text, "* {}, {}: {}", platform.name, free.name(), told.trim_start());
                matches!(found, Cheapest::Impossible(_))
            };
            if [Free::Reader, Free::Owner].map(&mut tell).contains(&true) {
                tell(Free::Both);
            }
            progress();
        }
    }
    text += "\nWhere the costs come from:\n\n";
    for costs in crate::platform::COSTS {
        let _ = writeln!(
            text,
            "* {} (in {}): smp_wmb {}, smp_rmb {}, smp_mb {}, acquire {}, release {}: {}.",
            costs.name, costs.unit, costs.wmb, costs.rmb, costs.mb, costs.acquire, costs.release, costs.from
        );
    }
    text + "\n```sh\ncargo run --release -- fences --strategy fence/acquire\n```\n"
}

/// A table of a strategy's own barriers and orders: what is racy without each.
fn needed(entry: &Entry) -> String {
    let mutants = entry.subject.mutants(&entry.baseline, || ());
    let mut text =
        String::from("| place | line | to | needed under | first seen in |\n| --- | --- | --- | --- | --- |\n");
    for mutant in mutants.iter().filter(|m| matches!(m.place.side, crate::Side::Owner | crate::Side::Reader)) {
        let racy: Vec<_> = mutant.judged().filter_map(Ruling::broken).collect();
        let unknown = mutant.judged().any(|ruling| matches!(ruling, Ruling::Unknown(_)));
        let under: Vec<&str> = racy.iter().map(|broken| broken.target).collect();
        let under = match under.is_empty() {
            true if mutant.judged().next().is_none() => "not asked: racy as it stands".into(),
            true if unknown => "unknown: a bound was hit".into(),
            true => "redundant everywhere".into(),
            false => under.join(", "),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {under} | {} |",
            mutant.place.name,
            mutant.place.line,
            mutant.to(),
            racy.first().map_or("–".into(), |b| format!("{}: {}", b.scenario, b.violation.property.name()))
        );
    }
    text
}

/// The placements that a search found, as Markdown.
pub fn told(subject: &Subject, found: &Cheapest, unit: &str) -> String {
    match found {
        Cheapest::Unknown(why) => format!("unknown: {why}\n"),
        Cheapest::Impossible(broken) => format!(
            "no placement is right; under the strongest, {} under {}: {}\n",
            broken.scenario, broken.target, broken.violation.what
        ),
        Cheapest::Found(0, all) if all.iter().all(Vec::is_empty) => "nothing is needed.\n".into(),
        Cheapest::Found(cost, all) => {
            let mut text = format!("cost {cost} {unit}, {}:\n", count(all.len(), "placement"));
            for placement in all {
                let orders: Vec<String> =
                    placement.iter().map(|placed| order(&subject.places[placed.place], placed.change)).collect();
                let _ = writeln!(text, "  * {}", capital(&orders.join("; ")));
            }
            text
        }
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// An order that stands somewhere, in words.
pub fn order(place: &Place, change: fencepost_model::Change) -> String {
    use fencepost_model::Change;
    let what = weakened_to(change);
    match change {
        Change::Before(_) => format!("`{what}` before `{}` ({})", place.name, place.line),
        Change::After(_) => format!("`{what}` after `{}` ({})", place.name, place.line),
        _ => format!("{what} at `{}` ({})", place.name, place.line),
    }
}
