//! Any other architecture.

compile_error!(
    "fencepost-memory knows the kernel's barrier instructions for x86_64, aarch64, riscv64 and powerpc64 only; \
     to add an architecture, write one more file beside crates/memory/src/kernel/x86_64.rs"
);
