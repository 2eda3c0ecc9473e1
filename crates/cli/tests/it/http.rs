//! HTTP/1.1 by hand, so that a test decides about every byte.

use crate::PATIENCE;
use serde_json::Value;
use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

/// A head: the first line and the headers, their names in small letters.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    pub(crate) line: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Head {
    /// Reads a head; `None` if the other side is gone.
    pub(crate) fn read(from: &mut impl BufRead) -> Option<Head> {
        let mut lines = std::iter::from_fn(|| {
            let mut line = String::new();
            let length = from.read_line(&mut line).unwrap_or(0);
            (length > 0).then(|| line.trim_end().to_string())
        });
        let line = lines.next()?;
        let headers = lines.take_while(|line| !line.is_empty()).map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_string())
        });
        let headers = headers.collect();
        Some(Head { line, headers })
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The length that is declared.
    pub(crate) fn length(&self) -> usize {
        self.header("content-length").map_or(0, |length| length.parse().unwrap())
    }

    fn is_chunked(&self) -> bool {
        self.header("transfer-encoding") == Some("chunked")
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: Head,
    pub(crate) text: String,
}

impl Answer {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body's lines, each a JSON value.
    #[track_caller]
    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The stable code of a failure.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_else(|| panic!("no code in {self:?}")).into()
    }
}

/// A client's connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
    chunked: bool,
    decoded: VecDeque<u8>,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        Client { stream: BufReader::new(stream), chunked: false, decoded: VecDeque::new() }
    }

    /// Sends bytes as they are; gives whether the server still takes any.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> bool {
        self.stream.get_mut().write_all(bytes).is_ok()
    }

    /// Sends a request with its body. A server that refuses it early may not read it to the end.
    pub(crate) fn request(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.host());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if method == "POST" {
            head.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        self.write(&[head.as_bytes(), b"\r\n", body].concat());
    }

    /// Sends JSON.
    pub(crate) fn post(&mut self, path: &str, body: &str) {
        self.request("POST", path, &[("content-type", "application/json")], body.as_bytes());
    }

    fn host(&self) -> String {
        self.stream.get_ref().peer_addr().unwrap().to_string()
    }

    /// Reads an answer's head.
    #[track_caller]
    pub(crate) fn head(&mut self) -> (u16, Head) {
        let head = Head::read(&mut self.stream).expect("the server has closed the connection");
        let status = head.line.split(' ').nth(1).and_then(|status| status.parse().ok());
        self.chunked = head.is_chunked();
        (status.unwrap_or_else(|| panic!("{head:?}")), head)
    }

    /// Reads a whole answer.
    #[track_caller]
    pub(crate) fn answer(&mut self) -> Answer {
        let (status, head) = self.head();
        let mut body = Vec::new();
        if self.chunked {
            while self.more() {}
            body.extend(self.decoded.drain(..));
        } else {
            body.resize(head.length(), 0);
            self.stream.read_exact(&mut body).unwrap();
        }
        Answer { status, head, text: String::from_utf8(body).unwrap() }
    }

    /// The next line of a streamed body; `None` at its proper end.
    #[track_caller]
    pub(crate) fn line(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.decoded.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.decoded.drain(..=end).collect();
                return Some(serde_json::from_slice(&line).unwrap());
            }
            if !self.more() {
                assert!(self.decoded.is_empty(), "half a line at the end");
                return None;
            }
        }
    }

    /// Decodes one more part of a chunked body; gives whether there was one.
    #[track_caller]
    fn more(&mut self) -> bool {
        let mut size = String::new();
        self.stream.read_line(&mut size).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).expect("the body was cut");
        let mut part = vec![0; size + 2];
        self.stream.read_exact(&mut part).unwrap();
        self.decoded.extend(&part[..size]);
        size > 0
    }

    /// What the server still sends until it closes the connection.
    #[track_caller]
    pub(crate) fn until_closed(&mut self) -> String {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => {
                panic!("the connection stays open: {error}")
            }
            _ => String::from_utf8(rest).unwrap(),
        }
    }
}
