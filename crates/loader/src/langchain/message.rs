//! Messages as they stand.

use super::{arguments::Arguments, ids::Class, make, translator::Translator};
use crate::{
    document::{Content, Item},
    suggest::shorten,
};

/// The fields of a message that chain files know, beside `type` and `content`.
const FIELDS: [&str; 11] = [
    "additional_kwargs",
    "response_metadata",
    "id",
    "name",
    "tool_calls",
    "invalid_tool_calls",
    "usage_metadata",
    "tool_call_id",
    "status",
    "artifact",
    "role",
];

impl Translator<'_> {
    /// A message in the form of chain files: `{type: human, content: ...}`. Pieces of messages are messages here.
    pub(super) fn message(&mut self, class: Class, mut args: Arguments<'_>) -> Option<Item> {
        let kind = kind(class);
        let at = args.at;
        let content = match class {
            Class::RemoveMessage => args.take("content").cloned().or_else(|| Some(make::text(at, ""))),
            _ => self.content(&mut args),
        };
        let mut entries = vec![make::entry("type", make::text(at, kind))];
        let written = args.take("type");
        let spelled = written.map(|item| self.written_kind(item, kind));
        let mut sound = true;
        for name in FIELDS {
            let Some(item) = args.take(name) else { continue };
            match self.data(item) {
                Some(data) if !fits(name, &data) => {
                    self.expected::<()>(item, &format!("the value of `{name}`"));
                    sound = false;
                }
                Some(data) if is_empty(&data) && name != "artifact" => {}
                Some(data) => entries.push(make::entry(name, data)),
                None => sound = false,
            }
        }
        let needed = match class {
            Class::ToolMessage => Some("tool_call_id"),
            Class::ChatMessage => Some("role"),
            Class::FunctionMessage => Some("name"),
            Class::RemoveMessage => Some("id"),
            _ => None,
        };
        if let Some(name) = needed.filter(|name| !entries.iter().any(|entry| entry.key == *name)) {
            let message = format!("the `{}` has no `{name}`", args.class);
            self.mistakes.error(at, message, "export the chain anew with `dumps`");
            sound = false;
        }
        self.ignore_more(&mut args);
        entries.insert(1, make::entry("content", content?));
        (sound && spelled != Some(false)).then(|| make::map(at, entries))
    }

    fn content(&mut self, args: &mut Arguments<'_>) -> Option<Item> {
        let item = self.required(args, "content")?;
        let content = self.data(item)?;
        let sound = match &content.content {
            Content::Text(..) => true,
            Content::List(items) => {
                items.iter().all(|item| matches!(item.content, Content::Text(..) | Content::Map(_)))
            }
            _ => false,
        };
        if sound { Some(content) } else { self.expected(item, "`content`, a text or a list of blocks,") }
    }

    /// Whether `type` says what the class says.
    fn written_kind(&mut self, item: &Item, kind: &str) -> bool {
        let written = item.as_text().unwrap_or_default();
        let plain = written.strip_suffix("MessageChunk").map(str::to_ascii_lowercase);
        if written == kind || plain.as_deref() == Some(kind) {
            return true;
        }
        let message =
            format!("the message says that its type is `{}`, but its class says `{kind}`", shorten(written));
        self.mistakes.error(item.span, message, "leave `type` out");
        false
    }
}

fn kind(class: Class) -> &'static str {
    match class {
        Class::AiMessage => "ai",
        Class::SystemMessage => "system",
        Class::ToolMessage => "tool",
        Class::FunctionMessage => "function",
        Class::ChatMessage => "chat",
        Class::RemoveMessage => "remove",
        _ => "human",
    }
}

/// Whether a field of a message can have this value.
fn fits(name: &str, item: &Item) -> bool {
    let text = |item: Option<&Item>| item.is_some_and(|item| item.as_text().is_some());
    let map = |item: &Item| matches!(item.content, Content::Map(_));
    let calls = |check: &dyn Fn(&Item) -> bool| matches!(&item.content, Content::List(calls) if calls.iter().all(|call| map(call) && check(call)));
    match name {
        "additional_kwargs" | "response_metadata" | "usage_metadata" => map(item),
        "tool_calls" => calls(&|call| text(call.get("name")) && call.get("args").is_some_and(map)),
        "invalid_tool_calls" => calls(&|_| true),
        "status" => matches!(item.as_text(), Some("success" | "error")),
        "name" | "role" => item.as_text().is_some(),
        _ => true,
    }
}

fn is_empty(item: &Item) -> bool {
    match &item.content {
        Content::List(items) => items.is_empty(),
        Content::Map(entries) => entries.is_empty(),
        _ => false,
    }
}
