//! An allocator that remembers that there was no memory.
//!
//! Where an allocation cannot fail, WebAssembly stops without a word. The package starts the module anew then, and says
//! why.
#![expect(unsafe_code, reason = "an allocator's functions are unsafe; all of them are the system's")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, Ordering};

use wasm_bindgen::prelude::wasm_bindgen;

/// Whether an allocation failed since the module was started.
#[wasm_bindgen(js_name = hadNoMemory)]
pub fn had_no_memory() -> bool {
    FAILED.load(Ordering::Relaxed)
}

static FAILED: AtomicBool = AtomicBool::new(false);

/// The system's allocator, seen.
struct Seen;

#[global_allocator]
static ALLOCATOR: Seen = Seen;

fn noted(memory: *mut u8) -> *mut u8 {
    if memory.is_null() {
        FAILED.store(true, Ordering::Relaxed);
    }
    memory
}

// SAFETY: every function is that of the system's allocator, with the same arguments.
unsafe impl GlobalAlloc for Seen {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        noted(unsafe { System.alloc(layout) })
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        noted(unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the caller's promise is passed on.
        noted(unsafe { System.realloc(memory, layout, size) })
    }
}
