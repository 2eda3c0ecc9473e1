//! Durations and sizes as people write them in settings: `30s`, `10m`, `1 MiB`.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{borrow::Cow, fmt, str::FromStr, time::Duration};

/// A duration, written with its unit: `500ms`, `30s`, `10m`, `1h 30m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

/// A number of bytes, written with its unit: `16 KiB`, `1MiB`; a bare number is bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteCount(pub u64);

impl Span {
    /// So many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Span(Duration::from_secs(seconds))
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        humantime::parse_duration(text).map(Span).map_err(|_| {
            format!("`{text}` is not a duration; write a number with a unit, like `500ms`, `30s` or `10m`")
        })
    }
}

impl FromStr for ByteCount {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        text.parse::<bytesize::ByteSize>().map(|size| ByteCount(size.as_u64())).map_err(|_| {
            format!("`{text}` is not a size; write bytes, or a number with a unit, like `64 KiB` or `1 MiB`")
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}

impl fmt::Display for ByteCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let size = self.0;
        match size {
            size if size >= 1 << 20 && size % (1 << 20) == 0 => write!(f, "{} MiB", size >> 20),
            size if size >= 1 << 10 && size % (1 << 10) == 0 => write!(f, "{} KiB", size >> 10),
            size => write!(f, "{size} B"),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(u64),
    Text(String),
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match NumberOrText::deserialize(deserializer) {
            Ok(NumberOrText::Text(text)) => text.parse().map_err(D::Error::custom),
            Ok(NumberOrText::Number(number)) => {
                Err(D::Error::custom(format!("a duration needs a unit; write `{number}s` for seconds")))
            }
            Err(_) => Err(D::Error::custom("a duration is written like `500ms`, `30s` or `10m`")),
        }
    }
}

impl<'de> Deserialize<'de> for ByteCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match NumberOrText::deserialize(deserializer) {
            Ok(NumberOrText::Text(text)) => text.parse().map_err(D::Error::custom),
            Ok(NumberOrText::Number(number)) => Ok(ByteCount(number)),
            Err(_) => Err(D::Error::custom("a size is written like `65536`, `64 KiB` or `1 MiB`")),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for ByteCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^\\s*([0-9.]+\\s*[a-zA-Z]+\\s*)+$", "description": "A number with a unit: 500ms, 30s, 10m."})
    }
}

impl JsonSchema for ByteCount {
    fn schema_name() -> Cow<'static, str> {
        "ByteCount".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": ["integer", "string"], "minimum": 0, "pattern": "^[0-9.]+\\s*[a-zA-Z]*$", "description": "Bytes, or a number with a unit: 64 KiB, 1 MiB."})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_units() {
        assert_eq!("1500ms".parse::<Span>().unwrap().0, Duration::from_millis(1500));
        assert_eq!("1 MiB".parse::<ByteCount>().unwrap(), ByteCount(1 << 20));
        assert_eq!(serde_json::from_str::<ByteCount>("4096").unwrap().to_string(), "4 KiB");
        assert_eq!(Span::seconds(600).to_string(), "10m");
        assert!(serde_json::from_str::<Span>("5").unwrap_err().to_string().contains("`5s`"));
        assert!("fast".parse::<Span>().is_err());
    }
}
