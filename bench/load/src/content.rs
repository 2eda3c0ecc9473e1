//! Takes the text out of an answer and compares it with what the mock upstream must have said.

use memchr::{memchr, memchr2, memmem};
use mock_upstream::token;
use serde_json::Value;

use crate::args::{Args, Format};

/// Where the text is and what it must be.
pub struct Content {
    format: Format,
    event: String,
    path: Vec<String>,
    /// last path element as a JSON key with its colon: the fast extraction looks for it
    needle: Option<memmem::Finder<'static>>,
    expect: Option<String>,
}

impl Content {
    pub fn new(a: &Args) -> Content {
        let path: Vec<String> = a.field.split('.').filter(|s| !s.is_empty()).map(String::from).collect();
        Content {
            format: a.format,
            event: a.event.clone(),
            needle: path.last().map(|k| memmem::Finder::new(&format!("\"{k}\":")).into_owned()),
            path,
            expect: (a.expect_tokens > 0).then(|| {
                let mut s = String::new();
                (0..a.expect_tokens).for_each(|i| token(i, a.expect_size, a.expect_utf8, &mut s));
                s
            }),
        }
    }

    /// Says what is wrong with a whole JSON answer, if anything.
    pub fn check_answer(&self, body: &[u8]) -> Result<(), String> {
        let Some(expect) = &self.expect else { return Ok(()) };
        let v: Value = serde_json::from_slice(body).map_err(|e| format!("body is not JSON: {e}"))?;
        match self.lookup(&v).and_then(Value::as_str) {
            Some(text) if text == expect => Ok(()),
            _ => Err(format!("answer differs: {}", String::from_utf8_lossy(body))),
        }
    }

    fn lookup<'v>(&self, v: &'v Value) -> Option<&'v Value> {
        self.path.iter().try_fold(v, |v, part| match v {
            Value::Object(m) => m.get(part),
            Value::Array(a) => a.get(part.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// The text as it stands in `"key": "…"`, if it has no escapes.
    fn plain_text<'p>(&self, payload: &'p [u8]) -> Option<&'p [u8]> {
        let start = match &self.needle {
            None => 0,
            Some(f) => f.find(payload)? + f.needle().len(),
        };
        let rest = payload[start..].trim_ascii_start().strip_prefix(b"\"")?;
        let end = memchr2(b'"', b'\\', rest)?;
        (rest[end] == b'"').then(|| &rest[..end])
    }
}

/// Line splitter and text extractor for one stream.
pub struct StreamReader<'a> {
    content: &'a Content,
    partial: Vec<u8>,
    event: Vec<u8>,
    pos: usize,
    wrong: Option<String>,
}

impl<'a> StreamReader<'a> {
    pub fn new(content: &'a Content) -> Self {
        StreamReader { content, partial: Vec::new(), event: Vec::new(), pos: 0, wrong: None }
    }

    /// Feeds bytes; returns (text chunks, empty chunks) completed by them.
    pub fn feed(&mut self, mut d: &[u8]) -> (u64, u64) {
        let (mut full, mut empty) = (0, 0);
        while let Some(i) = memchr(b'\n', d) {
            let has_text = if self.partial.is_empty() {
                self.line(&d[..i])
            } else {
                let mut line = std::mem::take(&mut self.partial);
                line.extend_from_slice(&d[..i]);
                let r = self.line(&line);
                line.clear();
                self.partial = line;
                r
            };
            match has_text {
                Some(true) => full += 1,
                Some(false) => empty += 1,
                None => {}
            }
            d = &d[i + 1..];
        }
        self.partial.extend_from_slice(d);
        (full, empty)
    }

    /// What was wrong with the stream up to here, if anything.
    pub fn wrong(self) -> Option<String> {
        self.wrong
    }

    /// What was wrong with the whole stream, if anything.
    pub fn end(mut self) -> Option<String> {
        if !self.partial.is_empty() {
            let line = std::mem::take(&mut self.partial);
            match self.content.format {
                Format::Ndjson => _ = self.line(&line),
                Format::Sse => self.fail("last SSE line has no end".into()),
            }
        }
        if let Some(x) = &self.content.expect
            && self.pos != x.len()
        {
            self.fail(format!("content short: {} of {} bytes", self.pos, x.len()));
        }
        self.wrong
    }

    /// Some(true): a chunk with text; Some(false): an empty one; None: no chunk.
    fn line(&mut self, l: &[u8]) -> Option<bool> {
        let l = l.strip_suffix(b"\r").unwrap_or(l);
        match self.content.format {
            Format::Ndjson if l.is_empty() => None,
            Format::Ndjson => self.payload(l),
            Format::Sse => self.sse_line(l),
        }
    }

    fn sse_line(&mut self, l: &[u8]) -> Option<bool> {
        if l.is_empty() {
            self.event.clear();
            return None;
        }
        let value = |v: &'static [u8]| l.strip_prefix(v).map(|d| d.strip_prefix(b" ").unwrap_or(d));
        if let Some(name) = value(b"event:") {
            self.event = name.to_vec();
            return None;
        }
        let data = value(b"data:")?;
        let other_event = !self.content.event.is_empty() && self.event != self.content.event.as_bytes();
        if data == b"[DONE]" || other_event { None } else { self.payload(data) }
    }

    fn payload(&mut self, p: &[u8]) -> Option<bool> {
        if let Some(text) = self.content.plain_text(p) {
            return Some(self.text(text));
        }
        match serde_json::from_slice::<Value>(p) {
            Ok(v) => Some(self.value(&v)),
            Err(e) => {
                self.fail(format!(
                    "chunk is not JSON ({e}): {}",
                    String::from_utf8_lossy(&p[..p.len().min(200)])
                ));
                None
            }
        }
    }

    fn value(&mut self, v: &Value) -> bool {
        if let Some(Value::String(s)) = self.content.lookup(v) {
            return self.text(s.as_bytes());
        }
        if v.get("error").is_some() {
            self.fail(format!("error chunk: {v}"));
        }
        false
    }

    fn text(&mut self, t: &[u8]) -> bool {
        if let Some(x) = &self.content.expect
            && !t.is_empty()
        {
            if x.as_bytes()[self.pos..].starts_with(t) {
                self.pos += t.len();
            } else {
                self.fail(format!(
                    "content differs at byte {}: got {:?}",
                    self.pos,
                    String::from_utf8_lossy(t)
                ));
            }
        }
        !t.is_empty()
    }

    /// Keeps the first thing that was wrong.
    fn fail(&mut self, s: String) {
        self.wrong.get_or_insert(s);
    }
}
