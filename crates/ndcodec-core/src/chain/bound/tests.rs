//! Filters that write a front, by themselves and with those behind them.

use super::*;
use crate::{DType, Order};

/// Elements of two bytes as one byte each, if that is enough, behind a front that says so.
#[derive(Debug)]
struct Narrow;

/// Bytes with every bit flipped.
#[derive(Debug)]
struct Flipped;

#[derive(Debug)]
struct BoundNarrow(Layout);

#[derive(Debug)]
struct BoundFlipped(Layout);

fn bytes(shape: &[usize]) -> Layout {
    Layout::new("|u1".parse::<DType>().unwrap(), shape, Order::C).unwrap()
}

impl ArrayFilter for Narrow {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        Ok(Some(Box::new(BoundNarrow(layout.clone()))))
    }
}

impl BoundFilter for BoundNarrow {
    fn output(&self) -> Filtered {
        Filtered::Fronted { at_most: 1, widest: self.0.clone() }
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        let (low, high): (Vec<u8>, Vec<u8>) = payload.chunks(2).map(|pair| (pair[0], pair[1])).unzip();
        let is_narrow = high.iter().all(|byte| *byte == 0);
        out.push(&[u8::from(is_narrow)])?;
        out.push(if is_narrow { &low } else { payload })
    }

    fn backward(&self, _: &[&[u8]], _: &mut [u8]) -> Result<(), CodecError> {
        Err(CodecError::internal("nothing is undone here"))
    }

    fn read_front(&self, filtered: &[u8]) -> Result<Front, CodecError> {
        match filtered[0] {
            1 => Ok(Front::new(1, bytes(self.0.shape()))),
            _ => Ok(Front::of_little(1, self.0.clone())),
        }
    }
}

impl ArrayFilter for Flipped {
    fn bind(&self, layout: &Layout) -> Result<Option<Box<dyn BoundFilter>>, ArrayError> {
        Ok(Some(Box::new(BoundFlipped(layout.clone()))))
    }
}

impl BoundFilter for BoundFlipped {
    fn output(&self) -> Filtered {
        Filtered::Array(self.0.clone())
    }

    fn forward(&self, payload: &[u8], out: &mut Output<'_>) -> Result<(), CodecError> {
        out.push(&payload.iter().map(|byte| !byte).collect::<Vec<_>>())
    }

    fn backward(&self, _: &[&[u8]], _: &mut [u8]) -> Result<(), CodecError> {
        Err(CodecError::internal("nothing is undone here"))
    }
}

fn run(filters: Vec<Arc<dyn ArrayFilter>>, layout: &Layout) -> BoundRun {
    let placed = filters.into_iter().enumerate();
    let filters: Arc<[PlacedFilter]> =
        placed.map(|(index, filter)| PlacedFilter { place: Place { index, name: "test" }, filter }).collect();
    BoundRun::bind(layout, &filters, 0, false).unwrap()
}

fn forward(run: impl FnOnce(&mut Output<'_>) -> Result<(), CodecError>) -> Vec<u8> {
    let mut filtered = Buffer::new();
    let mut out = Output::to_buffer(&mut filtered);
    run(&mut out).unwrap();
    out.finish();
    filtered.to_vec()
}

/// What the first filter made can be shared by all that stand behind such a filter.
#[test]
fn a_filter_with_a_front_runs_by_itself() {
    let layout = Layout::new("<u2".parse::<DType>().unwrap(), [3], Order::C).unwrap();
    let scratch = Pool::of_buffers();
    for (payload, finds_much) in [([7, 0, 8, 0, 9, 0], true), ([7, 0, 8, 1, 9, 0], false)] {
        for others in 0..3 {
            let filters = std::iter::once(Arc::new(Narrow) as Arc<dyn ArrayFilter>)
                .chain((0..others).map(|_| Arc::new(Flipped) as Arc<dyn ArrayFilter>));
            let run = run(filters.collect(), &layout);
            assert!(run.begins_with_front());
            let mut made = Buffer::new();
            assert_eq!(run.forward_first(&payload, &mut made).unwrap(), finds_much);
            let behind = forward(|out| run.forward_behind(&made, out, &scratch));
            assert_eq!(behind, forward(|out| run.forward(&payload, out, &scratch)), "{others} others");
            assert_eq!(behind.len(), if finds_much { 4 } else { 7 });
        }
    }
}

#[test]
fn other_filters_do_not_begin_with_a_front() {
    let layout = bytes(&[4]);
    let scratch = Pool::of_buffers();
    for filters in [vec![], vec![Arc::new(Flipped) as Arc<dyn ArrayFilter>]] {
        let run = run(filters, &layout);
        assert!(!run.begins_with_front());
        assert!(run.forward_first(&[1; 4], &mut Buffer::new()).is_err());
        let mut filtered = Buffer::new();
        assert!(run.forward_behind(&[1; 4], &mut Output::to_buffer(&mut filtered), &scratch).is_err());
    }
}
