//! Chains with a name and a face.

use crate::support::model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use windlass_core::{
    Chain, ChatPromptTemplate, Endpoint, EndpointError, ExtraFields, IntoChain, JsonOutputParser,
    PromptTemplate, RunnableLambda, RunnableParallel, RunnablePassthrough, StrOutputParser, Val, Vars,
    check_name,
};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Question {
    /// What to ask.
    question: String,
    #[serde(default = "english")]
    lang: String,
}

fn english() -> String {
    "en".into()
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Answer {
    answer: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Two {
    a: String,
    b: String,
}

fn ask(template: &str) -> Chain<Vars, String> {
    ChatPromptTemplate::from_template(template).unwrap() | model(&["x"]).0 | StrOutputParser
}

#[test]
fn a_typed_endpoint_has_the_schemas_of_its_types() {
    let endpoint = Endpoint::typed::<Question, Answer>("ask", ask("{question} in {lang}")).unwrap();
    let input = endpoint.input_schema();
    assert_eq!(input["properties"]["question"]["description"], "What to ask.");
    assert_eq!(input["required"], json!(["question"]));
    assert_eq!(input["additionalProperties"], json!(false));
    assert_eq!(endpoint.output_schema()["properties"]["answer"]["type"], "string");
    assert_eq!(endpoint.output_key(), Some("answer"));
    assert_eq!(endpoint.present(Val::from("42")), json!({"answer": "42"}));
}

#[test]
fn defaults_are_filled_in() {
    let endpoint = Endpoint::typed::<Question, Answer>("ask", ask("{question} in {lang}")).unwrap();
    let accepted = endpoint.accept(json!({"question": "Why?"})).unwrap();
    assert_eq!(Value::from(accepted), json!({"question": "Why?", "lang": "en"}));
    assert_eq!(endpoint.accept(json!({})).unwrap_err()[0].kind, "missing");
    assert_eq!(endpoint.accept(json!({"question": "a", "x": 1})).unwrap_err()[0].kind, "extra_forbidden");
}

/// A word without spaces.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
struct Word(String);

impl TryFrom<String> for Word {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text.contains(' ') { Err("one word, please".into()) } else { Ok(Word(text)) }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OneWord {
    question: Word,
}

#[test]
fn what_the_type_refuses_is_refused_although_the_schema_accepts_it() {
    let endpoint = Endpoint::typed::<OneWord, Answer>("ask", ask("{question}")).unwrap();
    assert!(endpoint.accept(json!({"question": "why"})).is_ok());
    let problems = endpoint.accept(json!({"question": "why not"})).unwrap_err();
    assert_eq!((problems[0].kind.as_str(), problems[0].msg.as_str()), ("value_error", "one word, please"));
}

#[test]
fn a_variable_that_no_field_gives_is_an_error_when_built() {
    let error = Endpoint::typed::<Question, Answer>("ask", ask("{question} {topic}")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "chain `ask`: step `ChatPromptTemplate` needs `topic`, which nothing provides; there is `lang`, `question`"
    );
}

#[test]
fn text_does_not_fit_an_object_of_two_fields() {
    let error = Endpoint::typed::<Question, Two>("ask", ask("{question}")).unwrap_err();
    assert!(matches!(error, EndpointError::Output { .. }), "{error}");
}

#[test]
fn text_as_text_is_not_wrapped() {
    let endpoint = Endpoint::typed::<Question, String>("ask", ask("{question}")).unwrap();
    assert_eq!(endpoint.output_key(), None);
    assert_eq!(endpoint.present(Val::from("42")), json!("42"));
    assert_eq!(endpoint.output_schema()["type"], "string");
}

#[test]
fn an_object_with_one_text_field_is_not_wrapped_again() {
    let chain = RunnableParallel::<Vars>::new().branch("answer", ask("{question}")).into_chain();
    let endpoint = Endpoint::typed::<Question, Answer>("ask", chain).unwrap();
    assert_eq!(endpoint.output_key(), None);
    let json = ChatPromptTemplate::from_template("{question}").unwrap() | model(&["x"]).0 | JsonOutputParser;
    let endpoint = Endpoint::typed::<Question, Answer>("ask", json).unwrap();
    assert_eq!(endpoint.output_key(), None);
}

#[test]
fn the_output_schema_is_derived_from_the_chain() {
    let object = json!({"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]});
    let build = |chain: Chain<Vars, Vars>| {
        Endpoint::builder("e", chain.erase()).input_schema(object.clone()).build().unwrap()
    };
    let parallel = RunnableParallel::<Vars>::new().branch("a", ask("{q}")).into_chain();
    assert_eq!(
        build(parallel).output_schema(),
        &json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]})
    );
    let assign = RunnablePassthrough::assign(RunnableParallel::<Vars>::new().branch("a", ask("{q}")));
    assert_eq!(build(assign.into_chain()).output_schema(), &json!({"type": "object"}));
    let wrapped = Endpoint::builder("e", ask("{q}").erase())
        .input_schema(object.clone())
        .output_key("out")
        .build()
        .unwrap();
    assert_eq!(wrapped.output_schema()["properties"]["out"], json!({"type": "string"}));
}

#[test]
fn examples_are_checked() {
    let schema = json!({"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]});
    let builder = Endpoint::builder("e", ask("{q}").erase()).input_schema(schema);
    let good = builder.clone().examples(vec![json!({"q": "Why?"})]).build().unwrap();
    assert_eq!(good.examples().len(), 1);
    let error = builder.examples(vec![json!({"q": "Why?"}), json!({"q": 1})]).build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "chain `e`: example 1 is not a valid input: body.q: Input should be a valid string"
    );
}

#[test]
fn schemas_are_checked_and_extra_fields_may_be_ignored() {
    let bad = Endpoint::builder("e", ask("{q}").erase()).input_schema(json!({"type": 7})).build();
    assert!(matches!(bad, Err(EndpointError::Schema { .. })), "{bad:?}");
    let schema = json!({"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]});
    let endpoint = Endpoint::builder("e", ask("{q}").erase())
        .input_schema(schema)
        .extra_fields(ExtraFields::Ignore)
        .build()
        .unwrap();
    assert_eq!(Value::from(endpoint.accept(json!({"q": "a", "x": 1})).unwrap()), json!({"q": "a"}));
}

#[test]
fn joints_inside_branches_are_checked() {
    let inner = PromptTemplate::from_template("{context} {q}").unwrap();
    let chain = RunnableParallel::<Vars>::new().branch("a", inner).into_chain();
    let schema = json!({"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]});
    let error = Endpoint::builder("e", chain.erase()).input_schema(schema).build().unwrap_err();
    let EndpointError::Joints { problems, .. } = &error else { panic!("{error}") };
    assert_eq!(problems.len(), 1);
}

#[test]
fn names_are_paths_that_no_route_has() {
    for good in ["ask", "ask-2", "team/ask", "a.b", "A_b"] {
        assert_eq!(check_name(good), Ok(()), "{good}");
    }
    for bad in ["", "/ask", "ask/", "a//b", "..", "a/../b", "a b", "ü", "v1", "invoke", "ask/stream", "a?b"]
    {
        assert!(check_name(bad).is_err(), "{bad}");
    }
    assert!(check_name(&"x".repeat(129)).is_err());
    let step = RunnableLambda::quick(|text: String| Ok(text)).into_chain().erase();
    let error = Endpoint::builder("v1", step).build().unwrap_err();
    assert_eq!(error.to_string(), "`v1` cannot name a chain: a route of the server has that name");
}
