//! One lowered run of each thread, put together as a [`Skeleton`].

use std::sync::Arc;

use crate::Tags;
use crate::lower::Lowered;
use crate::operation::Datum;
use crate::relation::{MAX_EVENTS, Rel, Set};
use crate::skeleton::{Event, Kind, Skeleton};
use crate::symbol::Term;
use crate::valuation::{Held, Values};

/// Initial values by cell; hidden cells, which come after, hold 0.
pub(crate) type Init = [u64];

/// The cells that these runs touch, in order, and how many events the runs make with the initial writes.
fn extent(runs: &[&Lowered]) -> (Vec<u16>, usize) {
    let mut cells: Vec<u16> = runs.iter().flat_map(|run| run.events.iter().filter_map(|event| event.cell)).collect();
    cells.sort_unstable();
    cells.dedup();
    let n = cells.len() + runs.iter().map(|run| run.events.len()).sum::<usize>();
    (cells, n)
}

/// Whether these runs have no skeleton, since they have too many events.
pub(crate) fn is_too_large(runs: &[&Lowered]) -> bool {
    extent(runs).1 > MAX_EVENTS
}

/// The skeleton of these runs; an error if it has too many events.
pub(crate) fn skeleton(runs: &[&Lowered], init: &Init, control: bool) -> Result<Skeleton, String> {
    let (cells, n) = extent(runs);
    if n > MAX_EVENTS {
        let more = if cfg!(feature = "large") { "" } else { "; with `--features large` it may have 256" };
        return Err(format!("an execution has {n} events, more than {MAX_EVENTS}{more}"));
    }
    let mut members: Vec<Set> = Vec::with_capacity(cells.len());
    let empty = || Rel::empty(n);
    let mut s = Skeleton {
        events: Vec::with_capacity(n),
        po: empty(),
        loc: empty(),
        po_loc: empty(),
        int: empty(),
        addr: empty(),
        data: empty(),
        ctrl: empty(),
        pick_addr: empty(),
        pick_data: empty(),
        pick_ctrl: empty(),
        rmw: empty(),
        r: Set::default(),
        w: Set::default(),
        f: Set::default(),
        iw: Set::default(),
        held: Vec::with_capacity(n),
        possible: Vec::with_capacity(n),
        computed_from: vec![Set::default(); n],
        symbols: runs.iter().map(|run| Arc::clone(&run.symbols)).collect(),
        reads: vec![[None; 64]; runs.len()],
    };
    for (event, &cell) in cells.iter().enumerate() {
        let datum = Datum { bits: init.get(usize::from(cell)).copied().unwrap_or(0), life: 0 };
        s.events.push(Event { thread: None, kind: Kind::Write, tags: Tags::NONE, cell: Some(cell), operation: 0 });
        s.held.push(Held::Write(Term::Const(datum)));
        s.possible.push([datum].into());
        s.w.insert(event);
        s.iw.insert(event);
        s.int.insert(event, event);
        members.push(Set::of(event));
    }
    for (thread, run) in runs.iter().enumerate() {
        let first = s.events.len();
        let end = first + run.events.len();
        let range = |from: usize| Set::below(end) - Set::below(from);
        let all = range(first);
        for (local, event) in run.events.iter().enumerate() {
            let global = first + local;
            s.po.insert_all(global, all & range(global + 1));
            s.int.insert_all(global, all);
            let depend =
                |rel: &mut Rel, on: u128| Set::from(on).iter().for_each(|from| rel.insert(first + from, global));
            depend(&mut s.addr, event.addr);
            depend(&mut s.data, event.data);
            depend(&mut s.pick_addr, event.pick_addr);
            depend(&mut s.pick_data, event.pick_data);
            if control {
                depend(&mut s.ctrl, event.ctrl);
                depend(&mut s.pick_ctrl, event.pick_ctrl);
            }
            if event.rmw {
                s.rmw.insert(global - 1, global);
            }
            match event.kind {
                Kind::Read => s.r.insert(global),
                Kind::Write => s.w.insert(global),
                Kind::Fence => s.f.insert(global),
            }
            s.held.push(event.held);
            s.possible.push(event.possible.clone());
            match event.held {
                Held::Read(Some(number)) => s.reads[thread][usize::from(number)] = Some(global),
                Held::Write(term) => {
                    let reads = s.reads_under(thread, term);
                    reads.iter().for_each(|read| s.computed_from[read].insert(global));
                }
                _ => {}
            }
            if let Some(cell) = event.cell {
                let place = cells.binary_search(&cell).expect("the cells are those that the runs touch");
                members[place].insert(global);
            }
            s.events.push(Event {
                thread: Some(thread),
                kind: event.kind,
                tags: event.tags,
                cell: event.cell,
                operation: event.operation,
            });
        }
    }
    for members in members {
        members.each(|event| s.loc.insert_all(event, members));
    }
    s.po_loc = &s.po & &s.loc;
    Ok(s)
}

/// The final memory of an execution: by cell, the value of the last write in coherence order.
pub(crate) fn final_memory(s: &Skeleton, co: &Rel, values: &Values, init: &Init) -> Vec<u64> {
    let mut memory = init.to_vec();
    for event in s.w.iter() {
        let (Some(cell), Some(datum)) = (s.events[event].cell, values[event]) else { continue };
        if let Some(value) = memory.get_mut(usize::from(cell))
            && co.row(event).is_empty()
        {
            *value = datum.bits;
        }
    }
    memory
}
