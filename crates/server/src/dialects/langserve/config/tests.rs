//! What of a configuration reaches a run.

use super::*;
use serde_json::json;
use windlass_core::{ConfigSpec, IntoChain, LangServeRoutes, RunnablePassthrough, Val};

fn endpoint(keys: &[ConfigKey], specs: &[ConfigSpec]) -> Endpoint {
    let routes = LangServeRoutes { config_keys: keys.to_vec(), ..LangServeRoutes::default() };
    let chain = RunnablePassthrough::<Val>::new().into_chain().erase();
    let mut builder = Endpoint::builder("a", chain).langserve(routes);
    for spec in specs {
        builder = builder.configurable(spec.clone());
    }
    builder.build().unwrap()
}

fn voices() -> [ConfigSpec; 2] {
    let text = json!({"type": "string"});
    [ConfigSpec::new("voice", text.clone()).default(json!("dry")), ConfigSpec::new("pace", text)]
}

fn read(endpoint: &Endpoint, hash: Value, body: Value) -> Result<RunConfig, ApiError> {
    let object = |json| serde_json::from_value(json).unwrap();
    let head = Head {
        hash: object(hash),
        user_agent: "test/1".into(),
        operation: "invoke",
        run_name: Some("/a".into()),
    };
    of_run(endpoint, &head, &object(body))
}

const ALL: [ConfigKey; 7] = [
    ConfigKey::Configurable,
    ConfigKey::Tags,
    ConfigKey::Metadata,
    ConfigKey::Callbacks,
    ConfigKey::MaxConcurrency,
    ConfigKey::RecursionLimit,
    ConfigKey::RunId,
];

#[test]
fn the_body_goes_before_the_hash_key_by_key() {
    let endpoint = endpoint(&ALL, &voices());
    let hash = json!({"tags": ["h", "a"], "metadata": {"x": 1, "y": 1}, "configurable": {"voice": "loud", "pace": "slow"}});
    let body = json!({"tags": ["b", "a"], "metadata": {"y": 2}, "configurable": {"pace": "fast"}, "maxConcurrency": 3});
    let RunConfig { config, run } = read(&endpoint, hash.clone(), body).unwrap();
    assert_eq!(config.tags, ["a", "b", "h"]);
    let metadata = json!({
        "x": 1, "y": 2, "__useragent": "test/1", "__langserve_version": "0.3.3", "__langserve_endpoint": "invoke",
    });
    assert_eq!(json!(config.metadata), metadata);
    assert_eq!(json!(config.configurable), json!({"voice": "loud", "pace": "fast"}));
    assert_eq!((config.max_concurrency, config.run_name.as_deref(), run), (Some(3), Some("/a"), None));
    // What Python's client always sends does not take back what the hash says.
    let kept = read(&endpoint, hash, json!({"configurable": {}})).unwrap().config;
    assert_eq!(json!(kept.configurable), json!({"voice": "loud", "pace": "slow"}));
}

#[test]
fn only_what_is_allowed_and_declared_arrives() {
    let body = json!({
        "tags": "no list", "metadata": [], "run_id": "x", "run_name": "mine", "configurable": {"voice": "loud", "other": 1},
    });
    let config =
        read(&endpoint(&[ConfigKey::Configurable], &voices()), json!({}), body.clone()).unwrap().config;
    assert_eq!((config.tags.len(), config.metadata.len(), config.run_name.as_deref()), (0, 3, Some("/a")));
    assert_eq!(json!(config.configurable), json!({"voice": "loud"}));
    let undeclared = read(&endpoint(&[], &[]), json!({"configurable": 1}), body).unwrap().config;
    assert_eq!(json!(undeclared.configurable), json!({}));
    let defaults =
        read(&endpoint(&[ConfigKey::Configurable], &voices()), json!({}), json!({})).unwrap().config;
    assert_eq!(json!(defaults.configurable), json!({"voice": "dry"}));
}

#[test]
fn a_run_can_be_named() {
    let id = "11111111-1111-4111-8111-111111111111";
    let named = read(&endpoint(&ALL, &[]), json!({}), json!({"run_id": id})).unwrap();
    assert_eq!(named.run.unwrap().to_string(), id);
}

#[test]
fn wrong_values_are_told_of_all_at_once() {
    let wrong = json!({"tags": "x", "metadata": [1], "max_concurrency": "x", "run_id": "nope", "configurable": {"voice": 1}});
    let error = read(&endpoint(&ALL, &voices()), json!({}), wrong).unwrap_err();
    let places: Vec<_> =
        error.problems.iter().map(|problem| (problem.kind.as_str(), problem.loc.last().unwrap())).collect();
    let expect = [
        ("list_type", "tags"),
        ("dict_type", "metadata"),
        ("int_parsing", "max_concurrency"),
        ("uuid_parsing", "run_id"),
        ("string_type", "voice"),
    ];
    assert_eq!(
        places.into_iter().map(|(kind, place)| (kind, place.as_str().unwrap())).collect::<Vec<_>>(),
        expect
    );
    let text = read(&endpoint(&ALL, &voices()), json!({}), json!({"configurable": "x"})).unwrap_err();
    assert_eq!(text.problems[0].kind, "model_type");
    let disallowed = read(&endpoint(&[], &voices()), json!({}), json!({"configurable": {}})).unwrap_err();
    assert!(disallowed.message.starts_with("The config field `configurable` has been disallowed"));
}

#[test]
fn a_config_is_of_limited_size_and_only_what_is_taken_counts() {
    let body = |size: usize| json!({"metadata": {"x": "y".repeat(size)}, "configurable": {"other": 1}});
    assert!(read(&endpoint(&ALL, &voices()), json!({}), body(60_000)).is_ok());
    let error = read(&endpoint(&ALL, &voices()), json!({}), body(70_000)).unwrap_err();
    assert_eq!(error.message, "the config of a run has at most 64 KiB of JSON");
    assert!(read(&endpoint(&[ConfigKey::Configurable], &voices()), json!({}), body(70_000)).is_ok());
}
