//! The values of a model's fields, as pydantic takes them.

use super::fields::Kind;
use crate::{
    document::{Content, Entry, Item},
    langchain::{coerce, make, translator::Translator},
};
use std::time::Duration;

impl Translator<'_> {
    /// The value in the form that the field holds.
    pub(super) fn value(&mut self, kind: Kind, entry: &Entry) -> Option<Item> {
        if kind == Kind::Headers {
            self.mistakes.hide(entry.value.span);
        }
        let item = self.data(&entry.value)?;
        let at = item.span;
        let made = match kind {
            Kind::Float => coerce::float(&item).map(|float| make::number(at, float)),
            Kind::Integer => coerce::integer(&item).map(|number| make::number(at, number)),
            Kind::Boolean => coerce::boolean(&item).map(|bool| make::boolean(at, bool)),
            Kind::Timeouts => timeouts(&item),
            Kind::Streams if item.as_text() == Some("tool_calling") => Some(item.clone()),
            Kind::Streams => coerce::boolean(&item).map(|bool| make::boolean(at, bool)),
            Kind::Text => Some(&item).filter(|item| is_text(item)).cloned(),
            Kind::Texts => Some(&item).filter(|item| is_texts(item)).cloned(),
            Kind::TextOrTexts => Some(&item).filter(|item| is_text(item) || is_texts(item)).cloned(),
            Kind::Map => Some(&item).filter(|item| is_map(item)).cloned(),
            Kind::MapOrText => Some(&item).filter(|item| is_map(item) || is_text(item)).cloned(),
            Kind::Maps | Kind::Servers => {
                Some(&item).filter(|item| is_list(item) && item.items().iter().all(is_map)).cloned()
            }
            Kind::Headers => return self.headers(entry, item),
            Kind::Bias => bias(&item),
            Kind::Name | Kind::Deployment | Kind::Key | Kind::Address | Kind::Proxy | Kind::Inert => None,
        };
        match made {
            Some(made) => Some(made),
            None => self.expected(&entry.value, &format!("`{}`, {},", entry.key, words(kind))),
        }
    }

    fn headers(&mut self, entry: &Entry, item: Item) -> Option<Item> {
        let texts = item.entries().iter().all(|entry| is_text(&entry.value));
        if !is_map(&item) || !texts {
            return self.expected(&entry.value, "HTTP headers, a mapping of texts,");
        }
        if let Some(host) = item.entries().iter().find(|entry| entry.key.trim().eq_ignore_ascii_case("host"))
        {
            let remedy = "leave it out: the host is that of the address";
            self.mistakes.error(host.span, "a chain may not set the header `Host`", remedy);
            return None;
        }
        Some(item)
    }
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Float => "a number",
        Kind::Integer => "a whole number",
        Kind::Boolean => "a boolean",
        Kind::Timeouts => "a number of seconds",
        Kind::Streams => "a boolean or `tool_calling`",
        Kind::Texts => "a list of texts",
        Kind::TextOrTexts => "a text or a list of texts",
        Kind::Map => "a mapping",
        Kind::MapOrText => "a mapping or a text",
        Kind::Maps | Kind::Servers => "a list of mappings",
        Kind::Bias => "a mapping of whole numbers to whole numbers",
        _ => "a text",
    }
}

fn is_text(item: &Item) -> bool {
    item.as_text().is_some()
}

fn is_list(item: &Item) -> bool {
    matches!(item.content, Content::List(_))
}

fn is_map(item: &Item) -> bool {
    matches!(item.content, Content::Map(_))
}

fn is_texts(item: &Item) -> bool {
    is_list(item) && item.items().iter().all(is_text)
}

/// The timeouts of a call, of seconds for all or of a pair to connect and to read.
fn timeouts(item: &Item) -> Option<Item> {
    let (connect, read) = match item.items() {
        [] => (item, item),
        [connect, read] => (connect, read),
        _ => return None,
    };
    let [connect, read] = [span(connect)?, span(read)?];
    let entries = [("connect", connect), ("first_token", read.clone()), ("between_tokens", read)];
    Some(make::map(item.span, entries.map(|(key, span)| make::entry(key, span)).into()))
}

/// Seconds as chain files write them.
fn span(item: &Item) -> Option<Item> {
    let milliseconds = Duration::try_from_secs_f64(coerce::float(item)?).ok()?.as_millis();
    let text = match milliseconds % 1000 {
        0 => format!("{}s", milliseconds / 1000),
        _ => format!("{milliseconds}ms"),
    };
    Some(make::text(item.span, text))
}

fn bias(item: &Item) -> Option<Item> {
    let Content::Map(entries) = &item.content else { return None };
    let number = |entry: &Entry| {
        coerce::integer(&make::text(entry.span, entry.key.as_str()))?;
        let value = make::number(entry.value.span, coerce::integer(&entry.value)?);
        Some(Entry { key: entry.key.clone(), span: entry.span, value })
    };
    Some(make::map(item.span, entries.iter().map(number).collect::<Option<_>>()?))
}
