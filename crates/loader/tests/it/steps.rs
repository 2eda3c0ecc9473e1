//! Steps beyond prompt, model and parser: what they do, and the mistakes people make with them.

use crate::{check_chain, loaded};
use serde_json::{Value, json};
use windlass_core::{Cx, Exception, RunnableConfig, Val};

/// The output of steps in flow style, or the exception.
async fn ran(steps: &str, input: Value, configurable: Value) -> Value {
    let text = format!("chains:\n  k:\n    input: any\n    steps: {steps}\n");
    let schema = windlass_loader::schema(&crate::fake::registry());
    jsonschema::validate(&schema, &crate::files::as_json(&text)).unwrap();
    let file = loaded(&text);
    let configurable = configurable.as_object().unwrap().clone();
    let cx = Cx::builder().config(RunnableConfig { configurable, ..Default::default() }).build();
    match file.endpoints[0].chain().invoke(Val::from(input), &cx).await {
        Ok(output) => output.into(),
        Err(error) => {
            let exception = Exception::of(&error);
            json!(format!("{}: {}", exception.class(), exception.text))
        }
    }
}

async fn check(steps: &str, input: Value, expect: Value) {
    assert_eq!(ran(steps, input, json!({})).await, expect, "{steps}");
}

#[tokio::test]
async fn values_are_picked_and_mapped() {
    check("[pick: a]", json!({"a": 1, "b": 2}), json!(1)).await;
    check("[pick: [a, c]]", json!({"a": 1, "b": 2}), json!({"a": 1})).await;
    check("[get: a]", json!({"b": 2}), json!("KeyError: 'a'")).await;
    check("[get: [b, a]]", json!({"a": 1, "b": 2}), json!([2, 1])).await;
    check("[get: -1]", json!([1, 2]), json!(2)).await;
    check("[each: { pick: a }]", json!([{"a": 1}, {"a": 2}]), json!([1, 2])).await;
    check("[each: [{ pick: a }, { get: 0 }]]", json!([{"a": [1]}]), json!([1])).await;
    check("[steps: [{ pick: a }, { pick: b }]]", json!({"a": {"b": 3}}), json!(3)).await;
}

#[tokio::test]
async fn one_of_several_steps_runs() {
    let branch = "[branch: [{ if: { pick: a }, then: { get: a } }, { if: { pick: b }, then: { get: b } }, { else: passthrough }]]";
    check(branch, json!({"a": 1, "b": 2}), json!(1)).await;
    check(branch, json!({"a": 0, "b": 2}), json!(2)).await;
    check(branch, json!({"a": ""}), json!({"a": ""})).await;
    let route = "[route: { first: { get: x }, second: passthrough }]";
    check(route, json!({"key": "first", "input": {"x": 1}}), json!(1)).await;
    check(route, json!({"key": "no", "input": 1}), json!("ValueError: No runnable associated with key 'no'"))
        .await;
}

#[tokio::test]
async fn failures_fall_back_and_are_retried() {
    let fallback =
        "[{ try: { get: a }, fallbacks: [{ get: b }, passthrough], on: [KeyError], exception_key: error }]";
    check(fallback, json!({"a": 1}), json!(1)).await;
    check(fallback, json!({"b": 2}), json!(2)).await;
    check(fallback, json!({}), json!({"error": "'b'"})).await;
    check(
        "[{ try: { get: a }, fallbacks: [passthrough], on: [TypeError] }]",
        json!({}),
        json!("KeyError: 'a'"),
    )
    .await;
    let retry = "[{ retry: { get: a }, attempts: 2, on: [KeyError], wait: none }]";
    check(retry, json!({}), json!("KeyError: 'a'")).await;
    check("[{ retry: { get: a }, wait: { initial: 0, jitter: 0 } }]", json!({"a": 1}), json!(1)).await;
}

#[tokio::test]
async fn a_call_configures_what_the_file_lets_it() {
    let model = "[{ configurable: { openai: { id: name }, temperature: { id: temp } }, of: { model: { openai: m, temperature: 0 } } }, parser: text]";
    assert_eq!(ran(model, json!("hi"), json!({"name": "other"})).await, json!("hi"));
    let wrong = ran(model, json!("hi"), json!({"temp": "hot"})).await;
    assert!(wrong.as_str().unwrap().starts_with("ValidationError: "), "{wrong}");
    let alternatives =
        "[{ alternatives: { b: { get: b } }, default: { get: a }, by: { id: which }, default_key: a }]";
    let input = json!({"a": 1, "b": 2});
    assert_eq!(ran(alternatives, input.clone(), json!({})).await, json!(1));
    assert_eq!(ran(alternatives, input.clone(), json!({"which": "b"})).await, json!(2));
    let unknown = json!("ValueError: Unknown alternative: c");
    assert_eq!(ran(alternatives, input, json!({"which": "c"})).await, unknown);
}

#[tokio::test]
async fn a_binding_configures_what_it_is_put_around() {
    let bind = "[{ bind: { stop: [x] }, config: { configurable: { which: b } }, to: { alternatives: { b: { get: b } }, default: { get: a }, by: { id: which } } }]";
    check(bind, json!({"a": 1, "b": 2}), json!(2)).await;
}

#[tokio::test]
async fn a_chain_is_no_longer_than_the_stack() {
    let steps = |count: usize| format!("[{}]", vec!["passthrough"; count].join(", "));
    assert_eq!(ran(&steps(500), json!({"q": 1}), json!({})).await, json!({"q": 1}));
    let inside = format!("[{{ each: {} }}, {{ each: {} }}]", steps(300), steps(300));
    for (steps, place) in [(steps(501), "4:6513"), (inside, "4:6508")] {
        let chain = format!("input: {{ q: string }}\nsteps: {steps}");
        check_chain(&chain, &[&format!("{place} the chain has more than 500 steps | split the chain")]);
    }
}

#[test]
fn mistakes() {
    let chain = |steps: &str| format!("input: {{ q: string }}\nsteps:\n  - {steps}");
    let checks: [(&str, &[&str]); 14] = [
        ("{ pick: 5 }", &["5:17 `pick` must be a list, not a number"]),
        ("{ get: 1.5 }", &["5:16 `get` must be a key, a whole number, or a list of them"]),
        ("{ get: q, pick: q }", &["5:19 `get` and `pick` are steps of their own | begin each"]),
        ("{ each: passthru }", &["5:17 no step is called `passthru`"]),
        ("{ branch: [{ if: { pick: q }, then: passthrough }] }", &["5:11 `branch` must end in one `else`"]),
        (
            "{ branch: [{ if: { pick: q } }, { else: passthrough }] }",
            &["5:20 a case of `branch` has a condition and a step"],
        ),
        ("{ bind: { stop: [x] } }", &["5:11 the step has no `to`"]),
        ("{ try: passthrough }", &["5:11 the step has no `fallbacks`"]),
        ("{ try: passthrough, fallbacks: [], on: [os.system] }", &["5:49 no step raises `os.system`"]),
        ("{ retry: passthrough, attempts: 0 }", &["5:41 `attempts` must be a whole number from 1 to 100"]),
        ("{ retry: passthrough, tries: 2 }", &["5:31 a step with `retry` has no key `tries`"]),
        (
            "{ configurable: { azure_ad_token: { id: t } }, of: { prompt: hi, model: { openai: m } } }",
            &["5:27 a call cannot set `azure_ad_token`"],
        ),
        (
            "{ configurable: { base_url: { id: u } }, of: { prompt: hi, model: { openai: m } } }",
            &["5:27 a call cannot set `base_url`"],
        ),
        ("{ steps: [{ prompt: '{x}' }] }", &["5:30 nothing provides the variable `x`"]),
    ];
    for (steps, expect) in checks {
        check_chain(&chain(steps), expect);
    }
}

#[test]
fn an_endpoint_says_what_its_file_lets_a_call_configure() {
    let text = "chains:\n  k:\n    input: any\n    steps:\n      - alternatives: { b: { get: b } }\n        default: \
        { configurable: { temperature: { id: temp, name: Warmth, description: How warm } }, of: { model: { openai: m, temperature: 0.5 } } }\n        \
        by: { id: which, name: Which }\n        default_key: a\n";
    let file = loaded(text);
    let specs = file.endpoints[0].config_specs();
    let (schema, definitions) = specs.json_schema();
    let warmth = json!({
        "anyOf": [{"type": "integer"}, {"type": "number"}], "title": "Warmth", "description": "How warm", "default": 0.5,
    });
    assert_eq!(schema["properties"]["temp"], warmth);
    assert_eq!(schema["properties"]["which"], json!({"$ref": "#/$defs/Which", "default": "a"}));
    assert_eq!(definitions["Which"]["enum"], json!(["b", "a"]));
    let given = json!({"temp": "0.7", "other": 1}).as_object().unwrap().clone();
    assert_eq!(Value::Object(specs.fill(&given).unwrap()), json!({"temp": 0.7, "which": "a"}));
}
