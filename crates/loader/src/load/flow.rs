//! What flows from step to step: each joint is checked as its step is added, so that a mistake is at the right step.

use super::{Context, prompt::Use, read::did_you_mean};
use crate::{
    Span,
    suggest::{list, shorten},
};
use serde_json::{Map, Value};
use windlass_core::{DynChain, Joint, Joints, Kind, Node, Parts, Shape};

/// How many mistakes of one joint are worth telling; more than a report lists.
const LIMIT: usize = 101;

/// What is known of the value between two steps.
#[derive(Clone)]
pub(super) struct Flow {
    pub(super) shape: Shape,
    /// The fields that are still the input's, with their schemas.
    fields: Map<String, Value>,
    from: &'static str,
}

/// Steps one after the other.
pub(super) struct Sequence {
    pub(super) flow: Flow,
    /// All steps but the last.
    before: Option<DynChain>,
    last: Option<DynChain>,
    broken: bool,
}

/// A step to be added.
pub(super) struct Step<'i> {
    pub(super) chain: DynChain,
    /// What to call it: `prompt`.
    pub(super) word: &'static str,
    pub(super) at: Span,
    pub(super) uses: Vec<Use<'i>>,
}

impl Flow {
    /// An input of this schema; of an unknown one nothing is known.
    pub(super) fn of_input(schema: Option<&Value>) -> Self {
        let unknown = Value::Null;
        let schema = schema.unwrap_or(&unknown);
        let fields = schema["properties"].as_object().cloned().unwrap_or_default();
        Flow { shape: Shape::of_schema(schema), fields, from: "the input is" }
    }

    /// A value of which nothing is known.
    pub(super) fn unknown() -> Self {
        Flow { shape: Shape::of(Kind::ANY), fields: Map::new(), from: "the step before gives" }
    }

    /// The same with other keys beside the ones it has.
    fn keep_fields(&mut self, assigned: &[String]) {
        self.fields.retain(|key, _| !assigned.contains(key));
    }

    /// Whether this is known to be something else than a list of messages.
    fn is_no_list(&self, key: &str) -> bool {
        let kind = self.fields.get(key).and_then(|schema| schema["type"].as_str());
        kind.is_some_and(|kind| kind != "array")
    }
}

impl Sequence {
    /// No steps yet.
    pub(super) fn new(flow: Flow) -> Self {
        Sequence { flow, before: None, last: None, broken: false }
    }

    /// Leaves a step out that could not be made; what comes after is checked as if it gave `gives`.
    pub(super) fn skip(&mut self, gives: Shape) {
        self.broken = true;
        self.flow = Flow { shape: gives, fields: Map::new(), from: "the step before gives" };
    }

    /// Adds a step whose joints were checked.
    pub(super) fn join(&mut self, chain: DynChain, keeps: Option<&[String]>) {
        self.flow.shape = chain.describe(&self.flow.shape).gives;
        self.flow.from = "the step before gives";
        match keeps {
            Some(assigned) => self.flow.keep_fields(assigned),
            None => self.flow.fields.clear(),
        }
        self.before = self.joined();
        self.last = Some(chain);
    }

    fn joined(&mut self) -> Option<DynChain> {
        match (self.before.take(), self.last.take()) {
            (Some(before), Some(last)) => Some(before.pipe(last)),
            (before, last) => before.or(last),
        }
    }

    /// Whether the last step is a model, or something around models.
    pub(super) fn ends_in_model(&self) -> bool {
        self.last.as_ref().is_some_and(|last| is_model(&last.describe(&Shape::of(Kind::ANY))))
    }

    /// Gives the last step the tools that clients bring.
    pub(super) fn take_client_tools(&mut self) {
        self.last = self.last.take().map(DynChain::with_client_tools);
    }

    /// The chain, if every step could be made.
    pub(super) fn finish(mut self) -> Option<DynChain> {
        self.joined().filter(|_| !self.broken)
    }
}

fn is_model(node: &Node) -> bool {
    match &node.parts {
        Parts::None => node.gives.kind != Kind::ANY && node.gives.kind.meets(Kind::MESSAGE),
        Parts::Around(inner) => is_model(inner),
        Parts::Choice(choices) => choices.iter().all(|(_, node)| is_model(node)),
        Parts::Sequence(_) | Parts::Parallel(_) => false,
    }
}

impl Context<'_> {
    /// Checks the joint between what flows and a step, and adds the step.
    pub(super) fn add(&mut self, sequence: &mut Sequence, step: Step<'_>) {
        for joint in step.chain.check(&sequence.flow.shape).iter().take(LIMIT) {
            self.joint(joint, &step, &sequence.flow);
        }
        for used in step.uses.iter().filter(|used| used.messages && sequence.flow.is_no_list(used.variable)) {
            let message =
                format!("the placeholder needs a list of messages, but `{}` is none", shorten(used.variable));
            let remedy = format!("declare it as `{}: messages`", used.variable);
            self.wrong_fit(self.place_of(used), message, remedy);
        }
        sequence.join(step.chain, None);
    }

    fn joint(&mut self, joint: &Joint, step: &Step<'_>, flow: &Flow) {
        match joint {
            Joint::MissingKey { key, has, .. } => {
                let used = step.uses.iter().find(|used| used.variable == key);
                let span = used.map_or(step.at, |used| self.place_of(used));
                let remedy = self.remedy_for_missing(key, has, flow, span);
                self.wrong_fit(span, format!("nothing provides the variable `{}`", shorten(key)), remedy);
            }
            Joint::WrongKind { takes, gets, .. } => {
                self.wrong_joint(step.word, step.at, (*takes, *gets), flow.from)
            }
        }
    }

    /// Notes that a step cannot take what flows to it.
    pub(super) fn wrong_joint(&mut self, word: &str, at: Span, (takes, gets): (Kind, Kind), from: &str) {
        let remedy = match word {
            "prompt" | "assign" if from.starts_with("the input") => {
                "give the input a field: `input: { question: string }`"
            }
            "prompt" | "assign" => "give it a name before: `- parallel: { text: passthrough }`",
            "model" => "put a prompt before the model",
            "parser" => "put a model before the parser",
            _ => "put a step between that turns one into the other",
        };
        self.wrong_fit(at, format!("`{word}` takes {takes}, but {from} {gets}"), remedy);
    }

    /// Notes something that cannot work when the chain runs.
    fn wrong_fit(&mut self, at: Span, message: String, remedy: impl Into<String>) {
        match self.semantics.joints() {
            Joints::Checked => self.mistakes.error(at, message, remedy),
            Joints::Unchecked => self.mistakes.warning(at, message, remedy),
        }
    }

    /// Checks that `assign` gets an object.
    pub(super) fn check_assign(&mut self, flow: &Flow, at: Span) {
        if !Kind::DICT.meets(flow.shape.kind) {
            self.wrong_joint("assign", at, (Kind::DICT, flow.shape.kind), flow.from);
        }
    }

    fn remedy_for_missing(&self, key: &str, has: &[String], flow: &Flow, span: Span) -> String {
        if flow.fields.contains_key(key) {
            return format!(
                "the field `{key}` is optional: give it a default, `{key}: {{ type: string, default: \"\" }}`"
            );
        }
        if self.source.text()[..span.start].ends_with('$') {
            return "a prompt does not read the environment; take the `$` away and declare an input field"
                .into();
        }
        let known = has.iter().map(String::as_str);
        if let Some(remedy) = did_you_mean(key, known.clone()) {
            return remedy;
        }
        let declare = if flow.from.starts_with("the input") {
            format!("declare it: `input: {{ {key}: string }}`")
        } else {
            format!("provide it before, with `- assign: {{ {key}: ... }}`")
        };
        match list(known) {
            none if none.is_empty() => declare,
            known => format!("{declare}; or use {known}"),
        }
    }
}
