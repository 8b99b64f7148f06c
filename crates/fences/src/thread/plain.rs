//! What LKMM's data-race rules say of the accesses that the kernel writes plainly.

use std::fmt::Write;

use fencepost_folio::LayoutName;
use fencepost_model::{Change, Target, Verdict};

use super::book::{Book, Entry};
use crate::place::Place;
use crate::subject::changed;

/// Whether the kernel writes this access without READ_ONCE, WRITE_ONCE or an atomic operation: `mapping` everywhere, the
/// owner's non-atomic changes of `flags`, and the page type. (`test_bit` is a volatile access, `set_page_count` an
/// atomic one.)
fn is_plain_in_the_kernel(layout: LayoutName, place: &Place) -> bool {
    let of_mapping = ["reads_movable", "confirm_movable: read_once", "clear_mapping", "slab_use", "tag", "untag"];
    let of_flags = ["set_flags_nonatomic", "clear_flags_nonatomic"];
    let of_type = ["set_slab: write_once", "clear_slab: write_once"];
    let is_type_test = layout == LayoutName::Split && place.name.contains("is_slab: read_once");
    [&of_mapping[..], &of_flags, &of_type].concat().iter().any(|part| place.name.contains(part)) || is_type_test
}

/// Whether it is the reader's; otherwise the owner's or the driver's.
fn reads(place: &Place) -> bool {
    place.name.contains(": read_once") && matches!(place.side, crate::Side::Reader | crate::Side::Walker)
}

/// The section of the page.
pub fn section(book: &Book) -> String {
    let Some(lkmm) = Target::named("lkmm") else { return String::new() };
    let mut text = String::from(
        "Here the accesses that the kernel writes plainly are made plain: `mapping` everywhere, the owner's non-atomic changes \
         of `flags`, the page type. LKMM is asked for a data race: two accesses of different CPUs to one cell, one of them a \
         write and one of them plain, that nothing orders. Three renditions: all of them plain; the reader's marked and the \
         writers' plain; the writers' marked and the reader's plain.\n\n\
         | strategy | scenario | all plain | reader marked | writers marked |\n| --- | --- | --- | --- | --- |\n",
    );
    let (mut raced, mut asked) = (0, 0);
    let mut example = None;
    for name in
        ["unordered@shared", "fence/rfc1@shared", "fence/rfc1@split", "fence/rfc2@split", "frozen/relaxed@split"]
    {
        let Some(entry) = book.entry(name) else { continue };
        for scenario in ["slab-life", "slab-compaction", "lost-lock", "movable-life"] {
            let renditions: [fn(&Place) -> bool; 3] = [|_| true, |place| !reads(place), reads];
            let cells = renditions.map(|of| {
                let verdict = race(entry, scenario, &lkmm, of);
                asked += 1;
                raced += usize::from(matches!(verdict, Some(Verdict::Racy(_))));
                let cell = match &verdict {
                    Some(Verdict::Safe) => "no race",
                    Some(Verdict::Racy(_)) => "**data race**",
                    _ => "unknown",
                };
                if let (Some(Verdict::Racy(witness)), None, "fence/rfc1@shared") = (verdict, &example, name) {
                    example = Some((scenario, witness));
                }
                cell
            });
            let _ = writeln!(text, "| {name} | {scenario} | {} |", cells.join(" | "));
        }
    }
    let _ = writeln!(
        text,
        "\n{raced} of the {asked} cells have a data race. Where one has, LKMM gives the code no meaning, whatever fences it \
         has; the verdicts above are those of the same code with every access marked."
    );
    if let Some((scenario, witness)) = example {
        let _ = write!(
            text,
            "\n`fence/rfc1@shared`, {scenario}, all plain:\n\n```text\n{}\n```\n\nNo command makes accesses plain but the one \
             that writes this page.\n",
            witness.to_string().trim_end()
        );
    }
    text
}

fn race(entry: &Entry, scenario: &str, lkmm: &Target, of: fn(&Place) -> bool) -> Option<Verdict> {
    let case = entry.subject.cases.iter().find(|case| case.scenario().name == scenario)?;
    let places =
        entry.subject.places.iter().filter(|place| is_plain_in_the_kernel(entry.subject.id.layout, place) && of(place));
    let sites = changed(places.map(|place| (place, Change::Plain)));
    Some(case.checker().judge_races(&lkmm.clone().with_sites(sites)).verdict)
}
