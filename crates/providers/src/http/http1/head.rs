//! The head of an answer: status, headers, how the body ends, and whether the connection can be used again. Pure.

use super::{Framing, LARGEST_HEAD, MOST_HEADERS, Malformed};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING},
};

/// The head of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// The status; never an interim one.
    pub status: StatusCode,
    /// The headers, in the order they came.
    pub headers: HeaderMap,
    /// How the body's end is found.
    pub framing: Framing,
    /// Whether the connection may be used again after the body.
    pub reusable: bool,
}

impl Head {
    /// The head at the start of `input` and how many bytes it takes; `None` if more is needed. Interim answers are passed
    /// over. `bodiless` is whether the request was one whose answers never have a body.
    pub fn parse(input: &[u8], bodiless: bool) -> Result<Option<(Head, usize)>, Malformed> {
        let mut start = 0;
        loop {
            let mut lines = [httparse::EMPTY_HEADER; MOST_HEADERS];
            let mut answer = httparse::Response::new(&mut lines);
            let length = match answer.parse(&input[start..]).map_err(malformed)? {
                httparse::Status::Partial => return Ok(None),
                httparse::Status::Complete(length) => length,
            };
            if start + length > LARGEST_HEAD {
                return Err(Malformed::LargeHead);
            }
            let status = status(&answer)?;
            if status.is_informational() {
                start += length;
                continue;
            }
            let headers = headers(answer.headers)?;
            let modern = answer.version == Some(1);
            let framing = framing(status, &headers, modern, bodiless)?;
            // With both a coding and a length, somebody on the way may have been misled.
            let doubtful = headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH);
            let reusable = stays_open(&headers, modern) && framing != Framing::UntilClose && !doubtful;
            return Ok(Some((Head { status, headers, framing, reusable }, start + length)));
        }
    }
}

fn malformed(error: httparse::Error) -> Malformed {
    match error {
        httparse::Error::TooManyHeaders => Malformed::ManyHeaders,
        other => Malformed::Head(other),
    }
}

fn status(answer: &httparse::Response<'_, '_>) -> Result<StatusCode, Malformed> {
    let status = answer.code.and_then(|code| StatusCode::from_u16(code).ok());
    match status.ok_or(Malformed::Head(httparse::Error::Status))? {
        StatusCode::SWITCHING_PROTOCOLS => Err(Malformed::Switched),
        status => Ok(status),
    }
}

fn headers(lines: &[httparse::Header<'_>]) -> Result<HeaderMap, Malformed> {
    let mut headers = HeaderMap::with_capacity(lines.len());
    for line in lines {
        let name = HeaderName::from_bytes(line.name.as_bytes());
        let value = HeaderValue::from_bytes(line.value);
        headers.append(
            name.map_err(|_| Malformed::Head(httparse::Error::HeaderName))?,
            value.map_err(|_| Malformed::Head(httparse::Error::HeaderValue))?,
        );
    }
    Ok(headers)
}

/// How the body ends (RFC 9112, section 6.3).
fn framing(
    status: StatusCode,
    headers: &HeaderMap,
    modern: bool,
    bodiless: bool,
) -> Result<Framing, Malformed> {
    if bodiless || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED) {
        return Ok(Framing::Empty);
    }
    let mut codings = tokens(headers, &TRANSFER_ENCODING);
    if let Some(coding) = codings.next() {
        let agreed = modern && coding.eq_ignore_ascii_case(b"chunked") && codings.next().is_none();
        return if agreed { Ok(Framing::Chunked) } else { Err(Malformed::Coding) };
    }
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(Malformed::Coding);
    }
    let mut length = None;
    for text in tokens(headers, &CONTENT_LENGTH) {
        let number = number(text).filter(|number| length.is_none_or(|other| other == *number));
        length = Some(number.ok_or(Malformed::Length)?);
    }
    match length {
        Some(length) => Ok(Framing::Length(length)),
        None if headers.contains_key(CONTENT_LENGTH) => Err(Malformed::Length),
        None => Ok(Framing::UntilClose),
    }
}

fn number(text: &[u8]) -> Option<u64> {
    let digits = !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| digits)?.parse().ok()
}

/// Whether the connection outlives this message; `modern` is whether it is HTTP/1.1 and not 1.0.
pub(super) fn stays_open(headers: &HeaderMap, modern: bool) -> bool {
    let says = |word: &[u8]| tokens(headers, &CONNECTION).any(|token| token.eq_ignore_ascii_case(word));
    !says(b"close") && (modern || says(b"keep-alive"))
}

/// The elements of a header that is a list; empty ones are none.
fn tokens<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a [u8]> {
    let lines = headers.get_all(name).into_iter();
    lines
        .flat_map(|line| line.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests;
