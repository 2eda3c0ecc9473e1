//! The repository's recordings of real chains: what Python sent to Anthropic, and what it made of the answers.

use super::{
    AnthropicParams,
    error::refusal,
    request::{Outgoing, RequestPlan},
    stream::AnswerReader,
};
use crate::call::{BadAnswer, Failures, Reader};
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use std::{fs, path::Path};
use windlass_core::{AiMessage, Chunk, Exception, Message, ModelError, ModelIdentity, Val, dumpd};

/// The cases whose chains are a prompt and a model, or a router of such.
const CASES: [(&str, usize); 10] = [
    ("anthropic-all-params", 2),
    ("anthropic-basic-str", 3),
    ("anthropic-betas-thinking", 2),
    ("anthropic-errors", 13),
    ("content-blocks-anthropic", 1),
    ("json-parser-diff-ext", 2),
    ("router-basic", 2),
    ("str-parser-content-blocks", 4),
    ("tools-anthropic", 5),
    ("bind-stop-and-params", 1),
];

struct Case {
    name: &'static str,
    chain: Value,
    inputs: Value,
    upstream: Value,
    expected: Value,
}

impl Case {
    fn open(name: &'static str) -> Self {
        let folder =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/cases").join(name).to_owned();
        let file = |file: &str| serde_json::from_slice(&fs::read(folder.join(file)).unwrap()).unwrap();
        let (chain, inputs) = (file("chain.json"), file("inputs.json"));
        Case { name, chain, inputs, upstream: file("upstream.json"), expected: file("expected.json") }
    }

    /// Holds every run that asks Anthropic alone to its recording; gives how many there were.
    fn check(&self) -> usize {
        let runs = self.inputs["runs"].as_array().unwrap().iter();
        runs.filter(|run| {
            let id = run["id"].as_str().unwrap();
            let exchanges = self.upstream["runs"][id]["exchanges"].as_array().unwrap();
            let asked = |exchange: &Value| exchange["request"]["path"] == "/v1/messages";
            let asks = !exchanges.is_empty() && exchanges.iter().all(asked);
            let single = Some(&run["input"]).filter(|input| !input.is_null());
            let all = single.into_iter().chain(run["inputs"].as_array().into_iter().flatten());
            for input in all.filter(|_| asks) {
                self.check_run(id, input, run["mode"] == "stream", exchanges);
            }
            asks
        })
        .count()
    }

    fn check_run(&self, id: &str, input: &Value, stream: bool, exchanges: &[Value]) {
        let place = format!("{} {id}", self.name);
        let Asked { plan, kwargs, messages } = asked(&self.chain, input);
        let sent = plan.request(&messages, Some(&kwargs), stream).unwrap();
        let Outgoing { body, headers, answer } = sent;
        let body = std::str::from_utf8(&body).unwrap();
        let last = exchanges.iter().rfind(|exchange| exchange["request"]["body_raw"] == body);
        let last = last.unwrap_or_else(|| panic!("{place} sent {body}"));
        let beta = headers.get("anthropic-beta").map(|value| value.to_str().unwrap());
        assert_eq!(last["request"]["headers"]["anthropic-beta"].as_str(), beta, "{place}");
        let expected = &self.expected["runs"][id];
        match answered(AnswerReader::new(answer), &last["response"]) {
            Err(error) => check_error(&place, &error, &expected["error"]),
            Ok(chunks) if stream => check_stream(&place, chunks, expected),
            Ok(chunks) => check_output(&place, chunks, expected),
        }
    }
}

struct Asked {
    plan: RequestPlan,
    kwargs: Map<String, Value>,
    messages: Vec<Message>,
}

/// Runs the prompt of a chain, and finds its model.
fn asked(chain: &Value, input: &Value) -> Asked {
    let kwargs = &chain["kwargs"];
    if kwargs.get("runnables").is_some() {
        let key = input["key"].as_str().unwrap();
        return asked(&kwargs["runnables"][key], &input["input"]);
    }
    let steps = [&kwargs["middle"], &json!([kwargs["last"]])].map(|steps| steps.as_array().cloned());
    let steps: Vec<_> = steps.into_iter().flatten().flatten().collect();
    let is_model = |step: &&Value| step["id"][3] == "ChatAnthropic" || step["kwargs"].get("bound").is_some();
    let model = steps.iter().find(is_model).unwrap();
    let bound = model["kwargs"].get("bound").unwrap_or(model);
    let mut params = bound["kwargs"].as_object().unwrap().clone();
    let name = params.shift_remove("model").unwrap();
    params.shift_remove("anthropic_api_key");
    let params: AnthropicParams = serde_json::from_value(params.into()).unwrap();
    Asked {
        plan: RequestPlan::new(name.as_str().unwrap(), &params),
        kwargs: model["kwargs"]["kwargs"].as_object().cloned().unwrap_or_default(),
        messages: rendered(&kwargs["first"], input),
    }
}

fn rendered(prompt: &Value, input: &Value) -> Vec<Message> {
    let mut messages = Vec::new();
    for message in prompt["kwargs"]["messages"].as_array().unwrap() {
        if let Some(variable) = message["kwargs"]["variable_name"].as_str() {
            for pair in input[variable].as_array().unwrap() {
                messages.push(serde_json::from_value(json!({"type": pair[0], "content": pair[1]})).unwrap());
            }
            continue;
        }
        let mut text = message["kwargs"]["prompt"]["kwargs"]["template"].as_str().unwrap().to_owned();
        let variables = prompt["kwargs"]["input_variables"].as_array().unwrap();
        for name in variables.iter().map(|name| name.as_str().unwrap()) {
            let value = input.as_str().or(input[name].as_str()).unwrap();
            text = text.replace(&format!("{{{name}}}"), value);
        }
        let is_system = message["id"][3] == "SystemMessagePromptTemplate";
        messages.push(if is_system { Message::system(text) } else { Message::human(text) });
    }
    messages
}

/// The chunks of an answer; a whole one is a single chunk.
fn answered(mut reader: AnswerReader, response: &Value) -> Result<Vec<AiMessage>, Box<ModelError>> {
    let status = StatusCode::from_u16(response["status"].as_u64().unwrap().try_into().unwrap()).unwrap();
    let identity = ModelIdentity { vendor: "anthropic".into(), model: "m".into() };
    let failures = Failures::new(identity.into(), &"sk-ant-corpus-key".into(), &HeaderMap::new());
    let body = response["body_json"].to_string();
    if !status.is_success() {
        let bad = refusal(status, &HeaderMap::new(), body.as_bytes());
        return Err(failures.of_status(status, bad).into());
    }
    let chunks = match response["sse_frames"].as_array() {
        Some(frames) => streamed(&mut reader, frames),
        None => reader.whole(&body.into()).map(|message| vec![message]),
    };
    chunks.map_err(|bad| failures.of_answer(bad).into())
}

fn streamed(reader: &mut AnswerReader, frames: &[Value]) -> Result<Vec<AiMessage>, BadAnswer> {
    let mut chunks = Vec::new();
    for frame in frames {
        reader.push(frame.as_str().unwrap().as_bytes());
        while let Some(chunk) = reader.next_chunk()? {
            chunks.push(chunk);
        }
    }
    reader.finish();
    chunks.extend(reader.next_chunk()?);
    reader.end().map(|()| chunks)
}

fn check_error(place: &str, error: &ModelError, expected: &Value) {
    let exception = Exception::of(&error.clone().into());
    assert_eq!(json!(exception.classes), expected["mro"], "{place}");
    assert_eq!(json!(exception.text), expected["message"], "{place}");
    assert_eq!(json!(error.status), expected["status_code"], "{place}");
}

/// A value as the recordings have it, with one name for all runs.
fn shown(val: impl Into<Val>) -> Value {
    same_runs(Value::from(dumpd(val.into())))
}

fn same_runs(mut value: Value) -> Value {
    match &mut value {
        Value::String(text) if text.starts_with("lc_run--") => text.replace_range(8..44, "RUN"),
        Value::Array(items) => items.iter_mut().for_each(|item| *item = same_runs(item.take())),
        Value::Object(fields) => fields.values_mut().for_each(|field| *field = same_runs(field.take())),
        _ => {}
    }
    value
}

/// The recorded value where it is, or holds, the model's message: alone, or beside what else was made of it.
fn message_in(value: &Value) -> Option<&Value> {
    let is_message = |value: &&Value| value["id"][2] == "messages";
    [value, &value["raw"]].into_iter().find(is_message)
}

fn check_output(place: &str, chunks: Vec<AiMessage>, expected: &Value) {
    let message = chunks.into_iter().next().unwrap();
    let text = json!(message.content.to_text());
    match (message_in(&expected["output"]), &expected["output"]) {
        (Some(output), _) => assert_eq!(shown(message), same_runs(output.clone()), "{place}"),
        (None, output @ Value::String(_)) => assert_eq!(text, *output, "{place}"),
        (None, _) => {}
    }
}

fn check_stream(place: &str, chunks: Vec<AiMessage>, expected: &Value) {
    let recorded = expected["chunks"].as_array().or(expected["chunks_by_key"]["raw"].as_array()).unwrap();
    if recorded.iter().all(|chunk| message_in(chunk).is_some()) && !recorded.is_empty() {
        let seen: Vec<_> = chunks.iter().cloned().map(shown).collect();
        assert_eq!(json!(seen), same_runs(recorded.clone().into()), "{place}");
    } else if recorded.iter().all(Value::is_string) && !recorded.is_empty() {
        let texts: Vec<_> = chunks.iter().map(|chunk| chunk.content.to_text()).collect();
        assert_eq!(json!(texts), json!(recorded), "{place}");
    }
    let sum = chunks.into_iter().reduce(|mut whole, next| {
        whole.merge(next);
        whole
    });
    if let Some(aggregate) = message_in(&expected["aggregate"]) {
        assert_eq!(shown(sum.unwrap()), same_runs(aggregate.clone()), "{place}");
    }
}

#[test]
fn recorded_runs_are_asked_and_read_as_python_does() {
    for (name, runs) in CASES {
        assert_eq!(Case::open(name).check(), runs, "the runs of {name}");
    }
}
