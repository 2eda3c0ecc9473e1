use super::*;

#[test]
fn an_exception_shows_no_text() {
    let raised = PythonError::value("secret");
    assert!(!format!("{raised} {raised:?}").contains("secret"));
}

#[test]
fn classes_have_pythons_names() {
    assert_eq!(class_of(&Val::from(5)), "<class 'int'>");
    assert_eq!(class_of(&Message::ai("x").into()), "<class 'langchain_core.messages.ai.AIMessage'>");
    assert_eq!(quote_all(["it's", "b"]), "[\"it's\", 'b']");
}
