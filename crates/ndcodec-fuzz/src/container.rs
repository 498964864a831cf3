//! Containers with checksums that are right: what a stranger writes who knows the format.

use ndcodec::{Chain, DecodeLimits, DecodeOptions, Pipeline};

/// `chunked` or `auto`, before its records.
#[derive(Debug)]
pub struct Container<'a> {
    /// The word of the chain.
    pub word: &'a str,
    pub dtype: &'a str,
    pub itemsize: u64,
    pub shape: &'a [u64],
    pub is_fortran: bool,
    /// The inner chain, or what the writer wished for.
    pub text: &'a str,
    pub chunk_len: u64,
}

impl Container<'_> {
    fn nbytes(&self) -> u64 {
        self.shape.iter().product::<u64>() * self.itemsize
    }

    /// How many chunks there are.
    pub fn chunks(&self) -> u64 {
        self.nbytes().div_ceil(self.chunk_len)
    }

    /// The container with these bodies, one for each chunk.
    pub fn with<B: AsRef<[u8]>>(&self, bodies: impl Iterator<Item = B>) -> Vec<u8> {
        let letters = if self.word == "auto" { b"AU" } else { b"CH" };
        let mut bytes = [b"\x89ND", &letters[..], b"\r\n\x1a\x01"].concat();
        bytes.push(u8::from(self.is_fortran));
        bytes.extend_from_slice(&u16::try_from(self.shape.len()).unwrap_or(0).to_le_bytes());
        for len in [self.dtype.len(), self.text.len(), 0] {
            bytes.extend_from_slice(&u32::try_from(len).unwrap_or(0).to_le_bytes());
        }
        bytes.extend_from_slice(&self.chunk_len.to_le_bytes());
        self.shape.iter().for_each(|dim| bytes.extend_from_slice(&dim.to_le_bytes()));
        bytes.extend_from_slice(self.dtype.as_bytes());
        bytes.extend_from_slice(self.text.as_bytes());
        let header = crc32c(&bytes).to_le_bytes();
        bytes.extend_from_slice(&header);
        let mut offsets = Vec::new();
        for (i, body) in (0_u64..).zip(bodies) {
            offsets.push(bytes.len() as u64);
            let len = u32::try_from(body.as_ref().len()).unwrap_or(0).to_le_bytes();
            let record = [&len[..], body.as_ref()].concat();
            let covered = [&i.to_le_bytes()[..], &header, &record].concat();
            bytes.extend_from_slice(&record);
            bytes.extend_from_slice(&crc32c(&covered).to_le_bytes());
        }
        let begin = bytes.len() as u64;
        let index: Vec<u8> = offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect();
        let crc = crc32c(&[&header[..], &index].concat());
        bytes.extend_from_slice(&index);
        bytes.extend_from_slice(&crc.to_le_bytes());
        let total = bytes.len() as u64 + 24;
        bytes.extend_from_slice(&begin.to_le_bytes());
        bytes.extend_from_slice(&total.to_le_bytes());
        [&bytes[..], b"ND", letters, b"END\n"].concat()
    }
}

/// In memory, as a stream and by rows it gives one array or an error, within small limits.
pub fn check(word: &str, bytes: &[u8]) {
    const LIMIT: usize = 1 << 16;
    let options = DecodeOptions::new().with_limits(DecodeLimits::new().with_max_bytes(LIMIT));
    let chain = Chain::parse(word).expect("a chain");
    let (mut decoded, mut streamed) = (None, None);
    crate::memory::within(LIMIT, word, || decoded = Some(chain.decode_with(bytes, &options)));
    crate::memory::within(LIMIT, word, || {
        streamed = Some(chain.decoder_with(bytes, &options).and_then(ndcodec::Opened::into_array));
    });
    let (Some(decoded), Some(streamed)) = (decoded, streamed) else { unreachable!("both ran") };
    assert_eq!(decoded.is_ok(), streamed.is_ok(), "memory and stream differ");
    let (Ok(decoded), Ok(streamed)) = (decoded, streamed) else { return };
    assert_eq!((decoded.layout(), decoded.payload()), (streamed.layout(), streamed.payload()));
    let count = decoded.shape().first().copied().unwrap_or(0);
    if count > 0 {
        let rows = chain.decode_rows_with(bytes, count - 1..count, &options).expect("the row is there");
        let view = decoded.view();
        assert_eq!(rows.payload(), view.rows(count - 1..count).expect("the row is there").payload());
    }
}

/// By the stage itself, which puts the checksum behind the data.
fn crc32c(bytes: &[u8]) -> u32 {
    let encoded = Pipeline::parse("crc32c").and_then(|codec| Ok(codec.encode(bytes))).expect("a codec");
    let encoded = encoded.expect("any bytes");
    encoded.last_chunk().map_or(0, |crc| u32::from_le_bytes(*crc))
}
