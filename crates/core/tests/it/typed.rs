//! Serde types that flow through chains.

use crate::support::{all, until_error};
use serde::{Deserialize, Serialize};
use windlass_core::{
    AiMessage, ChatPromptTemplate, Chunk, Cx, Error, IntoChain, JsonOutputParser, PromptValue,
    RunnableLambda, Typed, Val,
};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Question {
    question: String,
}

fn typed(question: &str) -> Typed<Question> {
    Typed(Question { question: question.into() })
}

#[tokio::test]
async fn fields_are_the_variables_of_a_prompt() {
    let prompt = ChatPromptTemplate::from_template("Answer: {question}").unwrap();
    let text = RunnableLambda::quick(|prompt: PromptValue| Ok(prompt.to_text()));
    let chain = (prompt | text).takes::<Typed<Question>>();
    assert_eq!(chain.invoke(typed("Why?")).await.unwrap(), "Human: Answer: Why?");
    assert_eq!(all(chain.stream(typed("Who?"))).await, ["Human: Answer: Who?"]);
    let pieces = crate::support::pieces([typed("Where?")]);
    assert_eq!(all(chain.transform_in(pieces, Cx::default())).await, ["Human: Answer: Where?"]);
}

#[tokio::test]
async fn a_step_may_give_one() {
    let ask = RunnableLambda::quick(|text: String| Ok(Typed(Question { question: text })));
    let prompt = ChatPromptTemplate::from_template("{question}").unwrap();
    let chain = ask | prompt;
    assert_eq!(chain.invoke("Why?".to_owned()).await.unwrap().to_text(), "Human: Why?");
}

#[test]
fn values_convert_both_ways_and_what_does_not_fit_is_said() {
    let val = typed("Why?").into_val();
    assert_eq!(Typed::<Question>::from_val(val).unwrap(), typed("Why?"));
    assert!(Typed::<Question>::from_val(Val::from("x")).is_err());
}

#[tokio::test]
async fn a_parser_may_give_one() {
    let chain = JsonOutputParser::typed::<Question>().into_chain();
    let pieces = ["{\"quest", "ion\": \"W", "hy?\"}"].map(AiMessage::text);
    let input = crate::support::pieces(pieces);
    assert_eq!(all(chain.transform_in(input, Cx::default())).await, [typed("Why?")]);
    let (_, error) = until_error(chain.stream(AiMessage::text("{}"))).await;
    let Error::Parse(error) = error else { panic!("{error:?}") };
    assert_eq!(error.llm_output.as_deref(), Some("{}"));
    assert_eq!(error.message, "The JSON is no Question: missing field `question`");
}
