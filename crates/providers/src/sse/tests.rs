//! The decoder against a table of streams, each cut at every byte, and against random ones.

use super::*;
use proptest::prelude::*;

/// What a stream gave: `name|id|data` per event, then the error if there was one.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limits: Limits) -> Vec<String> {
    let mut decoder = SseDecoder::new(limits);
    let mut seen = Vec::new();
    for piece in pieces {
        decoder.push(piece);
        while let Some(event) = decoder.next_event() {
            seen.push(match event {
                Ok(Event { name, data, id }) => format!("{name}|{id}|{data}"),
                Err(error) => error.to_string(),
            });
        }
    }
    seen
}

#[track_caller]
fn check(stream: &[u8], expect: &[&str]) {
    check_within(Limits::default(), stream, expect);
}

#[track_caller]
fn check_within(limits: Limits, stream: &[u8], expect: &[&str]) {
    assert_eq!(read([stream], limits), expect, "whole");
    assert_eq!(read(stream.chunks(1), limits), expect, "byte by byte");
    for cut in 0..=stream.len() {
        let (head, tail) = stream.split_at(cut);
        assert_eq!(read([head, tail], limits), expect, "cut at {cut}");
    }
}

#[test]
fn line_ends_are_lf_cr_and_crlf() {
    check(b"data: a\n\ndata: b\n\n", &["message||a", "message||b"]);
    check(b"data: a\r\rdata: b\r\r", &["message||a", "message||b"]);
    check(b"data: a\r\n\r\ndata: b\r\n\r\n", &["message||a", "message||b"]);
    check(b"data: a\r\n\ndata: b\n\r\n\r", &["message||a", "message||b"]);
}

#[test]
fn a_carriage_return_ends_an_event_without_waiting() {
    let mut decoder = SseDecoder::new(Limits::default());
    decoder.push(b"data: a\r\r");
    assert_eq!(decoder.next_event().unwrap().unwrap().data, "a");
}

#[test]
fn only_one_space_after_the_colon_is_taken_away() {
    check(b"data:a\n\ndata:  b \n\n", &["message||a", "message|| b "]);
    check(b"data\n\ndata:\n\ndata: \n\n", &["message||", "message||", "message||"]);
}

#[test]
fn lines_of_data_are_joined() {
    check(b"data: a\ndata: bb\ndata:\ndata:ccc\n\n", &["message||a\nbb\n\nccc"]);
    check(
        b"data: a\nevent: long name\n: note\ndata: bbbbbbbbbbbbbbbbbb\n\n",
        &["long name||a\nbbbbbbbbbbbbbbbbbb"],
    );
}

#[test]
fn names_and_ids() {
    check(b"event: x\nid: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", &["x|7|a", "message|7|b", "message||c"]);
    check(b"id: 1\0\ndata: a\n\n", &["message||a"]);
    check(b"event: x\nevent: y\ndata: a\n\n", &["y||a"]);
}

#[test]
fn an_event_without_data_is_none() {
    check(b"event: x\n\n\n\nid: 3\n\nretry: 5\n\ndata: a\n\n", &["message|3|a"]);
}

#[test]
fn comments_and_unknown_fields_say_nothing() {
    check(b": hi\n\n:\ndata: a\n:b\nDATA: c\ndat: d\n\n: end\n\n", &["message||a"]);
    check(b"<html>hi</html>\n\n", &[]);
}

#[test]
fn what_no_blank_line_ends_is_no_event() {
    check(b"data: a\n\ndata: b\n", &["message||a"]);
    check(b"data: a\n\ndata: [DONE]", &["message||a"]);
    check(b"", &[]);
}

#[test]
fn a_byte_order_mark_counts_only_at_the_start() {
    check(b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n", &["message||a"]);
    check(b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", &[]);
    check(b"\xef\xbb\n\ndata: a\n\n", &["message||a"]);
}

#[test]
fn characters_may_be_cut_anywhere_but_must_be_whole() {
    check("data: 日本 😀\n\n".as_bytes(), &["message||日本 😀"]);
    check(b"data: ok\n\ndata: \xe6\x97\n\ndata: more\n\n", &["message||ok", "an event is not UTF-8"]);
    check(b"event: \xff\ndata: a\n\n", &["an event is not UTF-8"]);
    check(b": \xff\ndata: a\n\n", &["message||a"]);
}

#[test]
fn events_have_a_greatest_size() {
    let limits = Limits { event: 12 };
    let too_large = "an event is larger than 12 bytes";
    check_within(limits, b"data: 123456\n\n", &["message||123456"]);
    check_within(limits, b"data: 1234567\n\ndata: a\n\n", &[too_large]);
    check_within(limits, b"data: 1\ndata: 2\n\n", &[too_large]);
    check_within(limits, b"data: a\r\n\r\ndata: 12345678", &["message||a", too_large]);
    check_within(limits, b": note\n: note\n: note\nid: 1\nid: 2\n\ndata: 1\n\n", &["message|2|1"]);
}

#[test]
fn retry_is_read_if_it_is_a_number() {
    let mut decoder = SseDecoder::new(Limits::default());
    decoder.push(b"retry: 1500\nretry: soon\nretry:\n\n");
    assert!(decoder.next_event().is_none());
    assert_eq!(decoder.retry(), Some(Duration::from_millis(1500)));
}

#[test]
fn no_memory_is_kept_between_events() {
    let mut decoder = SseDecoder::new(Limits::default());
    for end in ["\n\n", "\r\n\r\n", "\r\r"] {
        decoder.push(format!("data: {}{end}", "x".repeat(500_000)).as_bytes());
        assert!(decoder.next_event().unwrap().is_ok() && decoder.next_event().is_none());
        assert_eq!(decoder.buffer.capacity(), 0);
    }
    decoder.push(b"data: a\n\ndata: b");
    assert!(decoder.next_event().unwrap().is_ok() && decoder.next_event().is_none());
    assert!(decoder.buffer.capacity() > 0);
}

/// Streams made of the pieces that matter.
fn streams() -> impl Strategy<Value = Vec<u8>> {
    let pieces: Vec<&'static [u8]> = vec![
        b"data",
        b"data:",
        b"data: ",
        b"event: ",
        b"id: ",
        b"retry: 1",
        b": ",
        b":",
        b" ",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"x",
        b"{\"a\":1}",
        b"\xef\xbb\xbf",
        b"\xe6\x97\xa5",
        b"\xe6",
        b"\0",
        b"[DONE]",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_events(
        stream in streams(),
        cuts in prop::collection::vec(1usize..9, 1..20),
        event in 4usize..60,
    ) {
        let limits = Limits { event };
        let mut pieces = Vec::new();
        let mut rest = &stream[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, tail) = rest.split_at((*cut).min(rest.len()));
            pieces.push(piece);
            rest = tail;
        }
        prop_assert_eq!(read(pieces, limits), read([&stream[..]], limits));
    }
}
