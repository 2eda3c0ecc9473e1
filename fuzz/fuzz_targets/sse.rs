//! Whether a stream gives the same events whole and in pieces. The first byte says how it is cut.
//!
//! Run with `RUSTC_BOOTSTRAP=1 cargo fuzz run sse`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use windlass_providers::sse::{Limits, SseDecoder};

/// Small enough for the fuzzer to reach.
const LIMITS: Limits = Limits { event: 64 };

fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<Result<[String; 3], String>> {
    let mut decoder = SseDecoder::new(LIMITS);
    let mut seen = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(event) = decoder.next_event() {
            let event = event.map(|event| [event.name, event.id, event.data].map(Into::into));
            seen.push(event.map_err(|error| error.to_string()));
        }
    }
    seen
}

fuzz_target!(|input: &[u8]| {
    let Some((cut, stream)) = input.split_first() else { return };
    let whole = read(std::iter::once(stream));
    let pieces = read(stream.chunks(usize::from(*cut).max(1)));
    assert_eq!(whole, pieces);
});
