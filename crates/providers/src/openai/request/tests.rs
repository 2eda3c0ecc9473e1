//! Bodies against those that Python sent.

use super::*;

fn plan(model: &str, params: &OpenAiParams) -> RequestPlan {
    RequestPlan::new(Flavour::OpenAi, Some(model), params, true)
}

#[track_caller]
fn check(model: &str, params: Value, kwargs: &Value, stream: bool, expect: &str) {
    let params: OpenAiParams = serde_json::from_value(params).unwrap();
    let written = plan(model, &params).write(&[Message::human("hi")], kwargs.as_object(), stream).unwrap();
    assert_eq!(String::from_utf8(written.body).unwrap(), expect);
}

const NONE: Value = Value::Null;

#[test]
fn the_least() {
    let messages = r#""messages":[{"content":"hi","role":"user"}]"#;
    check("m", json!({}), &NONE, false, &format!(r#"{{"model":"m","stream":false,{messages}}}"#));
    let usage = r#""stream_options":{"include_usage":true}"#;
    check("m", json!({}), &NONE, true, &format!(r#"{{"model":"m","stream":true,{messages},{usage}}}"#));
    check(
        "m",
        json!({"stream_usage": false}),
        &NONE,
        true,
        &format!(r#"{{"model":"m","stream":true,{messages}}}"#),
    );
}

#[test]
fn all_parameters_in_their_order() {
    let params = json!({
        "temperature": 0.25, "presence_penalty": 0.5, "frequency_penalty": -0.5, "seed": 7, "logprobs": true,
        "top_logprobs": 2, "logit_bias": {"50256": -100, "15": 5}, "n": 1, "top_p": 0.9, "max_tokens": 128,
        "stop": ["\n\n", "END"], "service_tier": "flex", "store": false,
    });
    let expect = concat!(
        r#"{"model":"gpt-4o-2024-11-20","stream":true,"service_tier":"flex","messages":[{"content":"hi","role":"user"}],"#,
        r#""frequency_penalty":-0.5,"logit_bias":{"50256":-100,"15":5},"logprobs":true,"max_completion_tokens":128,"#,
        r#""n":1,"presence_penalty":0.5,"seed":7,"stop":["\n\n","END"],"store":false,"#,
        r#""stream_options":{"include_usage":true},"temperature":0.25,"top_logprobs":2,"top_p":0.9}"#
    );
    check("gpt-4o-2024-11-20", params, &NONE, true, expect);
}

#[test]
fn whole_numbers_go_out_as_floats_but_bound_ones_as_they_are() {
    let head = r#"{"model":"m","stream":false,"messages":[{"content":"hi","role":"user"}]"#;
    check("m", json!({"temperature": 0}), &NONE, false, &format!(r#"{head},"temperature":0.0}}"#));
    check(
        "m",
        json!({"temperature": 1}),
        &json!({"temperature": 0}),
        false,
        &format!(r#"{head},"temperature":0}}"#),
    );
}

#[test]
fn what_is_bound_wins() {
    let head = r#""stream":false,"messages":[{"content":"hi","role":"user"}]"#;
    let params = json!({"max_tokens": 100, "stop": ["A"], "temperature": 0});
    let kwargs = json!({"max_tokens": 5, "stop": null, "logprobs": null});
    let expect = r#""logprobs":null,"max_completion_tokens":5,"stop":["A"],"temperature":0.0}"#;
    check("m", params.clone(), &kwargs, false, &format!(r#"{{"model":"m",{head},{expect}"#));
    let kwargs =
        json!({"model": "gpt-4o", "user": "u", "extra_headers": {"X-A": "b"}, "max_completion_tokens": 6});
    let expect = r#""max_completion_tokens":6,"stop":["A"],"temperature":0.0,"user":"u"}"#;
    check("m", params, &kwargs, false, &format!(r#"{{"model":"gpt-4o",{head},{expect}"#));
}

#[test]
fn further_arguments_are_sorted_in_and_the_extra_body_comes_last() {
    let params = json!({
        "model_kwargs": {"user": "u", "prediction": {"type": "content"}},
        "extra_body": {"ttl": 5, "nested": {"a": [1]}, "user": "over"},
    });
    let expect = concat!(
        r#"{"model":"m","stream":true,"messages":[{"content":"hi","role":"user"}],"prediction":{"type":"content"},"#,
        r#""stream_options":{"include_usage":true},"user":"over","ttl":5,"nested":{"a":[1]}}"#
    );
    check("m", params, &NONE, true, expect);
    let expect = r#"{"model":"x","stream":false,"messages":[],"a":1}"#;
    check("m", json!({}), &json!({"extra_body": {"model": "x", "messages": [], "a": 1}}), false, expect);
}

#[test]
fn bound_stream_options_are_respected() {
    let head = r#"{"model":"m","stream":true,"messages":[{"content":"hi","role":"user"}]"#;
    let own = json!({"stream_options": {"include_usage": false}});
    check("m", json!({}), &own, true, &format!(r#"{head},"stream_options":{{"include_usage":false}}}}"#));
    check("m", json!({}), &json!({"stream_usage": false}), true, &format!("{head}}}"));
}

#[test]
fn models_have_their_rules() {
    let expect =
        r#"{"model":"o1","stream":false,"messages":[{"content":"hi","role":"user"}],"temperature":1.0}"#;
    check("o1", json!({}), &NONE, false, expect);
    let expect = r#"{"model":"gpt-5-mini","stream":false,"messages":[{"content":"hi","role":"user"}]}"#;
    check("gpt-5-mini", json!({"temperature": 0.5}), &NONE, false, expect);
    assert!(plan("o3-mini", &OpenAiParams::default()).developer);
    assert!(!plan("omni", &OpenAiParams::default()).developer);
}

#[test]
fn streams_are_asked_for_by_rule() {
    let tools = json!({"tools": [{}]});
    let streams = |params: Value, wanted: bool, kwargs: &Value| {
        let params: OpenAiParams = serde_json::from_value(params).unwrap();
        plan("m", &params).streams(wanted, kwargs.as_object())
    };
    assert!(streams(json!({}), true, &NONE) && !streams(json!({}), false, &NONE));
    assert!(streams(json!({"streaming": true}), false, &NONE));
    assert!(!streams(json!({"disable_streaming": true, "streaming": true}), true, &NONE));
    let with_tools_only = json!({"disable_streaming": "tool_calling"});
    assert!(streams(with_tools_only.clone(), true, &NONE) && !streams(with_tools_only, true, &tools));
}
