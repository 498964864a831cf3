//! Chains, pipelines and dtypes as their text, and [`Encoded`]: an array in a field of JSON, or of any format of `serde`.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};

use super::{Chain, DecodeOptions, EncodeOptions, Pipeline};
use crate::error::Error;
use crate::{Array, ArrayView, DType, Registry};

/// An encoded array with all that a reader needs: the resolved chain beside its data,
/// `{"chain": "npy|zstd|base64", "data": "…"}`.
///
/// It borrows its data where the format of the document lets it. In a document for people, such as JSON, data of a chain that
/// ends in text are a string; in a binary one they are bytes. Fields that it does not know are passed over.
///
/// The chain is what the sender wrote: [`decode_in`](Self::decode_in) allows chosen stages only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Encoded<'a> {
    #[serde(borrow)]
    chain: Cow<'a, str>,
    #[serde(borrow)]
    data: Data<'a>,
}

/// Text, or bytes that are not text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Data<'a> {
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

impl<'a> Encoded<'a> {
    /// Encodes `array`.
    ///
    /// # Errors
    /// As [`Chain::encode`].
    pub fn new(chain: &Chain, array: &ArrayView<'_>) -> Result<Encoded<'static>, Error> {
        Self::new_with(chain, array, EncodeOptions::DEFAULT)
    }

    /// [`new`](Self::new) with options.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn new_with(
        chain: &Chain,
        array: &ArrayView<'_>,
        options: &EncodeOptions,
    ) -> Result<Encoded<'static>, Error> {
        let data = if chain.is_text() {
            Data::Text(chain.encode_text_with(array, options)?.into())
        } else {
            Data::Bytes(chain.encode_with(array, options)?.into())
        };
        Ok(Encoded { chain: chain.resolve(array.layout())?.to_string().into(), data })
    }

    /// What `chain` wrote before, with the data where they lie.
    pub fn from_bytes(chain: &'a str, data: &'a [u8]) -> Self {
        let data = match std::str::from_utf8(data) {
            Ok(text) => Data::Text(text.into()),
            Err(_) => Data::Bytes(data.into()),
        };
        Self { chain: chain.into(), data }
    }

    /// The text of the chain.
    pub fn chain(&self) -> &str {
        &self.chain
    }

    /// The encoded array.
    pub fn data(&self) -> &[u8] {
        match &self.data {
            Data::Text(text) => text.as_bytes(),
            Data::Bytes(bytes) => bytes,
        }
    }

    /// The array, within the default limits.
    ///
    /// # Errors
    /// Of kind [`Chain`](crate::ErrorKind::Chain) if the chain is invalid; else as [`Chain::decode`].
    pub fn decode(&self) -> Result<Array, Error> {
        self.decode_with(DecodeOptions::DEFAULT)
    }

    /// [`decode`](Self::decode) with options.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn decode_with(&self, options: &DecodeOptions) -> Result<Array, Error> {
        self.decode_in(&Registry::all(), options)
    }

    /// [`decode`](Self::decode) by the stages of `registry` and no others, with options.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and if the chain names another stage.
    pub fn decode_in(&self, registry: &Registry, options: &DecodeOptions) -> Result<Array, Error> {
        Chain::parse_in(registry, &self.chain)?.decode_with(self.data(), options)
    }

    /// The same with memory of its own.
    pub fn into_owned(self) -> Encoded<'static> {
        let data = match self.data {
            Data::Text(text) => Data::Text(text.into_owned().into()),
            Data::Bytes(bytes) => Data::Bytes(bytes.into_owned().into()),
        };
        Encoded { chain: self.chain.into_owned().into(), data }
    }
}

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) if serializer.is_human_readable() => serializer.serialize_str(text),
            Self::Text(text) => serializer.serialize_bytes(text.as_bytes()),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Data<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(DataVisitor)
        } else {
            deserializer.deserialize_bytes(DataVisitor)
        }
    }
}

struct DataVisitor;

impl<'de> Visitor<'de> for DataVisitor {
    type Value = Data<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text or bytes of an encoded array")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Data::Text(text.into()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Data::Text(text.to_owned().into()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Data::Text(text.into()))
    }

    fn visit_borrowed_bytes<E: de::Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
        Ok(Data::Bytes(bytes.into()))
    }

    fn visit_bytes<E: de::Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Data::Bytes(bytes.to_vec().into()))
    }

    fn visit_byte_buf<E: de::Error>(self, bytes: Vec<u8>) -> Result<Self::Value, E> {
        Ok(Data::Bytes(bytes.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        // No claim of the document's makes room.
        let mut bytes = Vec::new();
        while let Some(byte) = items.next_element()? {
            bytes.push(byte);
        }
        Ok(Data::Bytes(bytes.into()))
    }
}

/// Text that is parsed, and so checked, when it is read.
macro_rules! as_text {
    ($($type:ty)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}
as_text! { Chain Pipeline DType }
