use super::*;
use crate::{AiMessage, Part, ToolCallChunk};

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

#[test]
fn a_piece_of_a_message_says_so() {
    let piece = |part| Message::Ai(AiMessage { part, ..AiMessage::text("x") }).into();
    let fields = "content='x', additional_kwargs={}, response_metadata={}";
    let calls = "tool_calls=[], invalid_tool_calls=[]";
    assert_eq!(repr(&piece(Part::Whole)), format!("AIMessage({fields}, {calls})"));
    assert_eq!(repr(&piece(Part::Piece)), format!("AIMessageChunk({fields}, {calls}, tool_call_chunks=[])"));
    assert_eq!(
        repr(&piece(Part::Last)),
        format!("AIMessageChunk({fields}, {calls}, tool_call_chunks=[], chunk_position='last')")
    );
    assert_eq!(repr(&piece(Part::Human)), format!("HumanMessage({fields})"));
    assert_eq!(class_of(&piece(Part::Human)), "<class 'langchain_core.messages.human.HumanMessage'>");
}

#[test]
fn pieces_of_calls_show_as_the_calls_so_far() {
    let call = |name: &str, args: &str| {
        let (name, args) = (Some(name.into()), Some(args.into()));
        ToolCallChunk { index: None, id: None, name, args }
    };
    let tool_call_chunks = vec![call("f", "{\"a\": 1"), call("g", "no")];
    let message = AiMessage { part: Part::Piece, tool_call_chunks, ..AiMessage::text("") };
    let shown = str(&Message::Ai(message).into());
    assert!(
        shown.contains("tool_calls=[{'name': 'f', 'args': {'a': 1}, 'id': None, 'type': 'tool_call'}]"),
        "{shown}"
    );
    let invalid = "[{'name': 'g', 'args': 'no', 'id': None, 'error': None, 'type': 'invalid_tool_call'}]";
    assert!(shown.contains(&format!("invalid_tool_calls={invalid}")), "{shown}");
}
