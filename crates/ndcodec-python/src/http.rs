//! What `ndcodec.http` asks of the crate `ndcodec-http`: which chains are taken, and which is chosen.

use std::collections::HashMap;
use std::sync::Arc;

use ndcodec::{Error, ErrorKind};
use ndcodec_http::{Chains, Content, Form, Problem};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

use crate::cache::{self, ChainLine};
use crate::chain::{self, Chain};
use crate::errors;

/// The chains that a service takes and gives. `ndcodec.http.Chains` is made of it.
#[pyclass(frozen, module = "ndcodec._ndcodec")]
#[derive(Debug)]
pub(crate) struct HttpChains {
    chains: Chains,
    /// Those that are listed, by their texts: they keep what their last calls have shown.
    lines: HashMap<String, ChainLine>,
}

#[pymethods]
impl HttpChains {
    #[new]
    fn new(py: Python<'_>, texts: Vec<String>) -> PyResult<Self> {
        let chains = Chains::new(&texts).map_err(|error| errors::to_python(py, &Error::from(error)))?;
        let line = |chain: &ndcodec::Chain| Arc::new(cache::chain_line(chain.clone()));
        let lines = chains.iter().map(|chain| (chain.to_string(), line(chain))).collect();
        Ok(Self { chains, lines })
    }

    /// The texts of the chains, in order of preference.
    fn texts(&self) -> Vec<String> {
        self.chains.iter().map(ToString::to_string).collect()
    }

    /// The value of ``Accept`` for them.
    fn accept(&self) -> PyResult<String> {
        let value = self.chains.accept();
        value.to_str().map(str::to_owned).map_err(|error| errors::wrong_type(error.to_string()))
    }

    /// The chain of this text, if it is taken.
    fn allow(&self, py: Python<'_>, text: &str) -> PyResult<Chain> {
        Ok(self.line(self.chains.allow(text).map_err(|problem| raised(py, &problem))?))
    }

    /// The chain that a ``Content-Type`` names; ``None`` for JSON.
    fn content(&self, py: Python<'_>, content_type: Option<&str>) -> PyResult<Option<Chain>> {
        match self.chains.content_of(content_type).map_err(|problem| raised(py, &problem))? {
            Content::Encoded(chain) => Ok(Some(self.line(chain))),
            _ => Ok(None),
        }
    }

    /// The chain that suits an ``Accept``, and whether it stands in JSON.
    fn choose(&self, py: Python<'_>, accept: Option<&str>) -> PyResult<(Chain, bool)> {
        let choice = self.chains.choose_of(accept).map_err(|problem| raised(py, &problem))?;
        Ok((self.line(choice.chain().clone()), choice.form() == Form::Json))
    }
}

impl HttpChains {
    fn line(&self, chain: ndcodec::Chain) -> Chain {
        match self.lines.get(&chain.to_string()) {
            Some(line) => Chain(Arc::clone(line)),
            None => Chain(Arc::new(cache::chain_line(chain))),
        }
    }
}

/// The ``Content-Type`` of what a resolved chain wrote.
#[pyfunction]
pub(crate) fn http_content_type(chain: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = chain.py();
    let line = chain::line(chain)?;
    let value = ndcodec_http::content_type(&line.checked).map_err(|problem| raised(py, &problem))?;
    value.to_str().map(str::to_owned).map_err(|error| errors::wrong_type(error.to_string()))
}

/// The status of each kind of error that an exception of the package may have.
#[pyfunction]
pub(crate) fn http_statuses() -> HashMap<&'static str, u16> {
    ErrorKind::ALL.iter().map(|kind| (kind.name(), kind.http_status())).collect()
}

/// The exception for a problem: `ndcodec.http.HttpError`.
fn raised(py: Python<'_>, problem: &Problem) -> PyErr {
    static CLASS: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let made = CLASS
        .import(py, "ndcodec.http._problem", "HttpError")
        .and_then(|class| class.call_method1("from_json", (&*problem.to_json(),)));
    match made {
        Ok(made) => PyErr::from_value(made),
        Err(error) => error,
    }
}
