//! Posts an array of each size to the address that is given, which sends it back doubled, and says what came: the tests of the
//! Python package run it against their services.

#![allow(clippy::print_stdout)]

use ndcodec::ArrayView;
use ndcodec_http::Chains;
use ndcodec_http::reqwest::{RequestExt as _, ResponseExt as _};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).ok_or("give the address of a service")?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    for text in ["npy|zstd", "npy|zstd|base64"] {
        let chains = Chains::new([text])?;
        for len in [0, 1, 1000, 100_000] {
            let values: Vec<f64> = (0..len).map(f64::from).collect();
            let doubled: Vec<f64> = values.iter().map(|value| value * 2.0).collect();
            let array = ArrayView::from_vec(values, &[doubled.len()])?;
            let response = client.post(&url).array(&chains, array)?.send().await?;
            let y = response.array(&chains).await?;
            assert_eq!((y.shape(), y.as_slice::<f64>()?), (&[doubled.len()][..], &doubled[..]));
        }
        println!("{text}: ok");
    }
    Ok(())
}
