//! JSON as Python reads it: integers of any size, and `1` apart from `1.0`.

use indexmap::IndexMap;
use serde::{Deserialize, Deserializer, de::Error};
use serde_json::value::RawValue;
use std::fmt;

/// A JSON value. Equality is Python's but for numbers: an integer never equals a float here.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An integer, as its digits.
    Int(String),
    /// A number with a fraction or an exponent.
    Float(f64),
    /// A string; what is no Unicode in it is replaced by U+FFFD.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object; of a key that comes twice the last stands.
    Object(IndexMap<String, Json>),
}

impl Json {
    /// Reads JSON text.
    ///
    /// ```
    /// use windlass_conformance::Json;
    ///
    /// assert_ne!(Json::parse("1").unwrap(), Json::parse("1.0").unwrap());
    /// assert_eq!(Json::parse("[123456789012345678901]").unwrap().to_string(), "[123456789012345678901]");
    /// ```
    pub fn parse(text: &str) -> Result<Self, serde_json::Error> {
        read(serde_json::from_str::<&RawValue>(text)?.get())
    }

    /// The value of a key, if this is an object that has it.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.as_object()?.get(key)
    }

    /// The object, if it is one.
    pub fn as_object(&self) -> Option<&IndexMap<String, Json>> {
        match self {
            Json::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The list's items; none if it is no list.
    pub fn items(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            _ => &[],
        }
    }

    /// The string, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }
}

fn read(text: &str) -> Result<Json, serde_json::Error> {
    Ok(match text.as_bytes().first() {
        Some(b'{') => {
            let members: IndexMap<String, &RawValue> = serde_json::from_str(text)?;
            Json::Object(
                members
                    .into_iter()
                    .map(|(key, raw)| Ok((key, read(raw.get())?)))
                    .collect::<Result<_, _>>()?,
            )
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            Json::List(items.into_iter().map(|raw| read(raw.get())).collect::<Result<_, _>>()?)
        }
        Some(b'"') => Json::Text(string(text)?),
        Some(b'n') => Json::Null,
        Some(b't' | b'f') => Json::Bool(text == "true"),
        _ => number(text)?,
    })
}

fn string(text: &str) -> Result<String, serde_json::Error> {
    struct Bytes(Vec<u8>);
    impl<'de> Deserialize<'de> for Bytes {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct Visitor;
            impl serde::de::Visitor<'_> for Visitor {
                type Value = Bytes;
                fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    formatter.write_str("a string")
                }
                fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                    Ok(Bytes(bytes.to_vec()))
                }
            }
            deserializer.deserialize_bytes(Visitor)
        }
    }
    Ok(String::from_utf8_lossy(&serde_json::from_str::<Bytes>(text)?.0).into_owned())
}

fn number(text: &str) -> Result<Json, serde_json::Error> {
    if text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()) {
        return Ok(Json::Int(if text == "-0" { "0".into() } else { text.into() }));
    }
    text.parse().map(Json::Float).map_err(serde_json::Error::custom)
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(Box::<RawValue>::deserialize(deserializer)?.get()).map_err(D::Error::custom)
    }
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Json::Text(text.into())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Json::Null => formatter.write_str("null"),
            Json::Bool(value) => write!(formatter, "{value}"),
            Json::Int(digits) => formatter.write_str(digits),
            Json::Float(value) => write!(formatter, "{value:?}"),
            Json::Text(text) => quoted(text, formatter),
            Json::List(items) => {
                formatter.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(formatter, "{}{item}", if index == 0 { "" } else { "," })?;
                }
                formatter.write_str("]")
            }
            Json::Object(members) => {
                formatter.write_str("{")?;
                for (index, (key, value)) in members.iter().enumerate() {
                    formatter.write_str(if index == 0 { "" } else { "," })?;
                    quoted(key, formatter)?;
                    write!(formatter, ":{value}")?;
                }
                formatter.write_str("}")
            }
        }
    }
}

fn quoted(text: &str, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    formatter.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, written: &str) {
        assert_eq!(Json::parse(text).unwrap().to_string(), written);
    }

    #[test]
    fn keeps_what_it_reads() {
        check(
            r#" {"a": [1, -0, 2.50, 1e3, true, null], "b": {}} "#,
            r#"{"a":[1,0,2.5,1000.0,true,null],"b":{}}"#,
        );
        check(r#""\u00e9\n""#, "\"é\\n\"");
        check("1180591620717411303424", "1180591620717411303424");
        check(r#"{"a": 1, "a": 2}"#, r#"{"a":2}"#);
    }

    #[test]
    fn a_half_of_a_character_does_not_stop_it() {
        check(r#"["\ud83c!"]"#, "[\"\u{fffd}\u{fffd}\u{fffd}!\"]");
    }

    #[test]
    fn refuses_what_is_no_json() {
        for text in ["", "{", "[1,]", "nul", "1 2"] {
            assert!(Json::parse(text).is_err(), "{text}");
        }
    }
}
