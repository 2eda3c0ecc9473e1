//! The settings of a server: every limit, timeout and default, with its unit.

use crate::mounts::Mounts;
use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use windlass_core::{ByteCount, Span};

/// All settings of a server; the `server:` part of a chain file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The address and port to listen on. Default: 127.0.0.1:8000.
    pub listen: Option<SocketAddr>,
    /// The path under which a proxy shows this server, like `/ai`; requests are answered with and without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base_path: Option<String>,
    /// Networks whose `Forwarded` and `X-Forwarded-*` headers are believed, like `10.0.0.0/8`. Default: none.
    #[schemars(with = "Vec<String>")]
    pub trusted_proxies: Vec<IpNet>,
    /// What browsers of other sites may do.
    pub cors: Cors,
    /// Where each dialect is mounted.
    pub dialects: Mounts,
    /// How much of anything is allowed.
    pub limits: Limits,
    /// How long anything may take.
    pub timeouts: Timeouts,
}

/// What browsers of other sites may do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cors {
    /// Origins whose pages may call this server, like `https://app.example.com`, or `*` for all. Default: none.
    pub allow_origins: Vec<String>,
    /// Whether those pages may send cookies and other credentials; not together with `*`. Default: false.
    pub allow_credentials: bool,
}

/// The origin that stands for all.
const ANY_ORIGIN: &str = "*";

impl Cors {
    /// Whether pages of every origin may call.
    pub fn allows_any(&self) -> bool {
        self.allow_origins.iter().any(|origin| origin == ANY_ORIGIN)
    }
}

/// A dialect's path, or `false`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Mount {
    /// Mounted under this path.
    At(String),
    /// Not mounted (`false`).
    Off(bool),
}

impl Mount {
    /// The path without a slash at its end; `None` if the dialect is off.
    pub fn prefix(&self) -> Option<&str> {
        match self {
            Mount::At(path) => Some(path.trim_end_matches('/')),
            Mount::Off(_) => None,
        }
    }
}

/// How much of anything is allowed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// The largest request body. Default: 1 MiB.
    pub body: ByteCount,
    /// Runs under way at once. Default: 4096.
    pub in_flight: usize,
    /// Requests that wait for a place. Default: 1024.
    pub queue: usize,
    /// Connections open at once. Default: what the limit of file descriptors allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<usize>,
    /// Inputs of one batch. Default: 256.
    pub batch_inputs: usize,
    /// Inputs of one batch that run at once. Default: 16.
    pub batch_concurrency: usize,
    /// Bytes that one run may hold in buffers. Default: 16 MiB.
    pub buffered_per_run: ByteCount,
    /// Bytes of chunks that one write to a client may join. Default: 16 KiB.
    pub write_batch: ByteCount,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            body: ByteCount(1 << 20),
            in_flight: 4096,
            queue: 1024,
            connections: None,
            batch_inputs: 256,
            batch_concurrency: 16,
            buffered_per_run: ByteCount(16 << 20),
            write_batch: ByteCount(16 << 10),
        }
    }
}

/// How long anything may take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// From a request's first byte to the end of its head. Default: 5s.
    pub head: Span,
    /// From a request's head to the end of its body. Default: 30s.
    pub body: Span,
    /// How long a connection may stand idle: between requests, or with an answer that its client does not take.
    /// Default: 75s.
    pub idle: Span,
    /// How long a request may wait for a place. Default: 5s.
    pub queue: Span,
    /// A whole run. Default: 10m.
    pub run: Span,
    /// How long a stream's head waits for its first content. Default: 10s.
    pub head_wait: Span,
    /// After how much silence a stream shows that it is alive. Default: 15s.
    pub keep_alive: Span,
    /// How long running requests may go on after a signal to end. Default: 30s.
    pub drain: Span,
    /// What `Retry-After` says with a 503, and the most it says with a 429. Default: 1s and 60s.
    pub retry_after: RetryAfter,
}

/// What `Retry-After` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetryAfter {
    /// When this server is overloaded or draining. Default: 1s.
    pub overloaded: Span,
    /// The most that a model's service's own wish is passed on. Default: 60s.
    pub cap: Span,
}

impl Default for RetryAfter {
    fn default() -> Self {
        RetryAfter { overloaded: Span::seconds(1), cap: Span::seconds(60) }
    }
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            head: Span::seconds(5),
            body: Span::seconds(30),
            idle: Span::seconds(75),
            queue: Span::seconds(5),
            run: Span::seconds(600),
            head_wait: Span::seconds(10),
            keep_alive: Span::seconds(15),
            drain: Span::seconds(30),
            retry_after: RetryAfter::default(),
        }
    }
}

/// The address a server listens on unless told otherwise.
pub const DEFAULT_LISTEN: &str = "127.0.0.1:8000";

impl Settings {
    /// The JSON Schema of the settings, for chain files.
    pub fn schema() -> serde_json::Value {
        let settings = schemars::generate::SchemaSettings::draft2020_12().with(|settings| {
            settings.inline_subschemas = true;
        });
        settings.into_generator().into_root_schema_for::<Settings>().to_value()
    }

    /// What is wrong with the settings beyond their types.
    pub fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut check = |wrong: bool, problem: &str| {
            if wrong {
                problems.push(problem.to_string());
            }
        };
        for (name, is_zero) in self.never_zero() {
            check(is_zero, &format!("{name} must be more than 0"));
        }
        let mounts = self.dialects.iter().map(|(name, mount)| (format!("dialects.{name}"), mount.prefix()));
        let paths = mounts.chain([("base_path".into(), self.base_path.as_deref())]);
        for (name, path) in paths.filter_map(|(name, path)| Some((name, path?))) {
            check(
                !path.is_empty() && !is_path(path),
                &format!("{name} must be a path that starts with `/` and needs no escapes, like `/ai`"),
            );
        }
        for (name, _) in self.dialects.iter().filter(|(_, mount)| **mount == Mount::Off(true)) {
            check(true, &format!("dialects.{name} must be a path or `false`"));
        }
        let origins = &self.cors.allow_origins;
        let odd = origins.iter().any(|origin| origin != ANY_ORIGIN && !origin.contains("://"));
        check(odd, "cors.allow_origins takes whole origins, like `https://app.example.com`, or `*`");
        check(
            self.cors.allow_credentials && self.cors.allows_any(),
            "cors.allow_credentials cannot stand with `*` in cors.allow_origins; name the origins",
        );
        problems
    }
    /// The settings without which nothing could be served, and whether they are zero.
    fn never_zero(&self) -> [(&'static str, bool); 11] {
        let (limits, timeouts) = (&self.limits, &self.timeouts);
        [
            ("limits.in_flight", limits.in_flight == 0),
            ("limits.connections", limits.connections == Some(0)),
            ("limits.batch_inputs", limits.batch_inputs == 0),
            ("limits.batch_concurrency", limits.batch_concurrency == 0),
            ("limits.buffered_per_run", limits.buffered_per_run.0 == 0),
            ("limits.write_batch", limits.write_batch.0 == 0),
            ("timeouts.head", timeouts.head.0.is_zero()),
            ("timeouts.body", timeouts.body.0.is_zero()),
            ("timeouts.idle", timeouts.idle.0.is_zero()),
            ("timeouts.run", timeouts.run.0.is_zero()),
            ("timeouts.keep_alive", timeouts.keep_alive.0.is_zero()),
        ]
    }
}

/// Whether requests can have such a path: other characters come escaped, and never match.
fn is_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(&byte);
    path.starts_with('/') && !path.contains("//") && path.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn problems(settings: Value) -> Vec<String> {
        serde_json::from_value::<Settings>(settings).unwrap().problems()
    }

    #[test]
    fn mounts_are_paths_that_requests_can_have() {
        for path in ["", "/", "/v1/", "/team-a/v1.2/~x", "/@ai"] {
            assert_eq!(problems(json!({"dialects": {"openai": path}})), Vec::<String>::new(), "{path}");
        }
        for path in ["v1", "/a b", "/a%20b", "/ä", "/a//b", "/{a}", "/a?b"] {
            let expect =
                "dialects.openai must be a path that starts with `/` and needs no escapes, like `/ai`";
            assert_eq!(problems(json!({"dialects": {"openai": path}})), [expect], "{path}");
        }
    }

    #[test]
    fn zero_is_refused_where_nothing_could_be_served_with_it() {
        assert_eq!(Settings::default().problems(), Vec::<String>::new());
        let limits = [
            "in_flight",
            "connections",
            "batch_inputs",
            "batch_concurrency",
            "buffered_per_run",
            "write_batch",
        ];
        for name in limits {
            assert_eq!(
                problems(json!({"limits": {name: 0}})),
                [format!("limits.{name} must be more than 0")]
            );
        }
        for name in ["head", "body", "idle", "run", "keep_alive"] {
            let found = problems(json!({"timeouts": {name: "0s"}}));
            assert_eq!(found, [format!("timeouts.{name} must be more than 0")]);
        }
        let allowed = json!({
            "limits": {"body": 0, "queue": 0},
            "timeouts": {"queue": "0s", "head_wait": "0s", "drain": "0s"},
        });
        assert_eq!(problems(allowed), Vec::<String>::new());
    }
}
