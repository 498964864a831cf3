//! Whether bytes look like base64, and like which.

use ndcodec_core::stream::without_line_end;
use ndcodec_core::{Sample, Sniffed};

/// How much of a text decides what it is. Damage behind it is for the decoder to name, at its place.
const SEEN: usize = 16 << 10;
/// How much of the end of a long text may be padding and whitespace behind it.
const END: usize = 64;

/// Text of one alphabet, at least a group of it.
///
/// Never certain, as many words of prose are base64 too.
pub(crate) fn sniff(sample: &Sample<'_>) -> Option<Sniffed> {
    let text = if sample.is_whole { without_line_end(sample.bytes) } else { sample.bytes };
    let mut seen = Seen::of(&text[..text.len().min(SEEN)])?;
    let mut len = seen.digits() + seen.pads;
    if text.len() > SEEN {
        if seen.pads > 0 {
            return None;
        }
        let end = Seen::of(&text[text.len() - END..])?;
        seen.pads = end.pads;
        seen.blanks += end.blanks;
        let rest = &text[SEEN..];
        len = text.len() - if seen.blanks > 0 { count(text, |byte| byte.is_ascii_whitespace()) } else { 0 };
        // Few texts have a beginning of letters alone; such a one is searched for what tells the alphabets apart.
        if seen.standard == 0 && seen.url == 0 {
            (seen.standard, seen.url) = (has(rest, b'+', b'/').into(), has(rest, b'-', b'_').into());
            if seen.standard > 0 && seen.url > 0 {
                return None;
            }
        }
    }
    let Seen { standard, url, blanks, pads, .. } = seen;
    if seen.digits() == 0 || len < 4 || pads > 2 || (standard > 0 && url > 0) {
        return None;
    }
    let pad = if !sample.is_whole {
        // Nobody knows yet; writers of the url-safe alphabet pad or not, of the standard one they do.
        if url > 0 { "optional" } else { "true" }
    } else if len.is_multiple_of(4) {
        "true"
    } else if pads == 0 && len % 4 != 1 {
        "false"
    } else {
        return None;
    };
    let stage = match (url > 0, pad, blanks > 0) {
        (false, "true", false) => "base64",
        (false, "true", true) => "base64(whitespace=true)",
        (false, _, false) => "base64(pad=false)",
        (false, _, true) => "base64(pad=false,whitespace=true)",
        (true, "true", false) => "base64(alphabet=url)",
        (true, "true", true) => "base64(alphabet=url,whitespace=true)",
        (true, "false", false) => "base64(alphabet=url,pad=false)",
        (true, "false", true) => "base64(alphabet=url,pad=false,whitespace=true)",
        (true, _, false) => "base64(alphabet=url,pad=optional)",
        (true, _, true) => "base64(alphabet=url,pad=optional,whitespace=true)",
    };
    Some(Sniffed::likely(stage))
}

/// What a piece of text is made of.
#[derive(Default)]
struct Seen {
    letters: usize,
    standard: usize,
    url: usize,
    blanks: usize,
    pads: usize,
}

impl Seen {
    /// `None` if there is anything else, or a digit behind padding, which is the end.
    fn of(text: &[u8]) -> Option<Self> {
        let mut seen = Self::default();
        for byte in text {
            match byte {
                _ if byte.is_ascii_whitespace() => seen.blanks += 1,
                b'=' => seen.pads += 1,
                _ if seen.pads > 0 => return None,
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => seen.letters += 1,
                b'+' | b'/' => seen.standard += 1,
                b'-' | b'_' => seen.url += 1,
                _ => return None,
            }
        }
        Some(seen)
    }

    fn digits(&self) -> usize {
        self.letters + self.standard + self.url
    }
}

/// Counted in steps that fit a byte, which the compiler does many at a time.
fn count(text: &[u8], is_it: impl Fn(u8) -> bool) -> usize {
    let of_step = |step: &[u8]| usize::from(step.iter().fold(0_u8, |sum, byte| sum + u8::from(is_it(*byte))));
    text.chunks(usize::from(u8::MAX)).map(of_step).sum()
}

/// Whether either byte is in `text`.
fn has(text: &[u8], one: u8, other: u8) -> bool {
    text.chunks(4 << 10)
        .any(|step| step.iter().fold(false, |has, byte| has | (*byte == one) | (*byte == other)))
}
