//! What LangChain's own classes send and make of answers, as `tests/langchain/record.py` recorded it.

use super::{
    azure::AzureOpenAi,
    chat::{OpenAiProtocol, OpenAiReader},
    completions::{OpenAiCompletions, model::TextModel},
    vendor::{self, OpenAi},
};
use crate::{
    HttpPool,
    call::{BadAnswer, BadRequest, Prepared, Protocol, Reader},
    params,
};
use bytes::Bytes;
use secrecy::SecretString;
use serde_json::{Map, Value, json};
use windlass_core::{
    AiMessage, Chunk, Environment, Message, ModelSpec, ModelVendor, Part, PromptValue, SpecProblem,
};

mod answers;
mod arguments;
mod corpus;
mod requests;

/// The keys of the recordings, and those that a case brings itself as `${OWN_key}`.
struct Keys;

impl Environment for Keys {
    fn var(&self, name: &str) -> Option<SecretString> {
        match name {
            "OPENAI_API_KEY" => Some("sk-key".into()),
            "AZURE_OPENAI_API_KEY" => Some("az-key".into()),
            own => own.strip_prefix("OWN_").map(Into::into),
        }
    }
}

/// A model of a case.
enum Model {
    Chat(Box<super::chat::OpenAiChat>),
    Text(TextModel),
}

fn object(case: &Value, name: &str) -> Map<String, Value> {
    case.get(name).and_then(Value::as_object).cloned().unwrap_or_default()
}

fn build(case: &Value) -> Result<Model, Vec<SpecProblem>> {
    let mut kwargs = object(case, "kwargs");
    for key in ["api_key", "openai_api_key", "azure_ad_token"] {
        if let Some(Value::String(own)) = kwargs.get_mut(key) {
            *own = format!("${{OWN_{own}}}");
        }
    }
    let vendor = case["vendor"].as_str().unwrap_or("openai");
    if vendor != "openai_completions" {
        // The recorder's own HTTP client has LangChain ask for no usage unless it is told to.
        kwargs.entry("stream_usage").or_insert(false.into());
    }
    let pool = HttpPool::default();
    match vendor {
        "azure_openai" => {
            let vendor = AzureOpenAi::new(pool);
            let names = ["deployment_name", "azure_deployment"];
            let deployment = names.iter().find_map(|name| kwargs.shift_remove(*name));
            let (model, mut params) = arguments::arguments(kwargs, &vendor.parameters())?;
            params.extend(model.map(|model| ("model_name".into(), model.into())));
            let model = deployment.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
            let spec = ModelSpec { vendor: "azure_openai".into(), model, params };
            vendor.model(&spec, &Keys).map(Box::new).map(Model::Chat)
        }
        "openai_completions" => {
            let vendor = OpenAiCompletions::new(pool);
            let (model, params) = arguments::arguments(kwargs, &vendor.parameters())?;
            let model = model.unwrap_or_else(|| "gpt-3.5-turbo-instruct".into());
            let spec = ModelSpec { vendor: "openai_completions".into(), model, params };
            vendor.model(&spec, &Keys).map(Model::Text)
        }
        _ => {
            let (model, params) = arguments::arguments(kwargs, &OpenAi::new(pool.clone()).parameters())?;
            let model = model.unwrap_or_else(|| "gpt-3.5-turbo".into());
            let params = params::read(&params)?;
            vendor::model(&pool, &model, &params, vendor::key(&params, &Keys), &Keys)
                .map(Box::new)
                .map(Model::Chat)
        }
    }
}

/// Whether the case is one where Python does what is decided otherwise here, with the reason.
fn decided_otherwise(case: &Value) -> Option<&'static str> {
    let text = case.to_string();
    let ends = ["[DONE]", r#"\"finish_reason\": \""#, "response.completed", "response.incomplete"];
    if case["sse"] != "" && case.get("sse").is_some() && !ends.iter().any(|end| text.contains(end)) {
        return Some("a stream that ends in the middle of the answer is a failure");
    }
    let table = [
        (r#""use_responses_api":true,"output_version":"v1""#, "of the Responses API the form v1 is refused"),
        (r#""temperature":null"#, "an explicit null is as good as nothing"),
        (r#"\"role\": \"user\""#, "what a model says is never a person's message"),
        ("event: ping", "an event without data is passed over"),
        (r#""custom":{"#, "a call of a custom tool is no failure of the attribute lookup"),
        ("123456789012345678901234567890", "the tree of JSON holds integers of 64 bits"),
        (r#"\"a\": NaN"#, "the tree of JSON holds no NaN"),
        ("computer_call_output", "a tool's answer has no further fields"),
    ];
    table.iter().find(|(mark, _)| text.contains(mark)).map(|(_, reason)| *reason)
}
