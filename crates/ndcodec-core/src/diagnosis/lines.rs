//! Whether binary data went through software that translates line ends.

/// The help for binary data whose line ends were translated on their way, in either direction, where that can be told for sure.
pub fn line_ends_help(bytes: &[u8]) -> Option<&'static str> {
    let counts = Counts::of(bytes);
    if counts.are_added() && !bytes.is_ascii() {
        return Some(ADDED);
    }
    counts.are_removed().then_some(REMOVED)
}

const ADDED: &str = "every `\\n` in the data follows a `\\r`, so they went through software that translates line ends, such as git, \
                     FTP in text mode, or `open` without `b`; copy them again, as binary";
const REMOVED: &str = "no `\\n` in the data follows a `\\r`, as many should, so they went through software that translates line ends, \
                       such as git, FTP in text mode, or `open` without `b`; copy them again, as binary";

#[derive(Debug, Default)]
struct Counts {
    feeds: usize,
    /// `\r\n`.
    ends: usize,
    /// Pairs of bytes that are as frequent as `\r\n` in data that nobody translated: one of its bytes, and a neighbour of
    /// the other's. In data of small integers, where no `\n` could follow a `\r`, these are missing too.
    alike: usize,
}

impl Counts {
    fn of(bytes: &[u8]) -> Self {
        let mut counts = Self::default();
        let mut before = 0;
        for &byte in bytes {
            match (before, byte) {
                (b'\r', b'\n') => {
                    counts.ends += 1;
                    counts.feeds += 1;
                }
                (0x0c | 0x0e, b'\n') => {
                    counts.alike += 1;
                    counts.feeds += 1;
                }
                (_, b'\n') => counts.feeds += 1,
                (b'\r', 0x09 | 0x0b) => counts.alike += 1,
                _ => {}
            }
            before = byte;
        }
        counts
    }

    /// Of eight in a row each by chance: once in 2^64.
    fn are_added(&self) -> bool {
        self.feeds >= 8 && self.ends == self.feeds
    }

    /// Four kinds of pairs are alike. If ten of each are expected, none is there once in e^10.
    fn are_removed(&self) -> bool {
        self.ends == 0 && self.alike >= 40
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        };
        (0..len).map(|_| next()).collect()
    }

    fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            if bytes[at..].starts_with(from) {
                out.extend_from_slice(to);
                at += from.len();
            } else {
                out.push(bytes[at]);
                at += 1;
            }
        }
        out
    }

    #[test]
    fn noise_that_was_translated_is_told() {
        let noise = noise(2 << 20);
        assert_eq!(line_ends_help(&noise), None);
        assert_eq!(line_ends_help(&replaced(&noise, b"\r\n", b"\n")), Some(REMOVED));
        let short = &noise[..1 << 14];
        assert_eq!(line_ends_help(&replaced(short, b"\n", b"\r\n")), Some(ADDED));
        assert_eq!(line_ends_help(&replaced(&replaced(short, b"\r\n", b"\n"), b"\n", b"\r\n")), Some(ADDED));
        // Of a few bytes nothing can be said.
        assert_eq!(line_ends_help(&replaced(short, b"\r\n", b"\n")), None);
        assert_eq!(line_ends_help(b""), None);
        assert_eq!(line_ends_help(b"\xff\r\n\r\n"), None);
    }

    /// Data in which line ends could hardly stand are not suspected, nor is text with line ends of its own.
    #[test]
    fn other_data_are_not_suspected() {
        let integers: Vec<u8> = (0..1_u32 << 20).flat_map(|i| (i % 100).to_le_bytes()).collect();
        assert_eq!(line_ends_help(&integers), None);
        assert_eq!(line_ends_help(&vec![0; 1 << 20]), None);
        assert_eq!(line_ends_help("a line\r\n".repeat(1000).as_bytes()), None);
    }
}
