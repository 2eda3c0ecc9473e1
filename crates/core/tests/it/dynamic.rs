//! Chains with erased ends, as files make them.

use crate::support::{all, model, pieces};
use futures_util::StreamExt;
use serde_json::json;
use windlass_core::{
    ChatPromptTemplate, Cx, DynChain, Error, IntoChain, Joint, JsonOutputParser, Kind, Message,
    PromptTemplate, Runnable, RunnableLambda, RunnablePassthrough, Shape, StrOutputParser, Val,
};

fn erased(step: impl Runnable) -> DynChain {
    step.into_chain().erase()
}

fn prompt(template: &str) -> DynChain {
    erased(PromptTemplate::from_template(template).unwrap())
}

#[tokio::test]
async fn a_second_model_sees_the_whole_text() {
    let (first, _) = model(&["What", " is", " it?"]);
    for parser in [None, Some(erased(StrOutputParser))] {
        let (second, seen) = model(&["It", " is."]);
        let mut chain = prompt("{q}").pipe(erased(first.clone()));
        if let Some(parser) = parser {
            chain = chain.pipe(parser);
        }
        let chain = chain.pipe(erased(second)).pipe(erased(StrOutputParser));
        let input = || Val::from(json!({"q": "?"}));
        assert_eq!(all(chain.chain().stream(input())).await, ["It", " is.", ""].map(Val::from));
        assert_eq!(chain.chain().invoke(input()).await.unwrap(), Val::from("It is."));
        let asked = seen.take();
        assert_eq!(asked.len(), 2);
        assert!(asked.iter().all(|messages| messages[0].content().to_text() == "What is it?"), "{asked:?}");
    }
}

#[tokio::test]
async fn a_streaming_step_streams_behind_erased_ends() {
    let (model, seen) = model(&["a", "b"]);
    let chat = ChatPromptTemplate::from_template("{q}").unwrap();
    let chain = erased(chat).pipe(erased(model)).pipe(erased(StrOutputParser));
    let input = Val::from(json!({"q": "?"}));
    assert_eq!(all(chain.chain().stream(input)).await.len(), 3);
    assert_eq!(seen.take(), [[Message::human("?")]]);
}

#[tokio::test]
async fn a_value_of_the_wrong_kind_is_an_input_problem() {
    let error = prompt("{q}").chain().invoke(Val::from("text")).await.unwrap_err();
    assert!(matches!(error, Error::InvalidInput(_)), "{error:?}");
    let mut stream = prompt("{q}").chain().stream(Val::from("text"));
    assert!(stream.next().await.unwrap().is_err());
}

#[tokio::test]
async fn snapshots_do_not_add_up_at_a_joint() {
    let show = RunnableLambda::quick(|val: Val| Ok(windlass_core::python::str(&val)));
    let chain = erased(JsonOutputParser).pipe(erased(RunnablePassthrough::<Val>::new())).pipe(erased(show));
    let input = pieces(["[1, 2", "3, \"a", "b\"]"].map(Val::from));
    assert_eq!(all(chain.chain().transform_in(input, Cx::default())).await, [Val::from("[1, 23, 'ab']")]);
    let chain = erased(JsonOutputParser).pipe(erased(StrOutputParser));
    let input = pieces(["\"a", "b\""].map(Val::from));
    assert_eq!(all(chain.chain().transform_in(input, Cx::default())).await, [Val::from("ab")]);
}

#[test]
fn how_pieces_combine_goes_through_a_passthrough() {
    use windlass_core::Merge;
    let chain = erased(JsonOutputParser).pipe(erased(RunnablePassthrough::<Val>::new()));
    assert_eq!(chain.merge(), Merge::Replace);
    assert_eq!(erased(JsonOutputParser).pipe(erased(StrOutputParser)).merge(), Merge::Append);
}

#[test]
fn wrong_joints_and_missing_keys_are_found() {
    let length = RunnableLambda::quick(|text: String| Ok(text)).named("length");
    let chain = prompt("{q} {lang}").pipe(erased(StrOutputParser)).pipe(erased(length));
    let problems = chain.check(&Shape::keys(["q"]));
    assert!(matches!(&problems[0], Joint::MissingKey { key, .. } if key == "lang"), "{problems:?}");
    let problems = erased(StrOutputParser).pipe(prompt("{q}")).check(&Shape::of(Kind::TEXT));
    assert_eq!(
        problems.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["step `PromptTemplate` takes an object, but gets text"]
    );
}
