//! Where timed code lies.
//!
//! A loop of a few instructions takes up to twice as long at one address as at another: what a CPU fetches in one step
//! ends at a multiple of 64 bytes. So each timed loop begins at the same distance from such a multiple, and loops that
//! execute the same instructions lie alike, whatever else their functions hold.

use std::arch::asm;

/// A place in memory.
pub(super) trait Place: 'static {
    /// What comes next is put at a multiple of 64 bytes.
    fn begin();
}

/// Where the compiler puts it.
pub(super) struct Here;

impl Place for Here {
    #[inline(always)]
    fn begin() {
        // SAFETY: it only pads with instructions that do nothing. It is no barrier, and must not be one for the timed code.
        unsafe { asm!(".p2align 6", options(nomem, nostack, preserves_flags)) }
    }
}

/// Somewhere else: code that says so is not merged with the same code [`Here`].
pub(super) struct Elsewhere;

impl Place for Elsewhere {
    #[inline(always)]
    fn begin() {
        // SAFETY: it only pads with instructions that do nothing. It is no barrier, and must not be one for the timed code.
        unsafe { asm!(".p2align 6 /* elsewhere */", options(nomem, nostack, preserves_flags)) }
    }
}
