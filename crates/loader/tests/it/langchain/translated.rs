//! What becomes of each class.

use super::{chat, code, human, node, openai, read, runnable, secret, template, text_parser, yaml};
use serde_json::{Value, json};
use windlass_loader::{Input, LangChainOptions};

#[track_caller]
fn check(json: &Value, expect: &str) {
    assert_eq!(yaml(json), expect);
}

fn prompt() -> Value {
    chat(json!([human("{q}")]))
}

#[test]
fn a_sequence_is_a_list_of_steps() {
    let chain = runnable(
        "RunnableSequence",
        json!({"first": prompt(), "middle": [openai(json!({"model": "gpt-4o", "temperature": "0.5"}))], "last": text_parser(), "name": "x"}),
    );
    check(
        &chain,
        "- prompt:\n    - human: \"{q}\"\n- model:\n    openai: gpt-4o\n    api_key: ${OPENAI_API_KEY}\n    temperature: 0.5\n- parser: text\n",
    );
    let translated = read(&chain, &LangChainOptions::default()).unwrap();
    assert_eq!(translated.tree(), "prompt 1 message\nmodel openai gpt-4o\nparser text\n");
    assert_eq!(translated.inputs, Some(vec![Input { name: "q".into(), optional: false, messages: false }]));
}

#[test]
fn runnables_have_words() {
    check(&runnable("RunnablePassthrough", json!({"func": null})), "- passthrough\n");
    check(&runnable("RunnablePick", json!({"keys": ["a", "b"]})), "- pick:\n    - a\n    - b\n");
    check(&runnable("RunnableEach", json!({"bound": text_parser()})), "- each:\n    parser: text\n");
    check(
        &runnable(
            "RunnableParallel",
            json!({"steps__": {"a": text_parser(), "b": {"c": text_parser()}}, "d": text_parser()}),
        ),
        "- parallel:\n    a:\n      - parser: text\n    b:\n      - parallel:\n          c:\n            - parser: text\n    d:\n      - parser: text\n",
    );
    check(
        &runnable("RunnableAssign", json!({"mapper": {"a": text_parser()}})),
        "- assign:\n    a:\n      - parser: text\n",
    );
    check(
        &runnable("RouterRunnable", json!({"runnables": {"a": text_parser()}})),
        "- route:\n    a:\n      parser: text\n",
    );
    check(
        &runnable(
            "RunnableBranch",
            json!({"branches": [[text_parser(), text_parser()]], "default": text_parser()}),
        ),
        "- branch:\n    - if:\n        parser: text\n      then:\n        parser: text\n    - else:\n        parser: text\n",
    );
}

#[test]
fn bindings_keep_arguments_and_configuration() {
    let config = json!({"tags": ["a"], "own": 1, "configurable": {"x": 2}, "callbacks": null});
    check(
        &runnable(
            "RunnableBinding",
            json!({"bound": text_parser(), "kwargs": {"stop": null}, "config": config, "config_factories": []}),
        ),
        "- bind:\n    stop: null\n  config:\n    tags:\n      - a\n    configurable:\n      x: 2\n      own: 1\n  to:\n    parser: text\n",
    );
}

#[test]
fn fallbacks_and_retries_name_exceptions() {
    let classes = json!([
        code("openai/RateLimitError", "<class 'openai.RateLimitError'>"),
        code("builtins/ValueError", "")
    ]);
    check(
        &runnable(
            "RunnableWithFallbacks",
            json!({"runnable": text_parser(), "fallbacks": [text_parser()], "exceptions_to_handle": classes, "exception_key": "e"}),
        ),
        "- try:\n    parser: text\n  fallbacks:\n    - parser: text\n  on:\n    - openai.RateLimitError\n    - ValueError\n  exception_key: e\n",
    );
    let jitter = json!({"initial": 1, "max": 2.5});
    check(
        &runnable(
            "RunnableRetry",
            json!({"bound": text_parser(), "max_attempt_number": 5, "wait_exponential_jitter": true, "exponential_jitter_params": jitter, "retry_exception_types": [code("builtins/Exception", "")]}),
        ),
        "- retry:\n    parser: text\n  attempts: 5\n  wait:\n    initial: 1.0\n    max: 2.5\n",
    );
}

#[test]
fn configurable_parts_have_the_names_of_chain_files() {
    let fields = json!({"model_name": ["size", {"small": "a"}, "small", null, null, false], "temperature": ["t", "T", null, null, false]});
    check(
        &runnable(
            "RunnableConfigurableFields",
            json!({"default": openai(json!({"model": "m"})), "fields": fields}),
        ),
        "- configurable:\n    openai:\n      id: size\n      options:\n        small: a\n      default: small\n    temperature:\n      id: t\n      name: T\n  of:\n    model:\n      openai: m\n      api_key: ${OPENAI_API_KEY}\n  rebuilt:\n    streaming: false\n",
    );
    let alternatives = json!({"which": ["w", null, null, null, false], "default": text_parser(), "alternatives": {"b": text_parser()}, "default_key": "a", "prefix_keys": true});
    check(
        &runnable("RunnableConfigurableAlternatives", alternatives),
        "- alternatives:\n    b:\n      parser: text\n  default:\n    parser: text\n  by:\n    id: w\n  default_key: a\n  prefix_keys: true\n",
    );
}

#[test]
fn prompts_keep_formats_partials_and_placeholders() {
    check(&template("{a}"), "- prompt:\n    text: \"{a}\"\n");
    let mustache =
        json!({"template": "{{a}}", "template_format": "mustache", "partial_variables": {"a": 1.0}});
    check(
        &node("prompts/prompt/PromptTemplate", mustache),
        "- prompt:\n    text: \"{{a}}\"\n    format: mustache\n    partial:\n      a: 1.0\n",
    );
    let placeholder = node(
        "prompts/chat/MessagesPlaceholder",
        json!({"variable_name": "h", "optional": true, "n_messages": 2}),
    );
    let kwargs = json!({
        "messages": ["bare {a}", {"role": "assistant", "content": "b"}, placeholder, chat(json!([human("c")]))],
        "partial_variables": {"h": [], "a": "x"}, "optional_variables": ["h"],
    });
    check(
        &node("prompts/chat/ChatPromptTemplate", kwargs),
        "- prompt:\n    messages:\n      - human: bare {a}\n      - ai: b\n      - placeholder: h\n        optional: true\n        last: 2\n      - prompt:\n          messages:\n            - human: c\n    partial:\n      a: x\n",
    );
}

#[test]
fn messages_and_parts_stand_as_they_are() {
    let image = node(
        "prompts/image/ImagePromptTemplate",
        json!({"template": {"url": "{u}", "detail": "low"}, "input_variables": ["u"]}),
    );
    let parts = node(
        "prompts/chat/HumanMessagePromptTemplate",
        json!({"prompt": [template("t"), image], "additional_kwargs": {"k": 1}}),
    );
    let tool = node(
        "schema/messages/ToolMessage",
        json!({"content": "{no}", "type": "tool", "tool_call_id": "1", "status": "success"}),
    );
    let chunk = node(
        "schema/messages/AIMessageChunk",
        json!({"content": "", "type": "AIMessageChunk", "tool_calls": [], "invalid_tool_calls": []}),
    );
    check(
        &chat(json!([parts, tool, chunk])),
        "- prompt:\n    - human:\n        - text: t\n        - image:\n            url: \"{u}\"\n            detail: low\n      additional_kwargs:\n        k: 1\n    - message:\n        type: tool\n        content: \"{no}\"\n        tool_call_id: \"1\"\n        status: success\n    - message:\n        type: ai\n        content: \"\"\n",
    );
}

#[test]
fn what_only_has_a_repr_is_read_from_it() {
    let parser = |class: &str, repr: &str| code(&format!("langchain_core/output_parsers/{class}"), repr);
    check(&parser("json/JsonOutputParser", "JsonOutputParser()"), "- parser: json\n");
    check(
        &parser("json/JsonOutputParser", "JsonOutputParser(diff=True)"),
        "- parser:\n    json:\n      diff: true\n",
    );
    check(
        &parser("xml/XMLOutputParser", "XMLOutputParser(tags=['a', 'b'])"),
        "- parser:\n    xml:\n      tags:\n        - a\n        - b\n",
    );
    check(
        &parser(
            "openai_tools/JsonOutputKeyToolsParser",
            "JsonOutputKeyToolsParser(first_tool_only=True, key_name='f')",
        ),
        "- parser:\n    tool:\n      first: true\n      name: f\n",
    );
    let lambda = |repr: &str| code("langchain_core/runnables/base/RunnableLambda", repr);
    check(&lambda("RunnableLambda(itemgetter('a'))"), "- get: a\n");
    check(&lambda("RunnableLambda(itemgetter('a', 0))"), "- get:\n    - a\n    - 0\n");
    let few = "FewShotPromptTemplate(input_variables=['i'], examples=[{'q': 'x', 'lc': {'lc': 1}}], example_prompt=PromptTemplate(input_variables=['q'], template='Q: {q}'), suffix='{i}')";
    check(
        &code("langchain_core/prompts/few_shot/FewShotPromptTemplate", few),
        "- prompt:\n    few_shot:\n      examples:\n        - q: x\n          lc:\n            lc: 1\n      example:\n        text: \"Q: {q}\"\n      suffix: \"{i}\"\n",
    );
}

#[test]
fn models_take_aliases_and_pass_on_what_they_do_not_know() {
    check(
        &openai(
            json!({"model": "m", "timeout": 9, "max_completion_tokens": "5", "stop_sequences": ["x"], "base_url": null, "own": [1], "model_kwargs": {"user": "u"}}),
        ),
        "- model:\n    openai: m\n    api_key: ${OPENAI_API_KEY}\n    timeouts:\n      connect: 9s\n      first_token: 9s\n      between_tokens: 9s\n    max_tokens: 5\n    stop:\n      - x\n    model_kwargs:\n      user: u\n      own:\n        - 1\n",
    );
    check(&node("chat_models/openai/ChatOpenAI", json!({})), "- model:\n    openai: gpt-3.5-turbo\n");
    let anthropic = json!({"model_name": "m", "max_tokens_to_sample": 10, "timeout": "1.5", "anthropic_api_url": "https://api.anthropic.com", "anthropic_api_key": secret("ANTHROPIC_API_KEY")});
    check(
        &node("chat_models/anthropic/ChatAnthropic", anthropic),
        "- model:\n    anthropic: m\n    api_key: ${ANTHROPIC_API_KEY}\n    max_tokens: 10\n    default_request_timeout: 1.5\n",
    );
}

#[test]
fn azure_has_a_deployment_and_may_have_a_model() {
    let mut options = LangChainOptions::default();
    options.secrets.insert("AZURE_OPENAI_API_KEY".into(), vec!["a.openai.azure.com".into()]);
    let azure = json!({"deployment_name": "d", "model": "m", "azure_endpoint": "https://a.openai.azure.com", "openai_api_version": "v", "openai_api_type": "azure"});
    let chain = read(&node("chat_models/azure_openai/AzureChatOpenAI", azure), &options).unwrap();
    assert_eq!(
        chain.to_yaml(),
        "steps:\n  - model:\n      azure_openai: d\n      azure_endpoint: https://a.openai.azure.com\n      model_name: m\n      api_version: v\n"
    );
}

#[test]
fn azures_deployment_may_stand_in_the_address_alone() {
    let mut options = LangChainOptions::default();
    options.secrets.insert("AZURE_OPENAI_API_KEY".into(), vec!["a.openai.azure.com".into()]);
    let azure = json!({"openai_api_base": "https://a.openai.azure.com/openai/deployments/d", "openai_api_version": "v"});
    let chain = read(&node("chat_models/azure_openai/AzureChatOpenAI", azure), &options).unwrap();
    assert_eq!(
        chain.to_yaml(),
        "steps:\n  - model:\n      azure_openai: \"\"\n      base_url: https://a.openai.azure.com/openai/deployments/d\n      api_version: v\n"
    );
}

#[test]
fn azures_token_goes_where_its_key_goes() {
    let mut options = LangChainOptions::default();
    options.secrets.insert("AZURE_OPENAI_API_KEY".into(), vec!["a.openai.azure.com".into()]);
    let azure = |endpoint: &str| {
        let token = secret("AZURE_OPENAI_AD_TOKEN");
        let kwargs = json!({"deployment_name": "d", "azure_endpoint": endpoint, "azure_ad_token": token});
        read(&node("chat_models/azure_openai/AzureChatOpenAI", kwargs), &options)
    };
    assert!(azure("https://a.openai.azure.com").is_ok() && azure("https://b.openai.azure.com").is_err());
}

#[test]
fn servers_that_are_not_in_the_file_are_a_warning() {
    let model = json!({"model": "m", "mcp_servers": secret("ANTHROPIC_MCP_SERVERS")});
    let chain =
        read(&node("chat_models/anthropic/ChatAnthropic", model), &LangChainOptions::default()).unwrap();
    assert_eq!(chain.to_yaml(), "steps:\n  - model:\n      anthropic: m\n");
    assert_eq!(chain.warnings.mistakes()[0].path, "$.kwargs.mcp_servers");
}

#[test]
fn jinja2_is_served_where_it_is_allowed() {
    let options = LangChainOptions { jinja2: true, ..LangChainOptions::default() };
    let prompt = node(
        "prompts/prompt/PromptTemplate",
        json!({"template": "{{ a.b }}", "template_format": "jinja2", "input_variables": ["a"]}),
    );
    let chain = read(&prompt, &options).unwrap();
    assert_eq!(
        chain.to_yaml(),
        "steps:\n  - prompt:\n      text: \"{{ a.b }}\"\n      format: jinja2\n      variables:\n        - a\n"
    );
}

#[test]
fn a_template_that_always_fails_is_a_warning() {
    let chain = read(&template("{q!z}"), &LangChainOptions::default()).unwrap();
    assert_eq!(chain.warnings.mistakes()[0].path, "$.kwargs.template");
}

#[test]
fn inputs_are_what_the_first_prompts_need() {
    let names = |json: &Value| {
        let inputs = read(json, &LangChainOptions::default()).unwrap().inputs;
        inputs.map(|inputs| inputs.into_iter().map(|input| input.name).collect::<Vec<_>>().join(","))
    };
    let assign = runnable("RunnableAssign", json!({"mapper": {"facts": chat(json!([human("{topic}")]))}}));
    let chain = runnable(
        "RunnableSequence",
        json!({"first": assign, "last": chat(json!([human("{facts} {tone}")]))}),
    );
    assert_eq!(names(&chain).as_deref(), Some("topic,tone"));
    assert_eq!(names(&text_parser()), None);
    assert_eq!(names(&runnable("RunnablePassthrough", json!({}))), None);
}

#[test]
fn an_alternative_prompt_needs_variables_of_its_own() {
    let which = json!(["prompt", "Prompt", null, null, false]);
    let alternatives = json!({"which": which, "default": chat(json!([human("joke about {topic}")])), "alternatives": {"fact": chat(json!([human("fact about {thing}")]))}, "default_key": "joke", "prefix_keys": false});
    let chain = runnable(
        "RunnableSequence",
        json!({"first": runnable("RunnableConfigurableAlternatives", alternatives), "middle": [], "last": text_parser()}),
    );
    let source = windlass_loader::Source::new("chain.json", chain.to_string());
    let file = windlass_loader::load_langchain(&source, "k", &crate::fake::registry()).unwrap();
    let required = |prompt: &str| {
        let configurable = json!({"prompt": prompt}).as_object().unwrap().clone();
        let signature = file.endpoints[0].signature_under(&configurable).unwrap();
        signature.input_schema()["required"].clone()
    };
    assert_eq!((required("joke"), required("fact")), (json!(["topic"]), json!(["thing"])));
    let specs = file.endpoints[0].config_specs().iter().map(|spec| spec.name.clone()).collect::<Vec<_>>();
    assert_eq!(specs, [Some("Prompt".to_string())]);
}
