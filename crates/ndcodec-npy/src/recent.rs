//! The header written last and the header read last: a service sees the same few again and again.
//!
//! Parsing a header takes 0.4 µs and printing one 0.25 µs, which is what base64 needs for 4 KiB; comparing 128 bytes is
//! next to nothing (`cargo bench -p ndcodec-benches --bench overhead`, rows `npy|base64`).

use std::sync::{Arc, Mutex};

use ndcodec_core::{DecodeLimits, Header, HeaderError, Layout};

/// A header longer than this is not kept.
const LONGEST: usize = 1 << 10;

#[derive(Debug, Default)]
pub(crate) struct Recent {
    written: Mutex<Option<Written>>,
    read: Mutex<Option<(Vec<u8>, Header)>>,
}

#[derive(Debug)]
struct Written {
    layout: Layout,
    filters: Option<String>,
    head: Arc<[u8]>,
}

impl Recent {
    /// The header for a layout and filters: the last one, if it was for the same, else what `write` gives.
    pub(crate) fn write<E>(
        &self,
        layout: &Layout,
        filters: Option<&str>,
        write: impl FnOnce() -> Result<Vec<u8>, E>,
    ) -> Result<Arc<[u8]>, E> {
        // Another thread at the same place makes its own header: waiting would cost more.
        let Ok(mut last) = self.written.try_lock() else { return write().map(Arc::from) };
        match &*last {
            Some(last) if last.layout == *layout && last.filters.as_deref() == filters => {
                Ok(last.head.clone())
            }
            _ => {
                let head: Arc<[u8]> = write()?.into();
                if head.len() <= LONGEST {
                    let (layout, filters) = (layout.clone(), filters.map(str::to_owned));
                    *last = Some(Written { layout, filters, head: head.clone() });
                }
                Ok(head)
            }
        }
    }

    /// What the header at the beginning of `prefix` says: the last one, if it begins with the same bytes, else what
    /// `read` gives.
    pub(crate) fn read(
        &self,
        prefix: &[u8],
        limits: &DecodeLimits,
        read: impl FnOnce() -> Result<Header, HeaderError>,
    ) -> Result<Header, HeaderError> {
        // No header is so short; a decoder asks with nothing first.
        if prefix.len() < 64 {
            return read();
        }
        let Ok(mut last) = self.read.try_lock() else { return read() };
        match &*last {
            Some((bytes, header)) if prefix.starts_with(bytes) && bytes.len() <= limits.max_header => {
                Ok(header.clone())
            }
            _ => {
                let header = read()?;
                if let Some(bytes) = prefix.get(..header.head_len()).filter(|bytes| bytes.len() <= LONGEST) {
                    *last = Some((bytes.to_vec(), header.clone()));
                }
                Ok(header)
            }
        }
    }
}
