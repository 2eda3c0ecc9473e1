//! Clients: hyper's for what is well-formed, a bare socket for what is not.

use crate::harness::{TestServer, soon, spawn};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

pub(crate) type Ask = Request<Full<Bytes>>;

/// A request without a body.
pub(crate) fn request(method: Method, path: &str) -> Ask {
    Request::builder().method(method).uri(path).header("host", "here.example").body(Full::default()).unwrap()
}

pub(crate) fn get(path: &str) -> Ask {
    request(Method::GET, path)
}

/// A request with a JSON body.
pub(crate) fn post(path: &str, body: &Value) -> Ask {
    post_text(path, "application/json", body.to_string())
}

/// A request with any body.
pub(crate) fn post_text(path: &str, content_type: &str, body: impl Into<Bytes>) -> Ask {
    let mut ask = request(Method::POST, path).with("content-type", content_type);
    *ask.body_mut() = Full::new(body.into());
    ask
}

/// The question that the chains under test take.
pub(crate) fn ask(path: &str, question: &str) -> Ask {
    post(path, &serde_json::json!({"question": question}))
}

pub(crate) trait With {
    /// The request with one header more.
    fn with(self, name: &'static str, value: &str) -> Self;
}

impl With for Ask {
    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers_mut().append(name, value.parse().unwrap());
        self
    }
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn of<B>(response: Response<B>) -> Self
    where
        B: http_body::Body<Data = Bytes, Error: std::fmt::Debug>,
    {
        let (head, body) = response.into_parts();
        let body = soon("the answer ends", body.collect()).await.unwrap().to_bytes();
        Answer { status: head.status, headers: head.headers, body }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The header's text, or nothing.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The lines of a stream.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let text = self.text();
        assert!(text.is_empty() || text.ends_with('\n'), "a line was cut: {text:?}");
        text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The data of a stream of events.
    pub(crate) fn events(&self) -> Vec<Value> {
        let text = self.text();
        assert!(text.ends_with("\n\n"), "an event was cut: {text:?}");
        let data = text.split_terminator("\n\n").filter_map(|event| event.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).unwrap()).collect()
    }

    /// Status and code of an error.
    pub(crate) fn failure(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["error"]["code"].as_str().unwrap_or_default().to_string())
    }
}

impl TestServer {
    /// A new HTTP/1.1 connection.
    pub(crate) async fn connect(&self) -> Http1 {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (sender, connection) = conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        spawn(connection);
        Http1(sender)
    }

    /// A new HTTP/2 connection, with prior knowledge.
    pub(crate) async fn connect_http2(&self) -> conn::http2::SendRequest<Full<Bytes>> {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let handshake = conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (sender, connection) = handshake.await.unwrap();
        spawn(connection);
        sender
    }

    /// The head of the answer, on a connection of its own; dropping it closes the connection.
    pub(crate) async fn open(&self, ask: Ask) -> Response<Incoming> {
        self.connect().await.open(ask).await
    }

    /// The answer, on a connection of its own.
    pub(crate) async fn send(&self, ask: Ask) -> Answer {
        Answer::of(self.open(ask).await).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(get(path)).await
    }
}

/// A client's HTTP/1.1 connection.
pub(crate) struct Http1(conn::http1::SendRequest<Full<Bytes>>);

impl Http1 {
    /// The head of the answer.
    pub(crate) async fn open(&mut self, ask: Ask) -> Response<Incoming> {
        soon("the answer's head is there", self.0.send_request(ask)).await.unwrap()
    }

    /// The answer.
    pub(crate) async fn send(&mut self, ask: Ask) -> Answer {
        soon("the connection is free", self.0.ready()).await.unwrap();
        Answer::of(self.open(ask).await).await
    }

    /// Resolves when the server has closed the connection.
    pub(crate) async fn closed(&mut self) {
        let closed = async {
            while self.0.ready().await.is_ok() {
                tokio::task::yield_now().await
            }
        };
        soon("the connection is closed", closed).await;
    }
}

/// The next piece of a body that comes as a stream, as text.
pub(crate) async fn next_piece(
    body: &mut (impl http_body::Body<Data = Bytes, Error: std::fmt::Debug> + Unpin),
) -> String {
    let frame = soon("a piece arrives", body.frame()).await.expect("the stream goes on").unwrap();
    String::from_utf8(frame.into_data().unwrap().to_vec()).unwrap()
}

/// A client's bare connection.
pub(crate) struct Raw(pub(crate) TcpStream);

impl Raw {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Raw(TcpStream::connect(address).await.unwrap())
    }

    /// A client that takes little at a time.
    pub(crate) async fn with_small_window(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        Raw(socket.connect(address).await.unwrap())
    }

    pub(crate) async fn write(&mut self, text: impl AsRef<[u8]>) {
        self.0.write_all(text.as_ref()).await.unwrap();
    }

    /// Sends a whole POST with a JSON body.
    pub(crate) async fn post(&mut self, path: &str, body: &str) {
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: here.example\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        self.write(head + body).await;
    }

    /// Reads until the text has come; what came.
    pub(crate) async fn read_until(&mut self, text: &str) -> String {
        let mut came = Vec::new();
        while !String::from_utf8_lossy(&came).contains(text) {
            let read = soon("the text comes", self.0.read_buf(&mut came)).await.unwrap();
            assert!(read > 0, "the connection ended after {:?}", String::from_utf8_lossy(&came));
        }
        String::from_utf8(came).unwrap()
    }

    /// Reads until the server closes; what came.
    pub(crate) async fn read_to_end(&mut self) -> String {
        let mut came = Vec::new();
        soon("the server closes the connection", self.0.read_to_end(&mut came)).await.unwrap();
        String::from_utf8(came).unwrap()
    }

    /// Closes with a reset instead of an orderly end.
    pub(crate) fn reset(self) {
        self.0.set_zero_linger().unwrap();
    }
}
