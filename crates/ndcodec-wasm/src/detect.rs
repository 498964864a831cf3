//! What data are, and which chain suits an array.

use ndcodec::Detected;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::error::Outcome;
use crate::object::Fields;

/// Names the chain of `data`, which are whole or the first bytes: `{chain?, pipeline?, guess?, known?, advice?, inside?}`.
#[wasm_bindgen]
pub fn detect(data: &[u8], is_whole: bool) -> JsValue {
    let found = if is_whole { ndcodec::detect(data) } else { ndcodec::detect_prefix(data) };
    let inside = |bytes: &[u8]| JsValue::from(js_sys::Uint8Array::from(bytes));
    match &found {
        Detected::Chain(chain) => Fields::new().with("chain", chain.to_string()),
        Detected::Pipeline { pipeline, inside: begins, known, .. } => Fields::new()
            .with("pipeline", pipeline.to_string())
            .with("known", known.map(|known| known.name))
            .with("advice", known.map(|known| known.advice))
            .with("begins", inside(begins)),
        Detected::Unknown { guess, begins, known, .. } => Fields::new()
            .with("guess", guess.as_ref().map(ToString::to_string))
            .with("known", known.map(|known| known.name))
            .with("advice", known.map(|known| known.advice))
            .with("begins", inside(begins)),
        _ => Fields::new(),
    }
    .done()
}

/// The chain that suits an array and a goal, and why: `{chain, encodedLen, reason}`.
#[wasm_bindgen]
#[cfg(feature = "full")]
pub fn recommend(
    data: &[u8],
    dtype: &str,
    shape: &[f64],
    is_fortran: bool,
    is_raw: bool,
    goal: &str,
) -> Outcome {
    use crate::error::{misuse, thrown};
    use ndcodec::Goal;

    let goals = [Goal::Fast, Goal::Balanced, Goal::Small];
    let Some(goal) = goals.into_iter().find(|known| known.word() == goal) else {
        return Err(misuse(&format!("no goal `{goal}`; there are: fast, balanced, small")));
    };
    let array = crate::chain::Given::new(data, dtype, shape, is_fortran, is_raw)?;
    let found = ndcodec::recommend(&array.view()?, goal).map_err(thrown)?;
    Ok(Fields::new()
        .with("chain", found.chain.to_string())
        .with("encodedLength", found.encoded_len)
        .with("reason", found.reason)
        .done())
}

/// A pipeline of codecs on bytes: what is inside of layers around something that is not an array.
#[wasm_bindgen(js_name = decodeBytes)]
pub fn decode_bytes(pipeline: &str, data: &[u8], limits: &[f64]) -> Outcome<Vec<u8>> {
    let pipeline = ndcodec::Pipeline::parse(pipeline).map_err(crate::error::thrown)?;
    pipeline.decode_with(data, &crate::options::options(limits)).map_err(crate::error::thrown)
}

/// A pipeline of codecs on bytes, forward.
#[wasm_bindgen(js_name = encodeBytes)]
pub fn encode_bytes(pipeline: &str, data: &[u8]) -> Outcome<Vec<u8>> {
    let pipeline = ndcodec::Pipeline::parse(pipeline).map_err(crate::error::thrown)?;
    crate::words::check(pipeline.stages())?;
    pipeline.encode(data).map_err(crate::error::thrown)
}
