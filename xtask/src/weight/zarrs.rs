//! Decodes a chunk of `f64` by one chain of codecs and encodes it by another.

use std::borrow::Cow;
use std::num::NonZeroU64;
use std::sync::Arc;

use zarrs::array::codec::api::ArrayToBytesCodecTraits as _;
use zarrs::array::codec::{BytesCodec, CodecChain, GzipCodec, ZstdCodec};
use zarrs::array::{CodecOptions, FillValue, data_type};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, length, result] = args.as_slice() else { return Err("expected: FILE LENGTH FILE".into()) };
    let shape = [NonZeroU64::new(length.parse()?).ok_or("the length is 0")?];
    let (dtype, fill, options) = (data_type::float64(), FillValue::new(vec![0; 8]), CodecOptions::default());
    let from = CodecChain::new(vec![], Arc::new(BytesCodec::little()), vec![Arc::new(GzipCodec::new(6)?)]);
    let to = CodecChain::new(vec![], Arc::new(BytesCodec::little()), vec![Arc::new(ZstdCodec::new(3, false))]);
    let array = from.decode(Cow::Owned(std::fs::read(file)?), &shape, &dtype, &fill, &options)?;
    std::fs::write(result, to.encode(array, &shape, &dtype, &fill, &options)?)?;
    Ok(())
}
