//! Keys, inputs, prompts and examples of a chain.

use crate::{check, check_chain, loaded};
use serde_json::json;
use windlass_core::{ConfigKey, EventsVersion, LangServeEndpoint, LangServeRoutes};

#[test]
fn the_shortest_chain() {
    let file = loaded(
        "chains:\n  ask:\n    input: { question: string }\n    prompt: \"Q: {question}\"\n    model: { openai: gpt-4o }\n    output: answer\n",
    );
    let endpoint = &file.endpoints[0];
    assert_eq!(endpoint.name(), "ask");
    assert_eq!(endpoint.output_key(), Some("answer"));
    assert_eq!(endpoint.output_schema()["properties"]["answer"], json!({"type": "string"}));
    assert_eq!(endpoint.input_schema()["required"], json!(["question"]));
    assert!(endpoint.accept(json!({"question": "a", "more": 1})).is_err());
    assert_eq!((&*file.models[0].vendor, &*file.models[0].model), ("openai", "gpt-4o"));
    assert!(file.warnings.is_empty());
}

#[test]
fn every_form_of_an_input() {
    let fields = loaded(
        "chains:\n  k:\n    input: { a: { type: string, maxLength: 5 }, b: { type: string, default: x }, n: integer, l: [string], o?: string, h: messages, m: { type: messages, default: [] } }\n    prompt: [{ placeholder: h }, { placeholder: m, optional: true, last: 2 }, { human: \"{a} {b} {n} {l}\" }]\n    model: { openai: m }\n",
    );
    let schema = fields.endpoints[0].input_schema();
    assert_eq!(schema["required"], json!(["a", "n", "l", "h"]));
    assert_eq!(schema["properties"]["l"], json!({"type": "array", "items": {"type": "string"}}));
    assert_eq!(schema["properties"]["m"]["type"], "array");
    let input = json!({"a": "x", "n": 1, "l": [], "h": ["hi", {"role": "ai", "content": "ho"}]});
    assert!(fields.endpoints[0].accept(input).is_ok());
    let bare = loaded("chains:\n  k: { input: string, model: { openai: m } }\n");
    assert!(bare.endpoints[0].accept(json!("hello")).is_ok());
    let messages = loaded("chains:\n  k: { input: messages, model: { openai: m } }\n");
    assert!(messages.endpoints[0].accept(json!(["hello", ["ai", "ho"]])).is_ok());
    assert!(messages.endpoints[0].accept(json!([{"type": "tool", "content": "x"}])).is_err());
    assert!(messages.endpoints[0].accept(json!([{"type": "AIMessageChunk", "content": "x"}])).is_err());
    let full = loaded(
        "chains:\n  k:\n    input: { schema: { type: object, properties: { q: { type: string } }, required: [q] } }\n    prompt: '{q}'\n    model: { openai: m }\n",
    );
    assert!(full.endpoints[0].accept(json!({"q": 1})).is_err());
}

#[test]
fn json_is_yaml() {
    loaded(r#"{"chains": {"k": {"input": {"q": "string"}, "prompt": "{q}", "model": {"openai": "m"}}}}"#);
}

#[test]
fn aliases_work() {
    loaded("chains:\n  a: &a { input: { q: string }, prompt: '{q}', model: { openai: m } }\n  b: *a\n");
}

#[test]
fn unknown_and_missing_keys() {
    check(
        "chain:\n  ask: {}\n",
        &["1:1 a chain file has no key `chain` | did you mean `chains`?", "1:1 the file has no `chains`"],
    );
    check("chains: {}\n", &["1:9 `chains` is empty | write a name"]);
    check("chains:\n", &["1:7 `chains` must be a mapping, not nothing | write a mapping behind the `:`"]);
    check(
        "chains:\n  ask:\n    promt: hello\n    temperature: 1\n    openai: x\n",
        &[
            "2:3 the chain `ask` has no `input` | say what the chain takes: `input: { question: string }`",
            "2:3 the chain `ask` has no `model` | write `model: { openai: NAME }`; the vendors are `openai`, `anthropic`",
            "3:5 a chain has no key `promt` | did you mean `prompt`?",
            "4:5 a chain has no key `temperature` | `temperature` belongs to the model: `model: {",
            "5:13 `openai` of a chain must be a mapping, not text | the name of a model belongs to the model",
        ],
    );
    check_chain(
        "input: { q: string }\nprompt: '{q}'\nmodel: { openai: m }\nsomething: 1",
        &["6:5 a chain has no key `something` | a chain has: `description`, `input`"],
    );
    check_chain("input: string\nprompt: x\nsteps: []", &["4:5 `prompt` stands beside `steps`"]);
}

#[test]
fn wrong_types() {
    check_chain(
        "description: 1\ninput: 5\nprompt: {question}\nmodel: [x]\nparser: yaml\noutput: [a]\nextra_fields: drop\nexamples: x",
        &[
            "3:18 `description` must be text, not a number | put quotes around it: \"1\"",
            "4:12 `input` must be a mapping of fields, not a number",
            "5:13 `prompt` must be text or a list of messages, not a mapping | put quotes around text that begins with `{`",
            "6:12 a model must be a mapping, not a list",
            "7:13 `parser` cannot be `yaml` | write one of: `text`, `json`, `csv`, `numbered_list`, `markdown_list`, `xml`, `tools`, `functions`",
            "8:13 `output` must be text, not a list",
            "9:19 `extra_fields` cannot be `drop` | write one of: `refuse`, `ignore`",
            "10:15 `examples` must be a list, not text",
        ],
    );
    check("chains:\n  a: hello\n", &["2:6 the chain `a` must be a mapping, not text"]);
}

#[test]
fn what_langserves_clients_may_do() {
    let routes = |more: &str| {
        let file = loaded(&format!("chains:\n  k:\n    input: string\n    model: {{ openai: m }}\n{more}"));
        file.endpoints[0].langserve().clone()
    };
    assert_eq!(routes(""), LangServeRoutes::default());
    let some = "    langserve: { config_keys: [tags], events_version: v1, enabled_endpoints: [invoke], stream_log_name_allow_list: [/k] }\n";
    let expect = LangServeRoutes {
        config_keys: vec![ConfigKey::Tags],
        events_version: EventsVersion::V1,
        enabled_endpoints: vec![LangServeEndpoint::Invoke],
        stream_log_name_allow_list: Some(vec!["/k".into()]),
    };
    assert_eq!(routes(some), expect);
}

#[test]
fn what_is_wrong_for_langserves_clients() {
    check_chain(
        "input: string\nmodel: { openai: m }\nlangserve: v1",
        &["5:16 `langserve` must be a mapping, not text"],
    );
    check_chain(
        "input: string\nmodel: { openai: m }\nlangserve:\n  config_key: []\n  config_keys: [tags, run_name]\n  events_version: v3\n  enabled_endpoints: [invoke, playground]\n  stream_log_name_allow_list: x",
        &[
            "6:7 `langserve` has no key `config_key` | did you mean `config_keys`?",
            "7:27 `config_keys` cannot be `run_name`",
            "8:23 `events_version` cannot be `v3`",
            "9:35 `enabled_endpoints` cannot be `playground` | write one of: `invoke`, `batch`, `stream`, `stream_log`, `stream_events`, `input_schema`, `output_schema`, `config_schema`, `config_hashes`",
            "10:35 `stream_log_name_allow_list` must be a list, not text",
        ],
    );
}

#[test]
fn names_that_routes_need() {
    let chain = "{ input: string, model: { openai: m } }";
    check(
        &format!("chains:\n  docs: {chain}\n  \"a b\": {chain}\n"),
        &[
            "2:3 `docs` cannot name a chain: a route of the server has that name | give it another name",
            "3:3 `a b` cannot name a chain: a name is made of letters",
        ],
    );
}

#[test]
fn bad_inputs() {
    let with = |input: &str| format!("input: {input}\nmodel: {{ openai: m }}\nprompt: hello");
    let checks: [(&str, &[&str]); 13] = [
        ("{ q: strin }", &["3:17 the field `q` cannot be of type `strin` | did you mean `string`?"]),
        (
            "{ q: str, n: list }",
            &[
                "3:17 the field `q` cannot be of type `str` | write `string`",
                "3:25 the field `n` cannot be of type `list` | write `[string]`",
            ],
        ),
        ("{ q: }", &["3:15 the field `q` must be a type such as `string`, not nothing"]),
        ("{ q: [string, integer] }", &["3:17 the field `q` must have one type of items | write `[string]`"]),
        (
            "{ q: { maxlength: 5, type: string } }",
            &["3:19 the field `q` has no key `maxlength` | did you mean `maxLength`?"],
        ),
        ("{ q: { maxLength: 5 } }", &["3:17 the field `q` has no `type` | write `type: string`"]),
        ("{ q: { type: strin } }", &["3:25 this is not a JSON Schema: value is not valid"]),
        ("{ q: { type: string, maxLength: x } }", &["3:44 this is not a JSON Schema"]),
        ("{ q: { type: string, pattern: '(' } }", &["3:33 this JSON Schema cannot be used"]),
        (
            "{ q: { type: integer, default: x } }",
            &["3:43 the default of the field `q` does not fit its type"],
        ),
        ("{ q: string, q?: string }", &["3:25 the field `q` is here twice"]),
        ("{ schema: { type: object, properties: { q: 1 } } }", &["3:55 this is not a JSON Schema"]),
        ("{}", &["3:12 `input` has no fields | write a field"]),
    ];
    for (input, expect) in checks {
        check_chain(&with(input), expect);
    }
    check_chain(
        &with("{ schema: { $ref: 'http://127.0.0.1:1/x' } }"),
        &["3:22 `$ref` leads out of this schema | refer to a part of it: `#/$defs/NAME`"],
    );
}

#[test]
fn bad_examples() {
    check_chain(
        "input: { q: string }\nprompt: '{q}'\nmodel: { openai: m }\nexamples:\n  - q: 1\n  - { q: a, p: b }\n  - {}\n  - { q: fine }\n  - text",
        &[
            "7:12 the example is not a valid input: `q`: Input should be a valid string | change the example",
            "8:17 the example is not a valid input: `p`: Extra inputs are not permitted",
            "9:9 the example is not a valid input: `q`: Field required",
            "11:9 the example is not a valid input: Input should be a valid dictionary",
        ],
    );
}

#[test]
fn bad_prompts() {
    let with = |prompt: &str| format!("input: {{ q: string }}\nmodel: {{ openai: m }}\nprompt: {prompt}");
    let checks: [(&str, &[&str]); 13] = [
        ("[]", &["5:13 the prompt is empty"]),
        ("[hello]", &["5:14 a message of a prompt is a mapping, not text | write who says it"]),
        ("[{ humn: x }]", &["5:16 a message of a prompt has no key `humn` | did you mean `human`?"]),
        (
            "[{ human: x, ai: y }]",
            &["5:14 a message has one role and its text | begin each message with `-`"],
        ),
        ("[{ human: 5 }]", &["5:23 the text of a prompt must be text, not a number"]),
        (
            "[{ placeholder: q }]",
            &["5:29 the placeholder needs a list of messages, but `q` is none | declare it as `q: messages`"],
        ),
        ("[{ placeholder: h }]", &["5:29 nothing provides the variable `h`"]),
        (
            "[{ placeholder: q, optional: yes, last: 0, x: 1 }]",
            &[
                "5:29 the placeholder needs a list",
                "5:42 `optional` must be true or false, not text",
                "5:53 `last` must be a whole number from 1",
                "5:56 a placeholder has no key `x`",
            ],
        ),
        ("'say {q.name} now'", &["5:18 `{q.name}` reaches into a value; attributes"]),
        ("\"\\t{q:>99999}\"", &["5:16 `{q:>99999}` asks for a width or precision beyond 10000"]),
        ("'{q!r:>5}{stop}'", &["5:22 a variable of a prompt cannot be called `stop`"]),
        ("|\n  Answer:\n    {q} and }\n", &["7:17 a `}` without a `{` before it | write `}}`"]),
        (">-\n  Answer: {q\n", &["6:15 a `{` that is never closed | write `{{`"]),
    ];
    for (prompt, expect) in checks {
        check_chain(&with(prompt), expect);
    }
}

/// What a future gives that has nothing to wait for.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(output) => output,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn a_loaded_chain_runs() {
    let yaml = "models: { cheap: { openai: m } }
chains:
  long:
    input: { text: string, tone: { type: string, default: dry }, history: { type: messages, default: [] } }
    steps:
      - assign: { summary: { prompt: 'Sum {text}', model: cheap } }
      - prompt:
          - system: 'Be {tone}.'
          - placeholder: history
          - human: '{{{summary}}}'
        model: cheap
        parser: text
    output: result
";
    let endpoint = &loaded(yaml).endpoints[0];
    let input = endpoint.accept(json!({"text": "a", "history": ["hi"]})).unwrap();
    let output = now(endpoint.chain().chain().invoke(input)).unwrap();
    assert_eq!(endpoint.present(output), json!({"result": "Be dry./hi/{Sum a}"}));
}

#[test]
fn the_longest_example_of_the_documentation_loads() {
    let yaml = r#"
chains:
  chatty:
    input: { topic: { type: string, description: What about., maxLength: 500 }, tone: { type: string, default: dry }, count: integer, tags: [string], style?: string , history: messages }
    prompt:
      - system: "You are {tone}."
      - placeholder: history
      - human: "Tell me about {topic}."
      - ai: "..."
    model: { openai: m }
    examples: [{ topic: What is Python?, count: 1, tags: [], history: [] }]
"#;
    loaded(yaml);
}
