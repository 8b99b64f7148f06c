//! The functions that a test may call: the Linux kernel's, as `tools/memory-model/linux-kernel.def` has them and the
//! rest of the kernel's conditional atomics, and C11's.

use fencepost_memory::{Order, Rmw};
use fencepost_model::Barrier;

/// Whose vocabulary a test uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The Linux kernel's (LKMM).
    Linux,
    /// C11's.
    C11,
}

/// What an atomic does with its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Sub,
    And,
    AndNot,
    Or,
    Xor,
}

/// When a conditional atomic is carried out, and what it then adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conditional {
    /// Adds the first argument unless the value is the second.
    AddUnless,
    IncNotZero,
    IncUnlessNegative,
    DecUnlessPositive,
    DecIfPositive,
}

/// A `memory_order_…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemoryOrder {
    Relaxed,
    Acquire,
    Release,
    AcqRel,
    SeqCst,
}

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Read(Order),
    Write(Order),
    /// `smp_store_mb()`.
    WriteThenFence,
    Barrier(Barrier),
    Exchange(Order),
    CompareExchange(Order),
    /// A read-modify-write without a result.
    Modify(Arithmetic),
    /// One whose result is the new value.
    Return(Arithmetic, Order),
    /// One whose result is the old value.
    Fetch(Arithmetic, Order),
    /// One whose result is whether the new value is 0.
    AndTest(Arithmetic),
    /// `atomic_add_negative()`: whether the new value is negative.
    AddNegative(Order),
    /// Whether it was carried out; for `dec_if_positive` the old value less 1.
    Conditional(Conditional),
    /// `atomic_fetch_add_unless()`: the old value.
    FetchAddUnless,
    SpinLock,
    SpinUnlock,
    SpinTrylock,
    SpinIsLocked,
    RcuReadLock,
    RcuReadUnlock,
    SynchronizeRcu,
    SrcuReadLock,
    SrcuReadUnlock,
    SynchronizeSrcu,
    Load11(MemoryOrder),
    Store11(MemoryOrder),
    Fence11(MemoryOrder),
    Exchange11(MemoryOrder),
    Fetch11(Arithmetic, MemoryOrder),
    /// Orders of success and failure.
    Compare11(MemoryOrder, MemoryOrder, Strength),
}

/// Whether a compare-exchange may fail although it compares equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    Weak,
    Strong,
}

/// What a function wants in a place of its argument list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wants {
    /// A variable, as in `READ_ONCE(*x)`: its address is the argument.
    Variable,
    Pointer,
    Value,
    MemoryOrder,
}

/// A function before its arguments are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Function {
    pub dialect: Dialect,
    pub operation: Operation,
    pub wants: &'static [Wants],
    /// An operand that the name implies, as the 1 of `atomic_inc()`.
    pub implied: Option<i64>,
    /// Whether a call has a value.
    pub result: bool,
}

use Wants::{MemoryOrder as M, Pointer as P, Value as V, Variable as L};

/// The function of that name.
pub(crate) fn function(name: &str) -> Option<Function> {
    linux(name).or_else(|| atomic(name)).or_else(|| c11(name))
}

fn kernel(operation: Operation, wants: &'static [Wants], result: bool) -> Function {
    Function { dialect: Dialect::Linux, operation, wants, implied: None, result }
}

fn linux(name: &str) -> Option<Function> {
    use Operation as O;
    let effect = |operation, wants| Some(kernel(operation, wants, false));
    let value = |operation, wants| Some(kernel(operation, wants, true));
    match name {
        "READ_ONCE" | "ACCESS_ONCE" | "rcu_dereference" | "lockless_dereference" => {
            value(O::Read(Order::Relaxed), &[L])
        }
        "WRITE_ONCE" => effect(O::Write(Order::Relaxed), &[L, V]),
        "smp_load_acquire" => value(O::Read(Order::Acquire), &[P]),
        "smp_store_release" => effect(O::Write(Order::Release), &[P, V]),
        "rcu_assign_pointer" => effect(O::Write(Order::Release), &[L, V]),
        "smp_store_mb" => effect(O::WriteThenFence, &[L, V]),
        "smp_mb" => effect(O::Barrier(Barrier::Full), &[]),
        "smp_rmb" => effect(O::Barrier(Barrier::Read), &[]),
        "smp_wmb" => effect(O::Barrier(Barrier::Write), &[]),
        "barrier" => effect(O::Barrier(Barrier::Compiler), &[]),
        "smp_mb__before_atomic" => effect(O::Barrier(Barrier::BeforeAtomic), &[]),
        "smp_mb__after_atomic" => effect(O::Barrier(Barrier::AfterAtomic), &[]),
        "smp_mb__after_spinlock" => effect(O::Barrier(Barrier::AfterSpinlock), &[]),
        "smp_mb__after_unlock_lock" => effect(O::Barrier(Barrier::AfterUnlockLock), &[]),
        "smp_mb__after_srcu_read_unlock" => effect(O::Barrier(Barrier::AfterSrcuReadUnlock), &[]),
        "spin_lock" => effect(O::SpinLock, &[P]),
        "spin_unlock" => effect(O::SpinUnlock, &[P]),
        "spin_trylock" => value(O::SpinTrylock, &[P]),
        "spin_is_locked" => value(O::SpinIsLocked, &[P]),
        "rcu_read_lock" => effect(O::RcuReadLock, &[]),
        "rcu_read_unlock" => effect(O::RcuReadUnlock, &[]),
        "synchronize_rcu" | "synchronize_rcu_expedited" => effect(O::SynchronizeRcu, &[]),
        "srcu_read_lock" | "srcu_down_read" => value(O::SrcuReadLock, &[P]),
        "srcu_read_unlock" | "srcu_up_read" => effect(O::SrcuReadUnlock, &[P, V]),
        "synchronize_srcu" | "synchronize_srcu_expedited" => effect(O::SynchronizeSrcu, &[P]),
        _ => {
            let (base, order) = ordered(name);
            match base {
                "xchg" => value(O::Exchange(order), &[P, V]),
                "cmpxchg" => value(O::CompareExchange(order), &[P, V, V]),
                _ => None,
            }
        }
    }
}

/// A name without its order, and that.
fn ordered(name: &str) -> (&str, Order) {
    let suffixes = [("_relaxed", Order::Relaxed), ("_acquire", Order::Acquire), ("_release", Order::Release)];
    suffixes
        .into_iter()
        .find_map(|(suffix, order)| Some((name.strip_suffix(suffix)?, order)))
        .unwrap_or((name, Order::Full))
}

/// `atomic_…()`, `atomic64_…()` and `atomic_long_…()`.
fn atomic(name: &str) -> Option<Function> {
    use Operation as O;
    let rest = ["atomic_long_", "atomic64_", "atomic_"].iter().find_map(|prefix| name.strip_prefix(prefix))?;
    let (base, order) = ordered(rest);
    let full = order == Order::Full;
    let plain = match (base, order) {
        ("read", Order::Full) => Some((O::Read(Order::Relaxed), &[P][..], true)),
        ("read", Order::Acquire) => Some((O::Read(order), &[P][..], true)),
        ("set", Order::Full) => Some((O::Write(Order::Relaxed), &[P, V][..], false)),
        ("set", Order::Release) => Some((O::Write(order), &[P, V][..], false)),
        ("xchg", _) => Some((O::Exchange(order), &[P, V][..], true)),
        ("cmpxchg", _) => Some((O::CompareExchange(order), &[P, V, V][..], true)),
        ("add_negative", _) => Some((O::AddNegative(order), &[V, P][..], true)),
        ("add_unless", Order::Full) => Some((O::Conditional(Conditional::AddUnless), &[P, V, V][..], true)),
        ("fetch_add_unless", Order::Full) => Some((O::FetchAddUnless, &[P, V, V][..], true)),
        ("inc_not_zero", Order::Full) => Some((O::Conditional(Conditional::IncNotZero), &[P][..], true)),
        ("inc_unless_negative", Order::Full) => Some((O::Conditional(Conditional::IncUnlessNegative), &[P][..], true)),
        ("dec_unless_positive", Order::Full) => Some((O::Conditional(Conditional::DecUnlessPositive), &[P][..], true)),
        ("dec_if_positive", Order::Full) => Some((O::Conditional(Conditional::DecIfPositive), &[P][..], true)),
        _ => None,
    };
    if let Some((operation, wants, result)) = plain {
        return Some(kernel(operation, wants, result));
    }
    let (verb, form): (&str, fn(Arithmetic, Order) -> Operation) = if let Some(verb) = base.strip_prefix("fetch_") {
        (verb, O::Fetch)
    } else if let Some(verb) = base.strip_suffix("_return") {
        (verb, O::Return)
    } else if let Some(verb) = base.strip_suffix("_and_test").filter(|_| full) {
        (verb, |arithmetic, _| O::AndTest(arithmetic))
    } else if full {
        (base, |arithmetic, _| O::Modify(arithmetic))
    } else {
        return None;
    };
    let (arithmetic, implied) = match verb {
        "add" => (Arithmetic::Add, None),
        "sub" => (Arithmetic::Sub, None),
        "inc" => (Arithmetic::Add, Some(1)),
        "dec" => (Arithmetic::Sub, Some(1)),
        "and" => (Arithmetic::And, None),
        "andnot" => (Arithmetic::AndNot, None),
        "or" => (Arithmetic::Or, None),
        "xor" => (Arithmetic::Xor, None),
        _ => return None,
    };
    let operation = form(arithmetic, order);
    let numeric = matches!(arithmetic, Arithmetic::Add | Arithmetic::Sub);
    let exists = match operation {
        O::Return(..) => numeric,
        O::AndTest(_) => numeric && verb != "add",
        _ => true,
    };
    let wants: &[Wants] = if implied.is_some() { &[P] } else { &[V, P] };
    let result = !matches!(operation, O::Modify(_));
    exists.then_some(Function { dialect: Dialect::Linux, operation, wants, implied, result })
}

/// The explicit forms, with the orders as arguments, and the short ones, which are sequentially consistent. A short
/// `atomic_fetch_…` is found as the kernel's, whose arguments stand the other way round: see [`Operation::of_c11`].
fn c11(name: &str) -> Option<Function> {
    use MemoryOrder::SeqCst;
    use Operation as O;
    let rest = name.strip_prefix("atomic_")?;
    let (base, explicit) = rest.strip_suffix("_explicit").map_or((rest, false), |base| (base, true));
    let compare = |strength| (O::Compare11(SeqCst, SeqCst, strength), &[P, P, V][..], &[P, P, V, M, M][..], true);
    let (operation, short, long, result) = match base {
        "thread_fence" if !explicit => (O::Fence11(SeqCst), &[M][..], &[][..], false),
        "load" => (O::Load11(SeqCst), &[P][..], &[P, M][..], true),
        "store" => (O::Store11(SeqCst), &[P, V][..], &[P, V, M][..], false),
        "exchange" => (O::Exchange11(SeqCst), &[P, V][..], &[P, V, M][..], true),
        "compare_exchange_strong" => compare(Strength::Strong),
        "compare_exchange_weak" => compare(Strength::Weak),
        _ => {
            let arithmetic = match base.strip_prefix("fetch_")? {
                "add" => Arithmetic::Add,
                "sub" => Arithmetic::Sub,
                "or" => Arithmetic::Or,
                "xor" => Arithmetic::Xor,
                "and" => Arithmetic::And,
                _ => return None,
            };
            if !explicit {
                return None;
            }
            (O::Fetch11(arithmetic, SeqCst), &[][..], &[P, V, M][..], true)
        }
    };
    let wants = if explicit { long } else { short };
    Some(Function { dialect: Dialect::C11, operation, wants, implied: None, result })
}

impl Operation {
    /// Whether it is sleepable RCU's.
    pub fn is_sleepable(self) -> bool {
        matches!(self, Operation::SrcuReadLock | Operation::SrcuReadUnlock | Operation::SynchronizeSrcu)
    }

    /// C11's operation with the same name as this one of the kernel's, if there is one.
    pub fn of_c11(self) -> Option<Operation> {
        match self {
            Operation::Fetch(arithmetic, Order::Full) if arithmetic != Arithmetic::AndNot => {
                Some(Operation::Fetch11(arithmetic, MemoryOrder::SeqCst))
            }
            _ => None,
        }
    }

    /// Whether it is a spinlock's.
    pub fn is_on_lock(self) -> bool {
        use Operation as O;
        matches!(self, O::SpinLock | O::SpinUnlock | O::SpinTrylock | O::SpinIsLocked)
    }

    /// The operation with the `memory_order_…` arguments that were given; the error says what is wrong with them.
    pub fn with_orders(self, orders: &[MemoryOrder]) -> Result<Operation, &'static str> {
        use MemoryOrder::{AcqRel, Acquire, Release};
        use Operation as O;
        let &[first, ref rest @ ..] = orders else { return Ok(self) };
        match self {
            O::Load11(_) if matches!(first, Release | AcqRel) => Err("a load cannot be a release"),
            O::Load11(_) => Ok(O::Load11(first)),
            O::Store11(_) if matches!(first, Acquire | AcqRel) => Err("a store cannot be an acquire"),
            O::Store11(_) => Ok(O::Store11(first)),
            O::Fence11(_) => Ok(O::Fence11(first)),
            O::Exchange11(_) => Ok(O::Exchange11(first)),
            O::Fetch11(arithmetic, _) => Ok(O::Fetch11(arithmetic, first)),
            O::Compare11(_, _, strength) => match rest.first() {
                Some(Release | AcqRel) => Err("a compare-exchange that fails is a load and cannot be a release"),
                failure => Ok(O::Compare11(first, failure.copied().unwrap_or(first), strength)),
            },
            other => Ok(other),
        }
    }
}

/// The order of that name.
pub(crate) fn memory_order(name: &str) -> Option<MemoryOrder> {
    match name.strip_prefix("memory_order_")? {
        "relaxed" => Some(MemoryOrder::Relaxed),
        "acquire" => Some(MemoryOrder::Acquire),
        "release" => Some(MemoryOrder::Release),
        "acq_rel" => Some(MemoryOrder::AcqRel),
        "seq_cst" => Some(MemoryOrder::SeqCst),
        _ => None,
    }
}

impl Arithmetic {
    /// The engine's operation of this name, where it has one.
    pub fn rmw(self) -> Rmw {
        match self {
            Arithmetic::Add | Arithmetic::Sub => Rmw::Add,
            Arithmetic::And | Arithmetic::AndNot => Rmw::And,
            Arithmetic::Or => Rmw::Or,
            Arithmetic::Xor => Rmw::Xor,
        }
    }
}
