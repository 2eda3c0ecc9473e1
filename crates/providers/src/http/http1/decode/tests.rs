//! Recorded bodies, whole and cut at every byte.

use super::*;
use proptest::prelude::*;

/// The body, how many bytes were not its own, and how it ended.
type Read = (Vec<u8>, usize, Result<(), Malformed>);

fn read<'a>(framing: Framing, pieces: impl IntoIterator<Item = &'a [u8]>) -> Read {
    let mut decoder = BodyDecoder::new(framing);
    let (mut body, mut surplus) = (Vec::new(), 0);
    for piece in pieces {
        match decoder.decode(piece, &mut body) {
            Ok(used) => surplus += piece.len() - used,
            Err(error) => return (body, surplus, Err(error)),
        }
    }
    let end = decoder.close();
    assert_eq!(decoder.is_done(), end.is_ok());
    (body, surplus, end)
}

#[track_caller]
fn check(framing: Framing, bytes: &str, body: &str, surplus: usize, end: Result<(), Malformed>) {
    let bytes = bytes.as_bytes();
    let whole = read(framing, [bytes]);
    assert_eq!(whole, (body.into(), surplus, end));
    assert_eq!(read(framing, bytes.chunks(1)), whole, "byte by byte");
    for cut in 0..bytes.len() {
        let (head, tail) = bytes.split_at(cut);
        assert_eq!(read(framing, [head, tail]), whole, "cut at {cut}");
    }
}

#[track_caller]
fn chunked(bytes: &str, body: &str, end: Result<(), Malformed>) {
    check(Framing::Chunked, bytes, body, 0, end);
}

#[test]
fn bodies_end_where_their_framing_says() {
    check(Framing::Empty, "", "", 0, Ok(()));
    check(Framing::Empty, "HTTP/1.1", "", 8, Ok(()));
    check(Framing::Length(0), "x", "", 1, Ok(()));
    check(Framing::Length(5), "hello", "hello", 0, Ok(()));
    check(Framing::Length(5), "hello world", "hello", 6, Ok(()));
    check(Framing::Length(5), "hell", "hell", 0, Err(Malformed::CutShort));
    check(Framing::Length(u64::MAX), "hello", "hello", 0, Err(Malformed::CutShort));
    check(Framing::UntilClose, "", "", 0, Ok(()));
    check(Framing::UntilClose, "hello world", "hello world", 0, Ok(()));
}

#[test]
fn chunks_are_joined_and_what_is_around_them_goes() {
    chunked("0\r\n\r\n", "", Ok(()));
    chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world", Ok(()));
    chunked("00A\r\n0123456789\r\n000\r\n\r\n", "0123456789", Ok(()));
    chunked("a;name=\"value\" ; other\r\n0123456789\r\n0;last\r\n\r\n", "0123456789", Ok(()));
    chunked("1 \t\r\nx\r\n0\r\nchecksum: 1\r\n: odd\r\n\r\n", "x", Ok(()));
    check(Framing::Chunked, "1\r\nx\r\n0\r\n\r\nHTTP/1.1 200", "x", 12, Ok(()));
}

#[test]
fn chunks_that_are_none_are_refused() {
    for bytes in [
        "\r\n",
        "x\r\n",
        "-1\r\n",
        "0x1\r\n",
        ";\r\n",
        "5\nhello",
        "5\r\r\n",
        "5;a\nhello",
        "5;a\rb",
        "0\r\n\n",
        "0\r\na: b\n",
        "0\r\na: b\rc",
        "0\r\n\rx",
        "00000000000000001\r\nx",
    ] {
        chunked(bytes, "", Err(Malformed::Chunk));
    }
    chunked("1\r\nxx", "x", Err(Malformed::Chunk));
    chunked("1\r\nx\n", "x", Err(Malformed::Chunk));
    chunked("1\r\nx\rx", "x", Err(Malformed::Chunk));
    chunked("ffffffffffffffff\r\nx", "x", Err(Malformed::CutShort));
    for bytes in ["", "1", "5\r", "0\r\n", "0\r\n\r", "0\r\na: b\r\n"] {
        chunked(bytes, "", Err(Malformed::CutShort));
    }
}

#[test]
fn what_says_nothing_is_bounded() {
    let most = usize::try_from(LARGEST_EXTRAS).unwrap();
    let (fits, half) = ("x".repeat(most), "x".repeat(most / 2 + 1));
    let once = |bytes: String| read(Framing::Chunked, [bytes.as_bytes()]).2;
    assert_eq!(once(format!("0;{fits}\r\n\r\n")), Ok(()));
    assert_eq!(once(format!("0;{fits}x\r\n\r\n")), Err(Malformed::LargeExtras));
    assert_eq!(once(format!("0\r\n{fits}\r\n\r\n")), Ok(()));
    assert_eq!(once(format!("0\r\n{fits}x\r\n\r\n")), Err(Malformed::LargeExtras));
    assert_eq!(once(format!("1;{half}\r\nx\r\n0\r\n{half}\r\n\r\n")), Err(Malformed::LargeExtras));
}

#[test]
fn a_failure_stays() {
    let mut decoder = BodyDecoder::new(Framing::Chunked);
    let mut body = Vec::new();
    assert_eq!(decoder.decode(b"x", &mut body), Err(Malformed::Chunk));
    assert_eq!(decoder.decode(b"0\r\n\r\n", &mut body), Err(Malformed::Chunk));
    assert_eq!((decoder.close(), decoder.is_done(), body), (Err(Malformed::Chunk), false, Vec::new()));
}

fn framed(chunks: &[Vec<u8>], extension: &str, trailer: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for chunk in chunks.iter().filter(|chunk| !chunk.is_empty()) {
        bytes.extend_from_slice(format!("{:x}{extension}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("0\r\n{trailer}\r\n").as_bytes());
    bytes
}

proptest! {
    #[test]
    fn what_is_framed_comes_out_whole_however_it_is_cut(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..6),
        extension in "(;[a-z]{0,5}=[a-z]{0,5})?",
        trailer in "([a-z]{1,5}: [a-z]{0,5}\r\n){0,2}",
        size in 1usize..50,
    ) {
        let bytes = framed(&chunks, &extension, &trailer);
        prop_assert_eq!(read(Framing::Chunked, bytes.chunks(size)), (chunks.concat(), 0, Ok(())));
    }

    #[test]
    fn any_bytes_give_the_same_whole_and_in_pieces(
        bytes in "[0-2af;: \r\n]{0,60}",
        size in 1usize..10,
    ) {
        let whole = read(Framing::Chunked, [bytes.as_bytes()]);
        prop_assert_eq!(read(Framing::Chunked, bytes.as_bytes().chunks(size)), whole);
    }
}
