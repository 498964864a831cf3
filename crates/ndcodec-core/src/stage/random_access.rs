//! [`RandomAccess`]: bytes that can be read at any place.

use std::fs::File;
use std::io::{self, Cursor, ErrorKind};
use std::sync::Arc;

use crate::Buffer;

/// Bytes that can be read anywhere: in memory, or in a file.
pub trait RandomAccess: Send + Sync {
    /// How many bytes there are.
    ///
    /// # Errors
    /// If that cannot be told.
    fn size(&self) -> io::Result<u64>;

    /// Fills `buf` with the bytes from `offset` on.
    ///
    /// # Errors
    /// If there are not so many bytes, or they cannot be read.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()>;

    /// All bytes, if they are in memory: they need not be copied then.
    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

/// The bytes from one of them on, of others that can be read anywhere.
pub(crate) struct Behind<'b> {
    pub(crate) bytes: &'b dyn RandomAccess,
    pub(crate) at: u64,
}

impl RandomAccess for Behind<'_> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.bytes.size()?.saturating_sub(self.at))
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let at = self.at.checked_add(offset).ok_or(ErrorKind::UnexpectedEof)?;
        self.bytes.read_at(at, buf)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        self.bytes.as_slice()?.get(usize::try_from(self.at).ok()?..)
    }
}

impl RandomAccess for [u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        let part = usize::try_from(offset)
            .ok()
            .and_then(|start| Some(start..start.checked_add(buf.len())?))
            .and_then(|range| self.get(range))
            .ok_or(ErrorKind::UnexpectedEof)?;
        buf.copy_from_slice(part);
        Ok(())
    }

    fn as_slice(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// A smart pointer or wrapper around something that can be read anywhere.
macro_rules! by_reference {
    ($([$($generic:tt)*] $holder:ty;)*) => {$(
        impl<$($generic)*> RandomAccess for $holder {
            fn size(&self) -> io::Result<u64> {
                (**self).size()
            }

            fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
                (**self).read_at(offset, buf)
            }

            fn as_slice(&self) -> Option<&[u8]> {
                (**self).as_slice()
            }
        }
    )*};
}

by_reference! {
    [R: RandomAccess + ?Sized] &R;
    [R: RandomAccess + ?Sized] Box<R>;
    [R: RandomAccess + ?Sized] Arc<R>;
}

/// A type that holds bytes in memory.
macro_rules! in_memory {
    ($([$($generic:tt)*] $holder:ty, $this:ident => $bytes:expr;)*) => {$(
        impl<$($generic)*> RandomAccess for $holder {
            fn size(&self) -> io::Result<u64> {
                let $this = self;
                RandomAccess::size($bytes)
            }

            fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
                let $this = self;
                RandomAccess::read_at($bytes, offset, buf)
            }

            fn as_slice(&self) -> Option<&[u8]> {
                let $this = self;
                Some($bytes)
            }
        }
    )*};
}

in_memory! {
    [] Vec<u8>, this => this.as_slice();
    [] Buffer, this => &**this;
    [const N: usize] [u8; N], this => this.as_slice();
    // A cursor reads from its own place; rows are counted from the first byte.
    [T: AsRef<[u8]> + Send + Sync] Cursor<T>, this => this.get_ref().as_ref();
}

#[cfg(feature = "bytes")]
in_memory! {
    [] bytes::Bytes, this => &**this;
}

impl RandomAccess for File {
    fn size(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        std::os::unix::fs::FileExt::read_exact_at(self, buf, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, mut offset: u64, mut buf: &mut [u8]) -> io::Result<()> {
        while !buf.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(self, buf, offset) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(n) => (buf, offset) = (&mut buf[n..], offset + n as u64),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    #[cfg(not(any(unix, windows)))]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<()> {
        use std::io::{Read as _, Seek as _, SeekFrom};
        use std::sync::{Mutex, PoisonError};

        // Such a system has one position for each file, and two threads must not move it at once.
        static POSITION: Mutex<()> = Mutex::new(());
        let _held = POSITION.lock().unwrap_or_else(PoisonError::into_inner);
        let mut file = self;
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(buf)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn check(data: &dyn RandomAccess) {
        assert_eq!(data.size().unwrap(), 6);
        let mut buf = [0; 3];
        data.read_at(2, &mut buf).unwrap();
        assert_eq!(buf, [2, 3, 4]);
        data.read_at(6, &mut []).unwrap();
        for (offset, len) in [(4, 3), (7, 1), (u64::MAX, 1)] {
            assert!(data.read_at(offset, &mut vec![0; len]).is_err(), "{offset} {len}");
        }
    }

    #[test]
    fn every_holder_gives_the_same_bytes() {
        let bytes = [0, 1, 2, 3, 4, 5_u8];
        check(&bytes);
        check(&&bytes[..]);
        check(&bytes.to_vec());
        check(&Buffer::from(&bytes[..]));
        check(&Arc::<[u8]>::from(bytes));
        check(&Box::<[u8]>::from(bytes));
        let mut cursor = Cursor::new(bytes.to_vec());
        cursor.set_position(5);
        check(&cursor);
        check(&Behind { bytes: &[9, 9, 0, 1, 2, 3, 4, 5], at: 2 });
        #[cfg(feature = "bytes")]
        check(&bytes::Bytes::copy_from_slice(&bytes));
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        check(&file);
    }
}
