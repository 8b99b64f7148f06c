//! Cycles from text.

use std::fmt;
use std::ops::Range;

use super::catalogue::catalogue;
use super::edge::{Annotation, Catalogue, Dependency, Dir, Edge, End, Fence, Link, Part, Rmw, Section};
use super::{Cycle, Dialect};

/// Why a text is no cycle, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CycleError {
    column: usize,
    message: String,
}

impl CycleError {
    pub(super) fn new(column: usize, message: impl Into<String>) -> CycleError {
        CycleError { column, message: message.into() }
    }

    /// The place in the text, in characters, from 1.
    pub fn column(&self) -> usize {
        self.column
    }
}

impl fmt::Display for CycleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)
    }
}

impl std::error::Error for CycleError {}

/// What an edge's name begins with.
#[derive(Clone, Copy)]
enum Stem {
    Communication(Link, Dir, Dir, bool),
    Order,
    Fence(&'static Fence),
    Depends(&'static Dependency),
    Rmw(&'static Rmw),
    Section(Section),
}

/// The stems of a dialect, each with what it stands for.
fn stems(catalogue: &'static Catalogue) -> Vec<(String, Stem)> {
    let mut all = vec![("Po".to_owned(), Stem::Order)];
    let communications = [
        ("Rf", Link::ReadsFrom, Dir::Write, Dir::Read),
        ("Fr", Link::FromRead, Dir::Read, Dir::Write),
        ("Co", Link::Coherence, Dir::Write, Dir::Write),
    ];
    for (name, link, source, target) in communications {
        all.push((format!("{name}e"), Stem::Communication(link, source, target, true)));
        all.push((format!("{name}i"), Stem::Communication(link, source, target, false)));
    }
    all.extend(catalogue.fences.iter().map(|fence| (fence.name.to_owned(), Stem::Fence(fence))));
    all.extend(catalogue.dependencies.iter().map(|d| (format!("Dp{}", d.name), Stem::Depends(d))));
    all.extend(catalogue.rmws.iter().map(|rmw| (rmw.name.to_owned(), Stem::Rmw(rmw))));
    all.extend(catalogue.sections.iter().map(|&(name, section)| (name.to_owned(), Stem::Section(section))));
    all
}

pub(super) fn parse(dialect: Dialect, text: &str) -> Result<Cycle, CycleError> {
    let catalogue = catalogue(dialect);
    let stems = stems(catalogue);
    let mut edges = Vec::new();
    for (column, word) in words(text) {
        let edge = Word { dialect, catalogue, text: word, column }.edge(&stems)?;
        edges.push(edge);
    }
    check(dialect, &edges, text)?;
    let starts = edges.iter().position(|edge| edge.external).map_or(0, |first| first + 1);
    if edges.last().is_some_and(|last| !last.external) {
        edges.rotate_left(starts);
    }
    Ok(Cycle { dialect, edges, text: text.split_whitespace().collect::<Vec<_>>().join(" ") })
}

/// The words of a text with the columns where they begin.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut start = None;
    for (column, (at, c)) in text.char_indices().chain([(text.len(), ' ')]).enumerate() {
        match (c.is_whitespace(), start) {
            (false, None) => start = Some((column + 1, at)),
            (true, Some((column, from))) => {
                found.push((column, &text[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// One word of the text.
struct Word<'t> {
    dialect: Dialect,
    catalogue: &'static Catalogue,
    text: &'t str,
    column: usize,
}

impl Word<'_> {
    /// An error at the place where `rest`, the end of the word, begins.
    fn error(&self, rest: &str, message: impl fmt::Display) -> CycleError {
        let read = self.text.chars().count() - rest.chars().count();
        let found = if rest.is_empty() { "the edge ends".to_owned() } else { format!("`{rest}` stands") };
        CycleError::new(self.column + read, format!("{found} in `{}` where {message}", self.text))
    }

    fn edge(&self, stems: &[(String, Stem)]) -> Result<Edge, CycleError> {
        let fitting = stems.iter().filter_map(|(name, stem)| Some((name, stem, self.text.strip_prefix(&**name)?)));
        let Some((_, &stem, rest)) = fitting.max_by_key(|(name, ..)| name.len()) else {
            let mut known: Vec<_> = stems.iter().map(|(name, _)| &**name).collect();
            known.sort_unstable();
            return Err(CycleError::new(
                self.column,
                format!("`{}` is no edge of {}, whose edges begin with {}", self.text, self.dialect, known.join(", ")),
            ));
        };
        let (link, same, source, target, external, rest) = match stem {
            Stem::Communication(link, source, target, external) => (link, true, source, target, external, rest),
            Stem::Rmw(rmw) => (Link::Rmw(rmw), true, Dir::Read, Dir::Write, false, rest),
            Stem::Depends(dependency) => {
                let (same, rest) = self.same(rest)?;
                let (target, rest) = self.dir(rest)?;
                if dependency.on == Part::Data && target == Dir::Read {
                    let message = "W must stand: only a write has data that can depend on a read";
                    return Err(self.error(&self.text[self.text.len() - rest.len() - 1..], message));
                }
                (Link::Depends(dependency), same, Dir::Read, target, false, rest)
            }
            Stem::Order | Stem::Fence(_) | Stem::Section(_) => {
                let link = match stem {
                    Stem::Fence(fence) => Link::Fence(fence),
                    Stem::Section(section) => Link::Section(section),
                    _ => Link::Order,
                };
                let (same, rest) = self.same(rest)?;
                let (source, rest) = self.dir(rest)?;
                let (target, rest) = self.dir(rest)?;
                (link, same, source, target, false, rest)
            }
        };
        let (a, b) = self.annotations(rest)?;
        Ok(Edge {
            link,
            source: End { dir: source, annotation: a },
            target: End { dir: target, annotation: b },
            external,
            same,
            span: self.column..self.column + self.text.chars().count(),
        })
    }

    fn same<'r>(&self, rest: &'r str) -> Result<(bool, &'r str), CycleError> {
        match rest.strip_prefix('s') {
            Some(rest) => Ok((true, rest)),
            None => match rest.strip_prefix('d') {
                Some(rest) => Ok((false, rest)),
                None => Err(self.error(rest, "s (same location) or d (different locations) must stand")),
            },
        }
    }

    fn dir<'r>(&self, rest: &'r str) -> Result<(Dir, &'r str), CycleError> {
        match rest.strip_prefix('R') {
            Some(rest) => Ok((Dir::Read, rest)),
            None => match rest.strip_prefix('W') {
                Some(rest) => Ok((Dir::Write, rest)),
                None => Err(self.error(rest, "R (read) or W (write) must stand")),
            },
        }
    }

    /// The annotations of both ends.
    fn annotations(&self, rest: &str) -> Result<(&'static Annotation, &'static Annotation), CycleError> {
        let known = self.catalogue.annotations;
        if rest.is_empty() {
            return Ok((&known[0], &known[0]));
        }
        let second = |rest: &str| known.iter().find(|b| b.name == rest);
        let pair = known.iter().find_map(|a| Some((a, second(rest.strip_prefix(a.name)?)?)));
        pair.ok_or_else(|| {
            let names: Vec<_> = known.iter().map(|annotation| annotation.name).collect();
            self.error(rest, format!("nothing, or one annotation for each end, must stand: of {}", names.join(", ")))
        })
    }
}

/// Whether the edges make a cycle.
fn check(dialect: Dialect, edges: &[Edge], text: &str) -> Result<(), CycleError> {
    let word = |edge: &Edge| -> String {
        let Range { start, end } = edge.span;
        text.chars().skip(start - 1).take(end - start).collect()
    };
    let Some(last) = edges.last() else {
        return Err(CycleError::new(1, "there is no edge at all"));
    };
    for (before, edge) in [last].into_iter().chain(edges).zip(edges) {
        let fail = |message: String| Err(CycleError::new(edge.span.start, message));
        let (comes, goes) = (before.target, edge.source);
        let (first, second) = (word(before), word(edge));
        if comes.dir != goes.dir {
            let (a, b) = (comes.dir.noun(), goes.dir.noun());
            return fail(format!("`{second}` begins with a {b}, but `{first}` before it ends with a {a}"));
        }
        let (a, b) = (comes.annotation.name, goes.annotation.name);
        if a != b {
            return fail(format!(
                "`{second}` begins with an access that is {b}, but `{first}` before it ends with {a}"
            ));
        }
        let half = matches!(edge.link, Link::Rmw(_)) || matches!(before.link, Link::Rmw(_));
        if !goes.annotation.on.suits(goes.dir, half) {
            let noun = if half { "half of a read-modify-write" } else { goes.dir.noun() };
            return fail(format!("annotation {b} does not suit the {noun} that `{second}` begins with"));
        }
        if let Link::Rmw(rmw) = edge.link {
            let (read, write) = (edge.source.annotation.name, edge.target.annotation.name);
            if !rmw.orders.iter().any(|&(a, b, _)| (a, b) == (read, write)) {
                return fail(format!("{dialect} has no {} that reads {read} and writes {write}", rmw.name));
            }
        }
    }
    if edges.iter().filter(|edge| edge.external).count() < 2 {
        let message = "the cycle needs two edges between threads (Rfe, Fre, Coe) at least";
        return Err(CycleError::new(1, message));
    }
    if edges.iter().all(|edge| edge.communicates() || matches!(edge.link, Link::Rmw(_))) {
        return Err(CycleError::new(1, "the cycle needs an edge of program order (such as PodWW) at least"));
    }
    let changes: Vec<_> = edges.iter().filter(|edge| !edge.same).collect();
    if let [change] = changes[..] {
        let message = format!("`{}` leaves its location, and no other edge comes back to it", word(change));
        return Err(CycleError::new(change.span.start, message));
    }
    Ok(())
}
