//! What callers have to send: the variables of the first prompts that their input reaches.

use super::{
    make,
    template::{self, Format},
};
use crate::document::{Content, Item};
use indexmap::IndexMap;
use serde_json::{Map, Value};
use std::collections::HashSet;

/// How many variables are told apart; beyond that a chain's input is not known.
const LIMIT: usize = 10_000;

/// A variable that callers send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Whether it can be left out.
    pub optional: bool,
    /// Whether it is a list of messages.
    pub messages: bool,
}

/// What a step needs to be given.
#[derive(Debug, Default)]
struct Needs {
    /// Whether it takes anything else than an object with known keys.
    anything: bool,
    inputs: IndexMap<String, Input>,
}

/// The variables that the steps need, or `None` if they take something else than an object with known keys. `chosen` is
/// what a call configures.
pub(super) fn inputs(steps: &Item, chosen: &Map<String, Value>) -> Option<Vec<Input>> {
    let needs = step(steps, chosen);
    let known = !needs.anything && needs.inputs.len() <= LIMIT;
    known.then(|| needs.inputs.into_values().collect())
}

/// A chain file with one chain, which has LangChain's ways.
pub(super) fn chain_file(name: &str, inputs: Option<&[Input]>, steps: &Item) -> Item {
    let at = steps.span;
    let text = |text: &str| make::text(at, text);
    let input = match inputs.filter(|inputs| inputs.iter().all(|input| has_plain_name(&input.name))) {
        Some(inputs) if !inputs.is_empty() => {
            let field = |input: &Input| {
                let key = format!("{}{}", input.name, if input.optional { "?" } else { "" });
                make::entry(&key, text(if input.messages { "messages" } else { "any" }))
            };
            make::map(at, inputs.iter().map(field).collect())
        }
        _ => text("any"),
    };
    let chain = vec![
        make::entry("input", input),
        make::entry("extra_fields", text("ignore")),
        make::entry("semantics", text("langchain")),
        make::entry("steps", steps.clone()),
    ];
    make::pair(at, "chains", make::pair(at, name, make::map(at, chain)))
}

/// Whether a name can stand as a field of `input:` without meaning something else there.
fn has_plain_name(name: &str) -> bool {
    name != "schema" && !name.ends_with('?') && name.trim() == name && !name.is_empty()
}

fn anything() -> Needs {
    Needs { anything: true, inputs: IndexMap::new() }
}

impl Needs {
    fn and(mut self, other: Needs) -> Needs {
        self.anything |= other.anything;
        other.inputs.into_values().for_each(|input| self.add(input));
        self
    }

    fn add(&mut self, input: Input) {
        let full = self.inputs.len() > LIMIT;
        match self.inputs.get_mut(&input.name) {
            Some(known) => known.optional &= input.optional,
            None if full => {}
            None => drop(self.inputs.insert(input.name.clone(), input)),
        }
    }

    /// Without what the entries of a mapping give.
    fn without(mut self, given: Option<&Item>) -> Needs {
        let given: HashSet<_> =
            given.map(Item::entries).unwrap_or_default().iter().map(|entry| entry.key.as_str()).collect();
        self.inputs.retain(|name, _| !given.contains(name.as_str()));
        self
    }
}

fn step(item: &Item, chosen: &Map<String, Value>) -> Needs {
    if let Content::List(items) = &item.content {
        return sequence(items, chosen);
    }
    let Some(head) = item.entries().first() else { return anything() };
    let inner = |item: Option<&Item>| item.map_or_else(anything, |item| step(item, chosen));
    match head.key.as_str() {
        "prompt" => prompt(&head.value),
        "assign" => sequence(std::slice::from_ref(item), chosen),
        "parallel" => all(&head.value, chosen),
        "pick" | "get" => keys(&head.value),
        "bind" => inner(item.get("to")),
        "try" | "retry" => step(&head.value, chosen),
        "configurable" => inner(item.get("of")),
        "alternatives" => inner(alternative(item, &head.value, chosen)),
        _ => anything(),
    }
}

/// The one of several steps that a call chooses; the default if it chooses none.
fn alternative<'i>(item: &'i Item, others: &'i Item, chosen: &Map<String, Value>) -> Option<&'i Item> {
    let by = item.get("by").and_then(|by| by.get("id")?.as_text());
    let key = by.and_then(|id| chosen.get(id)?.as_str());
    key.and_then(|key| others.get(key)).or_else(|| item.get("default"))
}

/// The needs of the first step; behind `assign` also those of the next, but for what was assigned.
fn sequence(items: &[Item], chosen: &Map<String, Value>) -> Needs {
    let assigned = items.iter().map_while(|item| item.get("assign"));
    let count = assigned.clone().count();
    let next = items.get(count).map_or_else(Needs::default, |item| step(item, chosen));
    let assigned: Vec<_> = assigned.collect();
    let needs =
        assigned.into_iter().rfold(next, |next, given| all(given, chosen).and(next.without(Some(given))));
    match count == items.len() && needs.inputs.is_empty() {
        true => anything(),
        false => needs,
    }
}

fn all(branches: &Item, chosen: &Map<String, Value>) -> Needs {
    branches.entries().iter().map(|entry| step(&entry.value, chosen)).fold(Needs::default(), Needs::and)
}

fn keys(item: &Item) -> Needs {
    let items = if item.items().is_empty() { std::slice::from_ref(item) } else { item.items() };
    let mut needs = Needs::default();
    for item in items {
        let Some(name) = item.as_text() else { return anything() };
        needs.add(required(name));
    }
    needs
}

fn required(name: impl Into<String>) -> Input {
    Input { name: name.into(), optional: false, messages: false }
}

/// The variables of a prompt, but for those that it has itself.
fn prompt(item: &Item) -> Needs {
    variables(item, Format::FString)
}

/// The variables of what stands in a prompt. `format` is that of the mapping around it.
fn variables(item: &Item, format: Format) -> Needs {
    let own = item.get("format").and_then(Item::as_text).and_then(Format::parse);
    let format = own.unwrap_or(format);
    let mut found = Needs::default();
    match &item.content {
        Content::Text(text, _) => {
            let names = template::variables(text, format).unwrap_or_default();
            names.into_iter().for_each(|name| found.add(required(name)));
        }
        Content::List(items) => {
            found = items.iter().map(|item| variables(item, format)).fold(found, Needs::and);
        }
        Content::Map(_) if item.get("placeholder").is_some() => {
            placeholder(item).into_iter().for_each(|input| found.add(input));
        }
        Content::Map(_) => found = mapping(item, format),
        _ => {}
    }
    found.without(item.get("partial"))
}

fn mapping(item: &Item, format: Format) -> Needs {
    let skipped = ["format", "partial", "optional", "variables", "message", "additional_kwargs", "role"];
    let mut found = Needs::default();
    for entry in item.entries().iter().filter(|entry| !skipped.contains(&entry.key.as_str())) {
        let parts: Vec<_> = match entry.key.as_str() {
            "few_shot" | "few_shot_with_templates" => {
                ["prefix", "suffix"].into_iter().filter_map(|key| entry.value.get(key)).collect()
            }
            _ => vec![&entry.value],
        };
        found = parts.into_iter().map(|part| variables(part, format)).fold(found, Needs::and);
    }
    match item.get("variables").filter(|_| format == Format::Jinja2) {
        Some(names) => found.and(keys(names)),
        None => found,
    }
}

fn placeholder(item: &Item) -> Option<Input> {
    let name = item.get("placeholder")?.as_text()?.to_string();
    Some(Input { name, optional: item.get("optional").is_some(), messages: true })
}
