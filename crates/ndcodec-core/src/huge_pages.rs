//! Fresh memory in large pages, where the system gives them on request.
//!
//! A result of 64 MiB in pages of 4 KiB is 16,384 faults, and fills at a fourth of the speed that it has in pages of
//! 2 MiB (`cargo run --release -p ndcodec-benches --example fresh`).
#![cfg_attr(
    target_os = "linux",
    expect(unsafe_code, reason = "the system is told about memory through its C function, and only so")
)]

/// Memory smaller than this is left as it is: it would have but one large page, or none.
const LEAST: usize = 4 << 20;

/// Asks for large pages for `fresh` memory, which nobody has written to. Nothing depends on the answer.
pub(crate) fn prefer(fresh: &mut [u8]) {
    if fresh.len() >= LEAST {
        advise(fresh);
    }
}

#[cfg(target_os = "linux")]
fn advise(fresh: &mut [u8]) {
    // What the function wants to begin and end with a page; every page size that Linux has divides it.
    const PAGE: usize = 64 << 10;
    let start = fresh.as_ptr().align_offset(PAGE);
    let Some(inside) = fresh.get_mut(start..) else { return };
    let len = inside.len() / PAGE * PAGE;
    // SAFETY: the pages lie inside of memory that we hold; the advice changes neither their content nor who may use
    // them. An error means that the system has no such pages.
    unsafe { libc::madvise(inside.as_mut_ptr().cast(), len, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn advise(_: &mut [u8]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_stays() {
        for len in [0, 1, LEAST - 1, LEAST, 3 * LEAST + 12_345] {
            let mut bytes = vec![0u8; len];
            prefer(&mut bytes);
            assert!(bytes.iter().all(|byte| *byte == 0));
            bytes.fill(7);
            prefer(&mut bytes);
            assert!(bytes.iter().all(|byte| *byte == 7));
        }
    }
}
