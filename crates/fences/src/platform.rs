//! What a strategy is to be right for, and what its orders cost there.

use fencepost_memory::Order;
use fencepost_model::{Barrier, Change, Target};

/// One or more targets that a strategy must be right under at once, with costs. A machine whose read-modify-writes can
/// be compiled in two ways is both of them.
#[derive(Clone, Copy, Debug)]
pub struct Platform {
    /// The name on the command line.
    pub name: &'static str,
    targets: &'static [&'static str],
    /// What orders cost.
    pub costs: &'static Costs,
}

/// What orders cost more than none, each counted once for each place in the source where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// The name on the command line.
    pub name: &'static str,
    /// The unit of the figures.
    pub unit: &'static str,
    /// Where the figures come from.
    pub from: &'static str,
    /// `smp_wmb()`.
    pub wmb: u32,
    /// `smp_rmb()`.
    pub rmb: u32,
    /// `smp_mb()`.
    pub mb: u32,
    /// An acquire, over a relaxed read.
    pub acquire: u32,
    /// A release, over a relaxed write.
    pub release: u32,
    /// A fully ordered read-modify-write, over a relaxed one.
    pub full: u32,
}

/// Every table of costs.
pub const COSTS: &[Costs] = &[COUNT, X86_64, ARM64, RISCV64, POWER64];

const COUNT: Costs = Costs {
    name: "count",
    unit: "barriers",
    from: "a count: any order in one direction is 1, smp_mb() is 4 so that it is never chosen for convenience",
    wmb: 1,
    rmb: 1,
    mb: 4,
    acquire: 1,
    release: 1,
    full: 4,
};

const X86_64: Costs = Costs {
    name: "x86-64",
    unit: "ns",
    from: "smp_mb() is a locked instruction, 5 ns on a Zen 5 guest; all else is no instruction, and every \
           read-modify-write is locked whatever its order",
    wmb: 0,
    rmb: 0,
    mb: 5,
    acquire: 0,
    release: 0,
    full: 0,
};

const ARM64: Costs = Costs {
    name: "arm64",
    unit: "cycles",
    from: "Linux commit d0dd066a0fa2: an smp_rmb() replaced by a load-acquire takes a Neoverse N1 from 13 to 8 cycles, so \
           dmb is dearer than ldar by 5; no published figure tells dmb ishst, ishld and ish apart, so the two weak ones \
           count alike, dmb ish twice, and ldar and stlr 1",
    wmb: 6,
    rmb: 6,
    mb: 12,
    acquire: 1,
    release: 1,
    full: 2,
};

const RISCV64: Costs = Costs {
    name: "riscv64",
    unit: "fences",
    from: "no published figure tells the fences apart: each counts 1, fence rw,rw 2; the kernel's acquire and release are \
           a fence each",
    wmb: 1,
    rmb: 1,
    mb: 2,
    acquire: 1,
    release: 1,
    full: 2,
};

const POWER64: Costs = Costs {
    name: "powerpc64",
    unit: "lwsyncs",
    from: "smp_wmb(), smp_rmb(), acquire and release are an lwsync each; sync is the dearest of the storage barriers by \
           IBM's manuals, and counts 4; a fully ordered read-modify-write has two",
    wmb: 1,
    rmb: 1,
    mb: 4,
    acquire: 1,
    release: 1,
    full: 8,
};

const fn platform(name: &'static str, targets: &'static [&'static str], costs: &'static Costs) -> Platform {
    Platform { name, targets, costs }
}

/// Every platform, the machines first, then the models of the source, then all of one lowering together.
pub const PLATFORMS: &[Platform] = &[
    platform("x86-64-kernel", &["x86-64-kernel"], &X86_64),
    platform("arm64-kernel", &["arm64-kernel-lse", "arm64-kernel-llsc"], &ARM64),
    platform("riscv64-kernel", &["riscv64-kernel-amo", "riscv64-kernel-lrsc"], &RISCV64),
    platform("powerpc64-kernel", &["powerpc64-kernel"], &POWER64),
    platform("lkmm", &["lkmm"], &COUNT),
    platform("x86-64-rust", &["x86-64-rust"], &X86_64),
    platform("arm64-rust", &["arm64-rust-lse", "arm64-rust-llsc"], &ARM64),
    platform("riscv64-rust", &["riscv64-rust"], &RISCV64),
    platform("powerpc64-rust", &["powerpc64-rust"], &POWER64),
    platform("rc11", &["rc11"], &COUNT),
    platform(
        "kernel",
        &[
            "lkmm",
            "arm64-kernel-lse",
            "arm64-kernel-llsc",
            "powerpc64-kernel",
            "riscv64-kernel-lrsc",
            "riscv64-kernel-amo",
            "x86-64-kernel",
        ],
        &COUNT,
    ),
    platform(
        "rust",
        &["rc11", "arm64-rust-llsc", "arm64-rust-lse", "powerpc64-rust", "riscv64-rust", "x86-64-rust"],
        &COUNT,
    ),
    platform("sc", &["sc"], &COUNT),
];

impl Platform {
    /// Its targets.
    pub fn targets(&self) -> Vec<Target> {
        self.targets.iter().filter_map(|name| Target::named(name)).collect()
    }

    /// The platforms that `pattern` names: a platform (`arm64-kernel`), an architecture (`arm64`) in both lowerings, or
    /// one target alone (`arm64-kernel-lse`) with its platform's costs.
    pub fn find(pattern: &str) -> Vec<Platform> {
        let whole = |p: &&Platform| p.name == pattern || p.costs.name == pattern && p.costs.name != COUNT.name;
        let whole: Vec<Platform> = PLATFORMS.iter().filter(whole).copied().collect();
        if !whole.is_empty() {
            return whole;
        }
        let alone = |p: &Platform| {
            let at = p.targets.iter().position(|target| *target == pattern)?;
            Some(Platform { name: p.targets[at], targets: &p.targets[at..=at], costs: p.costs })
        };
        PLATFORMS.iter().find_map(alone).into_iter().collect()
    }
}

impl Costs {
    /// What a change adds, over nothing or over a relaxed access.
    pub fn of(&self, change: Option<Change>) -> u32 {
        match change {
            Some(Change::Fence(Some(b)) | Change::Before(b) | Change::After(b)) => match b {
                Barrier::Write => self.wmb,
                Barrier::Read => self.rmb,
                Barrier::Compiler => 0,
                _ => self.mb,
            },
            Some(Change::Order(Order::Acquire)) => self.acquire,
            Some(Change::Order(Order::Release)) => self.release,
            Some(Change::Order(Order::Full)) => self.full,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_named_once_by_itself_and_belongs_to_a_platform() {
        for target in Target::all() {
            let [alone] = Platform::find(target.name)[..] else { panic!("{}", target.name) };
            assert!(alone.targets().iter().any(|t| t.name == target.name));
        }
        for platform in PLATFORMS {
            assert_eq!(platform.targets().len(), platform.targets.len(), "{}", platform.name);
            assert_eq!(Platform::find(platform.name).len(), 1, "{}", platform.name);
        }
        assert_eq!(Platform::find("arm64").len(), 2);
        assert_eq!(Platform::find("arm64-kernel-lse")[0].targets().len(), 1);
    }

    #[test]
    fn a_stronger_order_is_never_cheaper() {
        for costs in COSTS {
            assert!(costs.mb >= costs.rmb.max(costs.wmb), "{}", costs.name);
            assert!(costs.full >= costs.acquire.max(costs.release), "{}", costs.name);
        }
    }
}
