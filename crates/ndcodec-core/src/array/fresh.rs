//! Fresh memory for large results, in huge pages where the system has them.
//!
//! The first write to each page of fresh memory is a fault, and 4 KiB pages make so many that 64 MiB take four times as
//! long to fill as pages of 2 MiB (`cargo bench -p ndcodec-benches --bench npy`, rows of 64 MiB). numpy asks for huge
//! pages from the same size on.
#![cfg_attr(target_os = "linux", expect(unsafe_code, reason = "advice to the kernel is a call into C"))]

/// Less is not worth a system call.
#[cfg(any(target_os = "linux", test))]
const LARGE: usize = 4 << 20;

use crate::CodecError;

/// Makes room for `additional` more elements, in huge pages if that is a large new allocation.
///
/// # Errors
/// If there is no memory for them.
pub(crate) fn reserve<T>(vec: &mut Vec<T>, additional: usize) -> Result<(), CodecError> {
    let before = vec.capacity();
    vec.try_reserve(additional).map_err(|_| no_memory::<T>(vec.len().saturating_add(additional)))?;
    if vec.capacity() != before {
        let spare = vec.spare_capacity_mut();
        advise(spare.as_mut_ptr().cast(), size_of_val(spare));
    }
    Ok(())
}

/// Zeroed memory, in huge pages if it is large.
///
/// # Errors
/// If there is no memory of this size.
pub(crate) fn zeroed<T: bytemuck::Zeroable>(len: usize) -> Result<Vec<T>, CodecError> {
    let mut vec = bytemuck::try_zeroed_vec::<T>(len).map_err(|()| no_memory::<T>(len))?;
    advise(vec.as_mut_ptr().cast(), size_of_val(vec.as_slice()));
    Ok(vec)
}

#[cold]
fn no_memory<T>(len: usize) -> CodecError {
    CodecError::no_memory(len.saturating_mul(size_of::<T>()))
}

/// For callers that cannot pass an error on.
#[cold]
#[track_caller]
#[expect(clippy::panic, reason = "the standard library's own collections end the program here")]
pub(crate) fn out_of_memory(error: &CodecError) -> ! {
    panic!("{error}")
}

/// Asks for huge pages behind memory that somebody else allocated and that is about to be written; nothing of its content
/// changes.
pub fn in_huge_pages(memory: &mut [u8]) {
    advise(memory.as_mut_ptr(), memory.len());
}

#[cfg(target_os = "linux")]
fn advise(start: *mut u8, len: usize) {
    /// What the call wants to begin and end with a page; every page size that Linux has divides it.
    const PAGE: usize = 64 << 10;

    let skipped = start.align_offset(PAGE);
    let len = len.saturating_sub(skipped) / PAGE * PAGE;
    if len < LARGE {
        return;
    }
    // SAFETY: the pages lie within one allocation that the caller holds exclusively. `MADV_HUGEPAGE` changes how they
    // are backed and not what they hold, and a failure of it leaves them as they are.
    unsafe { libc::madvise(start.wrapping_add(skipped).cast(), len, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn advise(_: *mut u8, _: usize) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_not_there_is_an_error() {
        for len in [usize::MAX, isize::MAX as usize, 1 << 60] {
            assert_eq!(zeroed::<u64>(len).unwrap_err().kind(), crate::ErrorKind::NoMemory, "{len}");
            assert!(
                reserve(&mut vec![1_u8], len).unwrap_err().to_string().starts_with("there is no memory for")
            );
        }
    }

    #[test]
    fn advice_changes_no_content() {
        for len in [0, 1, LARGE - 1, LARGE, LARGE + 4096, 3 * LARGE + 17] {
            assert!(zeroed::<u8>(len).unwrap().iter().all(|byte| *byte == 0), "{len}");
            let mut vec = vec![7_u8; 5000];
            reserve(&mut vec, len).unwrap();
            assert!(vec.capacity() >= 5000 + len);
            vec.resize(5000 + len, 9);
            let (before, after) = vec.split_at(5000);
            assert!(before.iter().all(|byte| *byte == 7) && after.iter().all(|byte| *byte == 9), "{len}");
        }
    }
}
