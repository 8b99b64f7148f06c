//! The folio descriptor: 64 bytes that several owners read in different ways.

use fencepost_memory::{Memory, Rmw, Word};

/// `PG_locked`: the folio lock.
pub const LOCKED: u64 = 1 << 0;
/// The slab mark where it is a bit of `flags`.
pub const SLAB: u64 = 1 << 1;
/// `PG_isolated`: a scanner has taken the folio off its driver.
pub const ISOLATED: u64 = 1 << 2;
/// A flag that only the slab's owner writes, without atomics (pfmemalloc).
pub const OWNER: u64 = 1 << 3;

/// `page_type` of a page without a type.
pub const TYPE_NONE: u64 = 0xffff_ffff;
/// `page_type` of a free page in the buddy allocator.
pub const TYPE_BUDDY: u64 = 0xf0ff_ffff;
/// `page_type` of a slab where the slab mark is a type.
pub const TYPE_SLAB: u64 = 0xf5ff_ffff;

/// The low two bits of `mapping` are tags.
const MAPPING_TAGS: u64 = 3;
/// The tag that says: movable, and the rest points to the driver's operations.
pub const MAPPING_MOVABLE: u64 = 2;

/// The descriptor of one page frame.
///
/// The words lie where the kernel has them. The slab allocator overlays its own structure on the same
/// bytes, so that `mapping` holds whatever the overlay has at that offset while the folio is a slab.
#[repr(C, align(64))]
pub struct Folio<M: Memory> {
    /// Lock bit, isolated bit and, in the shared layout, the slab mark.
    pub flags: M::Cell<u64>,
    _lru: [M::Cell<u64>; 2],
    /// A tagged pointer, or a word of the slab overlay.
    pub mapping: M::Cell<u64>,
    _index: M::Cell<u64>,
    /// A sequence count, for the strategies that use one.
    pub sequence: M::Cell<u32>,
    _private: M::Cell<u32>,
    /// Buddy mark and, in the split layout, the slab mark.
    pub page_type: M::Cell<u32>,
    /// `_refcount`.
    pub refcount: M::Cell<u32>,
    _memcg: M::Cell<u64>,
}

impl<M: Memory> Folio<M> {
    /// The descriptor of a free page in the buddy allocator.
    pub fn free(m: &M) -> Self {
        Self {
            flags: m.cell(0),
            _lru: [m.cell(0), m.cell(0)],
            mapping: m.cell(0),
            _index: m.cell(0),
            sequence: m.cell(0),
            _private: m.cell(0),
            page_type: m.cell(TYPE_BUDDY),
            refcount: m.cell(0),
            _memcg: m.cell(0),
        }
    }

    /// Tests a value of `mapping`: a branch.
    #[inline(always)]
    pub fn is_movable(mapping: M::Word) -> bool {
        (mapping & MAPPING_TAGS.into()).is(MAPPING_MOVABLE)
    }

    /// The pointer in a value of `mapping`.
    #[inline(always)]
    pub fn operations(mapping: M::Word) -> M::Word {
        mapping & (!MAPPING_TAGS).into()
    }

    /// Reads `mapping` and tests it.
    #[track_caller]
    #[inline(always)]
    pub fn reads_movable(&self, m: &M) -> bool {
        m.called(|m| Self::is_movable(m.read_once(&self.mapping)))
    }

    /// Sets `mapping` to NULL, unordered.
    #[track_caller]
    #[inline(always)]
    pub fn clear_mapping(&self, m: &M) {
        m.called(|m| m.write_once(&self.mapping, 0.into()));
    }

    /// Reads `flags` and tests the isolated bit.
    #[track_caller]
    #[inline(always)]
    pub fn reads_isolated(&self, m: &M) -> bool {
        m.called(|m| m.read_once(&self.flags).test(ISOLATED))
    }

    /// Movable, with operations, and not isolated? The operations, from `mapping` read once more.
    #[track_caller]
    #[inline(always)]
    pub fn confirm_movable(&self, m: &M) -> Option<M::Word> {
        m.called(|m| {
            let mapping = m.read_once(&self.mapping);
            let movable = Self::is_movable(mapping) && !Self::operations(mapping).is(0);
            (movable && !self.reads_isolated(m)).then(|| Self::operations(m.read_once(&self.mapping)))
        })
    }

    /// Sets bits of `flags` without atomics, as the owner of a newly allocated page may. Returns the old value.
    #[track_caller]
    #[inline(always)]
    pub fn set_flags_nonatomic(&self, m: &M, bits: u64) -> M::Word {
        m.called(|m| {
            let old = m.read_once(&self.flags);
            m.write_once(&self.flags, old | bits.into());
            old
        })
    }

    /// Clears bits of `flags` without atomics. Returns the old value.
    #[track_caller]
    #[inline(always)]
    pub fn clear_flags_nonatomic(&self, m: &M, bits: u64) -> M::Word {
        m.called(|m| {
            let old = m.read_once(&self.flags);
            m.write_once(&self.flags, old & (!bits).into());
            old
        })
    }

    /// Sets bits of `flags` atomically, unordered.
    #[track_caller]
    #[inline(always)]
    pub fn set_flags(&self, m: &M, bits: u64) {
        m.called(|m| m.atomic(&self.flags, Rmw::Or, bits.into()));
    }

    /// Clears bits of `flags` atomically, unordered.
    #[track_caller]
    #[inline(always)]
    pub fn clear_flags(&self, m: &M, bits: u64) {
        m.called(|m| m.atomic(&self.flags, Rmw::And, (!bits).into()));
    }
}

#[cfg(test)]
mod tests {
    use std::mem::{align_of, offset_of, size_of};

    use fencepost_memory::Kernel;

    use super::*;

    #[test]
    fn the_words_lie_where_the_kernel_has_them() {
        type Native = Folio<Kernel>;
        assert_eq!(size_of::<Native>(), 64);
        assert_eq!(align_of::<Native>(), 64);
        assert_eq!(offset_of!(Native, flags), 0);
        assert_eq!(offset_of!(Native, mapping), 24);
        assert_eq!(offset_of!(Native, page_type), 48);
        assert_eq!(offset_of!(Native, refcount), 52);
    }

    #[test]
    fn only_the_tag_says_movable() {
        for (mapping, movable) in
            [(0, false), (0x1000, false), (0x1001, false), (0x1002, true), (2, true), (0x1003, false)]
        {
            assert_eq!(Folio::<Kernel>::is_movable(mapping), movable, "{mapping:#x}");
        }
    }
}
