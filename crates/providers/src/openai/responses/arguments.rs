//! The arguments of a chat completion as those of the Responses API. Pure.

use super::super::models;
use crate::{call::BadRequest, python_json::is_truthy};
use serde_json::{Map, Value, json};
use windlass_core::Words;

type Arguments = Map<String, Value>;

/// Renames and reshapes the arguments.
pub(in super::super) fn fit(arguments: &mut Arguments, stream: bool) -> Result<(), BadRequest> {
    for tokens in ["max_tokens", "max_completion_tokens"] {
        if let Some(tokens) = arguments.shift_remove(tokens) {
            arguments.insert("max_output_tokens".into(), tokens);
        }
    }
    if !arguments.contains_key("reasoning")
        && let Some(effort) = arguments.shift_remove("reasoning_effort")
    {
        arguments.insert("reasoning".into(), json!({"effort": effort}));
    }
    arguments.shift_remove("stop");
    temperature(arguments);
    tools(arguments, stream)?;
    tool_choice(arguments);
    format(arguments)?;
    verbosity(arguments);
    Ok(())
}

fn temperature(arguments: &mut Arguments) {
    let model = arguments.get("model").and_then(Value::as_str).unwrap_or_default();
    let effort = arguments.get("reasoning").and_then(|reasoning| reasoning.get("effort")?.as_str());
    if !models::takes_temperature(model, [effort, None]) {
        arguments.shift_remove("temperature");
    }
}

fn tools(arguments: &mut Arguments, stream: bool) -> Result<(), BadRequest> {
    let tools = arguments.shift_remove("tools").filter(is_truthy);
    let Some(Value::Array(tools)) = tools else { return Ok(()) };
    let fitted = tools.into_iter().map(|tool| fit_tool(tool, stream)).collect::<Result<Vec<_>, _>>()?;
    arguments.insert("tools".into(), fitted.into());
    Ok(())
}

fn fit_tool(tool: Value, stream: bool) -> Result<Value, BadRequest> {
    let Value::Object(mut fields) = tool else { return Ok(tool) };
    match fields.get("type").and_then(Value::as_str) {
        Some("function") if fields.contains_key("function") => Ok(Value::Object(flat(fields))),
        Some("image_generation") => {
            if fields.contains_key("partial_images") {
                let ours = "Partial image generation is not yet supported via the LangChain ChatOpenAI client. Please drop the 'partial_images' key from the image_generation tool.";
                return Err(BadRequest { class: "NotImplementedError", words: Words::from(ours) });
            }
            if stream {
                fields.insert("partial_images".into(), 1.into());
            }
            Ok(Value::Object(fields))
        }
        _ => Ok(Value::Object(fields)),
    }
}

/// `{"type": "function", "function": {...}}` as one object.
fn flat(mut fields: Arguments) -> Arguments {
    let function = fields.shift_remove("function");
    let mut flat = Map::from_iter([("type".into(), "function".into())]);
    if let Some(Value::Object(function)) = function {
        flat.extend(function);
    }
    fields.shift_remove("type");
    flat.extend(fields);
    flat
}

fn tool_choice(arguments: &mut Arguments) {
    let Some(choice) = arguments.shift_remove("tool_choice").filter(is_truthy) else { return };
    let of_function = choice.get("type").is_some_and(|kind| kind == "function");
    let choice = match choice {
        Value::Object(mut fields) if of_function && fields.contains_key("function") => {
            fields.retain(|key, _| key == "function");
            Value::Object(flat(fields))
        }
        other => other,
    };
    arguments.insert("tool_choice".into(), choice);
}

/// Puts something into the argument `text`.
fn into_text(arguments: &mut Arguments, key: &str, value: Value) {
    match arguments.get_mut("text") {
        Some(Value::Object(text)) => drop(text.insert(key.into(), value)),
        _ => drop(arguments.insert("text".into(), json!({key: value}))),
    }
}

fn verbosity(arguments: &mut Arguments) {
    if let Some(verbosity) = arguments.shift_remove("verbosity").filter(|verbosity| !verbosity.is_null()) {
        into_text(arguments, "verbosity", verbosity);
    }
}

/// The form of the answer.
fn format(arguments: &mut Arguments) -> Result<(), BadRequest> {
    let Some(Value::Object(schema)) = arguments.shift_remove("response_format").filter(is_truthy) else {
        return Ok(());
    };
    let strict = arguments.shift_remove("strict").and_then(|strict| strict.as_bool());
    let json_mode = json!({"type": "json_object"});
    if Value::Object(schema.clone()) == json_mode {
        into_text(arguments, "format", json_mode);
        return Ok(());
    }
    let mut format = Map::from_iter([("type".into(), "json_schema".into())]);
    format.extend(described(schema, strict)?);
    into_text(arguments, "format", Value::Object(format));
    Ok(())
}

/// Name, schema and strictness, from any of the forms that LangChain takes.
fn described(mut schema: Arguments, strict: Option<bool>) -> Result<Arguments, BadRequest> {
    if let (Some(Value::Object(described)), true) =
        (schema.get("json_schema"), schema.get("type").is_some_and(|kind| kind == "json_schema"))
    {
        return agreed(described, strict);
    }
    if schema.contains_key("name") && schema.contains_key("schema") {
        return Ok(schema);
    }
    let strict = strict.or_else(|| schema.get("strict").and_then(Value::as_bool)).unwrap_or(false);
    let mut described = Map::new();
    for (from, to) in [("title", "name"), ("description", "description")] {
        described.extend(schema.shift_remove(from).map(|value| (to.into(), value)));
    }
    if strict {
        schema.insert("additionalProperties".into(), false.into());
    }
    described.insert("strict".into(), strict.into());
    described.insert("schema".into(), Value::Object(schema));
    Ok(described)
}

fn agreed(described: &Arguments, strict: Option<bool>) -> Result<Arguments, BadRequest> {
    let own = described.get("strict");
    match (strict, own) {
        (Some(strict), Some(own)) if *own != Value::Bool(strict) => {
            let word = |bool: bool| if bool { "True" } else { "False" };
            let own = own.as_bool().map_or("None", word);
            Err(BadRequest::value(format!(
                "Output schema already has 'strict' value set to {own} but 'strict' also passed in to with_structured_output as {}. Please make sure that 'strict' is only specified in one place.",
                word(strict)
            )))
        }
        _ => Ok(described.clone()),
    }
}
