//! Steps that a call's configuration changes.

use serde_json::{Map, Value, json};
use windlass_core::{
    Chain, Chosen, ConfigSpec, ConfigurableField, Cx, Endpoint, Error, Exception, IntoChain, OnError,
    Options, RunnableBranch, RunnableConfig, RunnableConfigurableAlternatives, RunnableConfigurableFields,
    RunnableLambda, RunnableParallel, Val,
};

fn says(text: &str) -> Chain<Val, Val> {
    let text = text.to_string();
    RunnableLambda::quick(move |_: Val| Ok(Val::Text(text.clone()))).into_chain()
}

async fn ask(chain: Chain<Val, Val>, configurable: Value) -> String {
    let configurable = configurable.as_object().unwrap().clone();
    let config = RunnableConfig { configurable, ..RunnableConfig::default() };
    let cx = Cx::builder().config(config).build();
    match chain.invoke_in(Val::Null, cx).await {
        Ok(output) => Value::from(output).as_str().unwrap().into(),
        Err(error) => {
            let exception = Exception::of(&error);
            format!("{}: {}", exception.class(), exception.text)
        }
    }
}

fn fields(options: Option<Options>) -> Chain<Val, Val> {
    let field =
        ConfigurableField { field: "temperature".into(), id: "temp".into(), options, ..Default::default() };
    let rebuild = |set: &Map<String, Value>| match &set["temperature"] {
        Value::String(hot) if hot == "hot" => Err(Error::raised("model", "ValidationError", "not a number")),
        value => Ok(says(&format!("rebuilt with {value}"))),
    };
    RunnableConfigurableFields::new(says("as it is"), vec![field], rebuild).into_chain()
}

#[tokio::test]
async fn a_field_that_a_call_sets_makes_the_step_anew() {
    assert_eq!(ask(fields(None), json!({})).await, "as it is");
    assert_eq!(ask(fields(None), json!({"other": 1})).await, "as it is");
    assert_eq!(ask(fields(None), json!({"temp": 0.5})).await, "rebuilt with 0.5");
    assert_eq!(ask(fields(None), json!({"temp": "hot"})).await, "ValidationError: not a number");
}

#[tokio::test]
async fn options_are_chosen_by_name_and_always_apply() {
    let values = json!({"low": 0, "high": 1}).as_object().unwrap().clone();
    let one = || fields(Some(Options { values: values.clone(), default: Chosen::One("low".into()) }));
    assert_eq!(ask(one(), json!({})).await, "rebuilt with 0");
    assert_eq!(ask(one(), json!({"temp": "high"})).await, "rebuilt with 1");
    assert_eq!(ask(one(), json!({"temp": ""})).await, "rebuilt with 0");
    assert_eq!(ask(one(), json!({"temp": "huge"})).await, "KeyError: 'huge'");
    let several =
        || fields(Some(Options { values: values.clone(), default: Chosen::Several(vec!["low".into()]) }));
    assert_eq!(ask(several(), json!({})).await, "rebuilt with [0]");
    assert_eq!(ask(several(), json!({"temp": ["high", "low"]})).await, "rebuilt with [1,0]");
}

fn alternatives(prefix_keys: bool) -> Chain<Val, Val> {
    RunnableConfigurableAlternatives::new("llm", "first", fields(None))
        .alternative("second", fields(None))
        .alternative("third", says("third"))
        .prefix_keys(prefix_keys)
        .into_chain()
}

#[tokio::test]
async fn a_call_chooses_one_of_the_alternatives() {
    assert_eq!(ask(alternatives(false), json!({})).await, "as it is");
    assert_eq!(ask(alternatives(false), json!({"llm": "first", "temp": 1})).await, "rebuilt with 1");
    assert_eq!(ask(alternatives(false), json!({"llm": "third"})).await, "third");
    assert_eq!(
        ask(alternatives(false), json!({"llm": "nope"})).await,
        "ValueError: Unknown alternative: nope"
    );
}

#[tokio::test]
async fn an_alternatives_own_keys_can_have_a_prefix() {
    let set = json!({"llm": "second", "llm==second/temp": 2, "llm==first/temp": 1});
    assert_eq!(ask(alternatives(true), set.clone()).await, "rebuilt with 2");
    assert_eq!(ask(alternatives(false), set).await, "as it is");
    assert_eq!(ask(alternatives(true), json!({"llm==first/temp": 1})).await, "rebuilt with 1");
}

#[tokio::test]
async fn each_call_of_a_batch_is_configured_by_itself() {
    let cx = |configurable: Value| {
        let configurable = configurable.as_object().unwrap().clone();
        Cx::builder().config(RunnableConfig { configurable, ..RunnableConfig::default() }).build()
    };
    let items = vec![(Val::Null, cx(json!({}))), (Val::Null, cx(json!({"temp": 3})))];
    let outputs = fields(None).batch_in(items, OnError::Fail).await.unwrap();
    let texts: Vec<_> = outputs.into_iter().map(|output| Value::from(output.unwrap())).collect();
    assert_eq!(texts, [json!("as it is"), json!("rebuilt with 3")]);
}

#[tokio::test]
async fn a_step_is_made_once_for_calls_that_set_the_same() {
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let made = count.clone();
    let field = ConfigurableField { field: "t".into(), id: "t".into(), ..Default::default() };
    let rebuild = move |set: &Map<String, Value>| {
        made.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ok(says(&set["t"].to_string()))
    };
    let chain = RunnableConfigurableFields::new(says("default"), vec![field], rebuild).into_chain();
    for _ in 0..3 {
        for value in 0..20 {
            assert_eq!(ask(chain.clone(), json!({"t": value})).await, value.to_string());
        }
    }
    assert_eq!(count.load(std::sync::atomic::Ordering::SeqCst), 20);
}

#[track_caller]
fn check_specs(chain: Chain<Val, Val>, expect: &[&str]) {
    let endpoint = Endpoint::builder("a", chain.erase()).build().unwrap();
    let ids: Vec<_> = endpoint.config_specs().iter().map(|spec| spec.id.as_str()).collect();
    assert_eq!(ids, expect);
}

#[test]
fn a_chain_declares_what_callers_can_configure() {
    check_specs(says("a"), &[]);
    check_specs(fields(None), &["temp"]);
    check_specs(alternatives(false), &["llm", "temp"]);
    check_specs(alternatives(true), &["llm", "llm==first/temp", "llm==second/temp"]);
    check_specs(says("a") | alternatives(false) | fields(None), &["llm", "temp"]);
    let branch = RunnableBranch::new(says("b")).branch(fields(None), says("c"));
    check_specs(branch.into_chain(), &["temp"]);
    check_specs(
        (RunnableParallel::new().branch("a", fields(None)) | RunnableLambda::quick(|all: Val| Ok(all)))
            .into_chain(),
        &["temp"],
    );
}

#[test]
fn an_endpoint_can_declare_more() {
    let session =
        || ConfigSpec::new("session_id", json!({"type": "string"})).named("Session ID").default(json!(""));
    let step = RunnableConfigurableAlternatives::new("llm", "fakeA", says("a"))
        .alternative("fakeB", says("b"))
        .named("LLM")
        .described("Which");
    let builder = Endpoint::builder("a", step.into_chain().erase()).configurable(session());
    let endpoint = builder.build().unwrap();
    let (schema, definitions) = endpoint.config_specs().json_schema();
    assert_eq!(
        schema["properties"]["llm"],
        json!({"$ref": "#/$defs/LLM", "description": "Which", "default": "fakeA"})
    );
    assert_eq!(
        schema["properties"]["session_id"],
        json!({"type": "string", "title": "Session ID", "default": ""})
    );
    assert_eq!(definitions["LLM"]["enum"], json!(["fakeB", "fakeA"]));
    let filled = endpoint.config_specs().fill(&Map::new()).unwrap();
    assert_eq!(Value::Object(filled), json!({"llm": "fakeA", "session_id": ""}));
}

#[tokio::test]
async fn a_value_that_the_step_has_already_makes_nothing_anew() {
    let field =
        ConfigurableField { field: "t".into(), id: "t".into(), default: json!(1), ..Default::default() };
    let rebuild = |_: &Map<String, Value>| Ok(says("rebuilt"));
    let chain = RunnableConfigurableFields::new(says("as it is"), vec![field], rebuild).into_chain();
    assert_eq!(ask(chain.clone(), json!({"t": 1})).await, "as it is");
    assert_eq!(ask(chain, json!({"t": 2})).await, "rebuilt");
}
