//! What a branch asks, in C: conditions on registers that hold of what its own runs read and of nothing that others do.

use std::collections::{BTreeMap, BTreeSet};

use fencepost_model::{Datum, Expression, Operation};

use super::image::{C, Image};
use super::tree::{Groups, Obstacle, Place, Thread};

impl Thread<'_> {
    /// For each group of runs what holds of the registers in them and not in the others.
    pub(super) fn conditions(&self, value: &Expression, groups: &Groups, place: &Place) -> Result<Vec<C>, Obstacle> {
        let some = groups.values().next().map_or(0, |runs| runs[0]);
        let cell = self.cell_of(some, value.reads())?;
        let image = self.images[cell];
        for (&number, unless) in &place.unless {
            if value.reads() >> number & 1 == 1 {
                let tested = Expression::Join(
                    fencepost_model::Operator::Equal,
                    Box::new(Expression::Read(number)),
                    Box::new(Expression::Constant(*unless)),
                );
                if *value != tested {
                    return Err(Obstacle::OldValue(self.site_of(some, number)));
                }
                let operator = |&bits: &u64| if bits == 1 { "==" } else { "!=" };
                let whether = |bits| C::join(operator(bits), C::Register(number), C::Number(0));
                return Ok(groups.keys().map(whether).collect());
            }
        }
        if let Some(c) = C::of(value, image) {
            let whether = |&bits: &u64| match &c {
                C::Join("==", a, b) if bits == 0 => C::Join("!=", a.clone(), b.clone()),
                C::Join("==", ..) => c.clone(),
                _ => C::join("==", c.clone(), C::Number(image.of_bits(bits))),
            };
            let conditions: Vec<C> = groups.keys().map(whether).collect();
            if self.hold(value, groups, &conditions, image)? {
                return Ok(conditions);
            }
        }
        self.enumerated(value, groups, cell, image)
    }

    /// Whether each condition holds of what its own runs read, and no other does.
    fn hold(&self, value: &Expression, groups: &Groups, conditions: &[C], image: Image) -> Result<bool, Obstacle> {
        for (place, (&bits, runs)) in groups.iter().enumerate() {
            for &run in runs {
                for assignment in self.assignments(run, value.reads())? {
                    let read = |number| assignment[&number];
                    if value.value(&read).bits != bits {
                        continue;
                    }
                    let register = |number| image.of(read(number));
                    let right = |(other, c): (usize, &C)| (c.value(&register) != 0) == (other == place);
                    if !conditions.iter().enumerate().all(right) {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Conditions that list the values of the one read.
    fn enumerated(&self, value: &Expression, groups: &Groups, cell: usize, image: Image) -> Result<Vec<C>, Obstacle> {
        let number = value.reads().trailing_zeros() as u8;
        if value.reads().count_ones() != 1 {
            return Err(Obstacle::Never("a condition on several reads cannot be computed in 32 bits".into()));
        }
        let data: Vec<BTreeSet<Datum>> = groups
            .values()
            .map(|runs| {
                runs.iter().flat_map(|&run| self.runs[run].domains[usize::from(number)].iter().copied()).collect()
            })
            .collect();
        for (place, mine) in data.iter().enumerate() {
            for other in data[..place].iter().flatten() {
                if let Some(same) = mine.iter().find(|datum| image.of(**datum) == image.of(*other)) {
                    return Err(Obstacle::Image { cell, life: same.bits == other.bits });
                }
            }
        }
        let is_one_of = |data: BTreeSet<Datum>| {
            let values: BTreeSet<i64> = data.into_iter().map(|datum| image.of(datum)).collect();
            let is = values.into_iter().map(|value| C::join("==", C::Register(number), C::Number(value)));
            is.reduce(|a, b| C::join("|", a, b)).unwrap_or(C::Number(0))
        };
        Ok(data.into_iter().map(is_one_of).collect())
    }

    /// What these reads can return together, as far as one run's domains say.
    fn assignments(&self, run: usize, reads: u64) -> Result<Vec<BTreeMap<u8, Datum>>, Obstacle> {
        let mut all = vec![BTreeMap::new()];
        for number in (0..64u8).filter(|number| reads >> number & 1 == 1) {
            let domain = &self.runs[run].domains[usize::from(number)];
            if all.len() * domain.len() > 100_000 {
                return Err(Obstacle::Never("a value is computed from too many others".into()));
            }
            let with = |partial: &BTreeMap<u8, Datum>, &datum: &Datum| {
                let mut next = partial.clone();
                next.insert(number, datum);
                next
            };
            all = all.iter().flat_map(|partial| domain.iter().map(move |datum| with(partial, datum))).collect();
        }
        Ok(all)
    }

    /// The one cell, or one of several with the same image, that these reads are of.
    fn cell_of(&self, run: usize, reads: u64) -> Result<usize, Obstacle> {
        let of_read = |operation: &&Operation| operation.read.is_some_and(|number| reads >> number & 1 == 1);
        let mut cells = self.runs[run].operations.iter().filter(of_read).filter_map(|operation| operation.cell);
        let first = cells.next().ok_or_else(|| Obstacle::Never("a branch depends on no read".into()))?;
        if cells.any(|cell| self.images[cell] != self.images[first]) {
            return Err(Obstacle::Never("one value is computed from cells with different images".into()));
        }
        Ok(first)
    }
}
