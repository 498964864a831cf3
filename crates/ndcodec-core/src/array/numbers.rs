//! Elements of any numeric dtype as `f64`.

use crate::dtype::Kind;
use crate::{ArrayError, ByteOrder, DType, Extension};

/// All elements of `payload`, which has a whole number of them.
pub(super) fn to_f64(dtype: &DType, payload: &[u8]) -> Result<Vec<f64>, ArrayError> {
    let is_big = dtype.byte_order() == ByteOrder::Big;
    macro_rules! read {
        ($number:ty, $convert:expr) => {{
            let elements = payload.as_chunks().0.iter();
            match is_big {
                true => elements.map(|b| $convert(<$number>::from_be_bytes(*b))).collect(),
                false => elements.map(|b| $convert(<$number>::from_le_bytes(*b))).collect(),
            }
        }};
    }
    Ok(match (dtype.kind(), dtype.itemsize()) {
        (Kind::Bool, _) if payload.iter().any(|byte| *byte > 1) => {
            return Err(ArrayError::Value { dtype: dtype.to_string() });
        }
        (Kind::Bool, _) | (Kind::UInt, 1) => read!(u8, f64::from),
        (Kind::UInt, 2) => read!(u16, f64::from),
        (Kind::UInt, 4) => read!(u32, f64::from),
        (Kind::UInt, 8) => read!(u64, |number| number as f64),
        (Kind::Int, 1) => read!(i8, f64::from),
        (Kind::Int, 2) => read!(i16, f64::from),
        (Kind::Int, 4) => read!(i32, f64::from),
        (Kind::Int, 8) => read!(i64, |number| number as f64),
        (Kind::Float, 2) => read!(u16, |bits| HALF.decode(u32::from(bits))),
        (Kind::Float, 4) => read!(f32, f64::from),
        (Kind::Float, 8) => read!(f64, |number| number),
        (Kind::Extension(extension), _) => match small(*extension) {
            Small::BFloat => read!(u16, |bits| f64::from(f32::from_bits(u32::from(bits) << 16))),
            Small::Float(float) => read!(u8, |bits| float.decode(u32::from(bits))),
            Small::PowerOfTwo => read!(u8, power_of_two),
            Small::UInt(bits) => read!(u8, |byte: u8| f64::from(byte & (u8::MAX >> (8 - bits)))),
            Small::Int(bits) => read!(i8, |byte: i8| f64::from((byte << (8 - bits)) >> (8 - bits))),
            Small::Unknown => return Err(not_a_number(dtype)),
        },
        _ => return Err(not_a_number(dtype)),
    })
}

fn not_a_number(dtype: &DType) -> ArrayError {
    ArrayError::NotANumber { dtype: dtype.to_string() }
}

/// How a scalar of `ml_dtypes` is read.
enum Small {
    BFloat,
    Float(Float),
    PowerOfTwo,
    UInt(u32),
    Int(u32),
    Unknown,
}

fn small(extension: Extension) -> Small {
    use Extension as E;
    let float = |exponent, mantissa, bias, ends| Small::Float(Float { exponent, mantissa, bias, ends });
    match extension {
        E::BFloat16 => Small::BFloat,
        E::Float4E2M1FN => float(2, 1, 1, Ends::Numbers),
        E::Float6E2M3FN => float(2, 3, 1, Ends::Numbers),
        E::Float6E3M2FN => float(3, 2, 3, Ends::Numbers),
        E::Float8E3M4 => float(3, 4, 3, Ends::Ieee),
        E::Float8E4M3 => float(4, 3, 7, Ends::Ieee),
        E::Float8E4M3B11FNUZ => float(4, 3, 11, Ends::NegativeZeroIsNan),
        E::Float8E4M3FN => float(4, 3, 7, Ends::LastIsNan),
        E::Float8E4M3FNUZ => float(4, 3, 8, Ends::NegativeZeroIsNan),
        E::Float8E5M2 => float(5, 2, 15, Ends::Ieee),
        E::Float8E5M2FNUZ => float(5, 2, 16, Ends::NegativeZeroIsNan),
        E::Float8E8M0FNU => Small::PowerOfTwo,
        E::Int1 => Small::Int(1),
        E::Int2 => Small::Int(2),
        E::Int4 => Small::Int(4),
        E::UInt1 => Small::UInt(1),
        E::UInt2 => Small::UInt(2),
        E::UInt4 => Small::UInt(4),
        #[expect(unreachable_patterns, reason = "a scalar to come is refused, not misread")]
        _ => Small::Unknown,
    }
}

/// A binary float of a sign, some bits of exponent and some of mantissa.
#[derive(Clone, Copy)]
struct Float {
    exponent: u32,
    mantissa: u32,
    bias: i32,
    ends: Ends,
}

/// What the extreme bit patterns of a float mean.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// The greatest exponent is infinity and NaN.
    Ieee,
    /// All ones are NaN, and nothing is infinite.
    LastIsNan,
    /// What would be -0 is NaN, and nothing is infinite.
    NegativeZeroIsNan,
    /// Every pattern is a number.
    Numbers,
}

const HALF: Float = Float { exponent: 5, mantissa: 10, bias: 15, ends: Ends::Ieee };

impl Float {
    fn decode(self, bits: u32) -> f64 {
        let Self { exponent: width, mantissa: places, bias, ends } = self;
        let mantissa = bits & ((1 << places) - 1);
        let exponent = (bits >> places) & ((1 << width) - 1);
        let is_negative = (bits >> (places + width)) & 1 == 1;
        let is_last = exponent == (1 << width) - 1;
        let magnitude = match ends {
            Ends::Ieee if is_last && mantissa == 0 => f64::INFINITY,
            Ends::Ieee if is_last => f64::NAN,
            Ends::LastIsNan if is_last && mantissa == (1 << places) - 1 => f64::NAN,
            Ends::NegativeZeroIsNan if is_negative && exponent == 0 && mantissa == 0 => f64::NAN,
            _ => {
                // Subnormal numbers have the least exponent, and no leading one.
                let (leading, exponent) = if exponent == 0 { (0, 1) } else { (1 << places, exponent) };
                let scale = exponent.cast_signed() - bias - places.cast_signed();
                f64::from(leading + mantissa) * f64::from(scale).exp2()
            }
        };
        if is_negative { -magnitude } else { magnitude }
    }
}

/// The scale of OCP Microscaling.
fn power_of_two(bits: u8) -> f64 {
    if bits == u8::MAX { f64::NAN } else { f64::from(i32::from(bits) - 127).exp2() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(dtype: &str, bytes: &[u8]) -> Vec<f64> {
        to_f64(&DType::parse(dtype).unwrap(), bytes).unwrap()
    }

    #[test]
    fn every_number_becomes_a_float() {
        for order in ["<", ">"] {
            let bytes = |le: &[u8]| -> Vec<u8> {
                if order == "<" { le.to_vec() } else { le.iter().rev().copied().collect() }
            };
            for (dtype, le, expected) in [
                ("u2", &[0xfe, 0xff][..], 65_534.0),
                ("i2", &[0xfe, 0xff], -2.0),
                ("u4", &[0, 0, 0, 0x80], 2_147_483_648.0),
                ("i4", &[0, 0, 0, 0x80], -2_147_483_648.0),
                ("u8", &[0xff; 8], 18_446_744_073_709_551_615.0),
                ("i8", &[0xff; 8], -1.0),
                ("f2", &[0x00, 0xc0], -2.0),
                ("f2", &[0x01, 0x00], 5.960_464_477_539_063e-8),
                ("f2", &[0xff, 0x7b], 65_504.0),
                ("f2", &[0x00, 0x7c], f64::INFINITY),
                ("f4", &[0, 0, 0x80, 0x3f], 1.0),
                ("f8", &[0, 0, 0, 0, 0, 0, 0xf8, 0xbf], -1.5),
                ("bfloat16", &[0x80, 0x3f], 1.0),
            ] {
                assert_eq!(of(&format!("{order}{dtype}"), &bytes(le)), [expected], "{order}{dtype}");
            }
        }
        assert_eq!(of("|b1", &[0, 1]), [0.0, 1.0]);
        assert_eq!(of("|i1", &[0xff, 0x7f]), [-1.0, 127.0]);
        assert!(of("<f2", &[0x01, 0x7c])[0].is_nan());
    }

    /// The greatest number, the least above zero, and 1, as `ml_dtypes.finfo` says them.
    #[test]
    fn small_floats_mean_what_ml_dtypes_says() {
        for (dtype, bytes, expected) in [
            ("float4_e2m1fn", [0x07, 0x01, 0x02], [6.0, 0.5, 1.0]),
            ("float6_e2m3fn", [0x1f, 0x01, 0x08], [7.5, 0.125, 1.0]),
            ("float6_e3m2fn", [0x1f, 0x01, 0x0c], [28.0, 0.0625, 1.0]),
            ("float8_e3m4", [0x6f, 0x01, 0x30], [15.5, 0.015_625, 1.0]),
            ("float8_e4m3", [0x77, 0x01, 0x38], [240.0, 0.001_953_125, 1.0]),
            ("float8_e4m3b11fnuz", [0x7f, 0x01, 0x58], [30.0, 0.000_122_070_312_5, 1.0]),
            ("float8_e4m3fn", [0x7e, 0x01, 0x38], [448.0, 0.001_953_125, 1.0]),
            ("float8_e4m3fnuz", [0x7f, 0x01, 0x40], [240.0, 0.000_976_562_5, 1.0]),
            ("float8_e5m2", [0x7b, 0x01, 0x3c], [57_344.0, 1.525_878_906_25e-5, 1.0]),
            ("float8_e5m2fnuz", [0x7f, 0x01, 0x40], [57_344.0, 7.629_394_531_25e-6, 1.0]),
            ("int4", [0x0f, 0x07, 0x08], [-1.0, 7.0, -8.0]),
            ("int1", [0x01, 0x00, 0xff], [-1.0, 0.0, -1.0]),
            ("uint2", [0x03, 0x01, 0x00], [3.0, 1.0, 0.0]),
        ] {
            assert_eq!(of(dtype, &bytes), expected, "{dtype}");
        }
        assert_eq!(of("float8_e8m0fnu", &[127, 130, 0]), [1.0, 8.0, 2f64.powi(-127)]);
        for (dtype, byte) in [
            ("float8_e4m3fn", 0x7f),
            ("float8_e4m3fnuz", 0x80),
            ("float8_e5m2", 0x7e),
            ("float8_e8m0fnu", 0xff),
        ] {
            assert!(of(dtype, &[byte])[0].is_nan(), "{dtype}");
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for dtype in ["<c8", "<M8[s]", "|S4", "<U1", "|V8", "<f16", "[('x', '<f8')]"] {
            let dtype = DType::parse(dtype).unwrap();
            let error = to_f64(&dtype, &vec![0; dtype.itemsize()]).unwrap_err();
            assert_eq!(error.to_string(), format!("elements of dtype `{dtype}` are not real numbers"));
        }
        assert!(matches!(to_f64(&DType::parse("|b1").unwrap(), &[2]), Err(ArrayError::Value { .. })));
    }
}
