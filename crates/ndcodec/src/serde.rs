//! Fields of `serde` types that are arrays.
//!
//! [`Chain`], [`Pipeline`](crate::Pipeline) and [`DType`](crate::DType) are serialised as their text, and [`Encoded`] holds
//! an array together with its chain. If a field is itself an array, use this module with `#[serde(with = "…")]`. The field
//! may be a `Vec` of elements, an array of `ndarray`, or an [`Array`].
//!
//! ```
//! # #[cfg(all(feature = "npy", feature = "zstd", feature = "base64", feature = "shuffle"))]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use serde::{Deserialize, Serialize};
//!
//! // A module of this name, with a chain of your choice and a limit for what is read.
//! ndcodec::serde_with!(mod samples = "npy|shuffle|zstd|base64", max_bytes = 64 << 20);
//!
//! #[derive(Serialize, Deserialize)]
//! struct Run {
//!     name: String,
//!     #[serde(with = "samples")]
//!     x: Vec<f64>,
//! }
//!
//! let run = Run { name: "run 7".to_owned(), x: vec![1.0, 2.0, 4.0] };
//! let json = serde_json::to_string(&run)?;
//! let back: Run = serde_json::from_str(&json)?;
//! assert_eq!(back.x, run.x);
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "npy", feature = "zstd", feature = "base64", feature = "shuffle")))]
//! # fn main() {}
//! ```

use std::fmt::Display;

use serde::de::{Deserialize as _, Error as _};
use serde::ser::{Error as _, Serialize as _};
#[doc(hidden)]
pub use serde::{Deserializer, Serializer};

use crate::{Array, ArrayView, Chain, DecodeOptions, Encoded};

/// Defines a module for `#[serde(with = "…")]`, whose fields are arrays encoded by one chain: see the [module](crate::serde).
///
/// `serde_with!(mod name = "chain")` reads within the default limits, `serde_with!(mod name = "chain", max_bytes = n)` within
/// another one. The chain is parsed once, when a field is first used; a mistake in it is an error there.
#[macro_export]
macro_rules! serde_with {
    ($visibility:vis mod $name:ident = $chain:expr) => {
        $crate::serde_with!($visibility mod $name = $chain, max_bytes = 1 << 30);
    };
    ($visibility:vis mod $name:ident = $chain:expr, max_bytes = $max_bytes:expr) => {
        /// Arrays as fields.
        $visibility mod $name {
            use ::std::sync::LazyLock;

            use $crate::{Chain, DecodeOptions, error::ChainError};

            static CHAIN: LazyLock<Result<Chain, ChainError>> = LazyLock::new(|| Chain::parse($chain));

            /// Encodes an array.
            pub fn serialize<'a, T, S>(array: &'a T, serializer: S) -> Result<S::Ok, S::Error>
            where
                T: ?Sized,
                &'a T: TryInto<$crate::ArrayView<'a>, Error: ::std::fmt::Display>,
                S: $crate::serde::Serializer,
            {
                $crate::serde::serialize_by(&CHAIN, array, serializer)
            }

            /// Decodes an array.
            pub fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
            where
                T: TryFrom<$crate::Array, Error: ::std::fmt::Display>,
                D: $crate::serde::Deserializer<'de>,
            {
                let options = DecodeOptions::new().with_max_bytes($max_bytes);
                $crate::serde::deserialize_by(&CHAIN, &options, deserializer)
            }
        }
    };
}

#[doc(hidden)]
pub fn serialize_by<'a, T, S>(
    chain: &Result<Chain, crate::ChainError>,
    array: &'a T,
    serializer: S,
) -> Result<S::Ok, S::Error>
where
    T: ?Sized,
    &'a T: TryInto<ArrayView<'a>, Error: Display>,
    S: Serializer,
{
    let chain = chain.as_ref().map_err(S::Error::custom)?;
    let array = array.try_into().map_err(S::Error::custom)?;
    let encoded = Encoded::new(chain, &array).map_err(|error| S::Error::custom(error.report()))?;
    encoded.serialize(serializer)
}

#[doc(hidden)]
pub fn deserialize_by<'de, T, D>(
    chain: &Result<Chain, crate::ChainError>,
    options: &DecodeOptions,
    deserializer: D,
) -> Result<T, D::Error>
where
    T: TryFrom<Array, Error: Display>,
    D: Deserializer<'de>,
{
    let chain = chain.as_ref().map_err(D::Error::custom)?;
    let encoded = Encoded::deserialize(deserializer)?;
    // The sender's chain may say more, such as a dtype, but no other stages run than those that the program named.
    let sent = Chain::parse(encoded.chain()).map_err(D::Error::custom)?;
    if sent.general() != chain.general() {
        return Err(D::Error::custom(format!(
            "the data were written by `{sent}`, and `{chain}` is expected"
        )));
    }
    let array = sent.decode_with(encoded.data(), options);
    array.map_err(|error| D::Error::custom(error.report()))?.try_into().map_err(D::Error::custom)
}
