//! Side by side with Python: tables of what it and LangChain give, made by `fixtures/python/make.py`.

use serde::Deserialize;
use serde_json::Value;
use windlass_core::{
    Chunk, Error, Message, Number, PromptValue, Template, TemplateFormat, Val, Vars, messages_schema,
    python::{self, PythonError},
};

/// What Python gave or raised.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Outcome<T> {
    Ok { ok: T },
    Raised { class: String, text: String },
}

fn table<T: for<'a> Deserialize<'a>>(name: &str) -> Vec<T> {
    fixture(name)
}

fn fixture<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    let path = format!("{}/tests/fixtures/python/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// What JSON cannot hold stands in the tables as an object of one key.
fn val(json: Value) -> Val {
    let one = |key: &str| json.as_object().filter(|map| map.len() == 1)?.get(key)?.as_str();
    match (one("float"), one("int")) {
        (Some("nan"), _) => Val::from(f64::NAN),
        (Some("inf"), _) => Val::from(f64::INFINITY),
        (Some(_), _) => Val::from(f64::NEG_INFINITY),
        (_, Some(digits)) => Val::Number(Number::parse(digits).unwrap()),
        _ => Val::from(json),
    }
}

/// Exceptions whose words are those of a parser.
const SYNTAX: [&str; 2] = ["JSONDecodeError", "TemplateSyntaxError"];

/// Gathers what differs, so that one run shows it all.
#[derive(Default)]
struct Differences {
    found: Vec<String>,
    /// What differs, and may: by design, or because nobody would want it as Python has it.
    known: &'static [&'static str],
    met: Vec<&'static str>,
}

impl Differences {
    fn compare(&mut self, what: &str, found: &Result<String, PythonError>, expect: &Outcome<String>) {
        let same = match (found, expect) {
            (Ok(found), Outcome::Ok { ok }) => found == ok,
            // What pydantic and parsers of JSON say is not worth imitating beyond the first line.
            (Err(found), Outcome::Raised { class, text }) if class == "ValidationError" => {
                found.class == class && Some(found.text.as_str()) == text.lines().next()
            }
            (Err(found), Outcome::Raised { class, .. }) if SYNTAX.contains(&class.as_str()) => {
                found.class == class
            }
            (Err(found), Outcome::Raised { class, text }) => found.class == class && found.text == *text,
            _ => false,
        };
        if !same && let Some(known) = self.known.iter().find(|known| what == **known) {
            self.met.push(known);
        } else if !same {
            let text = found.as_ref().map_err(|error| (error.class, &error.text));
            self.found.push(format!("{what}\n   found {text:?}\n  expect {expect:?}"));
        }
    }

    #[track_caller]
    fn none(self) {
        assert!(self.found.is_empty(), "{} differences:\n{}", self.found.len(), self.found.join("\n"));
        let gone: Vec<_> = self.known.iter().filter(|known| !self.met.contains(known)).collect();
        assert!(gone.is_empty(), "these do not differ: {gone:#?}");
    }
}

fn exception(error: Error) -> PythonError {
    match error {
        Error::Prompt(error) => error.python_error(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_print_as_in_python() {
    let mut differences = Differences::default();
    for (json, str, repr, ascii) in table::<(Value, String, String, String)>("repr") {
        let val = val(json);
        for (found, expect) in
            [(python::str(&val), str), (python::repr(&val), repr), (python::ascii(&val), ascii)]
        {
            differences.compare(&format!("{val:?}"), &Ok(found), &Outcome::Ok { ok: expect });
        }
    }
    differences.none();
}

#[test]
fn messages_print_as_in_python() {
    for (json, str, repr, class) in table::<(Value, String, String, String)>("shown") {
        let message = Val::from(serde_json::from_value::<Message>(json).unwrap());
        assert_eq!(
            (python::str(&message), python::repr(&message), python::class_of(&message)),
            (str, repr, class)
        );
    }
    let prompt = PromptValue::Messages(vec![Message::human("x")]).into_val();
    let shown = "messages=[HumanMessage(content='x', additional_kwargs={}, response_metadata={})]";
    assert_eq!(python::str(&prompt), shown);
    assert_eq!(python::repr(&prompt), format!("ChatPromptValue({shown})"));
    assert_eq!(python::str(&PromptValue::Text("a'b".into()).into_val()), "text=\"a'b\"");
    let call = serde_json::json!({"type": "ai", "content": "x", "tool_calls": [{"name": "f", "args": {}, "id": "1"}]});
    let call = PromptValue::Messages(vec![serde_json::from_value(call).unwrap()]);
    assert_eq!(call.to_text(), "AI: x[{'name': 'f', 'args': {}, 'id': '1', 'type': 'tool_call'}]");
}

#[test]
fn values_are_formatted_as_in_python() {
    let mut differences = Differences::default();
    for (json, spec, expect) in table::<(Value, String, Outcome<String>)>("format") {
        let val = val(json);
        differences.compare(&format!("{val:?} {spec:?}"), &python::format(&val, &spec), &expect);
    }
    differences.none();
}

type TemplateRow = (String, Outcome<Vec<String>>, Outcome<String>);

/// Parses and renders; where Python refuses the template, only the refusal counts.
fn compare(name: &str, format: TemplateFormat, differences: &mut Differences) {
    let vars = Vars::from_val(Val::from(fixture::<Value>("vars")[name].clone())).unwrap();
    for (source, names, rendered) in table::<TemplateRow>(name) {
        let names = match names {
            Outcome::Ok { ok } if ok.iter().any(String::is_empty) => continue,
            Outcome::Ok { ok } => Outcome::Ok { ok: ok.join(" ") },
            Outcome::Raised { class, text } => Outcome::Raised { class, text },
        };
        let parsed = Template::parse_as(&source, format);
        let found = parsed
            .as_ref()
            .map(|parsed| parsed.variables().join(" "))
            .map_err(|error| error.exception.clone());
        differences.compare(&format!("variables of {source:?}"), &found, &names);
        if let Ok(template) = parsed {
            differences.compare(&source, &template.render(&vars).map_err(exception), &rendered);
        }
    }
}

#[test]
fn f_strings_are_read_and_rendered_as_in_python() {
    let mut differences = Differences::default();
    compare("fstring", TemplateFormat::FString, &mut differences);
    differences.none();
}

#[test]
fn mustache_templates_are_read_and_rendered_as_in_python() {
    let mut differences = Differences::default();
    compare("mustache", TemplateFormat::Mustache, &mut differences);
    differences.none();
}

/// Where minijinja differs: words of errors, the classes that Python shows, methods that change a value, and filters
/// that nobody brought over yet.
const UNLIKE_JINJA2: [&str; 16] = [
    "{{ d.items() }}",
    "{{ range(3) }}",
    "{{ lines | truncate(3) }}",
    "variables of \"{{ l[1:] }} {{ l[:2] }} {{ q[1:3] }} {{ q[::-1] }}\"",
    "variables of \"{{ q | nosuch }}\"",
    "variables of \"{{ q is nosuch }}\"",
    "{{ n + q }}",
    "{{ q + n }}",
    "{{ q | wordwrap(3) }}",
    "{{ l | random in l }}",
    "{{ q | center(9) }}|",
    "{{ '{0.__class__}'.format(n) }}|",
    "{{ q.partition(',') }}",
    "{{ l.append(4) }}",
    "{{ d.update({'z': 1}) }}",
    "{{ n.bit_length() }} {{ f.is_integer() }}",
];

#[test]
fn jinja2_templates_are_rendered_as_in_python() {
    let mut differences = Differences { known: &UNLIKE_JINJA2, ..Differences::default() };
    compare("jinja2", TemplateFormat::Jinja2, &mut differences);
    differences.none();
}

/// There are no messages that remove others, and no `example` messages. Messages that clients dumped are read, though
/// Python reads them only where a type says so.
const UNLIKE_MESSAGES: [&str; 6] = [
    r#"["remove","x"]"#,
    r#"{"type":"remove","content":"","id":"3"}"#,
    r#"{"type":"chat","content":"x","role":"r"}"#,
    r#"{"type":"AIMessageChunk","content":"x"}"#,
    r#"{"role":"user","content":"x","example":true}"#,
    r#"{"role":"assistant","content":"x","tool_calls":"no"}"#,
];

#[derive(Debug, Deserialize)]
struct Read {
    class: String,
    str: String,
}

#[test]
fn messages_are_read_as_in_python() {
    let validator = jsonschema::draft202012::new(&messages_schema()).unwrap();
    let mut differences = Differences { known: &UNLIKE_MESSAGES, ..Differences::default() };
    for (json, expect) in table::<(Value, Outcome<Read>)>("message") {
        let expect = match expect {
            Outcome::Ok { ok } => Outcome::Ok { ok: format!("{} {}", ok.class, ok.str) },
            Outcome::Raised { class, text } => Outcome::Raised { class, text },
        };
        let read = PromptValue::from_val(Val::List(vec![Val::from(json.clone())]));
        let shown = read.map(|prompt| {
            let message = Val::from(prompt.into_messages().remove(0));
            format!("{} {}", python::type_name(&message), python::str(&message))
        });
        let found = shown.map_err(exception);
        let valid = validator.is_valid(&serde_json::json!([json]));
        // JSON inside of JSON is no business of a schema.
        if valid && found.is_err() && !json.to_string().contains("\"arguments\":\"") {
            differences.found.push(format!("{json} is let in, but {found:?}"));
        }
        differences.compare(&json.to_string(), &found, &expect);
    }
    differences.none();
}
