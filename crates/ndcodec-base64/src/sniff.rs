//! Whether bytes look like base64, and like which.

use ndcodec_core::stream::without_line_end;
use ndcodec_core::{Sample, Sniffed};

/// Text of one alphabet, at least a group of it.
///
/// Never certain, as many words of prose are base64 too.
pub(crate) fn sniff(sample: &Sample<'_>) -> Option<Sniffed> {
    let (mut letters, mut standard, mut url, mut blanks, mut pads) = (0usize, 0usize, 0usize, 0usize, 0usize);
    let text = if sample.is_whole { without_line_end(sample.bytes) } else { sample.bytes };
    for byte in text {
        match byte {
            _ if byte.is_ascii_whitespace() => blanks += 1,
            b'=' => pads += 1,
            // Padding is the end.
            _ if pads > 0 => return None,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => letters += 1,
            b'+' | b'/' => standard += 1,
            b'-' | b'_' => url += 1,
            _ => return None,
        }
    }
    let digits = letters + standard + url;
    if digits == 0 || digits + pads < 4 || pads > 2 || (standard > 0 && url > 0) {
        return None;
    }
    let pad = if !sample.is_whole {
        // Nobody knows yet; writers of the url-safe alphabet pad or not, of the standard one they do.
        if url > 0 { "optional" } else { "true" }
    } else if (digits + pads).is_multiple_of(4) {
        "true"
    } else if pads == 0 && digits % 4 != 1 {
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
