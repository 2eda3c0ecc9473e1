//! Content blocks as the API takes them: LangChain's own kinds are converted, private thoughts stay here. Pure.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use windlass_core::Content;

/// Content on its way out.
pub(super) struct WireContent<'a>(pub(super) &'a Content);

impl Serialize for WireContent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Content::Text(text) => serializer.serialize_str(text),
            Content::Blocks(blocks) => serializer.collect_seq(blocks.iter().filter_map(block)),
        }
    }
}

/// One block, or `None` for what other vendors' models left for themselves.
fn block(block: &Value) -> Option<Cow<'_, Value>> {
    let Value::Object(fields) = block else { return Some(Cow::Borrowed(block)) };
    let converted = match text(fields, "type") {
        Some("tool_use" | "thinking" | "reasoning_content" | "function_call") => return None,
        Some("image") => image(fields),
        Some("file") => file(fields),
        Some("audio") => audio(fields),
        _ => None,
    };
    Some(converted.map_or(Cow::Borrowed(block), Cow::Owned))
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str()
}

/// The bytes of a block, in base64: `data` in LangChain's older form, `base64` in the newer.
fn data(fields: &Map<String, Value>) -> Option<&str> {
    text(fields, "base64").or_else(|| text(fields, "data"))
}

fn image(fields: &Map<String, Value>) -> Option<Value> {
    let source = fields.get("source").and_then(Value::as_object);
    let url = match source {
        Some(source) => text(source, "url").map(Into::into).or_else(|| data_url(source, "media_type")),
        None => text(fields, "url").map(Into::into).or_else(|| data_url(fields, "mime_type")),
    };
    Some(json!({"type": "image_url", "image_url": {"url": url?}}))
}

fn file(fields: &Map<String, Value>) -> Option<Value> {
    let id = text(fields, "file_id")
        .or_else(|| text(fields, "id").filter(|_| text(fields, "source_type") == Some("id")));
    if let Some(id) = id {
        return Some(json!({"type": "file", "file": {"file_id": id}}));
    }
    let mut file = json!({"file_data": data_url(fields, "mime_type")?});
    let extras = ["extras", "metadata"].iter().filter_map(|name| fields.get(*name)?.as_object());
    if let Some(name) = std::iter::once(fields).chain(extras).find_map(|fields| text(fields, "filename")) {
        file["filename"] = name.into();
    }
    Some(json!({"type": "file", "file": file}))
}

fn audio(fields: &Map<String, Value>) -> Option<Value> {
    let format = text(fields, "mime_type")?.rsplit('/').next();
    Some(json!({"type": "input_audio", "input_audio": {"data": data(fields)?, "format": format}}))
}

fn data_url(fields: &Map<String, Value>, mime_type: &str) -> Option<String> {
    Some(format!("data:{};base64,{}", text(fields, mime_type)?, data(fields)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(block: Value, expect: &Value) {
        let content = Content::Blocks(vec![block]);
        assert_eq!(&serde_json::to_value(WireContent(&content)).unwrap(), expect);
    }

    #[test]
    fn images_are_urls() {
        let url = |url| json!([{"type": "image_url", "image_url": {"url": url}}]);
        let old = json!({"type": "image", "source_type": "base64", "data": "aGk=", "mime_type": "image/png"});
        check(old, &url("data:image/png;base64,aGk="));
        let new = json!({"type": "image", "base64": "aGk=", "mime_type": "image/webp"});
        check(new, &url("data:image/webp;base64,aGk="));
        let source = json!({"type": "base64", "media_type": "image/gif", "data": "R0lG"});
        check(json!({"type": "image", "source": source}), &url("data:image/gif;base64,R0lG"));
        check(json!({"type": "image", "url": "https://e.com/i.png"}), &url("https://e.com/i.png"));
    }

    #[test]
    fn files_and_sounds_have_forms_of_their_own() {
        check(
            json!({"type": "file", "source_type": "base64", "data": "JVBERi0=", "mime_type": "application/pdf", "filename": "d.pdf"}),
            &json!([{"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0=", "filename": "d.pdf"}}]),
        );
        check(
            json!({"type": "file", "file_id": "f1"}),
            &json!([{"type": "file", "file": {"file_id": "f1"}}]),
        );
        check(
            json!({"type": "audio", "base64": "UklG", "mime_type": "audio/wav"}),
            &json!([{"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}]),
        );
    }

    #[test]
    fn other_blocks_stay_and_thoughts_go() {
        let block = json!({"type": "text", "text": "t", "cache_control": {"type": "ephemeral"}});
        check(block.clone(), &json!([block]));
        check(json!("raw string"), &json!(["raw string"]));
        let native = json!({"type": "file", "file": {"file_id": "x"}});
        check(native.clone(), &json!([native]));
        check(json!({"type": "thinking", "thinking": "hm"}), &json!([]));
        check(json!({"type": "tool_use", "id": "1"}), &json!([]));
    }
}
