//! What the fake service says, and how OpenAI writes it.

use serde_json::{Value, json};
use std::time::Duration;

/// An answer before it is written.
pub(crate) struct Speech {
    /// The model's name, as it was asked for.
    model: String,
    /// The text in pieces.
    pub(crate) words: Vec<String>,
    /// The calls it asks for in place of text.
    calls: Value,
    /// Between two words.
    pub(crate) gap: Duration,
    /// After how many words it breaks off, and how.
    pub(crate) breaks: Option<(usize, End)>,
}

/// How a stream ends that should have gone on.
#[derive(Clone, Copy)]
pub(crate) enum End {
    /// With an error event.
    Error,
    /// The connection is cut.
    Cut,
    /// The body ends as if it were whole.
    Stop,
    /// Nothing more comes.
    Stall,
}

impl Speech {
    /// What a model says to a request: by its name, and by what was asked.
    pub(crate) fn of(model: &str, body: &Value) -> Self {
        let mut speech = Speech {
            model: model.to_owned(),
            words: pieces(&text(model, body)),
            calls: Value::Null,
            gap: Duration::ZERO,
            breaks: None,
        };
        match model {
            "slow" => speech.gap = Duration::from_millis(100),
            "endless" => speech.gap = Duration::from_millis(20),
            "breaks" => speech.breaking(End::Error),
            "cuts" => speech.breaking(End::Cut),
            "stops" => speech.breaking(End::Stop),
            "stalls" => speech.breaking(End::Stall),
            "tools" => speech.call(body),
            _ => {}
        }
        speech
    }

    /// Breaks off after three words, which are on their way by then.
    fn breaking(&mut self, end: End) {
        self.breaks = Some((3, end));
        self.gap = Duration::from_millis(30);
    }

    /// Calls the first tool that it was offered, once.
    fn call(&mut self, body: &Value) {
        let name = &body["tools"][0]["function"]["name"];
        if name.is_null() || last(body)["role"] == "tool" {
            return;
        }
        self.words.clear();
        self.calls = json!([{
            "index": 0, "id": "call_1", "type": "function",
            "function": { "name": name, "arguments": r#"{"city": "Oslo"}"# },
        }]);
    }

    /// What a stream says one after the other, the role first.
    pub(crate) fn deltas(&self) -> Vec<Value> {
        let mut deltas = vec![json!({ "role": "assistant", "content": "" })];
        deltas.extend(self.words.iter().map(|word| json!({ "content": word })));
        if let Some(call) = self.calls.get(0) {
            let mut begun = call.clone();
            begun["function"]["arguments"] = "".into();
            deltas.push(json!({ "tool_calls": [begun] }));
            for piece in pieces(call["function"]["arguments"].as_str().unwrap_or_default()) {
                deltas.push(json!({ "tool_calls": [{ "index": 0, "function": { "arguments": piece } }] }));
            }
        }
        deltas
    }

    /// Why it ends.
    pub(crate) fn finish(&self) -> &'static str {
        if self.calls.is_null() { "stop" } else { "tool_calls" }
    }

    /// A token is a word.
    pub(crate) fn usage(&self) -> Value {
        let words = self.words.len();
        json!({ "prompt_tokens": 10, "completion_tokens": words, "total_tokens": 10 + words })
    }
}

fn text(model: &str, body: &Value) -> String {
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    match model {
        "roles" => {
            let said =
                messages.iter().map(|message| format!("{}: {}", word(&message["role"]), content(message)));
            said.collect::<Vec<_>>().join(" | ")
        }
        "temperature" => format!("temperature {}", body["temperature"]),
        "endless" => "on and ".repeat(1000),
        "json" => r#"{"title": "A title", "tags": ["a", "b"]}"#.into(),
        _ => format!("You said: {}", content(last(body))),
    }
}

fn last(body: &Value) -> &Value {
    body["messages"].as_array().and_then(|messages| messages.last()).unwrap_or(&Value::Null)
}

/// A message's text; the texts of its parts.
fn content(message: &Value) -> String {
    match &message["content"] {
        Value::Array(parts) => parts.iter().map(|part| word(&part["text"])).collect(),
        content => word(content).into(),
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A text cut after its spaces.
fn pieces(text: &str) -> Vec<String> {
    text.split_inclusive(' ').map(str::to_owned).collect()
}

/// A whole answer.
pub(crate) fn completion(speech: &Speech) -> Value {
    let mut message = json!({ "role": "assistant", "content": speech.words.concat(), "refusal": null });
    if !speech.calls.is_null() {
        message["content"] = Value::Null;
        message["tool_calls"] = speech.calls.clone();
    }
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": speech.model,
        "choices": [{ "index": 0, "message": message, "logprobs": null, "finish_reason": speech.finish() }],
        "usage": speech.usage(),
    })
}

/// An event of a stream.
pub(crate) fn frame(speech: &Speech, delta: &Value, finish: Option<&str>) -> Value {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000,
        "model": speech.model,
        "choices": [{ "index": 0, "delta": delta, "logprobs": null, "finish_reason": finish }],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_the_models_name_wants() {
        let body =
            json!({ "messages": [{ "role": "user", "content": [{ "type": "text", "text": "Hi you" }] }] });
        assert_eq!(Speech::of("echo", &body).words.concat(), "You said: Hi you");
        assert_eq!(Speech::of("roles", &body).words.concat(), "user: Hi you");
        assert_eq!(Speech::of("echo", &body).deltas().len(), 5);
        assert_eq!(Speech::of("tools", &body).finish(), "stop");
    }

    #[test]
    fn calls_a_tool_once() {
        let mut body = json!({ "messages": [], "tools": [{ "function": { "name": "weather" } }] });
        let speech = Speech::of("tools", &body);
        assert_eq!((speech.finish(), speech.deltas().len()), ("tool_calls", 4));
        body["messages"] = json!([{ "role": "tool", "content": "sunny" }]);
        assert_eq!(Speech::of("tools", &body).words.concat(), "You said: sunny");
    }
}
