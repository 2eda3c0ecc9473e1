//! Variables that nothing provides, and steps that do not fit each other.

use crate::{check_chain, loaded};

#[test]
fn a_variable_that_nothing_provides() {
    let checks: [(&str, &str, &str); 7] = [
        (
            "{ question: string }",
            "'{qestion}'",
            "5:14 nothing provides the variable `qestion` | did you mean `question`?",
        ),
        (
            "{ question: string, n: integer }",
            "'about {topic}'",
            "5:20 nothing provides the variable `topic` | declare it: `input: { topic: string }`; or use `n`, `question`",
        ),
        (
            "{ question: string, style?: string }",
            "'{question} {style}'",
            "5:25 nothing provides the variable `style` | the field `style` is optional: give it a default, `style: {",
        ),
        (
            "{ question: string }",
            "'$x ${HOME}'",
            "5:18 nothing provides the variable `HOME` | a prompt does not read the environment",
        ),
        (
            "{ question: string }",
            "[{ system: hi }, { human: \"ä {x}\" }]",
            "5:42 nothing provides the variable `x`",
        ),
        (
            "{ question: string }",
            "|\n  one\n\n  two {question}\n  {x}",
            "9:7 nothing provides the variable `x`",
        ),
        ("{ question: string }", "'{x} {x}'", "5:14 nothing provides the variable `x`"),
    ];
    for (input, prompt, expect) in checks {
        check_chain(&format!("input: {input}\nmodel: {{ openai: m }}\nprompt: {prompt}"), &[expect]);
    }
}

#[test]
fn steps_that_do_not_fit() {
    let checks: [(&str, &[&str]); 8] = [
        (
            "input: string\nprompt: hi\nmodel: { openai: m }",
            &["4:5 `prompt` takes an object, but the input is text | give the input a field"],
        ),
        (
            "input: { q: string }\nmodel: { openai: m }",
            &[
                "4:5 `model` takes text or a list or a message or a prompt, but the input is an object | put a prompt before the model",
            ],
        ),
        (
            "input: { q: string }\nsteps:\n  - prompt: '{q}'\n  - parser: json",
            &["6:9 `parser` takes text or a message, but the step before gives a prompt"],
        ),
        (
            "input: { q: string }\nsteps:\n  - prompt: '{q}'\n  - model: { openai: m }\n  - StrOutputParser\n  - prompt: '{q}'",
            &[
                "8:9 `prompt` takes an object, but the step before gives text | give it a name before: `- parallel: { text: passthrough }`",
            ],
        ),
        (
            "input: { q: string }\nsteps:\n  - parallel: { a: passthrough }\n  - prompt: '{a} {q}'",
            &["6:22 nothing provides the variable `q` | provide it before"],
        ),
        (
            "input: { q: string }\nsteps:\n  - assign: { a: { prompt: '{q}', model: { openai: m } } }\n  - prompt: '{a} {q} {b}'",
            &["6:26 nothing provides the variable `b` | provide it before"],
        ),
        (
            "input: string\nsteps:\n  - assign: { a: passthrough }",
            &["5:9 `assign` takes an object, but the input is text"],
        ),
        (
            "input: { q: string }\nsteps:\n  - assign:\n      a: { prompt: '{x}', model: { openai: m } }\n      b:\n        - prompt: '{q}'\n        - parser: text",
            &[
                "6:25 nothing provides the variable `x`",
                "9:15 `parser` takes text or a message, but the step before gives a prompt",
            ],
        ),
    ];
    for (chain, expect) in checks {
        check_chain(chain, expect);
    }
}

#[test]
fn steps_that_are_none() {
    let checks: [(&str, &[&str]); 5] = [
        ("input: { q: string }\nsteps: []", &["4:12 `steps` is empty | write a step"]),
        (
            "input: { q: string }\nsteps:\n  - parallel: {}\n  - passthru\n  - '{q}'\n  - 5\n  - {}\n  - promt: x",
            &[
                "5:19 `parallel` is empty",
                "6:9 no step is called `passthru` | did you mean `passthrough`?",
                "7:9 no step is called `{q}` | text in a step is a prompt",
                "8:9 a step is a mapping, not a number",
                "9:9 the step is empty",
                "10:9 a step has no key `promt` | did you mean `prompt`?",
            ],
        ),
        (
            "input: { q: string }\nsteps:\n  - assign: { a: passthrough }\n    prompt: '{a}'",
            &["6:9 `assign` and `prompt` are steps of their own | begin each with a `-`"],
        ),
        (
            "input: { q: string }\nsteps:\n  - assign: { h: passthrough }\n  - prompt: [{ placeholder: q }, { placeholder: h }]",
            &["6:33 the placeholder needs a list of messages, but `q` is none"],
        ),
        ("input: { q: string }\nsteps: { prompt: x }", &["4:12 `steps` must be a list, not a mapping"]),
    ];
    for (chain, expect) in checks {
        check_chain(chain, expect);
    }
}

#[test]
fn one_mistake_does_not_hide_or_make_others() {
    check_chain(
        "input: { q: strin }\nprompt: '{q.x}'\nmodel: { opena: m }\nparser: jsn",
        &[
            "3:17 the field `q` cannot be of type `strin`",
            "4:14 `{q.x}` reaches into a value",
            "5:14 no vendor `opena` is built in",
            "6:13 `parser` cannot be `jsn` | did you mean `json`?",
        ],
    );
}

#[test]
fn longer_chains() {
    let file = loaded(
        "models: { cheap: { openai: m } }\nchains:\n  long:\n    input: { text: string }\n    steps:\n      - assign: { summary: { prompt: 'Sum {text}', model: cheap } }\n      - RunnableParallel: { title: { prompt: '{summary}', model: cheap }, all: RunnablePassthrough }\n      - prompt: '{title} {all}'\n      - model: cheap\n      - JsonOutputParser\n    output: result\n",
    );
    assert_eq!(file.endpoints[0].output_schema()["required"], serde_json::json!(["result"]));
}
