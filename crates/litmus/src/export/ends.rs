//! Which ends of a program are bad, as a condition on what each thread says at its end and on the final memory.
//!
//! The predicate is asked about the ends of every combination of runs that can go together, with every final memory that
//! their last writes can leave. Results of a thread that it never has to tell apart are one class, so that the thread says
//! no more at its end than the condition needs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use fencepost_model::{Datum, Listing, Outcome, State};

/// The most final memories of one combination of results that are looked at.
const MAX_MEMORIES: usize = 20_000;

/// What is asked of an end: bad, by the predicate.
pub type Bad<'b> = &'b dyn Fn(&State<'_>) -> bool;

/// The ends of a program, divided into good and bad ones.
#[derive(Clone)]
pub(super) struct Ends {
    /// By thread: its different results, in order.
    pub results: Vec<Vec<Vec<u64>>>,
    /// By thread and result: its class, from 1.
    pub classes: Vec<Vec<usize>>,
    /// What is bad: any of these.
    pub bad: Vec<Cube>,
}

/// A conjunction: by thread, the classes that it ends with; by cell, the bits that it holds at the end. A thread or cell
/// that does not count is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cube {
    pub threads: BTreeMap<usize, BTreeSet<usize>>,
    pub cells: BTreeMap<usize, BTreeSet<u64>>,
}

/// An end, as far as the predicate looked at it: by thread its result, or the class of that; some cells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct End {
    threads: Vec<usize>,
    cells: Vec<(usize, u64)>,
}

impl End {
    /// Whether one execution can end as both, as far as memory goes.
    fn meets(&self, other: &End) -> bool {
        self.cells.iter().all(|(cell, bits)| other.cells.iter().all(|(c, b)| c != cell || b == bits))
    }
}

impl Ends {
    /// An error says which bound was hit.
    pub fn of(listing: &Listing, bad: Bad<'_>) -> Result<Ends, String> {
        let results: Vec<Vec<Vec<u64>>> = listing
            .runs
            .iter()
            .map(|runs| runs.iter().map(|run| run.results.clone()).collect::<BTreeSet<_>>().into_iter().collect())
            .collect();
        let (mut bad_ends, mut good_ends) = (HashSet::new(), HashSet::new());
        for (threads, memories) in combinations(listing, &results) {
            let of_thread = threads.iter().enumerate().map(|(thread, &result)| results[thread][result].clone());
            let outcome = Outcome { results: of_thread.collect(), memory: listing.init.clone() };
            for (cells, is_bad) in judged(outcome, &memories, bad)? {
                let ends = if is_bad { &mut bad_ends } else { &mut good_ends };
                ends.insert(End { threads: threads.clone(), cells });
            }
        }
        let mut classes = Vec::new();
        for (thread, results) in results.iter().enumerate() {
            let of_thread = merged(thread, results.len(), &bad_ends, &good_ends);
            for ends in [&mut bad_ends, &mut good_ends] {
                *ends = ends
                    .drain()
                    .map(|mut end| {
                        end.threads[thread] = of_thread[end.threads[thread]];
                        end
                    })
                    .collect();
            }
            classes.push(of_thread);
        }
        let bad = cubes(&sorted(bad_ends), &sorted(good_ends));
        let mut ends = Ends { results, classes, bad };
        (0..ends.classes.len()).for_each(|thread| ends.merge(thread));
        Ok(ends)
    }

    /// Makes one class of those that the condition does not tell apart.
    fn merge(&mut self, thread: usize) {
        let holds = |class: usize| -> Vec<bool> {
            self.bad
                .iter()
                .map(|cube| cube.threads.get(&thread).is_none_or(|classes| classes.contains(&class)))
                .collect()
        };
        let mut kinds: Vec<Vec<bool>> = Vec::new();
        let mut renamed = BTreeMap::new();
        for &class in &self.classes[thread] {
            let kind = holds(class);
            let place = kinds.iter().position(|known| *known == kind).unwrap_or(kinds.len());
            if place == kinds.len() {
                kinds.push(kind);
            }
            renamed.insert(class, place + 1);
        }
        self.classes[thread].iter_mut().for_each(|class| *class = renamed[class]);
        for classes in self.bad.iter_mut().filter_map(|cube| cube.threads.get_mut(&thread)) {
            *classes = classes.iter().map(|class| renamed[class]).collect();
        }
    }

    /// The class of a thread that ends with these results.
    pub fn class(&self, thread: usize, results: &[u64]) -> usize {
        let place = self.results[thread].iter().position(|known| known == results);
        self.classes[thread][place.expect("every run's results are listed")]
    }

    /// Whether some bad end has a thread end in this class.
    pub fn can_be_bad(&self, thread: usize, class: usize) -> bool {
        self.bad.iter().any(|cube| cube.threads.get(&thread).is_none_or(|classes| classes.contains(&class)))
    }

    /// The cells whose final value counts.
    pub fn cells(&self) -> BTreeSet<usize> {
        self.bad.iter().flat_map(|cube| cube.cells.keys().copied()).collect()
    }
}

/// By cell: what it may hold at the end.
type Memories = Vec<BTreeSet<u64>>;

/// By thread, the place of its result among the different ones: the combinations that go together, with what memory can
/// then hold.
fn combinations(listing: &Listing, results: &[Vec<Vec<u64>>]) -> BTreeMap<Vec<usize>, Memories> {
    let place = |thread: usize, run: usize| {
        results[thread].binary_search(&listing.runs[thread][run].results).expect("every run's results are listed")
    };
    let last: Vec<Vec<BTreeMap<usize, &[Datum]>>> =
        listing.runs.iter().map(|runs| runs.iter().map(last_writes).collect()).collect();
    let mut all: BTreeMap<Vec<usize>, Memories> = BTreeMap::new();
    if listing.together.is_empty() {
        let initial: Memories = listing.init.iter().map(|&bits| BTreeSet::from([bits])).collect();
        let mut threads: Vec<Vec<usize>> = vec![Vec::new()];
        for results in results {
            let with = |known: &Vec<usize>, result| [known.as_slice(), &[result]].concat();
            threads =
                threads.iter().flat_map(|known| (0..results.len()).map(move |result| with(known, result))).collect();
        }
        return threads.into_iter().map(|threads| (threads, initial.clone())).collect();
    }
    for combination in &listing.together {
        let threads = combination.iter().enumerate().map(|(thread, &run)| place(thread, run)).collect();
        let memories = all.entry(threads).or_insert_with(|| vec![BTreeSet::new(); listing.init.len()]);
        for (cell, values) in memories.iter_mut().enumerate() {
            let writes: Vec<&Datum> = combination
                .iter()
                .enumerate()
                .filter_map(|(thread, &run)| last[thread][run].get(&cell))
                .flat_map(|values| values.iter())
                .collect();
            if writes.is_empty() {
                values.insert(listing.init[cell]);
            }
            values.extend(writes.iter().map(|datum| datum.bits));
        }
    }
    all
}

fn last_writes(run: &fencepost_model::Run) -> BTreeMap<usize, &[Datum]> {
    let writes = run.operations.iter().filter(|operation| operation.written.is_some());
    writes.filter_map(|operation| Some((operation.cell?, operation.possible.as_slice()))).collect()
}

/// A look at some cells, and whether what they hold is bad.
type Judged = (Vec<(usize, u64)>, bool);

/// What the predicate says of these results, for every final memory that it tells apart.
fn judged(mut outcome: Outcome, memories: &Memories, bad: Bad<'_>) -> Result<Vec<Judged>, String> {
    let memories: Vec<Vec<u64>> = memories.iter().map(|values| values.iter().copied().collect()).collect();
    outcome.memory = memories.iter().map(|values| values[0]).collect();
    let mut all = Vec::new();
    // The cells that were looked at so far, each with the place of its value among the possible ones.
    let mut choices: Vec<(usize, usize)> = Vec::new();
    loop {
        let state = State::new(&outcome);
        let is_bad = bad(&state);
        for cell in state.consulted() {
            if choices.iter().all(|&(known, _)| known != cell) {
                choices.push((cell, 0));
            }
        }
        all.push((choices.iter().map(|&(cell, _)| (cell, outcome.memory[cell])).collect(), is_bad));
        if all.len() > MAX_MEMORIES {
            return Err(format!("more than {MAX_MEMORIES} final memories count"));
        }
        loop {
            let Some((cell, place)) = choices.pop() else { return Ok(all) };
            let next = (place + 1) % memories[cell].len();
            outcome.memory[cell] = memories[cell][next];
            if next > 0 {
                choices.push((cell, next));
                break;
            }
        }
    }
}

/// By result of a thread: its class. Two results are of one class if no bad end with the one differs from a good end
/// with the other in nothing else, and both or neither are good, or bad, whatever else happens.
fn merged(thread: usize, results: usize, bad: &HashSet<End>, good: &HashSet<End>) -> Vec<usize> {
    let mut by_rest: HashMap<Vec<usize>, Vec<(usize, &End, bool)>> = HashMap::new();
    let mut seen = vec![(false, false); results];
    for (ends, is_bad) in [(bad, true), (good, false)] {
        for end in ends {
            let mut rest = end.threads.clone();
            let result = rest.remove(thread);
            by_rest.entry(rest).or_default().push((result, end, is_bad));
            let seen = &mut seen[result];
            *seen = (seen.0 | is_bad, seen.1 | !is_bad);
        }
    }
    let mut conflicts: HashSet<(usize, usize)> = HashSet::new();
    for ends in by_rest.values() {
        for (a, first, _) in ends.iter().filter(|(.., is_bad)| *is_bad) {
            for (b, second, _) in ends.iter().filter(|(.., is_bad)| !is_bad) {
                if first.meets(second) {
                    conflicts.extend([(*a, *b), (*b, *a)]);
                }
            }
        }
    }
    let mut classes: Vec<Vec<usize>> = Vec::new();
    for result in 0..results {
        let fits = |class: &&mut Vec<usize>| {
            class.iter().all(|&other| seen[other] == seen[result] && !conflicts.contains(&(result, other)))
        };
        match classes.iter_mut().find(fits) {
            Some(class) => class.push(result),
            None => classes.push(vec![result]),
        }
    }
    (0..results).map(|result| classes.iter().position(|class| class.contains(&result)).map_or(0, |at| at + 1)).collect()
}

fn sorted(ends: HashSet<End>) -> Vec<End> {
    let mut ends: Vec<End> = ends.into_iter().collect();
    ends.sort_by(|a, b| (&a.threads, &a.cells).cmp(&(&b.threads, &b.cells)));
    ends
}

/// A few cubes that hold every bad end and no good one: each as large as it can be made by dropping or widening one
/// variable after the other, memory first.
fn cubes(bad: &[End], good: &[End]) -> Vec<Cube> {
    let mut threads: Vec<BTreeSet<usize>> = Vec::new();
    let mut cells: BTreeMap<usize, BTreeSet<u64>> = BTreeMap::new();
    for end in bad.iter().chain(good) {
        threads.resize(end.threads.len(), BTreeSet::new());
        end.threads.iter().zip(&mut threads).for_each(|(&class, all)| {
            all.insert(class);
        });
        for &(cell, bits) in &end.cells {
            cells.entry(cell).or_default().insert(bits);
        }
    }
    let mut found: Vec<Cube> = Vec::new();
    for end in bad {
        if found.iter().any(|cube| cube.holds(end)) {
            continue;
        }
        let mut cube = Cube {
            threads: end.threads.iter().enumerate().map(|(thread, &class)| (thread, BTreeSet::from([class]))).collect(),
            cells: end.cells.iter().map(|&(cell, bits)| (cell, BTreeSet::from([bits]))).collect(),
        };
        let is_clear = |cube: &Cube| !good.iter().any(|end| cube.meets(end));
        for cell in cube.cells.keys().copied().collect::<Vec<_>>() {
            let mut without = cube.clone();
            without.cells.remove(&cell);
            if is_clear(&without) {
                cube = without;
                continue;
            }
            for &bits in &cells[&cell] {
                let mut wider = cube.clone();
                wider.cells.entry(cell).or_default().insert(bits);
                if is_clear(&wider) {
                    cube = wider;
                }
            }
        }
        for (thread, classes) in threads.iter().enumerate() {
            let mut without = cube.clone();
            without.threads.remove(&thread);
            if is_clear(&without) {
                cube = without;
                continue;
            }
            for &class in classes {
                let mut wider = cube.clone();
                wider.threads.entry(thread).or_default().insert(class);
                if is_clear(&wider) {
                    cube = wider;
                }
            }
        }
        found.push(cube);
    }
    found
}

impl Cube {
    /// Whether every execution that ends as this is in the cube.
    fn holds(&self, end: &End) -> bool {
        let of_cell = |cell: &usize| end.cells.iter().find(|(known, _)| known == cell).map(|(_, bits)| *bits);
        self.threads.iter().all(|(&thread, classes)| classes.contains(&end.threads[thread]))
            && self.cells.iter().all(|(cell, values)| of_cell(cell).is_some_and(|bits| values.contains(&bits)))
    }

    /// Whether an execution that ends as this may be in the cube.
    fn meets(&self, end: &End) -> bool {
        self.threads.iter().all(|(&thread, classes)| classes.contains(&end.threads[thread]))
            && end.cells.iter().all(|(cell, bits)| self.cells.get(cell).is_none_or(|values| values.contains(bits)))
    }
}
