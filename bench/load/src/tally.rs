//! What is counted over all requests, and the JSON made of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use serde_json::{Map, Value, json};

/// What one request did; merged into the totals whatever its end.
#[derive(Default)]
pub struct Record {
    pub ttfb: Option<Duration>,
    pub ttft: Option<Duration>,
    pub gaps: Vec<u32>,
    pub chunks: u64,
    pub empty: u64,
    pub bytes: u64,
    pub frames: u64,
    pub connects: Vec<Duration>,
    pub reconnects: u64,
}

/// How one request ended.
pub enum End {
    Ok,
    /// dropped on purpose, after `--drop-after` chunks
    Cut,
    Status(u16, String),
    Mismatch(String),
    Transport(String),
    Timeout,
    /// still under way when the run was over
    Unfinished,
}

pub struct Totals {
    total: Histogram<u64>,
    ttfb: Histogram<u64>,
    ttft: Histogram<u64>,
    gap: Histogram<u64>,
    connect: Histogram<u64>,
    sent: u64,
    ok: u64,
    cut: u64,
    pub unfinished: u64,
    /// open loop: not sent because too many were in flight
    pub dropped: u64,
    timeout: u64,
    transport: u64,
    mismatch: u64,
    reconnects: u64,
    connections: u64,
    status: BTreeMap<u16, u64>,
    samples: Vec<String>,
    chunks: u64,
    empty_chunks: u64,
    bytes: u64,
    frames: u64,
    chunks_min: u64,
    chunks_max: u64,
    pub last_done: Option<Instant>,
}

impl Totals {
    pub fn new() -> Totals {
        Totals {
            total: histogram(),
            ttfb: histogram(),
            ttft: histogram(),
            gap: histogram(),
            connect: histogram(),
            sent: 0,
            ok: 0,
            cut: 0,
            unfinished: 0,
            dropped: 0,
            timeout: 0,
            transport: 0,
            mismatch: 0,
            reconnects: 0,
            connections: 0,
            status: BTreeMap::new(),
            samples: Vec::new(),
            chunks: 0,
            empty_chunks: 0,
            bytes: 0,
            frames: 0,
            chunks_min: u64::MAX,
            chunks_max: 0,
            last_done: None,
        }
    }

    pub fn add(&mut self, rec: &Record, end: End, start: Instant, now: Instant) {
        self.sent += 1;
        self.connections += rec.connects.len() as u64;
        self.reconnects += rec.reconnects;
        self.bytes += rec.bytes;
        self.chunks += rec.chunks;
        self.empty_chunks += rec.empty;
        self.frames += rec.frames;
        for d in &rec.connects {
            record(&mut self.connect, *d);
        }
        if let Some(d) = rec.ttfb {
            record(&mut self.ttfb, d);
        }
        if let Some(d) = rec.ttft {
            record(&mut self.ttft, d);
        }
        for g in &rec.gaps {
            self.gap.saturating_record(u64::from(*g));
        }
        self.count_end(end, rec.chunks, start, now);
    }

    fn count_end(&mut self, end: End, chunks: u64, start: Instant, now: Instant) {
        if matches!(end, End::Ok | End::Cut) {
            record(&mut self.total, now - start);
            self.chunks_min = self.chunks_min.min(chunks);
            self.chunks_max = self.chunks_max.max(chunks);
        }
        if !matches!(end, End::Unfinished) {
            self.last_done = Some(now);
        }
        match end {
            End::Ok => self.ok += 1,
            End::Cut => self.cut += 1,
            End::Unfinished => self.unfinished += 1,
            End::Timeout => self.timeout += 1,
            End::Status(code, body) => {
                *self.status.entry(code).or_default() += 1;
                self.sample(&format!("{code}: {body}"));
            }
            End::Mismatch(s) => {
                self.mismatch += 1;
                self.sample(&s);
            }
            End::Transport(s) => {
                self.transport += 1;
                self.sample(&s);
            }
        }
    }

    fn sample(&mut self, s: &str) {
        if self.samples.len() < 8 {
            self.samples.push(s.chars().take(400).collect());
        }
    }

    /// The counts and distributions of a run that took `elapsed`.
    pub fn json(&self, elapsed: Duration) -> Value {
        let s = elapsed.as_secs_f64();
        let errors = self.status.values().sum::<u64>() + self.transport + self.timeout + self.mismatch;
        let done = self.ok + self.cut;
        json!({
            "elapsed_s": s,
            "sent": self.sent, "ok": self.ok, "cut": self.cut,
            "unfinished": self.unfinished, "dropped": self.dropped,
            "errors": errors,
            "error_kinds": {
                "status": self.status, "transport": self.transport,
                "timeout": self.timeout, "content": self.mismatch,
            },
            "samples": self.samples,
            "connections": self.connections, "reconnects": self.reconnects,
            "rps": done as f64 / s,
            "latency_us": quantiles(&self.total),
            "ttfb_us": quantiles(&self.ttfb),
            "ttft_us": quantiles(&self.ttft),
            "gap_us": quantiles(&self.gap),
            "connect_us": quantiles(&self.connect),
            "chunks": self.chunks, "empty_chunks": self.empty_chunks, "frames": self.frames,
            "chunks_per_s": self.chunks as f64 / s,
            "chunks_per_stream": (done > 0).then_some([self.chunks_min, self.chunks_max]),
            "bytes": self.bytes,
            "last_done_unix_us": self.last_done.map(unix_us),
        })
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000, 3).expect("the bounds are valid")
}

fn record(h: &mut Histogram<u64>, d: Duration) {
    h.saturating_record(d.as_micros() as u64);
}

fn unix_us(t: Instant) -> u64 {
    let then = SystemTime::now() - t.elapsed();
    then.duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64
}

fn quantiles(h: &Histogram<u64>) -> Value {
    if h.is_empty() {
        return Value::Null;
    }
    let mut m = Map::new();
    m.insert("n".into(), json!(h.len()));
    m.insert("min".into(), json!(h.min()));
    m.insert("mean".into(), json!((h.mean() * 10.0).round() / 10.0));
    for (k, q) in [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p999", 0.999)] {
        m.insert(k.into(), json!(h.value_at_quantile(q)));
    }
    m.insert("max".into(), json!(h.max()));
    Value::Object(m)
}
