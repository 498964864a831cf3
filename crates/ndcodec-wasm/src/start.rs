//! What runs when the module is started.
#![cfg_attr(
    target_arch = "wasm32",
    expect(
        unsafe_code,
        reason = "constructors are called by hand, or the linker calls them around every export"
    )
)]

use wasm_bindgen::prelude::wasm_bindgen;

/// Registers the stages, each of which has a constructor.
#[wasm_bindgen(start)]
fn start() {
    #[cfg(target_arch = "wasm32")]
    {
        unsafe extern "C" {
            fn __wasm_call_ctors();
        }
        // SAFETY: the module was just started, and this is the only call.
        unsafe { __wasm_call_ctors() };
    }
    // Stages whose constructors the linker dropped are registered by name. A name could only be taken twice if this module
    // were linked with another one, which it is not.
    let _ = ndcodec::init();
}
