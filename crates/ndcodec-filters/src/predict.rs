//! [`Predict`]: numbers told from their neighbours along the axes.

#[cfg(target_arch = "x86_64")]
mod avx2;
mod differences;
mod near;
mod residuals;
mod running;
mod slant;
#[cfg(target_arch = "x86_64")]
mod slant_vectors;

use ndcodec_core::{
    ArrayError, ArrayFilter, BoundFilter, Buffer, ByteOrder, CodecError, DType, Filtered, Kind, Layout,
    Order, Output, Pool,
};

use crate::numbers::{self, Comb, Numbers, Sign, Word, by_width};

/// What each number differs from a prediction by its neighbours, as unsigned integers that are small if the prediction is
/// good.
///
/// Of integers, booleans, dates, durations and floats, which are taken as integers in the order of their values, so that
/// every bit comes back. Of complex numbers each part is predicted on its own, and the real parts come first. Strings,
/// bytes and other elements without numbers stay as they lie.
#[derive(Debug, Clone, Copy)]
pub struct Predict {
    by: Predictor,
    axes: usize,
    channels: Channels,
}

/// Which neighbours tell of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Predictor {
    /// The one before along an axis.
    Axis,
    /// The one in the row above.
    Up,
    /// Those before along all axes, such that planes have no residual.
    Lorenzo,
    /// The median of those before, above, and the plane through both, as in JPEG-LS.
    Median,
    /// The mean of those before and above, rounded down.
    Mean,
}

/// What the last axis holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Channels {
    /// An axis like any other.
    Together,
    /// Channels, each of which is predicted and laid out on its own.
    Apart,
    /// Colours, apart, of which the second, green, is taken off the first and third.
    Difference,
}

impl Predict {
    /// The prediction over so many of the last axes, up to 3; 0 is as many as suit. `None` if the predictor takes more.
    pub const fn new(by: Predictor, axes: usize, channels: Channels) -> Option<Self> {
        let least = match by {
            Predictor::Axis | Predictor::Lorenzo => 1,
            Predictor::Up | Predictor::Median | Predictor::Mean => 2,
        };
        if axes != 0 && (axes < least || axes > 3) {
            return None;
        }
        Some(Self { by, axes, channels })
    }

    /// How many of `ndim` axes are used.
    fn axes_of(self, ndim: usize) -> Result<usize, ArrayError> {
        let needed = match (self.axes, self.by) {
            (0, Predictor::Axis) => 1,
            (0, Predictor::Lorenzo) => ndim.clamp(1, 2),
            (0, Predictor::Up | Predictor::Median | Predictor::Mean) => 2,
            (axes, _) => axes,
        };
        if needed > ndim.max(1) {
            let reason = format!("it predicts over {needed} axes, but there are {ndim}");
            return Err(unsupported(reason));
        }
        Ok(needed)
    }
}

fn unsupported(reason: String) -> ArrayError {
    ArrayError::unsupported("predict", reason)
}

impl ArrayFilter for Predict {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        let dtype = layout.dtype();
        let Some(numbers) = Numbers::of(dtype) else {
            return match dtype.kind() {
                Kind::Struct(_) => {
                    Err(unsupported(format!("elements of dtype `{dtype}` are several numbers")))
                }
                _ => Ok(None),
            };
        };
        let mut axes = layout.shape().to_vec();
        let channels = match (self.channels, axes.last().copied()) {
            (Channels::Together, _) => None,
            (_, None) => {
                return Err(unsupported("there is no last axis, which holds the channels".to_owned()));
            }
            (_, Some(count)) => {
                axes.pop();
                Some(count)
            }
        };
        let is_difference = self.channels == Channels::Difference;
        if is_difference && (!matches!(channels, Some(3 | 4)) || numbers.parts > 1) {
            let (count, dtype) = (channels.unwrap_or(1), layout.dtype());
            return Err(unsupported(format!(
                "3 or 4 channels have a difference of colours, but there are {count} of dtype `{dtype}`"
            )));
        }
        let prefix: Vec<usize> =
            channels.into_iter().chain((numbers.parts > 1).then_some(numbers.parts)).collect();
        let output = if layout.order() == Order::C {
            [&*prefix, &*axes].concat()
        } else {
            // Of what lies in memory, the last axis comes first.
            axes.iter().chain(prefix.iter().rev()).copied().collect()
        };
        let unsigned = DType::scalar(Kind::UInt, numbers.bytes, ByteOrder::Little).map_err(|_| {
            unsupported(format!("expected integers of 1, 2, 4 or 8 bytes, not {}", numbers.bytes))
        })?;
        let output = Layout::new(unsigned, output, layout.order())?;
        // In memory, the last axis is that which varies fastest.
        if layout.order() == Order::Fortran {
            axes.reverse();
        }
        let planes = prefix.iter().fold(1, |planes: usize, count| planes.saturating_mul(*count));
        let outer = if layout.order() == Order::Fortran { channels.unwrap_or(1) } else { 1 };
        let prediction = Prediction::new(self.by, self.axes_of(axes.len())?, &axes, numbers.sign);
        // The others may be any number if one is zero.
        let len = if output.nbytes() == 0 { 0 } else { axes.iter().product() };
        let planar = Planar { outer, inner: planes.checked_div(outer).unwrap_or(0), len };
        let scratch = Pool::of_buffers();
        Ok(Some(Box::new(Predicted { output, numbers, planar, is_difference, prediction, scratch })))
    }
}

/// A prediction of numbers that lie one after the other. The number before the first is zero.
#[derive(Debug, Clone, Copy)]
struct Prediction {
    /// Whether the difference from the plane before is taken first.
    is_of_planes: bool,
    from: From,
    /// Elements in a row, at least one.
    row: usize,
    /// Elements in a plane, at least one.
    plane: usize,
}

#[derive(Debug, Clone, Copy)]
enum From {
    /// The one before.
    Before,
    /// The one a row before; of the first row, the one before.
    RowBefore,
    /// The one a plane before; of the first plane, as `RowBefore`.
    PlaneBefore,
    /// The one before and the one a row before, less the one before that.
    Lorenzo,
    /// The median, by signed or unsigned comparison.
    Median { is_signed: bool },
    /// The mean of the one before and the one a row before, of signed or unsigned numbers.
    Mean { is_signed: bool },
}

impl Prediction {
    /// `axes` are those of memory, the fastest last.
    fn new(by: Predictor, count: usize, axes: &[usize], sign: Sign) -> Self {
        let row = axes.last().copied().unwrap_or(1).max(1);
        let plane = axes.iter().rev().take(2).fold(1, |n: usize, axis| n.saturating_mul(*axis)).max(1);
        let is_of_planes = count == 3 && by != Predictor::Axis;
        let is_signed = is_of_planes || sign != Sign::Unsigned;
        let from = match (by, count) {
            (Predictor::Axis | Predictor::Lorenzo, 1) => From::Before,
            (Predictor::Axis, 2) | (Predictor::Up, _) => From::RowBefore,
            (Predictor::Axis, _) => From::PlaneBefore,
            (Predictor::Lorenzo, _) => From::Lorenzo,
            (Predictor::Median, _) => From::Median { is_signed },
            (Predictor::Mean, _) => From::Mean { is_signed },
        };
        Self { is_of_planes, from, row, plane }
    }

    /// The same for differences of what it was made for.
    fn of_differences(mut self) -> Self {
        if let From::Median { is_signed } | From::Mean { is_signed } = &mut self.from {
            *is_signed = true;
        }
        self
    }

    fn encode<T: Word<N>, const N: usize>(self, numbers: &[u8], out: &mut [u8], scratch: &Pool<Buffer>) {
        let (numbers, out) = (numbers.as_chunks::<N>().0, out.as_chunks_mut::<N>().0);
        if numbers.is_empty() {
            return;
        }
        if !self.is_of_planes {
            return differences::encode::<T, N>(self, numbers, out);
        }
        let mut between = scratch.buffer();
        between.set_len(numbers.len() * N);
        let between = between.as_chunks_mut::<N>().0;
        differences::subtract_at_distance::<T, N>(self.plane, numbers, between);
        differences::encode::<T, N>(self, between, out);
    }

    fn decode<T: Word<N>, const N: usize>(self, residuals: &[u8], out: &mut [u8]) {
        let (residuals, out) = (residuals.as_chunks::<N>().0, out.as_chunks_mut::<N>().0);
        if residuals.is_empty() {
            return;
        }
        differences::decode::<T, N>(self, residuals, out);
        if self.is_of_planes {
            differences::add_at_distance::<T, N>(self.plane, self.plane, out);
        }
    }
}

/// How planes of numbers lie in a payload: `outer` blocks one after the other, each of `len` times `inner` numbers.
#[derive(Debug, Clone, Copy)]
struct Planar {
    outer: usize,
    inner: usize,
    len: usize,
}

impl Planar {
    fn count(self) -> usize {
        self.outer * self.inner
    }

    fn comb(self, plane: usize) -> Comb {
        let (block, at) = (plane / self.inner, plane % self.inner);
        Comb { first: block * self.inner * self.len + at, step: self.inner }
    }
}

#[derive(Debug)]
struct Predicted {
    output: Layout,
    numbers: Numbers,
    planar: Planar,
    is_difference: bool,
    prediction: Prediction,
    scratch: Pool<Buffer>,
}

/// The plane that is taken off others.
const GREEN: usize = 1;

impl Predicted {
    /// Whether green is taken off this plane.
    fn is_relative(&self, plane: usize) -> bool {
        self.is_difference && matches!(plane, 0 | 2)
    }

    /// Whether planes lie as the kernels take them.
    fn is_plain(&self) -> bool {
        self.planar.count() == 1 && self.numbers.are_as_they_lie()
    }

    fn encode_plane(&self, plane: usize, integers: &[u8], out: &mut [u8]) {
        fn words<T: Word<N>, const N: usize>(
            prediction: Prediction,
            integers: &[u8],
            out: &mut [u8],
            pool: &Pool<Buffer>,
        ) {
            prediction.encode::<T, N>(integers, out, pool);
        }
        let prediction = self.prediction_of(plane);
        by_width!(self.numbers.bytes, words(prediction, integers, out, &self.scratch));
    }

    fn decode_plane(&self, plane: usize, residuals: &[u8], out: &mut [u8]) {
        fn words<T: Word<N>, const N: usize>(prediction: Prediction, residuals: &[u8], out: &mut [u8]) {
            prediction.decode::<T, N>(residuals, out);
        }
        let prediction = self.prediction_of(plane);
        by_width!(self.numbers.bytes, words(prediction, residuals, out));
    }

    fn prediction_of(&self, plane: usize) -> Prediction {
        if self.is_relative(plane) { self.prediction.of_differences() } else { self.prediction }
    }

    /// Adds green to a plane, or takes it off.
    fn shift(&self, plane: &mut [u8], green: &[u8], is_added: bool) {
        fn words<T: Word<N>, const N: usize>(plane: &mut [u8], green: &[u8], is_added: bool) {
            let (plane, green) = (plane.as_chunks_mut::<N>().0, green.as_chunks::<N>().0);
            for (to, green) in plane.iter_mut().zip(green) {
                let (number, green) = (T::from_le(*to), T::from_le(*green));
                *to = if is_added { number.plus(green) } else { number.minus(green) }.to_le();
            }
        }
        by_width!(self.numbers.bytes, words(plane, green, is_added));
    }
}

impl BoundFilter for Predicted {
    fn output(&self) -> Filtered {
        Filtered::Array(self.output.clone())
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let room = out.spare(payload.len())?;
        if self.is_plain() {
            self.encode_plane(0, payload, room);
            return out.commit(payload.len());
        }
        let len = self.planar.len * self.numbers.bytes;
        let (mut plane, mut green) = (self.scratch.buffer(), self.scratch.buffer());
        plane.set_len(len);
        if self.is_difference {
            green.set_len(len);
            numbers::gather(self.numbers, payload, self.planar.comb(GREEN), &mut green);
        }
        for (at, room) in room.chunks_exact_mut(len.max(1)).enumerate() {
            numbers::gather(self.numbers, payload, self.planar.comb(at), &mut plane);
            if self.is_relative(at) {
                self.shift(&mut plane, &green, false);
            }
            self.encode_plane(at, &plane, room);
        }
        out.commit(payload.len())
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let joined;
        let residuals = match parts {
            [one] => *one,
            many => {
                joined = many.concat();
                &joined
            }
        };
        if self.planar.count() == 1 {
            self.decode_plane(0, residuals, payload);
            numbers::unfold(self.numbers, payload);
            return Ok(());
        }
        let len = self.planar.len * self.numbers.bytes;
        let (mut plane, mut green) = (self.scratch.buffer(), self.scratch.buffer());
        plane.set_len(len);
        let planes = || residuals.chunks_exact(len.max(1)).enumerate();
        if let Some((at, residuals)) = planes().nth(GREEN).filter(|_| self.is_difference) {
            green.set_len(len);
            self.decode_plane(at, residuals, &mut green);
            numbers::scatter(self.numbers, &green, self.planar.comb(at), payload);
        }
        for (at, residuals) in planes().filter(|(at, _)| !(self.is_difference && *at == GREEN)) {
            self.decode_plane(at, residuals, &mut plane);
            if self.is_relative(at) {
                self.shift(&mut plane, &green, true);
            }
            numbers::scatter(self.numbers, &plane, self.planar.comb(at), payload);
        }
        Ok(())
    }
}
