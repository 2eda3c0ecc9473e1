//! One request over a connection of its own, byte for byte, and the answer to its end, be it cut or not.

use super::{Answer, Event, Recording};
use std::{io, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// The largest answer that is read.
const LARGEST: usize = 16 << 20;

/// Sends a recorded request; the client goes away where the recorded one did.
pub(super) async fn exchange(server: SocketAddr, recording: &Recording) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(&recording.request).await?;
    let mut reader = Reader { stream, unread: Vec::new(), open: true };
    let mut answer = reader.head().await?;
    let bodiless = recording.method() == "HEAD" || matches!(answer.status, 204 | 304);
    if bodiless {
        return Ok(answer);
    }
    let length = answer.header("content-length").map(str::to_owned);
    let chunked = answer.header("transfer-encoding").is_some_and(|value| value.contains("chunked"));
    match length {
        _ if chunked => reader.chunks(&mut answer, recording.left_after()).await?,
        Some(length) => answer.body = reader.take(length.parse().map_err(invalid)?).await?,
        None => answer.body = reader.rest().await?,
    }
    Ok(answer)
}

struct Reader {
    stream: TcpStream,
    unread: Vec<u8>,
    open: bool,
}

impl Reader {
    async fn head(&mut self) -> io::Result<Answer> {
        loop {
            if let Some((answer, used)) = Answer::head(&self.unread).map_err(invalid)? {
                self.unread.drain(..used);
                return Ok(answer);
            }
            if !self.more().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Whether more came. A connection that is reset is one that ended.
    async fn more(&mut self) -> io::Result<bool> {
        if self.unread.len() > LARGEST {
            return Err(invalid("the answer is too large"));
        }
        match self.stream.read_buf(&mut self.unread).await {
            Ok(count) => self.open = count > 0,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => self.open = false,
            Err(error) => return Err(error),
        }
        Ok(self.open)
    }

    async fn take(&mut self, length: usize) -> io::Result<Vec<u8>> {
        while self.unread.len() < length && self.more().await? {}
        let length = length.min(self.unread.len());
        Ok(self.unread.drain(..length).collect())
    }

    async fn rest(&mut self) -> io::Result<Vec<u8>> {
        while self.more().await? {}
        Ok(std::mem::take(&mut self.unread))
    }

    /// The chunks until the last one, the end of the connection, or so many events.
    async fn chunks(&mut self, answer: &mut Answer, events: Option<usize>) -> io::Result<()> {
        loop {
            let head =
                httparse::parse_chunk_size(&self.unread).map_err(|_| invalid("a chunk has no size"))?;
            let httparse::Status::Complete((used, size)) = head else {
                if self.more().await? {
                    continue;
                }
                return Ok(());
            };
            self.unread.drain(..used);
            let size = usize::try_from(size).map_err(invalid)?;
            let mut chunk = self.take(size.saturating_add(2)).await?;
            chunk.truncate(size);
            answer.body.append(&mut chunk);
            answer.chunks.extend((size > 0).then_some(size));
            let enough = |events: usize| answer.events().is_some_and(|came| Event::count(&came) >= events);
            if size == 0 || events.is_some_and(enough) {
                return Ok(());
            }
        }
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
