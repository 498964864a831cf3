//! Streams whose pieces have lengths that the input chooses.

use std::io::{self, Read};

/// Lengths of pieces, one after the other and from the beginning again.
#[derive(Debug, Clone)]
pub struct Lengths<'a>(&'a [u8], usize);

impl<'a> Lengths<'a> {
    pub fn new(by: &'a [u8]) -> Self {
        Self(by, 0)
    }

    /// Small pieces mostly, and a few that are large.
    pub fn next_len(&mut self) -> usize {
        let by = if self.0.is_empty() { 7 } else { self.0[self.1 % self.0.len()] };
        self.1 += 1;
        match by {
            0..200 => usize::from(by % 20) + 1,
            200..250 => usize::from(by) * 5,
            _ => 1 << 16,
        }
    }
}

/// A reader that gives pieces.
#[derive(Debug)]
pub struct Pieces<'a>(pub &'a [u8], pub Lengths<'a>);

impl Read for Pieces<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let len = buf.len().min(self.1.next_len());
        self.0.read(&mut buf[..len])
    }
}

/// All that `pull` gives, asked for in pieces.
pub fn pulled<E>(
    mut lengths: Lengths<'_>,
    mut pull: impl FnMut(&mut [u8]) -> Result<usize, E>,
) -> Result<Vec<u8>, E> {
    let (mut bytes, mut part) = (Vec::new(), vec![0; 1 << 16]);
    loop {
        let len = lengths.next_len();
        match pull(&mut part[..len])? {
            0 => return Ok(bytes),
            n => bytes.extend_from_slice(&part[..n]),
        }
    }
}
