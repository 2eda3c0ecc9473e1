//! An answer as it came: status, headers, and the body without its framing.

use super::event::Event;
use crate::Json;

/// The most headers that an answer has.
const MOST_HEADERS: usize = 64;

/// An HTTP answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, without the framing of chunks.
    pub body: Vec<u8>,
    /// The lengths of the chunks in which it came; none if it was not framed so.
    pub chunks: Vec<usize>,
}

/// What is wrong with the bytes of an answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The head is none.
    #[error("the head of the answer is no HTTP: {0}")]
    Head(#[from] httparse::Error),
    /// The head has no end.
    #[error("the head of the answer has no end")]
    Unfinished,
}

impl Answer {
    /// Reads a head, and how many bytes it took; `None` if it is not all there.
    pub fn head(bytes: &[u8]) -> Result<Option<(Self, usize)>, AnswerError> {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut head = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(used) = head.parse(bytes)? else { return Ok(None) };
        let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
        let headers =
            head.headers.iter().map(|header| (header.name.to_ascii_lowercase(), text(header.value)));
        let answer =
            Answer { status: head.code.unwrap_or_default(), headers: headers.collect(), ..Answer::default() };
        Ok(Some((answer, used)))
    }

    /// Reads a head and a body that is not framed.
    pub fn read(bytes: &[u8]) -> Result<Self, AnswerError> {
        let (mut answer, used) = Answer::head(bytes)?.ok_or(AnswerError::Unfinished)?;
        answer.body = bytes[used..].to_vec();
        Ok(answer)
    }

    /// The answer in the form of the recordings.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut head = format!("HTTP/1.1 {}\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        [head.as_bytes(), &self.body].concat()
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The media type without parameters.
    pub fn media_type(&self) -> Option<&str> {
        self.header("content-type").map(|value| value.split(';').next().unwrap_or(value).trim())
    }

    /// The events of a stream, if the body is one.
    pub fn events(&self) -> Option<Vec<Event>> {
        let text = String::from_utf8_lossy(&self.body);
        (self.media_type() == Some("text/event-stream")).then(|| Event::all(&text))
    }

    /// The JSON of the body, if it is said to be JSON and is.
    pub fn json(&self) -> Option<Json> {
        let text = String::from_utf8_lossy(&self.body);
        (self.media_type() == Some("application/json")).then(|| Json::parse(&text).ok())?
    }
}
