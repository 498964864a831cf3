//! `chunked` beside Blosc2 with the same compressor, on the corpus' measured arrays and on noisy made ones.
//!
//! `cargo bench -p ndcodec-benches --bench chunked` prints a row for each compressor, array, direction and number of
//! threads, as CSV. It calls the C library of the Python package `blosc2` in this process: `NDCODEC_PYTHON` names the
//! Python that has it, or `NDCODEC_BLOSC2` the library itself. Both sides encode into and decode from buffers that are
//! used again, and what both decode is compared.
//!
//! Blosc2 is given an array as one buffer, which it cuts into blocks as it sees fit, the shuffle that the processor is
//! good for, and lz4 at its own level 5, the default of the Python package, or zstd at level 1: at these ours is no larger
//! in the mean. (Its level 9 for lz4 takes blocks of MiBs and is smaller by 2 %.) It writes no checksums; ours are checked.
//!
//! Words behind `--` measure only what has them all in its case, rival, direction or threads; `--quick` takes fewer and
//! smaller arrays. With `--check` the run fails if we are below 1 times as fast in the mean over the arrays, below 0.9
//! times in a case, or if the lengths are larger than Blosc2's in the mean.
#![expect(
    unsafe_code,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a bench calls a C library, asserts and prints"
)]

use std::ffi::{CString, c_char, c_int, c_void};
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::process::Command;

use libloading::Library;
use ndcodec::{Buffer, Chain, DType, DecodeOptions, EncodeOptions, Layout, Order};
use ndcodec_benches::{NamedArray, Record, Run, geometric_mean, real};

/// The chain, and Blosc2's name and level for its compressor.
const RIVALS: [(&str, &str, c_int); 2] =
    [("chunked(shuffle|lz4)", "lz4", 5), ("chunked(shuffle|zstd(1))", "zstd", 1)];
const THREADS: [u32; 2] = [1, 2];
const DIRECTIONS: [&str; 2] = ["encode", "decode"];
const MADE: usize = 64 << 20;

fn main() {
    let mut run = Run::from_args("chunked");
    let blosc = Blosc::load();
    for (name, make) in arrays(run.is_quick()) {
        let cases = RIVALS.iter().flat_map(|rival| THREADS.map(|threads| (rival, threads)));
        let cases: Vec<_> =
            cases.filter(|(rival, threads)| is_wanted(&run, rival, &name, *threads)).collect();
        if cases.is_empty() {
            continue;
        }
        let array = make();
        for ((chain, compressor, level), threads) in cases {
            blosc.set(compressor, threads);
            measure(&mut run, &Side { blosc: &blosc, compressor, level: *level }, chain, &array, threads);
        }
    }
    run.finish_within(summary);
}

/// Whether either direction has all words in its row.
fn is_wanted(run: &Run, (chain, compressor, _): &(&str, &str, c_int), array: &str, threads: u32) -> bool {
    DIRECTIONS.iter().any(|direction| {
        let row = format!("{chain} on {array} Blosc2 {compressor} {direction} {threads}");
        run.words().iter().all(|word| row.contains(word.as_str()))
    })
}

/// Prints the geometric means, and returns what is below its bound.
fn summary(records: &[Record]) -> Vec<String> {
    let speed = |record: &Record| 1.0 / record.ratio.unwrap();
    let mut failures: Vec<String> = records
        .iter()
        .filter(|record| speed(record) < 0.9)
        .map(|record| {
            let Record { case, direction, threads, .. } = record;
            format!("{case}, {direction}, {threads:?} threads: {:.3} < 0.9", speed(record))
        })
        .collect();
    for (chain, ..) in RIVALS {
        for threads in THREADS {
            for direction in DIRECTIONS {
                let of: Vec<&Record> = records
                    .iter()
                    .filter(|record| {
                        record.case.starts_with(chain)
                            && record.threads == Some(threads)
                            && record.direction == direction
                    })
                    .collect();
                if of.is_empty() {
                    continue;
                }
                let length =
                    |record: &&Record| record.ours_size.unwrap() as f64 / record.rival_size.unwrap() as f64;
                let mean = geometric_mean(of.iter().map(|record| speed(record)));
                let length = geometric_mean(of.iter().map(length));
                let id =
                    format!("{chain}, {direction}, {threads} threads, geometric mean of {} arrays", of.len());
                eprintln!("{id}: {mean:.3} times as fast, {length:.4} times the length");
                if mean < 1.0 || length > 1.0 {
                    failures.push(format!("{id}: {mean:.3}, {length:.4}"));
                }
            }
        }
    }
    failures
}

/// The rival, set up.
struct Side<'b> {
    blosc: &'b Blosc,
    compressor: &'b str,
    level: c_int,
}

fn measure(run: &mut Run, side: &Side<'_>, text: &str, array: &NamedArray, threads: u32) {
    let Side { blosc, compressor, level } = *side;
    let chain = Chain::parse(text).unwrap();
    let count = NonZeroUsize::new(threads as usize).unwrap();
    let encoding = EncodeOptions::new().with_threads(count);
    let decoding = DecodeOptions::new().with_threads(count);
    let view = array.view();
    let (payload, itemsize) = (view.payload(), array.layout.dtype().itemsize());

    let (mut ours, mut decoded) = (Buffer::new(), Buffer::new());
    chain.encode_into_with(&view, &mut ours, &encoding).unwrap();
    let encoded = ours.to_vec();
    assert!(chain.decode_into_with(&encoded, &mut decoded, &decoding).unwrap().payload() == payload);
    let mut theirs = vec![0; payload.len() + 4096];
    let len = blosc.encode(level, itemsize, payload, &mut theirs);
    let their_encoded = theirs[..len].to_vec();
    let mut their_decoded = vec![0; payload.len()];
    blosc.decode(&their_encoded, &mut their_decoded);
    assert!(their_decoded == payload);

    let (case, rival) = (format!("{text} on {}", array.name), format!("Blosc2 {compressor}"));
    run.case(&case, payload.len(), "encode").threads(threads).sizes(encoded.len(), len).beside(
        &rival,
        || {
            chain.encode_into_with(black_box(&view), &mut ours, &encoding).unwrap();
        },
        || {
            black_box(blosc.encode(level, itemsize, black_box(payload), &mut theirs));
        },
    );
    run.case(&case, payload.len(), "decode").threads(threads).sizes(encoded.len(), len).beside(
        &rival,
        || {
            black_box(chain.decode_into_with(black_box(&encoded), &mut decoded, &decoding).unwrap());
        },
        || blosc.decode(black_box(&their_encoded), &mut their_decoded),
    );
}

type Make = Box<dyn Fn() -> NamedArray>;

/// The arrays of the corpus, and noisy measurements of 64 MiB.
fn arrays(is_quick: bool) -> Vec<(String, Make)> {
    let mut real = real().unwrap();
    if is_quick {
        real.truncate(3);
    }
    let mut arrays: Vec<(String, Make)> = Vec::new();
    for array in real {
        arrays.push((array.name.clone(), Box::new(move || array.clone())));
    }
    let bytes = if is_quick { MADE / 8 } else { MADE };
    arrays.push((
        "noisy_f64".to_owned(),
        Box::new(move || {
            made("noisy_f64", "<f8", bytes, |value, out| out.extend_from_slice(&value.to_le_bytes()))
        }),
    ));
    #[expect(clippy::cast_possible_truncation, reason = "what is wanted")]
    arrays.push((
        "noisy_f32".to_owned(),
        Box::new(move || {
            made("noisy_f32", "<f4", bytes, |value, out| out.extend_from_slice(&(value as f32).to_le_bytes()))
        }),
    ));
    arrays
}

/// A slow wave with noise of a thousandth, as a sensor would give it.
fn made(name: &str, dtype: &str, bytes: usize, write: impl Fn(f64, &mut Vec<u8>)) -> NamedArray {
    let dtype = DType::parse(dtype).unwrap();
    let elements = bytes / dtype.itemsize();
    let layout = Layout::new(dtype, [elements / 256, 256], Order::C).unwrap();
    let mut payload = Vec::with_capacity(bytes);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for i in 0..elements {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let noise = (state >> 11) as f64 / (1_u64 << 53) as f64;
        write(290.0 + 20.0 * (i as f64 * 1e-4).sin() + 0.02 * noise, &mut payload);
    }
    NamedArray { name: name.to_owned(), layout, payload }
}

/// The interface that C-Blosc2 took over from Blosc 1: one context for the process, which is used again.
struct Blosc {
    /// Never unloaded: its threads still run when `main` ends, and once in a hundred runs one of them met the end of its code.
    library: &'static Library,
}

type Compress = unsafe extern "C" fn(c_int, c_int, i32, *const c_void, i32, *mut c_void, i32) -> c_int;
type Decompress = unsafe extern "C" fn(*const c_void, i32, *mut c_void, i32) -> c_int;

impl Blosc {
    fn load() -> Self {
        let path = std::env::var("NDCODEC_BLOSC2").unwrap_or_else(|_| {
            let python = std::env::var("NDCODEC_PYTHON").unwrap_or_else(|_| "python3".to_owned());
            let code = "import blosc2, pathlib; print(next(pathlib.Path(blosc2.__file__).parent.rglob('libblosc2.so*')))";
            let found = Command::new(&python).args(["-c", code]).output().unwrap();
            assert!(found.status.success(), "`{python}` has no `blosc2`: set NDCODEC_PYTHON or NDCODEC_BLOSC2");
            String::from_utf8(found.stdout).unwrap().trim().to_owned()
        });
        // SAFETY: the library is C-Blosc2, whose initialisers do nothing that this program knows of.
        let library = unsafe { Library::new(&path) }.unwrap();
        let blosc = Self { library: Box::leak(Box::new(library)) };
        // SAFETY: these are the types that `blosc2.h` gives.
        let version = unsafe {
            blosc.library.get::<unsafe extern "C" fn()>(b"blosc2_init").unwrap()();
            let version =
                blosc.library.get::<unsafe extern "C" fn() -> *const c_char>(b"blosc2_get_version_string");
            std::ffi::CStr::from_ptr(version.unwrap()())
        };
        eprintln!("C-Blosc2 {}", version.to_string_lossy());
        blosc
    }

    fn set(&self, compressor: &str, threads: u32) {
        /// What the Python package gives: planes apart for lz4 and fast zstd.
        const AUTO_SPLIT: c_int = 3;
        let name = CString::new(compressor).unwrap();
        let threads = i16::try_from(threads).unwrap();
        // SAFETY: these are the types that `blosc2.h` gives, and the name ends with a zero.
        unsafe {
            let set =
                self.library.get::<unsafe extern "C" fn(*const c_char) -> c_int>(b"blosc1_set_compressor");
            assert!(set.unwrap()(name.as_ptr()) >= 0);
            self.library.get::<unsafe extern "C" fn(c_int)>(b"blosc1_set_splitmode").unwrap()(AUTO_SPLIT);
            self.library.get::<unsafe extern "C" fn(i16) -> i16>(b"blosc2_set_nthreads").unwrap()(threads);
        }
    }

    fn encode(&self, level: c_int, itemsize: usize, payload: &[u8], out: &mut [u8]) -> usize {
        const SHUFFLE: c_int = 1;
        let [itemsize, len, room] = [itemsize, payload.len(), out.len()].map(|n| i32::try_from(n).unwrap());
        // SAFETY: the type is that of `blosc2.h`, and the lengths are those of the slices.
        let len = unsafe {
            let compress = self.library.get::<Compress>(b"blosc2_compress").unwrap();
            compress(level, SHUFFLE, itemsize, payload.as_ptr().cast(), len, out.as_mut_ptr().cast(), room)
        };
        assert!(len > 0, "Blosc2 fails with {len}");
        usize::try_from(len).unwrap()
    }

    fn decode(&self, encoded: &[u8], out: &mut [u8]) {
        let [len, room] = [encoded.len(), out.len()].map(|n| i32::try_from(n).unwrap());
        // SAFETY: the type is that of `blosc2.h`, and the lengths are those of the slices.
        let decoded = unsafe {
            let decompress = self.library.get::<Decompress>(b"blosc2_decompress").unwrap();
            decompress(encoded.as_ptr().cast(), len, out.as_mut_ptr().cast(), room)
        };
        assert_eq!(decoded, room);
    }
}
