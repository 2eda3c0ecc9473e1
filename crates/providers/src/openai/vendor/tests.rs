//! Building models: what is taken, what is refused, and that keys stay out of sight.

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

fn built(params: Value, variables: &Variables) -> Result<OpenAiChat, Vec<SpecProblem>> {
    let params: OpenAiParams = serde_json::from_value(params).unwrap();
    let key = key(&params, variables);
    model(&HttpPool::default(), "gpt-4o", &params, key, variables)
}

#[track_caller]
fn refused(params: &Value, variables: &Variables, expect: &[&str]) {
    let spec =
        ModelSpec { vendor: ID.into(), model: "m".into(), params: params.as_object().unwrap().clone() };
    let problems = OpenAi::new(HttpPool::default()).build(&spec, variables).err().unwrap();
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, expect);
    assert!(!format!("{problems:?}").contains("sk-"), "{problems:?}");
}

#[test]
fn the_environment_fills_in_what_is_not_written() {
    let model =
        built(json!({}), &variables(&[("OPENAI_API_KEY", "sk-1"), ("OPENAI_ORG_ID", "org-1")])).unwrap();
    assert_eq!(model.protocol.endpoints.chat.to_string(), "https://api.openai.com/v1/chat/completions");
    assert_eq!(model.headers["authorization"], "Bearer sk-1");
    assert_eq!(model.headers["openai-organization"], "org-1");
    let elsewhere = variables(&[("OPENAI_API_KEY", "sk-1"), ("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")]);
    assert_eq!(
        built(json!({}), &elsewhere).unwrap().protocol.endpoints.chat.to_string(),
        "http://127.0.0.1:1/v1/chat/completions"
    );
}

#[test]
fn what_is_written_wins() {
    let params = json!({
        "api_key": "${MY_KEY}", "base_url": "https://llm.internal.example:8443/gateway/v1/",
        "default_headers": {"X-Api-Version": "2024-01", "X-Token": "${TOKEN}"},
        "default_query": {"tenant": "a b", "v": 2}, "organization": "org-2",
    });
    let model =
        built(params, &variables(&[("MY_KEY", "sk-2"), ("TOKEN", "sk-t"), ("OPENAI_ORG_ID", "x")])).unwrap();
    let url = "https://llm.internal.example:8443/gateway/v1/chat/completions?tenant=a+b&v=2";
    assert_eq!(model.protocol.endpoints.chat.to_string(), url);
    assert_eq!(model.headers["authorization"], "Bearer sk-2");
    assert_eq!(model.headers["x-api-version"], "2024-01");
    assert_eq!(model.headers["openai-organization"], "org-2");
    assert!(!format!("{:?} {:?}", model.headers, model.failures).contains("sk-"));
}

#[test]
fn token_counts_are_asked_for_only_at_openai_itself() {
    let body = |params: Value| {
        let model = built(params, &variables(&[("OPENAI_API_KEY", "sk-1")])).unwrap();
        String::from_utf8(model.protocol.plan.write(&[], None, true).unwrap().body).unwrap()
    };
    assert!(body(json!({})).contains("include_usage"));
    assert!(!body(json!({"base_url": "http://127.0.0.1/v1"})).contains("include_usage"));
    assert!(body(json!({"base_url": "http://127.0.0.1/v1", "stream_usage": true})).contains("include_usage"));
}

#[test]
fn a_missing_key_is_named_with_a_way_out() {
    let problems = built(json!({}), &variables(&[])).err().unwrap();
    assert_eq!(problems[0].message, "the environment variable OPENAI_API_KEY is not set");
    assert!(problems[0].remedy.contains("--demo"));
    assert_eq!(problems[0].key.as_deref(), Some("api_key"));
}

#[test]
fn everything_wrong_is_told_at_once_and_no_secret_with_it() {
    let key = variables(&[("OPENAI_API_KEY", "sk-1")]);
    let secret = "`api_key`: a secret does not stand in a file; set an environment variable and write its name like \
                  `${OPENAI_API_KEY}`";
    refused(
        &json!({"api_key": "sk-in-clear", "temprature": 1}),
        &key,
        &[secret, "there is no parameter `temprature`"],
    );
    refused(
        &json!({"base_url": "ftp://x", "default_headers": {"a b": "c", "X-T": "${NONE}"}}),
        &key,
        &[
            "the base URL is `ftp`, which is not HTTP",
            "the environment variable NONE is not set",
            "`a b` is not the name of a header",
        ],
    );
    refused(
        &json!({"base_url": "https://me:sk-1@x/v1"}),
        &variables(&[]),
        &[
            "the base URL holds a user name or a password",
            "the environment variable OPENAI_API_KEY is not set",
        ],
    );
    refused(&json!({}), &variables(&[("OPENAI_API_KEY", "sk-1\n")]), &["the key cannot be sent in a header"]);
}

#[test]
fn parameters_are_described() {
    let schema = OpenAi::new(HttpPool::default()).parameters();
    assert_eq!(schema["additionalProperties"], json!(false));
    assert_eq!(schema["properties"]["api_key"]["pattern"], json!(r"^\$\{[A-Za-z_][A-Za-z0-9_]*\}$"));
    for (name, property) in schema["properties"].as_object().unwrap() {
        assert!(property["description"].is_string(), "{name} has no description");
    }
    assert!(!schema.to_string().contains("$ref"), "{schema}");
}
