//! `planar`: of complex numbers first all real parts, then all imaginary parts.

use std::sync::Arc;

use ndcodec_core::{
    ArrayError, ArrayFilter, BoundFilter, CodecError, Filtered, Kind, Layout, Output, StageDescriptor,
};

/// The parts of complex numbers.
pub static PLANAR: StageDescriptor =
    StageDescriptor::filter("planar", env!("CARGO_PKG_NAME"), &|_| Ok(Arc::new(Planar)))
        .with_summary("real parts, then imaginary parts")
        .stable_bytes()
        .named_by_data();
ndcodec_core::submit!(PLANAR);

#[derive(Debug)]
struct Planar;

impl ArrayFilter for Planar {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        if *layout.dtype().kind() != Kind::Complex {
            let reason = format!("dtype `{}` is not complex", layout.dtype());
            return Err(ArrayError::unsupported("planar", reason));
        }
        Ok(Some(Box::new(Parts(layout.clone()))))
    }
}

/// `planar` at work on arrays of this layout.
#[derive(Debug)]
struct Parts(Layout);

impl BoundFilter for Parts {
    fn output(&self) -> Filtered {
        Filtered::Array(self.0.clone())
    }

    fn planes(&self) -> usize {
        2
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let half = self.0.dtype().itemsize() / 2;
        let parts = |first| payload.chunks(half).skip(first).step_by(2);
        parts(0).chain(parts(1)).try_for_each(|part| out.push(part))
    }

    fn backward(&self, planes: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        let half = self.0.dtype().itemsize() / 2;
        // One piece or two planes, of the right length in all.
        let filtered = planes.concat();
        let (real, imaginary) = filtered.split_at(filtered.len() / 2);
        let parts = real.chunks(half).zip(imaginary.chunks(half)).flat_map(<[_; 2]>::from);
        payload.chunks_mut(half).zip(parts).for_each(|(to, part)| to.copy_from_slice(part));
        Ok(())
    }
}
