//! The schemas of a chain, and of what LangChain's chains may do.

use serde_json::{Value, json};
use windlass_core::{ConfigKey, EventsVersion, Feed, LangServeEndpoint};

/// What says what a chain does, each in its own way.
const BODY: [&str; 5] = ["prompt", "model", "parser", "steps", "langchain"];

pub(super) fn chain() -> Value {
    json!({
        "type": "object",
        "properties": {
            "description": {"type": "string", "description": "What it does, for people."},
            "input": {"$ref": "#/$defs/input"},
            "prompt": {"$ref": "#/$defs/prompt"},
            "model": {"$ref": "#/$defs/namedOrWrittenModel"},
            "parser": {"$ref": "#/$defs/parser"},
            "steps": {"description": "The steps of a longer chain, in order.", "$ref": "#/$defs/steps"},
            "langchain": {
                "type": "string",
                "description": "A file beside this one or below it: a chain as LangChain's `dumps` wrote it, in place of steps.",
            },
            "semantics": {
                "enum": ["windlass", "langchain"],
                "default": "windlass",
                "description": "Whose ways the chain has where Windlass and LangChain differ.",
            },
            "output": {"type": "string", "description": "The field that the output is wrapped in; without it the output is bare."},
            "extra_fields": {
                "enum": ["refuse", "ignore"],
                "description": "What happens to fields that `input` does not name. Default: `refuse`; with `langchain`, `ignore`.",
            },
            "openai": openai(),
            "examples": {"type": "array", "description": "Inputs that work, for docs and the playground."},
            "langserve": langserve(),
        },
        "oneOf": [
            body(&["input", "model"], &["prompt", "model", "parser"]),
            body(&["input", "steps"], &["steps"]),
            body(&["langchain"], &["langchain"]),
        ],
        "additionalProperties": false,
    })
}

/// How clients that send conversations use the chain.
fn openai() -> Value {
    let words: Vec<_> = Feed::WORDS.iter().map(|(word, _)| *word).collect();
    let word = json!({"enum": words});
    let value = json!({
        "type": "object",
        "properties": {"value": {"description": "What the field always gets."}},
        "required": ["value"],
        "additionalProperties": false,
    });
    json!({
        "description": "How clients that send conversations use the chain, in OpenAI's chat completions and the AI SDK.",
        "type": "object",
        "properties": {
            "input": {
                "description": "What of a conversation becomes the input: a word, or for each field a word or `{ value: ... }`.",
                "anyOf": [word, {"type": "object", "minProperties": 1, "additionalProperties": {"anyOf": [word, value]}}],
            },
            "tools": {
                "enum": ["ignore", "pass"],
                "default": "ignore",
                "description": "Whether the model that the chain ends in gets the client's tools, and the client its calls.",
            },
        },
        "additionalProperties": false,
    })
}

/// What must be there, and of the keys that say what a chain does, those that may.
fn body(required: &[&str], own: &[&str]) -> Value {
    let others = BODY.iter().filter(|key| !own.contains(key));
    let others: Vec<_> = others.map(|key| json!({"required": [key]})).collect();
    json!({"required": required, "not": {"anyOf": others}})
}

/// The file's `langchain:` part.
pub(super) fn langchain() -> Value {
    json!({
        "description": "What chains of LangChain's may do, beside what they may anyway.",
        "type": "object",
        "properties": {
            "jinja2": {"type": "boolean", "default": false, "description": "Whether they may have jinja2 templates."},
            "secrets": {
                "description": "The secrets they may use: each a variable of the environment, with the hosts it may be sent to.",
                "type": "object",
                "additionalProperties": {
                    "type": "array",
                    "items": {"type": "string", "description": "`llm.example.com`, with a port if it is not the scheme's own."},
                },
            },
        },
        "additionalProperties": false,
    })
}

/// How a chain is served to LangServe's clients.
fn langserve() -> Value {
    let list = |words: Vec<&str>, description: &str| json!({"type": "array", "items": {"enum": words}, "description": description});
    json!({
        "type": "object",
        "description": "How the chain is served to LangServe's clients, in the words of LangServe's `add_routes`.",
        "properties": {
            "config_keys": list(
                ConfigKey::ALL.map(|(word, _)| word).into(),
                "The keys of a run's configuration that clients may set. Default: `configurable`.",
            ),
            "events_version": {
                "enum": EventsVersion::ALL.map(|(word, _)| word),
                "default": "v2",
                "description": "The form of `stream_events`.",
            },
            "enabled_endpoints": list(
                LangServeEndpoint::ALL.map(|(word, _)| word).into(),
                "The endpoints that are served. Default: all.",
            ),
            "stream_log_name_allow_list": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The names of runs that `stream_log` and `stream_events` tell of. Default: all.",
            },
        },
        "additionalProperties": false,
    })
}
