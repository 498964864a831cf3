//! Posts the array of a `.npy` file to a service, and writes the array that comes back: `post URL IN.npy OUT.npy`.

use std::{env, fs};

use ndcodec::Chain;
use ndcodec_http::Chains;
use ndcodec_http::reqwest::{RequestExt as _, ResponseExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = env::args().collect();
    let [_, url, input, output] = arguments.as_slice() else { return Err("post URL IN.npy OUT.npy".into()) };
    let npy = Chain::parse("npy")?;
    let x = npy.decode(&fs::read(input)?)?;

    let chains = Chains::new(["npy|zstd", "npy|zstd|base64"])?.with_max_bytes(16 << 20);
    let response = reqwest::Client::new().post(url).array(&chains, x)?.send().await?;
    let y = response.array(&chains).await.map_err(|error| error.problem().to_string())?;

    fs::write(output, npy.encode(&y.view())?)?;
    Ok(())
}
