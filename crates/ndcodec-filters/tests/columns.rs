//! `columns` of every kind, against the plainest program that does the same.
#![expect(
    clippy::cast_precision_loss,
    clippy::panic,
    clippy::unwrap_used,
    reason = "floats are made of small integers; in a test `unwrap` and `panic` are assertions"
)]

mod common;

use common::{bind, decoded, filter, forward, noise};
use ndcodec_core::{Filtered, Layout, Order};

/// The array that a column is, and its bytes in a row: where they begin, and how many they are.
type Expected = (&'static str, &'static [usize], usize, usize);

fn check(dtype: &str, shape: &[usize], order: Order, stride: usize, expected: &[Expected]) {
    let case = format!("{dtype} {shape:?} {order}");
    let bound = bind(&*filter("columns"), dtype, shape, order).unwrap().expect("it has columns");
    let Filtered::Arrays(layouts) = bound.output() else { panic!("{case}: it makes several arrays") };
    let described: Vec<_> = layouts.iter().map(|it| (it.dtype().to_string(), it.shape().to_vec())).collect();
    let wanted: Vec<_> =
        expected.iter().map(|(dtype, shape, ..)| ((*dtype).to_owned(), shape.to_vec())).collect();
    assert_eq!(described, wanted, "{case}");
    let nbytes = layouts.iter().map(Layout::nbytes).sum();
    let payload = &noise(nbytes + 1)[1..];
    let column = |(_, _, offset, width): &Expected| {
        payload.chunks(stride).flat_map(|row| row[*offset..][..*width].to_vec()).collect::<Vec<u8>>()
    };
    let filtered = forward(&*bound, payload);
    assert!(filtered == expected.iter().flat_map(column).collect::<Vec<u8>>(), "{case}: encoded");
    assert!(decoded(&*bound, &filtered, nbytes) == payload, "{case}: decoded");
}

#[test]
fn fields_are_columns_with_what_lies_between_them() {
    let table = "[('id', '<u4'), ('', '|V4'), ('xyz', '<f4', (3,)), ('at', [('x', '>i2'), ('y', '|i1')]), ('name', '|S4')]";
    for rows in [1, 2, 100, 3000] {
        let (one, many): (&'static [usize], &'static [usize]) = match rows {
            1 => (&[1], &[1, 3]),
            2 => (&[2], &[2, 3]),
            100 => (&[100], &[100, 3]),
            _ => (&[3000], &[3000, 3]),
        };
        check(
            table,
            &[rows],
            Order::C,
            27,
            &[
                ("<u4", one, 0, 4),
                ("|V4", one, 4, 4),
                ("<f4", many, 8, 12),
                (">i2", one, 20, 2),
                ("|i1", one, 22, 1),
                ("|S4", one, 23, 4),
            ],
        );
    }
    let fields = "[('a', '<i8'), ('b', '<f2', (2,))]";
    check(fields, &[3, 5], Order::C, 12, &[("<i8", &[3, 5], 0, 8), ("<f2", &[3, 5, 2], 8, 4)]);
    // What lies in C order inside of an array in Fortran order has the axes of memory.
    check(fields, &[3, 5], Order::Fortran, 12, &[("<i8", &[3, 5], 0, 8), ("<f2", &[5, 3, 2], 8, 4)]);
    let arrays = "[('a', [('x', '<i2'), ('y', '<i2')], (2,)), ('b', '|u1')]";
    check(arrays, &[7], Order::C, 9, &[("[('x', '<i2'), ('y', '<i2')]", &[7, 2], 0, 8), ("|u1", &[7], 8, 1)]);
    check("[('a', '<i8')]", &[4], Order::C, 8, &[("<i8", &[4], 0, 8)]);
    check("[('a', '|V0'), ('b', '<i8')]", &[4], Order::C, 8, &[("<i8", &[4], 0, 8)]);
    check("[('a', '<i8'), ('b', '<i8')]", &[0], Order::C, 16, &[("<i8", &[0], 0, 8), ("<i8", &[0], 8, 8)]);
}

#[test]
fn parts_of_complex_numbers_and_a_narrow_last_axis_are_columns() {
    check("<c8", &[50], Order::C, 8, &[("<f4", &[50], 0, 4), ("<f4", &[50], 4, 4)]);
    check(">c16", &[4, 3], Order::Fortran, 16, &[(">f8", &[4, 3], 0, 8), (">f8", &[4, 3], 8, 8)]);
    check("<f8", &[9, 3], Order::C, 24, &[("<f8", &[9], 0, 8), ("<f8", &[9], 8, 8), ("<f8", &[9], 16, 8)]);
    check("<i2", &[5, 7, 2], Order::C, 4, &[("<i2", &[5, 7], 0, 2), ("<i2", &[5, 7], 2, 2)]);
    check("<i2", &[5, 7, 2], Order::Fortran, 140, &[("<i2", &[5, 7], 0, 70), ("<i2", &[5, 7], 70, 70)]);
    check("|S3", &[5, 2], Order::C, 6, &[("|S3", &[5], 0, 3), ("|S3", &[5], 3, 3)]);
    for rows in [1, 40, 5000] {
        let shape: &'static [usize] = match rows {
            1 => &[1],
            40 => &[40],
            _ => &[5000],
        };
        let bytes = |at| ("|u1", shape, at, 1);
        check("|u1", &[rows, 3], Order::C, 3, &[bytes(0), bytes(1), bytes(2)]);
        check("|u1", &[rows, 4], Order::C, 4, &[bytes(0), bytes(1), bytes(2), bytes(3)]);
    }
}

#[test]
fn what_has_no_columns_stays() {
    for (dtype, shape) in
        [("<f8", &[9][..]), ("<f8", &[9, 65]), ("<f8", &[9, 1]), ("<f8", &[]), ("|V0", &[3, 3])]
    {
        assert!(bind(&*filter("columns"), dtype, shape, Order::C).unwrap().is_none(), "{dtype} {shape:?}");
    }
}

/// Rows of a table: an integer that counts, a float with two decimal places, and a name of three.
fn table(rows: usize) -> Vec<u8> {
    let row = |at: usize| {
        let number = (2000 + at % 370) as f64 / 100.0;
        [
            &(1_700_000_000 + 60 * at).to_le_bytes()[..],
            &number.to_le_bytes(),
            [b"abc", b"def", b"ghi"][at % 3],
        ]
        .concat()
    };
    (0..rows).flat_map(row).collect()
}

#[test]
fn filters_after_columns_work_on_each_by_itself() {
    let payload = table(1000);
    let dtype = "[('t', '<i8'), ('x', '<f8'), ('name', '|S3')]";
    let bytes_of = |chain: &str| {
        let filters: Vec<_> = chain.split('|').map(filter).collect();
        let mut arrays =
            vec![(Layout::new(common::dtype(dtype), [1000], Order::C).unwrap(), payload.clone())];
        for filter in &filters {
            let mut next = Vec::new();
            for (layout, bytes) in arrays {
                let Some(bound) = filter.bind(&layout).unwrap() else {
                    next.push((layout, bytes));
                    continue;
                };
                let filtered = forward(&*bound, &bytes);
                match bound.output() {
                    Filtered::Arrays(layouts) => {
                        let mut rest = &filtered[..];
                        for layout in layouts {
                            let (array, after) = rest.split_at(layout.nbytes());
                            rest = after;
                            next.push((layout, array.to_vec()));
                        }
                    }
                    Filtered::Fronted { .. } => {
                        let front = bound.read_front(&filtered).unwrap();
                        next.push((front.layout, filtered[front.len..].to_vec()));
                    }
                    Filtered::Array(layout) => next.push((layout, filtered)),
                    other => panic!("{other:?}"),
                }
            }
            arrays = next;
        }
        arrays.iter().map(|(layout, _)| layout.dtype().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(bytes_of("columns|decimal|dict"), ["<u8", "<u2", "|u1"]);
    assert_eq!(bytes_of("columns|decimal|predict"), ["<u8", "<u2", "|S3"]);
}
