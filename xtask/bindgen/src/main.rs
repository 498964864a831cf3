//! `bindgen MODULE.wasm FOLDER NAME`: writes `NAME.js`, `NAME.d.ts` and `NAME_bg.wasm` into the folder.
//!
//! The program `wasm-bindgen` does the same, and brings an HTTP server and TLS for its test runner, which takes four times
//! as long to build.

use std::process::ExitCode;

use anyhow::Error;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder, name] = arguments.as_slice() else {
        eprintln!("usage: bindgen MODULE.wasm FOLDER NAME");
        return ExitCode::FAILURE;
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name(name).remove_name_section(true).remove_producers_section(true);
    match make(&mut bindgen, folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn make(bindgen: &mut Bindgen, folder: &str) -> Result<(), Error> {
    let mut output = bindgen.web(true)?.reset_state_function(true).generate_output()?;
    // What C calls of Rust is exported too, and would be kept for nobody.
    let exports = &mut output.wasm_mut().exports;
    let for_c: Vec<_> =
        exports.iter().filter(|export| export.name.starts_with(FOR_C)).map(|export| export.id()).collect();
    for_c.into_iter().for_each(|export| exports.delete(export));
    output.emit(folder)
}

/// How the functions are called that zstd-sys gives to zstd in place of C's library.
const FOR_C: &str = "rust_zstd_wasm_shim_";
