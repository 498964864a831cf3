//! Reads an array by one chain and writes it by another.

use ndcodec::Chain;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [from, file, to, result] = args.as_slice() else { return Err("expected: CHAIN FILE CHAIN FILE".into()) };
    let array = Chain::parse(from)?.decode(&std::fs::read(file)?)?;
    std::fs::write(result, Chain::parse(to)?.encode(&array.view())?)?;
    Ok(())
}
