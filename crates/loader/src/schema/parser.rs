//! The schema of `parser`.

use serde_json::{Value, json};

/// The words that need no options.
const WORDS: [&str; 8] =
    ["text", "json", "csv", "numbered_list", "markdown_list", "xml", "tools", "functions"];

/// LangChain's names for them.
pub(super) const LANGCHAIN: [&str; 8] = [
    "StrOutputParser",
    "JsonOutputParser",
    "CommaSeparatedListOutputParser",
    "NumberedListOutputParser",
    "MarkdownListOutputParser",
    "XMLOutputParser",
    "JsonOutputToolsParser",
    "JsonOutputFunctionsParser",
];

pub(super) fn parser() -> Value {
    let words: Vec<_> = WORDS.into_iter().chain(LANGCHAIN).collect();
    json!({
        "description": "What is made of the model's answer: its text, the JSON, list or XML in it, or the calls it asks for.",
        "anyOf": [
            {"enum": words},
            with_options("json", &json!({"diff": flag("A stream gives JSON patch operations.")})),
            with_options("xml", &json!({"tags": {
                "type": "array",
                "items": {"type": "string"},
                "description": "The tags that the prompt asks for; others are read all the same.",
            }})),
            with_options("tools", &calls()),
            tool(),
            with_options("functions", &functions()),
        ],
        "default": "text",
    })
}

fn flag(description: &str) -> Value {
    json!({"type": "boolean", "default": false, "description": description})
}

fn with_options(word: &str, options: &Value) -> Value {
    let options = json!({"type": "object", "properties": options, "additionalProperties": false});
    json!({"type": "object", "properties": {word: options}, "required": [word], "additionalProperties": false})
}

fn calls() -> Value {
    json!({
        "first": flag("Only the first call, alone."),
        "ids": flag("Calls have their ids."),
        "strict": flag("Arguments of old messages may hold no raw control characters."),
    })
}

fn tool() -> Value {
    let mut options = calls();
    options["name"] = json!({"type": "string", "description": "The tool's name."});
    let mut form = with_options("tool", &options);
    let mut alone = form["properties"]["tool"].take();
    alone["required"] = json!(["name"]);
    form["properties"]["tool"] = json!({
        "description": "The arguments of the calls of one tool.",
        "anyOf": [{"type": "string", "description": "The tool's name."}, alone],
    });
    form
}

fn functions() -> Value {
    json!({
        "args_only": {"type": "boolean", "default": true, "description": "Only the arguments, not the call around them."},
        "strict": flag("Arguments may hold no raw control characters."),
        "diff": flag("A stream gives JSON patch operations."),
        "raw": flag("The arguments' text, unread."),
        "key": {"type": "string", "description": "Only this argument."},
    })
}
