//! The recordings of whole chains, as far as models alone decide: each request is written by one of the chain's models,
//! and answers that nothing was done to come back as they were recorded.

use super::{
    answers::{comparable, dumped, expected, read},
    *,
};
use std::{fs, path::Path};

/// Cases in which something else than the chain's own models and bindings decides, and what.
const ELSEWHERE: [(&str, &str); 7] = [
    ("configurable-alternatives", "the call's configuration"),
    ("configurable-fields", "the call's configuration"),
    ("configurable-options", "the call's configuration"),
    ("with-config-configurable", "the call's configuration"),
    ("load-escaped-dicts", "the loader, which takes escapes out"),
    ("load-secrets", "the loader, which puts secrets in"),
    ("structured-pydantic", "a class of Python"),
];

/// A model with what is bound to it.
struct Bound {
    model: Model,
    kwargs: Map<String, Value>,
}

fn json_of(path: &Path) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}

/// The models in a dump of a chain, alone and with what each binding around them adds.
fn models(node: &Value, bound: &Map<String, Value>, found: &mut Vec<(String, Value, Map<String, Value>)>) {
    let class = node["id"].as_array().and_then(|id| id.last()?.as_str()).unwrap_or_default();
    let kwargs = &node["kwargs"];
    let vendor = match class {
        "ChatOpenAI" => "openai",
        "AzureChatOpenAI" => "azure_openai",
        "OpenAI" => "openai_completions",
        "RunnableBinding" => {
            let mut all = object(kwargs, "kwargs");
            all.extend(bound.clone());
            return models(&kwargs["bound"], &all, found);
        }
        _ => {
            let parts: Vec<&Value> = match node {
                Value::Array(items) => items.iter().collect(),
                Value::Object(map) => map.values().collect(),
                _ => return,
            };
            return parts.into_iter().for_each(|part| models(part, &Map::new(), found));
        }
    };
    found.push((vendor.into(), kwargs.clone(), bound.clone()));
}

fn build_all(chain: &Value) -> Vec<Bound> {
    let mut found = Vec::new();
    models(chain, &Map::new(), &mut found);
    let built = found.into_iter().filter_map(|(vendor, mut kwargs, bound)| {
        let fields = kwargs.as_object_mut()?;
        if vendor != "openai_completions" {
            fields.entry("stream_usage").or_insert(Value::Null);
        }
        let model = build(&json!({"vendor": vendor, "kwargs": kwargs})).ok()?;
        Some(Bound { model, kwargs: bound })
    });
    built.collect()
}

/// The conversation of a request, read back.
fn said(body: &Value) -> Option<Vec<Message>> {
    let items = body.get("messages").or_else(|| body.get("input"))?.as_array()?;
    items.iter().map(message).collect()
}

fn message(wire: &Value) -> Option<Message> {
    let content =
        Some(wire["content"].clone()).filter(|content| !content.is_null()).unwrap_or_else(|| "".into());
    let kind = match wire["role"].as_str()? {
        "system" | "developer" => "system",
        "user" => "human",
        "assistant" => "ai",
        "tool" => "tool",
        "function" => "function",
        role => {
            return serde_json::from_value(json!({"type": "chat", "content": content, "role": role})).ok();
        }
    };
    let mut message = json!({"type": kind, "content": content});
    for name in ["name", "tool_call_id"] {
        wire.get(name).into_iter().for_each(|value| message[name] = value.clone());
    }
    if wire["role"] == "developer" {
        message["additional_kwargs"] = json!({"__openai_role__": "developer"});
    }
    if kind == "ai"
        && let Some(calls) = wire.get("tool_calls")
    {
        message["additional_kwargs"] = json!({"tool_calls": calls});
    }
    serde_json::from_value(message).ok()
}

impl Bound {
    /// The body it writes for what a recorded request says.
    fn write(&self, body: &Value) -> Option<String> {
        let stream = body["stream"] == true;
        let kwargs = Some(&self.kwargs).filter(|kwargs| !kwargs.is_empty());
        let body = match &self.model {
            Model::Chat(model) => model.protocol.request(&said(body)?, kwargs, stream).ok()?.body,
            Model::Text(model) => {
                let prompts = match &body["prompt"] {
                    Value::Array(prompts) => {
                        prompts.iter().map(|prompt| Message::human(prompt.as_str().unwrap())).collect()
                    }
                    prompt => vec![Message::human(prompt.as_str()?)],
                };
                model.chat.protocol.request(&prompts, kwargs, stream).ok()?.body
            }
        };
        String::from_utf8(body.to_vec()).ok()
    }
}

/// What differs in the runs of one case.
fn differences(case: &Path) -> Vec<String> {
    let (Some(chain), Some(upstream)) =
        (json_of(&case.join("chain.json")), json_of(&case.join("upstream.json")))
    else {
        return Vec::new();
    };
    let expected = json_of(&case.join("expected.json")).unwrap_or_default();
    let models = build_all(&chain);
    let mut differences = Vec::new();
    for (run, recorded) in upstream["runs"].as_object().into_iter().flatten() {
        let exchanges = recorded["exchanges"].as_array().unwrap();
        let ours = |exchange: &&Value| {
            let host = exchange["request"]["host"].as_str().unwrap_or_default();
            host.contains("openai")
        };
        for exchange in exchanges.iter().filter(ours) {
            let request = &exchange["request"];
            let sent = request["body_raw"].as_str().unwrap_or_default();
            let writes = |bound: &&Bound| bound.write(&request["body"]).is_some_and(|body| body == sent);
            match models.iter().find(writes) {
                Some(bound) if exchanges.len() == 1 => {
                    let answer = answered(bound, exchange, &expected["runs"][run]);
                    differences.extend(answer.map(|answer| format!("{run}: {answer}")));
                }
                Some(_) => {}
                None => {
                    let written: Vec<_> = models.iter().map(|bound| bound.write(&request["body"])).collect();
                    differences.push(format!("{run}: {written:?}\ninstead of {sent}"));
                }
            }
        }
    }
    differences
}

fn is_message(dump: &Value) -> bool {
    let class = dump["id"].as_array().and_then(|id| id.last()?.as_str());
    matches!(class, Some("AIMessage" | "AIMessageChunk"))
}

/// What differs in the answer, where the run gives it as it came.
fn answered(bound: &Bound, exchange: &Value, run: &Value) -> Option<String> {
    let Model::Chat(model) = &bound.model else { return None };
    let body = &exchange["request"]["body"];
    let stream = body["stream"] == true;
    let mut reader = model.protocol.request(&said(body)?, Some(&bound.kwargs), stream).ok()?.reader;
    let response = &exchange["response"];
    if let Some(frames) = response["sse_frames"].as_array() {
        let chunks = run["chunks"].as_array()?;
        if chunks.is_empty() || !chunks.iter().all(is_message) || response["end"] != "complete" {
            return None;
        }
        let frames: String = frames.iter().map(|frame| frame.as_str().unwrap()).collect();
        let (ours, _) = read(&mut reader, frames.as_bytes());
        let ours = comparable(&ours.iter().map(dumped).collect());
        let theirs = comparable(&chunks.iter().map(expected).collect());
        return (ours != theirs).then(|| format!("{ours}\ninstead of\n{theirs}"));
    }
    let output = run.get("output").filter(|output| is_message(output))?;
    let message = reader.whole(&Bytes::from(response["body_json"].to_string())).ok()?;
    let (ours, theirs) = (comparable(&dumped(&message)), comparable(&expected(output)));
    (ours != theirs).then(|| format!("{ours}\ninstead of\n{theirs}"))
}

#[tokio::test]
async fn models_send_and_give_what_was_recorded_of_chains() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/cases");
    let mut checked = 0;
    let mut different = Vec::new();
    for case in fs::read_dir(cases).unwrap() {
        let case = case.unwrap().path();
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let found = differences(&case);
        checked += usize::from(case.join("chain.json").exists());
        if !ELSEWHERE.iter().any(|(known, _)| *known == name) {
            different.extend(found.into_iter().map(|found| format!("{name} {found}\n")));
        }
    }
    assert!(checked > 50);
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
