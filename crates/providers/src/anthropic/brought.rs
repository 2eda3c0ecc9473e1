//! Tools as OpenAI writes them, which is how clients bring them to a chain, as Anthropic takes them.

use serde_json::{Map, Value, json};

/// The arguments that OpenAI calls `tools`, `tool_choice` and `parallel_tool_calls`, in Anthropic's form.
pub(super) fn rewritten(mut brought: Map<String, Value>) -> Map<String, Value> {
    if let Some(Value::Array(tools)) = brought.get_mut("tools") {
        for tool in tools.iter_mut() {
            if let Some(own) = own_form(tool) {
                *tool = own;
            }
        }
    }
    let alone = brought.shift_remove("parallel_tool_calls") == Some(Value::Bool(false));
    let choice =
        brought.get("tool_choice").map(own_choice).or_else(|| alone.then(|| json!({"type": "auto"})));
    if let Some(mut choice) = choice {
        if alone && choice["type"] != "none" {
            choice["disable_parallel_tool_use"] = true.into();
        }
        brought.insert("tool_choice".into(), choice);
    }
    brought
}

fn own_form(tool: &Value) -> Option<Value> {
    let function = tool.get("function").filter(|_| tool["type"] == "function")?;
    let parameters = function.get("parameters").filter(|parameters| parameters.is_object());
    let empty = || json!({"type": "object", "properties": {}});
    let mut own = json!({
        "name": function.get("name")?,
        "input_schema": parameters.cloned().unwrap_or_else(empty),
    });
    if let Some(description) = function.get("description").filter(|description| description.is_string()) {
        own["description"] = description.clone();
    }
    Some(own)
}

fn own_choice(choice: &Value) -> Value {
    match (choice.as_str(), choice.get("function").and_then(|function| function.get("name"))) {
        (Some("required"), _) => json!({"type": "any"}),
        (Some(word), _) => json!({"type": word}),
        (None, Some(name)) => json!({"type": "tool", "name": name}),
        (None, None) => choice.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(brought: &Value, expect: &Value) {
        assert_eq!(&Value::Object(rewritten(brought.as_object().cloned().unwrap())), expect);
    }

    #[test]
    fn tools_of_openais_form_are_rewritten() {
        let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
        let sun = json!({"type": "function", "function": {"name": "sun", "description": "Says.", "parameters": schema, "strict": true}});
        let bare = json!({"type": "function", "function": {"name": "now"}});
        let own_sun = json!({"name": "sun", "description": "Says.", "input_schema": schema});
        let own_bare = json!({"name": "now", "input_schema": {"type": "object", "properties": {}}});
        check(&json!({"tools": [sun, bare]}), &json!({"tools": [own_sun, own_bare]}));
        for (choice, expect) in [
            (json!("auto"), json!({"type": "auto"})),
            (json!("none"), json!({"type": "none"})),
            (json!("required"), json!({"type": "any"})),
            (
                json!({"type": "function", "function": {"name": "now"}}),
                json!({"type": "tool", "name": "now"}),
            ),
        ] {
            check(
                &json!({"tools": [bare], "tool_choice": choice}),
                &json!({"tools": [own_bare], "tool_choice": expect}),
            );
        }
        check(
            &json!({"tools": [bare], "parallel_tool_calls": false}),
            &json!({"tools": [own_bare], "tool_choice": {"type": "auto", "disable_parallel_tool_use": true}}),
        );
        check(&json!({"tools": [bare], "parallel_tool_calls": true}), &json!({"tools": [own_bare]}));
    }
}
