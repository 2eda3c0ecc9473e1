//! Building models: what is taken, what is refused, where the key goes, and that it stays out of sight.

use super::*;
use serde_json::json;
use std::collections::HashMap;

struct Variables(HashMap<&'static str, &'static str>);

impl Environment for Variables {
    fn var(&self, name: &str) -> Option<SecretString> {
        self.0.get(name).map(|value| SecretString::from(*value))
    }
}

fn variables(pairs: &[(&'static str, &'static str)]) -> Variables {
    Variables(pairs.iter().copied().collect())
}

fn built(params: Value, variables: &Variables) -> Result<AnthropicChat, Vec<SpecProblem>> {
    let params: AnthropicParams = serde_json::from_value(params).unwrap();
    let key = key(&params, variables);
    model(&HttpPool::default(), "claude-sonnet-4-5", &params, key, variables)
}

#[track_caller]
fn refused(params: &Value, variables: &Variables, expect: &[&str]) {
    let spec =
        ModelSpec { vendor: ID.into(), model: "m".into(), params: params.as_object().unwrap().clone() };
    let problems = Anthropic::new(HttpPool::default()).build(&spec, variables).err().unwrap();
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, expect);
    assert!(!format!("{problems:?}").contains("sk-"), "{problems:?}");
}

#[test]
fn the_environment_fills_in_what_is_not_written() {
    let key = ("ANTHROPIC_API_KEY", "sk-1");
    let model = built(json!({}), &variables(&[key])).unwrap();
    assert_eq!(model.protocol.url.to_string(), "https://api.anthropic.com/v1/messages");
    assert_eq!(model.headers["authorization"], "Bearer sk-1");
    assert_eq!(model.headers["anthropic-version"], "2026-10-21");
    assert!(!format!("{:?} {:?}", model.headers, model.failures).contains("sk-"));
    let second = ("ANTHROPIC_BASE_URL", "http://127.0.0.1:2");
    let model = built(json!({}), &variables(&[key, second])).unwrap();
    assert_eq!(model.protocol.url.to_string(), "http://127.0.0.1:2/v1/messages");
    let model =
        built(json!({}), &variables(&[key, second, ("ANTHROPIC_API_URL", "http://127.0.0.1:1/")])).unwrap();
    assert_eq!(model.protocol.url.to_string(), "http://127.0.0.1:1/v1/messages");
}

#[test]
fn the_usual_key_goes_to_no_host_that_only_a_file_names() {
    let key = variables(&[("ANTHROPIC_API_KEY", "sk-1"), ("MY_KEY", "sk-2")]);
    let problems = built(json!({"base_url": "https://llm.example"}), &key).err().unwrap();
    assert_eq!(problems[0].message, "ANTHROPIC_API_KEY is for api.anthropic.com and not for llm.example");
    assert!(problems[0].remedy.contains("api_key: ${ANTHROPIC_API_KEY}"), "{}", problems[0].remedy);
    let named = built(json!({"base_url": "https://llm.example", "api_key": "${MY_KEY}"}), &key).unwrap();
    assert_eq!(named.headers["authorization"], "Bearer sk-2");
    assert!(built(json!({"anthropic_api_url": "https://api.anthropic.com/"}), &key).is_ok());
}

#[test]
fn langchains_names_are_understood() {
    let params = json!({
        "max_tokens_to_sample": 10, "stop": ["x"], "timeout": 5, "anthropic_api_key": "${MY_KEY}",
        "anthropic_api_url": "https://llm.example", "default_headers": {"X-Team": "corpus"}, "effort": "low",
    });
    let model = built(params, &variables(&[("MY_KEY", "sk-2")])).unwrap();
    assert_eq!(model.timeouts.first_token, Span::seconds(5));
    assert_eq!(model.timeouts.between_tokens, Span::seconds(5));
    assert_eq!(model.headers["x-team"], "corpus");
    let sent = model.protocol.plan.request(&[], None, false).unwrap();
    let body: Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!((&body["max_tokens"], &body["stop_sequences"]), (&json!(10), &json!(["x"])));
}

#[test]
fn everything_wrong_is_told_at_once_and_no_secret_with_it() {
    let key = variables(&[("ANTHROPIC_API_KEY", "sk-1")]);
    refused(
        &json!({"temprature": 1, "streaming": "x"}),
        &key,
        &[
            "there is no parameter `temprature`",
            "`streaming`: invalid type: string \"x\", expected a boolean",
        ],
    );
    refused(
        &json!({"default_headers": {"a b": "c"}, "default_request_timeout": 1e300}),
        &variables(&[]),
        &["it is not a time", "the environment variable ANTHROPIC_API_KEY is not set"],
    );
    refused(
        &json!({}),
        &variables(&[("ANTHROPIC_API_KEY", "sk-1\n")]),
        &["the key cannot be sent in a header"],
    );
}

#[test]
fn parameters_are_described() {
    let schema = Anthropic::new(HttpPool::default()).parameters();
    assert_eq!(schema["additionalProperties"], json!(false));
    for (name, property) in schema["properties"].as_object().unwrap() {
        assert!(property["description"].is_string(), "{name} has no description");
    }
    assert!(!schema.to_string().contains("$ref"), "{schema}");
}

#[test]
fn streams_are_asked_for_by_rule() {
    let streams = |params: Value, wanted: bool, kwargs: &Value| {
        let params: AnthropicParams = serde_json::from_value(params).unwrap();
        RequestPlan::new("m", &params).streams(wanted, kwargs.as_object())
    };
    let (none, tools) = (Value::Null, json!({"tools": [{}]}));
    assert!(streams(json!({}), true, &none) && !streams(json!({}), false, &none));
    assert!(
        streams(json!({"streaming": true}), false, &none)
            && !streams(json!({"streaming": false}), true, &none)
    );
    assert!(
        streams(json!({}), false, &json!({"stream": true}))
            && streams(json!({}), true, &json!({"stream": false}))
    );
    assert!(!streams(json!({"streaming": true}), false, &json!({"stream": false})));
    assert!(!streams(json!({"disable_streaming": "tool_calling"}), true, &tools));
}
