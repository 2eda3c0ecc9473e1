//! A model's service for the clients' tests: OpenAI's chat completions, misbehaving as the model's name says.

use super::{
    http::{Connection, Request},
    speech::{End, Speech, completion, frame},
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

/// The service. It lives as long as the process; nothing of it is kept on disk.
pub(crate) struct Upstream {
    address: SocketAddr,
}

/// What became of a model's requests.
#[derive(Default, Clone)]
struct Counts {
    requests: usize,
    open: usize,
    cancelled: usize,
}

type Stats = Arc<Mutex<BTreeMap<String, Counts>>>;

impl Upstream {
    /// Starts it on a port of its own.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let stats = Stats::default();
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                let stats = stats.clone();
                thread::spawn(move || serve(socket, &stats));
            }
        });
        Ok(Upstream { address })
    }

    /// Its address, without `/v1`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

/// Answers a connection's requests until it ends.
fn serve(socket: TcpStream, stats: &Stats) {
    let Ok(mut connection) = Connection::new(socket) else { return };
    while let Some(request) = connection.request() {
        let goes_on = match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/stats") => connection.json(200, &[], &shown(stats)),
            ("POST", "/v1/chat/completions") => chat(&mut connection, &request, stats),
            _ => connection.json(404, &[], &error("There is no such path.", "invalid_request_error")),
        };
        if !goes_on {
            return;
        }
    }
}

/// Answers one conversation; whether the connection goes on.
fn chat(connection: &mut Connection, request: &Request, stats: &Stats) -> bool {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    count(stats, &model, |counts| {
        counts.requests += 1;
        counts.open += 1;
    });
    let ended = answer(connection, &model, &body);
    count(stats, &model, |counts| {
        counts.open -= 1;
        counts.cancelled += usize::from(ended == Ended::ByClient);
    });
    ended == Ended::Well
}

/// How an answer ended.
#[derive(PartialEq)]
enum Ended {
    Well,
    /// The connection was cut here, as the model's name wants it.
    Cut,
    /// Whoever asked went away.
    ByClient,
}

impl From<bool> for Ended {
    fn from(written: bool) -> Self {
        if written { Ended::Well } else { Ended::ByClient }
    }
}

fn answer(connection: &mut Connection, model: &str, body: &Value) -> Ended {
    let failure = |connection: &mut Connection, status, headers: &[(&str, &str)], kind| {
        Ended::from(connection.json(status, headers, &error("The service says no.", kind)))
    };
    match model {
        "fails-500" => failure(connection, 500, &[], "server_error"),
        "fails-400" => failure(connection, 400, &[], "invalid_request_error"),
        "fails-429" => failure(connection, 429, &[("retry-after", "1")], "rate_limit_error"),
        "late" if connection.wait(Duration::from_millis(600)) => {
            failure(connection, 500, &[], "server_error")
        }
        "late" => Ended::ByClient,
        "silent" if !connection.wait(Duration::from_secs(60)) => Ended::ByClient,
        _ if body["stream"] == true => stream(connection, &Speech::of(model, body), body),
        _ => whole(connection, &Speech::of(model, body)),
    }
}

/// The whole answer at once; for one that breaks, half of it.
fn whole(connection: &mut Connection, speech: &Speech) -> Ended {
    if !connection.wait(speech.gap * u32::try_from(speech.words.len()).unwrap_or(u32::MAX)) {
        return Ended::ByClient;
    }
    let answer = completion(speech);
    if speech.breaks.is_some() {
        connection.half(&answer);
        return Ended::Cut;
    }
    connection.json(200, &[], &answer).into()
}

/// The answer word by word.
fn stream(connection: &mut Connection, speech: &Speech, body: &Value) -> Ended {
    let usage = body["stream_options"]["include_usage"] == true;
    if !connection.stream_head() {
        return Ended::ByClient;
    }
    for (place, delta) in speech.deltas().into_iter().enumerate() {
        // The first delta is the role's.
        if let Some((after, end)) = speech.breaks
            && place > after
        {
            return broken(connection, end);
        }
        if place > 1 && !connection.wait(speech.gap) || !connection.event(&frame(speech, &delta, None)) {
            return Ended::ByClient;
        }
    }
    let mut well = connection.event(&frame(speech, &json!({}), Some(speech.finish())));
    if usage {
        let mut last = frame(speech, &json!({}), None);
        last["choices"] = json!([]);
        last["usage"] = speech.usage();
        well = well && connection.event(&last);
    }
    (well && connection.end_stream()).into()
}

/// Ends a stream as it should not end.
fn broken(connection: &mut Connection, end: End) -> Ended {
    match end {
        End::Cut => Ended::Cut,
        End::Stop => connection.end_body().into(),
        End::Stall if connection.wait(Duration::from_secs(60)) => Ended::Cut,
        End::Stall => Ended::ByClient,
        End::Error => {
            connection.event(&error("The service broke.", "server_error"));
            connection.end_stream().into()
        }
    }
}

fn error(message: &str, kind: &str) -> Value {
    json!({ "error": { "message": message, "type": kind, "param": null, "code": null } })
}

fn count(stats: &Stats, model: &str, change: impl FnOnce(&mut Counts)) {
    let mut stats = stats.lock().unwrap_or_else(PoisonError::into_inner);
    change(stats.entry(model.to_owned()).or_default());
}

/// `{MODEL: {requests, open, cancelled}}`.
fn shown(stats: &Stats) -> Value {
    let stats = stats.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let shown = |counts: Counts| json!({ "requests": counts.requests, "open": counts.open, "cancelled": counts.cancelled });
    stats.into_iter().map(|(model, counts)| (model, shown(counts))).collect()
}
