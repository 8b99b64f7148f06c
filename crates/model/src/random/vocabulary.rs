//! The statements that random threads are made of.

use fencepost_memory::{Memory, Order, Rmw, Word};
use proptest::prelude::*;

use crate::value::on_path;
use crate::{CellRef, Cpu, Value};

/// One statement of a random thread. Reads go to the thread's registers in turn; dependencies are on the latest.
#[derive(Clone, Copy, Debug)]
pub(super) enum Statement {
    Read {
        cell: usize,
        order: Order,
        depends: bool,
    },
    Write {
        cell: usize,
        value: u64,
        order: Order,
        depends: Option<Dependency>,
    },
    /// Writes the latest value and 1.
    Pass(usize),
    PlainRead(usize),
    PlainWrite(usize, u64),
    Fetch {
        cell: usize,
        op: Rmw,
        order: Order,
    },
    Atomic(usize),
    Cmpxchg {
        cell: usize,
        order: Order,
    },
    /// Adds 1 unless it finds 1.
    AddUnless(usize),
    SetBit(usize),
    /// Writes if the latest value read is not 0, and goes on in any case.
    If(usize, u64),
    Full,
    ReadBarrier,
    WriteBarrier,
    /// Goes on only if the latest value read is not 0.
    Branch,
    Locked(usize),
    ReadSide(usize, usize),
    GracePeriod,
    Heavy,
}

/// Of a write on the latest value read, which decides nothing about it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dependency {
    Address,
    Data,
    Select,
}

pub(super) const CELLS: usize = 2;

fn order() -> impl Strategy<Value = Order> {
    prop::sample::select(vec![Order::Relaxed, Order::Acquire, Order::Release, Order::Full])
}

fn statement() -> impl Strategy<Value = Statement> {
    use Statement::*;
    let cell = || 0..CELLS;
    let op = prop::sample::select(vec![Rmw::Xchg, Rmw::Add, Rmw::Or, Rmw::And, Rmw::Xor]);
    let depends =
        prop::option::of(prop::sample::select(vec![Dependency::Address, Dependency::Data, Dependency::Select]));
    prop_oneof![
        6 => (cell(), order(), any::<bool>()).prop_map(|(cell, order, depends)| Read { cell, order, depends }),
        6 => (cell(), 1..3u64, order(), depends)
            .prop_map(|(cell, value, order, depends)| Write { cell, value, order, depends }),
        2 => cell().prop_map(Pass),
        1 => cell().prop_map(PlainRead),
        1 => (cell(), 1..3u64).prop_map(|(cell, value)| PlainWrite(cell, value)),
        2 => (cell(), op, order()).prop_map(|(cell, op, order)| Fetch { cell, op, order }),
        1 => cell().prop_map(Atomic),
        2 => (cell(), order()).prop_map(|(cell, order)| Cmpxchg { cell, order }),
        1 => cell().prop_map(AddUnless),
        1 => cell().prop_map(SetBit),
        1 => (cell(), 1..3u64).prop_map(|(cell, value)| If(cell, value)),
        2 => Just(Full),
        2 => Just(ReadBarrier),
        2 => Just(WriteBarrier),
        2 => Just(Branch),
        1 => cell().prop_map(Locked),
        1 => (cell(), cell()).prop_map(|(a, b)| ReadSide(a, b)),
        1 => Just(GracePeriod),
        1 => Just(Heavy),
    ]
}

/// The statements of each thread, in all with no more calls that wait for every thread than the bounds can bear.
pub(super) fn threads() -> impl Strategy<Value = Vec<Vec<Statement>>> {
    let threads = prop_oneof![
        3 => prop::collection::vec(prop::collection::vec(statement(), 1..4), 2),
        2 => prop::collection::vec(prop::collection::vec(statement(), 1..3), 3),
    ];
    threads.prop_map(|mut threads| {
        let mut calls = 0..3;
        for thread in &mut threads {
            let waits = |statement: &Statement| matches!(statement, Statement::GracePeriod | Statement::Heavy);
            thread.retain(|statement| !waits(statement) || calls.next().is_some());
        }
        threads
    })
}

/// The same threads with one more barrier, or with one order as strong as it can be.
pub(super) fn with_more_order(threads: &[Vec<Statement>]) -> Vec<Vec<Vec<Statement>>> {
    let mut all = Vec::new();
    let places = threads.iter().enumerate().flat_map(|(thread, body)| (0..body.len()).map(move |at| (thread, at)));
    for (thread, at) in places {
        for barrier in [Statement::Full, Statement::ReadBarrier, Statement::WriteBarrier] {
            let mut threads = threads.to_vec();
            threads[thread].insert(at, barrier);
            all.push(threads);
        }
        let mut threads = threads.to_vec();
        let (order, strongest) = match &mut threads[thread][at] {
            Statement::Read { order, .. } => (order, Order::Acquire),
            Statement::Write { order, .. } => (order, Order::Release),
            Statement::Fetch { order, .. } => (order, Order::Full),
            Statement::Cmpxchg { order: order @ Order::Relaxed, .. } => (order, Order::Full),
            _ => continue,
        };
        *order = strongest;
        all.push(threads);
    }
    all
}

/// Runs a thread's statements; its results are all values that it read.
pub(super) fn run(m: &Cpu, cells: &[CellRef<u64>], lock: &CellRef<u32>, statements: &[Statement]) -> Vec<Value> {
    let mut latest = Value::from(0);
    let mut results = Vec::new();
    let mut note = |value: Value, latest: &mut Value| {
        results.push(value);
        *latest = value;
    };
    for statement in statements {
        let zero = |latest: Value| latest & 0.into();
        match *statement {
            Statement::Read { cell, order, depends } => {
                let cell = if depends { m.at(&cells[cell], zero(latest)) } else { cells[cell] };
                let value = if order == Order::Acquire { m.load_acquire(&cell) } else { m.read_once(&cell) };
                note(value, &mut latest);
            }
            Statement::Write { cell, value, order, depends } => {
                let (cell, value) = match depends {
                    None => (cells[cell], value.into()),
                    Some(Dependency::Address) => (m.at(&cells[cell], zero(latest)), value.into()),
                    Some(Dependency::Data) => (cells[cell], zero(latest) + value.into()),
                    Some(Dependency::Select) => (cells[cell], m.select(latest, value.into(), value.into())),
                };
                if order == Order::Release {
                    m.store_release(&cell, value);
                } else {
                    m.write_once(&cell, value);
                }
            }
            Statement::Pass(cell) => m.write_once(&cells[cell], latest + 1.into()),
            Statement::PlainRead(cell) => note(m.read_plain(&cells[cell]), &mut latest),
            Statement::PlainWrite(cell, value) => m.write_plain(&cells[cell], value.into()),
            Statement::Fetch { cell, op, order } => note(m.fetch(&cells[cell], op, 1.into(), order), &mut latest),
            Statement::Atomic(cell) => m.atomic(&cells[cell], Rmw::Add, 1.into()),
            Statement::Cmpxchg { cell, order } => {
                let found = m.scoped(|m| m.cmpxchg(&cells[cell], 0.into(), 2.into(), order));
                let value = found.unwrap_or_else(|seen| seen);
                note(value, &mut latest);
            }
            Statement::AddUnless(cell) => {
                let add = |old: Value| (!old.is(1)).then(|| old + 1.into());
                let found = m.scoped(|m| m.fetch_update(&cells[cell], Order::Full, add));
                note(found.unwrap_or_else(|seen| seen), &mut latest);
            }
            Statement::If(cell, value) => m.scoped(|m| {
                if !latest.is(0) {
                    m.write_once(&cells[cell], value.into());
                }
            }),
            Statement::SetBit(cell) => {
                let set = m.scoped(|m| m.try_set_bit_lock(&cells[cell], 1));
                note(u64::from(set).into(), &mut latest);
            }
            Statement::Full => m.smp_mb(),
            Statement::ReadBarrier => m.smp_rmb(),
            Statement::WriteBarrier => m.smp_wmb(),
            Statement::Branch => {
                // All that follows lies in the arm.
                on_path(|path| path.enter_arm(latest.deps));
                if latest.equals(0.into()) {
                    return results;
                }
            }
            Statement::Locked(cell) => {
                m.spin_lock(lock);
                let value = m.read_once(&cells[cell]);
                note(value, &mut latest);
                m.write_once(&cells[cell], value + 1.into());
                m.spin_unlock(lock);
            }
            Statement::ReadSide(a, b) => {
                m.rcu_read_lock();
                note(m.read_once(&cells[a]), &mut latest);
                note(m.read_once(&cells[b]), &mut latest);
                m.rcu_read_unlock();
            }
            Statement::GracePeriod => m.synchronize_rcu(),
            Statement::Heavy => m.heavy_barrier(),
        }
    }
    results
}

/// About how many candidate executions a program has.
fn candidates(threads: &[Vec<Statement>]) -> f64 {
    // By cell, the lock last.
    let (mut reads, mut writes) = ([0; CELLS + 1], [0; CELLS + 1]);
    let mut calls = 0;
    for statement in threads.iter().flatten() {
        let mut on = |cell: usize, read: i32, written: i32| {
            reads[cell] += read;
            writes[cell] += written;
        };
        match *statement {
            Statement::Read { cell, .. } | Statement::PlainRead(cell) => on(cell, 1, 0),
            Statement::Write { cell, .. }
            | Statement::Pass(cell)
            | Statement::PlainWrite(cell, _)
            | Statement::If(cell, _) => on(cell, 0, 1),
            Statement::Fetch { cell, .. }
            | Statement::Atomic(cell)
            | Statement::Cmpxchg { cell, .. }
            | Statement::AddUnless(cell) => on(cell, 1, 1),
            Statement::SetBit(cell) => on(cell, 2, 1),
            Statement::Locked(cell) => {
                on(cell, 1, 1);
                on(CELLS, 1, 2);
            }
            Statement::ReadSide(a, b) => {
                on(a, 1, 0);
                on(b, 1, 0);
            }
            Statement::GracePeriod | Statement::Heavy => calls += threads.len() - 1,
            Statement::Full | Statement::ReadBarrier | Statement::WriteBarrier | Statement::Branch => {}
        }
    }
    let of_cell = |(&reads, &writes)| f64::from(writes + 1).powi(reads) * (1..=writes).map(f64::from).product::<f64>();
    // What each other thread may have done when a call that waits for it is made.
    reads.iter().zip(&writes).map(of_cell).product::<f64>() * 10f64.powi(calls as i32)
}

/// Threads for the naive procedure, cut short where it would have too much to look at.
pub(super) fn few_candidates() -> impl Strategy<Value = Vec<Vec<Statement>>> {
    threads().prop_map(|mut threads| {
        while candidates(&threads) > 20_000.0 {
            threads.iter_mut().max_by_key(|thread| thread.len()).map(Vec::pop);
        }
        threads
    })
}
