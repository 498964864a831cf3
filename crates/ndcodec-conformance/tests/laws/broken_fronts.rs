//! Each way in which what a filter writes in front, or several arrays, may be broken is caught.

use ndcodec_conformance::laws::filter;
use ndcodec_core::{
    ArrayError, ArrayFilter, BoundFilter, CodecError, DType, Filtered, Front, Layout, Order, Output,
};

/// The number of elements that are not zero, and those; or that, broken in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sparse {
    Right,
    /// It says one element less than there is.
    OneLess,
    /// It believes whatever the front says.
    Credulous,
    /// It reads a front that is not whole.
    HalfAFront,
    /// It looks at what follows the front.
    LooksBehind,
    /// It goes by positions that it has not checked.
    Panics,
    /// It says that front and array are planes.
    Planes,
}

/// Bytes of the front: the number of elements, one bit for each of those that there may be, both of 32 bits.
const FRONT: usize = 8;

impl ArrayFilter for Sparse {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        Ok(Some(Box::new(BoundSparse { layout: layout.clone(), fault: *self })))
    }
}

#[derive(Debug)]
struct BoundSparse {
    layout: Layout,
    fault: Sparse,
}

impl BoundSparse {
    fn is(&self, fault: Sparse) -> bool {
        self.fault == fault
    }
}

impl BoundFilter for BoundSparse {
    fn output(&self) -> Filtered {
        let bytes = DType::parse("|u1").expect("it is a dtype");
        let widest = Layout::new(bytes, [self.layout.nbytes()], Order::C).expect("it is small");
        Filtered::Fronted { at_most: FRONT, widest }
    }

    fn planes(&self) -> usize {
        if self.is(Sparse::Planes) { 2 } else { 1 }
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let kept: Vec<u8> = payload.iter().copied().filter(|byte| *byte != 0).collect();
        let bits =
            payload.iter().enumerate().fold(0_u32, |bits, (at, byte)| bits | u32::from(*byte != 0) << at);
        let count = u32::try_from(kept.len()).expect("it is small") - u32::from(self.is(Sparse::OneLess));
        out.push(&count.to_le_bytes())?;
        out.push(&bits.to_le_bytes())?;
        out.push(&kept)
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let [front, array] = parts else { return Err(CodecError::truncated("the front")) };
        let bits = front[4..].iter().rev().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        if !self.is(Sparse::Panics)
            && (bits.count_ones() as usize != array.len() || bits >> payload.len() != 0)
        {
            return Err(CodecError::corrupt("the bits are not as many as the elements"));
        }
        let mut kept = array.iter();
        for (at, to) in payload.iter_mut().enumerate() {
            *to = if bits >> at & 1 == 0 { 0 } else { *kept.next().expect("it was checked") };
        }
        Ok(())
    }

    fn read_front(&self, filtered: &[u8]) -> Result<Front, CodecError> {
        let least = if self.is(Sparse::HalfAFront) { 4 } else { FRONT };
        if filtered.len() < least {
            return Err(CodecError::truncated("the front"));
        }
        let mut count = filtered[..4].iter().rev().fold(0, |count, byte| count << 8 | usize::from(*byte));
        if count > self.layout.nbytes() && !self.is(Sparse::Credulous) {
            return Err(CodecError::corrupt("more elements than there may be"));
        }
        if self.is(Sparse::LooksBehind) {
            count = count.min(filtered.len() - FRONT);
        }
        let bytes = DType::parse("|u1").map_err(|_| CodecError::internal("no dtype"))?;
        let layout = Layout::new(bytes, [count], Order::C).map_err(|_| CodecError::internal("no layout"))?;
        Ok(Front::new(least, layout))
    }
}

fn hold(fault: Sparse) {
    let dtype = DType::parse("<i4").expect("it is a dtype");
    let layout = Layout::new(dtype, [5], Order::C).expect("it is small");
    filter::round_trip("sparse", &fault, &layout, false);
    filter::planes("sparse", &fault, &layout, false);
    filter::front("sparse", &fault, &layout);
    filter::foreign_bytes("sparse", &fault, &layout);
}

#[test]
fn a_front_that_is_right_breaks_none() {
    hold(Sparse::Right);
}

#[test]
#[should_panic(expected = "`sparse` breaks the law `round_trip`: `<i4` of shape 5 in order C: \
                           the front that it wrote is not read")]
fn a_front_that_says_too_little() {
    hold(Sparse::OneLess);
}

#[test]
#[should_panic(expected = "of the array; expected 8 and 20 at most")]
fn a_front_that_is_believed() {
    hold(Sparse::Credulous);
}

#[test]
#[should_panic(expected = "`sparse` breaks the law `round_trip`")]
fn half_a_front() {
    hold(Sparse::HalfAFront);
}

#[test]
#[should_panic(expected = "a front alone says something else than with its array")]
fn a_front_that_depends_on_what_follows() {
    hold(Sparse::LooksBehind);
}

#[test]
#[should_panic(expected = "it was checked")]
fn a_front_that_was_not_checked() {
    hold(Sparse::Panics);
}

#[test]
#[should_panic(expected = "several arrays, or one behind a front, cannot be 2 planes")]
fn planes_behind_a_front() {
    hold(Sparse::Planes);
}

/// The two bytes of each element as two arrays; or that, broken in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parted {
    Right,
    /// It says that the second is longer than it is.
    TooLong,
    /// It undoes them in the wrong order if they come apart.
    Swapped,
}

impl ArrayFilter for Parted {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        Ok(Some(Box::new(BoundParted { count: layout.len(), fault: *self })))
    }
}

#[derive(Debug)]
struct BoundParted {
    count: usize,
    fault: Parted,
}

impl BoundFilter for BoundParted {
    fn output(&self) -> Filtered {
        let bytes = |len| {
            Layout::new(DType::parse("|u1").expect("it is a dtype"), [len], Order::C).expect("it is small")
        };
        let more = usize::from(self.fault == Parted::TooLong);
        Filtered::Arrays(vec![bytes(self.count), bytes(self.count + more)])
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let half = |first: usize| payload.iter().skip(first).step_by(2).copied().collect::<Vec<u8>>();
        out.push(&half(0))?;
        out.push(&half(1))
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let [low, high] = parts else { return Err(CodecError::truncated("an array")) };
        let (low, high) = if self.fault == Parted::Swapped { (high, low) } else { (low, high) };
        for ((to, low), high) in payload.chunks_mut(2).zip(*low).zip(*high) {
            to.copy_from_slice(&[*low, *high]);
        }
        Ok(())
    }
}

fn hold_arrays(fault: Parted) {
    let dtype = DType::parse("<i2").expect("it is a dtype");
    let layout = Layout::new(dtype, [5], Order::C).expect("it is small");
    filter::round_trip("parted", &fault, &layout, false);
    filter::planes("parted", &fault, &layout, false);
    filter::foreign_bytes("parted", &fault, &layout);
}

#[test]
fn arrays_that_are_right_break_none() {
    hold_arrays(Parted::Right);
}

#[test]
#[should_panic(expected = "it makes 10 bytes; expected 11")]
fn an_array_that_is_too_long() {
    hold_arrays(Parted::TooLong);
}

#[test]
#[should_panic(expected = "come back; expected")]
fn arrays_in_the_wrong_order() {
    hold_arrays(Parted::Swapped);
}
