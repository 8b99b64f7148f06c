//! The test as text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::ends::Cube;
use super::image::C;
use super::lighten::Cut;
use super::operation::Kind;
use super::tree::{Statement, Step};
use super::{Draft, Heading, Image};
use crate::parts::Part;

/// The whole file.
pub(super) fn text(draft: &Draft<'_>, heading: &Heading<'_>) -> String {
    let mut text = format!("C {}\n\n(*\n", heading.name);
    for line in heading.comment.lines().map(str::to_owned).chain(legend(draft)) {
        let line = line.replace("*)", "* )").replace("(*", "( *");
        text += format!(" * {line}").trim_end();
        text.push('\n');
    }
    text += " *)\n\n{\n";
    let used: Vec<BTreeMap<usize, bool>> = draft.functions.iter().map(|function| used(function)).collect();
    for cell in used.iter().flat_map(BTreeMap::keys).collect::<BTreeSet<_>>() {
        let init = draft.images[*cell].of_bits(draft.export.listing.init.get(*cell).copied().unwrap_or(0));
        if init != 0 {
            let _ = writeln!(text, "  {}={init};", draft.names[*cell]);
        }
    }
    text += "}\n";
    for (thread, function) in draft.functions.iter().enumerate() {
        let parameter = |(&cell, &lock): (&usize, &bool)| {
            format!("{} *{}", if lock { "spinlock_t" } else { "int" }, draft.names[cell])
        };
        let parameters: Vec<String> = used[thread].iter().map(parameter).collect();
        let name = draft.export.listing.threads.get(thread).map_or("either way", String::as_str);
        let _ = write!(text, "\n// {name}\nP{thread}({})\n{{\n  int end = 0;\n", parameters.join(", "));
        block(function, 1, &mut text);
        text += "}\n";
    }
    let _ = write!(text, "\nfilter ({})\nexists ({})\n", filter(draft, heading.part), condition(draft));
    text
}

/// Every thread is at its end, and what is said of the part holds.
fn filter(draft: &Draft<'_>, part: Option<&Part>) -> String {
    let open = (0..draft.functions.len()).filter(|&thread| part.is_none_or(|part| !part.says(thread, "end")));
    let ended = open.map(|thread| format!("not ({thread}:end=0)"));
    part.map(Part::to_string).into_iter().chain(ended).collect::<Vec<_>>().join(" /\\ ")
}

/// The cells that a function uses, and which are locks.
fn used(block: &[Statement]) -> BTreeMap<usize, bool> {
    let mut all = BTreeMap::new();
    for statement in block {
        match statement {
            Statement::Step(step) => all.extend(step.words.cell.map(|cell| (cell, step.words.kind == Kind::Lock))),
            Statement::If(branch) => {
                all.extend(used(&branch.then));
                all.extend(used(&branch.otherwise));
            }
            Statement::End(_) => {}
        }
    }
    all
}

fn block(list: &[Statement], depth: usize, text: &mut String) {
    for statement in list {
        statement_at(statement, depth, text);
    }
}

fn statement_at(statement: &Statement, depth: usize, text: &mut String) {
    let indent = "  ".repeat(depth);
    match statement {
        Statement::End(class) => {
            let _ = writeln!(text, "{indent}end = {class};");
        }
        Statement::Step(step) => {
            let _ = writeln!(text, "{indent}{} // {}", line(step), step.site);
        }
        Statement::If(branch) => {
            let whole = branch.conditions.iter().cloned().reduce(|a, b| C::join("|", a, b));
            let condition = whole.map_or(String::new(), |c| c.to_string());
            let _ = writeln!(text, "{indent}if ({condition}) {{");
            block(&branch.then, depth + 1, text);
            match &branch.otherwise[..] {
                [] => {
                    let _ = writeln!(text, "{indent}}}");
                }
                otherwise => {
                    let _ = writeln!(text, "{indent}}} else {{");
                    block(otherwise, depth + 1, text);
                    let _ = writeln!(text, "{indent}}}");
                }
            }
        }
    }
}

fn line(step: &Step) -> String {
    match step.register {
        Some(register) => {
            format!("int {}{} = {};", if register.again { "s" } else { "r" }, register.number, step.words.text)
        }
        None => format!("{};", step.words.text),
    }
}

/// What the numbers mean.
fn legend(draft: &Draft<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let listing = draft.export.listing;
    for (thread, results) in draft.ends.results.iter().enumerate() {
        lines.push(String::new());
        lines.push(format!("P{thread}: {}. It ends with", listing.threads[thread]));
        let classes = &draft.ends.classes[thread];
        for class in 1..=classes.iter().copied().max().unwrap_or(0) {
            let of_class = results.iter().zip(classes).filter(|(_, of)| **of == class);
            let meanings: BTreeSet<String> = of_class.map(|(results, _)| (draft.export.meaning)(results)).collect();
            for (index, meaning) in meanings.iter().enumerate() {
                let head = if index == 0 { format!("end={class}:") } else { " ".repeat(6) };
                lines.push(format!("  {head} {meaning}"));
            }
        }
    }
    lines.extend(left_out(draft));
    for (cell, image) in draft.images.iter().enumerate() {
        let name = &draft.names[cell];
        if image.high {
            lines.push(format!("{name}: bits 8 to 31 are left out, and those above moved down to them."));
        }
        if image.life {
            lines.push(format!("{name}: bits 24 and above hold the life that a value was written in."));
        }
    }
    lines
}

/// What was left out.
fn left_out(draft: &Draft<'_>) -> Vec<String> {
    if draft.cuts.is_empty() {
        return Vec::new();
    }
    let cuts = draft.cuts.iter().map(|cut| match cut {
        Cut::Cell(cell) => format!("  {}, and what looks at it", draft.names[*cell]),
        Cut::Read { thread, cell, site } => format!("  P{thread}'s READ of {} at {site}", draft.names[*cell]),
    });
    let head = [
        "",
        "Left out, so that herd7 can decide it; P0, P1 … go on as if they had read there what leads to a bad end.",
        "That only allows more executions: since none of these is bad, none of the whole test is.",
    ];
    head.into_iter().map(str::to_owned).chain(cuts).collect()
}

/// The condition that holds of the bad ends.
fn condition(draft: &Draft<'_>) -> String {
    let cubes: Vec<String> = draft.ends.bad.iter().map(|cube| conjunction(cube, draft)).collect();
    if cubes.is_empty() { "false".into() } else { cubes.join(" \\/\n  ") }
}

fn conjunction(cube: &Cube, draft: &Draft<'_>) -> String {
    let mut terms = Vec::new();
    for (thread, classes) in &cube.threads {
        terms.push(alternatives(&format!("{thread}:end"), classes.iter().map(|&class| class as i64).collect()));
    }
    for (&cell, bits) in &cube.cells {
        terms.push(alternatives(&draft.names[cell], images(draft, cell, bits)));
    }
    if terms.is_empty() {
        let all = 1..=draft.ends.classes[0].iter().copied().max().unwrap_or(0);
        terms.push(alternatives("0:end", all.map(|class| class as i64).collect()));
    }
    if terms.len() == 1 { terms.remove(0) } else { format!("({})", terms.join(" /\\ ")) }
}

fn alternatives(location: &str, values: BTreeSet<i64>) -> String {
    let each: Vec<String> = values.iter().map(|value| format!("{location}={value}")).collect();
    if each.len() == 1 { each.concat() } else { format!("({})", each.join(" \\/ ")) }
}

/// The images of these bits, of whatever life, that some write leaves in a cell.
fn images(draft: &Draft<'_>, cell: usize, bits: &BTreeSet<u64>) -> BTreeSet<i64> {
    let listing = draft.export.listing;
    let image: Image = draft.images[cell];
    let operations = listing.runs.iter().flatten().flat_map(|run| &run.operations);
    let written = operations.filter(|operation| operation.cell == Some(cell)).flat_map(|operation| &operation.possible);
    let of_write = written.filter(|datum| bits.contains(&datum.bits)).map(|datum| image.of(*datum));
    let init = listing.init[cell];
    of_write.chain(bits.contains(&init).then(|| image.of_bits(init))).collect()
}
