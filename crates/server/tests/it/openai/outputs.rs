//! How outputs of every kind become text, and what a model says beside it.

use super::{chat, chunks, complete, said, with};
use crate::{
    chains::{asked, pieces, replacing, step},
    harness::TestServer,
};
use serde_json::{Value, json};
use windlass_core::{AiMessage, Dict, Endpoint, Val};

/// A chain whose pieces are what a function makes of the input.
fn chain(name: &str, make: impl Fn(Val) -> Vec<Val> + Send + Sync + 'static) -> Endpoint {
    asked(name, step(move |input, _| pieces(make(input)))).build().unwrap()
}

#[tokio::test]
async fn pieces_that_replace_each_other_are_one_text() {
    let chain = replacing(|_, _| pieces(["d", "dr", "dra"]));
    let server = TestServer::of([asked("ask", chain).build().unwrap()]).await;
    let answer = server.send(complete(&with(chat("ask", "a"), json!({"stream": true})))).await;
    assert_eq!(said(&answer, "content"), "dra");
    assert_eq!(chunks(&answer).len(), 3);
}

fn adding(pairs: &[(&str, &str)]) -> Val {
    let pairs = pairs.iter().map(|(key, text)| ((*key).to_string(), Val::from(*text)));
    Val::AddDict(pairs.collect::<Dict>())
}

/// Asks for both forms of an answer, which have to say the same.
#[track_caller]
fn check_same(server: &TestServer, expect: &str) -> impl Future<Output = Vec<Value>> {
    let (whole, stream) = (chat("k", "a"), with(chat("k", "a"), json!({"stream": true})));
    async move {
        let answer = server.send(complete(&whole)).await.json();
        assert_eq!(answer["choices"][0]["message"]["content"], expect);
        let answer = server.send(complete(&stream)).await;
        assert_eq!(said(&answer, "content"), expect);
        chunks(&answer)
    }
}

#[tokio::test]
async fn of_an_object_the_only_text_is_told_and_else_its_json() {
    let text = json!({"type": "string"});
    let list = json!({"type": "array"});
    let sourced = json!({"type": "object", "properties": {"answer": text, "sources": list}});
    let two = json!({"type": "object", "properties": {"answer": text, "tone": text}});
    let adds = || vec![adding(&[("answer", "a")]), adding(&[("answer", "b")])];
    let whole = |value: Value| vec![Val::from(value)];
    for (schema, made, expect, count) in [
        (Some(sourced.clone()), adds(), "ab", 4),
        (Some(sourced), whole(json!({"answer": "ab", "sources": [1]})), "ab", 3),
        (Some(two), adds(), r#"{"answer":"ab"}"#, 3),
        (None, whole(json!({"only": "ab"})), "ab", 3),
        (None, whole(json!({"name": "Ann", "age": 3})), r#"{"name":"Ann","age":3}"#, 3),
        (None, whole(json!([1, "a"])), r#"[1,"a"]"#, 3),
        (None, vec![Val::from(1), Val::from(2)], "3", 3),
        (None, whole(Value::Null), "", 2),
        (None, Vec::new(), "", 2),
    ] {
        let chain = step(move |_, _| pieces(made.clone()));
        let question = json!({"type": "object", "properties": {"question": text}, "required": ["question"]});
        let mut endpoint = Endpoint::builder("k", chain).input_schema(question);
        if let Some(schema) = schema {
            endpoint = endpoint.output_schema(schema);
        }
        let server = TestServer::of([endpoint.build().unwrap()]).await;
        assert_eq!(check_same(&server, expect).await.len(), count, "{expect}");
    }
}

#[tokio::test]
async fn what_a_model_says_of_its_answer_is_told() {
    let piece = |json: Value| Val::from(serde_json::from_value::<AiMessage>(json).unwrap());
    for (finish, expect) in [
        (json!({"finish_reason": "length"}), "length"),
        (json!({"stop_reason": "max_tokens"}), "length"),
        (json!({"stop_reason": "end_turn"}), "stop"),
        (json!({"finish_reason": "content_filter"}), "content_filter"),
        // Nobody can answer a call that is not passed on.
        (json!({"finish_reason": "tool_calls"}), "stop"),
        (json!({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}), "length"),
        (json!({}), "stop"),
    ] {
        let thought = json!([{"type": "thinking", "thinking": "Hm.", "index": 0}]);
        let made = [
            json!({"content": thought}),
            json!({"content": [{"type": "text", "text": "Yes", "index": 1}]}),
            json!({"content": "", "response_metadata": finish}),
        ];
        let server = TestServer::of([chain("k", move |_| made.clone().map(piece).into())]).await;
        let last = check_same(&server, "Yes").await.pop().unwrap();
        assert_eq!(last["choices"][0]["finish_reason"], expect);
        let whole = server.send(complete(&chat("k", "a"))).await.json();
        assert_eq!(whole["choices"][0]["finish_reason"], expect);
        assert_eq!(whole["choices"][0]["message"]["reasoning_content"], "Hm.");
        let answer = server.send(complete(&with(chat("k", "a"), json!({"stream": true})))).await;
        assert_eq!(said(&answer, "reasoning_content"), "Hm.");
    }
}
