//! The arrays that are measured: real ones of the corpus, and made ones of any size.

use std::path::{Path, PathBuf};

use ndcodec::{ArrayView, Chain, DType, Layout, Order};

/// An array with a name for the record.
#[derive(Debug, Clone)]
pub struct NamedArray {
    /// The file's stem, or `made`.
    pub name: String,
    /// Its dtype, shape and order.
    pub layout: Layout,
    /// Its elements.
    pub payload: Vec<u8>,
}

impl NamedArray {
    /// The array to encode.
    #[must_use]
    pub fn view(&self) -> ArrayView<'_> {
        let view = ArrayView::new(self.layout.clone(), &self.payload);
        view.unwrap_or_else(|why| unreachable!("the layout was read with the payload: {why}"))
    }
}

/// The arrays of the corpus' `real/`, by name.
///
/// # Errors
/// As [`npy_files`]; or says which file could not be read.
pub fn real() -> Result<Vec<NamedArray>, String> {
    npy_files()?.iter().map(|path| read(path)).collect()
}

/// The `.npy` files of the corpus' `real/`, by name.
///
/// The corpus is `NDCODEC_CORPUS`, or `../shared/corpus` beside the checkout.
///
/// # Errors
/// Says where the corpus was looked for.
pub fn npy_files() -> Result<Vec<PathBuf>, String> {
    let corpus = std::env::var_os("NDCODEC_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"), PathBuf::from);
    let folder = corpus.join("real");
    let listed =
        std::fs::read_dir(&folder).map_err(|why| format!("no corpus at {}: {why}", folder.display()))?;
    let mut paths: Vec<PathBuf> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "npy"));
    paths.sort();
    if paths.is_empty() {
        return Err(format!("no `.npy` files in {}", folder.display()));
    }
    Ok(paths)
}

fn read(path: &Path) -> Result<NamedArray, String> {
    let named = |why: &dyn std::fmt::Display| format!("{}: {why}", path.display());
    let file = std::fs::read(path).map_err(|why| named(&why))?;
    let npy = Chain::parse("npy").map_err(|why| named(&why))?;
    let array = npy.decode(&file).map_err(|why| named(&why))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(NamedArray { name, layout: array.layout().clone(), payload: array.payload().to_vec() })
}

/// The beginning of an array, as one of one dimension; all of it if it has less than `bytes`.
#[must_use]
pub fn cut(array: &NamedArray, bytes: usize) -> NamedArray {
    let itemsize = array.layout.dtype().itemsize();
    let elements = array.payload.len().min(bytes) / itemsize;
    let layout = Layout::new(array.layout.dtype().clone(), [elements], Order::C);
    let layout = layout.unwrap_or_else(|why| unreachable!("a plain shape: {why}"));
    NamedArray { name: array.name.clone(), layout, payload: array.payload[..elements * itemsize].to_vec() }
}

/// An array of at least `bytes` bytes: the same, or as one of one dimension, repeated.
#[must_use]
pub fn grown(array: &NamedArray, bytes: usize) -> NamedArray {
    if array.payload.len() >= bytes {
        return array.clone();
    }
    let times = bytes.div_ceil(array.payload.len());
    let payload = array.payload.repeat(times);
    let dtype = array.layout.dtype().clone();
    let layout = Layout::new(dtype.clone(), [payload.len() / dtype.itemsize()], Order::C);
    let layout = layout.unwrap_or_else(|why| unreachable!("a plain shape: {why}"));
    NamedArray { name: array.name.clone(), layout, payload }
}

/// A made field of `bytes` bytes, float32 in rows of 4096: slow waves in both directions and eight bits of noise, as a
/// sensor of 24 bits gives them. `benches/python/measure.py` makes the same bytes.
#[must_use]
pub fn made(bytes: usize) -> NamedArray {
    const COLUMNS: u64 = 4096;
    let elements = bytes / 4;
    let mut payload = Vec::with_capacity(elements * 4);
    for index in 0..elements as u64 {
        let (row, column) = (index / COLUMNS, index % COLUMNS);
        // 280 kelvin in steps of 2⁻¹⁵ kelvin: 24 bits, so each step is exact in a float32.
        let steps =
            (280 << 15) + (triangle(column, 2048) << 7) + (triangle(row, 700) << 8) + (noise(index) >> 56);
        #[expect(clippy::cast_precision_loss, reason = "24 bits at the most")]
        payload.extend_from_slice(&(steps as f32 / 32768.0).to_le_bytes());
    }
    let dtype = DType::of::<f32>().with_byte_order(ndcodec::ByteOrder::Little);
    let columns = 4096;
    let shape =
        if elements.is_multiple_of(columns) { vec![elements / columns, columns] } else { vec![elements] };
    let layout = Layout::new(dtype, shape, Order::C);
    let layout = layout.unwrap_or_else(|why| unreachable!("a plain shape: {why}"));
    NamedArray { name: "made".to_owned(), layout, payload }
}

/// Up to `half` and down again.
fn triangle(at: u64, half: u64) -> u64 {
    let phase = at % (2 * half);
    phase.min(2 * half - phase)
}

/// SplitMix64 of a counter.
fn noise(index: u64) -> u64 {
    let mut x = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// A real measured array: [docs/examples](../../docs/examples/README.md).
pub static EARTH_ORIENTATION: &[u8] = include_bytes!("../../docs/examples/earth-orientation.npy");

/// The length of its header in bytes.
pub const HEADER: usize = 128;

/// `len` bytes of float64 measurements, repeated if the array is shorter.
#[must_use]
pub fn measurements(len: usize) -> Vec<u8> {
    EARTH_ORIENTATION[HEADER..].iter().copied().cycle().take(len).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_makes_the_same_array() {
        let sum: u64 = made(1 << 20).payload.iter().map(|byte| u64::from(*byte)).sum();
        // Of `benches/python/measure.py`: made(1 << 20).view("u1").sum().
        assert_eq!(sum, 121_518_044);
    }
}
