//! Names that mean nothing here.

use std::fmt;

use fencepost_strategies::{Id, find, ids};

/// A name that means nothing here. Shown as one sentence that lists the names that do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    what: &'static str,
    name: String,
    known: Vec<String>,
}

impl UnknownName {
    /// There is no `what` of this name; there are the `known` ones, of which each is listed once.
    pub fn new(what: &'static str, name: &str, known: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut list: Vec<String> = Vec::new();
        for name in known.into_iter().map(Into::into) {
            if !list.contains(&name) {
                list.push(name);
            }
        }
        Self { what, name: name.into(), known: list }
    }
}

/// The strategies that a pattern names; see [`find`].
///
/// # Errors
/// If there are none: that there is no such strategy, or that it is not there in the layout that was named.
pub fn strategies(pattern: &str) -> Result<Vec<Id>, UnknownName> {
    let found = find(pattern);
    if !found.is_empty() {
        return Ok(found);
    }
    let named = pattern.split_once('@').map(|(name, layout)| (find(name), layout));
    Err(match named {
        Some((there, layout)) if !there.is_empty() => {
            UnknownName::new("layout", layout, there.iter().map(|id| id.layout.name()))
        }
        _ => UnknownName::new("strategy", pattern, ids().iter().map(Id::name)),
    })
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} `{}`; there are {}", self.what, self.name, self.known.join(", "))
    }
}

impl std::error::Error for UnknownName {}
