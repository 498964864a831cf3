//! A member that cannot be read hides no other: of every pair of a good one and a bad one the good one is read, and the
//! bad one is named with the reason.

#![allow(missing_docs, clippy::panic, clippy::unwrap_used, reason = "a test")]

mod common;

use std::io::Cursor;

use common::{Bad, Member, archive, good_members, npy};
use ndcodec_core::{DecodeLimits, ErrorKind};
use ndcodec_npz::{Npz, NpzError, relative_paths};
use proptest::prelude::*;

/// Why the array `name` cannot be read; `None` if it can.
fn problem(npz: &Npz<Cursor<Vec<u8>>>, name: &str) -> Option<NpzError> {
    let limits = DecodeLimits::new();
    let names: Vec<&str> = npz.names().collect();
    let at = names.iter().position(|known| *known == name).unwrap();
    let path = relative_paths(names).swap_remove(at);
    path.err()
        .or_else(|| npz.layout_with(name, &limits.into()).err())
        .or_else(|| npz.read_with(name, &limits.into()).err())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn a_bad_member_hides_no_good_one(
        payload in prop::collection::vec(any::<u8>(), 0..300),
        method in prop::sample::select(vec![0, 8, 93]),
        bad in prop::sample::select(Bad::ALL.to_vec()),
        is_first in any::<bool>(),
    ) {
        let bytes = npy("|u1", payload.len(), &payload);
        let good = match method {
            0 => Member::stored("good.npy", &bytes),
            8 => Member::deflated("good.npy", &bytes),
            _ => Member::zstd("good.npy", &bytes),
        };
        let (mut members, reason) = bad.members();
        members.insert(if is_first { 0 } else { members.len() }, good);
        let npz = Npz::open(Cursor::new(archive(&members))).unwrap();
        prop_assert_eq!(npz.names().len(), 2);
        prop_assert!(problem(&npz, "good").is_none());
        let read = npz.read("good").unwrap();
        prop_assert_eq!(read.payload(), payload);
        let error = problem(&npz, bad.name()).unwrap();
        prop_assert!(error.report().contains(bad.name()) && error.report().contains(reason), "{}", error.report());
        prop_assert!(error.reason().contains(reason), "{}", error.reason());
        prop_assert!(!error.report().contains("stage"), "{}", error.report());
    }
}

/// Each pair of a good member and a bad one, in both orders, which the property leaves to chance.
#[test]
fn every_pair_of_a_good_and_a_bad_member_is_told_apart() {
    for bad in Bad::ALL {
        for (good, bytes) in good_members("good.npy") {
            for is_first in [true, false] {
                let (mut members, reason) = bad.members();
                members.insert(if is_first { 0 } else { members.len() }, good.clone());
                let npz = Npz::open(Cursor::new(archive(&members))).unwrap();
                let read = npz.read("good").unwrap();
                assert_eq!(read.payload(), &bytes[128..], "{bad:?}");
                assert!(npz.inspect("good").is_ok(), "{bad:?}");
                let error = problem(&npz, bad.name()).unwrap_or_else(|| panic!("{bad:?} is not noticed"));
                assert!(error.reason().contains(reason), "{bad:?}: {}", error.reason());
                assert_eq!(error.kind() == ErrorKind::Limit, bad.is_limit(), "{bad:?}");
                assert_eq!(error.limit().is_some(), bad.is_limit(), "{bad:?}");
            }
        }
    }
}
