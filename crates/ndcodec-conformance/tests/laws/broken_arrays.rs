//! Each way in which a format or a filter may be broken is caught.

use crate::lined::{Fault, Lined};
use ndcodec_conformance::laws::{filter, format};
use ndcodec_core::{
    ArrayError, ArrayFilter, BoundFilter, CodecError, DType, Filtered, Layout, Order, Output,
};

fn hold(fault: Fault) {
    let dtype = DType::parse("<i4").expect("it is a dtype");
    let layout = Layout::new(dtype, [2, 3], Order::Fortran).expect("it is small");
    format::header("lined", &Lined(fault), &layout);
}

#[test]
fn a_format_that_is_right_breaks_none() {
    hold(Fault::None);
}

#[test]
#[should_panic(expected = "the first 0 give Err(Incomplete { needed: 0 })")]
fn a_need_that_does_not_grow() {
    hold(Fault::NeedsNoMore);
}

#[test]
#[should_panic(expected = "the first 0 give Err(Invalid(")]
fn a_prefix_taken_for_invalid() {
    hold(Fault::GivesUpEarly);
}

#[test]
#[should_panic(
    expected = "`lined` breaks the law `header`: `<i4` of shape 2x3 in order F, filters None: it is read as"
)]
fn an_order_forgotten() {
    hold(Fault::ForgetsOrder);
}

#[test]
#[should_panic(expected = "tail_len: 0")]
fn a_tail_forgotten() {
    hold(Fault::ForgetsTail);
}

#[test]
#[should_panic(expected = "filters Some(\"shuffle\"): the filters are read as ``")]
fn filters_forgotten() {
    hold(Fault::ForgetsFilters);
}

/// Splits even bytes from odd ones, which makes two planes; or is broken in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Halves {
    Right,
    /// It says that there are more planes than there are.
    ThreePlanes,
    /// It undoes the two planes in the wrong order, but the whole rightly.
    SwappedPlanes,
    /// It writes less than it promises.
    Short,
    /// It does not write the last byte in decoding.
    LeavesTheLast,
    /// It takes a half for granted that the bytes may not have.
    OddBytesLost,
}

impl ArrayFilter for Halves {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        Ok(Some(Box::new(BoundHalves { layout: layout.clone(), fault: *self })))
    }
}

#[derive(Debug)]
struct BoundHalves {
    layout: Layout,
    fault: Halves,
}

impl BoundFilter for BoundHalves {
    fn output(&self) -> Filtered {
        Filtered::Array(self.layout.clone())
    }

    fn planes(&self) -> usize {
        if self.fault == Halves::ThreePlanes { 3 } else { 2 }
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let half = |first: usize| payload.iter().skip(first).step_by(2).copied().collect::<Vec<u8>>();
        let (even, odd) = (half(0), half(1));
        out.push(&even)?;
        match self.fault {
            Halves::Short => out.push(&odd[..odd.len().saturating_sub(1)]),
            Halves::OddBytesLost => out.push(&vec![0; odd.len()]),
            _ => out.push(&odd),
        }
    }

    fn backward(&self, parts: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let joined = match parts {
            [even, odd] if self.fault == Halves::SwappedPlanes => [*odd, *even].concat(),
            parts => parts.concat(),
        };
        let (even, odd) = joined.split_at(payload.len().div_ceil(2));
        let len = payload.len() - usize::from(self.fault == Halves::LeavesTheLast && !payload.is_empty());
        for (i, to) in payload[..len].iter_mut().enumerate() {
            *to = if i % 2 == 0 { even[i / 2] } else { odd[i / 2] };
        }
        Ok(())
    }
}

fn hold_filter(fault: Halves) {
    let dtype = DType::parse("<i4").expect("it is a dtype");
    let layout = Layout::new(dtype, [5], Order::C).expect("it is small");
    filter::round_trip("halves", &fault, &layout, false);
    filter::planes("halves", &fault, &layout, false);
    filter::foreign_bytes("halves", &fault, &layout);
}

#[test]
fn a_filter_that_is_right_breaks_none() {
    hold_filter(Halves::Right);
}

#[test]
#[should_panic(expected = "`halves` breaks the law `planes`: `<i4` of shape 5 in order C: \
                           20 bytes do not fall into 3 parts of equal length")]
fn planes_that_do_not_divide_the_filtered_form() {
    hold_filter(Halves::ThreePlanes);
}

#[test]
#[should_panic(expected = "`halves` breaks the law `planes`: `<i4` of shape 5 in order C, 2 parts: 20 bytes")]
fn planes_that_do_not_come_back() {
    hold_filter(Halves::SwappedPlanes);
}

#[test]
#[should_panic(expected = "`halves` breaks the law `round_trip`: `<i4` of shape 5 in order C: \
                           it makes 19 bytes; expected 20")]
fn a_promise_of_more_bytes() {
    hold_filter(Halves::Short);
}

#[test]
#[should_panic(expected = "not every byte is written in decoding")]
fn a_byte_left_as_it_was() {
    hold_filter(Halves::LeavesTheLast);
}

#[test]
#[should_panic(expected = "come back; expected")]
fn bytes_lost() {
    hold_filter(Halves::OddBytesLost);
}
