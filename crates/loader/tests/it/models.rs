//! Vendors, parameters, secrets, named models and sections.

use crate::{check, loaded, refused};

#[track_caller]
fn check_model(model: &str, expect: &[&str]) {
    check(&format!("chains:\n  k:\n    input: string\n    model: {model}\n"), expect);
}

#[test]
fn bad_models() {
    check_model("{}", &["4:5 the model names no vendor | write `model: { openai: NAME }`"]);
    check_model("{ temperature: 1 }", &["4:5 the model names no vendor"]);
    check_model("{ opnai: m }", &["4:14 no vendor `opnai` is built in | did you mean `openai`?"]);
    check_model(
        "{ mistral: m, temperature: 1 }",
        &["4:14 no vendor `mistral` is built in | use one of: `openai`, `anthropic`"],
    );
    check_model(
        "{ openai: m, anthropic: m }",
        &["4:25 a model has one vendor, but `anthropic` stands here too | keep `openai` or"],
    );
    check_model("{ openai: 4 }", &["4:22 the model of `openai` must be text, not a number"]);
    check_model(
        "{ openai: m, temprature: 1 }",
        &["4:25 `openai` has no key `temprature` | did you mean `temperature`?"],
    );
    check_model(
        "{ openai: m, temperature: hot, max_tokens: 1.5, effort: mid, stop: 1 }",
        &[
            "4:38 `temperature` must be a number, not text | `temperature`: From 0 (sober) to 2.",
            "4:55 `max_tokens` must be a whole number",
            "4:68 `effort` must be one of \"low\", \"high\"",
            "4:79 `stop` must be text or a list",
        ],
    );
    check_model(
        "{ openai: m, temperature: 3, stop: [a, 1] }",
        &["4:38 `temperature` must be at most 2", "4:51 `stop` must be text, not a number"],
    );
}

#[test]
fn what_the_vendor_says_is_placed() {
    check_model("{ openai: m, base_url: 'ftp://x' }", &["4:35 `ftp://x` is no URL | begin it with https://"]);
    check_model(
        "{ anthropic: m }",
        &["4:14 the variable `ANTHROPIC_API_KEY` is not set | export ANTHROPIC_API_KEY=..."],
    );
    check_model("{ openai: m, api_key: '${NOPE}' }", &["4:34 the variable `NOPE` is not set"]);
    check_model(
        "{ anthropic: m, temperature: hot }",
        &["4:14 the variable `ANTHROPIC_API_KEY` is not set", "4:41 `temperature` must be a number"],
    );
    check(
        "models:\n  a: { anthropic: m }\nchains:\n  x: { input: string, model: a }\n  y: { input: string, model: a }\n  z: { input: string, model: { anthropic: m } }\n",
        &[
            "2:8 the variable `ANTHROPIC_API_KEY` is not set",
            "6:32 the variable `ANTHROPIC_API_KEY` is not set",
        ],
    );
}

#[test]
fn secrets_stand_in_their_places() {
    loaded("chains:\n  k: { input: string, model: { openai: m, api_key: \"${OTHER_KEY}\" } }\n");
    check_model(
        "{ openai: '${MODEL}', base_url: 'http://${HOST}/' }",
        &[
            "4:22 `${MODEL}` stands where no secret belongs | write the value itself",
            "4:44 `${HOST}` stands where no secret belongs | write the value itself; variables of the environment are for secrets only, here: `api_key`, `org_key`",
        ],
    );
    loaded("chains:\n  k: { input: string, model: { openai: m, org_key: \"${OTHER_KEY}\" } }\n");
    check_model("{ openai: m, org_key: sk-very-secret }", &["4:34 a secret stands here in clear"]);
    check_model(
        "{ openai: m, api_key: sk-very-secret }",
        &["4:34 a secret stands here in clear | write `${OPENAI_API_KEY}` and set"],
    );
    check_model(
        "{ openai: m, apikey: sk-very-secret }",
        &["4:25 `openai` has no key `apikey` | did you mean `api_key`?"],
    );
    check(
        "server: { keys: { ci: abc, ok: '${OK}' }, listen: '${PORT}' }\nchains:\n  k: { input: string, model: { openai: m } }\n",
        &[
            "1:23 a secret stands here in clear | write `${NAME}`",
            "1:51 `${PORT}` stands where no secret belongs",
        ],
    );
}

#[test]
fn a_report_hides_secrets() {
    let models = [
        "{ openai: m, api_key: sk-very-secret, x: 1 }",
        "{ openai: m, apikey: sk-very-secret }",
        "{ openai: m, \"api_key\": \"sk-very-secret\", temperature: x }",
        "{ openai: m, api_key: [sk-very-secret] }",
        "{ openai: m, apikey: 'sk very secret', max_tokens: x }",
        "{ openai: m, api_key: |\n      sk-very-secret\n    }",
        "{ openai: m, api_key: sk-very-secret",
        "{ openai: m, headers: { x-api-key: sk-very-secret } }",
    ];
    for model in models {
        let report = refused(&format!("chains:\n  k:\n    input: string\n    model: {model}\n"));
        assert!(!report.to_string().contains("very"), "{report}");
        assert!(!format!("{report:?}").contains("very"), "{report:?}");
    }
}

#[test]
fn named_models() {
    check(
        "models:\n  cheap: { openai: m }\n  again: cheap\n  bad: { openai: m, x: 1 }\nchains:\n  a: { input: string, model: chep }\n  b: { input: string, model: other }\n",
        &[
            "3:10 the model `again` must be a mapping, not text",
            "4:21 `openai` has no key `x` | `openai` has: `temperature`",
            "6:30 no model is named `chep` | did you mean `cheap`?",
            "7:30 no model is named `other` | define it under `models:`, or use one of: `cheap`, `again`, `bad`",
        ],
    );
    check_model(
        "gpt-4o",
        &[
            "4:12 no model is named `gpt-4o` | define it under `models:`, or write the model here: `model: { openai",
        ],
    );
}

#[test]
fn an_unused_model_is_a_warning() {
    let file =
        loaded("models: { idle: { openai: m } }\nchains:\n  k: { input: string, model: { openai: m } }\n");
    let text = file.warnings.to_string();
    assert!(text.starts_with("warning: no chain uses the model `idle`\n --> test.yaml:1:11\n"), "{text}");
}

#[test]
fn sections_are_checked_and_handed_on() {
    let chain = "chains:\n  k: { input: string, model: { openai: m } }\n";
    let file = loaded(&format!("server: {{ listen: \"127.0.0.1:1\", limits: {{ in_flight: 3 }} }}\n{chain}"));
    assert_eq!(file.sections["server"]["limits"]["in_flight"], 3);
    assert_eq!(
        loaded(&format!("server:\n  # nothing yet\n{chain}")).sections["server"],
        serde_json::json!({})
    );
    check(
        &format!("server:\n  lisen: x\n  listen: 80\n  limits: {{ in_flight: 0, inflight: 1 }}\n{chain}"),
        &[
            "2:3 `server` has no key `lisen` | did you mean `listen`?",
            "3:11 `listen` must be text, not a number | `listen`: Address and port.",
            "4:24 `in_flight` must be at least 1",
            "4:27 `limits` has no key `inflight` | did you mean `in_flight`?",
        ],
    );
    let problem = ("/server/listen", "the port is taken".to_string(), "use another".to_string());
    let report = file.refuse([problem]);
    assert_eq!((report.mistakes()[0].line, report.mistakes()[0].column), (1, 11));
    assert_eq!(report.mistakes()[0].path, "server.listen");
}

#[test]
fn a_stand_in_makes_every_model() {
    let mut registry = crate::fake::registry();
    registry.vendors = registry.vendors.stand_in(crate::fake::Echo { id: "openai" });
    let yaml = "chains:\n  k: { input: string, model: { anthropic: m } }\n";
    assert!(windlass_loader::load(&windlass_loader::Source::new("a", yaml), &registry).is_ok());
}
