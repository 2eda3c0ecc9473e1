//! The picture of a chain for people: its steps, indented, and the models by vendor and name. No secrets, no texts.

use crate::document::{Content, Item};
use std::fmt::Write;

/// The steps, one to a line.
pub(super) fn tree(steps: &Item) -> String {
    let mut out = String::new();
    step(&mut out, steps, 0, "");
    out
}

fn line(out: &mut String, depth: usize, label: &str, text: &str) {
    let label = if label.is_empty() { String::new() } else { format!("{}: ", printed(label)) };
    let _ = writeln!(out, "{}{label}{}", "  ".repeat(depth), printed(text));
}

/// Without what could change a terminal.
fn printed(text: &str) -> String {
    text.chars().map(|char| if char.is_control() { ' ' } else { char }).take(100).collect()
}

fn step(out: &mut String, item: &Item, depth: usize, label: &str) {
    match &item.content {
        Content::List(items) => list(out, items, depth, label),
        Content::Text(word, _) => line(out, depth, label, word),
        Content::Map(entries) => {
            let Some(head) = entries.first() else { return };
            line(out, depth, label, &format!("{}{}", head.key, detail(&head.key, &head.value, item)));
            inner(out, item, depth + 1);
        }
        _ => {}
    }
}

fn list(out: &mut String, items: &[Item], depth: usize, label: &str) {
    match items {
        [one] => step(out, one, depth, label),
        items if label.is_empty() && depth == 0 => items.iter().for_each(|item| step(out, item, depth, "")),
        items => {
            line(out, depth, label, "steps");
            items.iter().for_each(|item| step(out, item, depth + 1, ""));
        }
    }
}

/// The steps within a step.
fn inner(out: &mut String, item: &Item, depth: usize) {
    for entry in item.entries() {
        let labelled = |out: &mut String, item: &Item| {
            item.entries().iter().for_each(|entry| step(out, &entry.value, depth, &entry.key));
        };
        match entry.key.as_str() {
            "assign" | "parallel" | "route" | "alternatives" => labelled(out, &entry.value),
            "branch" => entry.value.items().iter().for_each(|branch| labelled(out, branch)),
            "to" | "of" => step(out, &entry.value, depth, ""),
            "each" | "try" | "retry" => step(out, &entry.value, depth, ""),
            "default" if item.get("alternatives").is_some() => step(out, &entry.value, depth, "default"),
            "fallbacks" => entry.value.items().iter().for_each(|item| step(out, item, depth, "fallback")),
            _ => {}
        }
    }
}

/// What is said of a step beside its word.
fn detail(word: &str, value: &Item, item: &Item) -> String {
    let keys = |item: &Item| {
        let keys: Vec<_> = item.entries().iter().map(|entry| entry.key.as_str()).collect();
        if keys.is_empty() { String::new() } else { format!(" {}", keys.join(", ")) }
    };
    let texts = |item: &Item| match item.items() {
        [] => item.to_value().as_str().map(|text| format!(" {text}")).unwrap_or_default(),
        items => {
            let names: Vec<_> =
                items.iter().map(|item| item.to_value().to_string().replace('"', "")).collect();
            format!(" {}", names.join(", "))
        }
    };
    match word {
        "model" => value
            .entries()
            .first()
            .map(|head| format!(" {}{}", head.key, texts(&head.value)))
            .unwrap_or_default(),
        "parser" => match value.entries().first() {
            Some(head) => format!(" {}{}", head.key, keys(&head.value)),
            None => texts(value),
        },
        "pick" | "get" => texts(value),
        "bind" | "configurable" => keys(value),
        "alternatives" => item.get("by").and_then(|by| by.get("id")).map(texts).unwrap_or_default(),
        "prompt" => messages(value),
        _ => String::new(),
    }
}

/// How many messages a prompt has.
fn messages(prompt: &Item) -> String {
    let list = prompt.get("messages").unwrap_or(prompt);
    match list.items().len() {
        0 => String::new(),
        1 => " 1 message".into(),
        count => format!(" {count} messages"),
    }
}
