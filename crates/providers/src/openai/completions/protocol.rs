//! What a completion model is sent. Pure.

use super::{
    super::{
        arguments::CREATE_TEXT,
        error::refusal,
        request::{Body, Options, sorted},
    },
    answer::TextDecoder,
    params::CompletionParams,
};
use crate::{
    call::{BadAnswer, BadRequest, Prepared, Protocol, measured},
    setup,
};
use http::{HeaderMap, StatusCode, Uri};
use serde_json::{Map, Value, json};
use std::time::Duration;
use windlass_core::{Message, RunInfo};

/// How completions are asked for. The prompts come as messages; only their text counts.
pub(in super::super) struct Completions {
    url: Uri,
    /// The arguments, in the order LangChain gives them to the SDK.
    arguments: Map<String, Value>,
    longest_asked: Duration,
}

/// A body, and the further parameters of its URL.
type Written = (Vec<u8>, Option<Map<String, Value>>);

impl Completions {
    pub(super) fn new(url: Uri, model: &str, params: &CompletionParams, longest_asked: Duration) -> Self {
        Completions { url, arguments: arguments(model, params), longest_asked }
    }

    fn write(
        &self,
        messages: &[Message],
        kwargs: Option<&Map<String, Value>>,
        stream: bool,
    ) -> Result<Written, BadRequest> {
        let mut payload = self.arguments.clone();
        let bound = kwargs.into_iter().flatten().filter(|(name, _)| *name != "stream");
        payload.extend(bound.map(|(name, value)| (name.clone(), value.clone())));
        if payload.get("stop").is_some_and(Value::is_null) {
            payload.shift_remove("stop");
        }
        CREATE_TEXT.takes(payload.keys())?;
        let Options { query, body: extra, .. } = Options::take(&mut payload);
        let mut prompts = messages.iter().map(|message| message.content().to_text().into_owned());
        let prompt = if stream { json!(prompts.next()) } else { prompts.collect() };
        let arguments = sorted(payload);
        let stream = stream.then_some(true);
        let body = Body { arguments: &arguments, stream, said: ("prompt", &prompt), extra: extra.as_ref() };
        Ok((body.write()?, query))
    }

    /// How many answers a prompt gets.
    fn answers(&self, kwargs: Option<&Map<String, Value>>) -> usize {
        let n = kwargs.and_then(|kwargs| kwargs.get("n")).or_else(|| self.arguments.get("n"));
        n.and_then(Value::as_u64).and_then(|n| n.try_into().ok()).unwrap_or(1)
    }
}

impl Protocol for Completions {
    type Reader = TextDecoder;

    fn run_info(&self) -> RunInfo {
        measured(RunInfo::llm("OpenAI"), &self.arguments)
    }

    fn streams(&self, wanted: bool, _: Option<&Map<String, Value>>) -> bool {
        wanted
    }

    fn request(
        &self,
        messages: &[Message],
        kwargs: Option<&Map<String, Value>>,
        stream: bool,
    ) -> Result<Prepared<TextDecoder>, BadRequest> {
        let (body, query) = self.write(messages, kwargs, stream)?;
        let uri = query.map_or_else(|| self.url.clone(), |query| setup::with_query(&self.url, &query));
        let reader = TextDecoder::new(messages.len(), self.answers(kwargs));
        Ok(Prepared { uri, headers: HeaderMap::new(), body: body.into(), reader })
    }

    fn refusal(&self, status: StatusCode, headers: &HeaderMap, body: &[u8]) -> BadAnswer {
        // The classes that LangChain tells by the words are for chat models.
        BadAnswer { class: None, ..refusal(status, headers, body) }
    }

    fn longest_asked(&self) -> Duration {
        self.longest_asked
    }
}

/// The parameters as arguments of the API: LangChain's defaults go out as it writes them, whole numbers as such.
fn arguments(model: &str, params: &CompletionParams) -> Map<String, Value> {
    let or = |value: Option<f64>, default: Value| value.map_or(default, Value::from);
    let named = [
        ("model", json!(model)),
        ("temperature", or(params.temperature, json!(0.7))),
        ("top_p", or(params.top_p, json!(1))),
        ("frequency_penalty", or(params.frequency_penalty, json!(0))),
        ("presence_penalty", or(params.presence_penalty, json!(0))),
        ("n", json!(params.n.unwrap_or(1))),
        ("seed", json!(params.seed)),
        ("logprobs", json!(params.logprobs)),
    ];
    let mut arguments: Map<String, Value> =
        named.into_iter().map(|(name, value)| (name.into(), value)).collect();
    let optional = [
        ("logit_bias", params.logit_bias.as_ref().map(|bias| json!(bias))),
        ("max_tokens", Some(json!(params.max_tokens.unwrap_or(256)))),
        ("extra_body", params.extra_body.clone().map(Value::Object)),
        ("best_of", params.best_of.filter(|best_of| *best_of > 1).map(Value::from)),
    ];
    arguments.extend(optional.into_iter().filter_map(|(name, value)| Some((name.into(), value?))));
    arguments.extend(params.model_kwargs.clone().unwrap_or_default());
    arguments
}
