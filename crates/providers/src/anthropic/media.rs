//! Images and documents as the API takes them. Pure.

use super::content::{Fields, kind_of, lacks, needed, not_text, text};
use crate::call::BadRequest;
use serde_json::{Value, json};
use std::borrow::Cow;

/// What goes along with an image or a document.
const ALONG: [&str; 4] = ["cache_control", "citations", "title", "context"];

const MALFORMED: &str = "Malformed url parameter. Must be either an image URL (https://example.com/image.jpg) or base64 \
                         encoded string (data:image/png;base64,'/9j/4AAQSk'...)";

/// The source of OpenAI's `image_url` block.
pub(super) fn image_of_url(block: &Fields) -> Result<Value, BadRequest> {
    let url = match needed(block, "image_url")? {
        Value::Object(image) => needed(image, "url")?,
        other => return Err(no_object(other)),
    };
    url.as_str().map_or_else(|| Err(not_text(url)), source)
}

/// Python's `TypeError` where an object's field is asked of something else.
fn no_object(value: &Value) -> BadRequest {
    let words = match value {
        Value::String(_) => "string indices must be integers, not 'str'".to_owned(),
        Value::Array(_) => "list indices must be integers or slices, not str".to_owned(),
        other => format!("'{}' object is not subscriptable", kind_of(other)),
    };
    BadRequest { class: "TypeError", words: words.into() }
}

/// What a URL names, or what a data URL holds.
fn source(url: &str) -> Result<Value, BadRequest> {
    let line = |text: &str| !text.is_empty() && !text.contains('\n');
    let held = url.strip_prefix("data:").and_then(|rest| rest.rsplit_once(";base64,"));
    if let Some((media_type, data)) = held
        && media_type.strip_prefix("image/").is_some_and(line)
        && line(data.strip_suffix('\n').unwrap_or(data))
    {
        return Ok(json!({"type": "base64", "media_type": media_type, "data": data.trim_end_matches('\n')}));
    }
    let is_url = url.starts_with("http://") || url.starts_with("https://");
    if is_url && !url.trim_end_matches('\n').contains('\n') {
        return Ok(json!({"type": "url", "url": url}));
    }
    Err(BadRequest::value(MALFORMED))
}

/// Whether this is LangChain's block for an image, a file, a sound, or OpenAI's for a file or a sound.
pub(super) fn is_media(block: &Fields) -> bool {
    let kind = text(block, "type").unwrap_or_default();
    if !matches!(kind, "image" | "video" | "audio" | "text-plain" | "file" | "input_audio") {
        return false;
    }
    let has = |name: &str| block.contains_key(name);
    let old = match text(block, "source_type") {
        Some("base64") => has("data"),
        Some("id") => has("id"),
        // Without its URL it cannot be read; that is told later.
        Some("url") => matches!(kind, "image" | "file"),
        _ => false,
    };
    of_openai(block).is_some()
        || (kind != "input_audio" && (old || ["url", "base64", "file_id", "text"].into_iter().any(has)))
}

/// OpenAI's block for a file or a sound in LangChain's form.
fn of_openai(block: &Fields) -> Option<Fields> {
    let mut made = Fields::new();
    match text(block, "type")? {
        "input_audio" => {
            let audio = block.get("input_audio")?.as_object()?;
            text(audio, "data")?;
            text(audio, "format")?;
            made.insert("type".into(), "audio".into());
        }
        "file" => {
            let file = block.get("file")?.as_object()?;
            made.insert("type".into(), "file".into());
            if let Some(id) = file.get("file_id").filter(|_| text(file, "file_id").is_some()) {
                made.insert("file_id".into(), id.clone());
            } else {
                let (_, data) = text(file, "file_data")?.strip_prefix("data:")?.split_once(";base64,")?;
                made.insert("base64".into(), data.into());
                made.insert("mime_type".into(), "application/pdf".into());
            }
        }
        _ => return None,
    }
    let extras = block.iter().filter(|(key, _)| !matches!(key.as_str(), "type" | "file" | "input_audio"));
    let extras: Fields = extras.map(|(key, value)| (key.clone(), value.clone())).collect();
    made.insert("extras".into(), extras.into());
    Some(made)
}

/// The block on its way out.
pub(super) fn formatted(block: &Fields) -> Result<Value, BadRequest> {
    let block = of_openai(block).map_or(Cow::Borrowed(block), Cow::Owned);
    let block = block.as_ref();
    let mut made = match text(block, "type").unwrap_or_default() {
        "image" => json!({"type": "image", "source": image(block)?}),
        "file" => json!({"type": "document", "source": document(block)?}),
        "text-plain" => json!({"type": "document", "source": plain(block, "text")?}),
        other => return Err(BadRequest::value(format!("Block of type {other} is not supported."))),
    };
    let is_old = block.contains_key("source_type");
    for name in ALONG {
        // In LangChain's older form what is beside a block goes down one more level, and is found no more.
        let extra = |place| block.get(place).filter(|_| !is_old)?.as_object()?.get(name);
        if let Some(value) = block.get(name).or_else(|| extra("extras")).or_else(|| extra("metadata")) {
            made[name] = value.clone();
        }
    }
    Ok(made)
}

fn image(block: &Fields) -> Result<Value, BadRequest> {
    if let Some(url) = block.get("url").filter(|url| !url.is_string()) {
        return Err(lacks(url, "startswith"));
    }
    if text(block, "source_type") == Some("url") {
        needed(block, "url")?;
    }
    match text(block, "url") {
        Some(url) if url.starts_with("data:") => source(url),
        Some(url) => Ok(json!({"type": "url", "url": url})),
        None if is_base64(block) => match block.get("mime_type") {
            Some(kind) => Ok(json!({"type": "base64", "media_type": kind, "data": data(block)})),
            None => Err(BadRequest::value("mime_type key is required for base64 data.")),
        },
        None => stored(block, "image"),
    }
}

fn document(block: &Fields) -> Result<Value, BadRequest> {
    if text(block, "source_type") == Some("text") {
        return plain(block, "url");
    }
    if block.contains_key("url") || text(block, "source_type") == Some("url") {
        return Ok(json!({"type": "url", "url": needed(block, "url")?}));
    }
    if is_base64(block) {
        let media_type = media_type(block, "application/pdf");
        return Ok(json!({"type": "base64", "media_type": media_type, "data": data(block)}));
    }
    stored(block, "file")
}

/// Plain text; LangChain's older form has it under `url`.
fn plain(block: &Fields, name: &str) -> Result<Value, BadRequest> {
    let media_type = media_type(block, "text/plain");
    Ok(json!({"type": "text", "media_type": media_type, "data": needed(block, name)?}))
}

/// What was uploaded before.
fn stored(block: &Fields, kind: &str) -> Result<Value, BadRequest> {
    let old = block.get("id").filter(|_| text(block, "source_type") == Some("id"));
    match block.get("file_id").or(old) {
        Some(id) => Ok(json!({"type": "file", "file_id": id})),
        None => Err(BadRequest::value(format!(
            "Anthropic only supports 'url', 'base64', or 'id' keys for {kind} content blocks."
        ))),
    }
}

fn is_base64(block: &Fields) -> bool {
    block.contains_key("base64") || text(block, "source_type") == Some("base64")
}

/// The bytes: `base64` in LangChain's newer form, `data` in the older.
fn data(block: &Fields) -> &str {
    let newer = text(block, "base64").filter(|data| !data.is_empty());
    newer.or_else(|| text(block, "data")).unwrap_or_default()
}

fn media_type<'a>(block: &'a Fields, usual: &'a str) -> &'a str {
    text(block, "mime_type").filter(|kind| !kind.is_empty()).unwrap_or(usual)
}
