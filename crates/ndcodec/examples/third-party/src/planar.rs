//! `planar`: of complex numbers first all real parts, then all imaginary parts.

use std::sync::Arc;

use ndcodec_core::*;

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
        match layout.dtype().kind() {
            Kind::Complex => Ok(Some(Box::new(Parts(layout.clone(), layout.dtype().itemsize() / 2)))),
            _ => Err(ArrayError::unsupported("planar", format!("dtype `{}` is not complex", layout.dtype()))),
        }
    }
}

/// `planar` at work on arrays of this layout, whose real parts have so many bytes.
#[derive(Debug)]
struct Parts(Layout, usize);

impl BoundFilter for Parts {
    fn output(&self) -> Filtered {
        Filtered::Array(self.0.clone())
    }

    fn planes(&self) -> usize {
        2
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let parts = |first| payload.chunks(self.1).skip(first).step_by(2);
        parts(0).chain(parts(1)).try_for_each(|part| out.push(part))
    }

    fn backward(&self, planes: &[&[u8]], payload: &mut [u8]) -> Result<(), CodecError> {
        // One piece or two planes, of the right length in all.
        let filtered = planes.concat();
        let (real, imaginary) = filtered.split_at(filtered.len() / 2);
        let parts = real.chunks(self.1).zip(imaginary.chunks(self.1)).flat_map(<[_; 2]>::from);
        payload.chunks_mut(self.1).zip(parts).for_each(|(to, part)| to.copy_from_slice(part));
        Ok(())
    }
}
