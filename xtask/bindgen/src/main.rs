//! `bindgen MODULE.wasm FOLDER NAME [FUNCTION …]`: writes `NAME.js`, `NAME.d.ts` and `NAME_bg.wasm` into the folder, without the
//! bodies of the functions that are named: a call of one ends the program.
//!
//! The program `wasm-bindgen` does the same, and brings an HTTP server and TLS for its test runner, which takes four times
//! as long to build.

use std::process::ExitCode;

use anyhow::{Context, Error};
use walrus::{FunctionBuilder, FunctionKind, Module};
use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [module, folder, name, unused @ ..] = arguments.as_slice() else {
        eprintln!("usage: bindgen MODULE.wasm FOLDER NAME [FUNCTION …]");
        return ExitCode::FAILURE;
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name(name).remove_name_section(true).remove_producers_section(true);
    match make(&mut bindgen, folder, unused) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn make(bindgen: &mut Bindgen, folder: &str, unused: &[String]) -> Result<(), Error> {
    let mut output = bindgen.web(true)?.reset_state_function(true).generate_output()?;
    // What C calls of Rust is exported too, and would be kept for nobody.
    let exports = &mut output.wasm_mut().exports;
    let for_c: Vec<_> =
        exports.iter().filter(|export| export.name.starts_with(FOR_C)).map(|export| export.id()).collect();
    for_c.into_iter().for_each(|export| exports.delete(export));
    unused.iter().try_for_each(|name| hollow_out(output.wasm_mut(), name))?;
    output.emit(folder)
}

/// Leaves a function that ends the program in place of this one.
fn hollow_out(module: &mut Module, name: &str) -> Result<(), Error> {
    let id = module.funcs.by_name(name).with_context(|| format!("there is no function `{name}`"))?;
    let ty = module.types.get(module.funcs.get(id).ty());
    let (takes, gives) = (ty.params().to_vec(), ty.results().to_vec());
    let mut hollow = FunctionBuilder::new(&mut module.types, &takes, &gives);
    hollow.func_body().unreachable();
    let takes = takes.into_iter().map(|ty| module.locals.add(ty)).collect();
    module.funcs.get_mut(id).kind = FunctionKind::Local(hollow.local_func(takes));
    Ok(())
}

/// How the functions are called that zstd-sys gives to zstd in place of C's library.
const FOR_C: &str = "rust_zstd_wasm_shim_";
