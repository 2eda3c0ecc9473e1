//! The forms of steps that stand alone: each word, and LangChain's name for it, with what may stand beside it.

use serde_json::{Map, Value, json};

/// One object schema for each word.
pub(super) fn forms() -> Vec<Value> {
    let mut forms = vec![
        form("assign", branches(), &[], &[]),
        form("parallel", branches(), &[], &[]),
        form("pick", key_or_keys("A key of an object, or keys that make a smaller one."), &[], &[]),
        form("get", get(), &[], &[]),
        form("each", inner("The step that runs on every item of a list."), &[], &[]),
        form("branch", cases(), &[], &[]),
        form("route", routes("Steps by the `key` of an input `{key, input}`."), &[], &[]),
        form("steps", inner("A sequence in a sequence."), &[], &[]),
    ];
    forms.extend(wrapping());
    forms.extend(configured());
    let langchain: Vec<_> = forms.iter().zip(LANGCHAIN).map(|(form, name)| renamed(form, name)).collect();
    forms.extend(langchain);
    forms
}

/// LangChain's names for the words, in the order of their forms.
const LANGCHAIN: [&str; 13] = [
    "RunnableAssign",
    "RunnableParallel",
    "RunnablePick",
    "itemgetter",
    "RunnableEach",
    "RunnableBranch",
    "RouterRunnable",
    "RunnableSequence",
    "RunnableBinding",
    "RunnableWithFallbacks",
    "RunnableRetry",
    "RunnableConfigurableFields",
    "RunnableConfigurableAlternatives",
];

/// The same form under another word.
fn renamed(form: &Value, name: &str) -> Value {
    let mut form = form.clone();
    let word = form["required"][0].take();
    form["required"][0] = name.into();
    if let (Some(properties), Some(word)) = (form["properties"].as_object_mut(), word.as_str()) {
        let value = properties.remove(word).unwrap_or_default();
        properties.insert(name.into(), value);
    }
    form
}

fn object(description: &str) -> Value {
    json!({"type": "object", "description": description})
}

/// Steps with something around them.
fn wrapping() -> Vec<Value> {
    let on = json!({"type": "array", "items": {"type": "string"}, "description": "Python's exceptions this is for. Default: all."});
    let config =
        object("LangChain's `RunnableConfig`: tags, metadata, run_name, max_concurrency, configurable.");
    let bind = form(
        "bind",
        object("Arguments for the step, such as `stop` for a model."),
        &["to"],
        &[("to", inner("The step.")), ("config", config.clone())],
    );
    let fallbacks = form(
        "try",
        inner("The step that runs first."),
        &["fallbacks"],
        &[
            (
                "fallbacks",
                json!({"type": "array", "items": {"$ref": "#/$defs/stepOrSteps"}, "description": "What runs where it fails, in order."}),
            ),
            ("on", on.clone()),
            (
                "exception_key",
                json!({"type": "string", "description": "The key of a fallback's input that gets the error's text."}),
            ),
        ],
    );
    let retry = form(
        "retry",
        inner("The step that is run again where it fails."),
        &[],
        &[
            (
                "attempts",
                json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 3, "description": "How often it may run in all."}),
            ),
            ("on", on),
            ("wait", wait()),
            ("kwargs", object("Arguments for the step.")),
            ("config", config),
        ],
    );
    vec![bind, fallbacks, retry]
}

/// Steps that a call's configuration changes.
fn configured() -> Vec<Value> {
    vec![
        form(
            "configurable",
            json!({"type": "object", "additionalProperties": {"$ref": "#/$defs/configurableId"}, "description": "Fields of the step that a call can set."}),
            &["of"],
            &[("of", inner("The step.")), ("rebuilt", object("What else is set once a call sets a field."))],
        ),
        form(
            "alternatives",
            routes("Steps that a call can choose in place of the default."),
            &["default", "by"],
            &[
                ("default", inner("The step if a call chooses none.")),
                ("by", json!({"$ref": "#/$defs/configurableId"})),
                (
                    "default_key",
                    json!({"type": "string", "default": "default", "description": "The default's name."}),
                ),
                (
                    "prefix_keys",
                    json!({"type": "boolean", "default": false, "description": "Whether ids inside are called `id==name/inner`."}),
                ),
            ],
        ),
    ]
}

/// What a call's configuration calls a field, and what it can choose from.
pub(super) fn configurable_id() -> Value {
    json!({
        "type": "object",
        "properties": {
            "id": {"type": "string", "description": "The key in `config.configurable`."},
            "name": {"type": "string"},
            "description": {"type": "string"},
            "options": {"type": "object", "description": "Values by the names a call gives."},
            "default": key_or_keys("The option, or the options, if a call names none."),
        },
        "required": ["id"],
        "additionalProperties": false,
    })
}

fn form(word: &str, value: Value, required: &[&str], beside: &[(&str, Value)]) -> Value {
    let mut properties = Map::from_iter([(word.to_string(), value)]);
    properties.extend(beside.iter().map(|(key, schema)| (key.to_string(), schema.clone())));
    let required: Vec<_> = std::iter::once(word).chain(required.iter().copied()).collect();
    json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
}

fn inner(description: &str) -> Value {
    json!({"description": description, "$ref": "#/$defs/stepOrSteps"})
}

fn branches() -> Value {
    json!({"$ref": "#/$defs/branches"})
}

fn routes(description: &str) -> Value {
    json!({"type": "object", "additionalProperties": {"$ref": "#/$defs/stepOrSteps"}, "description": description})
}

fn key_or_keys(description: &str) -> Value {
    json!({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}], "description": description})
}

fn get() -> Value {
    let key = json!({"type": ["string", "integer"]});
    json!({
        "anyOf": [key, {"type": "array", "items": key, "minItems": 1}],
        "description": "A key, or an index of a list; several give a list. What is not there is an error.",
    })
}

fn cases() -> Value {
    let case = |properties: Value, required: &[&str]| json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false});
    let held = json!({"if": inner("The condition."), "then": inner("What runs if it holds.")});
    json!({
        "type": "array",
        "description": "Cases in order; the last is `else`.",
        "items": {"anyOf": [case(held, &["if", "then"]), case(json!({"else": inner("What runs if none holds.")}), &["else"])]},
        "minItems": 1,
    })
}

fn wait() -> Value {
    let seconds = |default: f64, text: &str| json!({"type": "number", "minimum": 0, "default": default, "description": text});
    json!({
        "description": "How long to wait in between, in seconds. Default: longer each time, with chance.",
        "anyOf": [{"const": "none"}, {
            "type": "object",
            "properties": {
                "initial": seconds(1.0, "The first wait."),
                "max": {"type": "number", "minimum": 0, "description": "The longest wait."},
                "exp_base": seconds(2.0, "By how much each is longer."),
                "jitter": seconds(1.0, "The most that chance adds."),
            },
            "additionalProperties": false,
        }],
    })
}
