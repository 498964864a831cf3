//! [`Choice`]: the negotiated form in which an array is sent.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use ndcodec::{ArrayView, Chain, EncodeOptions};

use crate::json::Field;
use crate::media::JSON;
use crate::{Problem, content_type};

/// How an array is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// As a body of [`MEDIA_TYPE`](crate::MEDIA_TYPE), which names the chain.
    Binary,
    /// As a JSON object of `chain` and `data`.
    Json,
}

/// The chain and the form in which an array is sent: see [`Chains::choose`](crate::Chains::choose).
#[derive(Debug, Clone)]
pub struct Choice {
    chain: Chain,
    form: Form,
}

impl Choice {
    /// This chain in this form.
    pub fn new(chain: Chain, form: Form) -> Self {
        Self { chain, form }
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The form.
    pub fn form(&self) -> Form {
        self.form
    }

    /// The headers and the body of a message that holds `array`.
    ///
    /// # Errors
    /// If the chain cannot encode this array.
    pub fn encode(&self, array: &ArrayView<'_>) -> Result<(HeaderMap, Bytes), Problem> {
        self.encode_with(array, &EncodeOptions::new())
    }

    /// [`encode`](Self::encode) with options.
    ///
    /// # Errors
    /// As [`encode`](Self::encode).
    pub fn encode_with(
        &self,
        array: &ArrayView<'_>,
        options: &EncodeOptions,
    ) -> Result<(HeaderMap, Bytes), Problem> {
        let resolved = self.chain.resolve(array.layout())?;
        let headers = self.headers(&resolved)?;
        let body = match self.form {
            Form::Binary => self.chain.encode_with(array, options)?,
            Form::Json => {
                let data = self.chain.encode_text_with(array, options)?;
                Field { chain: resolved.to_string().into(), data: data.into() }.to_vec()
            }
        };
        Ok((headers, body.into()))
    }

    /// The headers of a message with an array of the chain that was resolved for it.
    pub(crate) fn headers(&self, resolved: &Chain) -> Result<HeaderMap, Problem> {
        let mut headers = HeaderMap::new();
        let kind = match self.form {
            Form::Binary => content_type(resolved)?,
            Form::Json => HeaderValue::from_static(JSON),
        };
        headers.insert(CONTENT_TYPE, kind);
        Ok(headers)
    }
}
