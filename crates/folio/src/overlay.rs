//! What the slab allocator's overlay puts where `mapping` is.

/// The word that the overlay has at the offset of `mapping` while the folio is a slab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Overlay {
    /// `slab_cache`, an aligned pointer: never looks movable (mainline up to 6.1).
    SlabCache,
    /// `rcu_head.func`, the address of the callback that frees the slab, where functions are not aligned to
    /// four bytes and this one ends in binary 10.
    RcuCallback,
    /// `slab_list.prev` after `list_del()`: `LIST_POISON2`, whose low bits are 10 on every architecture.
    ListPoison,
}

impl Overlay {
    /// Every overlay.
    pub const ALL: [Self; 3] = [Self::SlabCache, Self::RcuCallback, Self::ListPoison];

    /// The name in reports and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SlabCache => "slab-cache",
            Self::RcuCallback => "rcu-callback",
            Self::ListPoison => "list-poison",
        }
    }

    /// The word in a model, where a function's address is a symbolic constant: the same on every machine.
    pub const fn symbolic(self) -> u64 {
        match self {
            Self::SlabCache => 0xffff_8881_0004_2000,
            Self::RcuCallback => 0xffff_ffff_8132_5cb2,
            Self::ListPoison => LIST_POISON2,
        }
    }

    /// The word in this process. The callback's is the address of a real function that really ends in
    /// binary 10 where the architecture can have one (x86-64, riscv64), and `LIST_POISON2` elsewhere.
    pub fn native(self) -> u64 {
        match self {
            Self::RcuCallback => callback::address(),
            other => other.symbolic(),
        }
    }
}

/// 0x122 plus the offset that makes it a non-canonical address.
const LIST_POISON2: u64 = 0xdead_0000_0000_0122;

#[cfg(any(target_arch = "x86_64", target_arch = "riscv64"))]
#[expect(unsafe_code, reason = "an extern block declares the label")]
mod callback {
    //! A function at an address that is 2 modulo 4, as `-Os` makes them.

    #[cfg(target_arch = "x86_64")]
    std::arch::global_asm!(
        ".pushsection .text.fencepost_rcu_free_slab,\"ax\",@progbits",
        ".p2align 2",
        "nop",
        "nop",
        ".globl fencepost_rcu_free_slab",
        ".type fencepost_rcu_free_slab,@function",
        "fencepost_rcu_free_slab:",
        "ret",
        ".popsection",
    );

    #[cfg(target_arch = "riscv64")]
    std::arch::global_asm!(
        ".pushsection .text.fencepost_rcu_free_slab,\"ax\",@progbits",
        ".option push",
        ".option rvc",
        ".p2align 2",
        "c.nop",
        ".globl fencepost_rcu_free_slab",
        ".type fencepost_rcu_free_slab,@function",
        "fencepost_rcu_free_slab:",
        "ret",
        ".option pop",
        ".popsection",
    );

    unsafe extern "C" {
        // Declared as a byte: of a function the optimiser assumes that its address is a multiple of 4.
        static fencepost_rcu_free_slab: u8;
    }

    pub fn address() -> u64 {
        &raw const fencepost_rcu_free_slab as u64
    }
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "riscv64")))]
mod callback {
    //! Four-byte instructions: no function's address ends in binary 10.

    pub fn address() -> u64 {
        super::LIST_POISON2
    }
}

#[cfg(test)]
mod tests {
    use fencepost_memory::Kernel;

    use super::*;
    use crate::Folio;

    #[test]
    fn what_looks_movable_does_so_natively_and_in_a_model() {
        for overlay in Overlay::ALL {
            let looks = overlay != Overlay::SlabCache;
            assert_eq!(Folio::<Kernel>::is_movable(overlay.native()), looks, "{} natively", overlay.name());
            assert_eq!(Folio::<Kernel>::is_movable(overlay.symbolic()), looks, "{} in a model", overlay.name());
        }
    }
}
