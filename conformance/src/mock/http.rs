//! HTTP/1.1 over TCP, with a hand on every byte.

use std::{collections::BTreeMap, io};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The most bytes of a request.
const LARGEST: usize = 64 << 20;
const MOST_HEADERS: usize = 128;

/// A request that came.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// The method.
    pub(crate) method: String,
    /// The host it is meant for: that of an absolute target, else the `host` header.
    pub(crate) host: String,
    /// The path with the query.
    pub(crate) path: String,
    /// The headers, with names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// Whether the client wants no more on this connection.
    pub(crate) last: bool,
}

/// One connection of a client.
pub(crate) struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        Ok(Connection { stream, unread: Vec::new() })
    }

    /// The next request; `None` if the client has closed.
    pub(crate) async fn read(&mut self) -> io::Result<Option<Received>> {
        let (mut request, used) = loop {
            if let Some(head) = parse_head(&self.unread)? {
                break head;
            }
            if !self.more().await? {
                return Ok(None);
            }
        };
        self.unread.drain(..used);
        if has(&request, "transfer-encoding", "chunked") {
            request.body = self.chunks().await?;
        } else if let Some(length) = header(&request, "content-length") {
            request.body = self.take(length.parse().map_err(invalid)?).await?;
        }
        Ok(Some(request))
    }

    async fn more(&mut self) -> io::Result<bool> {
        if self.unread.len() > LARGEST {
            return Err(invalid("the request is too large"));
        }
        Ok(self.stream.read_buf(&mut self.unread).await? > 0)
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < length {
            if !self.more().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.unread.drain(..length).collect())
    }

    async fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            match httparse::parse_chunk_size(&self.unread).map_err(|_| invalid("a chunk has no size"))? {
                httparse::Status::Complete((used, size)) => {
                    let size = usize::try_from(size).map_err(invalid)?;
                    self.take(used).await?;
                    let mut chunk = self.take(size.saturating_add(2)).await?;
                    chunk.truncate(size);
                    body.append(&mut chunk);
                    if size == 0 {
                        return Ok(body);
                    }
                }
                httparse::Status::Partial if self.more().await? => {}
                httparse::Status::Partial => return Err(io::ErrorKind::UnexpectedEof.into()),
            }
        }
    }

    /// Writes a head; without a length the body comes in pieces.
    pub(crate) async fn write_head(
        &mut self,
        status: u16,
        headers: &BTreeMap<String, String>,
        length: Option<usize>,
    ) -> io::Result<()> {
        let mut head = format!("HTTP/1.1 {status} \r\n");
        for (name, value) in headers.iter().filter(|(name, _)| !is_framing(name)) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&match length {
            Some(length) => format!("content-length: {length}\r\n\r\n"),
            None => "transfer-encoding: chunked\r\n\r\n".into(),
        });
        self.write(head.as_bytes()).await
    }

    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }

    /// Writes one piece of a body, in one packet if it fits.
    pub(crate) async fn write_piece(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.write(&chunk).await
    }

    /// Ends a body that came in pieces.
    pub(crate) async fn write_end(&mut self) -> io::Result<()> {
        self.write(b"0\r\n\r\n").await
    }

    /// Makes dropping the connection abort it: the client gets a reset, and no end.
    pub(crate) fn cut(&self) -> io::Result<()> {
        self.stream.set_zero_linger()
    }
}

fn parse_head(bytes: &[u8]) -> io::Result<Option<(Received, usize)>> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut head = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(used) = head.parse(bytes).map_err(invalid)? else { return Ok(None) };
    let mut request = Received {
        method: head.method.unwrap_or_default().into(),
        headers: head
            .headers
            .iter()
            .map(|header| {
                (header.name.to_ascii_lowercase(), String::from_utf8_lossy(header.value).into_owned())
            })
            .collect(),
        ..Received::default()
    };
    let target = head.path.unwrap_or_default();
    (request.host, request.path) = match target.split_once("://").filter(|_| !target.starts_with('/')) {
        Some((_, rest)) => {
            let slash = rest.find('/').unwrap_or(rest.len());
            (rest[..slash].into(), rest[slash..].into())
        }
        None => (header(&request, "host").unwrap_or_default().into(), target.into()),
    };
    request.last = has(&request, "connection", "close");
    Ok(Some((request, used)))
}

fn header<'a>(request: &'a Received, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn has(request: &Received, name: &str, word: &str) -> bool {
    header(request, name).is_some_and(|value| value.to_ascii_lowercase().contains(word))
}

fn is_framing(name: &str) -> bool {
    ["content-length", "transfer-encoding", "connection"]
        .iter()
        .any(|framing| name.eq_ignore_ascii_case(framing))
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
