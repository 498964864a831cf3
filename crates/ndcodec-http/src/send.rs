//! [`ArrayBody`]: an array that is encoded while it is sent.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use ndcodec::{Array, ArrayView, Chain, EncodeOptions};
use tokio::sync::mpsc;

use crate::{Choice, Form, Problem};

/// Up to how many bytes of elements an array is encoded at once, which takes less time than to begin a stream.
const SMALL: usize = 64 << 10;
/// What is sent at once, and how many of these wait for a slow peer.
const PIECE: usize = 64 << 10;
const WAITING: usize = 4;

/// The body of a message that sends an array. A large one is encoded on a blocking thread of tokio's as it is sent, so that it
/// needs no memory for the whole; a stage that cannot stream collects it. An error in between ends the message early, so that
/// nobody takes it for whole.
#[derive(Debug)]
pub struct ArrayBody(Source);

#[derive(Debug)]
enum Source {
    Whole(Bytes),
    Pieces(mpsc::Receiver<io::Result<Bytes>>),
}

impl Choice {
    /// The headers and the body of a message that sends `array`, which is encoded while it is sent.
    ///
    /// # Errors
    /// If the chain cannot encode such an array.
    ///
    /// # Panics
    /// If the array is large, outside of a tokio runtime.
    pub fn stream(
        &self,
        array: impl OwnedArray,
        options: &EncodeOptions,
    ) -> Result<(HeaderMap, ArrayBody), Problem> {
        if array.with_view(|view| view.payload().len()) <= SMALL {
            let (headers, body) = array.with_view(|view| self.encode_with(view, options))?;
            return Ok((headers, ArrayBody(Source::Whole(body))));
        }
        let resolved = array.with_view(|view| self.chain().resolve(view.layout()))?;
        let headers = self.headers(&resolved)?;
        let (sender, pieces) = mpsc::channel(WAITING);
        let (choice, options) = (self.clone(), *options);
        tokio::task::spawn_blocking(move || {
            let written = array.with_view(|view| match choice.form() {
                Form::Binary => write_pieces(choice.chain(), view, &options, &sender),
                Form::Json => choice
                    .encode_with(view, &options)
                    .map_err(io::Error::other)
                    .and_then(|(_, body)| sender.blocking_send(Ok(body)).map_err(io::Error::other)),
            });
            if let Err(error) = written {
                // A peer that is gone does not hear it.
                sender.blocking_send(Err(error)).ok();
            }
        });
        Ok((headers, ArrayBody(Source::Pieces(pieces))))
    }
}

/// An array that may go to another thread: an [`Array`], or an [`ArrayView`] of elements that it owns, as
/// [`ArrayView::from_vec`] makes them.
pub trait OwnedArray: Send + 'static + sealed::Sealed {
    /// Calls `f` with a view of the array.
    fn with_view<R>(&self, f: impl FnOnce(&ArrayView<'_>) -> R) -> R;
}

impl OwnedArray for Array {
    fn with_view<R>(&self, f: impl FnOnce(&ArrayView<'_>) -> R) -> R {
        f(&self.view())
    }
}

impl OwnedArray for ArrayView<'static> {
    fn with_view<R>(&self, f: impl FnOnce(&ArrayView<'_>) -> R) -> R {
        f(self)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for ndcodec::Array {}
    impl Sealed for ndcodec::ArrayView<'static> {}
}

fn write_pieces(
    chain: &Chain,
    array: &ArrayView<'_>,
    options: &EncodeOptions,
    sender: &mpsc::Sender<io::Result<Bytes>>,
) -> io::Result<()> {
    let mut pieces = Pieces { sender, piece: BytesMut::with_capacity(PIECE) };
    chain.encode_to_with(array, &mut pieces, options).map_err(io::Error::other)?;
    pieces.flush()
}

/// Hands on what is written, in pieces that are not small.
struct Pieces<'s> {
    sender: &'s mpsc::Sender<io::Result<Bytes>>,
    piece: BytesMut,
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        if self.piece.len() == PIECE {
            self.flush()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, BytesMut::with_capacity(PIECE)).freeze();
        self.sender.blocking_send(Ok(piece)).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

impl Body for ArrayBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let piece = match &mut self.0 {
            Source::Whole(body) => {
                let body = std::mem::take(body);
                (!body.is_empty()).then_some(Ok(body))
            }
            Source::Pieces(pieces) => ready!(pieces.poll_recv(context)),
        };
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Source::Whole(body) if body.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Whole(body) => SizeHint::with_exact(body.len() as u64),
            Source::Pieces(_) => SizeHint::new(),
        }
    }
}
