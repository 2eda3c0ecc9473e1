//! Content blocks as the API takes them: LangChain's own kinds are converted, private thoughts stay here. Pure.

use serde_json::{Map, Value, json};
use std::borrow::Cow;
use windlass_core::Content;

/// Why something cannot be sent, in LangChain's words; they quote nothing of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused(pub(super) String);

/// Which of the service's APIs takes the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Api {
    ChatCompletions,
    Responses,
}

/// Who says it, as far as it decides about content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Speaker {
    Ai,
    System,
    Other,
}

type Fields = Map<String, Value>;

/// The blocks as the API takes them; `None` for plain text.
pub(super) fn blocks(
    content: &Content,
    api: Api,
    speaker: Speaker,
) -> Result<Option<Vec<Cow<'_, Value>>>, Refused> {
    let Content::Blocks(blocks) = content else { return Ok(None) };
    blocks.iter().try_for_each(|block| additional_tools(block, api, speaker))?;
    let converted = blocks.iter().filter_map(|block| convert(block, api, speaker).transpose());
    converted.collect::<Result<_, _>>().map(Some)
}

/// Tools that come in the middle of a conversation stand in system messages only, and only one API takes them.
fn additional_tools(block: &Value, api: Api, speaker: Speaker) -> Result<(), Refused> {
    let inner = block.get("value").filter(|value| is_type(block, "non_standard") && value.is_object());
    if !is_type(inner.unwrap_or(block), "additional_tools") {
        return Ok(());
    }
    let reason = match (speaker, api) {
        (Speaker::Ai, _) | (Speaker::System, Api::Responses) => return Ok(()),
        (Speaker::Other, _) => {
            "must be carried on a `SystemMessage`. OpenAI restricts the input item to `role: \"developer\"`, so it cannot be sent on any other message."
        }
        (Speaker::System, Api::ChatCompletions) => {
            "requires the Responses API and cannot be sent via Chat Completions. Set `use_responses_api=True`."
        }
    };
    Err(Refused(format!("`additional_tools` {reason}")))
}

/// One block, or `None` for what models left for themselves.
fn convert(block: &Value, api: Api, speaker: Speaker) -> Result<Option<Cow<'_, Value>>, Refused> {
    let Value::Object(fields) = block else { return Ok(Some(Cow::Borrowed(block))) };
    match text(fields, "type") {
        Some("tool_use" | "thinking" | "reasoning_content") => return Ok(None),
        Some("function_call" | "code_interpreter_call") if api == Api::ChatCompletions => return Ok(None),
        _ => {}
    }
    let own = own_form(fields);
    let fields = own.as_ref().unwrap_or(fields);
    // LangChain's tracer already refuses these, whoever says them.
    if is_image_of_unknown_type(fields) {
        return Err(Refused(NO_TYPE.into()));
    }
    if holds_data(fields) && !(api == Api::Responses && speaker == Speaker::Ai) {
        return data_block(fields, api).map(|block| Some(Cow::Owned(with_breakpoint(fields, block))));
    }
    if let Some(block) = text_with_breakpoint(fields) {
        return Ok(Some(Cow::Owned(block)));
    }
    if let Some(source) = fields.get("source").and_then(Value::as_object).filter(|source| !source.is_empty())
        && text(fields, "type") == Some("image")
    {
        return Ok(anthropic_image(source).map(Cow::Owned));
    }
    Ok(Some(own.map_or(Cow::Borrowed(block), |fields| Cow::Owned(Value::Object(fields)))))
}

pub(super) fn text<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str()
}

pub(super) fn is_type(block: &Value, kind: &str) -> bool {
    block.get("type").is_some_and(|word| word == kind)
}

/// The block in LangChain's present form, if it stands in its older one or in the API's own.
fn own_form(fields: &Fields) -> Option<Fields> {
    match (text(fields, "type")?, text(fields, "source_type")) {
        ("input_audio", _) => from_audio(fields),
        ("file", _) if fields.get("file").is_some_and(Value::is_object) => from_file(fields),
        ("image" | "audio" | "file", Some(source)) => from_older(fields, source),
        _ => None,
    }
}

fn from_audio(fields: &Fields) -> Option<Fields> {
    let audio = fields.get("input_audio")?.as_object()?;
    let (data, format) = (text(audio, "data")?, text(audio, "format")?);
    into_fields(json!({"type": "audio", "base64": data, "mime_type": format!("audio/{format}")}))
}

fn from_file(fields: &Fields) -> Option<Fields> {
    let file = fields.get("file")?.as_object()?;
    if let Some(id) = text(file, "file_id") {
        return into_fields(json!({"type": "file", "file_id": id}));
    }
    let (_, data) = text(file, "file_data")?.strip_prefix("data:")?.split_once(";base64,")?;
    let mut own = into_fields(json!({"type": "file", "base64": data, "mime_type": "application/pdf"}))?;
    own.extend(file.get("filename").map(|name| ("filename".into(), name.clone())));
    Some(own)
}

/// From the form that LangChain had before its first version; what it does not know stands in `extras` now.
fn from_older(fields: &Fields, source: &str) -> Option<Fields> {
    let (was, is) = match source {
        "url" => ("url", "url"),
        "base64" => ("data", "base64"),
        "id" => ("id", "file_id"),
        "text" => ("url", "text"),
        _ => return None,
    };
    let mut own = Map::from_iter([("type".into(), fields.get("type")?.clone())]);
    own.insert(is.into(), fields.get(was)?.clone());
    for kept in ["mime_type", "filename"] {
        own.extend(fields.get(kept).map(|value| (kept.into(), value.clone())));
    }
    let known = ["type", "source_type", "mime_type", "filename", was];
    let extras: Fields = fields
        .iter()
        .filter(|(key, value)| !known.contains(&key.as_str()) && !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if !extras.is_empty() {
        own.insert("extras".into(), Value::Object(extras));
    }
    Some(own)
}

fn into_fields(value: Value) -> Option<Fields> {
    if let Value::Object(fields) = value { Some(fields) } else { None }
}

/// Whether this is one of LangChain's blocks that hold data, and not text.
fn holds_data(fields: &Fields) -> bool {
    let kind = matches!(text(fields, "type"), Some("image" | "video" | "audio" | "text-plain" | "file"));
    kind && ["url", "base64", "file_id", "text"].iter().any(|key| fields.contains_key(*key))
}

const NO_TYPE: &str = "mime_type key is required for base64 data.";

fn is_image_of_unknown_type(fields: &Fields) -> bool {
    let bare =
        fields.contains_key("base64") && !fields.contains_key("mime_type") && !fields.contains_key("url");
    bare && text(fields, "type") == Some("image")
}

fn data_block(fields: &Fields, api: Api) -> Result<Value, Refused> {
    let refused = |words: &str| Err(Refused(words.into()));
    match text(fields, "type").unwrap_or_default() {
        "image" => image(fields, api),
        "file" => file(fields, api),
        "audio" => match (text(fields, "base64"), text(fields, "mime_type")) {
            (Some(data), Some(mime)) => {
                let format = mime.rsplit('/').next();
                Ok(json!({"type": "input_audio", "input_audio": {"data": data, "format": format}}))
            }
            (Some(_), None) => refused("'mime_type'"),
            _ => refused("Key base64 is required for audio blocks."),
        },
        kind => Err(Refused(format!("Block of type {kind} is not supported."))),
    }
}

fn image(fields: &Fields, api: Api) -> Result<Value, Refused> {
    let url = match (fields.get("url"), text(fields, "base64")) {
        (Some(url), _) => url.clone(),
        (None, Some(data)) => {
            let Some(mime) = text(fields, "mime_type") else { return Err(Refused(NO_TYPE.into())) };
            data_url(mime, data).into()
        }
        _ => return Err(Refused("Unsupported source type. Only 'url' and 'base64' are supported.".into())),
    };
    Ok(match api {
        Api::ChatCompletions => json!({"type": "image_url", "image_url": {"url": url}}),
        Api::Responses => json!({"type": "input_image", "image_url": url}),
    })
}

/// What a file is called that nobody named.
const UNNAMED: &str = "LC_AUTOGENERATED";

fn file(fields: &Fields, api: Api) -> Result<Value, Refused> {
    let file = if let Some(data) = text(fields, "base64") {
        let Some(mime) = text(fields, "mime_type") else { return Err(Refused("'mime_type'".into())) };
        let inside = |name: &str| fields.get(name)?.get("filename").and_then(Value::as_str);
        let name = text(fields, "filename").filter(|name| !name.is_empty());
        let name = name.or_else(|| inside("extras")).or_else(|| inside("metadata")).unwrap_or(UNNAMED);
        json!({"file_data": data_url(mime, data), "filename": name})
    } else if let Some(id) = fields.get("file_id") {
        json!({"file_id": id})
    } else if let Some(url) = fields.get("url") {
        return match api {
            Api::ChatCompletions => {
                Err(Refused("OpenAI Chat Completions does not support file URLs.".into()))
            }
            Api::Responses => Ok(json!({"type": "input_file", "file_url": url})),
        };
    } else {
        return Err(Refused("Keys base64, url, or file_id required for file blocks.".into()));
    };
    Ok(match api {
        Api::ChatCompletions => json!({"type": "file", "file": file}),
        Api::Responses => input_file(&file),
    })
}

/// A file as the Responses API takes one.
pub(super) fn input_file(file: &Value) -> Value {
    let mut block = json!({"type": "input_file"});
    if let (Some(block), Some(file)) = (block.as_object_mut(), file.as_object()) {
        block.extend(file.clone());
    }
    block
}

fn data_url(mime_type: &str, data: &str) -> String {
    format!("data:{mime_type};base64,{data}")
}

const BREAKPOINT: &str = "prompt_cache_breakpoint";

/// The block with the mark that says up to where the service shall keep the prompt.
fn with_breakpoint(fields: &Fields, mut block: Value) -> Value {
    let mark = fields.get(BREAKPOINT).or_else(|| fields.get("extras")?.get(BREAKPOINT));
    if let Some(mark) = mark {
        block[BREAKPOINT] = mark.clone();
    }
    block
}

fn text_with_breakpoint(fields: &Fields) -> Option<Value> {
    let marked = text(fields, "type") == Some("text") && fields.get("extras")?.get(BREAKPOINT).is_some();
    let words = fields.get("text").filter(|_| marked)?;
    Some(with_breakpoint(fields, json!({"type": "text", "text": words})))
}

fn anthropic_image(source: &Fields) -> Option<Value> {
    let filled = |name| text(source, name).filter(|text| !text.is_empty());
    let url = match text(source, "type")? {
        "base64" => data_url(filled("media_type")?, filled("data")?),
        "url" => filled("url")?.into(),
        _ => return None,
    };
    Some(json!({"type": "image_url", "image_url": {"url": url}}))
}

/// A block of text in a tool's answer, with nothing the API does not know.
pub(super) fn plain_text(block: &Value) -> Option<Value> {
    let words = block.get("text").filter(|_| is_type(block, "text"))?;
    let mut plain = json!({"type": "text", "text": words});
    if let Some(mark) = block.get(BREAKPOINT) {
        plain[BREAKPOINT] = mark.clone();
    }
    Some(plain)
}
