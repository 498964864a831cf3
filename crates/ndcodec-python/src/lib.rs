//! The native half of the Python package `ndcodec`, imported as `ndcodec._ndcodec`.
//!
//! Every function here takes and gives numpy arrays, bytes or text, and does the work in between by the library
//! `ndcodec` with the interpreter released. What needs no speed is Python, in `python/ndcodec`.

mod arrays;
mod cache;
mod chain;
mod custom;
mod dtypes;
mod errors;
mod functions;
mod http;
mod info;
mod input;
mod long;
mod made;
mod memory;
mod npz;
mod options;
mod pipeline;
mod program;
mod raw;
mod rows;
mod run;

use pyo3::prelude::*;

#[pymodule]
mod _ndcodec {
    #[pymodule_export]
    use super::chain::Chain;
    #[pymodule_export]
    use super::custom::register_stage;
    #[pymodule_export]
    use super::functions::{
        ArrayIterator, decode, decode_all, decode_bytes, decode_into, decode_iter, decode_rows, encode,
        encode_bytes, encode_bytes_text, encode_into, encode_text,
    };
    #[pymodule_export]
    use super::http::{HttpChains, http_content_type, http_statuses};
    #[pymodule_export]
    use super::info::{detected, inspected, inspected_all, listed_stages};
    #[pymodule_export]
    use super::memory::{release_memory, set_memory_budget};
    #[pymodule_export]
    use super::npz::{NpzReader, npz_bytes, npz_write};
    #[pymodule_export]
    use super::pipeline::Pipeline;
    #[pymodule_export]
    use super::program::run_program;
    #[pymodule_export]
    use super::rows::decode_rows_at;
    #[pymodule_export]
    use super::run::after_fork;

    #[pymodule_export]
    const VERSION: &str = env!("CARGO_PKG_VERSION");
}
