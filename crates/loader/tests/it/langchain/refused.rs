//! What is refused, with every reason at once.

use super::{chat, code, human, node, openai, reasons, runnable, secret, template, text_parser};
use serde_json::{Value, json};

#[track_caller]
fn check(json: &Value, expect: &[&str]) {
    let found = reasons(json);
    let same = found.len() == expect.len()
        && found.iter().zip(expect).all(|(found, expect)| found.starts_with(expect));
    assert!(same, "\nfound\n  {}\ninstead of\n  {}\n", found.join("\n  "), expect.join("\n  "));
}

fn model(kwargs: Value, expect: &[&str]) {
    check(&openai(kwargs), expect);
}

#[test]
fn all_reasons_are_told_with_their_paths() {
    let chain = runnable(
        "RunnableSequence",
        json!({
            "first": chat(json!([human("{a.b}"), ["human", "x"], {"role": "oracle", "content": "x"}])),
            "middle": [node("chat_models/groq/ChatGroq", json!({})), code("langchain_core/runnables/base/RunnableLambda", "RunnableLambda(lambda x: x)")],
            "last": runnable("RunnableParallel", json!({"steps__": {"a b": 5}})),
            "bogus": 1,
        }),
    );
    check(
        &chain,
        &[
            "$.kwargs.first.kwargs.messages[0].kwargs.prompt.kwargs.template `{a.b}` reaches into a value",
            "$.kwargs.first.kwargs.messages[1] a message belongs here, not a list",
            "$.kwargs.first.kwargs.messages[2].role there is no role `oracle`",
            "$.kwargs.middle[0] `ChatGroq` is of a vendor that is not built in",
            "$.kwargs.middle[1] `RunnableLambda(lambda x: x)` is Python code",
            "$.kwargs.last.kwargs.steps__[\"a b\"] a step belongs here, not a number",
            "$.kwargs.bogus a `RunnableSequence` takes no `bogus`",
        ],
    );
}

#[test]
fn nulls_and_empty_keys_are_refused_where_python_refuses_them() {
    model(json!({"model_kwargs": null}), &["$.kwargs.model_kwargs `model_kwargs`, a mapping, belongs here"]);
    let chat = |kwargs: Value| node("chat_models/openai/ChatOpenAI", kwargs);
    check(&chat(json!({"openai_api_key": ""})), &["$.kwargs.openai_api_key the key is empty"]);
    let text = |kwargs: Value| node("llms/openai/OpenAI", kwargs);
    check(
        &text(json!({"temperature": null, "max_tokens": null})),
        &["$.kwargs.temperature `temperature` belongs here", "$.kwargs.max_tokens `max_tokens` belongs here"],
    );
}

#[test]
fn ids_must_be_known_as_a_whole() {
    let class = |id: &[&str]| json!({"lc": 1, "type": "constructor", "id": id, "kwargs": {}});
    check(&class(&["os", "system"]), &["$ `os/system` is not a class"]);
    check(&class(&[""]), &["$ `` is not a class"]);
    check(&class(&[]), &["$ a node has an `id` that is none"]);
    check(
        &class(&["langchain", "prompts", "structured", "StructuredPrompt"]),
        &["$ `langchain/prompts/structured/StructuredPrompt` is not a class"],
    );
    check(
        &class(&["langchain_core", "output_parsers", "json", "JsonOutputParser"]),
        &["$ `langchain_core/output_parsers/json/JsonOutputParser` is not a class"],
    );
    check(
        &class(&["langchain", "chains", "llm", "LLMChain"]),
        &["$ `LLMChain` is no longer part of LangChain"],
    );
    check(
        &runnable("RunnableWithMessageHistory", json!({})),
        &["$ `RunnableWithMessageHistory` keeps its conversations"],
    );
    check(&json!({"lc": 2, "type": "constructor", "id": ["x"]}), &["$ a step belongs here, not a mapping"]);
    check(&json!({"lc": 1, "type": "frobnicate", "id": ["x"]}), &["$ a step belongs here, not a mapping"]);
    check(&json!([text_parser()]), &["$ a step belongs here, not a list"]);
}

#[test]
fn runnables_are_made_of_what_they_need() {
    check(&runnable("RunnableSequence", json!({})), &["$ a `RunnableSequence` needs at least two steps"]);
    check(
        &runnable("RunnableSequence", json!({"first": "x", "last": text_parser()})),
        &["$.kwargs.first a step belongs here, not text"],
    );
    check(
        &runnable("RunnableSequence", json!({"first": {"a": text_parser()}, "last": text_parser()})),
        &["$.kwargs.first a step belongs here, not a mapping"],
    );
    check(&runnable("RunnableAssign", json!({})), &["$ the `RunnableAssign` has no `mapper`"]);
    check(
        &runnable("RunnablePick", json!({"keys": 5})),
        &["$.kwargs.keys `keys`, a text or a list of texts, belongs here"],
    );
    check(
        &runnable("RouterRunnable", json!({"runnables": null})),
        &["$ the `RouterRunnable` has no `runnables`"],
    );
    check(
        &runnable("RunnablePassthrough", json!({"func": code("m/f", "<function f>")})),
        &["$.kwargs.func `<function f>` is Python code"],
    );
    let factory = code("langchain_core/runnables/base/<lambda>", "<function x>");
    check(
        &runnable("RunnableBinding", json!({"bound": text_parser(), "config_factories": [factory]})),
        &["$.kwargs.config_factories[0] `<function x>` is Python code"],
    );
    let classes = json!([code("my/Error", "<class 'my.Error'>")]);
    check(
        &runnable(
            "RunnableWithFallbacks",
            json!({"runnable": text_parser(), "fallbacks": [], "exceptions_to_handle": classes}),
        ),
        &["$.kwargs.exceptions_to_handle[0] `<class 'my.Error'>` is Python code"],
    );
}

#[test]
fn prompts_must_be_sound() {
    let broken = |template: &str, format: &str| {
        node("prompts/prompt/PromptTemplate", json!({"template": template, "template_format": format}))
    };
    check(&broken("{{#a}}", "mustache"), &["$.kwargs.template the section `a` is never closed"]);
    check(&broken("x", "erb"), &["$.kwargs.template_format there is no template format `erb`"]);
    check(&broken("{{ x }}", "jinja2"), &["$.kwargs.template_format jinja2 templates can run code"]);
    check(&template("{stop}"), &["$.kwargs.template a variable is named `stop`"]);
    check(
        &chat(json!([{"role": "user", "content": "x", "name": "n"}])),
        &["$.kwargs.messages[0] a message has `role` and `content`"],
    );
    check(
        &chat(json!([node("schema/messages/HumanMessage", json!({"content": null}))])),
        &["$.kwargs.messages[0] the `HumanMessage` has no `content`"],
    );
    check(
        &chat(json!([node("schema/messages/ToolMessage", json!({"content": "x"}))])),
        &["$.kwargs.messages[0] the `ToolMessage` has no `tool_call_id`"],
    );
    check(
        &chat(json!([node(
            "prompts/chat/MessagesPlaceholder",
            json!({"variable_name": "q", "n_messages": 0})
        )])),
        &["$.kwargs.messages[0].kwargs.n_messages `n_messages`, a whole number"],
    );
    let image = node("prompts/image/ImagePromptTemplate", json!({"template": {"path": "/etc/{q}"}}));
    check(
        &chat(json!([node("prompts/chat/HumanMessagePromptTemplate", json!({"prompt": [image]}))])),
        &["$.kwargs.messages[0].kwargs.prompt[0].kwargs.template.path an image is read from a file"],
    );
    check(
        &node(
            "prompts/few_shot_with_templates/FewShotPromptWithTemplates",
            json!({"examples": [], "input_variables": [], "example_prompt": template("x"), "suffix": template("y"), "zzz": 1}),
        ),
        &["$.kwargs.zzz a `FewShotPromptWithTemplates` takes no `zzz`"],
    );
}

#[test]
fn models_hold_what_their_fields_take() {
    model(json!({"temperature": "hot"}), &["$.kwargs.temperature `temperature`, a number, belongs here"]);
    model(json!({"n": 0}), &["$.kwargs.n `n` must be at least 1"]);
    model(json!({"n": 2, "streaming": true}), &["$.kwargs.n a model that streams gives one answer"]);
    model(
        json!({"temperature": 1, "model_kwargs": {"temperature": 1}}),
        &["$.kwargs.temperature `temperature` is also in `model_kwargs`"],
    );
    model(json!({"streaming": null}), &["$.kwargs.streaming `streaming` belongs here"]);
    check(&node("chat_models/anthropic/ChatAnthropic", json!({})), &["$ the model has no `model`"]);
}

#[test]
fn data_may_hold_messages_but_no_other_objects() {
    let binding = |metadata: Value| {
        runnable("RunnableBinding", json!({"bound": text_parser(), "config": {"metadata": metadata}}))
    };
    check(
        &binding(json!({"when": code("datetime/datetime", "datetime.datetime(2024, 1, 1)")})),
        &["$.kwargs.config.metadata.when `datetime.datetime(2024, 1, 1)` is Python code"],
    );
    check(
        &binding(json!({"p": template("x")})),
        &["$.kwargs.config.metadata.p a `PromptTemplate` stands where data belongs"],
    );
    check(
        &binding(json!({"k": secret("OPENAI_API_KEY")})),
        &["$.kwargs.config.metadata.k the secret `OPENAI_API_KEY` stands where data belongs"],
    );
}

#[test]
fn values_have_the_kinds_that_langchain_checks() {
    let config =
        |config: Value| runnable("RunnableBinding", json!({"bound": text_parser(), "config": config}));
    check(&config(json!({"tags": [1]})), &["$.kwargs.config.tags the value of `tags` belongs here"]);
    check(
        &config(json!({"metadata": "x"})),
        &["$.kwargs.config.metadata the value of `metadata` belongs here"],
    );
    check(
        &config(json!({"callbacks": ["x"]})),
        &["$.kwargs.config.callbacks `callbacks` of a configuration"],
    );
    let message = |kwargs: Value| chat(json!([node("schema/messages/AIMessage", kwargs)]));
    check(
        &message(json!({"content": "", "tool_calls": [{"name": 1, "args": {}}]})),
        &["$.kwargs.messages[0].kwargs.tool_calls the value of `tool_calls` belongs here"],
    );
    check(
        &message(json!({"content": "", "type": "human"})),
        &["$.kwargs.messages[0].kwargs.type the message says that its type is `human`"],
    );
    model(json!({"model_name": null}), &["$.kwargs.model_name `model_name` belongs here, not nothing"]);
}
