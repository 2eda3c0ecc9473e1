use super::*;
use crate::{Kind, Runnable, Shape, vars};

#[test]
fn renders_roles_and_placeholders() {
    let prompt =
        ChatPromptTemplate::from_messages([(Role::System, "Be {mood}."), (Role::Human, "{q}")]).unwrap();
    let prompt = prompt.placeholder("history");
    let history = Val::List(vec!["hi".into(), Message::ai("hello").into()]);
    let messages =
        prompt.format_messages(&vars! { "mood" => "kind", "q" => "?", "history" => history }).unwrap();
    let expect =
        [Message::system("Be kind."), Message::human("?"), Message::human("hi"), Message::ai("hello")];
    assert_eq!(messages, expect);
}

#[test]
fn a_placeholder_takes_the_last_messages_and_only_lists() {
    let place = MessagesPlaceholder { variable: "h".into(), optional: true, last: Some(1) };
    let prompt = ChatPromptTemplate::from_parts([MessageTemplate::Placeholder(place)]);
    assert_eq!(prompt.format_messages(&vars! {}).unwrap(), []);
    let history = Val::List(vec!["a".into(), "b".into()]);
    assert_eq!(prompt.format_messages(&vars! { "h" => history }).unwrap(), [Message::human("b")]);
    assert_eq!(
        raised(&prompt, &vars! { "h" => "text" }),
        "ValueError: variable h should be a list of base messages, got text of type <class 'str'>"
    );
}

#[track_caller]
fn raised(prompt: &ChatPromptTemplate, vars: &Vars) -> String {
    let error = match prompt.format_messages(vars) {
        Err(crate::Error::Prompt(error)) => error,
        other => panic!("{other:?}"),
    };
    let PythonError { class, text } = error.python_error();
    format!("{class}: {text}")
}

#[test]
fn a_missing_variable_is_known_before_any_run() {
    let prompt = ChatPromptTemplate::from_template("{question} {topic}").unwrap();
    let node = prompt.describe(&Shape::keys(["question"]));
    assert_eq!((node.problems.len(), node.gives.kind), (1, Kind::PROMPT));
}

#[test]
fn a_missing_variable_is_said_in_pythons_words() {
    let prompt =
        ChatPromptTemplate::from_messages([(Role::System, "{role}"), (Role::Human, "{question}")]).unwrap();
    assert_eq!(
        raised(&prompt, &vars! { "role" => "r" }),
        "KeyError: \"Input to ChatPromptTemplate is missing variables {'question'}.  Expected: ['question', 'role'] \
         Received: ['role']\\nNote: if you intended {question} to be part of the string and not a variable, please \
         escape it with double curly braces like: '{{question}}'.\\nFor troubleshooting, visit: \
         https://docs.langchain.com/oss/python/langchain/errors/INVALID_PROMPT_INPUT \""
    );
}

fn partials(pairs: &[(&str, &str)]) -> Dict {
    pairs.iter().map(|(name, value)| ((*name).into(), Val::from(*value))).collect()
}

#[test]
fn what_the_input_says_wins_over_a_prompts_own_values() {
    let inner = ChatPromptTemplate::new(
        [MessageTemplate::text(Role::Ai, "{a}{b}{c}").unwrap()],
        partials(&[("a", "inner a"), ("b", "inner b"), ("c", "inner c")]),
    );
    let parts =
        [MessageTemplate::Chat(inner.unwrap()), MessageTemplate::text(Role::Human, "{b}{d}").unwrap()];
    let prompt = ChatPromptTemplate::new(parts, partials(&[("b", "outer b")])).unwrap();
    assert_eq!(prompt.input_variables(), ["d"]);
    let messages = prompt.format_messages(&vars! { "c" => "C", "d" => "D" }).unwrap();
    assert_eq!(messages, [Message::ai("inner aouter bC"), Message::human("outer bD")]);
}

#[test]
fn the_name_stop_is_refused() {
    assert!(ChatPromptTemplate::from_template("{stop}").is_err());
    assert!(ChatPromptTemplate::new([], partials(&[("stop", "x")])).is_err());
    let place = MessageTemplate::Placeholder(MessagesPlaceholder::new("stop"));
    assert!(ChatPromptTemplate::new([place], Dict::new()).is_err());
}

#[test]
fn errors_show_no_value() {
    let prompt = ChatPromptTemplate::from_template("{q:d}").unwrap().placeholder("h");
    for vars in [vars! { "q" => "secret", "h" => Val::List(vec![]) }, vars! { "q" => 1, "h" => "secret" }] {
        let error = prompt.format_messages(&vars).unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(!format!("{error} {error:?} {source}").contains("secret"), "{error:?}");
    }
}
