//! The arithmetic types of C: how many bits a value has, and what they mean.
//!
//! `int` has 32 bits and `long` 64, as for Linux on the architectures that the engine knows; arithmetic wraps, as the
//! kernel is compiled (`-fwrapv`). herd7 computes everything in 32 bits, `long` included.

/// An arithmetic type, or that of addresses.
///
/// A value of it is its low bits in a word whose other bits are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Type {
    /// 1 for `bool`; else 8, 16, 32 or 64.
    pub bits: u32,
    pub signed: bool,
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

impl Type {
    pub const BOOL: Type = Type { bits: 1, signed: false };
    pub const INT: Type = Type { bits: 32, signed: true };
    pub const UNSIGNED: Type = Type { bits: 32, signed: false };
    pub const LONG: Type = Type { bits: 64, signed: true };
    pub const ADDRESS: Type = Type { bits: 64, signed: false };

    pub fn is_word(word: &str) -> bool {
        WORDS.contains(&word)
    }

    /// The type that these words make, as `unsigned long` do. A `struct` is as wide as it can be: nobody computes with it.
    pub fn of_words(words: &[&str]) -> Type {
        let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
        if has(&["bool", "_Bool"]) {
            return Type::BOOL;
        }
        let bits = if has(&["char", "s8", "u8", "int8_t", "uint8_t"]) {
            8
        } else if has(&["short", "s16", "u16", "int16_t", "uint16_t"]) {
            16
        } else if has(&["long", "s64", "u64", "int64_t", "uint64_t", "intptr_t", "uintptr_t", "size_t", "struct"])
            || has(&["atomic64_t", "atomic_long_t", "atomic_long"])
        {
            64
        } else {
            32
        };
        let unsigned = ["unsigned", "u8", "u16", "u32", "u64", "uint8_t", "uint16_t", "uint32_t", "uint64_t"];
        Type { bits, signed: !has(&unsigned) && !has(&["uintptr_t", "size_t", "atomic_uint"]) }
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
        candidates.into_iter().find(may_be).unwrap_or(Type::ADDRESS)
    }

    /// The bits that a value may have.
    pub fn mask(self) -> u64 {
        u64::MAX >> (64 - self.bits)
    }

    /// What the bits of a value mean.
    pub fn number(self, bits: u64) -> i128 {
        let above = 64 - self.bits;
        if self.signed { i128::from((bits << above).cast_signed() >> above) } else { i128::from(bits) }
    }

    /// The value that a constant has when it is converted to this type.
    pub fn bits_of(self, number: i64) -> u64 {
        if self == Type::BOOL { u64::from(number != 0) } else { number.cast_unsigned() & self.mask() }
    }

    /// The type that an operand has in arithmetic (C11 6.3.1.1).
    pub fn promoted(self) -> Type {
        if self.bits < 32 { Type::INT } else { self }
    }

    /// The type that two operands are converted to (C11 6.3.1.8).
    pub fn common(self, other: Type) -> Type {
        let (a, b) = (self.promoted(), other.promoted());
        let bits = a.bits.max(b.bits);
        // One that is narrower and unsigned fits into the signed other.
        let unsigned = |ty: Type| ty.bits == bits && !ty.signed;
        Type { bits, signed: !unsigned(a) && !unsigned(b) }
    }

    /// The wider of two types that a variable is declared with.
    pub fn wider(self, other: Type) -> Type {
        if other.bits > self.bits { other } else { self }
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
        assert_eq!(of("unsigned long long int"), Type::ADDRESS);
        assert_eq!(of("const volatile long"), Type::LONG);
        assert_eq!(of("unsigned char"), Type { bits: 8, signed: false });
        assert_eq!(of("s16"), Type { bits: 16, signed: true });
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
        assert_eq!(of("1UL", 1), Type::ADDRESS);
        assert_eq!(of("1L", 1), Type::LONG);
        assert_eq!(of("0x100000000", 1 << 32), Type::LONG);
        assert_eq!(of("0xffffffffffffffff", u64::MAX), Type::ADDRESS);
    }

    #[test]
    fn operands_are_converted_as_in_c() {
        let (byte, word) = (Type { bits: 8, signed: false }, Type { bits: 16, signed: true });
        assert_eq!(byte.common(word), Type::INT);
        assert_eq!(Type::INT.common(Type::UNSIGNED), Type::UNSIGNED);
        assert_eq!(Type::UNSIGNED.common(Type::LONG), Type::LONG);
        assert_eq!(Type::LONG.common(Type::ADDRESS), Type::ADDRESS);
    }

    #[test]
    fn a_value_means_what_its_type_says() {
        assert_eq!(Type::INT.number(0xffff_ffff), -1);
        assert_eq!(Type::UNSIGNED.number(0xffff_ffff), 0xffff_ffff);
        assert_eq!(Type::INT.bits_of(-1), 0xffff_ffff);
        assert_eq!(Type::BOOL.bits_of(2), 1);
        assert_eq!(Type::ADDRESS.number(u64::MAX), i128::from(u64::MAX));
    }
}
