//! The dialects' catalogues of edges.

use super::Dialect;
use super::edge::{Annotation, Catalogue, Dependency, Fence, Means, On, Op, Orders, Part, Rmw, Section, Shown};
use crate::Tags;

pub(super) fn catalogue(dialect: Dialect) -> &'static Catalogue {
    match dialect {
        Dialect::AArch64 => &AARCH64,
        Dialect::X86_64 => &X86_64,
        Dialect::RiscV => &RISCV,
        Dialect::Power => &POWER,
        Dialect::Linux => &LINUX,
        Dialect::C11 => &C11,
    }
}

const fn annotation(name: &'static str, tags: Tags, on: On) -> Annotation {
    Annotation { name, tags, on }
}

const fn fence(name: &'static str, text: &'static str, tags: Tags) -> Fence {
    Fence { name, text, means: Means::Machine(tags) }
}

const fn rmw(name: &'static str, op: Op, result: Shown, orders: Orders) -> Rmw {
    Rmw { name, op, result, orders }
}

const fn depends(name: &'static str, on: Part) -> Dependency {
    Dependency { name, on, select: false, fence: None }
}

const fn selects(name: &'static str, on: Part) -> Dependency {
    Dependency { name, on, select: true, fence: None }
}

const fn fenced(dependency: Dependency, fence: &'static Fence) -> Dependency {
    Dependency { fence: Some(fence), ..dependency }
}

const PLAIN: Annotation = annotation("P", Tags::NONE, On::Any);
const ADDR: Dependency = depends("Addr", Part::Address);
const DATA: Dependency = depends("Data", Part::Data);
const CTRL: Dependency = depends("Ctrl", Part::Control);
const LOCKS: &[(&str, Section)] = &[("LockSection", Section::Locked), ("UnlockLock", Section::Relocked)];

const ISB: Fence = fence("ISB", "ISB", Tags::ISB);

const LOADS: Orders = &[("P", "P", ""), ("A", "P", "A"), ("P", "L", "L"), ("A", "L", "AL")];
const STORES: Orders = &[("P", "P", ""), ("P", "L", "L")];

static AARCH64: Catalogue = Catalogue {
    annotations: &[
        PLAIN,
        annotation("A", Tags::ACQUIRE, On::Reads),
        annotation("Q", Tags::ACQUIRE_PC, On::Reads),
        annotation("L", Tags::RELEASE, On::Writes),
        annotation("Miss", Tags::AMO, On::Misses),
        annotation("MissAL", Tags::AMO.and(Tags::ACQUIRE), On::Misses),
        annotation("MissX", Tags::EXCLUSIVE, On::Misses),
        annotation("MissXA", Tags::EXCLUSIVE.and(Tags::ACQUIRE), On::Misses),
    ],
    fences: &[
        fence("DMB.SY", "DMB SY", Tags::DMB_SY),
        fence("DMB.LD", "DMB LD", Tags::DMB_LD),
        fence("DMB.ST", "DMB ST", Tags::DMB_ST),
        fence("DSB.SY", "DSB SY", Tags::DMB_SY),
        fence("DSB.LD", "DSB LD", Tags::DMB_LD),
        fence("DSB.ST", "DSB ST", Tags::DMB_ST),
        ISB,
    ],
    dependencies: &[
        ADDR,
        DATA,
        CTRL,
        fenced(depends("CtrlIsb", Part::Control), &ISB),
        selects("AddrCsel", Part::Address),
        selects("DataCsel", Part::Data),
        selects("CtrlCsel", Part::Control),
        fenced(selects("CtrlIsbCsel", Part::Control), &ISB),
    ],
    rmws: &[
        rmw("LxSx", Op::Pair, Shown::Always, LOADS),
        rmw("CxSx", Op::PairIf, Shown::Always, LOADS),
        rmw("Amo.Swp", Op::Swap, Shown::Always, LOADS),
        rmw("Amo.Cas", Op::Cas, Shown::Always, LOADS),
        rmw("Amo.LdAdd", Op::Add, Shown::Always, LOADS),
        rmw("Amo.LdEor", Op::Xor, Shown::Always, LOADS),
        rmw("Amo.LdSet", Op::Or, Shown::Always, LOADS),
        rmw("Amo.LdClr", Op::AndNot, Shown::Always, LOADS),
        rmw("Amo.StAdd", Op::Add, Shown::Never, STORES),
        rmw("Amo.StEor", Op::Xor, Shown::Never, STORES),
        rmw("Amo.StSet", Op::Or, Shown::Never, STORES),
        rmw("Amo.StClr", Op::AndNot, Shown::Never, STORES),
    ],
    sections: LOCKS,
};

const LOCKED: Orders = &[("Na", "Na", "")];

static X86_64: Catalogue = Catalogue {
    annotations: &[
        annotation("Na", Tags::NONE, On::Any),
        annotation("A", Tags::EXCLUSIVE, On::Exchanges),
        annotation("Miss", Tags::EXCLUSIVE, On::Misses),
    ],
    fences: &[
        fence("MFence", "mfence", Tags::MFENCE),
        fence("SFence", "sfence", Tags::SFENCE),
        fence("LFence", "lfence", Tags::LFENCE),
    ],
    dependencies: &[],
    rmws: &[
        rmw("Exch", Op::Swap, Shown::AsRead, LOCKED),
        rmw("LockAdd", Op::Add, Shown::Never, LOCKED),
        rmw("Cas", Op::Cas, Shown::Always, LOCKED),
    ],
    sections: LOCKS,
};

const FENCE_I: Fence = fence("Fence.i", "fence.i", Tags::FENCE_I);

const SUFFIXES: Orders =
    &[("P", "P", ""), ("Aq", "P", ".aq"), ("P", "Rl", ".rl"), ("Aq", "Rl", ".aqrl"), ("AR", "AR", ".aqrl")];

const PAIRS: Orders =
    &[("P", "P", ""), ("Aq", "P", ""), ("P", "Rl", ""), ("Aq", "Rl", ""), ("AR", "Rl", ""), ("AR", "AR", "")];

static RISCV: Catalogue = Catalogue {
    annotations: &[
        PLAIN,
        annotation("Aq", Tags::ACQUIRE, On::Reads),
        annotation("Rl", Tags::RELEASE, On::Writes),
        annotation("AR", Tags::ACQUIRE.and(Tags::RELEASE), On::Any),
        annotation("Miss", Tags::EXCLUSIVE, On::Misses),
        annotation("MissAq", Tags::EXCLUSIVE.and(Tags::ACQUIRE), On::Misses),
        annotation("MissAR", Tags::EXCLUSIVE.and(Tags::ACQUIRE).and(Tags::RELEASE), On::Misses),
    ],
    fences: &[
        fence("Fence.rw.rw", "fence rw,rw", Tags::FENCE_RW_RW),
        fence("Fence.rw.r", "fence rw,r", Tags::FENCE_RW_R),
        fence("Fence.rw.w", "fence rw,w", Tags::FENCE_RW_W),
        fence("Fence.r.rw", "fence r,rw", Tags::FENCE_R_RW),
        fence("Fence.r.r", "fence r,r", Tags::FENCE_R_R),
        fence("Fence.r.w", "fence r,w", Tags::FENCE_R_W),
        fence("Fence.w.rw", "fence w,rw", Tags::FENCE_W_RW),
        fence("Fence.w.r", "fence w,r", Tags::FENCE_W_R),
        fence("Fence.w.w", "fence w,w", Tags::FENCE_W_W),
        fence("Fence.tso", "fence.tso", Tags::FENCE_TSO),
        FENCE_I,
    ],
    dependencies: &[ADDR, DATA, CTRL, fenced(depends("CtrlFenceI", Part::Control), &FENCE_I)],
    rmws: &[
        rmw("Exch", Op::Swap, Shown::AsRead, SUFFIXES),
        rmw("Add", Op::Add, Shown::AsRead, SUFFIXES),
        rmw("LxSx", Op::Pair, Shown::AsRead, PAIRS),
        rmw("CxSx", Op::PairIf, Shown::AsRead, PAIRS),
    ],
    sections: LOCKS,
};

const ISYNC: Fence = fence("ISync", "isync", Tags::ISYNC);

const ONLY_PLAIN: Orders = &[("P", "P", "")];

static POWER: Catalogue = Catalogue {
    annotations: &[PLAIN, annotation("Miss", Tags::EXCLUSIVE, On::Misses)],
    fences: &[
        fence("Sync", "sync", Tags::SYNC),
        fence("LwSync", "lwsync", Tags::LWSYNC),
        fence("Eieio", "eieio", Tags::EIEIO),
        ISYNC,
    ],
    dependencies: &[ADDR, DATA, CTRL, fenced(depends("CtrlIsync", Part::Control), &ISYNC)],
    rmws: &[rmw("LxSx", Op::Pair, Shown::AsRead, ONLY_PLAIN), rmw("CxSx", Op::PairIf, Shown::AsRead, ONLY_PLAIN)],
    sections: LOCKS,
};

const VARIANTS: Orders =
    &[("P", "P", "_relaxed"), ("Acquire", "P", "_acquire"), ("P", "Release", "_release"), ("Mb", "Mb", "")];

static LINUX: Catalogue = Catalogue {
    annotations: &[
        PLAIN,
        annotation("Acquire", Tags::ACQUIRE, On::Reads),
        annotation("Release", Tags::RELEASE, On::Writes),
        annotation("Mb", Tags::FULL, On::Halves),
        annotation("Miss", Tags::FULL, On::Misses),
        annotation("MissAcquire", Tags::ACQUIRE, On::Misses),
        annotation("MissRelease", Tags::RELEASE, On::Misses),
        annotation("MissRelaxed", Tags::NONE, On::Misses),
    ],
    fences: &[
        Fence { name: "FenceMb", text: "smp_mb()", means: Means::Mb },
        Fence { name: "FenceRmb", text: "smp_rmb()", means: Means::Rmb },
        Fence { name: "FenceWmb", text: "smp_wmb()", means: Means::Wmb },
        Fence { name: "FenceBarrier", text: "barrier()", means: Means::Compiler },
        Fence { name: "FenceSync-rcu", text: "synchronize_rcu()", means: Means::GracePeriod },
    ],
    dependencies: &[ADDR, DATA, CTRL],
    rmws: &[
        rmw("Xchg", Op::Swap, Shown::AsRead, VARIANTS),
        rmw("Add", Op::Add, Shown::AsRead, VARIANTS),
        rmw("Cas", Op::Cas, Shown::Always, VARIANTS),
        rmw("AtomicAdd", Op::Add, Shown::Never, ONLY_PLAIN),
    ],
    sections: &[("RcuSection", Section::Rcu), ("LockSection", Section::Locked), ("UnlockLock", Section::Relocked)],
};

const MEMORY_ORDERS: Orders = &[
    ("Rlx", "Rlx", "relaxed"),
    ("Acq", "Rlx", "acquire"),
    ("Rlx", "Rel", "release"),
    ("Acq", "Rel", "acq_rel"),
    ("Sc", "Sc", "seq_cst"),
];

static C11: Catalogue = Catalogue {
    annotations: &[
        annotation("Rlx", Tags::NONE, On::Any),
        annotation("Na", Tags::PLAIN, On::Any),
        annotation("Acq", Tags::ACQUIRE, On::Reads),
        annotation("Rel", Tags::RELEASE, On::Writes),
        annotation("Sc", Tags::SEQ_CST, On::Any),
        annotation("MissRlx", Tags::NONE, On::Misses),
        annotation("MissAcq", Tags::ACQUIRE, On::Misses),
        annotation("MissSc", Tags::SEQ_CST, On::Misses),
    ],
    fences: &[
        fence("FenceAcq", "atomic_thread_fence(memory_order_acquire)", Tags::C11_FENCE.and(Tags::ACQUIRE)),
        fence("FenceRel", "atomic_thread_fence(memory_order_release)", Tags::C11_FENCE.and(Tags::RELEASE)),
        fence(
            "FenceAR",
            "atomic_thread_fence(memory_order_acq_rel)",
            Tags::C11_FENCE.and(Tags::ACQUIRE).and(Tags::RELEASE),
        ),
        fence("FenceSc", "atomic_thread_fence(memory_order_seq_cst)", Tags::C11_FENCE.and(Tags::SEQ_CST)),
    ],
    dependencies: &[],
    rmws: &[
        rmw("Exch", Op::Swap, Shown::AsRead, MEMORY_ORDERS),
        rmw("Add", Op::Add, Shown::AsRead, MEMORY_ORDERS),
        rmw("Cas", Op::Cas, Shown::Always, MEMORY_ORDERS),
    ],
    sections: LOCKS,
};
