//! Arrays through tokio's [`AsyncRead`] and [`AsyncWrite`], by the same state machines as [`Chain::open`] and
//! [`Chain::encoder`].
//!
//! Encoding and decoding are work for a processor, so they run on tokio's blocking threads, one for each open stream, and
//! do not hold up the other tasks of a runtime. Data go to and fro in pieces of at most 64 KiB: a slow peer slows the
//! work down, and memory stays bounded. Dropping an adapter ends its work.
//!
//! ```no_run
//! # async fn f(socket: tokio::net::TcpStream) -> Result<(), Box<dyn std::error::Error>> {
//! use ndcodec_core::{Chain, DecodeOptions};
//! use tokio::io::AsyncReadExt as _;
//!
//! let chain = Chain::parse("npy|zstd")?;
//! let options = DecodeOptions::new().with_max_bytes(64 << 20);
//! let mut array = chain.open_async_with(socket, &options).await?;
//! println!("{} of shape {}", array.header().dtype(), array.header().shape());
//! let mut payload = Vec::new();
//! array.read_to_end(&mut payload).await?;
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream, ReadBuf, duplex,
};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::stream::into_io;
use super::{Chain, DecodeOptions, EncodeOptions};
use crate::error::{Error, IoError};
use crate::{Array, Buffer, Header, Layout};

/// How many bytes wait between the two sides of an adapter.
const PIECE: usize = 64 << 10;

impl Chain {
    /// [`open`](Self::open) for what comes asynchronously: reads the header, and gives the payload as an [`AsyncRead`].
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// async fn read(chain: &Chain, body: impl ::tokio::io::AsyncRead + Send + Unpin + 'static) -> Result<Array, Error> {
    ///     chain.open_async(body).await?.into_array().await
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`open`](Self::open), and outside of a tokio runtime.
    pub async fn open_async(
        &self,
        reader: impl AsyncRead + Send + Unpin + 'static,
    ) -> Result<AsyncOpened, Error> {
        self.open_async_with(reader, DecodeOptions::DEFAULT).await
    }

    /// [`open_async`](Self::open_async) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// async fn read(chain: &Chain, body: impl ::tokio::io::AsyncRead + Send + Unpin + 'static) -> Result<Array, Error> {
    ///     let options = DecodeOptions::new().with_max_bytes(64 << 20);
    ///     chain.open_async_with(body, &options).await?.into_array().await
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`open_async`](Self::open_async).
    pub async fn open_async_with(
        &self,
        reader: impl AsyncRead + Send + Unpin + 'static,
        options: &DecodeOptions,
    ) -> Result<AsyncOpened, Error> {
        let runtime = runtime()?;
        let (chain, options) = (self.clone(), *options);
        let (pipe, mut inner_pipe) = duplex(PIECE);
        let (alive, is_dropped) = oneshot::channel();
        let (send_header, header) = oneshot::channel();
        let work = runtime.spawn_blocking(move || {
            let reader = Blocking { inner: reader, is_dropped };
            let mut opened = match chain.decoder_with(reader, &options) {
                Ok(opened) => opened,
                Err(error) => {
                    // A caller that does not wait for it any more does not miss it.
                    send_header.send(Err(error)).ok();
                    return Ok(None);
                }
            };
            if send_header.send(Ok((opened.header().clone(), opened.nbytes()))).is_err() {
                return Ok(None);
            }
            let mut piece = vec![0; PIECE];
            loop {
                let n = opened.pull(&mut piece)?;
                if n == 0 {
                    return opened.layout();
                }
                if Handle::current().block_on(inner_pipe.write_all(&piece[..n])).is_err() {
                    return Ok(None);
                }
            }
        });
        let (header, nbytes) = match header.await {
            Ok(opened) => opened?,
            Err(_) => return Err(ended(work.await.err())),
        };
        Ok(AsyncOpened { header, nbytes, pipe, work: Work::Running(work), _alive: alive })
    }

    /// [`encoder`](Self::encoder) for a writer that takes bytes asynchronously.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// async fn write(
    ///     chain: &Chain,
    ///     x: &ArrayView<'_>,
    ///     body: impl ::tokio::io::AsyncWrite + Send + Unpin + 'static,
    /// ) -> Result<(), Box<dyn std::error::Error>> {
    ///     let mut writer = chain.encoder_async(x.layout(), body)?;
    ///     ::tokio::io::AsyncWriteExt::write_all(&mut writer, x.payload()).await?;
    ///     Ok(writer.finish().await?)
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`encoder`](Self::encoder), and outside of a tokio runtime.
    pub fn encoder_async(
        &self,
        layout: &Layout,
        writer: impl AsyncWrite + Send + Unpin + 'static,
    ) -> Result<AsyncArrayWriter, Error> {
        self.encoder_async_with(layout, writer, EncodeOptions::DEFAULT)
    }

    /// [`encoder_async`](Self::encoder_async) with options.
    ///
    /// ```
    /// # use ndcodec_core::*;
    /// # fn example(chain: &Chain, x: &ArrayView<'_>) -> Result<(), Box<dyn std::error::Error>> {
    /// let options = EncodeOptions::new().with_threads(std::num::NonZeroUsize::MIN);
    /// let writer = chain.encoder_async_with(x.layout(), ::tokio::io::sink(), &options)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`encoder_async`](Self::encoder_async).
    pub fn encoder_async_with(
        &self,
        layout: &Layout,
        writer: impl AsyncWrite + Send + Unpin + 'static,
        options: &EncodeOptions,
    ) -> Result<AsyncArrayWriter, Error> {
        let runtime = runtime()?;
        let (pipe, mut inner_pipe) = duplex(PIECE);
        let (alive, is_dropped) = oneshot::channel();
        let is_finished = Arc::new(AtomicBool::new(false));
        self.check_layout(layout)?;
        let is_told = is_finished.clone();
        let (chain, layout, options) = (self.clone(), layout.clone(), *options);
        let work = runtime.spawn_blocking(move || {
            // It writes the header at once, so it must not begin on the caller's thread.
            let mut encoder =
                chain.encoder_with(&layout, Blocking { inner: writer, is_dropped }, &options)?;
            let mut piece = vec![0; PIECE];
            loop {
                let n = Handle::current().block_on(inner_pipe.read(&mut piece)).unwrap_or(0);
                if n > 0 {
                    encoder.push(&piece[..n])?;
                } else if is_told.load(Ordering::Acquire) {
                    return encoder.finish().map(|()| None);
                } else {
                    // It was dropped: what was written must not decode.
                    return Ok(None);
                }
            }
        });
        Ok(AsyncArrayWriter { pipe: Some(pipe), is_finished, work: Work::Running(work), _alive: alive })
    }
}

/// An encoded array that is read asynchronously: its header is there, its payload is an [`AsyncRead`], which ends only once
/// everything was checked.
pub struct AsyncOpened {
    header: Header,
    nbytes: Option<usize>,
    pipe: DuplexStream,
    work: Work,
    _alive: oneshot::Sender<()>,
}

impl AsyncOpened {
    /// What the header says.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The length of the payload in bytes, if the header tells.
    pub fn nbytes(&self) -> Option<usize> {
        self.nbytes
    }

    /// The whole array, of which nothing was read before.
    ///
    /// # Errors
    /// If the data are bad, or the reader below fails.
    pub async fn into_array(mut self) -> Result<Array, Error> {
        let mut payload = Buffer::new();
        // A header alone must not take the memory that it speaks of.
        payload.reserve(self.nbytes.unwrap_or(0).min(16 * PIECE));
        let mut piece = vec![0; PIECE];
        loop {
            match self.pipe.read(&mut piece).await.unwrap_or(0) {
                0 => break,
                n => payload.extend_from_slice(&piece[..n]),
            }
        }
        match poll_fn(|context| self.work.poll(context)).await? {
            Some(layout) => Ok(Array::new(layout, payload)?),
            None => Err(ended(None)),
        }
    }
}

impl AsyncRead for AsyncOpened {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.pipe).poll_read(context, buf))?;
        if buf.filled().len() == before && buf.remaining() > 0 {
            // The pipe is closed: by the end of the payload, or by an error, which only the work knows.
            ready!(self.work.poll(context)).map_err(into_io)?;
        }
        Poll::Ready(Ok(()))
    }
}

/// Takes an array's payload asynchronously, and encodes the array.
///
/// The payload must have exactly the bytes of the layout. Call [`finish`](Self::finish), or shut the writer down: one that
/// is dropped leaves an encoded form that does not decode.
pub struct AsyncArrayWriter {
    /// `None` once it was finished.
    pipe: Option<DuplexStream>,
    is_finished: Arc<AtomicBool>,
    work: Work,
    _alive: oneshot::Sender<()>,
}

impl AsyncArrayWriter {
    /// Ends the encoded form and flushes the writer below.
    ///
    /// # Errors
    /// If bytes of the payload are missing or were too many, or a stage or the writer below fails.
    pub async fn finish(mut self) -> Result<(), Error> {
        poll_fn(|context| self.poll_finish(context)).await
    }

    fn poll_finish(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.is_finished.store(true, Ordering::Release);
        // Closes it.
        self.pipe = None;
        self.work.poll(context).map_ok(drop)
    }
}

impl AsyncWrite for AsyncArrayWriter {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some(pipe) = &mut self.pipe else { return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into())) };
        match ready!(Pin::new(pipe).poll_write(context, bytes)) {
            Ok(n) => Poll::Ready(Ok(n)),
            // The work has ended, and knows why.
            Err(error) => match ready!(self.work.poll(context)) {
                Ok(_) => Poll::Ready(Err(error)),
                Err(error) => Poll::Ready(Err(into_io(error))),
            },
        }
    }

    /// Does nothing: what is held back can only be written by finishing.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// [`finish`](Self::finish).
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_finish(context).map_err(into_io)
    }
}

/// The work on a blocking thread; its result is given once.
enum Work {
    Running(JoinHandle<Result<Option<Layout>, Error>>),
    Ended,
}

impl Work {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<Layout>, Error>> {
        let Self::Running(work) = self else { return Poll::Ready(Ok(None)) };
        let result = ready!(Pin::new(work).poll(context));
        *self = Self::Ended;
        Poll::Ready(result.unwrap_or_else(|failure| Err(ended(Some(failure)))))
    }
}

/// A reader or writer of tokio's, for a blocking thread. It fails once the adapter is dropped, so that no thread waits for a
/// peer that nobody listens to any more.
struct Blocking<T> {
    inner: T,
    is_dropped: oneshot::Receiver<()>,
}

impl<T: Unpin> Blocking<T> {
    fn run<R>(
        &mut self,
        mut poll: impl FnMut(Pin<&mut T>, &mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> io::Result<R> {
        let Self { inner, is_dropped } = self;
        Handle::current().block_on(poll_fn(|context| {
            if Future::poll(Pin::new(&mut *is_dropped), context).is_ready() {
                return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
            }
            poll(Pin::new(&mut *inner), context)
        }))
    }
}

impl<R: AsyncRead + Unpin> Read for Blocking<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.run(|reader, context| {
            let mut read = ReadBuf::new(buf);
            ready!(reader.poll_read(context, &mut read))?;
            Poll::Ready(Ok(read.filled().len()))
        })
    }
}

impl<W: AsyncWrite + Unpin> Write for Blocking<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.run(|writer, context| writer.poll_write(context, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.run(W::poll_flush)
    }
}

fn runtime() -> Result<Handle, Error> {
    Handle::try_current().map_err(|error| failed(io::Error::other(error)))
}

/// The work ended without a result.
fn ended(failure: Option<tokio::task::JoinError>) -> Error {
    failed(failure.map_or_else(|| io::ErrorKind::BrokenPipe.into(), io::Error::other))
}

fn failed(error: io::Error) -> Error {
    Error::Io(IoError::new("run the chain on a blocking thread", error))
}

impl fmt::Debug for AsyncOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncOpened").field("header", &self.header).finish_non_exhaustive()
    }
}

impl fmt::Debug for AsyncArrayWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncArrayWriter").finish_non_exhaustive()
    }
}
