//! What of an output people see: its text.

use serde_json::Value;
use windlass_core::{Dict, Endpoint, Val};

/// The text of an output that is an object: that of its only field with text which is not the input's own, or all of it as
/// JSON.
pub(super) fn text_of(endpoint: &Endpoint, output: Val) -> String {
    match output {
        Val::Null => String::new(),
        Val::Text(text) => text,
        Val::Message(message) => message.content().to_text().into_owned(),
        Val::Dict(mut dict) | Val::AddDict(mut dict) => match only_text(endpoint, &dict) {
            Some(key) => dict.swap_remove(&key).map(|field| text_of(endpoint, field)).unwrap_or_default(),
            None => json_text(&Val::Dict(dict)),
        },
        other => json_text(&other),
    }
}

fn only_text(endpoint: &Endpoint, dict: &Dict) -> Option<String> {
    let input = endpoint.input_schema().get("properties").and_then(Value::as_object);
    let mut texts = dict.iter().filter(|(key, field)| {
        let is_passed_through = input.is_some_and(|input| input.contains_key(*key));
        matches!(field, Val::Text(_) | Val::Message(_)) && !is_passed_through
    });
    match (texts.next(), texts.next()) {
        (Some((key, _)), None) => Some(key.clone()),
        _ => None,
    }
}

fn json_text(output: &Val) -> String {
    serde_json::to_string_pretty(output).unwrap_or_default()
}
