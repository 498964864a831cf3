//! Reads headers, as strictly as `numpy.load` does (`_read_array_header` in numpy's `lib/_format_impl.py`).
//!
//! It accepts all that numpy accepts: keys in any order, the last of equal keys, comments, blanks or none around the dict, any
//! or no padding, Python 2's `2L`, and its own spellings of dtypes ([`DType::from_descr`]). What says no byte order, `'f4'`,
//! `'=f4'` and `'float32'`, has that of the machine that reads, as in numpy.

use ndcodec_core::literal::{self, Literal};
use ndcodec_core::{
    CodecError, DType, DTypeError, DecodeLimits, ErrorKind, Extension, Header, HeaderError, Kind, Limit,
    MAX_NDIM, Order, ShapePattern,
};

use super::{FILTERED_MAGIC, MAGIC, Version, advice, is_addressable, place};
use crate::can_be_named;

/// The keys of a header: numpy's, or those of one that filters have.
#[derive(Debug, PartialEq, Eq)]
struct Keys {
    dtype: &'static str,
    order: &'static str,
    shape: &'static str,
}

const NUMPY: Keys = Keys { dtype: "descr", order: "fortran_order", shape: "shape" };
const FILTERED: Keys = Keys { dtype: "dtype", order: "order", shape: "dims" };
/// In both; version 0.1.0 put it into numpy's.
const FILTERS: &str = "filters";

impl Keys {
    fn has(&self, key: &str) -> bool {
        [self.dtype, self.order, self.shape, FILTERS].contains(&key)
    }
}

/// The shortest prefix from which the version, and so the length of the prefix, can be told.
const SHORTEST_PREFIX: usize = Version::V1.prefix_len();

/// numpy refuses a header of more characters.
const MOST_BLANKS: usize = 10_000;

/// Reads the header at the beginning of `prefix`; its void elements are of dtype `named`, if that is given.
pub(crate) fn read(
    prefix: &[u8],
    named: Option<&DType>,
    limits: &DecodeLimits,
) -> Result<Header, HeaderError> {
    let version = version(prefix)?;
    let start = version.prefix_len();
    let Some(claim) = prefix.get(MAGIC.len() + 2..start) else {
        return Err(HeaderError::Incomplete { needed: start });
    };
    let claim = claim.iter().rev().fold(0_u64, |len, byte| len << 8 | u64::from(*byte));
    // A character takes at most four bytes, so this bounds the bytes before any of them is there.
    let widest = if version == Version::V3 { 4 } else { 1 };
    let Some(end) = usize::try_from(claim)
        .ok()
        .filter(|len| *len <= limits.max_header.saturating_mul(widest))
        .and_then(|len| start.checked_add(len))
    else {
        return Err(over(claim, "bytes", limits).at((MAGIC.len() + 2) as u64).into());
    };
    let Some(bytes) = prefix.get(start..end) else {
        return Err(HeaderError::Incomplete { needed: end });
    };
    let keys = if prefix.starts_with(FILTERED_MAGIC) { &FILTERED } else { &NUMPY };
    let text = Text { bytes, start, keys };
    let literal = text.parse(version, limits)?;
    let header = text.header(&literal, named)?;
    check_line_end(prefix, &header)?;
    Ok(header)
}

/// Software that takes a `.npy` for text puts `\r\n` in the place of `\n`: the one that ends the header then ends behind the
/// header's length, and all elements are shifted.
fn check_line_end(prefix: &[u8], header: &Header) -> Result<(), HeaderError> {
    let end = header.head_len();
    if prefix.get(end - 1) != Some(&b'\r') {
        return Ok(());
    }
    match prefix.get(end) {
        Some(b'\n' | b'\r') if is_translated(&prefix[end..]) => {
            let message =
                "the header ends with `\\r\\n` in place of `\\n`, so bytes were added all over the file";
            Err(CodecError::corrupt(message).at(end as u64 - 1).with_help(TRANSLATED).into())
        }
        None if header.known_layout().is_some_and(|layout| layout.nbytes() > 0) => {
            Err(HeaderError::Incomplete { needed: end + 1 })
        }
        _ => Ok(()),
    }
}

/// Whether `\n` follows, behind another `\r` for each further time that line ends were translated.
fn is_translated(behind: &[u8]) -> bool {
    behind.iter().find(|byte| **byte != b'\r') == Some(&b'\n')
}

const TRANSLATED: &str = "the file went through software that translates line ends, such as git without `*.npy binary` in \
                          `.gitattributes`, FTP in text mode, or `open` without `b`; copy it again, as binary";

/// Checks magic and version, and as much of them as there is.
fn version(prefix: &[u8]) -> Result<Version, HeaderError> {
    let differs = |magic: &[u8]| prefix.iter().zip(magic).position(|(is, must)| is != must);
    if let Some(at) = differs(MAGIC)
        && differs(FILTERED_MAGIC).is_some()
    {
        return Err(no_magic(prefix, at));
    }
    let Some(&[major, minor]) = prefix.get(MAGIC.len()..MAGIC.len() + 2) else {
        return Err(HeaderError::Incomplete { needed: SHORTEST_PREFIX });
    };
    let known = [Version::V1, Version::V2, Version::V3];
    match known.into_iter().find(|version| version.bytes() == [major, minor]) {
        Some(version) => Ok(version),
        None => {
            let message = format!("unknown format version {major}.{minor}; expected 1.0, 2.0 or 3.0");
            Err(CodecError::unsupported(message).at(MAGIC.len() as u64).into())
        }
    }
}

/// `numpy.load` falls back to loading a pickle, so a file that is one may well come here: by its protocol, or by the
/// import that begins numpy's own in protocols 0 and 1.
fn no_magic(prefix: &[u8], at: usize) -> HeaderError {
    const IMPORT: &[u8] = b"cnumpy.";
    if matches!(prefix, [0x80, 2..=5, ..]) || prefix.starts_with(IMPORT) {
        let message =
            "the data are a Python pickle, not a `.npy`, and are refused: loading a pickle runs code";
        return CodecError::new(ErrorKind::Refused, message).into();
    }
    if prefix == [0x80] || IMPORT.starts_with(prefix) {
        return HeaderError::Incomplete { needed: IMPORT.len() };
    }
    let begin = prefix.get(..MAGIC.len()).unwrap_or(prefix).escape_ascii();
    let message = format!("a `.npy` begins with `{}`, and the data with `{begin}`", MAGIC.escape_ascii());
    let help = ndcodec_core::diagnosis::help(prefix);
    CodecError::corrupt(message).at(at as u64).with_help_if_any(help).into()
}

fn over(len: u64, unit: &str, limits: &DecodeLimits) -> CodecError {
    let max = limits.max_header;
    CodecError::over(Limit::Header, format!("the header has {len} {unit}, more than the limit of {max}"))
}

/// The dict and what pads it, and where in the file that begins.
struct Text<'t> {
    bytes: &'t [u8],
    start: usize,
    keys: &'static Keys,
}

impl Text<'_> {
    fn parse(&self, version: Version, limits: &DecodeLimits) -> Result<Literal, CodecError> {
        self.check_blanks(limits)?;
        let parsed = match version {
            Version::V1 | Version::V2 => literal::parse_latin1(self.bytes),
            Version::V3 => {
                let text = str::from_utf8(self.bytes).map_err(|error| {
                    let message = "the header is not UTF-8, which version 3.0 demands";
                    CodecError::corrupt(message).at(self.offset(error.valid_up_to()))
                })?;
                let chars = text.chars().count();
                if chars > limits.max_header {
                    return Err(over(chars as u64, "characters", limits).at(self.offset(0)));
                }
                literal::parse(self.bytes)
            }
        };
        parsed.map_err(|error| {
            let message = format!("the header is not a Python literal: {}", error.what);
            let help = self.bytes.get(error.offset..).and_then(advice::of_literal);
            CodecError::corrupt(message).at(self.offset(error.offset)).with_help_if_any(help)
        })
    }

    /// A header may be as long as the names of its fields make it. numpy takes no more than 10,000 characters, and what it
    /// refuses for its blanks alone no writer wrote.
    fn check_blanks(&self, limits: &DecodeLimits) -> Result<(), CodecError> {
        let most = (limits.max_header / 32).max(MOST_BLANKS);
        if self.bytes.len() <= most {
            return Ok(());
        }
        // One blank stands between two words.
        let blanks = self.bytes.windows(2).filter(|two| two.iter().all(u8::is_ascii_whitespace));
        let blanks = blanks.count();
        if blanks <= most {
            return Ok(());
        }
        let message = format!("the header has {blanks} blanks, more than the {most} that its limit allows");
        Err(CodecError::over(Limit::Header, message).at(self.offset(0)))
    }

    fn header(&self, literal: &Literal, named: Option<&DType>) -> Result<Header, CodecError> {
        self.check_keys(literal)?;
        let dtype = self.dtype(self.value(literal, self.keys.dtype)?, named)?;
        let order = self.order(self.value(literal, self.keys.order)?)?;
        let shape = self.shape(self.value(literal, self.keys.shape)?, &dtype)?;
        let filters = match literal.get(FILTERS) {
            None if *self.keys == FILTERED => return Err(self.lacks(FILTERS)),
            None => String::new(),
            Some(Literal::Str(filters)) if !filters.is_empty() => filters.clone(),
            Some(other) => {
                let message = format!("`filters` is {}; expected a text", excerpt(other));
                return Err(self.invalid(FILTERS, message));
            }
        };
        let head = self.start + self.bytes.len();
        Ok(Header::new(dtype, ShapePattern::from(shape.as_slice()), order)?
            .with_head(head)
            .with_filters(filters))
    }

    fn check_keys(&self, literal: &Literal) -> Result<(), CodecError> {
        let Some(pairs) = literal.as_dict() else {
            let message = format!("the header is {}, not a dict", literal.describe());
            return Err(CodecError::corrupt(message).at(self.offset(0)));
        };
        for (key, _) in pairs {
            let name = key.as_str();
            if !name.is_some_and(|name| self.keys.has(name)) {
                let at = name.and_then(|name| place::find(self.bytes, name)).map_or(0, |place| place.key);
                let message = format!("the header has the unknown key {}", excerpt(key));
                return Err(CodecError::corrupt(message).at(self.offset(at)));
            }
        }
        Ok(())
    }

    fn value<'l>(&self, literal: &'l Literal, key: &str) -> Result<&'l Literal, CodecError> {
        literal.get(key).ok_or_else(|| self.lacks(key))
    }

    fn lacks(&self, key: &str) -> CodecError {
        CodecError::corrupt(format!("the header lacks the key `{key}`")).at(self.offset(0))
    }

    fn order(&self, literal: &Literal) -> Result<Order, CodecError> {
        let key = self.keys.order;
        let (fortran, c) = match *self.keys {
            NUMPY => (Literal::Bool(true), Literal::Bool(false)),
            _ => (Literal::Str("F".to_owned()), Literal::Str("C".to_owned())),
        };
        match literal {
            order if *order == fortran => Ok(Order::Fortran),
            order if *order == c => Ok(Order::C),
            other => {
                let message = format!("`{key}` is {}, not `{fortran}` or `{c}`", excerpt(other));
                Err(self.invalid(key, message))
            }
        }
    }

    fn dtype(&self, descr: &Literal, named: Option<&DType>) -> Result<DType, CodecError> {
        if let Some(named) = named.filter(|named| is_unreadable_float8(descr, named)) {
            return Ok(named.clone());
        }
        let stored = match DType::from_descr(descr) {
            Ok(stored) => stored,
            Err(error @ DTypeError::PythonObject { .. }) => {
                let refused = CodecError::new(ErrorKind::Refused, error.to_string());
                return Err(refused.at(self.value_offset(self.keys.dtype)));
            }
            Err(_) if descr.as_str() == Some("<f1") => {
                let message = "`descr` is `<f1`, which numpy writes for `float8_e5m2` and does not read; say \
                               `npy(dtype=float8_e5m2)` if it is that";
                return Err(self.invalid(self.keys.dtype, message.to_owned()));
            }
            Err(error) => {
                let message = format!("`{}` is not a dtype", self.keys.dtype);
                let invalid = self.invalid(self.keys.dtype, message).with_source(error);
                return Err(invalid.with_help_if_any(advice::of_descr(descr)));
            }
        };
        match named {
            None => Ok(stored),
            Some(named) if can_be_named(&stored, named) => Ok(named.clone()),
            Some(named) => {
                let (is, wanted) = (stored.itemsize(), named.itemsize());
                let message = format!(
                    "the dtype is `{stored}` of {is} bytes, which cannot be taken for `{named}` of {wanted} bytes"
                );
                Err(self.invalid(self.keys.dtype, message))
            }
        }
    }

    fn shape(&self, literal: &Literal, dtype: &DType) -> Result<Vec<usize>, CodecError> {
        let key = self.keys.shape;
        let Some(items) = literal.as_tuple() else {
            let message = format!("`{key}` is {}, not a tuple of integers", excerpt(literal));
            return Err(self.invalid(key, message));
        };
        if items.len() > MAX_NDIM {
            let message =
                format!("`{key}` has {} dimensions, more than the {MAX_NDIM} of numpy", items.len());
            return Err(self.invalid(key, message));
        }
        let mut shape = Vec::with_capacity(items.len());
        for (axis, item) in items.iter().enumerate() {
            match item.as_int().and_then(|dim| usize::try_from(dim).ok()) {
                Some(dim) => shape.push(dim),
                None => {
                    let message = format!("dimension {axis} of `{key}` is {}, not a length", excerpt(item));
                    return Err(self.invalid(key, message));
                }
            }
        }
        if !is_addressable(dtype, &shape) {
            let shape = ShapePattern::from(shape.as_slice());
            let message = format!(
                "elements of dtype `{dtype}` in the shape {shape}, but for its zeros, are larger than memory"
            );
            return Err(self.invalid(key, message));
        }
        Ok(shape)
    }

    fn invalid(&self, key: &str, message: String) -> CodecError {
        CodecError::corrupt(message).at(self.value_offset(key))
    }

    /// The byte of the file at which the value of `key` begins; that of the header if it is spelt oddly.
    fn value_offset(&self, key: &str) -> u64 {
        self.offset(place::find(self.bytes, key).map_or(0, |place| place.value))
    }

    /// The byte of the file that is at `at` in the text.
    fn offset(&self, at: usize) -> u64 {
        (self.start + at) as u64
    }
}

/// numpy writes `<f1` for the one extension type whose letter is not void's, and cannot read it.
fn is_unreadable_float8(descr: &Literal, named: &DType) -> bool {
    descr.as_str() == Some("<f1") && *named.kind() == Kind::Extension(Extension::Float8E5M2)
}

/// A value as a message shows it: short ones as Python prints them, and of containers the type.
fn excerpt(literal: &Literal) -> String {
    match literal {
        Literal::Str(_) | Literal::Int(_) | Literal::Bool(_) | Literal::None => {
            let text: String = literal.to_string().chars().take(40).collect();
            format!("`{text}`")
        }
        _ => literal.describe().to_owned(),
    }
}

#[cfg(test)]
mod tests;
