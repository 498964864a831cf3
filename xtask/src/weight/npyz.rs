//! Reads an array of `f64` and writes it again.

use std::fs::File;
use std::io::{BufReader, BufWriter};

use npyz::WriterBuilder as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, result] = args.as_slice() else { return Err("expected: FILE FILE".into()) };
    let array = npyz::NpyFile::new(BufReader::new(File::open(file)?))?;
    let shape = array.shape().to_vec();
    let elements: Vec<f64> = array.into_vec()?;
    let out = BufWriter::new(File::create(result)?);
    let mut writer = npyz::WriteOptions::new().default_dtype().shape(&shape).writer(out).begin_nd()?;
    writer.extend(elements)?;
    writer.finish()?;
    Ok(())
}
