//! One chain of the file: its parts, and the endpoint they make.

use super::{
    Context, Semantics,
    flow::{Flow, Sequence},
    read::did_you_mean,
};
use crate::{
    Span,
    document::{Entry, Item},
    suggest::{list, shorten},
};
use serde_json::Value;
use windlass_core::{
    DynChain, Endpoint, EndpointBuilder, ExtraFields, InputProblem, IntoChain, Joints, LangServeRoutes,
    RunnablePassthrough, Val, check_name,
};

const KEYS: [&str; 13] = [
    "description",
    "input",
    "prompt",
    "model",
    "parser",
    "steps",
    "langchain",
    "semantics",
    "output",
    "openai",
    "extra_fields",
    "examples",
    "langserve",
];

const SEMANTICS: [(&str, Semantics); 2] =
    [("windlass", Semantics::Windlass), ("langchain", Semantics::LangChain)];

const EXTRA_FIELDS: [(&str, ExtraFields); 2] =
    [("refuse", ExtraFields::Refuse), ("ignore", ExtraFields::Ignore)];

impl Context<'_> {
    /// One chain; `None` if something is wrong with it.
    pub(super) fn chain(&mut self, entry: &Entry) -> Option<Endpoint> {
        let before = self.mistakes.errors();
        let (name, item) = (entry.key.as_str(), &entry.value);
        let shown = shorten(name);
        if let Err(reason) = check_name(name) {
            let remedy = "give it another name; the name is the chain's path";
            self.mistakes.error(entry.span, format!("`{shown}` cannot name a chain: {reason}"), remedy);
        }
        let entries = self.entries(item, &format!("the chain `{shown}`"))?;
        self.chain_keys(entries);
        let semantics = item.get("semantics").and_then(|item| self.word(item, "`semantics`", &SEMANTICS));
        self.semantics = semantics.unwrap_or_default();
        self.steps = 0;
        let named = item.get("langchain").map(|file| self.named_file(file));
        let schema = match (item.get("input"), &named) {
            (Some(input), _) => self.input(input),
            (None, Some(named)) => named.as_ref().map(|(_, schema)| schema.clone()),
            (None, None) => {
                let remedy = "say what the chain takes: `input: { question: string }`";
                self.mistakes.error(entry.span, format!("the chain `{shown}` has no `input`"), remedy);
                None
            }
        };
        let steps = match named {
            Some(named) => self.alone(item).and(named).map(|(steps, _)| steps),
            None => self.body(entry, schema.as_ref()),
        };
        let chat = item.get("openai").map(|item| self.chat(item, schema.as_ref())).unwrap_or_default();
        let chain = steps.and_then(|steps| self.with_tools(steps, chat.tools)).and_then(Sequence::finish);
        let face = self.face(item);
        let examples = self.examples(item, schema.as_ref(), face.extra_fields);
        let (Some(chain), Some(schema)) = (chain, schema) else { return None };
        let endpoint = chat.tell(face.builder(name, chain).input_schema(schema).examples(examples));
        (self.mistakes.errors() == before).then(|| self.build_endpoint(endpoint, entry.span)).flatten()
    }

    /// Notes keys that a chain does not have, and says where they belong if they are a model's.
    fn chain_keys(&mut self, entries: &[Entry]) {
        for entry in entries.iter().filter(|entry| !KEYS.contains(&entry.key.as_str())) {
            let key = entry.key.as_str();
            let of_model = self.registry.vendors.get(key).is_some() || self.is_parameter(key);
            let remedy = if of_model {
                format!("`{key}` belongs to the model: {}", self.example())
            } else {
                did_you_mean(key, KEYS).unwrap_or_else(|| format!("a chain has: {}", list(KEYS)))
            };
            self.unknown_key(entry, "a chain", remedy);
        }
    }

    /// Whether nothing else than `langchain` says what the chain does.
    fn alone(&mut self, item: &Item) -> Option<()> {
        let other = |entry: &&Entry| matches!(entry.key.as_str(), "prompt" | "model" | "parser" | "steps");
        let Some(other) = item.entries().iter().find(other) else { return Some(()) };
        let message = format!("`{}` stands beside `langchain`", other.key);
        self.mistakes.error(other.span, message, "leave one of the two out");
        None
    }

    /// The steps: a list of them, or prompt, model and parser.
    fn body(&mut self, entry: &Entry, schema: Option<&Value>) -> Option<Sequence> {
        let item = &entry.value;
        let mut sequence = Sequence::new(Flow::of_input(schema));
        let together =
            item.entries().iter().find(|entry| matches!(entry.key.as_str(), "prompt" | "model" | "parser"));
        match (item.get("steps"), together) {
            (Some(_), Some(beside)) => {
                let message = format!("`{}` stands beside `steps`", beside.key);
                self.mistakes.error(beside.span, message, "make it one of the steps, or leave `steps` out");
                return None;
            }
            (Some(steps), None) => self.steps(steps, "`steps`", &mut sequence),
            (None, _) => {
                self.together(item, &mut sequence);
                if item.get("model").is_none() {
                    let remedy = format!("write {}; longer chains have `steps`", self.example());
                    let message = format!("the chain `{}` has no `model`", shorten(&entry.key));
                    self.mistakes.error(entry.span, message, remedy);
                } else if item.get("parser").is_none() {
                    self.end_in_text(&mut sequence);
                }
            }
        }
        Some(sequence)
    }

    fn face(&mut self, item: &Item) -> Face {
        let text = |context: &mut Self, key: &str| {
            item.get(key).and_then(|item| context.text(item, &format!("`{key}`"))).map(String::from)
        };
        let extra_fields =
            item.get("extra_fields").and_then(|item| self.word(item, "`extra_fields`", &EXTRA_FIELDS));
        let is_langchain = item.get("langchain").is_some();
        let own = if is_langchain { ExtraFields::Ignore } else { ExtraFields::default() };
        Face {
            description: text(self, "description"),
            output: text(self, "output"),
            extra_fields: extra_fields.unwrap_or(own),
            langserve: item.get("langserve").and_then(|item| self.langserve(item)).unwrap_or_default(),
            joints: if is_langchain { Joints::Unchecked } else { self.semantics.joints() },
        }
    }

    /// The examples; each is checked as a request would be.
    fn examples(&mut self, item: &Item, schema: Option<&Value>, extra_fields: ExtraFields) -> Vec<Value> {
        let Some(examples) = item.get("examples") else { return Vec::new() };
        let items = self.items(examples, "`examples`").unwrap_or_default();
        let passthrough = RunnablePassthrough::<Val>::new().into_chain().erase();
        let probe = schema.and_then(|schema| {
            let probe = Endpoint::builder("probe", passthrough).input_schema(schema.clone());
            probe.extra_fields(extra_fields).build().ok()
        });
        for example in items {
            let problems = probe.as_ref().map(|probe| probe.accept(example.to_value()));
            for problem in problems.and_then(Result::err).into_iter().flatten() {
                self.bad_example(example, &problem);
            }
        }
        items.iter().map(Item::to_value).collect()
    }

    fn bad_example(&mut self, example: &Item, problem: &InputProblem) {
        let path: String = problem.loc.iter().skip(1).map(pointer_part).collect();
        let span = match example.follow(&path) {
            Some(item) if problem.kind != "extra_forbidden" => item.span,
            _ => example.locate(&path),
        };
        let field = problem.loc.iter().skip(1).map(|part| part.to_string().replace('"', "`"));
        let field = field.collect::<Vec<_>>().join(" ");
        let message =
            format!("the example is not a valid input: {field}: {}", problem.msg).replace(": : ", ": ");
        self.mistakes.error(span, message, "change the example or `input`");
    }

    fn build_endpoint(&mut self, endpoint: EndpointBuilder, at: Span) -> Option<Endpoint> {
        match endpoint.build() {
            Ok(endpoint) => Some(endpoint),
            Err(error) => {
                self.mistakes.error(at, error.to_string(), "change the chain or its `input`");
                None
            }
        }
    }
}

/// What of a chain is for those who call it.
struct Face {
    description: Option<String>,
    output: Option<String>,
    extra_fields: ExtraFields,
    joints: Joints,
    langserve: LangServeRoutes,
}

impl Face {
    fn builder(self, name: &str, chain: DynChain) -> EndpointBuilder {
        let mut builder = Endpoint::builder(name, chain)
            .extra_fields(self.extra_fields)
            .joints(self.joints)
            .langserve(self.langserve);
        if let Some(description) = self.description {
            builder = builder.description(description);
        }
        match self.output {
            Some(key) => builder.output_key(key),
            None => builder,
        }
    }
}

fn pointer_part(part: &Value) -> String {
    match part {
        Value::String(key) => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        other => format!("/{other}"),
    }
}
