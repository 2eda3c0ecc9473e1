//! What went into a run and what came out of it, in the form LangChain's callbacks give it to.

use super::runs::{ToJson, Told};
use serde_json::{Value, json};
use windlass_core::{Chunk, Message, Part, PromptValue, RunType, Val};

/// What a run got, as its events say it; `None` where that is not known yet.
pub(super) fn input(run: &Told, object: ToJson) -> Option<Value> {
    let input = run.input.as_ref()?;
    Some(match run.run_type {
        RunType::ChatModel => match messages(input) {
            Some(messages) => {
                json!({"messages": [messages.map(|message| object(&message)).collect::<Vec<_>>()]})
            }
            None => object(input),
        },
        RunType::Llm => match PromptValue::from_val(input.clone()) {
            Ok(prompt) => json!({"prompts": [prompt.to_text()]}),
            Err(_) => object(input),
        },
        RunType::Retriever => json!({"query": object(input)}),
        // A tool's input is known by the names of its arguments only.
        RunType::Tool if !matches!(input, Val::Dict(_) | Val::AddDict(_)) => return None,
        _ => object(input),
    })
}

fn messages(input: &Val) -> Option<impl Iterator<Item = Val>> {
    let prompt = PromptValue::from_val(input.clone()).ok()?;
    Some(prompt.into_messages().into_iter().map(Val::from))
}

/// A model's answer as `LLMResult`, without what only some events have.
pub(super) fn generations(run: &Told, output: Option<&Val>, object: ToJson) -> Value {
    let generation = output.map(|output| generation(run, output, object));
    json!({"generations": [generation.into_iter().collect::<Vec<_>>()], "llm_output": null})
}

fn generation(run: &Told, output: &Val, object: ToJson) -> Value {
    let class = |is_piece: bool, class: &str| format!("{class}{}", if is_piece { "Chunk" } else { "" });
    match output {
        Val::Message(message) => {
            let is_piece = matches!(&**message, Message::Ai(message) if matches!(message.part, Part::Piece | Part::Last));
            json!({
                "text": message.content().to_text(),
                "generation_info": null,
                "type": class(is_piece, "ChatGeneration"),
                "message": object(output),
            })
        }
        other => {
            let is_piece = run.telling == windlass_core::Telling::Answer;
            json!({"text": object(other), "generation_info": null, "type": class(is_piece, "Generation")})
        }
    }
}

/// The whole `LLMResult`. What a model said before it failed stands before an empty list for the failure.
pub(super) fn llm_result(run: &Told, output: Option<&Val>, failed: bool, object: ToJson) -> Value {
    let mut result = match (output, failed) {
        (None, true) => json!({"generations": [], "llm_output": null}),
        _ => generations(run, output, object),
    };
    if failed && let Some(Value::Array(generations)) = result.get_mut("generations") {
        generations.push(json!([]));
    }
    result["run"] = Value::Null;
    result["type"] = "LLMResult".into();
    result
}

/// Whether the run is a model's.
pub(super) fn is_model(run: &Told) -> bool {
    matches!(run.run_type, RunType::ChatModel | RunType::Llm)
}
