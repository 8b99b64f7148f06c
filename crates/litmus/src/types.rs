//! The arithmetic types of C: how many bits a value has, and what they mean.
//!
//! `int` has 32 bits and `long` 64, as for Linux on the architectures that the engine knows; arithmetic wraps, as the
//! kernel is compiled (`-fwrapv`). herd7 computes everything in 32 bits, `long` included.

/// An arithmetic type, or a pointer.
///
/// A value of it is its low bits in a word whose other bits are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Type {
    /// Of what the pointers lead to, if it is one: 1 for `bool`; 8, 16, 32 or 64; 0 for a `struct` or `void`.
    bits: u32,
    /// Whether it is a struct, where `bits` is 0.
    signed: bool,
    /// The number of `*`.
    stars: u32,
}

/// Words that a type is made of.
const WORDS: &[&str] = &[
    "_Atomic",
    "_Bool",
    "atomic64_t",
    "atomic_int",
    "atomic_long",
    "atomic_long_t",
    "atomic_t",
    "atomic_uint",
    "bool",
    "char",
    "const",
    "int",
    "int16_t",
    "int32_t",
    "int64_t",
    "int8_t",
    "intptr_t",
    "long",
    "mtx_t",
    "s16",
    "s32",
    "s64",
    "s8",
    "short",
    "signed",
    "size_t",
    "spinlock_t",
    "struct",
    "u16",
    "u32",
    "u64",
    "u8",
    "uint16_t",
    "uint32_t",
    "uint64_t",
    "uint8_t",
    "uintptr_t",
    "unsigned",
    "void",
    "volatile",
];

const fn integer(bits: u32, signed: bool) -> Type {
    Type { bits, signed, stars: 0 }
}

impl Type {
    pub const BOOL: Type = integer(1, false);
    pub const INT: Type = integer(32, true);
    pub const UNSIGNED: Type = integer(32, false);
    pub const LONG: Type = integer(64, true);
    pub const UNSIGNED_LONG: Type = integer(64, false);
    /// Any address.
    pub const VOID_POINTER: Type = Type { bits: 0, signed: false, stars: 1 };

    pub fn is_word(word: &str) -> bool {
        WORDS.contains(&word)
    }

    /// The type that these words make, as `unsigned long` do.
    pub fn of_words(words: &[&str]) -> Type {
        let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
        if has(&["bool", "_Bool"]) {
            return Type::BOOL;
        }
        if has(&["struct", "void"]) {
            return integer(0, has(&["struct"]));
        }
        let bits = if has(&["char", "s8", "u8", "int8_t", "uint8_t"]) {
            8
        } else if has(&["short", "s16", "u16", "int16_t", "uint16_t"]) {
            16
        } else if has(&["long", "s64", "u64", "int64_t", "uint64_t", "intptr_t", "uintptr_t", "size_t"])
            || has(&["atomic64_t", "atomic_long_t", "atomic_long"])
        {
            64
        } else {
            32
        };
        let unsigned = ["unsigned", "u8", "u16", "u32", "u64", "uint8_t", "uint16_t", "uint32_t", "uint64_t"];
        integer(bits, !has(&unsigned) && !has(&["uintptr_t", "size_t", "atomic_uint"]))
    }

    /// The type with as many more `*`.
    pub fn with_stars(self, stars: u32) -> Type {
        Type { stars: self.stars + stars, ..self }
    }

    pub fn is_pointer(self) -> bool {
        self.stars > 0
    }

    pub fn is_struct(self) -> bool {
        self.stars == 0 && self.bits == 0
    }

    /// What it points to, if it is a pointer that tells.
    pub fn pointee(self) -> Option<Type> {
        let pointee = Type { stars: self.stars.checked_sub(1)?, ..self };
        (pointee.stars > 0 || pointee.bits > 0).then_some(pointee)
    }

    /// The number of bytes that a pointer moves by when 1 is added; `None` if it is none.
    pub fn step(self) -> Option<u64> {
        let pointee = Type { stars: self.stars.checked_sub(1)?, ..self };
        // GNU C computes with `void *` as with `char *`.
        Some(if self == Type::VOID_POINTER { 1 } else { pointee.size() })
    }

    /// The number of bits of a value.
    pub fn width(self) -> u32 {
        if self.stars > 0 || self.bits == 0 { 64 } else { self.bits }
    }

    fn is_signed(self) -> bool {
        self.stars == 0 && self.signed && self.bits > 0
    }

    /// What is shown of a value that is no address: of a pointer, the number that an `int` given to it was.
    pub fn shown(self, bits: u64) -> i128 {
        if self.is_pointer() { i128::from(bits.cast_signed()) } else { self.number(bits) }
    }

    /// The number of bytes that a value takes in memory.
    pub fn size(self) -> u64 {
        u64::from(self.width().div_ceil(8))
    }

    /// The type of a constant, as it is written.
    pub fn of_constant(text: &str, number: i64) -> Type {
        let digits = text.trim_end_matches(['u', 'U', 'l', 'L']);
        let suffix = &text[digits.len()..];
        let decimal = digits.len() == 1 || !digits.starts_with('0');
        let long = suffix.contains(['l', 'L']);
        let unsigned = suffix.contains(['u', 'U']);
        let value = number.cast_unsigned();
        let fits = |ty: Type| ty.number(value & ty.mask()) == i128::from(value);
        let candidates = [Type::INT, Type::UNSIGNED, Type::LONG];
        let may_be = |ty: &Type| {
            let signed_enough = if ty.signed { !unsigned } else { unsigned || !decimal };
            signed_enough && (ty.bits == 64 || !long) && fits(*ty)
        };
        candidates.into_iter().find(may_be).unwrap_or(Type::UNSIGNED_LONG)
    }

    /// The bits that a value may have.
    pub fn mask(self) -> u64 {
        u64::MAX >> (64 - self.width())
    }

    /// The bit that makes a value negative, if there is one.
    pub fn sign(self) -> Option<u64> {
        self.is_signed().then(|| 1 << (self.width() - 1))
    }

    /// What the bits of a value mean.
    pub fn number(self, bits: u64) -> i128 {
        let above = 64 - self.width();
        if self.is_signed() { i128::from((bits << above).cast_signed() >> above) } else { i128::from(bits) }
    }

    /// The value that a constant has when it is converted to this type.
    pub fn bits_of(self, number: i64) -> u64 {
        if self == Type::BOOL { u64::from(number != 0) } else { number.cast_unsigned() & self.mask() }
    }

    /// The type that an operand has in arithmetic (C11 6.3.1.1): an address is a number there.
    pub fn promoted(self) -> Type {
        match self.width() {
            64 if !self.is_signed() => Type::UNSIGNED_LONG,
            32.. => self,
            _ => Type::INT,
        }
    }

    /// The type that two operands are converted to (C11 6.3.1.8).
    pub fn common(self, other: Type) -> Type {
        let (a, b) = (self.promoted(), other.promoted());
        let bits = a.bits.max(b.bits);
        // One that is narrower and unsigned fits into the signed other.
        let unsigned = |ty: Type| ty.bits == bits && !ty.signed;
        integer(bits, !unsigned(a) && !unsigned(b))
    }

    /// The wider of two types that a variable is declared with.
    pub fn wider(self, other: Type) -> Type {
        if other.width() > self.width() { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_make_types() {
        let of = |text: &str| Type::of_words(&text.split(' ').collect::<Vec<_>>());
        assert_eq!(of("int"), Type::INT);
        assert_eq!(of("atomic_t"), Type::INT);
        assert_eq!(of("unsigned"), Type::UNSIGNED);
        assert_eq!(of("unsigned long long int"), Type::UNSIGNED_LONG);
        assert_eq!(of("const volatile long"), Type::LONG);
        assert_eq!(of("unsigned char"), integer(8, false));
        assert_eq!(of("s16"), integer(16, true));
        assert_eq!(of("_Bool"), Type::BOOL);
    }

    #[test]
    fn constants_have_the_first_type_that_holds_them() {
        let of = |text: &str, number: u64| Type::of_constant(text, number.cast_signed());
        assert_eq!(of("0", 0), Type::INT);
        assert_eq!(of("2147483647", 0x7fff_ffff), Type::INT);
        assert_eq!(of("2147483648", 0x8000_0000), Type::LONG);
        assert_eq!(of("0x80000000", 0x8000_0000), Type::UNSIGNED);
        assert_eq!(of("1U", 1), Type::UNSIGNED);
        assert_eq!(of("1UL", 1), Type::UNSIGNED_LONG);
        assert_eq!(of("1L", 1), Type::LONG);
        assert_eq!(of("0x100000000", 1 << 32), Type::LONG);
        assert_eq!(of("0xffffffffffffffff", u64::MAX), Type::UNSIGNED_LONG);
    }

    #[test]
    fn operands_are_converted_as_in_c() {
        let (byte, word) = (integer(8, false), integer(16, true));
        assert_eq!(byte.common(word), Type::INT);
        assert_eq!(Type::INT.common(Type::UNSIGNED), Type::UNSIGNED);
        assert_eq!(Type::UNSIGNED.common(Type::LONG), Type::LONG);
        assert_eq!(Type::LONG.common(Type::UNSIGNED_LONG), Type::UNSIGNED_LONG);
    }

    #[test]
    fn pointers_tell_what_they_lead_to() {
        let pointer = Type::INT.with_stars(2);
        assert_eq!((pointer.width(), pointer.pointee()), (64, Some(Type::INT.with_stars(1))));
        assert_eq!(Type::INT.with_stars(1).pointee(), Some(Type::INT));
        assert_eq!((Type::VOID_POINTER.pointee(), Type::INT.pointee()), (None, None));
    }

    #[test]
    fn a_value_means_what_its_type_says() {
        assert_eq!(Type::INT.number(0xffff_ffff), -1);
        assert_eq!(Type::UNSIGNED.number(0xffff_ffff), 0xffff_ffff);
        assert_eq!(Type::INT.bits_of(-1), 0xffff_ffff);
        assert_eq!(Type::BOOL.bits_of(2), 1);
        assert_eq!(Type::UNSIGNED_LONG.number(u64::MAX), i128::from(u64::MAX));
    }
}
