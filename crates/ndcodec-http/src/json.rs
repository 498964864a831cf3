//! An array as a JSON document: `{"chain": "npy|zstd|base64", "data": "…"}`.

use std::borrow::Cow;

use http::StatusCode;
use serde::de::IgnoredAny;
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
        // serde would take a list for the fields in their order.
        let is_object = body.trim_ascii_start().starts_with(b"{");
        let why = match serde_json::from_slice(body) {
            Ok(field) if is_object => return Ok(field),
            Ok(_) => String::new(),
            Err(error) => format!(": {error}"),
        };
        // What is JSON but no such object is understood, and of no use.
        let is_json = serde_json::from_slice::<IgnoredAny>(body).is_ok();
        let status = if is_json { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
        let detail = format!("the body is not a JSON object of the texts `chain` and `data`{why}");
        Err(Problem::new(status, "json", detail))
    }

    pub(crate) fn to_vec(&self) -> Vec<u8> {
        // Two strings have no form that JSON lacks.
        serde_json::to_vec(self).unwrap_or_default()
    }
}
