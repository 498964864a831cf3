//! The laws of filters that take their type from the array.

use ndcodec_core::{ArrayFilter, DType};

use super::data::Random;
use super::subject::fail;

/// Every law of filters, on a filter in the chain language.
///
/// It may refuse some dtypes, not all.
///
/// # Panics
/// Where a law is broken.
pub fn check(text: &str, is_lossy: bool) {
    const DTYPES: &[&str] = &[
        "|b1",
        "|u1",
        "|i1",
        "<i2",
        ">u2",
        "<i4",
        ">u4",
        "<i8",
        ">u8",
        "<f2",
        "<f4",
        ">f8",
        "<c8",
        ">c16",
        "<M8[ns]",
        "|S3",
        "<U2",
        "|V5",
        "[('a', '<i4'), ('', '|V1'), ('b', '>f8')]",
    ];
    let filter = super::built(text, ndcodec_core::build_filter(text));
    let dtypes = DTYPES.iter().map(|dtype| DType::parse(dtype).expect("the laws' dtypes are right"));
    let accepted: Vec<DType> = dtypes.filter(|dtype| filter.check(dtype).is_ok()).collect();
    if accepted.is_empty() {
        fail(text, "round_trip", "every dtype", "it is refused");
    }
    accepted.iter().for_each(|dtype| round_trip(text, &*filter, dtype, is_lossy));
}

/// A payload of any number of elements is filtered into as many bytes, all of them written, and comes back. Bytes that
/// are no whole number of elements come back too or are an error, and no bytes make the filter panic.
pub fn round_trip(text: &str, filter: &dyn ArrayFilter, dtype: &DType, is_lossy: bool) {
    const LAW: &str = "round_trip";
    let itemsize = dtype.itemsize();
    let random = &mut Random::new(10);
    let whole = [0, 1, 2, 7, 8, 31, 1000].map(|count| count * itemsize);
    for len in whole.into_iter().chain([1, 3, 5, 13, 1001]) {
        let payload = random.bytes(len);
        let is_whole = len.is_multiple_of(itemsize);
        let case = format_args!("{len} bytes of `{dtype}`").to_string();
        // What stood in the output before must make no difference.
        let filtered = [0x55, 0xaa].map(|before| {
            let mut out = vec![before; len];
            filter.encode(dtype, &payload, &mut out).map(|()| out)
        });
        let filtered = match filtered {
            [Ok(a), Ok(b)] if a == b => a,
            [Ok(_), Ok(_)] => fail(text, LAW, case, "not every byte is written in encoding"),
            [Err(_), Err(_)] if !is_whole => {
                // An error here, too; what it may not do is panic.
                drop(filter.decode(dtype, &payload, &mut vec![0; len]));
                continue;
            }
            [Err(error), _] | [_, Err(error)] => {
                fail(text, LAW, case, format_args!("it does not encode: {error}"))
            }
        };
        for before in [0x55, 0xaa] {
            let mut out = vec![before; len];
            match filter.decode(dtype, &filtered, &mut out) {
                Ok(()) if is_lossy || out == payload => {}
                Ok(()) => {
                    fail(text, LAW, case, "other bytes come back, or not every byte is written in decoding")
                }
                Err(error) => fail(text, LAW, case, format_args!("it does not decode: {error}")),
            }
        }
        drop(filter.decode(dtype, &random.bytes(len), &mut vec![0; len]));
    }
}
