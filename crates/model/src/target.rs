//! What a program is checked for: a lowering, and the model that its result is judged by.

use crate::lower::{Lowering, table};
use crate::models::{COMMON, Model, model};
use crate::sites::Sites;

/// A lowering with a model, and changes to the program's sites.
#[derive(Clone, Debug)]
pub struct Target {
    /// Its name, such as `arm64-kernel-lse`.
    pub name: &'static str,
    /// The model.
    pub model: &'static Model,
    /// The lowering.
    pub lowering: &'static Lowering,
    /// Changes to the program.
    pub sites: Sites,
    /// Whether control dependencies count.
    pub control: bool,
}

/// Name, model and lowering.
type Row = (&'static str, &'static str, &'static Lowering);

static TARGETS: &[Row] = &[
    ("sc", "sc", &table::SC),
    ("x86-64-kernel", "x86-tso", &table::X86_64_KERNEL),
    ("arm64-kernel-lse", "armv8", &table::ARM64_KERNEL_LSE),
    ("arm64-kernel-llsc", "armv8", &table::ARM64_KERNEL_LLSC),
    ("riscv64-kernel-amo", "rvwmo", &table::RISCV64_KERNEL_AMO),
    ("riscv64-kernel-lrsc", "rvwmo", &table::RISCV64_KERNEL_LRSC),
    ("powerpc64-kernel", "power", &table::POWER64_KERNEL),
    ("lkmm", "lkmm", &table::LINUX),
    ("x86-64-rust", "x86-tso", &table::X86_64_RUST),
    ("arm64-rust-lse", "armv8", &table::ARM64_RUST_LSE),
    ("arm64-rust-llsc", "armv8", &table::ARM64_RUST_LLSC),
    ("riscv64-rust", "rvwmo", &table::RISCV64_RUST),
    ("powerpc64-rust", "power", &table::POWER64_RUST),
    ("rc11", "rc11", &table::C11),
];

/// What is judged by name only, since it differs from another target in one instruction.
static BY_NAME: &[Row] = &[("arm64-rust-rcpc", "armv8", &table::ARM64_RUST_RCPC)];

impl Target {
    /// Every target, but for those that have to be asked for: [`Target::by_name`].
    pub fn all() -> Vec<Target> {
        TARGETS.iter().filter_map(|&(name, ..)| Target::named(name)).collect()
    }

    /// The other targets: `arm64-rust-rcpc`, which is `arm64-rust-lse` for a machine with FEAT_LRCPC, where rustc loads with
    /// acquire by `ldapr`.
    pub fn by_name() -> Vec<Target> {
        BY_NAME.iter().filter_map(|&(name, ..)| Target::named(name)).collect()
    }

    /// Those of [`Target::all`], and those of [`Target::by_name`] after them.
    pub fn known() -> Vec<Target> {
        Target::all().into_iter().chain(Target::by_name()).collect()
    }

    /// The target of that name; `None` if there is none.
    pub fn named(name: &str) -> Option<Target> {
        let &(name, by, lowering) = TARGETS.iter().chain(BY_NAME).find(|row| row.0 == name)?;
        Some(Target { name, model: model(by)?, lowering, sites: Sites::unchanged(), control: true })
    }

    /// What every target allows, and more.
    pub(crate) fn common() -> Target {
        Target { name: "common", model: &COMMON, lowering: &table::COMMON, sites: Sites::unchanged(), control: true }
    }

    /// Those that allow what this one does, and more, each less than the one before.
    pub(crate) fn weaker(&self) -> Vec<Target> {
        let common = Target::common().with_sites(self.sites.clone());
        let weakest = self.lowering.weakest.map(|lowering| Target { name: lowering.name, lowering, ..self.clone() });
        [Some(common), weakest].into_iter().flatten().collect()
    }

    /// Whether it asks the same of the same program, whatever its name.
    pub(crate) fn is_same(&self, other: &Target) -> bool {
        std::ptr::eq(self.model, other.model)
            && std::ptr::eq(self.lowering, other.lowering)
            && (&self.sites, self.control) == (&other.sites, other.control)
    }

    /// Whether it is what rustc makes of Rust's atomics, or RC11, the model of their source; not the kernel's.
    pub fn is_rust(&self) -> bool {
        self.name == "rc11" || self.name.contains("-rust")
    }

    /// The same with changes to the program's sites.
    #[must_use]
    pub fn with_sites(self, sites: Sites) -> Target {
        Target { sites, ..self }
    }

    /// The same with control dependencies ignored, as if a compiler had turned every branch into a select that
    /// carries none.
    #[must_use]
    pub fn without_control(self) -> Target {
        Target { control: false, ..self }
    }
}

/// What some target allows and one that is weaker does not.
#[cfg(test)]
pub(crate) fn allowed_more(checker: &crate::Checker) -> Vec<String> {
    let mut known = Vec::new();
    let mut all = Vec::new();
    for target in Target::all() {
        let allowed = checker.explore(&target).outcomes;
        for weaker in target.weaker() {
            let place = known.iter().position(|(of, _): &(Target, _)| of.is_same(&weaker)).unwrap_or_else(|| {
                let outcomes = checker.explore(&weaker).outcomes;
                known.push((weaker, outcomes));
                known.len() - 1
            });
            let (weaker, by_weaker) = &known[place];
            for outcome in allowed.difference(by_weaker) {
                all.push(format!("{} allows {outcome:?}, and {} does not", target.name, weaker.name));
            }
        }
    }
    all
}
