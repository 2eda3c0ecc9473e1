//! One request from connection to the end of its body.

use std::time::Instant;

use bytes::Bytes;
use http::{Request, Response, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::args::{Args, Mode};
use crate::content::{Content, StreamReader};
use crate::tally::{End, Record};

pub type Connection = SendRequest<Full<Bytes>>;

/// What every request of a run has in common.
pub struct Target {
    pub args: Args,
    host: String,
    addr: String,
    path: String,
    content: Content,
}

impl Target {
    pub fn new(args: Args) -> Target {
        let host = args.url.authority().map_or_else(String::new, ToString::to_string);
        Target {
            addr: if host.contains(':') { host.clone() } else { format!("{host}:80") },
            host,
            path: args.url.path_and_query().map_or_else(|| "/".into(), ToString::to_string),
            content: Content::new(&args),
            args,
        }
    }

    pub async fn connect(&self, rec: &mut Record) -> Result<Connection, String> {
        let t = Instant::now();
        let io = TcpStream::connect(&self.addr).await.map_err(|e| format!("connect: {e}"))?;
        let _ = io.set_nodelay(true);
        let (tx, connection) = handshake(TokioIo::new(io)).await.map_err(|e| format!("handshake: {e}"))?;
        tokio::spawn(connection);
        rec.connects.push(t.elapsed());
        Ok(tx)
    }

    /// Sends request `n` and reads its answer; `slot` has the connection before and, if it can go on, after.
    pub async fn run(&self, slot: &mut Option<Connection>, n: u64, start: Instant, rec: &mut Record) -> End {
        let res = match self.send(slot, n, rec).await {
            Ok(r) => r,
            Err(e) => return End::Transport(e),
        };
        rec.ttfb = Some(start.elapsed());
        let close = self.args.no_keepalive
            || res
                .headers()
                .get(header::CONNECTION)
                .is_some_and(|v| v.as_bytes().eq_ignore_ascii_case(b"close"));
        let end = if self.args.mode == Mode::Json || !res.status().is_success() {
            self.read_whole(res, rec).await
        } else {
            self.read_stream(res.into_body(), start, rec).await
        };
        // dropping sender and body ends hyper's connection task, which closes the socket
        if close || matches!(end, End::Cut | End::Transport(_)) {
            *slot = None;
        }
        end
    }

    /// Once more on a new connection where the server closed an idle one meanwhile.
    async fn send(
        &self,
        slot: &mut Option<Connection>,
        n: u64,
        rec: &mut Record,
    ) -> Result<Response<Incoming>, String> {
        let body = Bytes::from(self.args.body.replace("{n}", &n.to_string()));
        loop {
            let (mut connection, reused) = match slot.take() {
                Some(c) => (c, true),
                None => (self.connect(rec).await?, false),
            };
            let sent = match connection.ready().await {
                Ok(()) => connection.send_request(self.request(body.clone())?).await,
                Err(e) => Err(e),
            };
            match sent {
                Ok(r) => {
                    *slot = Some(connection);
                    return Ok(r);
                }
                Err(_) if reused => rec.reconnects += 1,
                Err(e) => return Err(format!("send: {e:?}")),
            }
        }
    }

    fn request(&self, body: Bytes) -> Result<Request<Full<Bytes>>, String> {
        let mut rq = Request::builder()
            .method(self.args.method.clone())
            .uri(&self.path)
            .header(header::HOST, &self.host);
        if !body.is_empty() {
            rq = rq.header(header::CONTENT_TYPE, "application/json");
        }
        if self.args.no_keepalive {
            rq = rq.header(header::CONNECTION, "close");
        }
        for (k, v) in self.args.headers.iter().filter_map(|h| h.split_once(':')) {
            rq = rq.header(k.trim(), v.trim());
        }
        rq.body(Full::new(body)).map_err(|e| format!("request: {e}"))
    }

    async fn read_whole(&self, res: Response<Incoming>, rec: &mut Record) -> End {
        let status = res.status();
        let body = match res.into_body().collect().await {
            Ok(b) => b.to_bytes(),
            Err(e) => return End::Transport(format!("body: {e:?}")),
        };
        rec.bytes += body.len() as u64;
        if !status.is_success() {
            return End::Status(status.as_u16(), String::from_utf8_lossy(&body).into_owned());
        }
        match self.content.check_answer(&body) {
            Ok(()) => End::Ok,
            Err(e) => End::Mismatch(e),
        }
    }

    async fn read_stream(&self, mut body: Incoming, start: Instant, rec: &mut Record) -> End {
        let mut reader = StreamReader::new(&self.content);
        let mut last: Option<Instant> = None;
        while let Some(frame) = body.frame().await {
            let data = match frame.map(hyper::body::Frame::into_data) {
                Ok(Ok(d)) => d,
                Ok(Err(_)) => continue,
                Err(e) => return End::Transport(format!("stream body after {} chunks: {e:?}", rec.chunks)),
            };
            rec.bytes += data.len() as u64;
            rec.frames += 1;
            let (full, empty) = reader.feed(&data);
            rec.empty += empty;
            if full == 0 {
                continue;
            }
            let now = Instant::now();
            match last {
                None => rec.ttft = Some(now - start),
                Some(l) => rec.gaps.push((now - l).as_micros().try_into().unwrap_or(u32::MAX)),
            }
            // chunks that came in one read: no gap between them
            rec.gaps.extend((1..full).map(|_| 0));
            last = Some(now);
            rec.chunks += full;
            if self.args.drop_after > 0 && rec.chunks >= self.args.drop_after {
                return reader.wrong().map_or(End::Cut, End::Mismatch);
            }
        }
        reader.end().map_or(End::Ok, End::Mismatch)
    }
}
