//! What the bytes of an element mean: kinds, byte order, time units, extension scalars.

use std::fmt;

use super::Fields;

/// What kind of value an element is. With [`DType::itemsize`](super::DType::itemsize) it names the type:
/// `(Kind::Float, 4)` is a `float32`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// `|b1`: one byte, 0 or 1.
    Bool,
    /// `<i1` to `<i8`: two's complement of 1, 2, 4 or 8 bytes.
    Int,
    /// `<u1` to `<u8`: unsigned of 1, 2, 4 or 8 bytes.
    UInt,
    /// `<f2`, `<f4`, `<f8`: IEEE 754 of 2, 4 or 8 bytes.
    Float,
    /// `<c8`, `<c16`: two floats, real part first.
    Complex,
    /// `<f16`: C's `long double` in 16 bytes. What they mean depends on the machine that wrote them (80-bit
    /// x87 with 6 bytes of padding, IEEE binary128, two doubles), so they are moved and never interpreted.
    LongDouble,
    /// `<c32`: two of [`Kind::LongDouble`].
    ComplexLongDouble,
    /// `<M8[ns]`: 8 bytes, a signed count of the unit since 1970-01-01T00:00; the least value is not-a-time.
    DateTime(TimeUnit),
    /// `<m8[ns]`: 8 bytes, a signed count of the unit; the least value is not-a-time.
    TimeDelta(TimeUnit),
    /// `|S5`: bytes, padded with zeros. The itemsize is the number of bytes.
    Bytes,
    /// `<U5`: UTF-32, padded with zeros. The itemsize is four times the number of characters.
    Str,
    /// `|V5`: bytes without meaning.
    Void,
    /// Named fields at fixed offsets.
    Struct(Fields),
    /// A scalar of the `ml_dtypes` package, which numpy itself does not know.
    Extension(Extension),
}

/// Which byte of a scalar comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ByteOrder {
    /// `<`: the least significant first.
    Little,
    /// `>`: the most significant first.
    Big,
    /// `|`: single bytes, byte strings, void; and structs, whose fields each have their own.
    NotApplicable,
}

impl ByteOrder {
    /// The order of this machine.
    pub const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };

    /// numpy's character for it: `<`, `>` or `|`.
    pub const fn symbol(self) -> char {
        match self {
            Self::Little => '<',
            Self::Big => '>',
            Self::NotApplicable => '|',
        }
    }
}

/// The unit of a date or a duration: a count of a base unit, `25s`. `Display` prints it as it stands in a
/// dtype: `[25s]`, `[s]`, and nothing for [`TimeBase::Generic`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeUnit {
    count: u32,
    base: TimeBase,
}

impl TimeUnit {
    /// The unit of `<M8` and `<m8`: none.
    pub const GENERIC: Self = Self { count: 1, base: TimeBase::Generic };

    /// The greatest count, a C `int` in numpy.
    pub const MAX_COUNT: u32 = i32::MAX.unsigned_abs();

    /// `count` times `base`; the count of a generic unit is 1, as in numpy. Zero is legal there, hence here.
    /// Nothing if `count` exceeds [`TimeUnit::MAX_COUNT`].
    pub const fn new(count: u32, base: TimeBase) -> Option<Self> {
        match base {
            TimeBase::Generic => Some(Self::GENERIC),
            _ if count > Self::MAX_COUNT => None,
            _ => Some(Self { count, base }),
        }
    }

    /// How many of the base unit.
    pub const fn count(self) -> u32 {
        self.count
    }

    /// The base unit.
    pub const fn base(self) -> TimeBase {
        self.base
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.base, self.count) {
            (TimeBase::Generic, _) => Ok(()),
            (base, 1) => write!(f, "[{}]", base.symbol()),
            (base, count) => write!(f, "[{count}{}]", base.symbol()),
        }
    }
}

/// The variants of an enum of unit variants with their numpy names, once.
macro_rules! named {
    (
        $(#[$meta:meta])* $name:ident, $(#[$fn_meta:meta])* fn $text:ident;
        $($(#[$doc:meta])* $variant:ident = $value:literal,)*
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every variant.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            $(#[$fn_meta])*
            pub const fn $text(self) -> &'static str {
                match self {
                    $(Self::$variant => $value,)*
                }
            }
        }
    };
}

named! {
    /// The base unit of a date or a duration.
    TimeBase,
    /// numpy's symbol for it. `generic` is understood and not printed.
    fn symbol;
    /// No unit.
    Generic = "generic",
    /// Years.
    Year = "Y",
    /// Months.
    Month = "M",
    /// Weeks.
    Week = "W",
    /// Days.
    Day = "D",
    /// Hours.
    Hour = "h",
    /// Minutes.
    Minute = "m",
    /// Seconds.
    Second = "s",
    /// 10⁻³ seconds.
    Millisecond = "ms",
    /// 10⁻⁶ seconds.
    Microsecond = "us",
    /// 10⁻⁹ seconds.
    Nanosecond = "ns",
    /// 10⁻¹² seconds.
    Picosecond = "ps",
    /// 10⁻¹⁵ seconds.
    Femtosecond = "fs",
    /// 10⁻¹⁸ seconds.
    Attosecond = "as",
}

named! {
    /// The scalars of the [`ml_dtypes`](https://github.com/jax-ml/ml_dtypes) package, under its names.
    ///
    /// All are one byte but [`Extension::BFloat16`], the 1-, 2-, 4- and 6-bit ones too: one value to a byte. In
    /// a `.npy` file they are void (`<V2`, `<V1`) and what they were is lost.
    Extension,
    /// The name in `ml_dtypes` and in the chain language.
    fn name;
    /// The upper half of a `float32`. Two bytes.
    BFloat16 = "bfloat16",
    /// 4-bit float of OCP Microscaling.
    Float4E2M1FN = "float4_e2m1fn",
    /// 6-bit float of OCP Microscaling, 2 bits of exponent.
    Float6E2M3FN = "float6_e2m3fn",
    /// 6-bit float of OCP Microscaling, 3 bits of exponent.
    Float6E3M2FN = "float6_e3m2fn",
    /// 8-bit float, 3 bits of exponent, IEEE style.
    Float8E3M4 = "float8_e3m4",
    /// 8-bit float, 4 bits of exponent, IEEE style.
    Float8E4M3 = "float8_e4m3",
    /// As [`Extension::Float8E4M3FNUZ`] with an exponent bias of 11.
    Float8E4M3B11FNUZ = "float8_e4m3b11fnuz",
    /// 8-bit float, 4 bits of exponent, finite only.
    Float8E4M3FN = "float8_e4m3fn",
    /// 8-bit float, 4 bits of exponent, finite only, no negative zero.
    Float8E4M3FNUZ = "float8_e4m3fnuz",
    /// 8-bit float, 5 bits of exponent, IEEE style.
    Float8E5M2 = "float8_e5m2",
    /// 8-bit float, 5 bits of exponent, finite only, no negative zero.
    Float8E5M2FNUZ = "float8_e5m2fnuz",
    /// 8-bit power of two, the scale of OCP Microscaling.
    Float8E8M0FNU = "float8_e8m0fnu",
    /// 1-bit two's complement.
    Int1 = "int1",
    /// 2-bit two's complement.
    Int2 = "int2",
    /// 4-bit two's complement.
    Int4 = "int4",
    /// 1-bit unsigned.
    UInt1 = "uint1",
    /// 2-bit unsigned.
    UInt2 = "uint2",
    /// 4-bit unsigned.
    UInt4 = "uint4",
}

impl Extension {
    /// Bytes of one element.
    pub const fn itemsize(self) -> usize {
        if matches!(self, Self::BFloat16) { 2 } else { 1 }
    }
}
