//! Each way to be broken is caught, by the law that is there for it.

use std::sync::Arc;

use crate::toys::{Fault, Masked};
use ndcodec_conformance::laws::codec::{self, Law};
use ndcodec_conformance::laws::{Effort, Promises, Subject};

fn promises() -> Promises {
    let mut promises = Promises::default();
    (promises.detects_truncation, promises.has_stable_bytes) = (true, true);
    promises
}

/// Holds a codec with a fault to one law.
fn hold(fault: Fault, law: Law) {
    let codec = Arc::new(Masked::new(0x55, fault));
    law(&Subject::new("masked", codec, promises(), Effort::Full));
}

#[test]
fn a_codec_that_is_right_breaks_none() {
    for (_, law) in codec::LAWS {
        hold(Fault::None, *law);
    }
}

/// A test for each fault, the law that it breaks, and what the law says of it.
macro_rules! caught {
    ($($test:ident: $fault:ident, $law:ident, $message:literal;)*) => {
        $(
            #[test]
            #[should_panic(expected = $message)]
            fn $test() {
                hold(Fault::$fault, codec::$law);
            }
        )*
    };
}

caught! {
    last_byte_lost: LosesLastByte, round_trip, "`masked` breaks the law `round_trip`: one byte: it decodes to 0 bytes; expected 1 bytes";
    trailing_byte_ignored: IgnoresTrailing, trailing, "law `trailing`: no bytes, 9 bytes 0000000055";
    truncation_accepted: IgnoresChecksumAndEnd, truncation, "law `truncation`: one byte, 10 bytes";
    bound_exceeded: ExceedsBound, bound, "law `bound`: no bytes: 9 bytes; expected 8 at most";
    bound_overflown: BoundOverflows, bound, "law `bound`: an input of 18446744073709551614 bytes: the bound is 7; expected 18446744073709551614 at least";
    claim_wrong: ClaimsOneMore, claims, "it claims Exact(1) and decodes to 0 bytes";
    claim_trusted: TrustsItsClaim, claims, "bytes of memory are taken for it";
    panic_on_short_input: PanicsOnShortInput, truncation, "law `no_panic`: 0 bytes: it panics where it decodes: mid";
    silent_stop_at_the_limit: StopsAtTheLimit, decode_limit, "one byte, 1 bytes into 0: it passes, with 0 bytes; expected an error of kind `Limit`";
    wrong_error_for_the_limit: MistakesTheLimit, decode_limit, "an error of kind `Corrupt`: the data do not fit; expected an error of kind `Limit`";
    wrong_error_for_the_slice: MistakesTheLimit, slices, "an error of kind `Corrupt`: the data do not fit; expected an error of kind `OutputFull`";
    exact_slice_refused: NeedsRoomForItsBound, slices, "no bytes, encoded, 9 bytes into 9: it fails";
    parts_lost: EncodesTheFirstPartOnly, parts, "law `parts`: one byte, 4 parts";
    planes_not_decoded: LosesPlanes, planes, "law `planes`: no bytes: it decodes to an error";
    plane_mode_not_hinted_at: EncodesPlanesOtherwise, planes, "gives no hint of a mode for planes, but";
    plane_mode_that_does_not_exist: PromisesAPlaneMode, planes, "hints at a mode for planes, but";
    window_too_short: ReachesBeyondItsWindow, window, "matches reach further back than the window of 1024";
    state_kept_between_calls: ForgetsWhatItWasAfterMany, threads, "a scoped thread panicked";
    failure_kept: IsPoisonedByFailure, failure, "after failures it decodes to 0 bytes";
    streamed_bytes_not_stable: StreamsOtherBytes, encoder, "law `encoder`: no bytes";
    streamed_bytes_wrong: StreamsWrongBytes, encoder, "law `encoder`";
    stream_too_lenient: StreamAcceptsTrailing, decoder, "law `decoder`: no bytes, as 18 bytes";
    drop_that_finishes: FinishesOnDrop, dropped_sink, "it finishes the sink behind";
    sink_error_hidden: HidesSinkErrors, stream_errors, "written to a sink that fails: the failure becomes 0 bytes";
    source_error_hidden: HidesSourceErrors, stream_errors, "read from a source that fails: the failure becomes an error";
    next_sink_not_finished: NeverFinishesTheNext, encoder, "the sink behind is finished 0 times; expected once";
}

#[test]
#[should_panic(expected = "law `text`: no bytes: byte 0 is 0x00")]
fn text_that_is_none() {
    let mut promises = promises();
    promises.is_text = true;
    let codec = Arc::new(Masked::new(0x55, Fault::None));
    codec::text(&Subject::new("masked", codec, promises, Effort::Full));
}

#[test]
fn streamed_bytes_may_differ_where_they_are_not_promised() {
    let mut promises = promises();
    promises.has_stable_bytes = false;
    let codec = Arc::new(Masked::new(0x55, Fault::StreamsOtherBytes));
    codec::encoder(&Subject::new("masked", codec, promises, Effort::Full));
}
