//! Prompts of all kinds, run as steps.

use serde_json::{Map, Value, json};
use windlass_core::{
    AiMessage, BasePromptTemplate, ChatPromptTemplate, CoercingPrompt, Content, ContentTemplate, Cx, Dict,
    DictPromptTemplate, DynChain, Error, FewShotChatMessagePromptTemplate, FewShotParts,
    FewShotPromptTemplate, FewShotPromptWithTemplates, FewShotTemplateParts, ImagePromptTemplate, IntoChain,
    Message, MessageContent, MessagePromptTemplate, MessageTemplate, Metadata, PromptTemplate, PromptValue,
    Role, RunnableLambda, Speaker, StructuredPrompt, Template, TemplateFormat, Val, Vars, vars,
};

fn raised(error: Error) -> String {
    match error {
        Error::Prompt(error) => {
            let exception = error.python_error();
            let first = exception.text.lines().next().unwrap_or_default().to_string();
            format!("{}: {first}", exception.class)
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn check<P: BasePromptTemplate>(prompt: &P, vars: &Vars, expect: &str) {
    let found = prompt.format_prompt(vars).map_or_else(raised, |prompt| prompt.to_text());
    assert_eq!(found, expect);
}

fn dict(pairs: &[(&str, &str)]) -> Dict {
    pairs.iter().map(|(name, value)| ((*name).into(), Val::from(*value))).collect()
}

fn prompt(template: &str) -> PromptTemplate {
    PromptTemplate::from_template(template).unwrap()
}

fn few_shot(examples: &[&[(&str, &str)]]) -> FewShotPromptTemplate {
    FewShotPromptTemplate::new(FewShotParts {
        examples: examples.iter().map(|example| dict(example)).collect(),
        example_prompt: prompt("Q: {q}\nA: {a}"),
        prefix: "Solve {{carefully}} in {lang}.".into(),
        suffix: "Q: {input}\nA:".into(),
        example_separator: "\n\n".into(),
        format: TemplateFormat::FString,
        partials: Dict::new(),
    })
    .unwrap()
}

#[test]
fn examples_are_formatted_twice() {
    let few = few_shot(&[&[("q", "2+2"), ("a", "4")], &[("q", "it's {{3}}"), ("a", "{lang}")]]);
    assert_eq!(few.input_variables(), ["input", "lang"]);
    let vars = vars! { "input" => "{lang}", "lang" => "EN" };
    check(&few, &vars, "Solve {carefully} in EN.\n\nQ: 2+2\nA: 4\n\nQ: it's {3}\nA: EN\n\nQ: {lang}\nA:");
    for (value, expect) in [
        ("{", "ValueError: unmatched '{' in format spec"),
        ("}", "ValueError: Single '}' encountered in format string"),
        ("{}", "IndexError: tuple index out of range"),
        ("{nobody}", "KeyError: 'nobody'"),
    ] {
        check(&few_shot(&[&[("q", "x"), ("a", value)]]), &vars, expect);
    }
    check(&few_shot(&[&[("q", "x")]]), &vars, "KeyError: 'a'");
}

#[test]
fn what_the_prefix_used_is_gone_for_the_suffix() {
    let few = |suffix: &str, partials: Dict| {
        FewShotPromptWithTemplates::new(FewShotTemplateParts {
            examples: vec![dict(&[("w", "tall"), ("a", "short")])],
            example_prompt: prompt("{w} {a}"),
            prefix: Some(prompt("In {lang}.").into()),
            suffix: prompt(suffix).into(),
            example_separator: "\n--\n".into(),
            format: TemplateFormat::FString,
            partials,
        })
        .unwrap()
    };
    let vars = vars! { "lang" => "EN", "input" => "big" };
    check(&few("{input}:", Dict::new()), &vars, "In EN.\n--\ntall short\n--\nbig:");
    check(&few("{input} {lang}", Dict::new()), &vars, "KeyError: 'lang'");
    let freed = few("{input}", dict(&[("lang", "FR"), ("input", "x")]));
    assert_eq!(freed.input_variables(), ["input"]);
    check(&freed, &vars! { "input" => "{input}" }, "KeyError: 'input'");
}

#[test]
fn examples_stand_as_messages_in_a_conversation() {
    let example = ChatPromptTemplate::from_messages([(Role::Human, "{q}"), (Role::Ai, "{a}")]).unwrap();
    let few = FewShotChatMessagePromptTemplate {
        examples: vec![dict(&[("q", "{1}"), ("a", "2")])],
        example_prompt: Box::new(MessageTemplate::Chat(example)),
    };
    let parts = [MessageTemplate::FewShot(few), MessageTemplate::text(Role::Human, "{q}").unwrap()];
    let chat = ChatPromptTemplate::from_parts(parts);
    check(&chat, &vars! { "q" => "?" }, "Human: {1}\nAI: 2\nHuman: ?");
}

fn object(json: &Value) -> Map<String, Value> {
    json.as_object().unwrap().clone()
}

fn image(template: &Value, names: &[&str]) -> ContentTemplate {
    let names = names.iter().map(ToString::to_string).collect();
    ContentTemplate::Image(
        ImagePromptTemplate::new(&object(template), names, TemplateFormat::FString).unwrap(),
    )
}

fn blocks(parts: Vec<ContentTemplate>, vars: &Vars) -> Result<Value, String> {
    let template = MessagePromptTemplate {
        speaker: Speaker::Role(Role::Human),
        content: MessageContent::Blocks(parts),
        additional_kwargs: Metadata::default(),
    };
    let chat = ChatPromptTemplate::from_parts([MessageTemplate::Template(template)]);
    match chat.format_messages(vars).map_err(raised)?.remove(0).content() {
        Content::Blocks(blocks) => Ok(blocks.clone().into()),
        Content::Text(text) => panic!("{text}"),
    }
}

#[test]
fn parts_of_a_message_are_templates() {
    let block =
        json!({"type": "file", "{x}": {"name": "{x}.pdf", "n": 1, "list": ["{x}", {"y": "{x}"}, ["{x}"]]}});
    let block = DictPromptTemplate::new(&object(&block), TemplateFormat::FString).unwrap();
    let parts = vec![
        ContentTemplate::Text(prompt("Hear {x}").into()),
        ContentTemplate::Text(prompt("{empty}").into()),
        image(&json!({"url": "https://e.com/{x}.png", "detail": "high"}), &["x"]),
        image(&json!({"url": "u", "detail": ""}), &[]),
        ContentTemplate::Dict(block),
    ];
    let found = blocks(parts, &vars! { "x" => "{x}", "empty" => "" }).unwrap();
    let expect = json!([
        {"type": "text", "text": "Hear {x}"},
        {"type": "image_url", "image_url": {"url": "https://e.com/{x}.png", "detail": "high"}},
        {"type": "image_url", "image_url": {"url": "u"}},
        {"type": "file", "{x}": {"name": "{x}.pdf", "n": 1, "list": ["{x}", {"y": "{x}"}, ["{x}"]]}},
    ]);
    assert_eq!(found, expect);
}

#[test]
fn bad_images_fail_as_in_python() {
    for (template, names, expect) in [
        (
            json!({"path": "/etc/{x}"}),
            vec!["x"],
            "ValueError: Loading images from 'path' has been removed as of 0.3.15 for security reasons. Please specify images by 'url'.",
        ),
        (json!({}), vec![], "ValueError: Must provide url."),
        (json!({"url": 5}), vec![], "ValueError: url must be a string."),
        (json!({"url": "{x}"}), vec![], "KeyError: 'x'"),
    ] {
        assert_eq!(blocks(vec![image(&template, &names)], &vars! { "x" => "y" }), Err(expect.into()));
    }
    assert!(ImagePromptTemplate::new(&Map::new(), vec!["url".into()], TemplateFormat::FString).is_err());
    assert!(DictPromptTemplate::new(&object(&json!({"a": "{a.b}"})), TemplateFormat::FString).is_err());
    assert!(DictPromptTemplate::new(&Map::new(), TemplateFormat::Jinja2).is_err());
}

#[test]
fn any_role_may_speak() {
    let parts =
        [MessageTemplate::of(Speaker::Named("critic".into()), Template::parse("{x}").unwrap()).unwrap()];
    check(&ChatPromptTemplate::from_parts(parts), &vars! { "x" => 1 }, "critic: 1");
}

#[test]
fn a_structured_prompt_renders_like_any_other() {
    let prompt = ChatPromptTemplate::from_template("{x}").unwrap();
    let schema = object(&json!({"title": "T"}));
    let structured = StructuredPrompt { prompt, schema, structured_output_kwargs: Map::new() };
    check(&structured, &vars! { "x" => 1 }, "Human: 1");
    check(
        &structured,
        &vars! {},
        "KeyError: \"Input to StructuredPrompt is missing variables {'x'}.  Expected: ['x'] Received: []\\nNote: if you intended {x} to be part of the string and not a variable, please escape it with double curly braces like: '{{x}}'.\\nFor troubleshooting, visit: https://docs.langchain.com/oss/python/langchain/errors/INVALID_PROMPT_INPUT \"",
    );
}

#[tokio::test]
async fn a_bare_value_is_the_only_variable() {
    let chain = |template: &str| {
        let echo = RunnableLambda::quick(|prompt: PromptValue| Ok(AiMessage::text(prompt.to_text())));
        let prompt = CoercingPrompt(ChatPromptTemplate::from_template(template).unwrap());
        DynChain::new(prompt.into_chain()).pipe(DynChain::new(echo.into_chain()))
    };
    for (input, expect) in [
        (Val::from("hello"), "Human: Say hello!"),
        (Val::from(5), "Human: Say 5!"),
        (Val::List(vec!["a".into(), 1.into()]), "Human: Say ['a', 1]!"),
        (Val::Null, "Human: Say None!"),
        (Val::Dict(dict(&[("x", "d")])), "Human: Say d!"),
        (
            Message::ai("m").into(),
            "Human: Say content='m' additional_kwargs={} response_metadata={} tool_calls=[] invalid_tool_calls=[]!",
        ),
    ] {
        let said = chain("Say {x}!").chain().invoke(input).await.unwrap();
        assert_eq!(said, Val::from(AiMessage::text(expect)));
    }
    for template in ["{x} {y}", "none"] {
        let error = chain(template).chain().invoke(Val::from("hello")).await.unwrap_err();
        assert_eq!(
            raised(error),
            "TypeError: Expected mapping type as input to ChatPromptTemplate. Received <class 'str'>."
        );
    }
}

#[tokio::test]
async fn pieces_of_a_bare_value_add_up() {
    let chain = DynChain::new(CoercingPrompt(prompt("{x}")).into_chain());
    let pieces = futures_util::stream::iter(["a", "b"].map(|piece| Ok(Val::from(piece))));
    let all = super::support::all(chain.chain().transform_in(Box::pin(pieces), Cx::default())).await;
    assert_eq!(all, [Val::Prompt(Box::new(PromptValue::Text("ab".into())))]);
}
