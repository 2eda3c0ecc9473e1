//! A vendor that speaks as OpenAI does. It records what is asked, and a test answers each request piece by piece.

use crate::{PATIENCE, http::Head};
use serde_json::{Value, json};
use std::{
    io::{BufReader, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::Instant,
};

/// A key that the vendor takes, and that must never be seen elsewhere.
pub(crate) const KEY: &str = "sk-test-0123456789abcdef";

/// The vendor.
pub(crate) struct Vendor {
    address: SocketAddr,
    desk: Arc<Desk>,
}

/// Where requests wait until the test takes them.
#[derive(Default)]
struct Desk {
    waiting: Mutex<Vec<Exchange>>,
    arrived: Condvar,
    connections: AtomicUsize,
}

/// A request that has come, and the connection that waits for its answer.
pub(crate) struct Exchange {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
    stream: TcpStream,
}

impl Vendor {
    /// A vendor on a port of its own.
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let desk = Arc::new(Desk::default());
        let arriving = desk.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, desk) = (stream.unwrap(), arriving.clone());
                desk.connections.fetch_add(1, SeqCst);
                thread::spawn(move || desk.receive(stream));
            }
        });
        Vendor { address, desk }
    }

    /// The base URL, as `OPENAI_BASE_URL` has it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// How many connections there were.
    pub(crate) fn connections(&self) -> usize {
        self.desk.connections.load(SeqCst)
    }

    /// The next request.
    #[track_caller]
    pub(crate) fn next(&self) -> Exchange {
        self.asked("")
    }

    /// The request that has this in its body, once it has come.
    #[track_caller]
    pub(crate) fn asked(&self, text: &str) -> Exchange {
        let has = |exchange: &Exchange| String::from_utf8_lossy(&exchange.body).contains(text);
        let mut waiting = self.desk.waiting.lock().unwrap();
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(index) = waiting.iter().position(has) {
                return waiting.remove(index);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "nobody asked the vendor {text}");
            waiting = self.desk.arrived.wait_timeout(waiting, left).unwrap().0;
        }
    }
}

impl Desk {
    /// One request a connection, so that each request's end can be seen.
    fn receive(&self, stream: TcpStream) {
        stream.set_nodelay(true).unwrap();
        let mut reader = BufReader::new(&stream);
        let Some(head) = Head::read(&mut reader) else { return };
        let mut body = vec![0; head.length()];
        reader.read_exact(&mut body).unwrap();
        self.waiting.lock().unwrap().push(Exchange { head, body, stream });
        self.arrived.notify_all();
    }
}

impl Exchange {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Answers with a status and JSON.
    pub(crate) fn answer(mut self, status: &str, body: &Value) {
        let body = body.to_string();
        self.json_head(status, body.len());
        self.write(&body);
    }

    /// Answers with a whole completion.
    pub(crate) fn complete(self, text: &str) {
        let choice =
            json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
        self.answer("200 OK", &completion("chat.completion", &choice));
    }

    /// Answers with the first half of a completion.
    pub(crate) fn half_complete(&mut self) {
        self.json_head("200 OK", 1000);
        self.write(r#"{"id":"chatcmpl-1","object":"chat.completion","choices":[{"index":0,"#);
    }

    fn json_head(&mut self, status: &str, length: usize) {
        let declared = format!("content-type: application/json\r\ncontent-length: {length}");
        self.write(&format!("HTTP/1.1 {status}\r\n{declared}\r\nconnection: close\r\n\r\n"));
    }

    /// Begins a stream.
    pub(crate) fn begin_stream(&mut self) {
        self.write(concat!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\n",
            "transfer-encoding: chunked\r\nconnection: close\r\n\r\n"
        ));
        self.event(&piece(&json!({"role": "assistant", "content": ""}), None));
    }

    /// Streams a piece of text.
    pub(crate) fn token(&mut self, text: &str) {
        self.event(&piece(&json!({"content": text}), None));
    }

    /// Ends a stream.
    pub(crate) fn end_stream(mut self) {
        self.event(&piece(&json!({}), Some("stop")));
        self.part("data: [DONE]\n\n");
        self.stop_stream();
    }

    /// Ends a stream's body where it is.
    pub(crate) fn stop_stream(mut self) {
        self.write("0\r\n\r\n");
    }

    fn event(&mut self, data: &Value) {
        self.part(&format!("data: {data}\n\n"));
    }

    /// One part of a chunked body.
    fn part(&mut self, text: &str) {
        self.write(&format!("{:x}\r\n{text}\r\n", text.len()));
    }

    fn write(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// When the client closed the connection.
    #[track_caller]
    pub(crate) fn closed(mut self) -> Instant {
        self.stream.set_read_timeout(Some(PATIENCE)).unwrap();
        match self.stream.read(&mut [0]) {
            Ok(0) => Instant::now(),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Instant::now(),
            other => panic!("the connection to the vendor stays open: {other:?}"),
        }
    }
}

fn piece(delta: &Value, finish_reason: Option<&str>) -> Value {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish_reason});
    completion("chat.completion.chunk", &choice)
}

fn completion(object: &str, choice: &Value) -> Value {
    let mut completion =
        json!({"id": "chatcmpl-1", "object": object, "created": 1, "model": "gpt-4o-2024-08-06"});
    completion["choices"] = json!([choice]);
    if choice["finish_reason"].is_string() {
        completion["usage"] = json!({"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18});
    }
    completion
}
