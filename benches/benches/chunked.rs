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
//! Words behind `--` measure only what has them all in its row. With `--check` the run fails where a mean over the arrays
//! is below 1, where a case is below 0.9, or where the ratios of a mean are worse than Blosc2's.
#![expect(
    unsafe_code,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a bench calls a C library, asserts and prints"
)]

use std::ffi::{CString, c_char, c_int, c_void};
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::Command;

use libloading::Library;
use ndcodec::{Array, Buffer, Chain, DType, DecodeOptions, EncodeOptions, Layout, Order};
use ndcodec_benches::{Pair, pair};

/// The inner chain, and Blosc2's name and level for it.
const RIVALS: [(&str, &str, c_int); 2] = [("shuffle|lz4", "lz4", 5), ("shuffle|zstd(level=1)", "zstd", 1)];
const THREADS: [usize; 2] = [1, 2];
const MADE: usize = 64 << 20;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let (options, only): (Vec<_>, Vec<_>) = args.iter().partition(|arg| arg.starts_with("--"));
    let blosc = Blosc::load();
    println!("inner,array,bytes,direction,threads,ours_ns,theirs_ns,speed,our_ratio,their_ratio");
    let mut rows = Vec::new();
    for (name, make) in arrays() {
        let may_be_wanted = |(inner, threads): (&'static str, usize)| {
            let rows = ["encode", "decode"].map(|direction| Row::new(inner, &name, direction, threads));
            rows.iter().any(|row| only.iter().all(|only| row.id().contains(only.as_str())))
        };
        let mut cases = RIVALS.iter().flat_map(|rival| THREADS.map(|threads| (rival.0, threads)));
        if !cases.any(may_be_wanted) {
            continue;
        }
        let array = make();
        for (inner, rival, level) in RIVALS {
            for threads in THREADS {
                let is_wanted = |row: &Row| only.iter().all(|only| row.id().contains(only.as_str()));
                let about = ["encode", "decode"].map(|direction| Row::new(inner, &name, direction, threads));
                if about.iter().any(is_wanted) {
                    for row in measure(&blosc, rival, level, &array, about) {
                        row.print(&array);
                        rows.push(row);
                    }
                }
            }
        }
    }
    let failures = summary(&rows);
    if options.iter().any(|option| *option == "--check") && !failures.is_empty() {
        eprintln!("over the bound:\n{}", failures.join("\n"));
        std::process::exit(1);
    }
}

struct Row {
    inner: &'static str,
    array: String,
    direction: &'static str,
    threads: usize,
    pair: Pair,
    our_ratio: f64,
    their_ratio: f64,
}

impl Row {
    fn new(inner: &'static str, array: &str, direction: &'static str, threads: usize) -> Self {
        let pair = Pair { ours: f64::NAN, theirs: f64::NAN, ratio: f64::NAN };
        Self { inner, array: array.to_owned(), direction, threads, pair, our_ratio: 0.0, their_ratio: 0.0 }
    }

    fn id(&self) -> String {
        format!("{} {} {} {}", self.inner, self.array, self.direction, self.threads)
    }

    /// How many times as fast as the rival.
    fn speed(&self) -> f64 {
        1.0 / self.pair.ratio
    }

    fn print(&self, array: &Array) {
        let Self { inner, array: name, direction, threads, pair, our_ratio, their_ratio } = self;
        let (bytes, speed) = (array.payload().len(), self.speed());
        let (ours, theirs) = (pair.ours, pair.theirs);
        println!(
            "{inner},{name},{bytes},{direction},{threads},{ours:.0},{theirs:.0},{speed:.3},{our_ratio:.4},{their_ratio:.4}"
        );
    }
}

/// Prints the geometric means, and answers what is below its bound.
fn summary(rows: &[Row]) -> Vec<String> {
    let mut failures: Vec<String> = rows
        .iter()
        .filter(|row| row.speed() < 0.9)
        .map(|row| format!("{}: {:.3} < 0.9", row.id(), row.speed()))
        .collect();
    for (inner, ..) in RIVALS {
        for threads in THREADS {
            for direction in ["encode", "decode"] {
                let of = |row: &&Row| (row.inner, row.threads, row.direction) == (inner, threads, direction);
                let rows: Vec<&Row> = rows.iter().filter(of).collect();
                if rows.is_empty() {
                    continue;
                }
                let mean = |value: &dyn Fn(&Row) -> f64| {
                    (rows.iter().map(|row| value(row).ln()).sum::<f64>() / rows.len() as f64).exp()
                };
                let (speed, ratio) = (mean(&Row::speed), mean(&|row| row.our_ratio / row.their_ratio));
                let id = format!("{inner} {direction} {threads}, geometric mean of {} arrays", rows.len());
                eprintln!("{id}: {speed:.3} times as fast, {ratio:.4} times the ratio");
                if speed < 1.0 || ratio < 1.0 {
                    failures.push(format!("{id}: {speed:.3}, {ratio:.4}"));
                }
            }
        }
    }
    failures
}

fn measure(
    blosc: &Blosc,
    rival: &str,
    level: c_int,
    array: &Array,
    [mut encode, mut decode]: [Row; 2],
) -> [Row; 2] {
    let threads = encode.threads;
    blosc.set(rival, threads);
    let chain = Chain::parse(&format!("chunked({})", encode.inner)).unwrap();
    let count = NonZeroUsize::new(threads).unwrap();
    let encoding = EncodeOptions::new().with_threads(count);
    let decoding = DecodeOptions::new().with_threads(count);
    let view = array.view();
    let (payload, itemsize) = (array.payload(), array.dtype().itemsize());

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

    let rounds = if payload.len() > 8 << 20 { 9 } else { 21 };
    encode.pair = pair(
        rounds,
        || {
            ours.clear();
            chain.encode_into_with(black_box(&view), &mut ours, &encoding).unwrap();
        },
        || {
            black_box(blosc.encode(level, itemsize, black_box(payload), &mut theirs));
        },
    );
    decode.pair = pair(
        rounds,
        || {
            black_box(chain.decode_into_with(black_box(&encoded), &mut decoded, &decoding).unwrap());
        },
        || blosc.decode(black_box(&their_encoded), &mut their_decoded),
    );
    for row in [&mut encode, &mut decode] {
        row.our_ratio = payload.len() as f64 / encoded.len() as f64;
        row.their_ratio = payload.len() as f64 / their_encoded.len() as f64;
    }
    [encode, decode]
}

type Make = Box<dyn Fn() -> Array>;

/// The arrays of the corpus, and noisy measurements of 64 MiB.
fn arrays() -> Vec<(String, Make)> {
    let corpus = std::env::var_os("NDCODEC_CORPUS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus")),
        PathBuf::from,
    );
    let npy = Chain::parse("npy").unwrap();
    let mut paths: Vec<PathBuf> = std::fs::read_dir(corpus.join("real"))
        .expect("the benches take their arrays from the corpus: set NDCODEC_CORPUS")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "npy"))
        .collect();
    paths.sort();
    let mut arrays: Vec<(String, Make)> = Vec::new();
    for path in paths {
        let (name, npy) = (path.file_stem().unwrap().to_string_lossy().into_owned(), npy.clone());
        arrays.push((name, Box::new(move || npy.decode(&std::fs::read(&path).unwrap()).unwrap())));
    }
    arrays.push((
        "noisy_f64".to_owned(),
        Box::new(|| made("<f8", |value, out| out.extend_from_slice(&value.to_le_bytes()))),
    ));
    #[expect(clippy::cast_possible_truncation, reason = "what is wanted")]
    arrays.push((
        "noisy_f32".to_owned(),
        Box::new(|| made("<f4", |value, out| out.extend_from_slice(&(value as f32).to_le_bytes()))),
    ));
    arrays
}

/// A slow wave with noise of a thousandth, as a sensor would give it.
fn made(dtype: &str, write: impl Fn(f64, &mut Buffer)) -> Array {
    let dtype = DType::parse(dtype).unwrap();
    let layout = Layout::new(dtype.clone(), [MADE / dtype.itemsize() / 256, 256], Order::C).unwrap();
    let mut payload = Buffer::with_capacity(MADE);
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for i in 0..MADE / dtype.itemsize() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let noise = (state >> 11) as f64 / (1_u64 << 53) as f64;
        write(290.0 + 20.0 * (i as f64 * 1e-4).sin() + 0.02 * noise, &mut payload);
    }
    Array::new(layout, payload).unwrap()
}

/// The interface that C-Blosc2 took over from Blosc 1: one context for the process, which is used again.
struct Blosc {
    library: Library,
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
        let blosc = Self { library: unsafe { Library::new(&path) }.unwrap() };
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

    fn set(&self, compressor: &str, threads: usize) {
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
