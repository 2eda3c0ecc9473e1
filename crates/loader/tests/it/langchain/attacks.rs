//! What somebody who writes the JSON can reach: nothing but a refusal.

use super::{chat, code, human, node, openai, read, reasons, runnable, secret, text_parser, yaml};
use proptest::prelude::*;
use serde_json::{Value, json};
use windlass_loader::{LangChainOptions, Source, is_langchain, translate};

#[track_caller]
fn refused(json: &Value, part: &str) {
    let found = reasons(json);
    assert!(found.iter().any(|reason| reason.contains(part)), "{found:?}");
}

#[test]
fn secrets_go_nowhere_but_into_key_fields() {
    let named = |name: &str| json!({"model": "m", "openai_api_key": secret(name)});
    let model = |kwargs: Value| node("chat_models/openai/ChatOpenAI", kwargs);
    refused(&model(named("AWS_SECRET_ACCESS_KEY")), "chains may not use the secret `AWS_SECRET_ACCESS_KEY`");
    refused(&model(named("ANTHROPIC_API_KEY")), "may not be sent to `api.openai.com`");
    for field in ["default_headers", "default_query", "model_kwargs", "extra_body", "metadata", "own"] {
        let kwargs = json!({"model": "m", field: {"x": secret("OPENAI_API_KEY")}});
        refused(&model(kwargs), "the secret `OPENAI_API_KEY` stands where data belongs");
    }
    for field in ["model", "openai_organization", "stop", "openai_api_base", "temperature"] {
        refused(
            &model(json!({ field: secret("OPENAI_API_KEY") })),
            "the secret `OPENAI_API_KEY` stands where",
        );
    }
    let mut prompt = chat(json!([human("{leak}")]));
    prompt["kwargs"]["partial_variables"] = json!({"leak": secret("OPENAI_API_KEY")});
    refused(&prompt, "stands where data belongs");
    refused(
        &runnable(
            "RunnableBinding",
            json!({"bound": text_parser(), "kwargs": {"x": [secret("OPENAI_API_KEY")]}}),
        ),
        "stands where data belongs",
    );
    refused(&secret("OPENAI_API_KEY"), "stands where a step belongs");
    refused(
        &node("prompts/prompt/PromptTemplate", json!({"template": secret("OPENAI_API_KEY")})),
        "stands where",
    );
    refused(
        &model(json!({"openai_api_key": {"lc": 1, "type": "secret", "id": ["A", "B"]}})),
        "an `id` that is none",
    );
}

#[test]
fn variables_of_the_environment_are_not_named_by_text() {
    for kwargs in [
        json!({"model": "${AWS_SECRET}"}),
        json!({"model": "m", "default_headers": {"x": "${AWS_SECRET}"}}),
        json!({"model": "m", "openai_organization": "${AWS_SECRET}"}),
        json!({"model": "m", "own": {"deep": ["${AWS_SECRET}"]}}),
    ] {
        refused(&openai(kwargs), "`${` stands in a value of a model");
    }
}

#[test]
fn a_key_in_clear_is_warned_of_and_not_shown() {
    let chain =
        node("chat_models/openai/ChatOpenAI", json!({"model": "m", "openai_api_key": "sk-very-secret"}));
    let chain = read(&chain, &LangChainOptions::default()).unwrap();
    assert!(!format!("{chain:?} {}", chain.tree()).contains("very-secret"));
    let report = chain.warnings;
    assert_eq!(report.mistakes()[0].message, "a key stands here in clear");
    let elsewhere =
        json!({"model": "m", "openai_api_key": "sk-own", "openai_api_base": "https://evil.example/v1"});
    let elsewhere = read(&node("chat_models/openai/ChatOpenAI", elsewhere), &LangChainOptions::default());
    assert!(elsewhere.unwrap_err().mistakes()[0].message.contains("evil.example"));
    let headers = openai(json!({"model": 1, "default_headers": {"Authorization": "Bearer sk-very-secret"}}));
    let other = read(&headers, &LangChainOptions::default()).unwrap_err();
    for report in [report, other] {
        assert!(!report.render(false).contains("very-secret"), "{report}");
        assert!(!format!("{report:?}").contains("very-secret"));
    }
}

#[test]
fn keys_stay_with_their_hosts() {
    let at = |url: &str| openai(json!({"model": "m", "openai_api_base": url}));
    refused(&at("https://evil.example/v1"), "may not be sent to `evil.example`");
    refused(&at("https://api.openai.com.evil.example/v1"), "may not be sent to");
    refused(&at("https://api.openai.com:8443/v1"), "may not be sent to `api.openai.com:8443`");
    refused(&at("https://api.openai.com@evil.example/v1"), "no address of a service");
    refused(&at("http://api.openai.com/v1"), "may not be sent to `http://api.openai.com`");
    refused(&at("http://169.254.169.254/latest"), "may not be sent to `http://169.254.169.254`");
    refused(&at("http://127.0.0.1:6379"), "may not be sent to `127.0.0.1:6379`");
    refused(&at("file:///etc/passwd"), "no address of a service");
    refused(&at("https://api.anthropic.com"), "may not be sent to `api.anthropic.com`");
    assert!(yaml(&at("https://API.openai.com/v1")).contains("base_url"));
    refused(
        &node("chat_models/openai/ChatOpenAI", json!({"base_url": "https://evil.example"})),
        "may not be sent to",
    );
    refused(
        &node(
            "chat_models/azure_openai/AzureChatOpenAI",
            json!({"deployment_name": "d", "azure_endpoint": "https://evil.example"}),
        ),
        "may not be sent to",
    );
    refused(&openai(json!({"model": "m", "openai_proxy": "http://evil.example"})), "may not choose a proxy");
    refused(&openai(json!({"model": "m", "default_headers": {"HOST": "evil.example"}})), "the header `Host`");
    for field in ["openai_api_base", "openai_api_key", "default_headers"] {
        let chain = runnable(
            "RunnableConfigurableFields",
            json!({"default": openai(json!({"model": "m"})), "fields": {field: ["x"]}}),
        );
        refused(&chain, "cannot be configured by callers");
    }
}

#[test]
fn clear_text_is_allowed_by_name_only() {
    let chain = openai(json!({"model": "m", "openai_api_base": "http://vllm:8000/v1"}));
    let allowed = |host: &str| {
        let mut options = LangChainOptions::default();
        options.secrets.insert("OPENAI_API_KEY".into(), vec![host.into()]);
        read(&chain, &options).is_ok()
    };
    assert!(allowed("http://vllm:8000"));
    assert!(!allowed("vllm:8000"));
}

#[test]
fn data_that_looks_like_nodes_stays_data() {
    let live = secret("OPENAI_API_KEY");
    let in_data =
        |data: &Value| runnable("RunnableBinding", json!({"bound": text_parser(), "kwargs": {"d": data}}));
    let inert = [
        json!({"__lc_escaped__": live}),
        json!({"__lc_escaped__": {"lc": 1, "type": "constructor", "id": ["os", "system"], "kwargs": {}}}),
        json!({"lc": 2, "type": "secret", "id": ["A"]}),
        json!({"lc": "1", "type": "secret", "id": ["A"]}),
        json!({"lc": 1, "type": "other", "id": ["A"]}),
        json!({"lc": 1, "type": "secret", "id": null}),
        json!({"lc": 1}),
    ];
    for data in inert {
        let written = yaml(&in_data(&data));
        assert!(written.contains("lc: ") && !written.contains("__lc_escaped__"), "{written}");
    }
    assert!(
        yaml(&in_data(&json!({"__lc_escaped__": {"__lc_escaped__": {"x": 1}}}))).contains("__lc_escaped__:")
    );
    assert!(yaml(&in_data(&json!({"__lc_escaped__": 1, "x": 2}))).contains("__lc_escaped__: 1"));
    // LangChain compares with `==`, for which these are 1.
    for one in [json!(1), json!(1.0), json!(true)] {
        let mut live = live.clone();
        live["lc"] = one;
        refused(&in_data(&live), "stands where data belongs");
    }
    refused(&json!({"__lc_escaped__": text_parser()}), "a step belongs here");
}

#[test]
fn a_repr_is_never_run() {
    let lambda = |repr: &str| code("langchain_core/runnables/base/RunnableLambda", repr);
    for repr in [
        "RunnableLambda(itemgetter(__import__('os').system('true')))",
        "RunnableLambda(itemgetter('a') or 1)",
        "RunnableLambda(itemgetter(x))",
        "RunnableLambda(itemgetter())",
        "RunnableLambda(attrgetter('a'))",
        "RunnableGenerator(itemgetter('a'))",
    ] {
        refused(&lambda(repr), "is Python code");
    }
    refused(&lambda(&format!("RunnableLambda(itemgetter({}", "[".repeat(1_000_000))), "is Python code");
    refused(
        &code(
            "langchain_core/output_parsers/json/JsonOutputParser",
            "JsonOutputParser(pydantic_object=<class 'a.B'>)",
        ),
        "is Python code",
    );
    refused(
        &code("langchain_core/output_parsers/json/JsonOutputParser", "XMLOutputParser()"),
        "is Python code",
    );
    refused(&code("evil/JsonOutputParser", "JsonOutputParser()"), "is Python code");
    let few = "FewShotPromptTemplate(examples=[], example_prompt=ChatOpenAI(base_url='https://evil.example'), suffix='x')";
    refused(&code("langchain_core/prompts/few_shot/FewShotPromptTemplate", few), "is Python code");
    let long = "x".repeat(1 << 20);
    let step = yaml(&lambda(&format!("RunnableLambda(itemgetter('{long}'))")));
    assert_eq!(step.len(), "- get: \n".len() + long.len());
}

#[test]
fn templates_reach_into_nothing_and_stay_narrow() {
    for template in ["{q.__class__}", "{q[0]}", "{q.a[b].c}", "{x:>999999999}", "{x:{y}}", "{0.__class__}"] {
        assert_eq!(reasons(&chat(json!([human(template)]))).len(), 1, "{template}");
        assert_eq!(reasons(&chat(json!([template]))).len(), 1, "{template}");
        let block = json!({"lc": 1, "type": "constructor", "id": ["langchain_core", "prompts", "dict", "DictPromptTemplate"], "kwargs": {"template": {"a": [{"b": template}]}, "template_format": "f-string"}});
        assert_eq!(reasons(&block).len(), 1, "{template}");
        let image = node("prompts/image/ImagePromptTemplate", json!({"template": {"url": template}}));
        assert_eq!(reasons(&image).len(), 1, "{template}");
    }
}

#[test]
fn size_and_depth_are_bounded() {
    let read =
        |text: String| translate(&Source::new("x.json", text), &LangChainOptions::default()).unwrap_err();
    assert!(read("[".repeat(10_000)).to_string().contains("nested more than"));
    assert!(read(format!("[{}0]", "0,".repeat(1_000_000))).to_string().contains("more than 100000 values"));
    assert!(read(format!("\"{}\"", "x".repeat(9 << 20))).to_string().contains("longer than 8 MiB"));
    let mut deep = text_parser();
    for _ in 0..40 {
        deep = runnable("RunnableEach", json!({ "bound": deep }));
    }
    assert!(yaml(&deep).contains("parser: text"));
    for _ in 0..40 {
        deep = runnable("RunnableEach", json!({ "bound": deep }));
    }
    assert!(reasons(&deep)[0].contains("nested more than 128 deep"));
}

#[test]
fn many_parts_take_no_more_time_than_they_are_many() {
    let steps: serde_json::Map<_, _> =
        (0..10_000).map(|index| (format!("k{index}"), json!({"lc": 0}))).collect();
    let report =
        read(&runnable("RunnableParallel", json!({ "steps__": steps })), &LangChainOptions::default())
            .unwrap_err();
    assert_eq!((report.mistakes().len(), report.omitted()), (100, 9_900));
    let mut kwargs = json!({"model": "m"});
    (0..20_000).for_each(|index| kwargs[format!("k{index}")] = json!(1));
    assert!(yaml(&openai(kwargs)).contains("k19999: 1"));
    let assign = runnable("RunnableAssign", json!({"mapper": {}}));
    let middle: Vec<_> = (0..8_000).map(|_| assign.clone()).collect();
    let chain = runnable("RunnableSequence", json!({"first": assign, "middle": middle, "last": assign}));
    assert!(read(&chain, &LangChainOptions::default()).unwrap().inputs.is_none());
}

#[test]
fn langchain_is_told_from_other_files() {
    let is = |text: &str| is_langchain(&Source::new("x", text));
    assert!(is(&text_parser().to_string()));
    assert!(is("{\"lc\": 9}"));
    assert!(is(&text_parser().to_string().replace(']', "")), "broken, but LangChain's all the same");
    assert!(is(&format!("{{\n  \"lc\": 1, \"kwargs\": {}", "[".repeat(1000))));
    assert!(!is("{\"chains\": {}}"));
    assert!(!is("chains:\n  a: {}\n"));
    assert!(!is(""));
}

fn try_translate(text: &str) {
    for jinja2 in [false, true] {
        let options = LangChainOptions { jinja2, ..LangChainOptions::default() };
        match translate(&Source::new("fuzz.json", text), &options) {
            Ok(chain) => {
                drop(chain.tree());
                drop(chain.to_yaml());
            }
            Err(report) => drop(report.render(true)),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        try_translate(&text);
    }

    #[test]
    fn no_change_of_a_chain_makes_it_panic(changes in proptest::collection::vec((any::<prop::sample::Index>(), 0..12_usize, "\\PC{0,3}|[\\[\\]{}:,\"0-9]{0,3}"), 1..6)) {
        let few = "FewShotChatMessagePromptTemplate(examples=[{'q': 'ü'}], example_prompt=HumanMessagePromptTemplate(prompt=PromptTemplate(template='{q}')))";
        let prompt = chat(json!([human("{q}"), {"role": "user", "content": "x"}, code("langchain_core/prompts/few_shot/FewShotChatMessagePromptTemplate", few)]));
        let fields = json!({"default": openai(json!({"model": "m", "stop": ["a"]})), "fields": {"temperature": ["t", null, null, null, false]}});
        let chain = runnable("RunnableSequence", json!({"first": prompt, "middle": [runnable("RunnableConfigurableFields", fields)], "last": code("langchain_core/runnables/base/RunnableLambda", "RunnableLambda(itemgetter('q'))")}));
        let mut text = chain.to_string();
        for (at, cut, put) in changes {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.floor_char_boundary((start + cut).min(text.len())).max(start);
            text.replace_range(start..end, &put);
        }
        try_translate(&text);
    }
}
