//! Files of somebody who wants more than a chain: each is refused with a reason, or does nothing, in little memory.

use super::{asking, chat, code, folder_of, node, openai, secret, sequence, template};
use crate::{
    folder_with,
    program::{Ended, WINDLASS, Windlass, run_to_end},
    vendor::{KEY, Vendor},
};
use serde_json::json;
use std::process::Command;

/// The most address space that reading a file may take, in KiB.
const SPACE: usize = 100 << 10;
/// A secret of the environment that no chain may have.
const OTHER: &str = "aws-0123456789";

/// `windlass check` of a file, in bounded memory.
#[track_caller]
fn check(file: &str) -> Ended {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -v {SPACE}; exec \"$0\" check \"$1\""), WINDLASS, file]);
    command.env_clear().envs([("OPENAI_API_KEY", KEY), ("AWS_SECRET", OTHER)]);
    let ended = run_to_end(command, "");
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    for secret in [KEY, OTHER] {
        assert!(!ended.out.contains(secret) && !ended.err.contains(secret), "a secret is shown");
    }
    ended
}

/// A text is refused, and this is said of it.
#[track_caller]
fn refused(text: &str, reason: &str) {
    let (_folder, file) = folder_with("chain.json", text);
    let ended = check(&file);
    let shown: String = ended.err.chars().take(2000).collect();
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{shown}");
    assert!(ended.err.contains(reason), "no `{reason}` in {shown}");
    assert!(ended.err.contains("= help: ") && ended.err.contains("chain.json:"), "{shown}");
}

#[test]
fn secrets_go_nowhere_else() {
    let key = || secret("OPENAI_API_KEY");
    refused(&asking(json!({"model": "m", "api_key": secret("AWS_SECRET")})).to_string(), "`AWS_SECRET`");
    for kwargs in [
        json!({"model": key()}),
        json!({"model": "m", "default_headers": {"x": key()}}),
        json!({"model": "m", "model_kwargs": {"user": key()}}),
        json!({"model": "m", "openai_api_base": key()}),
        json!({"model": "m", "metadata": {"a": [key()]}}),
    ] {
        refused(&asking(kwargs).to_string(), "the secret `OPENAI_API_KEY` stands where");
    }
    let mut prompt = chat("{leak}", "f-string");
    prompt["kwargs"]["partial_variables"] = json!({"leak": key()});
    refused(&sequence(prompt, openai(json!({"model": "m"}))).to_string(), "stands where");
    refused(&asking(json!({"model": "${AWS_SECRET}"})).to_string(), "`${` stands in a value of a model");
    refused(&key().to_string(), "stands where a step belongs");
}

#[test]
fn keys_stay_with_their_hosts() {
    for (url, reason) in [
        ("https://evil.example/v1", "may not be sent to `evil.example`"),
        ("https://api.openai.com.evil.example/v1", "may not be sent to `api.openai.com.evil.example`"),
        ("https://api.openai.com@evil.example/v1", "no address of a service"),
        ("http://169.254.169.254/latest", "may not be sent to `http://169.254.169.254`"),
        ("file:///etc/passwd", "no address of a service"),
    ] {
        for key in ["openai_api_base", "base_url"] {
            refused(&asking(json!({"model": "m", key: url})).to_string(), reason);
        }
    }
    refused(&asking(json!({"model": "m", "openai_proxy": "http://evil.example"})).to_string(), "proxy");
    refused(
        &asking(json!({"model": "m", "default_headers": {"Host": "evil.example"}})).to_string(),
        "`Host`",
    );
}

#[test]
fn size_and_depth_are_bounded() {
    let each = r#"{"lc":1,"type":"constructor","id":["langchain","schema","runnable","RunnableEach"],"kwargs":{"bound":"#;
    refused(&format!("{}1{}", each.repeat(10_000), "}}".repeat(10_000)), "nested more than 128 deep");
    refused(&each.repeat(10_000), "nested more than 128 deep");
    refused(&format!(r#"{{"lc":1,"x":{}1{}}}"#, "[".repeat(10_000), "]".repeat(10_000)), "nested more than");
    refused(&format!(r#"{{"lc":1,"x":[0{}]}}"#, ",0".repeat(1_000_000)), "more than 100000 values");
    let steps = vec![node("schema/output_parser/StrOutputParser", json!({})); 40_000];
    refused(&json!({"lc": 1, "type": "constructor", "kwargs": steps}).to_string(), "more than 100000 values");
    let unknown: Vec<_> = (0..30_000).map(|_| json!({"lc": 0})).collect();
    let many = node("schema/runnable/RunnableSequence", json!({"first": 1, "middle": unknown, "last": 1}));
    refused(&many.to_string(), "a step belongs here");
    let middle = vec![node("schema/output_parser/StrOutputParser", json!({})); 5_000];
    let (first, last) = (chat("{q}", "f-string"), openai(json!({"model": "m"})));
    let long = json!({"first": first, "middle": middle, "last": last});
    refused(&node("schema/runnable/RunnableSequence", long).to_string(), "500 steps");
    refused(&format!(r#"{{"lc":1,"x":"{}"#, "7".repeat(4 << 20)), "a text is never closed");
    let (_folder, file) = folder_with("chain.json", &format!("{{\"lc\": \"{}\"}}", "x".repeat(9 << 20)));
    let ended = check(&file);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("at most 8388608"), "{}", ended.err);
}

#[test]
fn templates_reach_into_nothing() {
    for text in ["{q.__class__}", "{q[0]}", "{q.a[b].c}", "{x:>999999999}", "{x:{y}}", "{0.__class__}"] {
        let block = json!({"template": {"a": [{"b": text}]}, "template_format": "f-string"});
        let mut block = node("", block);
        block["id"] = json!(["langchain_core", "prompts", "dict", "DictPromptTemplate"]);
        let examples = json!({"examples": [], "example_prompt": template("{a}", "f-string"), "suffix": template(text, "f-string")});
        for prompt in [
            template(text, "f-string"),
            chat(text, "f-string"),
            node("prompts/image/ImagePromptTemplate", json!({"template": {"url": text}})),
            node("prompts/few_shot_with_templates/FewShotPromptWithTemplates", examples),
            block,
        ] {
            refused(&prompt.to_string(), "= help: ");
        }
    }
    refused(&chat("{{ q.__class__ }}", "jinja2").to_string(), "jinja2");
}

#[test]
fn a_repr_is_read_and_never_run() {
    let lambda = "langchain_core/runnables/base/RunnableLambda";
    for repr in [
        "RunnableLambda(itemgetter(__import__('os').system('touch pwned')))",
        "RunnableLambda(itemgetter('a') or 1)",
        "RunnableLambda(lambda x: x)",
        "RunnableLambda(attrgetter('__class__'))",
    ] {
        refused(&code(lambda, repr).to_string(), "is Python code");
    }
    let deep = format!("RunnableLambda(itemgetter({}", "[".repeat(1_000_000));
    refused(&code(lambda, &deep).to_string(), "is Python code");
}

/// The most memory that a process had, in KiB.
fn peak(server: &Windlass) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}

/// What looks like a node in data that callers or examples bring, in the spelling of every version.
#[test]
fn what_looks_like_a_node_in_data_stays_data() {
    let mut examples = Vec::new();
    for live in
        [secret("OPENAI_API_KEY"), secret("AWS_SECRET"), openai(json!({"base_url": "http://evil.example"}))]
    {
        examples.push(json!({"__lc_escaped__": live.clone()}));
        examples.push(json!({"__lc_escaped__": {"__lc_escaped__": live}}));
    }
    examples.push(json!({"lc": 2, "type": "secret", "id": ["OPENAI_API_KEY"]}));
    examples.push(json!({"lc": 1, "type": "other", "id": ["OPENAI_API_KEY"]}));
    let mut prompt = chat("{q}{data}", "f-string");
    prompt["kwargs"]["partial_variables"] = json!({ "data": examples });
    let (_folder, file) = folder_of("chain.json", &sequence(prompt, openai(json!({"model": "m"}))));
    let vendor = Vendor::start();
    let variables = [("OPENAI_API_KEY", KEY), ("AWS_SECRET", OTHER), ("OPENAI_BASE_URL", &vendor.url())];
    let server = Windlass::serve(&[&file], &variables);
    let caller = json!([secret("OPENAI_API_KEY"), {"__lc_escaped__": secret("AWS_SECRET")}, "{q.__class__}", "{{ 7*7 }}"]);
    let mut client = server.client();
    client.post("/invoke", &json!({ "q": caller }).to_string());
    let exchange = vendor.next();
    let text = exchange.json()["messages"][0]["content"].as_str().unwrap().to_string();
    assert!(!text.contains(KEY) && !text.contains(OTHER), "{text}");
    for part in [
        "{'lc': 1, 'type': 'secret', 'id': ['OPENAI_API_KEY']}",
        "{q.__class__}",
        "{{ 7*7 }}",
        "evil.example",
    ] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    exchange.complete("!");
    assert_eq!(client.answer().status, 200);
    assert!(peak(&server) < 100 << 10, "{} KiB", peak(&server));
}

/// Templates that callers fill cannot be made wide by what they send.
#[test]
fn a_served_chain_stays_small() {
    let prompt = chat("{x:>10000}{y!r:^9999}", "f-string");
    let (_folder, file) = folder_of("chain.json", &prompt);
    let server = Windlass::serve(&["--demo", &file], &[]);
    for _ in 0..20 {
        let wide = "x".repeat(900_000);
        let answer = server.post("/invoke", &json!({"x": wide, "y": {"lc": 1}}).to_string());
        assert_eq!(answer.status, 200);
    }
    let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = server.post("/invoke", &format!(r#"{{"x":{nested},"y":1}}"#));
    assert!([200, 422].contains(&answer.status), "{}", answer.status);
    assert!(peak(&server) < 100 << 10, "{} KiB", peak(&server));
}

/// Formats that look into values when they are filled see keys and items, and no Python.
#[test]
fn templates_that_are_filled_reach_into_nothing() {
    for (format, text) in [
        ("mustache", "{{q.__class__}}{{q.__class__.__init__.__globals__}}{{#q}}{{__class__}}{{/q}}"),
        ("jinja2", "{{ q.__class__.__mro__ }}"),
        ("jinja2", "{{ q|attr('__class__') }}"),
        ("jinja2", "{{ q['__class__'] }}{{ self.__init__ }}{{ cycler.__init__.__globals__ }}"),
        ("jinja2", "{% for a in range(99999) %}{% for b in range(99999) %}xxxxxxxx{% endfor %}{% endfor %}"),
        ("jinja2", "{{ 'x' * 999999999 }}"),
        ("jinja2", "{% include '/etc/passwd' %}"),
    ] {
        let (_folder, file) = folder_of("chain.json", &chat(text, format));
        let server = Windlass::serve(&["--demo", "--langchain-jinja2", &file], &[("AWS_SECRET", OTHER)]);
        for value in [json!("text"), json!(["a"]), json!({"a": 1})] {
            let answer = server.post("/invoke", &json!({ "q": value }).to_string());
            let shown: String = answer.text.chars().take(500).collect();
            assert!(answer.status >= 400 || answer.text.len() < 1000, "{text}: {shown}");
            assert!(!shown.contains("<class") && !shown.contains("root:"), "{text}: {shown}");
        }
        assert_eq!(server.get("/health").status, 200, "{text}");
        assert!(peak(&server) < 100 << 10, "{text}: {} KiB", peak(&server));
    }
}
