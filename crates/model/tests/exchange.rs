//! Threads that are the same may change places: one of two such executions is looked at, and the answer stays.

use fencepost_memory::{Memory, Order, Rmw, Word};
use fencepost_model::{Bounds, CellRef, Checker, Cpu, Judgement, Program, State, Target, Verdict};

type Cells = [CellRef<u32>; 2];

/// A writer of two cells, and readers who look at both, in this order, after they were counted.
fn readers(orders: &[[usize; 2]], fenced: bool, alike: bool) -> Checker {
    let mut p = Program::new();
    let cells: Cells = ["x", "y"].map(|name| p.cell::<u32>(name, 0));
    let count = p.cell::<u32>("count", 0);
    p.thread("writer", move |m: &Cpu| {
        m.write_once(&cells[0], 1.into());
        if fenced {
            m.smp_wmb();
        }
        m.write_once(&cells[1], 1.into());
        Vec::new()
    });
    for &[first, second] in orders {
        p.thread("reader", move |m: &Cpu| {
            m.fetch(&count, Rmw::Add, 1.into(), Order::Full);
            let first = m.read_once(&cells[first]);
            if fenced {
                m.smp_rmb();
            }
            vec![first.observe(), m.read_once(&cells[second]).observe()]
        });
    }
    if alike {
        (2..=orders.len()).for_each(|reader| p.alike(reader - 1, reader));
    }
    Checker::new(&p, &Bounds::default())
}

/// All were counted, and one saw the second write without the first.
fn is_mixed(state: &State<'_>) -> bool {
    state.results().iter().any(|results| results == &[1, 0])
}

fn judged(orders: &[[usize; 2]], fenced: bool, alike: bool, target: &Target) -> Judgement {
    readers(orders, fenced, alike).judge(target, is_mixed)
}

fn name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Safe => "safe",
        Verdict::Racy(_) => "racy",
        Verdict::Unknown(_) => "unknown",
    }
}

#[test]
fn an_exchange_changes_no_verdict() {
    for target in Target::all() {
        for fenced in [false, true] {
            let [whole, half] = [false, true].map(|alike| judged(&[[1, 0]; 3], fenced, alike, &target));
            assert_eq!(name(&whole.verdict), name(&half.verdict), "{}, fenced: {fenced}", target.name);
            assert!(half.executions <= whole.executions, "{}, fenced: {fenced}", target.name);
        }
    }
}

#[test]
fn an_exchange_saves_work_where_all_is_looked_at() {
    let lkmm = Target::named("lkmm").expect("the engine has this target");
    let [whole, half] = [false, true].map(|alike| judged(&[[1, 0]; 3], true, alike, &lkmm));
    assert!(half.verdict.is_safe() && 2 * half.executions < whole.executions);
}

/// The second reader reads in the other order and is never wrong: whoever calls them alike is not believed.
#[test]
fn threads_with_other_runs_are_told_apart() {
    for orders in [[[1, 0], [0, 1]], [[0, 1], [1, 0]]] {
        for target in Target::all() {
            let [apart, alike] = [false, true].map(|alike| judged(&orders, false, alike, &target));
            assert_eq!(name(&apart.verdict), name(&alike.verdict), "{}, {orders:?}", target.name);
            assert_eq!(apart.executions, alike.executions, "{}, {orders:?}", target.name);
        }
    }
}
