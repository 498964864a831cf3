//! Numbers as they stand in a payload: of some width, in either byte order, at any address.

use ndcodec_core::{ByteOrder, DType};

/// A number of `N` bytes.
pub(crate) trait Scalar<const N: usize>: Copy + Default {
    fn from_le(bytes: [u8; N]) -> Self;
    fn to_le(self) -> [u8; N];

    /// The number in bytes of either order. `BIG` is known to the compiler, so that loops over it become vectors.
    fn read<const BIG: bool>(mut bytes: [u8; N]) -> Self {
        if BIG {
            bytes.reverse();
        }
        Self::from_le(bytes)
    }

    /// Undoes [`read`](Self::read).
    fn write<const BIG: bool>(self) -> [u8; N] {
        let mut bytes = self.to_le();
        if BIG {
            bytes.reverse();
        }
        bytes
    }
}

/// A number that can be added and subtracted.
pub(crate) trait Number<const N: usize>: Scalar<N> {
    /// `self + other`, wrapping.
    fn plus(self, other: Self) -> Self;

    /// `self - other`, wrapping.
    fn minus(self, other: Self) -> Self;
}

macro_rules! scalars {
    ($($type:ty, $bytes:literal;)*) => {$(
        impl Scalar<$bytes> for $type {
            fn from_le(bytes: [u8; $bytes]) -> Self {
                Self::from_le_bytes(bytes)
            }

            fn to_le(self) -> [u8; $bytes] {
                self.to_le_bytes()
            }
        }
    )*};
}

scalars! {
    u8, 1;
    u16, 2;
    u32, 4;
    u64, 8;
    u128, 16;
    f32, 4;
    f64, 8;
}

macro_rules! numbers {
    ($($type:ty, $bytes:literal: $plus:path, $minus:path;)*) => {$(
        impl Number<$bytes> for $type {
            fn plus(self, other: Self) -> Self {
                $plus(self, other)
            }

            fn minus(self, other: Self) -> Self {
                $minus(self, other)
            }
        }
    )*};
}

numbers! {
    u8, 1: u8::wrapping_add, u8::wrapping_sub;
    u16, 2: u16::wrapping_add, u16::wrapping_sub;
    u32, 4: u32::wrapping_add, u32::wrapping_sub;
    u64, 8: u64::wrapping_add, u64::wrapping_sub;
    f32, 4: std::ops::Add::add, std::ops::Sub::sub;
    f64, 8: std::ops::Add::add, std::ops::Sub::sub;
}

/// Calls a function that is generic over the byte order with that of `$dtype`.
macro_rules! by_order {
    ($dtype:expr, $function:ident::<$scalar:ty, $bytes:literal>($($arg:expr),*)) => {
        if $crate::scalars::is_big($dtype) {
            $function::<$scalar, $bytes, true>($($arg),*)
        } else {
            $function::<$scalar, $bytes, false>($($arg),*)
        }
    };
}
pub(crate) use by_order;

pub(crate) fn is_big(dtype: &DType) -> bool {
    dtype.byte_order() == ByteOrder::Big
}
