//! What operations came to, counted one by one.

use std::fmt;

use fencepost_folio::Refusal;

/// What one operation came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The pre-check said that the folio is not worth trying.
    Rejected,
    /// The pre-check said that it is.
    Passed,
    /// The scanner isolated the folio with the driver's operations and put it back.
    Isolated,
    /// The scanner isolated the folio with operations that no driver registered.
    Misidentified,
    /// [`Refusal::NoReference`].
    NoReference,
    /// [`Refusal::NotMovable`].
    NotMovable,
    /// [`Refusal::Locked`].
    Locked,
    /// [`Refusal::Changed`].
    Changed,
    /// The page went back to the buddy allocator.
    Freed,
    /// The slab was given up, and its page did not go back to the buddy allocator.
    Kept,
}

impl Outcome {
    const ALL: [(Self, &str); 10] = [
        (Self::Rejected, "rejected by the pre-check"),
        (Self::Passed, "passed by the pre-check"),
        (Self::Isolated, "isolated and put back"),
        (Self::Misidentified, "misidentified"),
        (Self::NoReference, "refused for want of a reference"),
        (Self::NotMovable, "refused as not movable"),
        (Self::Locked, "refused as locked"),
        (Self::Changed, "refused under the lock"),
        (Self::Freed, "freed"),
        (Self::Kept, "not freed"),
    ];

    fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }
}

impl From<Refusal> for Outcome {
    #[inline(always)]
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::NoReference => Self::NoReference,
            Refusal::NotMovable => Self::NotMovable,
            Refusal::Locked => Self::Locked,
            Refusal::Changed => Self::Changed,
        }
    }
}

/// How many operations came to what.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    counts: [u64; Outcome::ALL.len()],
    wild: u64,
}

impl Tally {
    /// Counts an operation.
    #[inline(always)]
    pub fn count(&mut self, outcome: Outcome) {
        self.add(outcome, 1);
    }

    /// Counts many.
    #[inline(always)]
    pub fn add(&mut self, outcome: Outcome, operations: u64) {
        self.counts[outcome as usize] += operations;
    }

    /// Counts a misidentification and keeps the operations that would have been called.
    #[inline(always)]
    pub fn misidentified(&mut self, operations: u64) {
        self.count(Outcome::Misidentified);
        self.wild = operations;
    }

    /// Whether `operations` operations came to one of `expected`, and nothing else happened.
    ///
    /// # Errors
    /// What was expected and what was seen.
    pub fn verify(&self, expected: &[Outcome], operations: u64) -> Result<(), String> {
        let count = |outcome: Outcome| self.counts[outcome as usize];
        let good: u64 = expected.iter().map(|&outcome| count(outcome)).sum();
        if good == operations && self.counts.iter().sum::<u64>() == operations {
            return Ok(());
        }
        let expected: Vec<_> = expected.iter().map(|outcome| outcome.name()).collect();
        Err(format!("expected {operations} operations to be {}; saw {self}", expected.join(" or ")))
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (outcome, name) in Outcome::ALL {
            match (outcome, self.counts[outcome as usize]) {
                (_, 0) => continue,
                (Outcome::Misidentified, n) => {
                    write!(f, "{separator}{n} {name} (wild movable_operations {:#x})", self.wild)?;
                }
                (_, n) => write!(f, "{separator}{n} {name}")?,
            }
            separator = ", ";
        }
        if separator.is_empty() { f.write_str("nothing") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_stands_at_its_own_place() {
        for (place, (outcome, _)) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, place);
        }
    }

    #[test]
    fn too_few_too_many_and_others_are_all_seen() {
        let mut tally = Tally::default();
        assert_eq!(tally.verify(&[Outcome::Freed], 1).unwrap_err(), "expected 1 operations to be freed; saw nothing");
        tally.count(Outcome::Freed);
        assert_eq!(tally.verify(&[Outcome::Kept, Outcome::Freed], 1), Ok(()));
        assert!(tally.verify(&[Outcome::Freed], 2).is_err());
        assert!(tally.verify(&[Outcome::Freed], 0).is_err());
        tally.misidentified(0x122);
        assert_eq!(
            tally.verify(&[Outcome::Freed], 1).unwrap_err(),
            "expected 1 operations to be freed; saw 1 misidentified (wild movable_operations 0x122), 1 freed"
        );
    }
}
