//! The catalogue of strategies.
//!
//! Each family is a crate of its own, in the folders beside this one:
//!
//! 1. `empty`: does nothing; what the harness costs.
//! 2. `unordered`: the code before the fix. Every check must catch it.
//! 3. `fence`: write barriers on the slab side, read barriers on the scanner's.
//! 4. `frozen`: slabs keep reference count 0, and a scanner gets no reference.
//! 5. `typed`: what is movable is a page type that stays until the page is freed; slabs are frozen.
//! 6. `seqlock`: a sequence count around every change of the marks.
//! 7. `flagword`: every mark in one atomic word.
//!
//! A strategy is a type. Whoever wants to do something with each of them is a [`Visitor`]; the list below is
//! the only place that names them all.
//!
//! # Example
//!
//! ```
//! use fencepost_strategies::{Id, find, ids};
//!
//! assert!(ids().iter().any(|id| id.to_string() == "fence/rfc1 (split)"));
//! assert_eq!(find("fence/rfc1").len(), 2); // both layouts
//! assert!(find("fence/rfc9").is_empty());
//! ```

#![forbid(unsafe_code)]

use std::fmt;

use fencepost_empty::Empty;
use fencepost_fence::{Acquire, Rfc1, Rfc1Rmb, Rfc2};
use fencepost_flagword::{Beside, Inside};
use fencepost_folio::{Claim, LayoutName, Shared, Split, Strategy};
use fencepost_frozen::Frozen;
use fencepost_seqlock::Seqlock;
use fencepost_typed::Typed;
use fencepost_unordered::Unordered;

/// Something to be done with a strategy, whichever it is.
pub trait Visitor {
    /// What comes of it.
    type Output;
    /// Does it.
    fn visit<S: Strategy>(&mut self) -> Self::Output;
}

/// Visits every strategy listed, in order, and names it.
macro_rules! catalogue {
    ($($strategy:ty),* $(,)?) => {
        /// Visits every strategy in every layout that it has, in the catalogue's order.
        pub fn each<V: Visitor>(visitor: &mut V) -> Vec<(Id, V::Output)> {
            vec![$((Id::of::<$strategy>(), visitor.visit::<$strategy>())),*]
        }

        /// Visits one strategy; `None` if there is none of this name.
        pub fn visit<V: Visitor>(id: Id, visitor: &mut V) -> Option<V::Output> {
            $(if id == Id::of::<$strategy>() {
                return Some(visitor.visit::<$strategy>());
            })*
            None
        }
    };
}

catalogue![
    Empty,
    Unordered<Shared>,
    Unordered<Split>,
    Rfc1<Shared>,
    Rfc1<Split>,
    Rfc1Rmb<Shared>,
    Rfc1Rmb<Split>,
    Rfc2<Shared>,
    Rfc2<Split>,
    Acquire<Shared, false>,
    Acquire<Split, false>,
    Acquire<Shared, true>,
    Acquire<Split, true>,
    Frozen<Shared, false, false>,
    Frozen<Split, false, false>,
    Frozen<Shared, true, false>,
    Frozen<Split, true, false>,
    Frozen<Shared, false, true>,
    Frozen<Split, false, true>,
    Frozen<Shared, true, true>,
    Frozen<Split, true, true>,
    Typed<false>,
    Typed<true>,
    Seqlock<Shared, false, 1>,
    Seqlock<Split, false, 1>,
    Seqlock<Shared, true, 1>,
    Seqlock<Split, true, 1>,
    Seqlock<Shared, false, 2>,
    Seqlock<Split, false, 2>,
    Seqlock<Shared, true, 2>,
    Seqlock<Split, true, 2>,
    Beside,
    Inside,
];

/// A strategy's name: family, variant and layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    /// The family: the crate that it lives in.
    pub family: &'static str,
    /// The variant within the family.
    pub variant: &'static str,
    /// Where its slab mark lies.
    pub layout: LayoutName,
}

impl Id {
    /// A strategy's own name.
    pub const fn of<S: Strategy>() -> Self {
        Self { family: S::FAMILY, variant: S::VARIANT, layout: S::LAYOUT }
    }

    /// The name without the layout, as on the command line: `fence/rfc1`, or `empty` where a family is one.
    pub fn name(&self) -> String {
        if self.family == self.variant { self.family.into() } else { format!("{}/{}", self.family, self.variant) }
    }

    /// Whether both are variants of one family in one layout.
    pub fn is_akin_to(self, other: Self) -> bool {
        (self.family, self.layout) == (other.family, other.layout)
    }

    /// What the strategy claims.
    pub fn claim(self) -> Option<Claim> {
        struct Claims;
        impl Visitor for Claims {
            type Output = Claim;
            fn visit<S: Strategy>(&mut self) -> Claim {
                S::CLAIM
            }
        }
        visit(self, &mut Claims)
    }
}

/// The name with the layout, where there is a choice of one.
impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layout {
            LayoutName::Own => f.write_str(&self.name()),
            layout => write!(f, "{} ({})", self.name(), layout.name()),
        }
    }
}

/// Every strategy's name, in the catalogue's order.
pub fn ids() -> Vec<Id> {
    struct Nothing;
    impl Visitor for Nothing {
        type Output = ();
        fn visit<S: Strategy>(&mut self) {}
    }
    each(&mut Nothing).into_iter().map(|(id, ())| id).collect()
}

/// The strategies that `pattern` names: a family, a family and variant (`fence/rfc1`), or either with a layout
/// (`fence@split`, `fence/rfc1@split`, `fence/rfc1 (split)`).
pub fn find(pattern: &str) -> Vec<Id> {
    let named = |id: &Id| {
        pattern == id.family
            || pattern == id.name()
            || pattern == id.to_string()
            || pattern
                .split_once('@')
                .is_some_and(|(name, layout)| [id.family, &id.name()].contains(&name) && layout == id.layout.name())
    };
    ids().into_iter().filter(named).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_name_is_used_once_and_found_again() {
        let ids = ids();
        assert_eq!(ids.iter().map(Id::to_string).collect::<HashSet<_>>().len(), ids.len());
        for id in ids {
            assert_eq!(find(&id.to_string()), [id]);
            assert!(find(id.family).contains(&id));
            assert!(id.claim().is_some());
        }
    }
}
