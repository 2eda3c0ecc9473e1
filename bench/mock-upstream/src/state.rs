//! What the mock counts and keeps between requests.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::HeaderMap;
use mock_upstream::token;
use serde_json::{Value, json};

use crate::params::Params;

pub const ID: &str = "chatcmpl-mock0000000000000000000";
pub const CREATED: u64 = 1_700_000_000;

#[derive(Default)]
pub struct Stats {
    pub requests: AtomicU64,
    pub stream_requests: AtomicU64,
    pub inflight: AtomicI64,
    pub peak: AtomicI64,
    pub completed: AtomicU64,
    pub cancelled: AtomicU64,
    pub last_cancel_unix_us: AtomicU64,
    pub faulted: AtomicU64,
    pub tokens_sent: AtomicU64,
    pub connections: AtomicU64,
    pub open_connections: AtomicI64,
}

impl Stats {
    pub fn json(&self) -> Value {
        json!({
            "requests": self.requests.load(Relaxed),
            "stream_requests": self.stream_requests.load(Relaxed),
            "inflight": self.inflight.load(Relaxed),
            "peak": self.peak.load(Relaxed),
            "completed": self.completed.load(Relaxed),
            "cancelled": self.cancelled.load(Relaxed),
            "last_cancel_unix_us": self.last_cancel_unix_us.load(Relaxed),
            "faulted": self.faulted.load(Relaxed),
            "tokens_sent": self.tokens_sent.load(Relaxed),
            "connections": self.connections.load(Relaxed),
            "open_connections": self.open_connections.load(Relaxed),
        })
    }

    /// In-flight work keeps being counted; everything else starts at zero.
    pub fn reset(&self) {
        for c in [
            &self.requests,
            &self.stream_requests,
            &self.completed,
            &self.cancelled,
            &self.last_cancel_unix_us,
            &self.faulted,
            &self.tokens_sent,
            &self.connections,
        ] {
            c.store(0, Relaxed);
        }
        self.peak.store(self.inflight.load(Relaxed), Relaxed);
    }
}

type FrameKey = (String, u32, bool);

pub struct Shared {
    pub stats: Stats,
    pub params: RwLock<Params>,
    /// body and head of the last chat request
    pub last: Mutex<(Bytes, HeaderMap)>,
    frames: Mutex<HashMap<FrameKey, Arc<Frames>>>,
}

impl Shared {
    pub fn new(params: Params) -> Shared {
        Shared {
            stats: Stats::default(),
            params: RwLock::new(params),
            last: Mutex::default(),
            frames: Mutex::default(),
        }
    }

    /// The ready-made events for a model and token shape, built once.
    pub fn frames(&self, model: &str, p: &Params) -> Arc<Frames> {
        let mut known = self.frames.lock().unwrap();
        let key = (model.to_string(), p.size, p.utf8);
        if let Some(f) = known.get(&key)
            && f.tokens.len() >= p.tokens as usize
        {
            return f.clone();
        }
        if known.len() > 64 {
            known.clear();
        }
        let f = Arc::new(Frames::new(model, p));
        known.insert(key, f.clone());
        f
    }
}

/// A stream's events as bytes.
pub struct Frames {
    pub head: Bytes,
    pub tokens: Vec<Bytes>,
    pub tail: Bytes,
}

impl Frames {
    fn new(model: &str, p: &Params) -> Frames {
        let model = Value::from(model);
        let event = |delta: &str, finish: &str| {
            Bytes::from(format!(
                "data: {{\"id\":\"{ID}\",\"object\":\"chat.completion.chunk\",\"created\":{CREATED},\"model\":{model},\
                 \"service_tier\":\"default\",\"system_fingerprint\":\"fp_mock\",\
                 \"choices\":[{{\"index\":0,\"delta\":{delta},\"logprobs\":null,\"finish_reason\":{finish}}}]}}\n\n"
            ))
        };
        let content = |i| {
            let mut s = String::new();
            token(i, p.size, p.utf8, &mut s);
            event(&format!("{{\"content\":{}}}", Value::from(s)), "null")
        };
        Frames {
            head: event("{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null"),
            tokens: (0..p.tokens).map(content).collect(),
            tail: event("{}", "\"stop\""),
        }
    }
}

/// Counts one upstream request; dropped before it is settled = the client went away.
pub struct Guard {
    pub shared: Arc<Shared>,
    settled: bool,
}

impl Guard {
    pub fn new(shared: &Arc<Shared>) -> Guard {
        let s = &shared.stats;
        s.requests.fetch_add(1, Relaxed);
        let n = s.inflight.fetch_add(1, Relaxed) + 1;
        s.peak.fetch_max(n, Relaxed);
        Guard { shared: shared.clone(), settled: false }
    }

    pub fn finish(&mut self) {
        if !self.settled {
            self.settled = true;
            self.shared.stats.completed.fetch_add(1, Relaxed);
        }
    }

    pub fn fault(&mut self) {
        if !self.settled {
            self.settled = true;
            self.shared.stats.faulted.fetch_add(1, Relaxed);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let s = &self.shared.stats;
        if !self.settled {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            s.last_cancel_unix_us.fetch_max(now.as_micros() as u64, Relaxed);
            s.cancelled.fetch_add(1, Relaxed);
        }
        s.inflight.fetch_sub(1, Relaxed);
    }
}
