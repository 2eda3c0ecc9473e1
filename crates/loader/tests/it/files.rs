//! Files that are handed out: examples, the starter, and the schema that editors use.

use crate::{fake::registry, loaded, refused};
use serde_json::{Value, json};
use windlass_loader::{STARTER, schema};

const EXAMPLES: [&str; 3] = [
    include_str!("../../../../examples/ask.yaml"),
    include_str!("../../../../examples/parallel.yaml"),
    include_str!("../../../../examples/json.yaml"),
];

/// The starter with the things to try taken in.
fn grown() -> String {
    let (chains, more) = STARTER.split_once("# Next things to try").unwrap();
    let more: String =
        more.lines().skip(2).map(|line| format!("{}\n", line.strip_prefix('#').unwrap_or(line))).collect();
    let (more, models) = more.split_once(" # Models that").unwrap();
    let models: String =
        models.lines().skip(1).map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line))).collect();
    format!("{chains}{more}{models}")
}

#[test]
fn all_of_them_load() {
    for text in EXAMPLES {
        assert!(loaded(text).warnings.is_empty());
    }
    assert_eq!(loaded(STARTER).endpoints.len(), 1);
    let grown = loaded(&grown());
    let names: Vec<_> = grown.endpoints.iter().map(|endpoint| endpoint.name()).collect();
    assert_eq!(names, ["ask", "sentiment", "report", "chat"]);
}

/// YAML as JSON, by way of a section that takes anything.
pub(crate) fn as_json(yaml: &str) -> Value {
    let mut registry = registry();
    registry.sections = vec![windlass_loader::Section { key: "any".into(), schema: json!({}) }];
    let indented: String = yaml.lines().map(|line| format!("  {line}\n")).collect();
    let file = format!("any:\n{indented}\nchains:\n  k: {{ input: string, model: {{ openai: m }} }}\n");
    let file = windlass_loader::load(&windlass_loader::Source::new("x", file), &registry);
    file.unwrap_or_else(|report| panic!("{report}")).sections["any"].clone()
}

#[test]
fn the_schema_takes_what_loads_and_refuses_slips() {
    let schema = schema(&registry());
    let validator = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).unwrap();
    for text in EXAMPLES.into_iter().chain([STARTER, &grown()]) {
        let value = as_json(text);
        let errors: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {value}");
    }
    let chain = |chain: &str| format!("chains:\n  k: {chain}\n");
    let slips = [
        "chain: {}".to_string(),
        "chains: {}".to_string(),
        chain("{ model: { openai: m } }"),
        chain("{ input: string }"),
        chain("{ input: string, model: { opnai: m } }"),
        chain("{ input: string, model: { openai: m, temprature: 1 } }"),
        chain("{ input: string, model: { openai: m, temperature: hot } }"),
        chain("{ input: string, model: { openai: m, effort: mid } }"),
        chain("{ input: string, model: { openai: m }, promt: x }"),
        chain("{ input: string, model: { openai: m }, parser: yaml }"),
        chain("{ input: string, model: { openai: m }, steps: [passthrough] }"),
        chain("{ input: { q: strin }, model: { openai: m } }"),
        chain("{ input: string, steps: [] }"),
        chain("{ input: string, steps: [{ promt: x }] }"),
        chain("{ input: string, model: { openai: m }, prompt: [{ humn: x }] }"),
        chain("{ input: string, model: { openai: m }, prompt: { messages: [], formt: mustache } }"),
        chain("{ input: string, model: { openai: m }, prompt: { text: x, format: jinja } }"),
        chain("{ input: string, model: { openai: m }, prompt: { few_shot: { examples: [] } } }"),
        chain("{ input: string, model: { openai: m }, prompt: [{ role: critic }] }"),
        chain("{ input: string, model: { openai: m }, semantics: python }"),
        chain("{ langchain: ask.json, model: { openai: m } }"),
        chain("{ langchain: { file: ask.json } }"),
        format!("langchain: {{ jinja: true }}\n{}", chain("{ input: string, model: { openai: m } }")),
        format!("langchain: {{ secrets: {{ A: b }} }}\n{}", chain("{ input: string, model: { openai: m } }")),
    ];
    for slip in slips {
        assert!(!validator.is_valid(&as_json(&slip)), "{slip}");
        refused(&slip);
    }
}

/// Forms of prompts, each as it stands under `prompt:`.
const PROMPTS: [&str; 12] = [
    "{ text: '{q}', partial: { a: 1 } }",
    "{ text: '{{ q }}', format: jinja2, variables: [q] }",
    "{ messages: [{ human: '{{q}} {{a}}' }], format: mustache, partial: { a: 1 }, optional: [h] }",
    "[{ human: { text: '{{q}}', format: mustache } }]",
    "[{ human: [{ text: '{q}' }, plain, { image: { url: '{q}', detail: low } }, { block: { type: x, x: ['{q}'] }, format: f-string }], additional_kwargs: { k: 1 } }]",
    "[{ role: critic, content: '{q}', additional_kwargs: {} }, { user: u }, { assistant: a }, { system: s }]",
    "[{ placeholder: h, optional: true, last: 2 }, { message: { type: ai, content: '{no}' } }]",
    "[{ prompt: { messages: [{ human: '{q}' }], partial: { a: 1 } } }]",
    "[{ few_shot: { examples: [{ a: 1 }], example: [{ human: '{a}' }, { ai: b }] } }, { human: '{q}' }]",
    "{ few_shot: { examples: [{ a: 1 }], example: '{a}', prefix: p, suffix: '{q}', separator: '--', format: f-string } }",
    "{ few_shot: { examples: [], example: { text: '{a}' } }, partial: { a: 1 }, format: mustache }",
    "{ few_shot_with_templates: { examples: [{ a: 1 }], example: '{a}', prefix: { text: p }, suffix: '{q}' } }",
];

/// Forms of steps.
const STEPS: [&str; 11] = [
    "[{ prompt: [] }, { parser: { xml: { tags: [a] } } }]",
    "[{ parser: { json: { diff: true } } }, { parser: { tool: { name: t, first: true } } }]",
    "[passthrough, StrOutputParser]",
    "[{ RunnableAssign: { a: passthrough } }, { itemgetter: q }]",
    "[{ RunnableParallel: { a: [passthrough] } }, { RunnablePick: [a] }]",
    "[{ RouterRunnable: { a: passthrough } }]",
    "[{ RunnableBranch: [{ if: passthrough, then: passthrough }, { else: passthrough }] }]",
    "[{ RunnableBinding: {}, to: passthrough }, { RunnableRetry: passthrough, attempts: 2 }]",
    "[{ RunnableWithFallbacks: passthrough, fallbacks: [passthrough] }]",
    "[{ steps: passthrough }, { RunnableSequence: [passthrough] }, [passthrough, passthrough]]",
    "[{ RunnableConfigurableAlternatives: { b: passthrough }, default: passthrough, by: { id: w } }]",
];

#[test]
fn the_schema_takes_every_form_that_loads() {
    let schema = schema(&registry());
    let validator = jsonschema::options().with_draft(jsonschema::Draft::Draft202012).build(&schema).unwrap();
    let input = "input: { q: string, h: messages }";
    let prompts = PROMPTS
        .map(|prompt| format!("{input}, semantics: langchain, prompt: {prompt}, model: {{ openai: m }}"));
    let steps = STEPS.map(|steps| format!("{input}, semantics: langchain, steps: {steps}"));
    for chain in prompts.into_iter().chain(steps) {
        let text =
            format!("langchain: {{ jinja2: true, secrets: {{ A: [b] }} }}\nchains: {{ k: {{ {chain} }} }}\n");
        loaded(&text);
        let errors: Vec<_> = validator.iter_errors(&as_json(&text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {text}");
    }
    assert!(
        validator
            .is_valid(&as_json("chains: { k: { langchain: ask.json, output: o, semantics: langchain } }"))
    );
}

#[test]
fn a_report_reads_like_the_compilers() {
    let report = refused(
        "chains:\n  ask:\n    input: { question: string }\n    prompt: \"Answer: {qestion}\"\n    model: { openai: gpt-4o }\n",
    );
    let expect = "\
error: nothing provides the variable `qestion`
 --> test.yaml:4:22
  |
4 |     prompt: \"Answer: {qestion}\"
  |                      ^^^^^^^^^
  = help: did you mean `question`?";
    assert_eq!(report.to_string(), expect);
    assert!(report.render(true).contains("\u{1b}[1;31merror\u{1b}[0m"));
    let mistake = serde_json::to_value(&report.mistakes()[0]).unwrap();
    assert_eq!(mistake["path"], "chains.ask.prompt");
    assert_eq!(mistake["severity"], "error");
}

#[test]
fn long_lines_are_cut() {
    let report = refused(&format!("chains: {{ {}: 1 }}\n", "x".repeat(100_000)));
    assert!(report.to_string().len() < 2000);
}

#[test]
fn a_report_lists_a_hundred_mistakes_and_counts_the_others() {
    let keys: String = (0..5000).map(|index| format!("unknown{index}: 1\n")).collect();
    let report = refused(&keys);
    assert_eq!((report.mistakes().len(), report.omitted()), (100, 4901));
    assert!(report.to_string().ends_with("and 4901 more"));
}

/// The prompts that the docs show, each with the inputs it needs.
#[test]
fn the_docs_prompts_load() {
    let docs = include_str!("../../../../docs/chain-file.md");
    let prompts: Vec<_> = docs.split("```yaml\n").filter(|block| block.starts_with("prompt:")).collect();
    assert_eq!(prompts.len(), 3);
    for prompt in prompts {
        let block = prompt.split("```").next().unwrap();
        let lines: String = block.lines().map(|line| format!("    {line}\n")).collect();
        let names = ["tone", "question", "picture", "word"].map(|name| format!("{name}: string")).join(", ");
        let input = format!("input: {{ {names}, history: messages }}");
        let text = format!("chains:\n  k:\n    {input}\n    model: {{ openai: m }}\n{lines}");
        assert_eq!(loaded(&text).endpoints.len(), 1);
        let schema = schema(&registry());
        jsonschema::validate(&schema, &as_json(&text)).unwrap_or_else(|error| panic!("{error} in {text}"));
    }
}
