//! As much of HTTP/1.1 as a fake service needs, on a blocking socket that notices when the other side goes away.

use serde_json::Value;
use std::{
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

/// A request.
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Vec<u8>,
}

/// A connection; what it writes is written at once.
pub(crate) struct Connection {
    socket: BufReader<TcpStream>,
}

impl Connection {
    pub(crate) fn new(socket: TcpStream) -> std::io::Result<Self> {
        socket.set_nodelay(true)?;
        Ok(Connection { socket: BufReader::new(socket) })
    }

    /// The next request; `None` when there is none.
    pub(crate) fn request(&mut self) -> Option<Request> {
        self.socket.get_ref().set_read_timeout(None).ok()?;
        let first = self.line()?;
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let mut length = 0;
        loop {
            let line = self.line()?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let mut body = vec![0; length];
        self.socket.read_exact(&mut body).ok()?;
        Some(Request { method, path, body })
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.socket.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// Waits so long; whether the other side is still there.
    pub(crate) fn wait(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            if self.socket.get_ref().set_read_timeout(Some(left)).is_err() {
                return false;
            }
            match self.socket.fill_buf() {
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => return false,
                Ok([]) => return false,
                // A next request already: whoever sent it is there.
                Ok(_) => std::thread::sleep(left),
            }
        }
    }

    /// A whole answer; whether it could be written, as below.
    pub(crate) fn json(&mut self, status: u16, headers: &[(&str, &str)], body: &Value) -> bool {
        let body = body.to_string();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        self.write(&format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}"
        ))
    }

    /// A whole text.
    pub(crate) fn text(&mut self, content_type: &str, body: &str) -> bool {
        let length = body.len();
        self.write(&format!(
            "HTTP/1.1 200 X\r\ncontent-type: {content_type}; charset=utf-8\r\ncontent-length: {length}\r\n\r\n{body}"
        ))
    }

    /// The first half of a whole answer.
    pub(crate) fn half(&mut self, body: &Value) -> bool {
        let body = body.to_string();
        let length = body.len();
        let half: String = body.chars().take(body.chars().count() / 2).collect();
        self.write(&format!(
            "HTTP/1.1 200 X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{half}"
        ))
    }

    pub(crate) fn stream_head(&mut self) -> bool {
        self.write("HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    }

    pub(crate) fn event(&mut self, data: &Value) -> bool {
        self.chunk(&format!("data: {data}\n\n"))
    }

    pub(crate) fn end_stream(&mut self) -> bool {
        self.chunk("data: [DONE]\n\n") && self.end_body()
    }

    pub(crate) fn end_body(&mut self) -> bool {
        self.write("0\r\n\r\n")
    }

    fn chunk(&mut self, text: &str) -> bool {
        self.write(&format!("{:x}\r\n{text}\r\n", text.len()))
    }

    fn write(&mut self, text: &str) -> bool {
        self.socket.get_mut().write_all(text.as_bytes()).is_ok()
    }
}
