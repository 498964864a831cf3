//! What `raw` takes, infers and resolves to.

use ndcodec_core::{ArrayView, Chain, DecodeOptions, Error};
use proptest::prelude::*;

use super::*;

fn layout(dtype: &str, shape: &[usize], order: Order) -> Layout {
    Layout::new(DType::parse(dtype).unwrap(), shape, order).unwrap()
}

fn encode(chain: &str, layout: &Layout) -> Result<Vec<u8>, Error> {
    let payload: Vec<u8> = (0..=255).cycle().take(layout.nbytes()).collect();
    Chain::parse(chain).unwrap().encode(&ArrayView::new(layout.clone(), &payload).unwrap())
}

fn resolved(chain: &str, layout: &Layout) -> String {
    Chain::parse(chain).unwrap().resolve(layout).unwrap().to_string()
}

/// Decodes `len` bytes.
fn decode(chain: &str, len: usize) -> Result<Layout, String> {
    let bytes = vec![0; len];
    let array = Chain::parse(chain).unwrap().decode_with(&bytes, &DecodeOptions::new());
    array.map(|array| array.layout().clone()).map_err(|error| error.report())
}

#[test]
fn the_bytes_are_the_elements() {
    let bytes: Vec<u8> = (0..24).collect();
    assert_eq!(encode("raw", &layout("<u2", &[3, 4], Order::C)).unwrap(), bytes);
    assert_eq!(encode("raw", &layout("<u2", &[3, 4], Order::Fortran)).unwrap(), bytes);
    assert_eq!(encode("raw", &layout("<u2", &[0], Order::C)).unwrap(), []);
}

#[test]
fn the_resolved_chain_says_what_was_inferred() {
    let (c, f) = (layout("<u2", &[3, 4], Order::C), layout(">f8", &[3, 4], Order::Fortran));
    assert_eq!(resolved("raw", &c), "raw(<u2,3x4)");
    assert_eq!(resolved("raw", &f), "raw(>f8,3x4,order=F)");
    assert_eq!(resolved("raw(shape=?x4)", &c), "raw(<u2,3x4)");
    assert_eq!(resolved("raw(order=F)", &f), "raw(>f8,3x4,order=F)");
    assert_eq!(resolved("raw(order=C)", &c), "raw(<u2,3x4,order=C)");
    // Orders that are the same memory need no word.
    assert_eq!(resolved("raw", &layout("<u2", &[1, 4], Order::Fortran)), "raw(<u2,1x4)");
    assert_eq!(resolved("raw", &layout("|V0", &[], Order::C)), "raw(|V0,scalar)");
}

#[test]
fn a_resolved_chain_becomes_general_again() {
    let f = layout(">f8", &[3, 4], Order::Fortran);
    for text in ["raw", "raw(>f8)", "raw(shape=?x4,order=F)", "raw(order=F)"] {
        let resolved = Chain::parse(text).unwrap().resolve(&f).unwrap();
        assert_ne!(resolved, resolved.general(), "{text}");
        assert_eq!(resolved.general(), Chain::parse("raw").unwrap(), "{text}");
        assert_eq!(resolved.general().resolve(&f).unwrap(), resolved, "{text}");
    }
    let other = layout("<u2", &[7], Order::C);
    let resolved = Chain::parse("raw").unwrap().resolve(&f).unwrap();
    assert_eq!(resolved.general().resolve(&other).unwrap().to_string(), "raw(<u2,7)");
}

#[test]
fn what_is_given_must_be_the_arrays() {
    let c = layout("<u2", &[3, 4], Order::C);
    let f = layout("<u2", &[3, 4], Order::Fortran);
    for (chain, layout, message) in [
        ("raw(<i2)", &c, "the array has dtype `<u2`, which is not `<i2`"),
        ("raw(shape=4x3)", &c, "`raw` cannot encode this array: its shape is 3x4, not 4x3"),
        ("raw(shape=?)", &c, "`raw` cannot encode this array: its shape is 3x4, not ?"),
        (
            "raw(order=C)",
            &f,
            "`raw` cannot encode this array: its elements lie in F order, and the chain says C",
        ),
        (
            "raw(order=F)",
            &c,
            "`raw` cannot encode this array: its elements lie in C order, and the chain says F",
        ),
        // This chain decodes as it stands, to C order.
        (
            "raw(<u2,3x4)",
            &f,
            "`raw` cannot encode this array: its elements lie in F order, and the chain says C",
        ),
    ] {
        assert_eq!(encode(chain, layout).unwrap_err().to_string(), message, "{chain}");
    }
    for chain in ["raw(<u2)", "raw(<u2,3x4)", "raw(<u2,?x4,C)", "raw(order=C)"] {
        assert!(encode(chain, &c).is_ok(), "{chain}");
    }
    for shape in [&[6][..], &[1, 6], &[], &[0, 2, 3]] {
        assert!(encode("raw(order=C)", &layout("<u2", shape, Order::Fortran)).is_ok(), "{shape:?}");
    }
}

#[test]
fn void_is_encoded_by_name() {
    let void = layout("|V2", &[3], Order::C);
    assert_eq!(encode("raw(bfloat16)", &void).unwrap().len(), 6);
    assert_eq!(resolved("raw(bfloat16)", &void), "raw(bfloat16,3)");
    assert!(encode("raw(int4)", &void).is_err());
    assert!(encode("raw(|V2)", &layout("bfloat16", &[3], Order::C)).is_err());
    assert_eq!(decode("raw(bfloat16)", 6).unwrap(), layout("bfloat16", &[3], Order::C));
}

#[test]
fn decoding_needs_a_dtype_and_infers_one_dimension() {
    let error = decode("raw", 4).unwrap_err();
    assert!(
        error.ends_with("decoding `raw` needs a dtype, as in `raw(<f4)`: the bytes do not say it"),
        "{error}"
    );
    assert_eq!(decode("raw(<f4)", 8).unwrap(), layout("<f4", &[2], Order::C));
    assert_eq!(decode("raw(<f4)", 0).unwrap(), layout("<f4", &[0], Order::C));
    assert_eq!(decode("raw(<f4,?x2)", 24).unwrap(), layout("<f4", &[3, 2], Order::C));
    assert_eq!(decode("raw(<f4,scalar)", 4).unwrap(), layout("<f4", &[], Order::C));
    assert_eq!(decode("raw(<f4,3x2,F)", 24).unwrap(), layout("<f4", &[3, 2], Order::Fortran));
    assert_eq!(decode("raw(<f4,order=F)", 8).unwrap(), layout("<f4", &[2], Order::C));
    for (chain, len) in
        [("raw(<f4)", 7), ("raw(<f4,2)", 7), ("raw(<f4,2)", 9), ("raw(<f4,0x?)", 4), ("raw(<f4,scalar)", 0)]
    {
        assert!(decode(chain, len).is_err(), "{chain} on {len} bytes");
    }
}

#[test]
fn a_shape_beyond_memory_is_an_error_of_the_chain() {
    let error = Chain::parse("raw(<f8,4611686018427387904)").unwrap_err().to_string();
    assert!(
        error.contains(
            "an array of dtype `<f8` and shape 4611686018427387904 is larger than memory can address"
        ),
        "{error}"
    );
    assert!(Chain::parse("raw(<f8,?x2)").is_ok());
}

proptest! {
    /// The resolved chain alone brings back what bare `raw` encoded.
    #[test]
    fn the_resolved_chain_decodes(
        dtype in prop::sample::select(vec!["|u1", "<u2", ">f8", "<M8[25s]", "|S3", "bfloat16", "[('a', '<i4'), ('', '|V1')]"]),
        shape in prop::collection::vec(0_usize..4, 0..4),
        is_fortran: bool,
    ) {
        let order = if is_fortran { Order::Fortran } else { Order::C };
        let layout = layout(dtype, &shape, order);
        let bytes = encode("raw", &layout).unwrap();
        let text = resolved("raw", &layout);
        let array = Chain::parse(&text).unwrap().decode(&bytes).unwrap();
        prop_assert_eq!(array.layout(), &layout.clone().canonical());
        prop_assert_eq!(array.payload(), &bytes[..]);
        prop_assert_eq!(resolved(&text, array.layout()), text);
    }
}

#[test]
fn sizes_at_the_end_of_memory_are_errors() {
    for (dtype, shape) in [
        ("|u1", "18446744073709551615"),
        ("|u1", "9223372036854775808"),
        ("<f8", "1152921504606846976"),
        ("<f8", "2305843009213693952"),
        ("<f8", "4294967296x4294967296"),
        ("|u1", "4294967296x4294967296"),
        ("|S2147483647", "4294967297x2"),
        ("<f8", "?x2305843009213693952"),
        ("|u1", "3x?x18446744073709551615"),
    ] {
        let chain = format!("raw({dtype},{shape})");
        let Ok(parsed) = Chain::parse(&chain) else { continue };
        // What is open may be found to be 0, and nothing else.
        assert!(shape.contains('?'), "{chain}");
        for bytes in [&[0; 8][..], &[0; 16]] {
            assert!(parsed.decode(bytes).is_err(), "{chain} of {} bytes", bytes.len());
            assert!(parsed.decode_rows(bytes, 0..usize::MAX).is_err(), "{chain}");
        }
    }
    let empty = decode("raw(<f8,18446744073709551615x0x18446744073709551615)", 0).unwrap();
    assert_eq!((empty.nbytes(), empty.shape()), (0, &[usize::MAX, 0, usize::MAX][..]));
    assert_eq!(
        Chain::parse("raw(<f8,1152921504606846976)").unwrap_err().message(),
        "an array of dtype `<f8` and shape 1152921504606846976 is larger than memory can address"
    );
}
