//! Server-sent events, as each dialect's clients want them.

use super::frames::Frames;
use bytes::BufMut;
use serde::Serialize;

/// What a dialect's clients want of the form of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sse {
    /// What ends a line: some clients look for two line feeds and nothing else.
    line_end: &'static [u8],
}

impl Sse {
    /// Lines end with LF.
    pub(crate) const LF: Sse = Sse { line_end: b"\n" };
    /// Lines end with CRLF.
    pub(crate) const CRLF: Sse = Sse { line_end: b"\r\n" };

    fn line(self, frames: &mut Frames, field: &[u8], text: &[u8]) {
        frames.bytes.put_slice(field);
        frames.bytes.put_slice(text);
        frames.bytes.put_slice(self.line_end);
    }

    fn end(self, frames: &mut Frames) {
        frames.bytes.put_slice(self.line_end);
        frames.end_event();
    }

    /// An event with data; what cannot be written is left out whole.
    pub(crate) fn data(self, frames: &mut Frames, name: Option<&str>, data: &(impl Serialize + ?Sized)) {
        let start = frames.len();
        if let Some(name) = name {
            self.line(frames, b"event: ", name.as_bytes());
        }
        frames.bytes.put_slice(b"data: ");
        if !frames.json(data) {
            frames.bytes.truncate(start);
            return;
        }
        frames.bytes.put_slice(self.line_end);
        self.end(frames);
    }

    /// An event whose data is this text, which has one line.
    pub(crate) fn text(self, frames: &mut Frames, text: &str) {
        self.line(frames, b"data: ", text.as_bytes());
        self.end(frames);
    }

    /// An event without data.
    pub(crate) fn bare(self, frames: &mut Frames, name: &str) {
        self.line(frames, b"event: ", name.as_bytes());
        self.end(frames);
    }

    /// A comment, which every client skips.
    pub(crate) fn comment(self, frames: &mut Frames, text: &str) {
        self.line(frames, b": ", text.as_bytes());
        self.end(frames);
    }
}

#[cfg(test)]
mod tests {
    use super::{super::frames::Writes, *};

    #[test]
    fn an_event_is_its_lines_and_an_empty_one() {
        let mut frames = Frames::new(Writes::Joined);
        Sse::CRLF.data(&mut frames, Some("data"), "a\nb");
        Sse::CRLF.bare(&mut frames, "end");
        Sse::LF.text(&mut frames, "[DONE]");
        Sse::LF.comment(&mut frames, "ping");
        let wanted = "event: data\r\ndata: \"a\\nb\"\r\n\r\nevent: end\r\n\r\ndata: [DONE]\n\n: ping\n\n";
        assert_eq!(frames.take().unwrap(), wanted.as_bytes());
    }
}
