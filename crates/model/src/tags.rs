//! What an event says of itself: the annotations of instructions and source-level operations.

use std::fmt;
use std::ops::BitOr;

/// A set of annotations.
///
/// The names are the architectures' own. An annotation means something only to the models that know it; a
/// fence without a meaning in a model orders nothing there.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tags(u64);

impl Tags {
    /// No annotation.
    pub const NONE: Tags = Tags(0);

    /// Whether it has every annotation of `tags`.
    pub const fn has(self, tags: Tags) -> bool {
        self.0 & tags.0 == tags.0
    }

    /// Whether it has any annotation of `tags`.
    pub const fn any(self, tags: Tags) -> bool {
        self.0 & tags.0 != 0
    }

    /// Whether it has none at all.
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Both.
    pub const fn and(self, other: Tags) -> Tags {
        Tags(self.0 | other.0)
    }

    /// All but those of `other`.
    pub const fn without(self, other: Tags) -> Tags {
        Tags(self.0 & !other.0)
    }
}

impl BitOr for Tags {
    type Output = Tags;
    fn bitor(self, other: Tags) -> Tags {
        self.and(other)
    }
}

/// Declares the annotations, one bit each, with their printed names.
macro_rules! tags {
    ($($bit:literal $name:ident $text:literal $doc:literal;)*) => {
        impl Tags {
            $(#[doc = $doc] pub const $name: Tags = Tags(1 << $bit);)*
        }
        const NAMES: &[(Tags, &str)] = &[$((Tags::$name, $text)),*];
    };
}

tags! {
    0 ACQUIRE "acq" "Arm's A, RISC-V's `.aq`, the kernel's and C11's acquire.";
    1 ACQUIRE_PC "acqpc" "Arm's Q: `ldapr`.";
    2 RELEASE "rel" "Arm's L, RISC-V's `.rl`, the kernel's and C11's release.";
    3 EXCLUSIVE "x" "One of an exclusive pair (`ldxr`/`stxr`, `lr`/`sc`, `lwarx`/`stwcx.`), or of an x86 LOCKed instruction.";
    4 AMO "amo" "One half of a single-instruction atomic.";
    5 NORETURN "noreturn" "The read of an atomic whose result is not used.";
    6 PLAIN "plain" "An unmarked C access; in C11 a non-atomic one.";
    7 SEQ_CST "sc" "C11's seq_cst.";
    8 FULL "mb" "The kernel's fully ordered atomic.";
    9 LOCK "lock" "`spin_lock()`: both halves.";
    10 UNLOCK "unlock" "`spin_unlock()`.";
    11 BRANCHED "branched" "A read, or a store-conditional, that the instruction sequence itself branches on before it goes on.";
    12 ATOMIC "atomic" "The read of a conditional read-modify-write of the kernel's that did not write.";
    13 STATUS "status" "A store-conditional whose status the instruction sequence branches on, and whose status depends on what its address and its value are computed from, but not on the store: `stwcx.`.";
    14 LOCK_LOOK "look" "A read of a lock that does not take it: `spin_is_locked()`, or a `spin_trylock()` that fails.";
    16 MFENCE "mfence" "x86 `mfence`, and what is as strong.";
    17 LFENCE "lfence" "x86 `lfence`.";
    18 SFENCE "sfence" "x86 `sfence`.";
    19 DMB_SY "dmb sy" "Arm `dmb ish`/`dmb sy`, and `dsb`.";
    20 DMB_LD "dmb ld" "Arm `dmb ishld`.";
    21 DMB_ST "dmb st" "Arm `dmb ishst`.";
    22 ISB "isb" "Arm `isb`.";
    23 SYNC "sync" "POWER `sync`.";
    24 LWSYNC "lwsync" "POWER `lwsync`.";
    25 EIEIO "eieio" "POWER `eieio`.";
    26 ISYNC "isync" "POWER `isync`.";
    27 BEFORE_R "r," "RISC-V `fence`: reads before it.";
    28 BEFORE_W "w," "RISC-V `fence`: writes before it.";
    29 AFTER_R ",r" "RISC-V `fence`: reads after it.";
    30 AFTER_W ",w" "RISC-V `fence`: writes after it.";
    31 FENCE_TSO "fence.tso" "RISC-V `fence.tso`.";
    32 FENCE_I "fence.i" "RISC-V `fence.i`, which orders no data accesses.";
    33 SMP_MB "smp_mb" "`smp_mb()`.";
    34 SMP_RMB "smp_rmb" "`smp_rmb()`.";
    35 SMP_WMB "smp_wmb" "`smp_wmb()`.";
    36 BARRIER "barrier" "`barrier()`.";
    37 RCU_LOCK "rcu_read_lock" "`rcu_read_lock()`.";
    38 RCU_UNLOCK "rcu_read_unlock" "`rcu_read_unlock()`.";
    39 SYNC_RCU "synchronize_rcu" "`synchronize_rcu()`.";
    41 BEFORE_ATOMIC "smp_mb__before_atomic" "`smp_mb__before_atomic()`.";
    42 AFTER_ATOMIC "smp_mb__after_atomic" "`smp_mb__after_atomic()`.";
    43 AFTER_SPINLOCK "smp_mb__after_spinlock" "`smp_mb__after_spinlock()`.";
    44 AFTER_UNLOCK_LOCK "smp_mb__after_unlock_lock" "`smp_mb__after_unlock_lock()`.";
    45 AFTER_SRCU_READ_UNLOCK "smp_mb__after_srcu_read_unlock" "`smp_mb__after_srcu_read_unlock()`.";
    46 SRCU_LOCK "srcu_read_lock" "The read of `srcu_read_lock()`.";
    47 SRCU_UNLOCK "srcu_read_unlock" "The write of `srcu_read_unlock()`.";
    48 SYNC_SRCU "synchronize_srcu" "`synchronize_srcu()`, with the cell that it is about.";
    40 C11_FENCE "fence" "C11's `atomic_thread_fence`, with acquire, release or seq_cst beside it.";
}

impl Tags {
    /// RISC-V `fence rw,rw`.
    pub const FENCE_RW_RW: Tags = Tags::FENCE_R_RW.and(Tags::FENCE_W_RW);
    /// RISC-V `fence r,rw`.
    pub const FENCE_R_RW: Tags = Tags::BEFORE_R.and(Tags::AFTER_R).and(Tags::AFTER_W);
    /// RISC-V `fence w,rw`.
    pub const FENCE_W_RW: Tags = Tags::BEFORE_W.and(Tags::AFTER_R).and(Tags::AFTER_W);
    /// RISC-V `fence rw,w`.
    pub const FENCE_RW_W: Tags = Tags::BEFORE_R.and(Tags::BEFORE_W).and(Tags::AFTER_W);
    /// RISC-V `fence rw,r`.
    pub const FENCE_RW_R: Tags = Tags::BEFORE_R.and(Tags::BEFORE_W).and(Tags::AFTER_R);
    /// RISC-V `fence r,r`.
    pub const FENCE_R_R: Tags = Tags::BEFORE_R.and(Tags::AFTER_R);
    /// RISC-V `fence r,w`.
    pub const FENCE_R_W: Tags = Tags::BEFORE_R.and(Tags::AFTER_W);
    /// RISC-V `fence w,r`.
    pub const FENCE_W_R: Tags = Tags::BEFORE_W.and(Tags::AFTER_R);
    /// RISC-V `fence w,w`.
    pub const FENCE_W_W: Tags = Tags::BEFORE_W.and(Tags::AFTER_W);
}

/// What orders more the more of it there is.
const ORDERING: Tags = Tags::ACQUIRE.and(Tags::RELEASE).and(Tags::FENCE_RW_RW).and(ARM_FENCES).and(POWER_FENCES);
const ARM_FENCES: Tags = Tags::DMB_SY.and(Tags::DMB_LD).and(Tags::DMB_ST);
const POWER_FENCES: Tags = Tags::SYNC.and(Tags::LWSYNC);

impl Tags {
    /// Whether an event with these is ordered, in every model, as one with `weaker` would be in its place, and perhaps more.
    pub(crate) fn is_as_strong_as(self, weaker: Tags) -> bool {
        let full = |tag, fences| if self.has(tag) { fences } else { Tags::NONE };
        let orders = self.and(full(Tags::DMB_SY, ARM_FENCES)).and(full(Tags::SYNC, POWER_FENCES));
        // The read of an atomic without a result is ordered less than another one.
        let kind = |tags: Tags| tags.without(ORDERING).without(Tags::NORETURN);
        let reads = weaker.has(Tags::NORETURN) || !self.has(Tags::NORETURN);
        kind(self) == kind(weaker) && reads && orders.has(weaker.without(kind(weaker)).without(Tags::NORETURN))
    }
}

impl fmt::Display for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = NAMES.iter().filter(|(tag, _)| self.has(*tag)).map(|(_, name)| *name);
        f.write_str(&names.collect::<Vec<_>>().join(" "))
    }
}

impl fmt::Debug for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{self}]")
    }
}
