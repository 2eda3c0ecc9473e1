//! What is known of a value before it exists: its kinds and keys; and the picture of a chain made of it.

use crate::{Chunk, ConfigSpec};
use serde_json::Value;
use std::{collections::BTreeSet, fmt};

/// A set of kinds of values; a joint is wrong when what flows in shares none with what the step takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Kind(u16);

impl Kind {
    /// JSON null.
    pub const NULL: Kind = Kind(1);
    /// A boolean.
    pub const BOOL: Kind = Kind(2);
    /// A number.
    pub const NUMBER: Kind = Kind(4);
    /// Text.
    pub const TEXT: Kind = Kind(8);
    /// A list.
    pub const LIST: Kind = Kind(16);
    /// An object.
    pub const DICT: Kind = Kind(32);
    /// A chat message.
    pub const MESSAGE: Kind = Kind(64);
    /// A rendered prompt.
    pub const PROMPT: Kind = Kind(128);
    /// Anything.
    pub const ANY: Kind = Kind(255);

    const NAMES: [(Kind, &'static str); 8] = [
        (Kind::NULL, "null"),
        (Kind::BOOL, "a boolean"),
        (Kind::NUMBER, "a number"),
        (Kind::TEXT, "text"),
        (Kind::LIST, "a list"),
        (Kind::DICT, "an object"),
        (Kind::MESSAGE, "a message"),
        (Kind::PROMPT, "a prompt"),
    ];

    /// Either of the two.
    pub const fn or(self, other: Kind) -> Kind {
        Kind(self.0 | other.0)
    }

    /// Whether any kind is in both.
    pub const fn meets(self, other: Kind) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether every kind of `other` is in this.
    pub const fn covers(self, other: Kind) -> bool {
        self.0 & other.0 == other.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Kind::ANY {
            return f.write_str("anything");
        }
        let names: Vec<_> =
            Kind::NAMES.iter().filter(|(kind, _)| self.meets(*kind)).map(|(_, name)| *name).collect();
        f.write_str(&names.join(" or "))
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kind({self})")
    }
}

/// What is known of a value that will flow here.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// The kinds it can be of.
    pub kind: Kind,
    /// For an object: the keys it will have, if they are known.
    pub keys: Option<BTreeSet<String>>,
}

impl Shape {
    /// A value of this kind, of which no more is known.
    pub fn of(kind: Kind) -> Self {
        Shape { kind, keys: None }
    }

    /// An object with exactly these keys.
    pub fn keys<S: Into<String>>(keys: impl IntoIterator<Item = S>) -> Self {
        Shape { kind: Kind::DICT, keys: Some(keys.into_iter().map(Into::into).collect()) }
    }

    /// What is known of a value from its JSON Schema: its kind, and the keys that are required or have a default.
    pub fn of_schema(schema: &Value) -> Self {
        let kind = match schema.get("type").and_then(Value::as_str) {
            Some("object") => Kind::DICT,
            Some("string") => Kind::TEXT,
            Some("array") => Kind::LIST,
            Some("number" | "integer") => Kind::NUMBER,
            Some("boolean") => Kind::BOOL,
            _ => Kind::ANY,
        };
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return Shape::of(kind);
        };
        let required: Vec<_> =
            schema.get("required").and_then(Value::as_array).into_iter().flatten().collect();
        let sure = |(key, schema): &(&String, &Value)| {
            schema.get("default").is_some() || required.iter().any(|name| name.as_str() == Some(key))
        };
        Shape::keys(properties.iter().filter(sure).map(|(key, _)| key))
    }

    /// What is known of a value that is one of the two.
    #[must_use]
    pub fn either(self, other: &Shape) -> Self {
        let keys = match (self.keys, &other.keys) {
            (Some(own), Some(other)) => Some(own.intersection(other).cloned().collect()),
            _ => None,
        };
        Shape { kind: self.kind.or(other.kind), keys }
    }

    /// Whether the key is known to be absent.
    pub fn lacks(&self, key: &str) -> bool {
        self.keys.as_ref().is_some_and(|keys| !keys.contains(key))
    }
}

/// Something that cannot work at a joint of a chain.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Joint {
    /// The step cannot take what the one before gives.
    #[error("step `{step}` takes {takes}, but gets {gets}")]
    WrongKind {
        /// The step's name.
        step: String,
        /// What it takes.
        takes: Kind,
        /// What flows in.
        gets: Kind,
    },
    /// The step needs a key that nothing provides.
    #[error("step `{step}` needs `{key}`, which nothing provides; there is {}", list(has))]
    MissingKey {
        /// The step's name.
        step: String,
        /// The key it needs.
        key: String,
        /// The keys that are there.
        has: Vec<String>,
    },
}

fn list(keys: &[String]) -> String {
    match keys {
        [] => "nothing".into(),
        keys => keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", "),
    }
}

/// A step as a picture: its name, what it takes and gives, its parts, and what is wrong with its joints.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The step's name: its type, or what it was named.
    pub name: String,
    /// What comes out, given what went in.
    pub gives: Shape,
    /// The parts of a composed step.
    pub parts: Parts,
    /// What is wrong here or in the parts.
    pub problems: Vec<Joint>,
    /// What callers can configure here; the parts have their own.
    pub configurable: Vec<ConfigSpec>,
}

/// How the parts of a composed step stand to each other.
#[derive(Debug, Clone, PartialEq)]
pub enum Parts {
    /// A step without parts.
    None,
    /// One after the other.
    Sequence(Vec<Node>),
    /// Beside each other, by key.
    Parallel(Vec<(String, Node)>),
    /// One of them, by what chooses it.
    Choice(Vec<(String, Node)>),
    /// One step with something around it.
    Around(Box<Node>),
}

impl Node {
    /// A step without parts, whose joint with `input` is checked by kind.
    pub fn leaf<I: Chunk, O: Chunk>(name: impl Into<String>, input: &Shape) -> Self {
        Node::leaf_of(name, I::kind(), O::kind(), input)
    }

    /// A step without parts that takes and gives these kinds.
    pub fn leaf_of(name: impl Into<String>, takes: Kind, gives: Kind, input: &Shape) -> Self {
        let name = name.into();
        let mut problems = Vec::new();
        if !takes.meets(input.kind) {
            problems.push(Joint::WrongKind { step: name.clone(), takes, gets: input.kind });
        }
        Node { name, gives: Shape::of(gives), parts: Parts::None, problems, configurable: Vec::new() }
    }

    /// A step that puts something around another.
    pub(crate) fn around(name: impl Into<String>, mut inner: Node) -> Self {
        let (gives, problems) = (inner.gives.clone(), std::mem::take(&mut inner.problems));
        Node {
            name: name.into(),
            gives,
            parts: Parts::Around(Box::new(inner)),
            problems,
            configurable: Vec::new(),
        }
    }

    /// A step that runs one of these.
    pub(crate) fn choice(name: impl Into<String>, mut choices: Vec<(String, Node)>) -> Self {
        let problems = choices.iter_mut().flat_map(|(_, node)| std::mem::take(&mut node.problems)).collect();
        let mut shapes = choices.iter().map(|(_, node)| &node.gives);
        let first = shapes.next().cloned().unwrap_or(Shape::of(Kind::ANY));
        let gives = shapes.fold(first, |gives, other| gives.either(other));
        Node { name: name.into(), gives, parts: Parts::Choice(choices), problems, configurable: Vec::new() }
    }

    /// What callers can configure here and in all parts.
    pub fn config_specs(&self) -> Vec<ConfigSpec> {
        let mut specs = self.configurable.clone();
        match &self.parts {
            Parts::None => {}
            Parts::Sequence(parts) => specs.extend(parts.iter().flat_map(Node::config_specs)),
            Parts::Parallel(parts) | Parts::Choice(parts) => {
                specs.extend(parts.iter().flat_map(|(_, part)| part.config_specs()));
            }
            Parts::Around(inner) => specs.extend(inner.config_specs()),
        }
        specs
    }

    /// Puts a prefix before what callers can configure here and in all parts, unless it is shared.
    pub(crate) fn prefix_configurable(&mut self, prefix: &str) {
        for spec in self.configurable.iter_mut().filter(|spec| !spec.is_shared) {
            spec.id.insert_str(0, prefix);
        }
        match &mut self.parts {
            Parts::None => {}
            Parts::Sequence(parts) => parts.iter_mut().for_each(|part| part.prefix_configurable(prefix)),
            Parts::Parallel(parts) | Parts::Choice(parts) => {
                parts.iter_mut().for_each(|(_, part)| part.prefix_configurable(prefix));
            }
            Parts::Around(inner) => inner.prefix_configurable(prefix),
        }
    }

    /// Adds a problem for each of the `keys` that the input is known to lack.
    #[must_use]
    pub fn needing<'a>(mut self, keys: impl IntoIterator<Item = &'a str>, input: &Shape) -> Self {
        let has: Vec<_> = input.keys.iter().flatten().cloned().collect();
        for key in keys.into_iter().filter(|key| input.lacks(key)) {
            self.problems.push(Joint::MissingKey {
                step: self.name.clone(),
                key: key.into(),
                has: has.clone(),
            });
        }
        self
    }

    /// The chain as a Mermaid flow chart.
    pub fn mermaid(&self) -> String {
        let mut text = String::from("flowchart TD\n");
        let mut counter = 0;
        let input = draw_box(&mut text, &mut counter, "input");
        let last = self.draw(&mut text, &mut counter, vec![input]);
        let output = draw_box(&mut text, &mut counter, "output");
        draw_arrows(&mut text, &last, output);
        text
    }

    fn draw(&self, text: &mut String, counter: &mut usize, from: Vec<usize>) -> Vec<usize> {
        match &self.parts {
            Parts::Sequence(parts) => parts.iter().fold(from, |from, part| part.draw(text, counter, from)),
            Parts::Around(inner) => inner.draw(text, counter, from),
            Parts::Parallel(branches) | Parts::Choice(branches) => {
                let fork = draw_box(text, counter, &self.name);
                draw_arrows(text, &from, fork);
                branches.iter().flat_map(|(_, branch)| branch.draw(text, counter, vec![fork])).collect()
            }
            Parts::None => {
                let id = draw_box(text, counter, &self.name);
                draw_arrows(text, &from, id);
                vec![id]
            }
        }
    }
}

fn draw_box(text: &mut String, counter: &mut usize, label: &str) -> usize {
    let id = *counter;
    *counter += 1;
    let label = label.replace('"', "#quot;");
    text.push_str(&format!("  s{id}[\"{label}\"]\n"));
    id
}

fn draw_arrows(text: &mut String, from: &[usize], to: usize) {
    for id in from {
        text.push_str(&format!("  s{id} --> s{to}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_print_as_words() {
        assert_eq!(Kind::TEXT.or(Kind::LIST).to_string(), "text or a list");
        assert_eq!(Kind::ANY.to_string(), "anything");
    }

    #[test]
    fn a_leaf_reports_a_wrong_joint_and_missing_keys() {
        let input = Shape::keys(["question"]);
        assert!(Node::leaf_of("step", Kind::DICT, Kind::TEXT, &input).problems.is_empty());
        assert_eq!(Node::leaf_of("step", Kind::TEXT, Kind::TEXT, &input).problems.len(), 1);
        let node =
            Node::leaf_of("prompt", Kind::DICT, Kind::PROMPT, &input).needing(["question", "topic"], &input);
        assert_eq!(
            node.problems[0].to_string(),
            "step `prompt` needs `topic`, which nothing provides; there is `question`"
        );
    }
}
