//! Stages written in Python: two functions from bytes to bytes.

use std::fmt;
use std::sync::Arc;

use ndcodec::ErrorKind;
use ndcodec::stage::{Codec, CodecError, Input, Output, ParamError, Params, StageDescriptor};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::errors;
use crate::input::Encoded;

/// Make a stage of two Python functions from bytes to bytes, for every chain from now on.
///
/// `encode` and `decode` are given ``bytes`` and answer ``bytes`` or another buffer; what they raise becomes the cause
/// of a `StageError`. They may be called from several threads at once. With ``is_text=True`` the encoded form is ASCII
/// text, so that a chain may end in it. A name cannot be taken twice.
///
/// >>> import ndcodec
/// >>> ndcodec.register("reversed", encode=lambda b: b[::-1], decode=lambda b: b[::-1])
/// >>> ndcodec.encode_bytes(b"stressed", "reversed")
/// b'desserts'
/// >>> ndcodec.decode_bytes(b"desserts", "reversed")
/// b'stressed'
#[pyfunction]
#[pyo3(signature = (name, *, encode, decode, is_text=false, summary=""))]
pub(crate) fn register(
    py: Python<'_>,
    name: &str,
    encode: Py<PyAny>,
    decode: Py<PyAny>,
    is_text: bool,
    summary: &str,
) -> PyResult<()> {
    for (function, keyword) in [(&encode, "encode"), (&decode, "decode")] {
        if !function.bind(py).is_callable() {
            return Err(errors::wrong_type(format!("`{keyword}` cannot be called")));
        }
    }
    if name == "pickle" {
        return Err(errors::plain(py, "the stage `pickle` is that of `dumps` and `loads`"));
    }
    if ndcodec::stage::stages().iter().any(|stage| stage.name() == name) {
        return Err(errors::plain(py, format!("there is a stage `{name}` already")));
    }
    let module = encode.bind(py).getattr("__module__").and_then(|module| module.extract::<String>());
    let functions = Arc::new(Functions { encode, decode, is_text });
    let build = move |_: &Params| -> Result<Arc<dyn Codec>, ParamError> {
        Ok(Arc::new(PythonCodec(Arc::clone(&functions))))
    };
    // A stage is there for as long as the program, and so is its name.
    let descriptor = StageDescriptor::codec(
        leaked(name),
        leaked(&module.unwrap_or_else(|_| "python".to_owned())),
        Box::leak(Box::new(build)),
    )
    .with_summary(leaked(summary));
    let descriptor = Box::leak(Box::new(if is_text { descriptor.text() } else { descriptor }));
    ndcodec::stage::register(descriptor).map_err(|error| errors::plain(py, error.to_string()))
}

fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

struct Functions {
    encode: Py<PyAny>,
    decode: Py<PyAny>,
    is_text: bool,
}

/// A codec of two Python functions.
struct PythonCodec(Arc<Functions>);

impl fmt::Debug for PythonCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PythonCodec")
    }
}

impl Codec for PythonCodec {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let functions = &*self.0;
        call(&functions.encode, "encode", &input.to_bytes(), ErrorKind::Input, |bytes| {
            if functions.is_text && !bytes.is_ascii() {
                let message = "the stage says that it gives ASCII text, but gave other bytes";
                return Err(CodecError::new(ErrorKind::Internal, message));
            }
            out.push(bytes)
        })
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        call(&self.0.decode, "decode", encoded, ErrorKind::Corrupt, |bytes| out.push(bytes))
    }
}

fn call(
    function: &Py<PyAny>,
    name: &str,
    input: &[u8],
    kind: ErrorKind,
    take: impl FnOnce(&[u8]) -> Result<(), CodecError>,
) -> Result<(), CodecError> {
    Python::attach(|py| {
        let failed = |error: PyErr| {
            let message = format!("the Python function `{name}` raised");
            CodecError::new(kind, message).with_source(error)
        };
        let result = function.bind(py).call1((PyBytes::new(py, input),)).map_err(failed)?;
        let bytes = Encoded::bytes_only(&result).map_err(|_| {
            let message =
                format!("the Python function `{name}` answered `{}`, no bytes", errors::type_name(&result));
            CodecError::new(ErrorKind::Internal, message)
        })?;
        take(bytes.as_slice())
    })
}
