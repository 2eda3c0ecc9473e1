//! A server that does exactly what a test says, byte for byte.

use std::{net::SocketAddr, sync::Arc};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufStream},
    net::{TcpListener, TcpStream},
    sync::{Mutex, mpsc},
    task::JoinSet,
};

/// What a server does with one request.
#[derive(Clone)]
pub(crate) struct Answer {
    parts: Vec<Vec<u8>>,
    end: End,
}

#[derive(Clone, Copy, PartialEq)]
enum End {
    /// Reads the next request.
    Keep,
    /// Closes the connection.
    Close,
    /// Resets the connection.
    Reset,
    /// Says nothing more until the client goes away.
    Hang,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: String,
    /// Which connection it came over, counted from 0.
    pub(crate) connection: usize,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

pub(crate) struct Server {
    address: SocketAddr,
    requests: mpsc::UnboundedReceiver<Seen>,
    gone: mpsc::UnboundedReceiver<()>,
    closed: mpsc::UnboundedReceiver<()>,
    _tasks: JoinSet<()>,
}

impl Server {
    /// A server that gives these answers in order, over whichever connections; the last one again and again.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Answer>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers: Vec<_> = answers.into_iter().collect();
        let answers = Arc::new(Mutex::new((0, answers)));
        let (seen, requests) = mpsc::unbounded_channel();
        let (left, gone) = mpsc::unbounded_channel();
        let (closes, closed) = mpsc::unbounded_channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            for connection in 0.. {
                let (socket, _) = listener.accept().await.unwrap();
                let told = Told { seen: seen.clone(), left: left.clone(), closed: closes.clone() };
                connections.spawn(serve(socket, connection, answers.clone(), told));
            }
        });
        Server { address, requests, gone, closed, _tasks: tasks }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// The next request that came.
    pub(crate) async fn request(&mut self) -> Seen {
        self.requests.recv().await.unwrap()
    }

    /// How many requests came that were not taken.
    pub(crate) fn waiting(&self) -> usize {
        self.requests.len()
    }

    /// Ready when a client closed a connection.
    pub(crate) async fn client_gone(&mut self) {
        self.gone.recv().await.unwrap();
    }

    /// Ready when the server closed a connection.
    pub(crate) async fn closed(&mut self) {
        self.closed.recv().await.unwrap();
    }
}

type Answers = Arc<Mutex<(usize, Vec<Answer>)>>;

/// Where a connection says what happens on it.
struct Told {
    seen: mpsc::UnboundedSender<Seen>,
    left: mpsc::UnboundedSender<()>,
    closed: mpsc::UnboundedSender<()>,
}

async fn serve(socket: TcpStream, connection: usize, answers: Answers, Told { seen, left, closed }: Told) {
    socket.set_nodelay(true).unwrap();
    let mut socket = BufStream::new(socket);
    while let Some(request) = read_request(&mut socket, connection).await {
        let answer = {
            let (next, answers) = &mut *answers.lock().await;
            let answer = answers[(*next).min(answers.len() - 1)].clone();
            *next += 1;
            answer
        };
        let _ = seen.send(request);
        for part in answer.parts {
            if socket.write_all(&part).await.is_err() || socket.flush().await.is_err() {
                break;
            }
            tokio::task::yield_now().await;
        }
        match answer.end {
            End::Keep => continue,
            End::Close => {
                drop(socket);
                let _ = closed.send(());
                return;
            }
            End::Reset => return socket.get_ref().set_zero_linger().unwrap(),
            End::Hang => while socket.read_u8().await.is_ok() {},
        }
        break;
    }
    let _ = left.send(());
}

async fn read_request(socket: &mut BufStream<TcpStream>, connection: usize) -> Option<Seen> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.ok()?);
    }
    let mut seen = Seen { head: String::from_utf8(head).unwrap(), body: String::new(), connection };
    let mut body = vec![0; seen.header("content-length").map_or(0, |length| length.parse().unwrap())];
    socket.read_exact(&mut body).await.ok()?;
    seen.body = String::from_utf8(body).unwrap();
    Some(seen)
}

/// An answer in JSON.
pub(crate) fn json(status: u16, body: &str) -> Answer {
    plain(status, "application/json", body)
}

/// An answer with a length.
pub(crate) fn plain(status: u16, content_type: &str, body: &str) -> Answer {
    with_headers(status, &format!("content-type: {content_type}\r\n"), body.as_bytes())
}

/// An answer with further header lines.
pub(crate) fn with_headers(status: u16, headers: &str, body: &[u8]) -> Answer {
    let head = format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\n\r\n", body.len());
    Answer { parts: vec![[head.as_bytes(), body].concat()], end: End::Keep }
}

/// A stream of events, each frame sent by itself.
pub(crate) fn sse<'a>(frames: impl IntoIterator<Item = &'a str>) -> Answer {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    let mut parts = vec![head.into()];
    parts.extend(frames.into_iter().map(|frame| format!("{:x}\r\n{frame}\r\n", frame.len()).into_bytes()));
    Answer { parts, end: End::Keep }.then(b"0\r\n\r\n")
}

/// These bytes.
pub(crate) fn raw(bytes: impl AsRef<[u8]>) -> Answer {
    Answer { parts: vec![bytes.as_ref().into()], end: End::Keep }
}

/// Nothing at all.
pub(crate) fn silence() -> Answer {
    Answer { parts: Vec::new(), end: End::Hang }
}

impl Answer {
    fn then(mut self, part: &[u8]) -> Self {
        self.parts.push(part.into());
        self
    }

    fn ending(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// The same without the end of the body.
    fn open(mut self) -> Self {
        self.parts.pop();
        self
    }

    /// The same, but the body never ends.
    pub(crate) fn hang(self) -> Self {
        self.open().ending(End::Hang)
    }

    /// The same, but the connection is closed before the body's end.
    pub(crate) fn cut(self) -> Self {
        self.open().ending(End::Close)
    }

    /// The same, but the connection is reset before the body's end.
    pub(crate) fn reset(self) -> Self {
        self.open().ending(End::Reset)
    }

    /// The same, and then the connection is closed.
    pub(crate) fn close(self) -> Self {
        self.ending(End::Close)
    }

    /// The same in two pieces.
    pub(crate) fn in_two(self, cut: usize) -> Self {
        let all = self.parts.concat();
        let (head, tail) = all.split_at(cut);
        Answer { parts: vec![head.into(), tail.into()], ..self }
    }

    /// The same, byte by byte.
    pub(crate) fn byte_by_byte(mut self) -> Self {
        let rest = self.parts.split_off(1);
        self.parts.extend(rest.concat().into_iter().map(|byte| vec![byte]));
        self
    }
}

/// A frame with a word of an answer.
pub(crate) fn word(text: &str) -> String {
    format!(
        "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}]}}\n\n"
    )
}

pub(crate) const ROLE: &str =
    "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
pub(crate) const FINISH: &str = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
pub(crate) const DONE: &str = "data: [DONE]\n\n";
pub(crate) const ANSWER: &str =
    r#"{"choices":[{"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}]}"#;
