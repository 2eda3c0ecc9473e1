//! The schemas of prompts: text, messages, and mappings that say all that LangChain's prompts have.

use super::gather::Definitions;
use serde_json::{Map, Value, json};

/// Who can speak.
const ROLES: [&str; 5] = ["system", "human", "ai", "user", "assistant"];

/// Adds `prompt` and all that stands in one.
pub(super) fn define(definitions: &mut Definitions) {
    definitions.add("templateFormat", json!({
        "enum": ["f-string", "mustache", "jinja2"],
        "default": "f-string",
        "description": "How variables are written: `{name}`, `{{name}}`, or with filters and control flow.",
    }));
    definitions.add("partial", object("Values of variables that callers need not send."));
    definitions.add("examples", examples());
    definitions.add("textPrompt", text_prompt());
    definitions.add("block", block());
    definitions.add(
        "content",
        json!({
            "description": "Text, or a list of blocks: texts, images and others.",
            "anyOf": [reference("textPrompt"), {"type": "array", "items": reference("block")}],
        }),
    );
    definitions.add("message", message());
    definitions.add("messagePrompt", message_prompt());
    definitions.add("prompt", json!({
        "description": "Text, which is one human message; a list of messages; or a mapping that says more. `{name}` is a variable, `{{` a brace.",
        "anyOf": [
            reference("textPrompt"),
            {"type": "array", "items": reference("message")},
            reference("messagePrompt"),
        ],
    }));
}

/// Text, `{ text: ... }`, or examples between a prefix and a suffix.
fn text_prompt() -> Value {
    let more = || [("format", reference("templateFormat")), ("partial", reference("partial"))];
    let variables = json!({"type": "array", "items": text("A name."), "description": "The variables of a jinja2 template."});
    let written = mapping(
        [("text", text("The template."))].into_iter().chain(more()).chain([("variables", variables)]),
        &["text"],
    );
    let few_shot = |part: &Value, required: &[&str]| {
        let parts = [
            ("examples", reference("examples")),
            ("example", reference("textPrompt")),
            ("prefix", part.clone()),
            ("suffix", part.clone()),
            ("separator", text("What stands between the parts. Default: an empty line.")),
            ("format", reference("templateFormat")),
        ];
        mapping(parts, required)
    };
    let plain = few_shot(&text("A template."), &["examples", "example"]);
    let templates = few_shot(&reference("textPrompt"), &["examples", "example", "suffix"]);
    json!({"anyOf": [
        text("A template."),
        written,
        mapping([("few_shot", plain)].into_iter().chain(more()), &["few_shot"]),
        mapping([("few_shot_with_templates", templates)].into_iter().chain(more()), &["few_shot_with_templates"]),
    ]})
}

/// A part of a message's content.
fn block() -> Value {
    let format = || ("format", reference("templateFormat"));
    let image = object("An image: `url`, and `detail` if you like; both are templates.");
    let other = object("Any block that the vendor takes; texts in it are templates.");
    json!({"anyOf": [
        reference("textPrompt"),
        mapping([("image", image), format()], &["image"]),
        mapping([("block", other), format()], &["block"]),
    ]})
}

fn message() -> Value {
    let kwargs = || ("additional_kwargs", object("What else the message carries."));
    let spoken = ROLES.map(|role| mapping([(role, reference("content")), kwargs()], &[role]));
    let named = mapping(
        [("role", text("Who says it.")), ("content", reference("content")), kwargs()],
        &["role", "content"],
    );
    let placeholder = mapping(
        [
            ("placeholder", text("The variable that holds a list of messages.")),
            (
                "optional",
                json!({"type": "boolean", "default": false, "description": "Whether the variable may be absent."}),
            ),
            (
                "last",
                json!({"type": "integer", "minimum": 1, "description": "Only the last so many messages."}),
            ),
        ],
        &["placeholder"],
    );
    let ready = mapping(
        [("message", object("A message as it is stored, without variables: `{ type: ai, content: ... }`."))],
        &["message"],
    );
    let prompt = mapping([("prompt", reference("messagePrompt"))], &["prompt"]);
    let example =
        json!({"type": "array", "items": reference("message"), "description": "How an example looks."});
    let few_shot =
        mapping([("examples", reference("examples")), ("example", example)], &["examples", "example"]);
    let few_shot = mapping([("few_shot", few_shot)], &["few_shot"]);
    json!({"anyOf": spoken.into_iter().chain([named, placeholder, ready, prompt, few_shot]).collect::<Vec<_>>()})
}

/// `{ messages: [...] }` with what else a prompt of messages has.
fn message_prompt() -> Value {
    let messages =
        json!({"type": "array", "items": reference("message"), "description": "The messages, in order."});
    let optional =
        json!({"type": "array", "items": text("A name."), "description": "Variables that may be absent."});
    let parts = [
        ("messages", messages),
        ("format", reference("templateFormat")),
        ("partial", reference("partial")),
        ("optional", optional),
    ];
    mapping(parts, &["messages"])
}

fn examples() -> Value {
    json!({"type": "array", "items": {"type": "object"}, "description": "The values of each example."})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn object(description: &str) -> Value {
    json!({"type": "object", "description": description})
}

fn mapping<'a>(properties: impl IntoIterator<Item = (&'a str, Value)>, required: &[&str]) -> Value {
    let properties: Map<_, _> =
        properties.into_iter().map(|(key, schema)| (key.to_string(), schema)).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}
