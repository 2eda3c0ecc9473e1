//! Answers against what LangChain made of them.

use super::*;

/// A message as LangChain dumps its arguments.
pub(super) fn dumped(message: &AiMessage) -> Value {
    let (calls, invalid) = if message.part == Part::Whole {
        (message.tool_calls.clone(), message.invalid_tool_calls.clone())
    } else {
        message.calls_so_far()
    };
    let all = [
        ("content", json!(message.content)),
        ("additional_kwargs", json!(message.additional_kwargs)),
        ("response_metadata", json!(message.response_metadata)),
        ("name", json!(message.name)),
        ("id", json!(message.id)),
        ("tool_calls", json!(calls)),
        ("invalid_tool_calls", json!(invalid)),
        ("tool_call_chunks", json!(message.tool_call_chunks)),
        ("usage_metadata", json!(message.usage)),
        ("chunk_position", if message.part == Part::Last { "last".into() } else { Value::Null }),
        ("type", if message.part == Part::Whole { "ai".into() } else { "AIMessageChunk".into() }),
    ];
    let there = all.into_iter().filter(|(name, value)| {
        let empty = value.is_null() || *value == json!({}) || *value == json!([]);
        *name == "content" || !empty
    });
    Value::Object(there.map(|(name, value)| (name.into(), value)).collect())
}

/// What LangChain dumped, without what says only that it is a dump.
pub(super) fn expected(dump: &Value) -> Value {
    let mut kwargs = dump["kwargs"].clone();
    let fields = kwargs.as_object_mut().unwrap();
    for calls in ["tool_calls", "invalid_tool_calls", "tool_call_chunks"] {
        let Some(Value::Array(calls)) = fields.get_mut(calls) else { continue };
        calls.iter_mut().for_each(|call| drop(call.as_object_mut().unwrap().remove("type")));
    }
    fields.retain(|name, value| name == "content" || (*value != json!([]) && *value != json!({})));
    kwargs
}

/// Run ids by their first appearance; the SDK's nulls in counts left out.
pub(super) fn comparable(value: &Value) -> Value {
    let text = value.to_string();
    let mut text = text.as_str();
    let (mut out, mut seen) = (String::new(), Vec::new());
    while let Some(at) = text.find("lc_run--") {
        let end = at
            + 8
            + text[at + 8..].find(['"', '-']).map_or(0, |first| {
                let uuid = &text[at + 8..];
                if first == 8 { 36 } else { uuid.find(['"', '-']).unwrap_or(uuid.len()) }
            });
        let id = &text[at..end];
        let number = seen.iter().position(|known| *known == id).unwrap_or_else(|| {
            seen.push(id);
            seen.len() - 1
        });
        out.push_str(&text[..at]);
        out.push_str(&format!("run{number}"));
        text = &text[end..];
    }
    out.push_str(text);
    let mut value: Value = serde_json::from_str(&out).unwrap();
    forget_nulls(&mut value, false);
    value
}

fn forget_nulls(value: &mut Value, inside: bool) {
    match value {
        Value::Object(map) => {
            if inside {
                map.retain(|_, value| !value.is_null());
            }
            map.iter_mut().for_each(|(name, value)| forget_nulls(value, inside || name == "token_usage"));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| forget_nulls(item, inside)),
        _ => {}
    }
}

/// What comes of a stream, and how it ends.
pub(super) fn read(reader: &mut dyn Reader, bytes: &[u8]) -> (Vec<AiMessage>, Result<(), BadAnswer>) {
    let mut chunks = Vec::new();
    reader.push(bytes);
    for finished in [false, true] {
        if finished {
            reader.finish();
        }
        loop {
            match reader.next_chunk() {
                Ok(Some(chunk)) => chunks.push(chunk),
                Ok(None) => break,
                Err(bad) => return (chunks, Err(bad)),
            }
        }
    }
    let end = reader.end();
    (chunks, end)
}

fn told(bad: &BadAnswer) -> Value {
    let class = bad.class.unwrap_or("APIError");
    json!({"type": class, "message": bad.said.as_ref().unwrap_or(&bad.ours)})
}

/// Whether both failures are one; of Pydantic's words only the first line counts.
fn same_failure(ours: &Value, theirs: &Value) -> bool {
    let first =
        |error: &Value| error["message"].as_str().unwrap().lines().next().unwrap_or_default().to_owned();
    let free = ["AssertionError", "AttributeError"].iter().any(|class| theirs["type"] == **class);
    free || (ours["type"] == theirs["type"] && first(ours) == first(theirs))
}

fn reader_of(case: &Value, stream: bool) -> (OpenAiReader, bool) {
    let mut case = case.clone();
    case["kwargs"].as_object_mut().unwrap().entry("model").or_insert("m".into());
    let Ok(Model::Chat(model)) = build(&case) else { panic!("a chat model: {case}") };
    let protocol: &OpenAiProtocol = &model.protocol;
    let bound = object(&case, "bound");
    let stream = protocol.streams(stream, Some(&bound));
    (protocol.request(&[Message::human("hi")], Some(&bound), stream).unwrap().reader, stream)
}

fn whole(case: &Value) -> Option<String> {
    let body = match case.get("raw") {
        Some(raw) => raw.as_str().unwrap().to_owned(),
        None => case["json"].to_string(),
    };
    let (mut reader, body) = (reader_of(case, false).0, Bytes::from(body));
    let is_json = case["content_type"].as_str().is_none_or(|kind| kind.ends_with("json"));
    let answer = if is_json { reader.whole(&body) } else { reader.plain(&body) };
    match (answer, case.get("error")) {
        (Ok(message), None) => {
            let (ours, theirs) = (comparable(&dumped(&message)), comparable(&expected(&case["message"])));
            (ours != theirs).then(|| format!("{ours}\ninstead of\n{theirs}"))
        }
        (Err(bad), Some(error)) => {
            let ours = told(&bad);
            (!same_failure(&ours, error)).then(|| format!("{ours}\ninstead of\n{error}"))
        }
        (ours, _) => Some(format!("{ours:?}\ninstead of\n{} {}", case["message"], case["error"])),
    }
}

fn stream(case: &Value) -> Option<String> {
    let (mut reader, streams) = reader_of(case, true);
    if !streams {
        return None;
    }
    let (chunks, end) = read(&mut reader, case["sse"].as_str().unwrap().as_bytes());
    let ours = comparable(&chunks.iter().map(dumped).collect());
    let theirs = comparable(&case["chunks"].as_array().unwrap().iter().map(expected).collect());
    if ours != theirs {
        return Some(format!("{ours}\ninstead of\n{theirs}"));
    }
    let sum = chunks.into_iter().reduce(|mut whole, chunk| {
        whole.merge(chunk);
        whole
    });
    if let Some(sum) = sum {
        let (ours, theirs) = (comparable(&dumped(&sum)), comparable(&expected(&case["sum"])));
        if ours != theirs {
            return Some(format!("sum {ours}\ninstead of\n{theirs}"));
        }
    }
    match (end, case.get("error")) {
        (Ok(()), None) => None,
        (Err(bad), Some(error)) if same_failure(&told(&bad), error) => None,
        (ours, error) => Some(format!("{ours:?}\ninstead of\n{error:?}")),
    }
}

/// Text in, text out: what the prompts got.
fn text(case: &Value) -> Option<String> {
    let Ok(Model::Text(model)) = build(case) else { panic!("a completion model: {case}") };
    let stream = case.get("sse").is_some();
    let mut reader = model.chat.protocol.request(&[Message::human("hi")], None, stream).unwrap().reader;
    let (ours, bad) = if stream {
        let (chunks, end) = read(&mut reader, case["sse"].as_str().unwrap().as_bytes());
        (json!(chunks.iter().map(|chunk| chunk.content.to_text()).collect::<Vec<_>>()), end.err())
    } else {
        match reader.whole(&Bytes::from(case["json"].to_string())) {
            Ok(message) => (json!(message.content)[0].clone(), None),
            Err(bad) => (Value::Null, Some(bad)),
        }
    };
    let theirs = case.get(if stream { "chunks" } else { "message" }).unwrap_or(&Value::Null);
    let failed = bad.as_ref().map(told);
    let same = match (&failed, case.get("error")) {
        (Some(ours), Some(theirs)) => same_failure(ours, theirs),
        (None, None) => ours == *theirs,
        _ => false,
    };
    (!same).then(|| format!("{ours} {failed:?}\ninstead of\n{theirs} {}", case["error"]))
}

#[tokio::test]
async fn answers_are_what_langchain_makes_of_them() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../../tests/langchain/answers.json")).unwrap();
    assert!(cases.len() > 200);
    let different: Vec<_> = cases
        .iter()
        .filter(|case| decided_otherwise(case).is_none())
        .filter_map(|case| {
            let difference = match (case["vendor"].as_str(), case.get("sse")) {
                (Some("openai_completions"), _) => text(case),
                (_, Some(_)) => stream(case),
                (_, None) => whole(case),
            };
            let came = case.get("sse").or(case.get("json")).or(case.get("raw"));
            difference.map(|difference| format!("{} {}\n{difference}\n", case["kwargs"], came.unwrap()))
        })
        .collect();
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
