//! The media type `application/vnd.ndcodec`.

use std::fmt::Write as _;

use http::HeaderValue;
use ndcodec::Chain;

use crate::Problem;
use crate::syntax::quoted;

/// The media type of an encoded array, whose parameter `chain` says how it is decoded.
pub const MEDIA_TYPE: &str = "application/vnd.ndcodec";

/// The `Content-Type` of what this chain wrote, for a chain that was [resolved](Chain::resolve).
///
/// # Errors
/// If the chain is too long for a header: such a one has hundreds of fields in its dtype. `npy` keeps it in the body.
pub fn content_type(chain: &Chain) -> Result<HeaderValue, Problem> {
    let text = with_chain(&chain.to_string());
    if text.len() > MOST_HEADER {
        let detail = format!(
            "the chain makes a header of {} bytes, more than {MOST_HEADER}; begin it with `npy`",
            text.len()
        );
        return Err(Problem::internal(detail));
    }
    HeaderValue::try_from(text).map_err(|error| Problem::internal(error.to_string()))
}

/// The media type of JSON.
pub(crate) const JSON: &str = "application/json";

/// What servers take in one header, by default: the smallest, of h11 and Apache, is 8 KiB for a line with its name.
const MOST_HEADER: usize = 8000;

/// The media type with this chain.
pub(crate) fn with_chain(chain: &str) -> String {
    with_param(MEDIA_TYPE, chain)
}

/// JSON with this chain: for `Accept` alone, since a document names its chain itself.
pub(crate) fn json_with_chain(chain: &str) -> String {
    with_param(JSON, chain)
}

fn with_param(media_type: &str, chain: &str) -> String {
    if chain.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return format!("{media_type}; chain={}", quoted(chain));
    }
    // RFC 8187: a field may have names in any language.
    let mut text = format!("{media_type}; chain*=UTF-8''");
    for byte in chain.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::syntax::MediaRange;

    #[test]
    fn a_chain_in_a_header() {
        let header = |text: &str| content_type(&Chain::parse(text).unwrap()).unwrap();
        assert_eq!(header("npy|zstd(9)"), "application/vnd.ndcodec; chain=\"npy|zstd(level=9)\"");
        assert_eq!(header("raw(<f4,2x3)"), "application/vnd.ndcodec; chain=\"raw(<f4,2x3)\"");
        let fields: String = (0..900).map(|n| format!("('field {n}', '<f8'),")).collect();
        let long = Chain::parse(&format!("raw(\"[{fields}]\")")).unwrap();
        assert!(content_type(&long).unwrap_err().detail.contains("begin it with `npy`"));
    }

    proptest! {
        #[test]
        fn any_text_travels(chain in any::<String>()) {
            let text = with_chain(&chain);
            prop_assert!(HeaderValue::try_from(&text).is_ok());
            prop_assert_eq!(MediaRange::parse(&text).unwrap().param("chain"), Some(chain));
        }
    }
}
