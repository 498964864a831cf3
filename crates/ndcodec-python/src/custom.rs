//! Stages written in Python: two functions from bytes to bytes.

use std::fmt;
use std::sync::Arc;

use ndcodec::ErrorKind;
use ndcodec::stage::{
    Codec, CodecError, Input, Output, ParamError, ParamSpec, Params, StageDescriptor, Value,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::errors;
use crate::input::Encoded;

/// Makes a stage of two Python functions; `ndcodec.register` has checked nothing but the parameters' types.
#[pyfunction]
pub(crate) fn register_stage(
    py: Python<'_>,
    name: &str,
    encode: Py<PyAny>,
    decode: Py<PyAny>,
    is_text: bool,
    summary: &str,
    params: Vec<(String, Given)>,
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
        return Err(errors::plain(py, format!("a stage `{name}` exists already")));
    }
    let module = encode.bind(py).getattr("__module__").and_then(|module| module.extract::<String>());
    let functions = Arc::new(Functions { encode, decode, is_text });
    // A stage is there for as long as the program, and so are its name and its parameters.
    let specs: Vec<ParamSpec> = params.into_iter().map(|(name, given)| given.spec(leaked(&name))).collect();
    let specs: &'static [ParamSpec] = Box::leak(specs.into_boxed_slice());
    let build = move |params: &Params| -> Result<Arc<dyn Codec>, ParamError> {
        let values = specs.iter().filter_map(|spec| Some((spec.name, params.value(spec.name)?))).collect();
        Ok(Arc::new(PythonCodec { functions: Arc::clone(&functions), values }))
    };
    let descriptor = StageDescriptor::codec(
        leaked(name),
        leaked(&module.unwrap_or_else(|_| "python".to_owned())),
        Box::leak(Box::new(build)),
    )
    .with_summary(leaked(summary))
    .with_params(specs);
    let descriptor = Box::leak(Box::new(if is_text { descriptor.text() } else { descriptor }));
    ndcodec::stage::register(descriptor).map_err(|error| errors::plain(py, error.to_string()))
}

/// A parameter as `ndcodec.register` passes it.
#[derive(FromPyObject)]
pub(crate) enum Given {
    /// Its default, and the least and the greatest value.
    #[pyo3(transparent)]
    Int((i64, i64, i64)),
    /// Its default.
    #[pyo3(transparent)]
    Flag(bool),
    /// The words, of which the first is the default.
    #[pyo3(transparent)]
    Choice(Vec<String>),
}

impl Given {
    fn spec(self, name: &'static str) -> ParamSpec {
        const DOC: &str = "passed to the functions by its name";
        match self {
            Self::Int((default, min, max)) => ParamSpec::int(name, min, max, default, DOC),
            Self::Flag(default) => ParamSpec::flag(name, default, DOC),
            Self::Choice(words) => {
                let words: Vec<&'static str> = words.iter().map(|word| leaked(word)).collect();
                let words: &'static [&'static str] = Box::leak(words.into_boxed_slice());
                ParamSpec::choice(name, words, words.first().copied().unwrap_or_default(), DOC)
            }
        }
    }
}

fn leaked(text: &str) -> &'static str {
    Box::leak(text.to_owned().into_boxed_str())
}

struct Functions {
    encode: Py<PyAny>,
    decode: Py<PyAny>,
    is_text: bool,
}

/// A codec of two Python functions, and the parameters that they are given.
struct PythonCodec {
    functions: Arc<Functions>,
    values: Vec<(&'static str, Value)>,
}

impl fmt::Debug for PythonCodec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PythonCodec")
    }
}

impl Codec for PythonCodec {
    fn encode(&self, input: &Input<'_>, out: &mut Output<'_>) -> Result<(), CodecError> {
        let functions = &*self.functions;
        self.call(&functions.encode, "encode", &input.to_bytes(), ErrorKind::Input, |bytes| {
            if functions.is_text && !bytes.is_ascii() {
                let message = "the stage says that it gives ASCII text, but gave other bytes";
                return Err(CodecError::new(ErrorKind::Internal, message));
            }
            out.push(bytes)
        })
    }

    fn decode(&self, encoded: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        self.call(&self.functions.decode, "decode", encoded, ErrorKind::Corrupt, |bytes| out.push(bytes))
    }
}

impl PythonCodec {
    fn call(
        &self,
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
            let keywords = self.keywords(py).map_err(failed)?;
            let result =
                function.bind(py).call((PyBytes::new(py, input),), keywords.as_ref()).map_err(failed)?;
            let bytes = Encoded::bytes_only(&result).map_err(|_| {
                let message = format!(
                    "the Python function `{name}` returned `{}`; expected bytes",
                    errors::type_name(&result)
                );
                CodecError::new(ErrorKind::Internal, message)
            })?;
            take(bytes.as_slice())
        })
    }

    /// The parameters as keywords, if the stage has any.
    fn keywords<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        if self.values.is_empty() {
            return Ok(None);
        }
        let keywords = PyDict::new(py);
        for (name, value) in &self.values {
            match value {
                Value::Int(value) => keywords.set_item(name, value)?,
                Value::Flag(value) => keywords.set_item(name, value)?,
                Value::Word(word) => keywords.set_item(name, word)?,
                _ => {}
            }
        }
        Ok(Some(keywords))
    }
}
