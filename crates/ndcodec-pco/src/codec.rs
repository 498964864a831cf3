//! The codec that the filter is where the type of the elements is given.

use ndcodec_core::{Buffer, Codec, CodecError, ErrorKind, Input, Output, Pool};

use crate::numbers::Work;

/// `pco(8,<f4)`: bytes that are numbers of one type.
#[derive(Debug)]
pub(crate) struct PcoCodec {
    work: Work,
    joined: Pool<Buffer>,
}

impl PcoCodec {
    pub(crate) fn new(work: Work) -> Self {
        Self { work, joined: Pool::of_buffers() }
    }
}

impl Codec for PcoCodec {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let mut joined = self.joined.buffer();
        let bytes = input.joined(&mut joined)?;
        let itemsize = self.work.numbers().itemsize();
        if !bytes.len().is_multiple_of(itemsize) {
            let len = bytes.len();
            let message = format!("{len} bytes are not a whole number of elements of {itemsize} bytes");
            return Err(CodecError::new(ErrorKind::Input, message));
        }
        self.work.encode(bytes, out)
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        self.work.decode(encoded, out)
    }

    fn max_encoded_len(&self, input_len: usize) -> Option<usize> {
        self.work.numbers().max_encoded_len(input_len)
    }
}
