//! Whether JSON from a model reads the same whole and in pieces. The first byte says how it is cut.
//!
//! Run with `RUSTC_BOOTSTRAP=1 cargo fuzz run partial_json`.
#![no_main]

use futures_executor::block_on;
use futures_util::{StreamExt, stream};
use libfuzzer_sys::fuzz_target;
use windlass_core::{AiMessage, Cx, IntoChain, JsonOutputParser, Val};

/// The last snapshot, or `None` if the text is no JSON.
fn read<'a>(pieces: impl Iterator<Item = &'a str>) -> Option<Val> {
    let pieces: Vec<_> = pieces.map(|text| Ok(AiMessage::text(text))).collect();
    let parsed = JsonOutputParser.into_chain().transform_in(stream::iter(pieces).boxed(), Cx::default());
    let snapshots = block_on(parsed.collect::<Vec<_>>());
    snapshots.into_iter().collect::<Result<Vec<_>, _>>().ok()?.pop()
}

fuzz_target!(|input: &[u8]| {
    let Some((cut, text)) = input.split_first() else { return };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let every = usize::from(*cut).max(1);
    let bounds: Vec<usize> =
        text.char_indices().map(|(at, _)| at).step_by(every).chain([text.len()]).collect();
    let whole = read(std::iter::once(text));
    let pieces = read(bounds.windows(2).map(|pair| &text[pair[0]..pair[1]]));
    assert_eq!(whole, pieces);
});
