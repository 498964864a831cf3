//! What `auto` leaves out to be quick costs little: for arrays of many kinds it is hardly longer than the best of the chains
//! that it may choose, each by itself.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::unwrap_used,
    reason = "a test with arrays that are made of small numbers"
)]

use ndcodec::{Array, Chain, DType, Layout, Order};

/// Chains that `balanced` may choose, of every family.
const ALONE: &[&str] = &[
    "zstd",
    "shuffle|zstd",
    "bitshuffle|zstd",
    "delta|shuffle|zstd",
    "predict(axis,axes=1)|shuffle|zstd(1)",
    "predict(axis,axes=1)|bitshuffle|zstd",
    "predict(up)|shuffle|zstd(1)",
    "predict(up)|bitshuffle|sparse|zstd(1)",
    "predict(lorenzo)|shuffle|zstd(1)",
    "predict(median)|shuffle|zstd(1)",
    "predict(mean)|shuffle|zstd(1)",
    "dict|zstd",
    "dict|sparse|zstd",
    "dict|shuffle|zstd",
    "decimal|shuffle|zstd",
    "decimal|zstd",
    "decimal|predict(axis,axes=1)|bitshuffle|zstd",
    "decimal|predict(up)|shuffle|zstd(1)",
];

/// Numbers below `most`, the same in every run.
fn below(most: u64, seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        ((u128::from(state ^ (state >> 29)) * u128::from(most)) >> 64) as u64
    })
}

/// A grid whose elements lie near their neighbours: waves along both axes, and a bit of noise.
fn waves(rows: usize, columns: usize, noise: u64) -> Vec<f64> {
    let noise = below(noise, 7);
    let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row as f64, column as f64)));
    places
        .zip(noise)
        .map(|((row, column), noise)| {
            900.0 * ((row / 31.0).sin() + (column / 43.0).cos() + 2.5) + noise as f64
        })
        .collect()
}

fn of(dtype: &str, shape: &[usize], payload: impl Iterator<Item = u8>) -> Array {
    let payload: Vec<u8> = payload.collect();
    Array::new(Layout::new(dtype.parse::<DType>().unwrap(), shape, Order::C).unwrap(), payload[..].into())
        .unwrap()
}

fn arrays() -> Vec<(&'static str, Array)> {
    let i16s = |values: Vec<f64>| values.into_iter().flat_map(|value| (value as i16).to_le_bytes());
    let walk = |most: u64, seed: u64| {
        below(most, seed).scan(0_i64, move |sum, step| {
            *sum += step as i64 - most as i64 / 2;
            Some(*sum)
        })
    };
    let table: Vec<f32> = below(1 << 30, 3).take(2000).map(|value| value as f32 / 977.0).collect();
    let mask = (0..200_000_usize).map(|at| u8::from(at / 700 % 3 == 1 && at % 512 < 300));
    let rows: Vec<[i32; 5]> = (0..700)
        .zip(below(40_000, 5))
        .map(|(at, value)| [at % 12, value as i32, value as i32 / 7, 2013, (value % 61) as i32])
        .collect();
    vec![
        ("a grid of small numbers", of("<i2", &[250, 300], i16s(waves(250, 300, 9)))),
        ("a grid with noise", of("<i2", &[250, 300], i16s(waves(250, 300, 400)))),
        ("a photograph", of("|u1", &[300, 400], waves(300, 400, 90).into_iter().map(|v| (v / 18.0) as u8))),
        (
            "a photograph whose histogram was stretched",
            of("|u1", &[400, 500], waves(400, 500, 160).into_iter().map(|v| (v / 80.0) as u8 * 4)),
        ),
        (
            "two thousand values in any order",
            of(
                "<f4",
                &[100_000],
                below(2000, 1).take(100_000).flat_map(|at| table[at as usize].to_le_bytes()),
            ),
        ),
        (
            "prices",
            of(
                "<f8",
                &[60_000],
                walk(41, 2).take(60_000).flat_map(|v| ((50_000 + v) as f64 / 100.0).to_le_bytes()),
            ),
        ),
        (
            "times, multiples of a million",
            of(
                "<i8",
                &[60_000],
                walk(41, 4).zip(0..60_000_i64).flat_map(|(v, at)| (1_000_000 * (v + 50 * at)).to_le_bytes()),
            ),
        ),
        (
            "rows that come again",
            of(
                "<i4",
                &[60_000, 5],
                below(700, 6).take(60_000).flat_map(|at| rows[at as usize]).flat_map(i32::to_le_bytes),
            ),
        ),
        (
            "measured floats",
            of(
                "<f4",
                &[250, 300],
                waves(250, 300, 50).into_iter().flat_map(|v| (v as f32 / 3.7).to_le_bytes()),
            ),
        ),
        ("a mask", of("|b1", &[200_000], mask)),
        (
            "noise",
            of(
                "<f8",
                &[20_000],
                below(1 << 52, 8)
                    .take(20_000)
                    .flat_map(|bits| f64::from_bits((0x3ff << 52) | bits).to_le_bytes()),
            ),
        ),
    ]
}

#[test]
fn none_of_its_chains_alone_makes_much_less() {
    let auto = Chain::parse("auto").unwrap();
    for (name, array) in &arrays() {
        let encoded = auto.encode(&array.view()).unwrap();
        assert_eq!(auto.decode(&encoded).unwrap().payload(), array.payload(), "{name}");
        // Those that suit it: a prediction from the row above does not suit an array with one axis.
        let suit = ALONE.iter().filter_map(|text| {
            let chain = Chain::parse(&format!("npy|{text}")).unwrap();
            Some((chain.encode(&array.view()).ok()?.len(), *text))
        });
        let lens: Vec<_> = suit.collect();
        assert!(lens.len() > 5, "{name}: {lens:?}");
        let (least, text) = lens.into_iter().min().unwrap();
        let choices = auto.open(&encoded[..]).unwrap().choices().unwrap();
        eprintln!("{name}: {} of {}, `{text}`: {least}; {choices:?}", encoded.len(), array.payload().len());
        assert!(
            encoded.len() <= least + least / 20 + 200,
            "{name}: {}, and {least} by `{text}`: {choices:?}",
            encoded.len()
        );
    }
}

/// The chains that `auto` chose for an array, and the bytes of all.
fn chosen(array: &Array) -> (Vec<String>, usize) {
    let auto = Chain::parse("auto").unwrap();
    let encoded = auto.encode(&array.view()).unwrap();
    assert_eq!(auto.decode(&encoded).unwrap().payload(), array.payload());
    let choices = auto.open(&encoded[..]).unwrap().choices().unwrap();
    (choices.into_iter().map(|choice| choice.chain).collect(), encoded.len())
}

/// Of floats whose fractions are noise only the exponents become smaller, and what comes again: no long search finds much.
#[test]
fn noise_is_searched_quickly() {
    const BLOCK: usize = 64;
    let exponents =
        below(256, 9).map(|dice| 0x38 + (dice & 3) + (dice >> 2 & 3) + (dice >> 4 & 3) + (dice >> 6));
    let fresh =
        exponents.zip(below(1 << 24, 10)).map(|(exponent, fraction)| ((exponent << 24) | fraction) as u32);
    let fresh: Vec<u32> = fresh.take(1600 * BLOCK).collect();
    // Every twelfth block came before.
    let blocks = (0..1600).map(|block| if block % 12 == 11 { block / 12 % 20 } else { block });
    let floats = blocks.flat_map(|block| &fresh[block * BLOCK..][..BLOCK]);
    let (chains, len) = chosen(&of("<f4", &[1600 * BLOCK], floats.flat_map(|bits| bits.to_le_bytes())));
    assert_eq!(chains, ["shuffle|zstd(level=1,window=20)"]);
    // Of a fresh float, three bytes of noise and less than three bits of the exponent.
    assert!(len < 1600 * BLOCK * (3 * 8 + 3) / 8, "{len}");
}

/// Where next to nothing is left, a slow chain would save nothing that anybody would miss.
#[test]
fn slow_chains_are_left_out_if_next_to_nothing_is_left() {
    let steps = (0..500_000_i64).map(|at| at / 5000 + i64::from(at % 4001 == 0));
    let (chains, len) = chosen(&of("<i8", &[1000, 500], steps.flat_map(i64::to_le_bytes)));
    assert!(len < 500_000 * 8 / 500, "{len}");
    assert!(chains.iter().all(|chain| chain.contains("zstd") && !chain.contains("pco")), "{chains:?}");
}
