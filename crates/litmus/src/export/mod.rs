//! Writing a program down as a litmus test.
//!
//! A program exists only as Rust code, of which the engine has every run of every thread. [`Export::whole`] puts the runs
//! of a thread together again as one function of C in the kernel's dialect, with a branch where the source branched
//! (`tree`), drops what no end can show (`trim`), and says which ends are bad (`ends`). The text is read back by
//! [`parse`](crate::parse), and by herd7.
//!
//! What is left out, because it changes no answer: ways that no execution goes in which each cell alone is sequentially
//! consistent, and executions in which a thread waits for ever. A thread that ends sets `end`; one that waits, or
//! goes a way that is left out, does not, and the `filter` drops it.

mod apart;
mod attempt;
mod condition;
mod ends;
mod image;
mod lighten;
mod operation;
mod print;
mod tree;
mod trim;

use std::collections::{BTreeMap, BTreeSet};

use fencepost_model::Listing;

use crate::parts::Part;
pub use apart::Apart;
pub use ends::Bad;
use ends::Ends;
use image::Image;
use lighten::Cut;
use tree::{Obstacle, Statement, Thread};

/// A program to be written down.
pub struct Export<'e> {
    /// The test's name.
    pub name: &'e str,
    /// What stands in the comment at its head, before what the exporter says itself.
    pub comment: &'e str,
    /// The program.
    pub listing: &'e Listing,
    /// Which ends are bad.
    pub bad: Bad<'e>,
    /// What a thread's results mean.
    pub meaning: &'e dyn Fn(&[u64]) -> String,
}

/// A program as it is written down: everything that is printed.
pub struct Draft<'e> {
    export: &'e Export<'e>,
    ends: Ends,
    /// By thread.
    functions: Vec<Vec<Statement>>,
    /// By cell.
    images: Vec<Image>,
    names: Vec<String>,
    /// What was left out, since the verdict does not rest on it.
    cuts: Vec<Cut>,
}

impl Draft<'_> {
    /// The test.
    pub fn text(&self) -> String {
        self.with_comment(self.export.comment)
    }

    /// The test, with a comment of its own.
    pub fn with_comment(&self, comment: &str) -> String {
        print::text(self, &Heading { name: self.export.name, comment, part: None })
    }

    /// A part of the test, with a name and a comment of its own.
    pub fn part(&self, name: &str, comment: &str, part: &Part) -> String {
        print::text(self, &Heading { name, comment, part: Some(part) })
    }

    /// About how many candidate executions herd7 has to sort out to decide the test.
    pub fn candidates(&self) -> f64 {
        lighten::candidates(&self.functions)
    }
}

/// What differs between a test and its parts.
struct Heading<'h> {
    name: &'h str,
    comment: &'h str,
    part: Option<&'h Part>,
}

impl Export<'_> {
    /// Whether some combination of runs that go together ends badly, so that there is something to ask.
    ///
    /// # Errors
    /// The bound that was hit.
    pub fn asks(&self) -> Result<bool, String> {
        Ok(!Ends::of(self.listing, self.bad)?.bad.is_empty())
    }

    /// A listing of one run of each thread, with its writes told apart: what it allows, the listing allows.
    ///
    /// # Errors
    /// That a thread has several runs, or the bound that was hit.
    pub fn told_apart(&self, by: Apart) -> Result<Listing, String> {
        if self.listing.runs.iter().any(|runs| runs.len() != 1) {
            return Err("only in one run of each thread can writes be told apart".into());
        }
        let asked = Ends::of(self.listing, self.bad)?.cells();
        Ok(apart::told_apart(self.listing, by, |cell| asked.contains(&cell)))
    }

    /// The test, in the kernel's dialect. Where it asks nothing, its condition is `false`.
    ///
    /// # Errors
    /// What in the program the dialect has no word for, or cannot be computed with the 32 bits that herd's C has.
    pub fn whole(&self) -> Result<Draft<'_>, String> {
        let ends = Ends::of(self.listing, self.bad)?;
        let names = names(&self.listing.names);
        let mut images = vec![Image::default(); names.len()];
        let mut by_value = BTreeSet::new();
        // Each turn resolves one more obstacle for one more cell or site.
        let mut functions = loop {
            match self.functions(&ends, &names, &images, &by_value) {
                Ok(functions) => break functions,
                Err(Obstacle::Never(why)) => return Err(why),
                Err(Obstacle::OldValue(site)) => {
                    if !by_value.insert(site) {
                        return Err(
                            "the old value of a conditional operation is asked for in a way that is not known".into()
                        );
                    }
                }
                Err(Obstacle::Image { cell, life }) => {
                    let image = &mut images[cell];
                    let before = *image;
                    if life {
                        image.life = true;
                    } else {
                        image.high = true;
                    }
                    if *image == before {
                        return Err(format!("values of {} cannot be told apart in 32 bits", names[cell]));
                    }
                }
            }
        };
        if !ends.bad.is_empty() {
            trim::trim(&mut functions, &ends);
        }
        Ok(Draft { export: self, ends, functions, images, names, cuts: Vec::new() })
    }

    /// The test, without what the verdict does not rest on where the whole is too much for herd7. No bad end may be
    /// allowed; `holds` says whether there is none in such a smaller test, either. Then there is none in the whole.
    ///
    /// # Errors
    /// As those of [`Export::whole`].
    pub fn lightened(&self, holds: &dyn Fn(&str) -> bool) -> Result<Draft<'_>, String> {
        let mut draft = self.whole()?;
        draft.names.extend((1..=lighten::CHOICES).map(|number| format!("either_{number}")));
        draft.images.resize(draft.names.len(), Image::default());
        let (ends, names, whole) = (draft.ends.clone(), draft.names.clone(), draft.functions.clone());
        let trim = |functions: &mut Vec<Vec<Statement>>| trim::trim(functions, &ends);
        let mut holds = |functions: &Vec<Vec<Statement>>, cuts: &[Cut]| {
            (draft.functions, draft.cuts) = (functions.clone(), cuts.to_vec());
            holds(&draft.text())
        };
        let is_harmless = |thread, class| !ends.can_be_bad(thread, class);
        let lightened = lighten::lighten(&whole, &names, &ends.cells(), &trim, &is_harmless, &mut holds);
        (draft.functions, draft.cuts) = lightened;
        Ok(draft)
    }

    fn functions(
        &self,
        ends: &Ends,
        names: &[String],
        images: &[Image],
        by_value: &BTreeSet<String>,
    ) -> Result<Vec<Vec<Statement>>, Obstacle> {
        let function = |(thread, runs): (usize, &Vec<fencepost_model::Run>)| {
            let classes: Vec<usize> = runs.iter().map(|run| ends.class(thread, &run.results)).collect();
            Thread { runs, classes: &classes, images, names, by_value }.function()
        };
        self.listing.runs.iter().enumerate().map(function).collect()
    }
}

/// Names of C for the cells, each once.
fn names(cells: &[String]) -> Vec<String> {
    let mut used: BTreeMap<String, usize> = BTreeMap::new();
    let mut name = |cell: &String| {
        let mut name = String::new();
        for c in cell.chars() {
            match c {
                c if c.is_ascii_alphanumeric() => name.push(c),
                _ if !name.is_empty() && !name.ends_with('_') => name.push('_'),
                _ => {}
            }
        }
        let count = used.entry(name.clone()).or_default();
        *count += 1;
        if *count > 1 { format!("{name}_{count}") } else { name }
    };
    cells.iter().map(&mut name).collect()
}
