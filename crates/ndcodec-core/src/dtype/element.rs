//! Rust types that are elements of arrays.

use bytemuck::{CheckedBitPattern, NoUninit};

use super::{ByteOrder, DType, Kind};

/// A Rust type whose bytes are an array element.
///
/// [`NoUninit`] lets a slice be read as bytes, [`CheckedBitPattern`] lets bytes be read as a slice once they
/// are checked (a `bool` of 2 is refused), both without unsafe code.
///
/// An implementation promises that `dtype().itemsize() == size_of::<Self>()` and that the bytes of a value
/// in memory are that dtype's; users of the trait check the first. `#[repr(C)]` structs that derive both
/// bytemuck traits qualify.
pub trait Element: NoUninit + CheckedBitPattern + Send + Sync {
    /// The dtype of the type's bytes in memory, hence in this machine's byte order.
    fn dtype() -> DType;
}

macro_rules! elements {
    ($($kind:ident: $($element:ty),+;)*) => {
        $($(impl Element for $element {
            fn dtype() -> DType {
                DType::known(Kind::$kind, size_of::<$element>(), ByteOrder::NATIVE)
            }
        })+)*
    };
}

// A crate's type that joins behind a feature (`half::f16`, `num_complex::Complex`) goes here.
elements! {
    Bool: bool;
    Int: i8, i16, i32, i64;
    UInt: u8, u16, u32, u64;
    Float: f32, f64;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_has_the_size_of_its_dtype() {
        fn check<T: Element>(name: &str) {
            let dtype = DType::of::<T>();
            assert_eq!(dtype.itemsize(), size_of::<T>(), "{name}");
            assert!(dtype.is_native(), "{name}");
            assert_eq!(DType::parse(name), Ok(dtype), "{name}");
        }
        check::<bool>("bool");
        check::<i8>("int8");
        check::<i16>("int16");
        check::<i32>("int32");
        check::<i64>("int64");
        check::<u8>("uint8");
        check::<u16>("uint16");
        check::<u32>("uint32");
        check::<u64>("uint64");
        check::<f32>("float32");
        check::<f64>("float64");
    }
}
