//! The table of the golden files, for the tests that decode them.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "a test; no file of it uses all of this"
)]

use std::path::PathBuf;

use ndcodec_core::{Array, DType, Layout, Order};

/// One file: its name, the chain that wrote it, and the array in it.
pub struct Golden {
    pub name: &'static str,
    pub chain: &'static str,
    pub dtype: &'static str,
    pub shape: &'static [usize],
    pub order: Order,
    pub pattern: Pattern,
}

/// What an array's bytes are.
#[derive(Debug, Clone, Copy)]
pub enum Pattern {
    Zeros,
    Noise,
    /// In every item, the first half of the bytes is noise, the last is 0x40, and those between count in steps of 40.
    Measured,
    /// Runs of eight items, each one of sixteen that are noise.
    Words,
    /// The lower five bits of every byte are noise, the others 0.
    Bits,
}

const STRUCT: &str = "[('id', '<u4'), ('', '|V4'), ('xyz', '<f4', (3,)), ('name', '|S4')]";

pub const GOLDENS: &[Golden] = &[
    golden("scalar", "chunked(lz4)", "<f8", &[], Order::C, Pattern::Measured),
    golden("empty", "chunked(shuffle|lz4)", "<f4", &[3, 0], Order::C, Pattern::Zeros),
    golden("items-of-no-bytes", "chunked(lz4)", "|V0", &[7], Order::C, Pattern::Zeros),
    golden("stored", "chunked(shuffle|lz4,size=1KiB)", "<u2", &[600], Order::C, Pattern::Noise),
    golden("constant", "chunked(zstd(level=1),size=1KiB)", "<i8", &[1000], Order::C, Pattern::Zeros),
    golden("planes-lz4", "chunked(shuffle|lz4,size=4KiB)", "<f8", &[700], Order::C, Pattern::Measured),
    golden(
        "planes-zstd",
        "chunked(shuffle|zstd(level=1),size=4KiB)",
        ">i4",
        &[11, 100],
        Order::C,
        Pattern::Measured,
    ),
    golden("planes-alone", "chunked(shuffle,size=2KiB)", "<i4", &[600], Order::C, Pattern::Measured),
    golden("one-part", "chunked(zstd,size=1KiB)", "<i4", &[300], Order::C, Pattern::Measured),
    golden(
        "fortran",
        "chunked(shuffle|lz4,size=2KiB)",
        "<i4",
        &[20, 3, 10],
        Order::Fortran,
        Pattern::Measured,
    ),
    golden("unfiltered", "chunked(shuffle|lz4,size=32KiB)", "<i2", &[17_000], Order::C, Pattern::Words),
    golden("auto-whole", "auto(size=8KiB)", "<f4", &[3000], Order::C, Pattern::Measured),
    golden("auto-columns", "auto(fast,size=4KiB)", "<i2", &[900, 4], Order::C, Pattern::Measured),
    golden("auto-small", "auto(small,size=16KiB)", "<u4", &[9, 20, 30], Order::Fortran, Pattern::Words),
    golden("auto-struct", "auto(size=4KiB)", STRUCT, &[300], Order::C, Pattern::Measured),
    golden("auto-grid", "auto(size=8KiB)", "<u2", &[6, 30, 20], Order::C, Pattern::Measured),
    golden("auto-small-grid", "auto(small,size=16KiB)", "|u1", &[40, 50, 3], Order::C, Pattern::Words),
    golden("auto-stored", "auto(size=1KiB)", "<u2", &[600], Order::C, Pattern::Noise),
    golden("auto-bit-planes", "auto(fast,size=64KiB)", "<u2", &[20_000], Order::C, Pattern::Bits),
    golden("auto-empty", "auto", "<f4", &[3, 0], Order::C, Pattern::Zeros),
    golden("struct", "chunked(shuffle|lz4,size=1KiB)", STRUCT, &[60], Order::C, Pattern::Measured),
];

const fn golden(
    name: &'static str,
    chain: &'static str,
    dtype: &'static str,
    shape: &'static [usize],
    order: Order,
    pattern: Pattern,
) -> Golden {
    Golden { name, chain, dtype, shape, order, pattern }
}

impl Golden {
    pub fn path(&self) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
        folder.join(self.name).with_extension("ndch")
    }

    pub fn array(&self) -> Array {
        let layout = Layout::new(DType::parse(self.dtype).unwrap(), self.shape, self.order).unwrap();
        let itemsize = layout.dtype().itemsize();
        let payload: Vec<u8> = (0..layout.nbytes()).map(|at| self.pattern.byte(at, itemsize)).collect();
        Array::new(layout, payload[..].into()).unwrap()
    }
}

impl Pattern {
    fn byte(self, at: usize, itemsize: usize) -> u8 {
        match self {
            Self::Zeros => 0,
            Self::Noise => noise(at),
            Self::Bits => noise(at) & 0x1f,
            Self::Measured if at % itemsize < itemsize / 2 => noise(at),
            Self::Measured if at % itemsize == itemsize - 1 => 0x40,
            Self::Words => {
                let word = 8 * itemsize;
                noise(1_000_000 + usize::from(noise(at / word) % 16) * word + at % word)
            }
            Self::Measured => (at / itemsize / 40).to_le_bytes()[0],
        }
    }
}

/// The first byte of splitmix64 for this seed.
fn noise(at: usize) -> u8 {
    let mut z = (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)).to_le_bytes()[0]
}
