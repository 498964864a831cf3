//! libdeflate, which works on whole slices: its compressor, its decompressor, and its checksums.
#![expect(unsafe_code, reason = "the bindings are C functions; no safe crate tells where a stream ends")]

use std::ffi::c_void;
use std::fmt;
use std::ptr::NonNull;

use libdeflate_sys as sys;

/// The most bytes that `len` bytes may become, bare, at any level.
pub(crate) fn bound(len: usize) -> usize {
    // SAFETY: without a compressor the function returns a bound that holds for all of them.
    unsafe { sys::libdeflate_deflate_compress_bound(std::ptr::null_mut(), len) }
}

/// The Adler-32 of `bytes`.
pub(crate) fn adler32(bytes: &[u8]) -> u32 {
    // SAFETY: pointer and length are those of a slice, of which nothing but the bytes is read.
    unsafe { sys::libdeflate_adler32(1, bytes.as_ptr().cast::<c_void>(), bytes.len()) }
}

/// The CRC-32 of `bytes`.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    // SAFETY: as in `adler32`.
    unsafe { sys::libdeflate_crc32(0, bytes.as_ptr().cast::<c_void>(), bytes.len()) }
}

/// A compressor of one level.
pub(crate) struct Compressor(NonNull<sys::libdeflate_compressor>);

impl Compressor {
    /// A compressor for `level`, from 0 to 12; `None` if there is no memory for it.
    pub(crate) fn new(level: i32) -> Option<Self> {
        // SAFETY: the function takes any number, and returns a null pointer for levels that it does not know.
        NonNull::new(unsafe { sys::libdeflate_alloc_compressor(level) }).map(Self)
    }

    /// Compresses `input` into the beginning of `room`, and returns the length; `None` if it does not fit.
    pub(crate) fn compress(&mut self, input: &[u8], room: &mut [u8]) -> Option<usize> {
        // SAFETY: the compressor is ours alone, by `&mut`; the pointers and lengths are those of slices, of which
        // the one is read and the other, initialised, written.
        let len = unsafe {
            sys::libdeflate_deflate_compress(
                self.0.as_ptr(),
                input.as_ptr().cast::<c_void>(),
                input.len(),
                room.as_mut_ptr().cast::<c_void>(),
                room.len(),
            )
        };
        (len > 0).then_some(len)
    }
}

impl Drop for Compressor {
    fn drop(&mut self) {
        // SAFETY: it came from the allocating function, and nobody has it any more.
        unsafe { sys::libdeflate_free_compressor(self.0.as_ptr()) };
    }
}

impl fmt::Debug for Compressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compressor").finish_non_exhaustive()
    }
}

// SAFETY: a compressor is plain memory that no thread is bound to, and every use of it is by `&mut`.
unsafe impl Send for Compressor {}

/// A decompressor.
pub(crate) struct Decompressor(NonNull<sys::libdeflate_decompressor>);

/// How a decompression went.
pub(crate) enum Inflated {
    /// The stream took `read` bytes and holds `written`.
    Whole { read: usize, written: usize },
    /// It holds more than there is room for.
    NoRoom,
    /// It is cut, or corrupt.
    Bad,
}

impl Decompressor {
    /// A decompressor; `None` if there is no memory for it.
    pub(crate) fn new() -> Option<Self> {
        // SAFETY: the function takes nothing.
        NonNull::new(unsafe { sys::libdeflate_alloc_decompressor() }).map(Self)
    }

    /// Decompresses the stream at the beginning of `input` into the beginning of `room`.
    pub(crate) fn decompress(&mut self, input: &[u8], room: &mut [u8]) -> Inflated {
        let (mut read, mut written) = (0, 0);
        // SAFETY: as in `Compressor::compress`; the two counters outlive the call.
        let result = unsafe {
            sys::libdeflate_deflate_decompress_ex(
                self.0.as_ptr(),
                input.as_ptr().cast::<c_void>(),
                input.len(),
                room.as_mut_ptr().cast::<c_void>(),
                room.len(),
                &raw mut read,
                &raw mut written,
            )
        };
        match result {
            sys::libdeflate_result_LIBDEFLATE_SUCCESS => Inflated::Whole { read, written },
            sys::libdeflate_result_LIBDEFLATE_INSUFFICIENT_SPACE => Inflated::NoRoom,
            _ => Inflated::Bad,
        }
    }
}

impl Drop for Decompressor {
    fn drop(&mut self) {
        // SAFETY: as for the compressor.
        unsafe { sys::libdeflate_free_decompressor(self.0.as_ptr()) };
    }
}

impl fmt::Debug for Decompressor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decompressor").finish_non_exhaustive()
    }
}

// SAFETY: as for the compressor.
unsafe impl Send for Decompressor {}
