//! A chain or pipeline that is parsed prints as text that parses to the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ndcodec::{Chain, Pipeline};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Chain::parse(text) {
        Ok(chain) => {
            for printed in [chain.to_string(), format!("{chain:#}")] {
                assert_eq!(Chain::parse(&printed).as_ref(), Ok(&chain), "{printed}");
            }
            assert_eq!(
                Chain::parse(&chain.to_string()).map(|again| again.to_string()),
                Ok(chain.to_string())
            );
        }
        // The caret of an error stands under its text.
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let Ok(pipeline) = Pipeline::parse(text) {
        for printed in [pipeline.to_string(), format!("{pipeline:#}")] {
            let again = Pipeline::parse(&printed).map(|again| format!("{again:#}"));
            assert_eq!(again, Ok(format!("{pipeline:#}")), "{printed}");
        }
    }
});
