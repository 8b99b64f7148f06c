//! The page that answers the mail thread's open questions. Every verdict in it is computed when it is written.

mod book;
mod plain;
mod questions;

use std::collections::BTreeMap;
use std::fmt::Write;

use fencepost_folio::Overlay;
use fencepost_harness::scenario::{BY_NAME, Scenario, find as find_scenario};
use fencepost_strategies::{find, ids};

use crate::preset::{PRESETS, Preset};
use book::{Book, Entry, Standing, shown};

pub use questions::order;

/// The answers.
pub struct Thread {
    /// The page, as Markdown.
    pub page: String,
    /// What stands at the top of the README, as Markdown.
    pub surprise: String,
}

/// The way from the page to the workspace's folder.
const FROM_REPORTS: &str = "../";

/// The strategies that the page speaks of.
const STRATEGIES: &[&str] = &["unordered", "fence", "frozen", "typed", "flagword"];

/// Computes the answers from these scenarios. `progress` is told how much of the work there is, and after each part of it.
pub fn thread(scenarios: &[&Scenario], progress: impl Fn(usize) + Sync) -> Thread {
    let mut wanted: Vec<_> =
        STRATEGIES.iter().flat_map(|name| find(name)).map(|id| (id, Overlay::RcuCallback)).collect();
    for preset in PRESETS {
        let ids = preset.strategies.iter().flat_map(|name| find(name));
        let all = ids.flat_map(|id| preset.overlays.iter().map(move |overlay| (id, *overlay)));
        wanted.extend(all.filter(|one| !wanted.contains(one)).collect::<Vec<_>>());
    }
    let total = wanted.len() + questions::SEARCHES;
    progress(total);
    let book = Book::of(&wanted, scenarios, || progress(total));
    let mut page = format!("{INTRODUCTION}\n");
    for (number, question) in questions::ALL.iter().enumerate() {
        let _ = write!(
            page,
            "\n## {}. {}\n\n{}\n",
            number + 1,
            question.title,
            (question.answer)(&book, &|| progress(total))
        );
    }
    let _ = write!(page, "\n## What rests on the buddy allocator's lock\n\n{}", zone_lock(scenarios));
    let _ = write!(page, "\n## What the kernel shipped\n\n{}", presets(&book, PRESETS));
    let _ = write!(page, "\n## The plain accesses as written\n\n{}", plain::section(&book));
    page += LIMITS;
    let counted = scenarios.iter().filter(|scenario| usual(scenario.name) && !scenario.has_own_overlay());
    let _ = write!(
        page,
        "\n## The scenarios\n\nThere are {}. The verdicts above count {} of them: without those that have a star and those that are there \
         for their own overlay. Of a strategy without a page-isolation walker one less, and of a kernel that was shipped, all of these with each \
         overlay that it has.\n",
        scenarios.len(),
        counted.count(),
    );
    page += "\n| scenario | what happens | bounds |\n| --- | --- | --- |\n";
    for scenario in scenarios {
        let star = if scenario.orders_less() { " *" } else { "" };
        let handoff = if scenario.is_handed_over() {
            format!("; handed over by {}", scenario.handoff.name())
        } else {
            String::new()
        };
        let _ = writeln!(page, "| {}{star} | {}{handoff} | {} |", scenario.name, scenario.about, scenario.bounds);
    }
    page += "\n\\* orders less than a kernel does that has a double-word `cmpxchg` and the buddy allocator's lock, and counts in no verdict \
             above unless it is named there.\n";
    Thread { page, surprise: surprise(&book) }
}

/// The verdicts of one preset, as Markdown, and whether all of its strategies are safe in the kernel.
pub fn preset(preset: &Preset, scenarios: &[&Scenario]) -> (String, bool) {
    let ids = preset.strategies.iter().flat_map(|name| find(name));
    let wanted: Vec<_> = ids.flat_map(|id| preset.overlays.iter().map(move |overlay| (id, *overlay))).collect();
    let book = Book::of(&wanted, scenarios, || ());
    let mut text = presets(&book, &[*preset]);
    let mut safe = true;
    for &(id, overlay) in &wanted {
        let Some(entry) = book.with(id, overlay) else { continue };
        safe &= entry.in_the_kernel(usual) == Standing::Safe;
        if let Some(broken) = entry.witness(usual) {
            let _ = write!(
                text,
                "\n{} ({}), {} under {}:\n\n{}",
                entry.name(),
                overlay.name(),
                broken.scenario,
                broken.target,
                shown(entry, broken, None)
            );
        }
    }
    (text, safe)
}

/// Whether it is a scenario of the kernel as it is, which orders no less than that does.
fn usual(scenario: &str) -> bool {
    find_scenario(scenario).is_none_or(|scenario| !scenario.orders_less())
}

/// Whether it orders less than any kernel does, but for the buddy allocator's lock, which has a section of its own.
fn beyond(scenario: &str) -> bool {
    find_scenario(scenario).is_some_and(|scenario| scenario.orders_less() && scenario.zone_lock)
}

/// Which verdicts rest on the buddy allocator's lock, of every strategy.
fn zone_lock(scenarios: &[&Scenario]) -> String {
    let mut text = String::from("A folio goes from one life to the next under that lock.\n");
    let without: Vec<&Scenario> = scenarios.iter().copied().chain(BY_NAME).filter(|s| !s.zone_lock).collect();
    let all: Vec<_> = ids().into_iter().map(|id| (id, Overlay::RcuCallback)).collect();
    let book = Book::of(&all, &without, || ());
    for scenario in without {
        let mut by_verdict: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for entry in ids().into_iter().filter_map(|id| book.with(id, Overlay::RcuCallback)) {
            let broken = entry.broken_in(|name| name == scenario.name);
            let verdict = match broken.is_empty() {
                true => "safe".into(),
                false => format!("racy under {}", book::under(&broken)),
            };
            by_verdict.entry(verdict).or_default().push(format!("`{}`", entry.name()));
        }
        let _ = writeln!(text, "\n`{}`: {}.\n", scenario.name, scenario.about);
        for (verdict, strategies) in by_verdict {
            let _ = writeln!(text, "* {}: {}.", book::capital(&verdict), strategies.join(", "));
        }
        let _ = writeln!(text, "\n```sh\ncargo run --release -- check --scenario {}\n```", scenario.name);
    }
    text
}

fn presets(book: &Book, presets: &[Preset]) -> String {
    let mut text =
        String::from("| kernels | `mapping` holds | code | verdict | allocators |\n| --- | --- | --- | --- | --- |\n");
    for preset in presets {
        let mut row = |strategy: &str, overlay: &str, verdict: &str| {
            let _ = writeln!(
                text,
                "| {} (`{}`) | {overlay} | {strategy} | {verdict} | {} |",
                preset.kernels, preset.name, preset.allocators
            );
        };
        for id in preset.strategies.iter().flat_map(|name| find(name)) {
            let mut alike: Vec<(String, Vec<&str>)> = Vec::new();
            for &overlay in preset.overlays {
                let Some(entry) = book.with(id, overlay) else { continue };
                let verdict = entry.verdict(usual);
                match alike.iter_mut().find(|(other, _)| *other == verdict) {
                    Some((_, overlays)) => overlays.push(overlay.name()),
                    None => alike.push((verdict, vec![overlay.name()])),
                }
            }
            for (verdict, overlays) in alike {
                row(&format!("`{}@{}`", id.name(), id.layout.name()), &overlays.join(", or "), &verdict);
            }
        }
    }
    text + "\nThe command for a row: `cargo run --release -- thread --preset NAME`.\n"
}

/// The shipped code that is racy under the kernel's own model although its authors repaired it, if there is such.
fn surprise(book: &Book) -> String {
    let shipped = ["fence/rfc1@split", "fence/rfc1@shared"];
    let in_compaction = |name: &str| usual(name) && find_scenario(name).is_some_and(Scenario::prechecks);
    let witness = |e: &'_ Entry| e.witness(in_compaction).or_else(|| e.witness(usual)).cloned();
    let found = shipped.iter().filter_map(|name| book.entry(name)).find_map(|e| Some((e, witness(e)?)));
    let Some((entry, broken)) = found else {
        return "The merged repair is safe under every model in both layouts.".into();
    };
    let preset = PRESETS.iter().find(|preset| preset.strategies.contains(&entry.name().as_str()));
    let mut text = format!(
        "**The repair that was merged is racy under {}: {}.** {}\n\n{}",
        entry.breaks_in_the_kernel(usual).join(", "),
        preset.map_or("", |preset| preset.kernels),
        entry.verdict(usual),
        shown(entry, &broken, Some(""))
    );
    text += "\nThe versions that the thread argued about:\n\n";
    for name in
        ["fence/rfc1@shared", "fence/rfc1+rmb@shared", "fence/rfc1+rmb@split", "fence/rfc2@shared", "fence/rfc2@split"]
    {
        if let Some(entry) = book.entry(name) {
            let _ = writeln!(text, "* {}", entry.verdict(usual));
        }
    }
    text += "\n[reports/thread.md](reports/thread.md) has all six answers, with witnesses and commands.\n";
    text
}

const INTRODUCTION: &str = "# The thread's questions, answered

Written by `cargo run --release -- thread`; every verdict, witness and figure below was computed then, and nothing is typed in.
The questions are those that the mailing list's thread on the compaction bug left open. A witness is printed as the list would
write it: a column for each CPU in program order, a letter for each step, each read with the value that it saw and, behind `←`,
the letter of the write that it came from; that alone says what came before what across columns. `a.rs:1 > b.rs:2` is the line of
the nearest caller that is told apart and the line of the access, `b.rs:2 > 7` two lines of one file. At the end stands the order
that is missing.

A verdict is about *marked* accesses, a *scenario* and its bounds. What that leaves out stands at the end.

* Layouts: in `shared` the slab mark is a bit of `flags`, the word that the lock bit is in (Linux to 6.9); in `split` it is a page
  type, a word of its own (from 6.10); in `own` the strategy decides.
* Targets: `arm64-kernel-lse` and `-llsc` are the kernel's arm64 with single-instruction atomics and with exclusive pairs,
  `riscv64-kernel-amo` and `-lrsc` likewise; `…-rust-…` is what the Rust compiler makes of the same source; `lkmm` and `rc11` are
  the kernel's and Rust's own models.
* Scanners: compaction asks whether a folio is movable before it takes a reference, and then calls `isolate_movable_page()`; so do
  the scanners of the scenarios with `compaction` or `migration` in their names. Where memory or a page is taken offline the
  function is called without that question, as in the others. What is safe without it is safe with it: a scanner that asks does
  the same or nothing, with more reads before, and more reads only order more. One that migrates does more with a
  folio that it has isolated, and no more with any other; so it is asked where a driver has one to be isolated.
  Compaction's own question is misled by what the folio was before: a movable one, as in the scenarios named `recycling`, or an
  earlier slab with its overlay, which takes one life more than `slab-compaction` has ([larger.md](larger.md)).
* Scenarios that are there for their own overlay, `slab-life-pointer` and `slab-life-poison`, are counted under *What the kernel
  shipped* alone.
* Scenarios with a star count in no verdict. In all but one a slab passes from CPU to CPU by release and acquire alone
  (`release-acquire`), or so by its users and with a turn of SLUB's `slab_lock()` on each side (`bit-lock`), as where an
  architecture has no double-word `cmpxchg`: a bit lock, which the kernel's model gives no more either. With one, as on x86-64 and
  arm64, the hand-off is a full `cmpxchg`. Where a strategy is racy in them, that is said behind. The other one goes without
  the buddy allocator's lock; it has a section of its own.";

const LIMITS: &str = "
## What a verdict does not say

* **It is about the scenario.** Each names what it bounds: lives, scanners, tries. Tail pages, memory control groups, hotplug,
  freelist and counters, and interrupts are not in it. *Safe* is no proof for a larger scenario; *racy* holds in every larger one. Whether a verdict
  changes with one more scanner, life or try, `cargo run --release -- check --bound large` tells, in hours; what that
  found, and what of it is left to ask, is in [larger.md](larger.md). Under Rust's model `fence` is racy in more scenarios with one more life; which barriers
  are needed was asked in these scenarios alone, and one more life makes one more needed: that is told there, too.
* **Whether the walker finds a slab being freed** is not asked: once the free has begun, *being freed* is right.
* **It is about a model.** A model allows what an architecture's text allows. A processor may never do it: that a verdict says
  *racy under armv8* means that Arm's text does not forbid it, not that a machine was seen to do it. On x86-64, where the
  project was tried on real threads, no weak outcome of this kind can be seen.
* **What would have to happen on a real machine.** The wild pointer needs the slab's overlay to hold a word that ends in binary
  10 where `mapping` is: a callback at an address that is 2 modulo 4 (`-Os` on x86, compressed code on RISC-V), or
  `LIST_POISON2` on any architecture; and compaction must look at the page in the few instructions between two of its tests
  while the slab is freed. On arm64 and POWER, whose code is aligned to 4 bytes, only the poison can.
* **Marked accesses are an idealisation.** The strategies write READ_ONCE and WRITE_ONCE where the kernel has plain C
  accesses. The section above says what LKMM's rules make of the plain ones: a data race is undefined there, whatever the
  compiler does. The verdicts are those of the code in which no compiler tears, fuses or repeats an access.
* **Which RCU.** Under LKMM a callback is a thread that begins after `synchronize_rcu()`. Under the hardware models a grace
  period is a full fence on every other CPU somewhere within it.
";
