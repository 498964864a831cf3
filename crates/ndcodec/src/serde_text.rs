//! Chains and encoded arrays in JSON and the like.

use ndcodec_core::{Array, ArrayView, Chain, DecodeOptions, Error};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A [`Chain`] that is serialised as its text. It is parsed, and so checked, when it is read.
#[derive(Debug, Clone, PartialEq)]
pub struct ChainText(pub Chain);

impl Serialize for ChainText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ChainText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Chain::parse(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// An array for a JSON field: the resolved chain beside its payload, `{"chain": "npy|zstd|base64", "data": "…"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encoded {
    /// The resolved chain, which is all that a reader needs beside the data.
    pub chain: String,
    /// The encoded array, as text.
    pub data: String,
}

impl Encoded {
    /// Encodes `array`.
    ///
    /// # Errors
    /// Where the chain cannot encode this array, or does not end in text.
    pub fn new(chain: &Chain, array: &ArrayView<'_>) -> Result<Self, Error> {
        let data = chain.encode_text(array)?;
        Ok(Self { chain: chain.resolve(array.layout())?.to_string(), data })
    }

    /// The array, within the default limits.
    ///
    /// # Errors
    /// If the chain is invalid, or the data are not what it writes.
    pub fn decode(&self) -> Result<Array, Error> {
        self.decode_with(&DecodeOptions::new())
    }

    /// [`decode`](Self::decode) with options.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_with(&self, options: &DecodeOptions) -> Result<Array, Error> {
        Chain::parse(&self.chain)?.decode_with(self.data.as_bytes(), options)
    }
}
