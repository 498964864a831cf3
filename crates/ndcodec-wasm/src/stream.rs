//! Streams both ways, for `TransformStream`s.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use js_sys::Uint8Array;
use ndcodec::stream::{ArrayWriter, Opened};
use ndcodec::{DecodeOptions, EncodeOptions, Layout};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::chain::inspected;
use crate::error::{Outcome, misuse, thrown};
use crate::options::whole;

/// Takes the elements of an array in pieces, and gives what became of them.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Encoder {
    writer: Option<ArrayWriter<'static>>,
    ready: Pipe,
}

#[wasm_bindgen]
impl Encoder {
    /// Takes the next bytes of the elements, in the byte order of the dtype; returns what is encoded by now.
    pub fn push(&mut self, bytes: &[u8]) -> Outcome<Vec<u8>> {
        let writer = self.writer.as_mut().ok_or_else(|| misuse("the stream is finished"))?;
        writer.push(bytes).map_err(thrown)?;
        Ok(self.ready.take())
    }

    /// Ends the encoded form, and returns the rest of it.
    pub fn finish(&mut self) -> Outcome<Vec<u8>> {
        let writer = self.writer.take().ok_or_else(|| misuse("the stream is finished"))?;
        writer.finish().map_err(thrown)?;
        Ok(self.ready.take())
    }
}

impl Encoder {
    pub(crate) fn new(chain: &ndcodec::Chain, layout: Layout, options: &EncodeOptions) -> Outcome<Self> {
        let ready = Pipe::default();
        let writer = chain.encoder_with(&layout, ready.clone(), options).map_err(thrown)?;
        Ok(Self { writer: Some(writer), ready })
    }
}

/// What was encoded and not yet taken.
#[derive(Debug, Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Holds the encoded bytes, and gives the elements in pieces.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Decoder {
    opened: Opened<'static>,
    piece: Vec<u8>,
}

#[wasm_bindgen]
impl Decoder {
    /// What the header says.
    pub fn header(&self) -> Outcome {
        self.opened.inspect().map(|found| inspected(&found)).map_err(thrown)
    }

    /// The next bytes of the elements, in the byte order of the dtype and `most` at most; none at the checked end.
    pub fn pull(&mut self, most: f64) -> Outcome {
        self.piece.resize(whole(most).max(1), 0);
        let count = self.opened.pull(&mut self.piece).map_err(thrown)?;
        Ok(JsValue::from(Uint8Array::from(&self.piece[..count])))
    }
}

impl Decoder {
    pub(crate) fn new(chain: &ndcodec::Chain, data: Vec<u8>, options: &DecodeOptions) -> Outcome<Self> {
        let opened = chain.open_with(data, options).map_err(thrown)?;
        Ok(Self { opened, piece: Vec::new() })
    }
}
