//! Which reasons suffice.

use super::*;

fn opaque(class: &str, repr: &str) -> String {
    format!(r#"{{"lc": 1, "type": "not_implemented", "id": ["m", "{class}"], "repr": "{repr}"}}"#)
}

fn node(class: &str, kwargs: &str) -> String {
    format!(r#"{{"lc": 1, "type": "constructor", "id": ["langchain", "{class}"], "kwargs": {kwargs}}}"#)
}

fn reasons(paths: &[&str]) -> Vec<Reason> {
    paths.iter().map(|path| Reason { path: (*path).into(), message: String::new() }).collect()
}

#[track_caller]
fn passes(chain: &str, complaint: &str, paths: &[&str]) {
    check(chain, Some(complaint), &reasons(paths)).unwrap();
}

#[track_caller]
fn fails(chain: &str, complaint: &str, paths: &[&str], wanted: &str) {
    assert_eq!(check(chain, Some(complaint), &reasons(paths)).unwrap_err().wanted, wanted);
}

#[test]
fn every_opaque_node_is_named() {
    let lambda = opaque("RunnableLambda", "RunnableLambda(...)");
    let chain = node("RunnableSequence", &format!(r#"{{"first": {lambda}, "last": [{lambda}]}}"#));
    passes(&chain, "", &["$.kwargs.first", "$.kwargs.last[0].id"]);
    fails(&chain, "", &["$.kwargs.first"], "a reason at $.kwargs.last[0]");
    fails(&chain, "", &["$"], "a reason at $.kwargs.first");
    fails(&chain, "", &[], "a reason with a JSON path");
    fails(&chain, "", &["$.kwargs.nope.x"], "paths that lead into the chain");
}

#[test]
fn a_chain_that_is_no_json_is_refused_for_any_reason() {
    passes("NaN", "", &["$"]);
    fails("NaN", "", &[], "a reason with a JSON path");
}

#[test]
fn what_can_be_rebuilt_need_not_be_named() {
    let parts = [
        opaque("JsonOutputParser", "JsonOutputParser()"),
        opaque("RunnableLambda", "RunnableLambda(itemgetter('q'))"),
        opaque("JsonOutputParser", "JsonOutputParser(pydantic_object=<class 'Joke'>)"),
        r#"{"__lc_escaped__": {"lc": 1, "type": "not_implemented", "id": ["x"]}}"#.to_owned(),
    ];
    let chain = node("X", &format!("[{}]", parts.join(",")));
    passes(&chain, "", &["$.kwargs[2]"]);
    fails(&chain, "", &["$.kwargs[0]"], "a reason at $.kwargs[2]");
}

#[test]
fn a_hollow_class_answers_for_what_is_below_it() {
    let lambda = opaque("RunnableLambda", "RunnableLambda(_enter_history)");
    let chain = node("RunnableWithMessageHistory", &format!(r#"{{"bound": {lambda}}}"#));
    passes(&chain, "", &["$"]);
    passes(&chain, "", &["$.kwargs.bound"]);
}

#[test]
fn what_python_complained_of_is_named() {
    let chain = node("RunnableSequence", &format!(r#"{{"first": {}}}"#, node("Foo", r#"{"x": 0}"#)));
    let forbidden = "ValueError: Deserialization of ('langchain', 'Foo') is not allowed";
    passes(&chain, forbidden, &["$.kwargs.first.id"]);
    fails(&chain, forbidden, &["$"], "a reason at $.kwargs.first");
    let invalid = "ValidationError: 2 validation errors for Foo\nx";
    passes(&chain, invalid, &["$.kwargs.first.kwargs.x"]);
    fails(&chain, invalid, &["$.kwargs"], "a reason at $.kwargs.first");
    passes(&chain, "TypeError: whatever", &["$"]);
}

#[test]
fn an_extension_may_load_what_the_json_holds() {
    let complaint = "NotImplementedError: Trying to load an object that doesn't implement serialization";
    let with = |part: &str| node("X", &format!(r#"{{"exceptions_to_handle": [{part}]}}"#));
    let json = node("X", &format!("[{}]", opaque("JsonOutputParser", "JsonOutputParser()")));
    assert!(may_load(&json, complaint));
    assert!(!may_load(&json, "ValidationError: 1 validation error for X"));
    assert!(!may_load(&node("X", "{}"), complaint));
    assert!(!may_load(&node("X", &format!("[{}]", opaque("set", "{1}"))), complaint));
    let branch = node("RunnableBranch", "{}");
    assert!(may_load(&branch, "TypeError: RunnableBranch.__init__() got an unexpected keyword argument"));
    let class = |package: &str| {
        format!(r#"{{"lc": 1, "type": "not_implemented", "id": ["{package}", "E"], "repr": "<class 'E'>"}}"#)
    };
    assert!(may_load(&with(&class("openai")), complaint));
    assert!(!may_load(&with(&class("mine")), complaint));
}
