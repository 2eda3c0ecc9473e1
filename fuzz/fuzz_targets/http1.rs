//! Whether an answer over HTTP/1 gives the same head and body whole and in pieces. The first byte says how it is cut.
//!
//! Run with `RUSTC_BOOTSTRAP=1 cargo fuzz run http1`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use windlass_providers::http::http1::{BodyDecoder, Head, LARGEST_EXTRAS, Malformed};

type Read = (Vec<u8>, usize, Result<(), Malformed>);

/// The body, how many bytes of the input were its own, and how it ended.
fn read<'a>(head: &Head, pieces: impl Iterator<Item = &'a [u8]>) -> Read {
    let mut decoder = BodyDecoder::new(head.framing);
    let (mut body, mut used) = (Vec::new(), 0);
    for piece in pieces {
        match decoder.decode(piece, &mut body) {
            Ok(taken) => used += taken,
            Err(error) => return (body, 0, Err(error)),
        }
    }
    (body, used, decoder.close())
}

fuzz_target!(|input: &[u8]| {
    let Some((cut, answer)) = input.split_first() else { return };
    let cut = usize::from(*cut).max(1);
    let Ok(Some((head, length))) = Head::parse(answer, false) else { return };
    // No part of the head is a head, and what comes after it does not change it.
    assert_eq!(Head::parse(&answer[..length], false), Ok(Some((head.clone(), length))));
    for part in (0..length).step_by(cut) {
        assert_eq!(Head::parse(&answer[..part], false), Ok(None));
    }
    let rest = &answer[length..];
    let whole = read(&head, std::iter::once(rest));
    assert!(whole.0.len() <= rest.len() && whole.1 <= rest.len());
    assert!(whole.1 <= whole.0.len() * 24 + LARGEST_EXTRAS as usize + 64 || whole.2.is_err());
    assert_eq!(read(&head, rest.chunks(cut)), whole);
});
