//! What the filters of our own made of arrays once, they make of them again, and undo.
//!
//! The lines of `golden/filtered.txt` are never changed; new ones are added.

mod common;

use common::{bind, filter, forward};
use ndcodec_core::{Order, ShapePattern};

fn from_hex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("they are digits");
    (0..text.len()).step_by(2).map(byte).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn filtered_forms_stay_what_they_were() {
    let text = include_str!("golden/filtered.txt");
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(" | ").map(str::trim).collect();
        let [stage, dtype, shape, order, payload, filtered] = fields[..] else { panic!("no line: {line}") };
        let shape = ShapePattern::parse(shape).expect("it is a shape");
        let shape: Vec<usize> = shape.dims().iter().map(|dim| dim.expect("it is closed")).collect();
        let order = if order == "F" { Order::Fortran } else { Order::C };
        let bound =
            bind(&*filter(stage), dtype, &shape, order).expect("it is taken").expect("it is filtered");
        let payload = from_hex(payload);
        let made = to_hex(&forward(&*bound, &payload));
        if made != filtered {
            wrong.push(format!("{line}\n  makes {made}"));
            continue;
        }
        let decoded = common::decoded(&*bound, &from_hex(filtered), payload.len());
        assert_eq!(to_hex(&decoded), to_hex(&payload), "{line}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
