//! Chains: parsed once, kept, and used for many arrays.

use std::borrow::Cow;

use js_sys::Uint8Array;
use ndcodec::dtype::Kind;
use ndcodec::{Array, ArrayView, ByteOrder, Inspection, Layout, Order};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::dtype::described;
use crate::error::{Outcome, no_dtype, thrown};
use crate::object::{Fields, IntoJs, list};
use crate::options::{layout, options, to_encode};
use crate::stage::in_chain;
use crate::stream::{Decoder, Encoder};
use crate::words;

/// A checked chain.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Chain(ndcodec::Chain);

#[wasm_bindgen]
impl Chain {
    /// Parses and checks the text of a chain.
    #[wasm_bindgen(constructor)]
    pub fn new(text: &str) -> Outcome<Self> {
        ndcodec::Chain::parse(text).map(Self).map_err(thrown)
    }

    /// Its text, in the usual notation.
    #[wasm_bindgen(getter)]
    pub fn text(&self) -> String {
        self.0.to_string()
    }

    /// Whether what it encodes is text.
    #[wasm_bindgen(getter, js_name = isText)]
    pub fn is_text(&self) -> bool {
        self.0.is_text()
    }

    /// Its stages, in the order of encoding.
    pub fn stages(&self) -> JsValue {
        list(self.0.stages().map(in_chain))
    }

    /// The text of this chain with all that it infers from such an array.
    pub fn resolve(&self, dtype: &str, shape: &[f64], is_fortran: bool) -> Outcome<String> {
        let layout = layout(dtype, shape, is_fortran)?;
        self.0.resolve(&layout).map(|chain| chain.to_string()).map_err(thrown)
    }

    /// Encodes an array; its elements are little-endian, or `is_raw`: in the byte order of the dtype.
    pub fn encode(
        &self,
        data: &[u8],
        dtype: &str,
        shape: &[f64],
        is_fortran: bool,
        is_raw: bool,
        max_header: f64,
    ) -> Outcome<Vec<u8>> {
        words::check(self.0.stages())?;
        let array = Given::new(data, dtype, shape, is_fortran, is_raw)?;
        self.0.encode_with(&array.view()?, &to_encode(max_header)).map_err(thrown)
    }

    /// [`encode`](Self::encode) of a chain that ends in text.
    #[wasm_bindgen(js_name = encodeText)]
    pub fn encode_text(
        &self,
        data: &[u8],
        dtype: &str,
        shape: &[f64],
        is_fortran: bool,
        is_raw: bool,
        max_header: f64,
    ) -> Outcome<String> {
        words::check(self.0.stages())?;
        let array = Given::new(data, dtype, shape, is_fortran, is_raw)?;
        self.0.encode_text_with(&array.view()?, &to_encode(max_header)).map_err(thrown)
    }

    /// Decodes bytes: `{dtype, shape, order, bytes}`. Numbers are little-endian; elements that JavaScript has no typed array
    /// for are in the byte order of the dtype.
    pub fn decode(&self, data: &[u8], limits: &[f64]) -> Outcome {
        self.0.decode_with(data, &options(limits)).map_err(thrown).and_then(given_out)
    }

    /// Decodes text.
    #[wasm_bindgen(js_name = decodeText)]
    pub fn decode_text(&self, text: &str, limits: &[f64]) -> Outcome {
        self.decode(text.as_bytes(), limits)
    }

    /// Some rows, from `start` to before `end`.
    pub fn rows(&self, data: &[u8], start: f64, end: f64, limits: &[f64]) -> Outcome {
        let range = crate::options::whole(start)..crate::options::whole(end);
        self.0.decode_rows_with(data, range, &options(limits)).map_err(thrown).and_then(given_out)
    }

    /// What the first bytes say.
    pub fn inspect(&self, prefix: &[u8], limits: &[f64]) -> Outcome {
        self.0.inspect_with(prefix, &options(limits)).map(|found| inspected(&found)).map_err(thrown)
    }

    /// What a container chose for each part: `[{part, chain, nbytes, encodedLength}]`.
    pub fn choices(&self, data: &[u8], limits: &[f64]) -> Outcome {
        let opened = self.0.open_with(data, &options(limits)).map_err(thrown)?;
        let choices = opened.choices().map_err(thrown)?;
        Ok(list(choices.into_iter().map(|choice| {
            Fields::new()
                .with("part", choice.part)
                .with("chain", choice.chain)
                .with("nbytes", choice.nbytes)
                .with("encodedLength", choice.encoded_len)
                .done()
        })))
    }

    /// A stream that encodes.
    pub fn encoder(&self, dtype: &str, shape: &[f64], is_fortran: bool, max_header: f64) -> Outcome<Encoder> {
        words::check(self.0.stages())?;
        Encoder::new(&self.0, layout(dtype, shape, is_fortran)?, &to_encode(max_header))
    }

    /// A stream that decodes.
    pub fn decoder(&self, data: Vec<u8>, limits: &[f64]) -> Outcome<Decoder> {
        Decoder::new(&self.0, data, &options(limits))
    }
}

/// The elements of an array as they came from JavaScript.
pub(crate) struct Given<'d> {
    layout: Layout,
    payload: Cow<'d, [u8]>,
}

impl<'d> Given<'d> {
    /// Typed arrays are little-endian on every machine that browsers run on; a dtype may ask for the other order.
    pub(crate) fn new(
        data: &'d [u8],
        dtype: &str,
        shape: &[f64],
        is_fortran: bool,
        is_raw: bool,
    ) -> Outcome<Self> {
        let layout = layout(dtype, shape, is_fortran)?;
        let mut payload = Cow::Borrowed(data);
        let dtype = layout.dtype();
        if !is_raw && !dtype.is_native() && data.len() == layout.nbytes() {
            // To swap what is not little-endian goes both ways.
            dtype.convert_in_place(ByteOrder::Little, payload.to_mut()).map_err(no_dtype)?;
        }
        Ok(Self { layout, payload })
    }

    pub(crate) fn view(&self) -> Outcome<ArrayView<'_>> {
        ArrayView::new(self.layout.clone(), &self.payload).map_err(thrown)
    }
}

/// The array with its numbers little-endian; its dtype says how they were.
fn given_out(mut array: Array) -> Outcome {
    let dtype = array.dtype().clone();
    if !dtype.is_native() && has_typed_array(dtype.kind()) {
        dtype.convert_in_place(ByteOrder::Little, array.payload_mut()).map_err(no_dtype)?;
    }
    Ok(Fields::new()
        .with("dtype", described(&dtype))
        .with("shape", list(array.shape().iter().copied()))
        .with("order", order_name(array.layout().order()))
        .with("bytes", JsValue::from(Uint8Array::from(array.payload())))
        .done())
}

/// Whether JavaScript holds elements of this kind in a typed array, rather than in bytes.
fn has_typed_array(kind: &Kind) -> bool {
    !matches!(kind, Kind::Struct(_) | Kind::LongDouble | Kind::ComplexLongDouble | Kind::Extension(_))
}

pub(crate) fn inspected(found: &Inspection) -> JsValue {
    let dims = found.shape.dims().iter().map(|dim| dim.map_or(JsValue::NULL, IntoJs::into_js));
    Fields::new()
        .with("chain", found.chain.as_str())
        .with("dtype", described(&found.dtype))
        .with("shape", list(dims))
        .with("order", order_name(found.order))
        .with("nbytes", found.nbytes)
        .with("headerLength", found.header_len)
        .with("filters", found.filters.as_str())
        .done()
}

fn order_name(order: Order) -> &'static str {
    if order == Order::C { "C" } else { "F" }
}
