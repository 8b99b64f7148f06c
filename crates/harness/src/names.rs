//! Names that mean nothing here.

use std::fmt;

/// A name that means nothing here. Shown as one sentence that lists the names that do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    what: &'static str,
    name: String,
    known: Vec<String>,
}

impl UnknownName {
    /// There is no `what` of this name; there are the `known` ones, of which each is listed once.
    pub(crate) fn new(what: &'static str, name: &str, known: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let mut list: Vec<String> = Vec::new();
        for name in known.into_iter().map(Into::into) {
            if !list.contains(&name) {
                list.push(name);
            }
        }
        Self { what, name: name.into(), known: list }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no {} `{}`; there are {}", self.what, self.name, self.known.join(", "))
    }
}

impl std::error::Error for UnknownName {}
