//! Runs in outline: without what they may do without.
//!
//! The axioms are monotone, so an execution with fewer events has fewer orders: what is out of reach when some events
//! are left out is out of reach with them. Many runs differ only in reads that nothing else in the execution is made of,
//! as those of a scanner that looks twice and gives up; in outline they are one, and are asked about once.

use rustc_hash::FxHashMap;

use crate::combine::Combination;
use crate::ends::End;
use crate::hunt::in_order;
use crate::lesson::Lessons;
use crate::lower::{LocalEvent, Lowered};
use crate::setting::{Asked, Goal, Runs, Setting};
use crate::shape::Shape;
use crate::skeleton::Kind;
use crate::valuation::Held;

/// How many executions of a combination in outline are looked at before its combinations are looked at themselves.
const PATIENCE: u64 = 50;

/// How many executions a view may ask about before it must have saved as many.
const TRUST: u64 = 1_000;

/// Combinations with some of their runs in outline.
pub(crate) struct Views(Vec<View>);

/// A combination in outline, and the final memories that are wanted.
type Class = (Combination, Option<Vec<End>>);

struct View {
    /// By thread: its runs, each of them or in outline.
    runs: Runs,
    /// By thread and run: its place among them, and whether it lost anything.
    class: Vec<Vec<(u32, bool)>>,
    /// By combination that was asked about, with the final memories that were wanted: whether it is out of reach.
    refuted: FxHashMap<Class, bool>,
    lessons: Lessons,
    /// How many executions the model was asked about.
    asked: u64,
    /// How many combinations were dropped.
    dropped: u64,
}

impl Views {
    /// All runs in outline, and all but those of one thread.
    pub fn of(all: &Runs, cells: usize) -> Views {
        let outlines: Vec<_> = all.threads.iter().map(|runs| outlines(runs, cells)).collect();
        let threads = 0..outlines.len();
        let whole = threads.clone().filter(|&thread| outlines[thread].1.iter().any(|(_, lost)| *lost)).map(Some);
        let view = |whole: Option<usize>| {
            let of = |thread: usize| {
                if whole == Some(thread) {
                    let runs = &all.threads[thread];
                    (runs.clone(), (0..runs.len() as u32).map(|run| (run, false)).collect())
                } else {
                    outlines[thread].clone()
                }
            };
            let (runs, class) = threads.clone().map(of).unzip();
            View {
                runs: Runs::new(runs),
                class,
                refuted: FxHashMap::default(),
                lessons: Lessons::default(),
                asked: 0,
                dropped: 0,
            }
        };
        Views(std::iter::once(None).chain(whole).map(view).collect())
    }

    /// Drops the combinations that are out of reach in some view; how many executions the model was asked about. To search
    /// one combination takes about `cost` of them.
    pub fn retain(&mut self, setting: &Setting<'_>, goal: Goal<'_>, left: &mut Vec<Asked>, cost: u64) -> u64 {
        let pays = |view: &&mut View| view.asked <= TRUST + view.dropped * cost;
        self.0.iter_mut().filter(pays).map(|view| view.retain(setting, goal, left)).sum()
    }
}

impl View {
    fn retain(&mut self, setting: &Setting<'_>, goal: Goal<'_>, left: &mut Vec<Asked>) -> u64 {
        // Where nothing is lost there is nothing to gain.
        let class = |Asked { combination, ends }: &Asked| -> Option<Class> {
            let classes = combination.iter().zip(&self.class).map(|(&run, class)| class[run as usize]);
            let lost = classes.clone().any(|(_, lost)| lost);
            lost.then(|| (classes.map(|(class, _)| class).collect(), ends.clone()))
        };
        let mut fresh: Vec<Class> = left.iter().filter_map(class).collect();
        fresh.retain(|class| !self.refuted.contains_key(class));
        fresh.sort_unstable();
        fresh.dedup();
        self.lessons.prepare(&self.runs.threads, fresh.iter().map(|(combination, _)| combination));
        let search = |(combination, ends): &Class| {
            setting.first((&self.runs, combination, ends.as_deref()), goal, &self.lessons, PATIENCE)
        };
        let (searched, mut asked) = (in_order(&fresh, search), 0);
        for (class, searched) in fresh.into_iter().zip(searched) {
            asked += searched.asked;
            self.lessons.add(searched.lessons);
            self.refuted.insert(class, matches!(searched.found, Ok(None)));
        }
        let before = left.len();
        left.retain(|asked| !class(asked).is_some_and(|class| self.refuted[&class]));
        self.dropped += (before - left.len()) as u64;
        self.asked += asked;
        asked
    }
}

/// The different outlines of these runs; and by run, which is its own, and whether it lost anything.
fn outlines(runs: &[Lowered], cells: usize) -> (Vec<Lowered>, Vec<(u32, bool)>) {
    let mut known: FxHashMap<Shape, u32> = FxHashMap::default();
    let mut different = Vec::new();
    let mut place = |run: &Lowered| {
        let outline = outline(run, cells);
        let lost = outline.events.len() < run.events.len();
        let class = *known.entry(Shape::of(&outline, |reads, here| reads & !here == 0)).or_insert_with(|| {
            different.push(outline);
            different.len() as u32 - 1
        });
        (class, lost)
    };
    let classes = runs.iter().map(&mut place).collect();
    (different, classes)
}

/// A run without the reads that no write and no result is made of, and without the fences that are then repeated or
/// have nothing on one side.
fn outline(run: &Lowered, cells: usize) -> Lowered {
    let written =
        run.events.iter().map(|event| if let Held::Write(term) = event.held { run.symbols.reads(term) } else { 0 });
    let returned = run.results.iter().map(|&term| run.symbols.reads(term));
    let needed = written.chain(returned).fold(0, |all, reads| all | reads);
    let is_idle = |index: usize, event: &LocalEvent| {
        let is_hidden = event.cell.is_some_and(|cell| usize::from(cell) >= cells);
        let is_needed = if let Held::Read(Some(number)) = event.held { needed >> number & 1 == 1 } else { false };
        event.kind == Kind::Read && !run.is_half(index) && !is_hidden && !is_needed
    };
    let mut kept: Vec<usize> = Vec::new();
    for (index, event) in run.events.iter().enumerate().filter(|&(index, event)| !is_idle(index, event)) {
        let before = kept.last().map(|&before| &run.events[before]);
        let is_repeated = before.is_none_or(|before| before.kind == Kind::Fence && before.tags == event.tags);
        if event.kind != Kind::Fence || !is_repeated {
            kept.push(index);
        }
    }
    while kept.last().is_some_and(|&last| run.events[last].kind == Kind::Fence) {
        kept.pop();
    }
    let moved = |set: u128| kept.iter().enumerate().fold(0, |moved, (to, from)| moved | (set >> from & 1) << to);
    let event = |&index: &usize| {
        let event = run.events[index].clone();
        LocalEvent {
            addr: moved(event.addr),
            data: moved(event.data),
            ctrl: moved(event.ctrl),
            pick_addr: moved(event.pick_addr),
            pick_data: moved(event.pick_data),
            pick_ctrl: moved(event.pick_ctrl),
            ..event
        }
    };
    Lowered { events: kept.iter().map(event).collect(), ..run.clone() }
}
