//! Each way in which a format or a filter may be broken is caught.

use crate::lined::{Fault, Lined};
use ndcodec_conformance::laws::{filter, format};
use ndcodec_core::{ArrayError, ArrayFilter, CodecError, DType, Layout, Order};

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

/// Copies all but the last byte.
#[derive(Debug)]
struct Short;

impl ArrayFilter for Short {
    fn check(&self, _: &DType) -> Result<(), ArrayError> {
        Ok(())
    }

    fn encode(&self, _: &DType, payload: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        let len = payload.len().saturating_sub(1);
        out[..len].copy_from_slice(&payload[..len]);
        Ok(())
    }

    fn decode(&self, dtype: &DType, filtered: &[u8], out: &mut [u8]) -> Result<(), CodecError> {
        self.encode(dtype, filtered, out)
    }
}

#[test]
#[should_panic(
    expected = "`short` breaks the law `round_trip`: 4 bytes of `<i4`: not every byte is written in encoding"
)]
fn a_byte_left_as_it_was() {
    filter::round_trip("short", &Short, &DType::parse("<i4").expect("it is a dtype"), false);
}
