//! Arrays from bodies that come in pieces.

use std::error::Error as StdError;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Buf;
use http::{HeaderMap, StatusCode};
use http_body::Body;
use ndcodec::{Array, Chain};
use tokio::io::{AsyncRead, ReadBuf};

use crate::{Chains, Content, Problem};

/// Up to which `Content-Length` a body is collected and decoded in memory: that is faster, and takes more memory.
const SMALL: u64 = 1 << 20;

type BoxError = Box<dyn StdError + Send + Sync>;

impl Chains {
    /// The array in a message with these headers and this body, which is read only up to the limits.
    ///
    /// A large body is decoded as it comes, on a blocking thread of tokio's, and is never in memory as a whole; a JSON document
    /// is.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), and 400 for a body that breaks off.
    pub async fn receive<B>(&self, headers: &HeaderMap, body: B) -> Result<Array, Problem>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let content = self.content(headers)?;
        let reader = BodyReader::new(body, self.max_body());
        match content {
            Content::Encoded(chain) if reader.body.size_hint().exact().is_none_or(|len| len > SMALL) => {
                self.receive_stream(&chain, reader).await
            }
            content => {
                let body = reader.collect().await?;
                let chains = self.clone();
                let decoded = tokio::task::spawn_blocking(move || chains.decode_content(&content, &body));
                decoded.await.map_err(|error| Problem::internal(error.to_string()))?
            }
        }
    }

    async fn receive_stream<B>(&self, chain: &Chain, reader: BodyReader<B>) -> Result<Array, Problem>
    where
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        let failure = reader.failure.clone();
        let decoded = match chain.open_async_with(reader, self.options()).await {
            Ok(opened) => opened.into_array().await,
            Err(error) => Err(error),
        };
        // What the body itself did wrong is the cause of whatever the chain says.
        let cause = failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (decoded, cause) {
            (Ok(array), None) => Ok(array),
            (_, Some(problem)) => Err(problem),
            (Err(error), None) => Err(self.with_limit(error.into())),
        }
    }
}

/// A body as a reader. It counts what comes, and keeps what was wrong, since an `io::Error` loses it.
pub(crate) struct BodyReader<B: Body> {
    body: Pin<Box<B>>,
    piece: Option<B::Data>,
    left: u64,
    limit: u64,
    failure: Arc<Mutex<Option<Problem>>>,
}

// The body is in a box of its own, and its pieces are never pinned.
impl<B: Body> Unpin for BodyReader<B> {}

impl<B> BodyReader<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    pub(crate) fn new(body: B, limit: u64) -> Self {
        Self { body: Box::pin(body), piece: None, left: limit, limit, failure: Arc::default() }
    }

    /// The whole body.
    pub(crate) async fn collect(mut self) -> Result<Vec<u8>, Problem> {
        let mut whole = Vec::new();
        while let Some(mut piece) = poll_fn(|context| self.poll_piece(context)).await? {
            while piece.has_remaining() {
                let part = piece.chunk();
                whole.extend_from_slice(part);
                let len = part.len();
                piece.advance(len);
            }
        }
        Ok(whole)
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Result<Option<B::Data>, Problem>> {
        loop {
            let frame = match ready!(self.body.as_mut().poll_frame(context)) {
                None => return Poll::Ready(Ok(None)),
                Some(Ok(frame)) => frame,
                Some(Err(error)) => {
                    let detail = format!("the body ends too early: {}", error.into());
                    return Poll::Ready(Err(Problem::new(StatusCode::BAD_REQUEST, "truncated", detail)));
                }
            };
            // Trailers are not of interest.
            let Ok(piece) = frame.into_data() else { continue };
            match self.left.checked_sub(piece.remaining() as u64) {
                Some(left) => self.left = left,
                None => return Poll::Ready(Err(Problem::body_limit(self.limit))),
            }
            if piece.has_remaining() {
                return Poll::Ready(Ok(Some(piece)));
            }
        }
    }
}

impl<B> AsyncRead for BodyReader<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.piece.as_ref().is_none_or(|piece| !piece.has_remaining()) {
            match ready!(self.poll_piece(context)) {
                Ok(piece) => self.piece = piece,
                Err(problem) => {
                    let error = io::Error::other(problem.clone());
                    *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
                    return Poll::Ready(Err(error));
                }
            }
        }
        if let Some(piece) = &mut self.piece {
            let len = piece.chunk().len().min(buf.remaining());
            buf.put_slice(&piece.chunk()[..len]);
            piece.advance(len);
        }
        Poll::Ready(Ok(()))
    }
}
