//! An array as a JSON document: `{"chain": "npy|zstd|base64", "data": "…"}`.

use std::borrow::Cow;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::Problem;

/// The two texts of an array in JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Field<'d> {
    #[serde(borrow)]
    pub(crate) chain: Cow<'d, str>,
    #[serde(borrow)]
    pub(crate) data: Cow<'d, str>,
}

impl<'d> Field<'d> {
    /// Reads the two texts.
    pub(crate) fn parse(body: &'d [u8]) -> Result<Self, Problem> {
        serde_json::from_slice(body).map_err(|error| {
            // What is JSON but no such object is understood, and of no use.
            let status =
                if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
            let detail = format!("the body is no JSON object of the texts `chain` and `data`: {error}");
            Problem::new(status, "json", detail)
        })
    }

    pub(crate) fn to_vec(&self) -> Vec<u8> {
        // Two strings have no form that JSON lacks.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
