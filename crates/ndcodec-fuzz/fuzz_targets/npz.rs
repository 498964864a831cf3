//! Whatever the archive, each of its arrays is read or an error, within small limits; one that is read has the layout
//! that its header told, and is read again from an archive of our own.
#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use ndcodec::DecodeLimits;
use ndcodec::npz::{Npz, NpzWriter, relative_paths};

fuzz_target!(|data: &[u8]| {
    let limits = DecodeLimits::new().with_max_bytes(1 << 20);
    let Ok(npz) = Npz::open_with(Cursor::new(data), &limits.into()) else { return };
    relative_paths(npz.names());
    let names: Vec<String> = npz.names().map(str::to_owned).collect();
    for name in names {
        let layout = npz.layout_with(&name, &limits.into());
        let read = npz.read_with(&name, &limits.into());
        assert_eq!(stream(&npz, &name, &limits).as_deref(), read.as_ref().ok().map(|array| array.payload()));
        let Ok(array) = read else { continue };
        assert_eq!(layout.ok().map(|layout| layout.canonical()), Some(array.layout().clone()));
        let mut writer = NpzWriter::new(Cursor::new(Vec::new()));
        if writer.add(&name, &array.view()).is_err() {
            continue;
        }
        let written = writer.finish().expect("a vector takes all");
        let again = Npz::open_with(written, &limits.into())
            .and_then(|npz| npz.read_with(&name, &limits.into()))
            .expect("what was written is read");
        assert_eq!((again.layout(), again.payload()), (array.layout(), array.payload()));
    }
});

/// The elements, part by part.
fn stream(npz: &Npz<Cursor<&[u8]>>, name: &str, limits: &DecodeLimits) -> Option<Vec<u8>> {
    let mut reader = npz.reader_with(name, &(*limits).into()).ok()?;
    let (mut payload, mut part) = (Vec::new(), [0; 777]);
    loop {
        match reader.pull(&mut part).ok()? {
            0 => return Some(payload),
            n => payload.extend_from_slice(&part[..n]),
        }
    }
}
