//! `openai:`: how a conversation feeds a chain.

use crate::{check_chain, loaded};
use serde_json::{Value, json};
use windlass_core::{ConversationInput, Endpoint, Feed, Message};

fn endpoint(chain: &str) -> Endpoint {
    let lines: String = chain.lines().map(|line| format!("    {line}\n")).collect();
    loaded(&format!("chains:\n  k:\n{lines}")).endpoints.remove(0)
}

const MODEL: &str = "model: { openai: m }";

#[test]
fn an_input_with_one_way_needs_no_words() {
    for (input, field, feed) in [
        ("{ question: string }", Some("question"), Feed::LastUserMessage),
        (
            "{ question: string, tone: { type: string, default: dry } }",
            Some("question"),
            Feed::LastUserMessage,
        ),
        ("{ talk: messages }", Some("talk"), Feed::Messages),
        ("messages", None, Feed::Messages),
        ("string", None, Feed::LastUserMessage),
    ] {
        let prompt = match field {
            Some("question") => "prompt: '{question}'\n",
            Some(_) => "prompt: [{ placeholder: talk }]\n",
            None => "",
        };
        let endpoint = endpoint(&format!("input: {input}\n{prompt}{MODEL}"));
        let expect = match field {
            Some(field) => ConversationInput::Fields([(field.to_string(), feed)].into_iter().collect()),
            None => ConversationInput::Whole(feed),
        };
        assert_eq!(endpoint.conversation(), Ok(&expect), "{input}");
        assert!(!endpoint.takes_client_tools());
    }
    let two = endpoint("input: { a: string, b: string }\nprompt: '{a}{b}'\nmodel: { openai: m }");
    assert_eq!(two.conversation(), Err("its input needs more than one text: `a`, `b`"));
}

const FIELDS: &str = "input: { q: string, history: messages, rules?: string, style: { enum: [dry, rich] } }
prompt: [{ placeholder: history }, { human: '{q} {style}' }]
model: { openai: m }
";

#[test]
fn a_file_says_what_feeds_each_field() {
    let own = "openai: { input: { q: last_user_message, history: earlier_messages, rules: system, style: { value: dry } } }";
    let endpoint = endpoint(&format!("{FIELDS}{own}"));
    let messages =
        [Message::system("Be kind."), Message::human("Hi"), Message::ai("Ho"), Message::human("Why?")];
    let input = Value::from(endpoint.accept_conversation(&messages).unwrap());
    let history = json!([{"type": "human", "content": "Hi"}, {"type": "ai", "content": "Ho"}]);
    assert_eq!(input, json!({"q": "Why?", "history": history, "rules": "Be kind.", "style": "dry"}));
    let problems = endpoint.accept_conversation(&messages[..1]).unwrap_err();
    assert_eq!(problems[0].loc, [json!("body"), json!("messages")]);
}

#[track_caller]
fn check_own(own: &str, expect: &[&str]) {
    check_chain(&format!("{FIELDS}{own}"), expect);
}

#[test]
fn what_cannot_be_fed_is_a_mistake_at_its_place() {
    check_own(
        "openai: chat",
        &[
            "6:13 `openai` of a chain must be a mapping, not text | the name of a model belongs to the model: `model: {",
        ],
    );
    check_own("openai: { inputs: messages }", &["6:15 `openai` has no key `inputs` | did you mean `input`?"]);
    check_own(
        "openai: { input: messages }",
        &[
            "6:22 the input is an object, and cannot be messages | say it of its fields: `input: { FIELD: messages }`",
        ],
    );
    check_own(
        "openai: { input: [messages] }",
        &["6:22 `input` must be a word such as `messages`, or a mapping of fields, not a list"],
    );
    check_own(
        "openai: { input: { q: last_message } }",
        &["6:27 the field `q` cannot be `last_message` | write one of: `messages`, `last_user_message`"],
    );
    check_own(
        "openai: { input: { q: 5 } }",
        &["6:27 the field `q` must be one of `messages`, `last_user_message`, `earlier_messages`, `system`"],
    );
    check_own(
        "openai:\n  input:\n    q: messages\n    histroy: messages\n    style: { value: wet }\n    history: system",
        &[
            "8:12 the field `q` takes no messages | feed it `last_user_message`",
            "9:9 the input has no field `histroy` | did you mean `history`?",
            "10:16 the field `style` takes no such value | write a value of its type",
            "11:18 the field `history` takes no text | feed it `messages` or `earlier_messages`",
        ],
    );
    check_own(
        "openai: { input: { q: system } }",
        &[
            "6:22 the field `history` is required, but nothing is said of it | write `history: ` and one of `messages`",
            "6:22 the field `style` is required, but nothing is said of it",
        ],
    );
    let bare = "input: string\nmodel: { openai: m }\nopenai: { input: { q: system } }";
    check_chain(bare, &["5:24 the input is no object, and has no field `q` | write one word"]);
}

#[test]
fn clients_tools_go_to_the_model_that_a_chain_ends_in() {
    for last in [
        "- model: { openai: m }",
        "- bind: { temperature: 1 }\n    to: { model: { openai: m } }",
        "- try: { model: { openai: m } }\n    fallbacks: [{ model: { openai: n } }]",
    ] {
        let chain = format!(
            "input: {{ talk: messages }}\nopenai: {{ tools: pass }}\nsteps:\n  - prompt: [{{ placeholder: talk }}]\n  {last}"
        );
        assert!(endpoint(&chain).takes_client_tools(), "{last}");
    }
    let nothing =
        "the chain does not end in a model, so nothing can call the client's tools | write `steps:`";
    check_own("openai: { tools: pass }", &[&format!("6:22 {nothing}")]);
    check_chain(
        "input: string\nopenai: { tools: pass }\nsteps: [{ model: { openai: m } }, { parser: json }]",
        &[&format!("4:22 {nothing}")],
    );
    check_own("openai: { tools: yes }", &["6:22 `tools` cannot be `yes` | write one of: `ignore`, `pass`"]);
}
