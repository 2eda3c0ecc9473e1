use super::*;
use crate::{Content, HumanMessage, messages_schema};

fn object(properties: &Value, required: &[&str]) -> Value {
    json!({"type": "object", "properties": properties, "required": required})
}

#[track_caller]
fn check_derived(schema: &Value, expect: &[(&str, Feed)]) {
    let fields = expect.iter().map(|(name, feed)| ((*name).to_string(), feed.clone())).collect();
    assert_eq!(ConversationInput::of_schema(schema, false), Ok(ConversationInput::Fields(fields)));
}

#[track_caller]
fn check_whole(schema: &Value, takes_messages: bool, expect: Result<Feed, &str>) {
    let expect = expect.map(ConversationInput::Whole).map_err(String::from);
    assert_eq!(ConversationInput::of_schema(schema, takes_messages), expect);
}

#[test]
fn the_schema_says_how_where_there_is_one_way() {
    let text = json!({"type": "string"});
    let style = json!({"type": "string", "enum": ["dry", "rich"]});
    let any = json!({});
    let messages = messages_schema();
    check_derived(&object(&json!({"messages": messages}), &["messages"]), &[("messages", Feed::Messages)]);
    check_derived(&object(&json!({"history": messages, "tone": text}), &[]), &[("history", Feed::Messages)]);
    check_derived(&object(&json!({"q": text, "style": style}), &["q"]), &[("q", Feed::LastUserMessage)]);
    check_derived(&object(&json!({"q": text, "tone": text}), &["q"]), &[("q", Feed::LastUserMessage)]);
    check_derived(&object(&json!({"q": any}), &["q"]), &[("q", Feed::LastUserMessage)]);
    check_derived(&object(&json!({"q": text}), &[]), &[("q", Feed::LastUserMessage)]);
    let by_default = json!({"q": text, "tone": {"type": "string", "default": "dry"}});
    check_derived(&object(&by_default, &["q", "tone"]), &[("q", Feed::LastUserMessage)]);
    let mut referring = object(&json!({"q": {"$ref": "#/$defs/Text"}}), &["q"]);
    referring["$defs"] = json!({"Text": text});
    check_derived(&referring, &[("q", Feed::LastUserMessage)]);
    check_whole(&messages, false, Ok(Feed::Messages));
    check_whole(&text, false, Ok(Feed::LastUserMessage));
    check_whole(&json!({}), true, Ok(Feed::Messages));
}

#[track_caller]
fn check_none(properties: &Value, required: &[&str], expect: &str) {
    let reason = ConversationInput::of_schema(&object(properties, required), false).unwrap_err();
    assert_eq!(reason, expect);
}

#[test]
fn where_there_are_several_ways_or_none_it_says_why() {
    let (text, messages) = (json!({"type": "string"}), messages_schema());
    let two = json!({"question": text, "history": messages});
    for required in [&["question", "history"][..], &["question"]] {
        check_none(&two, required, "its input has more than messages: `question`, `history`");
    }
    let both = json!({"a": text, "b": text});
    check_none(&both, &["a", "b"], "its input needs more than one text: `a`, `b`");
    check_none(&both, &[], "its input has several fields for text: `a`, `b`");
    let count = json!({"count": {"type": "integer"}});
    check_none(&count, &["count"], "its input needs `count`, which is no text");
    check_none(&json!({}), &[], "its input has no field for text");
    check_whole(&json!({"type": "integer"}), false, Err("its input is neither messages nor text"));
    check_whole(&json!({}), false, Err("its input can be anything"));
}

fn conversation() -> Vec<Message> {
    let parts = vec![
        json!({"type": "text", "text": "And "}),
        json!({"type": "image_url", "image_url": {"url": "https://pics.example/1"}}),
        json!({"type": "text", "text": "this?"}),
    ];
    let last = HumanMessage { content: Content::Blocks(parts), ..HumanMessage::default() };
    vec![
        Message::system("Be brief."),
        Message::human("What is this?"),
        Message::ai("A cat."),
        Message::system("Be kind."),
        Message::Human(last),
        Message::ai("A dog."),
    ]
}

#[test]
fn a_conversation_is_taken_apart_as_the_words_say() {
    let fields = Feed::WORDS.map(|(word, feed)| (word.to_string(), feed));
    let style = ("style".to_string(), Feed::Value(json!("dry")));
    let input = ConversationInput::Fields(fields.into_iter().chain([style]).collect());
    let stored = |index: usize| serde_json::to_value(&conversation()[index]).unwrap();
    let expect = json!({
        "messages": [stored(1), stored(2), stored(4), stored(5)],
        "last_user_message": "And this?",
        "earlier_messages": [stored(1), stored(2)],
        "system": "Be brief.\n\nBe kind.",
        "style": "dry",
    });
    assert_eq!(input.fill(&conversation()), Some(expect));
    let whole = ConversationInput::Whole(Feed::Messages).fill(&conversation()).unwrap();
    assert_eq!(whole.as_array().unwrap().len(), 6);
}

#[test]
fn who_asks_nothing_is_told_so() {
    let input = ConversationInput::Whole(Feed::LastUserMessage);
    assert_eq!(input.fill(&[Message::system("Be brief.")]), None);
    assert_eq!(nobody_asked().to_string(), "body.messages: The conversation needs a message of the user");
}

#[track_caller]
fn check_misfits(input: &ConversationInput, schema: &Value, expect: &[&str]) {
    let misfits: Vec<_> = input.misfits(schema).iter().map(ToString::to_string).collect();
    assert_eq!(misfits, expect);
}

#[test]
fn what_does_not_fit_the_input_is_named() {
    let fields = |fields: &[(&str, Feed)]| {
        ConversationInput::Fields(fields.iter().map(|(name, feed)| ((*name).into(), feed.clone())).collect())
    };
    let style = json!({"enum": ["dry"]});
    let properties = json!({"q": {"type": "string"}, "history": messages_schema(), "style": style});
    let schema = object(&properties, &["q", "style"]);
    let dry = ("style", Feed::Value(json!("dry")));
    let good = [("q", Feed::LastUserMessage), ("history", Feed::EarlierMessages), dry.clone()];
    check_misfits(&fields(&good), &schema, &[]);
    check_misfits(&fields(&[("q", Feed::Messages), dry]), &schema, &["the field `q` takes no messages"]);
    check_misfits(
        &fields(&[("q", Feed::System), ("style", Feed::Value(json!("wet"))), ("histroy", Feed::Messages)]),
        &schema,
        &["the field `style` takes no such value", "the input has no field `histroy`"],
    );
    check_misfits(
        &fields(&[("history", Feed::LastUserMessage)]),
        &schema,
        &[
            "the field `history` takes no text",
            "the field `q` is required, but nothing is said of it",
            "the field `style` is required, but nothing is said of it",
        ],
    );
    let whole = ConversationInput::Whole(Feed::Messages);
    check_misfits(&whole, &schema, &["the input is an object, and cannot be messages"]);
    check_misfits(&whole, &json!({"type": "string"}), &["the input takes no messages"]);
    check_misfits(&whole, &json!({}), &[]);
    let field = fields(&[("q", Feed::System)]);
    check_misfits(&field, &json!({"type": "string"}), &["the input is no object, and has no field `q`"]);
}
