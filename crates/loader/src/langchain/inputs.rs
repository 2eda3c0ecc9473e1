//! What callers have to send: the variables of the first prompts that their input reaches.

use super::template::{self, Format};
use crate::document::{Content, Item};

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
    inputs: Vec<Input>,
}

/// The variables that the steps need, or `None` if they take something else than an object with known keys.
pub(super) fn inputs(steps: &Item) -> Option<Vec<Input>> {
    let needs = step(steps);
    (!needs.anything).then_some(needs.inputs)
}

fn anything() -> Needs {
    Needs { anything: true, inputs: Vec::new() }
}

impl Needs {
    fn and(mut self, other: Needs) -> Needs {
        self.anything |= other.anything;
        for input in other.inputs {
            match self.inputs.iter_mut().find(|known| known.name == input.name) {
                Some(known) => known.optional &= input.optional,
                None => self.inputs.push(input),
            }
        }
        self
    }

    fn without(mut self, names: impl Fn(&str) -> bool) -> Needs {
        self.inputs.retain(|input| !names(&input.name));
        self
    }
}

fn step(item: &Item) -> Needs {
    if let Content::List(items) = &item.content {
        return sequence(items);
    }
    let Some(head) = item.entries().first() else { return anything() };
    match head.key.as_str() {
        "prompt" => prompt(&head.value),
        "assign" => {
            let mut needs = all(&head.value);
            // What is assigned is not asked for again, but the input must be an object even if nothing is needed.
            needs.anything |= needs.inputs.is_empty();
            needs
        }
        "parallel" => all(&head.value),
        "pick" | "get" => keys(&head.value),
        "bind" => item.get("to").map_or_else(anything, step),
        "try" | "retry" => step(&head.value),
        "configurable" => item.get("of").map_or_else(anything, step),
        "alternatives" => item.get("default").map_or_else(anything, step),
        _ => anything(),
    }
}

/// The needs of the first step; behind `assign` also those of the next, but for what was assigned.
fn sequence(items: &[Item]) -> Needs {
    let Some((first, rest)) = items.split_first() else { return anything() };
    let Some(assigned) = first.get("assign") else { return step(first) };
    let given = all(assigned);
    let next = sequence(rest).without(|name| assigned.get(name).is_some());
    given.and(next)
}

fn all(branches: &Item) -> Needs {
    branches.entries().iter().map(|entry| step(&entry.value)).fold(Needs::default(), Needs::and)
}

fn keys(item: &Item) -> Needs {
    let items = if item.items().is_empty() { std::slice::from_ref(item) } else { item.items() };
    let names = items.iter().map(|item| {
        let name = item.as_text()?.to_string();
        Some(Input { name, optional: false, messages: false })
    });
    match names.collect::<Option<_>>() {
        Some(inputs) => Needs { anything: false, inputs },
        None => anything(),
    }
}

/// The variables of a prompt, but for those that it has itself.
fn prompt(item: &Item) -> Needs {
    let mut needs = Needs::default();
    variables(item, Format::FString, &mut needs.inputs);
    needs
}

/// Adds the variables of what stands in a prompt. `format` is that of the mapping around it.
fn variables(item: &Item, format: Format, inputs: &mut Vec<Input>) {
    let own = item.get("format").and_then(Item::as_text).and_then(Format::parse);
    let format = own.unwrap_or(format);
    let mut found = Vec::new();
    match &item.content {
        Content::Text(text, _) => {
            let names = template::variables(text, format).unwrap_or_default();
            found.extend(names.into_iter().map(|name| Input { name, optional: false, messages: false }));
        }
        Content::List(items) => items.iter().for_each(|item| variables(item, format, &mut found)),
        Content::Map(_) if item.get("placeholder").is_some() => found.extend(placeholder(item)),
        Content::Map(entries) => {
            let skipped = ["format", "partial", "optional", "variables", "message", "additional_kwargs", "role"];
            for entry in entries.iter().filter(|entry| !skipped.contains(&entry.key.as_str())) {
                match entry.key.as_str() {
                    "few_shot" | "few_shot_with_templates" => {
                        for part in ["prefix", "suffix"].into_iter().filter_map(|key| entry.value.get(key)) {
                            variables(part, format, &mut found);
                        }
                    }
                    _ => variables(&entry.value, format, &mut found),
                }
            }
            if let Some(names) = item.get("variables").filter(|_| format == Format::Jinja2) {
                found.extend(keys(names).inputs);
            }
        }
        _ => {}
    }
    let partial = item.get("partial");
    found.retain(|input| partial.is_none_or(|partial| partial.get(&input.name).is_none()));
    let known = std::mem::take(inputs);
    let known = Needs { anything: false, inputs: known };
    *inputs = known.and(Needs { anything: false, inputs: found }).inputs;
}

fn placeholder(item: &Item) -> Option<Input> {
    let name = item.get("placeholder")?.as_text()?.to_string();
    Some(Input { name, optional: item.get("optional").is_some(), messages: true })
}
