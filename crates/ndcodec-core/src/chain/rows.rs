//! Some rows of an array, without the rest where the chain allows it.

use std::ops::Range;

use super::array::{Head, Stages};
use super::{Chain, DecodeOptions};
use crate::error::{ArrayError, CodecError, Error, ErrorKind, IoError};
use crate::format::{Filters, HeaderError};
use crate::{Array, ArrayFormat, ArrayView, Buffer, Direction, Header, Layout, Order, RandomAccess};

impl Chain {
    /// The rows `rows` of an array: a range of indices of its first dimension, as an array.
    ///
    /// A container decodes only the parts that hold them. A format whose payload is not encoded, such as plain
    /// `npy`, reads only their bytes, also of a Fortran-ordered array. Any other chain decodes the whole and keeps
    /// these rows.
    ///
    /// # Errors
    /// Where there are no such rows, or what must be read for them is not what this chain writes.
    pub fn decode_rows(&self, encoded: &[u8], rows: Range<usize>) -> Result<Array, Error> {
        self.decode_rows_with(&encoded, rows, &DecodeOptions::new())
    }

    /// [`decode_rows`](Self::decode_rows) from anything that can be read at any place, such as a file, with options.
    ///
    /// # Errors
    /// As [`decode_rows`](Self::decode_rows), and where `encoded` cannot be read.
    pub fn decode_rows_with(
        &self,
        encoded: &dyn RandomAccess,
        rows: Range<usize>,
        options: &DecodeOptions,
    ) -> Result<Array, Error> {
        let Stages { head, filters, codecs, .. } = &*self.stages;
        match head {
            Head::Container(container) => {
                let mut payload = Buffer::new();
                let fail = |error: CodecError| match error.into_array() {
                    Ok(error) => Error::Array(error),
                    Err(error) => self.lift(Direction::Decode, error),
                };
                let layout = if codecs.is_empty() {
                    container.decode_rows(encoded, rows, options, &mut payload).map_err(fail)?
                } else {
                    let whole = read_all(encoded)?;
                    let inner = codecs.decode_outer(&whole, &options.limits)?;
                    let bytes = self.first_codec(&inner, &options.limits)?;
                    container.decode_rows(&bytes.bytes(), rows, options, &mut payload).map_err(fail)?
                };
                return Ok(Array::new(layout, payload)?);
            }
            Head::Format(format) if codecs.is_empty() && filters.is_empty() => {
                let header = self.header_at(&**format, encoded, options)?;
                if self.is_plain(&header) {
                    return self.read_rows(&header, encoded, rows, options);
                }
            }
            Head::Format(_) => {}
        }
        let array = match encoded.as_slice() {
            Some(bytes) => self.decode_with(bytes, options)?,
            None => self.decode_with(&read_all(encoded)?, options)?,
        };
        take_rows(&array, rows)
    }

    /// Whether rows of the payload can be read as they lie.
    fn is_plain(&self, header: &Header) -> bool {
        match header.filters() {
            Filters::Listed(listed) => listed.is_empty(),
            Filters::Unknown => true,
        }
    }

    fn header_at(
        &self,
        format: &dyn ArrayFormat,
        encoded: &dyn RandomAccess,
        options: &DecodeOptions,
    ) -> Result<Header, Error> {
        let fail = |error: CodecError| self.lift(Direction::Decode, error.in_stage(0));
        let len = usize::try_from(encoded.len()).unwrap_or(usize::MAX);
        let mut prefix = Vec::new();
        loop {
            match format.read_header(&prefix, &options.limits) {
                Ok(header) => return Ok(header),
                Err(HeaderError::Invalid(error)) => return Err(fail(error)),
                Err(HeaderError::Incomplete { needed }) if needed > len => {
                    return Err(fail(HeaderError::Incomplete { needed }.at_end()));
                }
                Err(HeaderError::Incomplete { needed }) => {
                    let before = prefix.len();
                    prefix.resize(needed.max(before + 1), 0);
                    encoded.read_at(before as u64, &mut prefix[before..]).map_err(cannot_read)?;
                }
            }
        }
    }

    fn read_rows(
        &self,
        header: &Header,
        encoded: &dyn RandomAccess,
        rows: Range<usize>,
        options: &DecodeOptions,
    ) -> Result<Array, Error> {
        let fail = |error: CodecError| self.lift(Direction::Decode, error.in_stage(0));
        let total = usize::try_from(encoded.len()).map_err(|_| {
            fail(CodecError::new(ErrorKind::Limit, "the data are larger than memory can address"))
        })?;
        let layout = header.layout(total).map_err(fail)?;
        let (part, bytes) = rows_of(&layout, rows.clone())?;
        self.check_announced(part.nbytes(), &options.limits)?;
        let mut payload = Buffer::new();
        payload.set_len(part.nbytes());
        if layout.order() == Order::C || layout.is_both_orders() || part.nbytes() == 0 {
            encoded.read_at((header.head_len() + bytes.start) as u64, &mut payload).map_err(cannot_read)?;
            return Ok(Array::new(part, payload)?);
        }
        let start = rows.start * layout.dtype().itemsize();
        read_pieces(encoded, header.head_len(), &layout, start, &mut payload).map_err(cannot_read)?;
        let part = part.with_order(Order::Fortran);
        let in_c_order = ArrayView::new(part, &payload)?.into_order(Order::C);
        Ok(Array::new(in_c_order.layout().clone(), Buffer::from(in_c_order.payload()))?)
    }
}

/// Of each column of a Fortran-ordered payload the bytes from `start` on, one piece of the same length after the other.
/// Columns that are shorter than a page or two are read together.
fn read_pieces(
    encoded: &dyn RandomAccess,
    head_len: usize,
    layout: &Layout,
    start: usize,
    pieces: &mut [u8],
) -> std::io::Result<()> {
    const SHORT: usize = 8 << 10;
    const BLOCK: usize = 256 << 10;

    let column = layout.shape()[0] * layout.dtype().itemsize();
    let piece = pieces.len() / (layout.nbytes() / column);
    let at = |column_no: usize| (head_len + column_no * column) as u64;
    if column > SHORT {
        for (no, piece) in pieces.chunks_exact_mut(piece).enumerate() {
            encoded.read_at(at(no) + start as u64, piece)?;
        }
        return Ok(());
    }
    let together = BLOCK / column;
    let mut block = vec![0; BLOCK];
    for (no, pieces) in pieces.chunks_mut(together * piece).enumerate() {
        let block = &mut block[..pieces.len() / piece * column];
        encoded.read_at(at(no * together), block)?;
        for (piece, column) in pieces.chunks_exact_mut(piece).zip(block.chunks_exact(column)) {
            piece.copy_from_slice(&column[start..][..piece.len()]);
        }
    }
    Ok(())
}

/// The layout of some rows of an array, in C order, and where they lie in its payload if that is in C order too.
///
/// # Errors
/// Where there are no such rows.
pub fn rows_of(layout: &Layout, rows: Range<usize>) -> Result<(Layout, Range<usize>), ArrayError> {
    let count = layout.shape().first().copied().unwrap_or(0);
    if layout.ndim() == 0 || rows.start > rows.end || rows.end > count {
        return Err(ArrayError::Rows { start: rows.start, end: rows.end, shape: layout.shape_text() });
    }
    let mut shape = layout.shape().to_vec();
    shape[0] = rows.len();
    let part = Layout::new(layout.dtype().clone(), shape, Order::C)?;
    // A row is a whole number of bytes, and no larger than the payload, so these products fit.
    let row = layout.nbytes().checked_div(count).unwrap_or(0);
    Ok((part, rows.start * row..rows.end * row))
}

fn take_rows(array: &Array, rows: Range<usize>) -> Result<Array, Error> {
    let view = array.view();
    let rows = view.rows(rows)?;
    Ok(Array::new(rows.layout().clone(), Buffer::from(rows.payload()))?)
}

fn read_all(encoded: &dyn RandomAccess) -> Result<Buffer, Error> {
    let len = usize::try_from(encoded.len()).unwrap_or(usize::MAX);
    let mut bytes = Buffer::new();
    bytes.set_len(len);
    encoded.read_at(0, &mut bytes).map_err(cannot_read)?;
    Ok(bytes)
}

fn cannot_read(error: std::io::Error) -> Error {
    Error::Io(IoError::new("read the encoded data", error))
}
