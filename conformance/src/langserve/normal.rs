//! What differs from run to run: ids of runs, and times.

use crate::Json;
use std::collections::HashMap;

const UUID: usize = 36;
/// `2026-11-22T13:35:09.514+00:00`
const TIME: usize = 29;

/// Ids by the order in which they first come, and times as one word. Objects are walked in the order of their keys, so that
/// two answers whose keys stand in another order come out the same.
#[derive(Debug, Default)]
pub(super) struct Normal {
    seen: HashMap<String, String>,
}

impl Normal {
    /// Ids that stand in the request are kept: the client chose them.
    pub(super) fn keeping(request: &[u8]) -> Self {
        let mut seen = HashMap::new();
        for word in request.windows(UUID).filter(|word| is_uuid(word)) {
            let id = String::from_utf8_lossy(word).into_owned();
            seen.insert(id.clone(), id);
        }
        Normal { seen }
    }

    /// The value without what differs from run to run, its keys in order.
    pub(super) fn value(&mut self, value: &Json) -> Json {
        match value {
            Json::Text(text) if is_time(text) => "<time>".into(),
            Json::Text(text) => Json::Text(self.text(text)),
            Json::List(items) => Json::List(items.iter().map(|item| self.value(item)).collect()),
            Json::Object(members) => {
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by_key(|(key, _)| *key);
                let members = members.into_iter().map(|(key, value)| (key.clone(), self.value(value)));
                Json::Object(members.collect())
            }
            other => other.clone(),
        }
    }

    fn text(&mut self, text: &str) -> String {
        let (mut normal, mut at) = (String::new(), 0);
        while let Some(rest) = text.get(at..) {
            let Some(char) = rest.chars().next() else { break };
            match rest.as_bytes().get(..UUID).filter(|word| is_uuid(word)) {
                Some(_) => {
                    normal.push_str(&self.id(&rest[..UUID]));
                    at += UUID;
                }
                None => {
                    normal.push(char);
                    at += char.len_utf8();
                }
            }
        }
        normal
    }

    fn id(&mut self, id: &str) -> String {
        let next = format!("#{}", self.seen.len());
        self.seen.entry(id.into()).or_insert(next).clone()
    }
}

fn is_uuid(word: &[u8]) -> bool {
    word.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

/// Only times as a server writes its own: to the millisecond, in UTC.
fn is_time(text: &str) -> bool {
    let form = "0000-00-00T00:00:00.000+00:00";
    let fits = |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    text.len() == TIME && text.bytes().zip(form.bytes()).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "00000000-0000-4000-8000-00000000000a";
    const B: &str = "00000000-0000-4000-8000-00000000000b";

    #[track_caller]
    fn check(value: &str, normal: &str) {
        let value = Json::parse(&value.replace('A', A).replace('B', B)).unwrap();
        assert_eq!(Normal::default().value(&value).to_string(), normal);
    }

    #[test]
    fn ids_count_by_their_first_coming() {
        check(r#"["A","lc_run--B-0","A"]"#, r##"["#0","lc_run--#1-0","#0"]"##);
        check(r#"{"b":"A","a":"B"}"#, r##"{"a":"#0","b":"#1"}"##);
        check(r#"["é A", "0-0"]"#, r##"["é #0","0-0"]"##);
        let mut kept = Normal::keeping(format!("{{\"run_id\": \"{A}\"}}").as_bytes());
        assert_eq!(kept.value(&A.into()).to_string(), format!("\"{A}\""));
        assert_eq!(kept.value(&B.into()).to_string(), r##""#1""##);
    }

    #[test]
    fn only_a_servers_own_times_are_normal() {
        check(r#""2026-11-22T13:35:09.514+00:00""#, r#""<time>""#);
        check(r#""2024-01-02T03:04:05.000678""#, r#""2024-01-02T03:04:05.000678""#);
    }
}
