//! Tests of the module as its users see it. The expected descrs are what numpy 2.5 printed.

mod commas;
mod descr;
mod dict;
mod literal;
mod notation;
mod structs;

use std::error::Error;

use super::*;

/// A descr as it stands in a header.
fn from_header(descr: &str) -> Result<DType, String> {
    let descr = super::literal::parse(descr.as_bytes()).map_err(|error| error.to_string())?;
    DType::from_descr(&descr).map_err(|error| message(&error))
}

/// An error and its sources.
fn message(error: &dyn Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", message(source)),
        None => error.to_string(),
    }
}
