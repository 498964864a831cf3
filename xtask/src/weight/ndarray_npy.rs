//! Reads an array of `f64` and writes it again.

use ndarray::ArrayD;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, result] = args.as_slice() else { return Err("expected: FILE FILE".into()) };
    let array: ArrayD<f64> = ndarray_npy::read_npy(file)?;
    ndarray_npy::write_npy(result, &array)?;
    Ok(())
}
