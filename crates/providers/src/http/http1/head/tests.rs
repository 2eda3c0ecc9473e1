//! Heads of servers, whole and cut at every byte.

use super::*;
use proptest::prelude::*;

fn parse(text: impl AsRef<[u8]>) -> Result<Option<(Head, usize)>, Malformed> {
    Head::parse(text.as_ref(), false)
}

/// Parses a head with a body after it; no part of the head is one.
fn whole(head: &str) -> Result<Head, Malformed> {
    let (parsed, length) = parse(format!("{head}body"))?.expect("the head is not whole");
    assert_eq!(length, head.len());
    for cut in 0..head.len() {
        assert_eq!(parse(&head.as_bytes()[..cut]), Ok(None), "cut at {cut}");
    }
    Ok(parsed)
}

#[track_caller]
fn check(start: &str, lines: &str, framing: Framing, reusable: bool) {
    let head = whole(&format!("{start}\r\n{lines}\r\n")).unwrap();
    assert_eq!((head.framing, head.reusable), (framing, reusable));
}

#[track_caller]
fn refused(lines: &str, error: Malformed) {
    assert_eq!(parse(format!("HTTP/1.1 200 OK\r\n{lines}\r\n")), Err(error));
}

#[test]
fn status_and_headers_are_those_that_came() {
    let head =
        whole("HTTP/1.1 429 Too Many\r\nX-A:  1 \r\nx-b: \r\nx-a: \"\u{e9}\"\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
    assert_eq!(head.status, StatusCode::TOO_MANY_REQUESTS);
    let values: Vec<_> = head.headers.get_all("x-a").iter().map(HeaderValue::as_bytes).collect();
    assert_eq!(values, [&b"1"[..], "\"\u{e9}\"".as_bytes()]);
    assert_eq!(head.headers["x-b"], "");
    assert_eq!(whole("HTTP/1.1 299\r\n\r\n").unwrap().status.as_u16(), 299);
}

#[test]
fn the_bodys_end_is_found_as_the_standard_says() {
    const OK: &str = "HTTP/1.1 200 OK";
    check(OK, "content-length: 7\r\n", Framing::Length(7), true);
    check(OK, "content-length: 7, 7\r\nContent-Length: 7\r\n", Framing::Length(7), true);
    check(OK, "transfer-encoding: Chunked\r\n", Framing::Chunked, true);
    check(OK, "transfer-encoding: chunked\r\ncontent-length: 7\r\n", Framing::Chunked, false);
    check(OK, "", Framing::UntilClose, false);
    check("HTTP/1.1 204 No", "content-length: 7\r\n", Framing::Empty, true);
    check("HTTP/1.1 304 No", "transfer-encoding: chunked\r\n", Framing::Empty, true);
    let (head, _) = Head::parse(b"HTTP/1.1 200 OK\r\ncontent-length: 7\r\n\r\n", true).unwrap().unwrap();
    assert_eq!(head.framing, Framing::Empty);
}

#[test]
fn lengths_that_are_none_or_several_are_refused() {
    for length in ["", "x", "-1", "+1", "1x", "0x1", "1, 2", "18446744073709551616"] {
        refused(&format!("content-length: {length}\r\n"), Malformed::Length);
    }
    refused("content-length: 1\r\ncontent-length: 2\r\n", Malformed::Length);
    for coding in ["", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked", "identity"] {
        refused(&format!("transfer-encoding: {coding}\r\n"), Malformed::Coding);
    }
    let old = "HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    assert_eq!(parse(old), Err(Malformed::Coding));
}

#[test]
fn connections_are_used_again_if_both_sides_can() {
    let (length, body) = ("content-length: 1\r\n", Framing::Length(1));
    let check = |version: &str, lines: &str, reusable| {
        check(&format!("HTTP/{version} 200 OK"), &format!("{lines}{length}"), body, reusable);
    };
    check("1.1", "connection: keep-alive\r\n", true);
    check("1.1", "connection: Close\r\n", false);
    check("1.1", "connection: x-hop,\tclose\r\n", false);
    check("1.1", "connection: x-hop\r\nconnection: close\r\n", false);
    check("1.0", "", false);
    check("1.0", "Connection: Keep-Alive\r\n", true);
    check("1.0", "connection: keep-alive, close\r\n", false);
}

#[test]
fn interim_answers_are_passed_over() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n";
    let head = whole(&format!("{interim}HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n")).unwrap();
    assert_eq!((head.status, head.headers.len()), (StatusCode::OK, 1));
    assert_eq!(parse(interim), Ok(None));
    assert_eq!(parse("HTTP/1.1 101 Switching\r\nupgrade: h2c\r\n\r\n"), Err(Malformed::Switched));
}

#[test]
fn what_is_not_http_is_refused_without_being_quoted() {
    for text in [
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 000 X\r\n\r\n",
        "\x15\x03\x01",
    ] {
        let error = parse(text).unwrap_err();
        assert!(matches!(error, Malformed::Head(_)), "{text}: {error:?}");
        assert!(!error.to_string().contains("SSH"));
    }
    refused("a b: 1\r\n", Malformed::Head(httparse::Error::HeaderName));
    refused("a: \0\r\n", Malformed::Head(httparse::Error::HeaderValue));
    refused(&"a: 1\r\n".repeat(MOST_HEADERS + 1), Malformed::ManyHeaders);
    refused(&format!("a: {}\r\n", "x".repeat(LARGEST_HEAD)), Malformed::LargeHead);
    assert_eq!(
        whole(&format!("HTTP/1.1 200 OK\r\n{}\r\n", "a: 1\r\n".repeat(MOST_HEADERS))).unwrap().headers.len(),
        MOST_HEADERS
    );
}

proptest! {
    #[test]
    fn a_head_is_the_same_with_more_bytes_and_none_with_fewer(
        head in "HTTP/1\\.[01] [1-5][0-9]{2} ?[A-Z]{0,3}\r\n([a-z]{1,4}:[ \t]?[a-z0-9,]{0,4}\r?\n){0,3}\r\n",
        more in "[ -~\r\n]{0,9}",
    ) {
        if let Ok(Some((parsed, length))) = parse(&head) {
            prop_assert_eq!(parse(format!("{head}{more}")), Ok(Some((parsed, length))));
            for cut in 0..length {
                prop_assert_eq!(parse(&head[..cut]), Ok(None));
            }
        }
    }

    #[test]
    fn no_bytes_are_too_much(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = Head::parse(&bytes, false);
        let _ = Head::parse(&[b"HTTP/1.1 200 OK\r\n", &bytes[..], b"\r\n\r\n"].concat(), false);
    }
}
