//! [`Records`]: the records of a run of chunks, encoded by several threads and put in order.

use std::sync::{Mutex, PoisonError};

use ndcodec_core::{Buffer, CodecError, Output, Pooled};

use crate::chunker::{Chunker, max_record_len};
use crate::header::Head;
use crate::{index, workers};

/// The records that were written so far.
#[derive(Debug, Default)]
pub(crate) struct Records {
    offsets: Vec<u64>,
    /// Where the last ends.
    end: u64,
    /// The lengths of those of the last run.
    lens: Vec<usize>,
}

impl Records {
    /// Forgets all, and begins anew behind a header of `begin` bytes.
    pub(crate) fn begin(&mut self, begin: usize) {
        self.offsets.clear();
        self.end = begin as u64;
    }

    /// The bytes that it occupies.
    pub(crate) fn size(&self) -> usize {
        size_of::<u64>() * self.offsets.capacity() + size_of::<usize>() * self.lens.capacity()
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.offsets.len()
    }

    /// Appends the index and the footer.
    pub(crate) fn write_index(&self, head: &Head, out: &mut Output<'_>) -> Result<(), CodecError> {
        let len = index::len(self.offsets.len());
        index::write(head, &self.offsets, self.end, out.spare(len)?);
        out.commit(len)
    }

    /// Encodes the next chunks of the array, and appends their records to `out`.
    pub(crate) fn encode(
        &mut self,
        chunker: &Chunker<'_>,
        chunk_len: usize,
        payload: &[u8],
        threads: usize,
        out: &mut Output<'_>,
    ) -> Result<(), CodecError> {
        let (first, chunks) = (self.offsets.len(), payload.chunks(chunk_len));
        // The last record needs more room while it is made than it will have.
        let most = max_record_len(0).saturating_mul(chunks.len()).saturating_add(payload.len());
        let room = out.spare_at_most(most.saturating_add(chunker.room(0)));
        if room.is_empty() {
            return Err(out.ceiling_error());
        }
        let mut lens = std::mem::take(&mut self.lens);
        lens.clear();
        let queue = Queue { room, lens, parked: Vec::new(), is_full: false };
        let threads = threads.min(chunks.len());
        let (lens, is_full) = if threads <= 1 {
            let mut queue = queue;
            chunks.enumerate().try_for_each(|(i, chunk)| queue.encode(chunker, first + i, chunk))?;
            (queue.lens, queue.is_full)
        } else {
            let queue = Mutex::new(queue);
            workers::run(threads, chunks, |i, chunk| {
                let mut record = chunker.buffer();
                record.try_set_len(chunker.room(chunk.len()))?;
                let len = chunker.encode(first + i, chunk, &mut record)?;
                record.truncate(len);
                let placed = queue.lock().unwrap_or_else(PoisonError::into_inner).place(i, record);
                placed.into_iter().for_each(|(record, place)| place.copy_from_slice(&record));
                Ok(())
            })?;
            let queue = queue.into_inner().unwrap_or_else(PoisonError::into_inner);
            (queue.lens, queue.is_full)
        };
        if is_full {
            return Err(out.ceiling_error());
        }
        out.commit(lens.iter().sum())?;
        for len in &lens {
            self.offsets.push(self.end);
            self.end += *len as u64;
        }
        self.lens = lens;
        Ok(())
    }
}

/// Where the records of a run go: one behind the other, whichever is ready first.
struct Queue<'o, 'c> {
    /// What is left of the room.
    room: &'o mut [u8],
    /// The lengths of the records that have their place.
    lens: Vec<usize>,
    /// Records that are ready before one that comes before them, by their number.
    parked: Vec<(usize, Pooled<'c, Buffer>)>,
    is_full: bool,
}

/// A record and the place that it is to be copied to.
type Placed<'o, 'c> = (Pooled<'c, Buffer>, &'o mut [u8]);

impl<'o, 'c> Queue<'o, 'c> {
    /// Encodes the next chunk, in its place where there is room enough.
    fn encode(&mut self, chunker: &Chunker<'c>, i: usize, chunk: &[u8]) -> Result<(), CodecError> {
        if self.room.len() >= chunker.room(chunk.len()) {
            let len = chunker.encode(i, chunk, self.room)?;
            self.take(len);
            return Ok(());
        }
        let mut record = chunker.buffer();
        record.try_set_len(chunker.room(chunk.len()))?;
        let len = chunker.encode(i, chunk, &mut record)?;
        if let Some(place) = self.take(len) {
            place.copy_from_slice(&record[..len]);
        }
        Ok(())
    }

    /// Takes in record `i`, and returns those that now have a place, for the caller to copy: outside of the lock.
    fn place(&mut self, i: usize, record: Pooled<'c, Buffer>) -> Vec<Placed<'o, 'c>> {
        self.parked.push((i, record));
        let mut placed = Vec::new();
        while let Some(at) = self.parked.iter().position(|(i, _)| *i == self.lens.len()) {
            let (_, record) = self.parked.swap_remove(at);
            if let Some(place) = self.take(record.len()) {
                placed.push((record, place));
            }
        }
        placed
    }

    /// The next `len` bytes of the room, if there are as many.
    fn take(&mut self, len: usize) -> Option<&'o mut [u8]> {
        self.lens.push(len);
        match std::mem::take(&mut self.room).split_at_mut_checked(len) {
            Some((place, room)) if !self.is_full => {
                self.room = room;
                Some(place)
            }
            _ => {
                self.is_full = true;
                None
            }
        }
    }
}
