//! What LangChain could not write as an object, but whose `repr` says everything: parsers, `itemgetter`, examples.

use super::{
    ids::Class,
    literal::{self, Call, Literal},
    make,
    node::ESCAPE,
    translator::Translator,
};
use crate::{Span, document::Item};
use windlass_core::Number;

/// The parsers: the path and the name of the class, the word in chain files, and the options: Python's name, ours, and
/// the kind of value.
const PARSERS: &[(&str, &str, &[Choice])] = &[
    ("json/JsonOutputParser", "json", &[("diff", "diff", Kind::Bool)]),
    ("list/NumberedListOutputParser", "numbered_list", &[]),
    ("list/MarkdownListOutputParser", "markdown_list", &[]),
    ("xml/XMLOutputParser", "xml", &[("tags", "tags", Kind::Texts)]),
    ("openai_tools/JsonOutputToolsParser", "tools", TOOLS),
    ("openai_tools/JsonOutputKeyToolsParser", "tool", TOOL),
    (TEXT_FUNCTIONS, "functions", &[("args_only", "args_only", Kind::Bool)]),
    ("openai_functions/JsonOutputFunctionsParser", "functions", FUNCTIONS),
    ("openai_functions/JsonKeyOutputFunctionsParser", "functions", FUNCTION),
];

/// The one of the parsers of function calls that reads no JSON.
const TEXT_FUNCTIONS: &str = "openai_functions/OutputFunctionsParser";

const TOOLS: &[Choice] = &[
    ("first_tool_only", "first", Kind::Bool),
    ("return_id", "ids", Kind::Bool),
    ("strict", "strict", Kind::Bool),
];
const TOOL: &[Choice] = &[
    ("key_name", "name", Kind::Text),
    ("first_tool_only", "first", Kind::Bool),
    ("return_id", "ids", Kind::Bool),
    ("strict", "strict", Kind::Bool),
];
const FUNCTIONS: &[Choice] = &[("args_only", "args_only", Kind::Bool), ("strict", "strict", Kind::Bool)];
const FUNCTION: &[Choice] = &[
    ("key_name", "key", Kind::Text),
    ("args_only", "args_only", Kind::Bool),
    ("strict", "strict", Kind::Bool),
];

/// An option: Python's name, ours, and what it holds.
type Choice = (&'static str, &'static str, Kind);

/// What an option holds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Bool,
    Text,
    Texts,
}

/// The classes that can stand in the `repr` of a prompt with examples, and the paths by which they are known.
const INNER: [(&str, &str); 11] = [
    ("PromptTemplate", "langchain_core/prompts/prompt/PromptTemplate"),
    ("ChatPromptTemplate", "langchain_core/prompts/chat/ChatPromptTemplate"),
    ("HumanMessagePromptTemplate", "langchain_core/prompts/chat/HumanMessagePromptTemplate"),
    ("SystemMessagePromptTemplate", "langchain_core/prompts/chat/SystemMessagePromptTemplate"),
    ("AIMessagePromptTemplate", "langchain_core/prompts/chat/AIMessagePromptTemplate"),
    ("ChatMessagePromptTemplate", "langchain_core/prompts/chat/ChatMessagePromptTemplate"),
    ("HumanMessage", "langchain_core/messages/human/HumanMessage"),
    ("SystemMessage", "langchain_core/messages/system/SystemMessage"),
    ("AIMessage", "langchain_core/messages/ai/AIMessage"),
    ("ToolMessage", "langchain_core/messages/tool/ToolMessage"),
    ("ChatMessage", "langchain_core/messages/chat/ChatMessage"),
];

const LAMBDA: &str = "langchain_core/runnables/base/RunnableLambda";
const PARSERS_AT: &str = "langchain_core/output_parsers/";
const FEW_SHOT_AT: &str = "langchain_core/prompts/few_shot/";

impl Translator<'_> {
    /// A step of its `repr`.
    pub(super) fn written_step(&mut self, item: &Item, id: &str, repr: &str) -> Option<Item> {
        let made = literal::call(repr).and_then(|call| match id {
            LAMBDA => getter(item.span, &call),
            id if id.starts_with(PARSERS_AT) => parser(item.span, id, &call),
            _ => None,
        });
        match made {
            Some(step) => Some(step),
            None => {
                let prompt = self.written_prompt(item, id, repr)?;
                Some(make::pair(item.span, "prompt", prompt))
            }
        }
    }

    /// One of the messages of a prompt, of its `repr`.
    pub(super) fn written_message(&mut self, item: &Item, id: &str, repr: &str) -> Option<Item> {
        let mut prompt = self.written_prompt(item, id, repr)?;
        let message = match prompt.entries() {
            [entry] if entry.key == "messages" => entry.value.items().first().cloned(),
            _ => None,
        };
        prompt.span = item.span;
        message.or_else(|| self.expected(item, "a message"))
    }

    fn written_prompt(&mut self, item: &Item, id: &str, repr: &str) -> Option<Item> {
        let class = match id.strip_prefix(FEW_SHOT_AT) {
            Some("FewShotPromptTemplate") => Class::FewShot,
            Some("FewShotChatMessagePromptTemplate") => Class::FewShotChat,
            _ => return self.not_written(item, id, repr),
        };
        let call = literal::call(repr).filter(|call| id.ends_with(&call.name) && call.values.is_empty());
        let Some(kwargs) = call.and_then(|call| arguments(item.span, &call)) else {
            return self.not_written(item, id, repr);
        };
        let name = id.rsplit('/').next().unwrap_or(id);
        let args = self.arguments(item, name, Some(&kwargs))?;
        self.prompt(class, args)?
    }
}

/// `RunnableLambda(itemgetter('a', 0))`.
fn getter(at: Span, call: &Call) -> Option<Item> {
    let [Literal::Call(inner)] = call.values.as_slice() else { return None };
    let plain = call.name == "RunnableLambda" && call.named.is_empty();
    if !plain || inner.name != "itemgetter" || !inner.named.is_empty() {
        return None;
    }
    let keys = inner.values.iter().map(|key| match key {
        Literal::Text(text) => Some(make::text(at, text.as_str())),
        Literal::Number(Number::Int(int)) => Some(make::number(at, *int)),
        _ => None,
    });
    let mut keys = keys.collect::<Option<Vec<_>>>()?;
    match keys.len() {
        0 => None,
        1 => Some(make::pair(at, "get", keys.remove(0))),
        _ => Some(make::pair(at, "get", make::list(at, keys))),
    }
}

fn parser(at: Span, id: &str, call: &Call) -> Option<Item> {
    let path = id.strip_prefix(PARSERS_AT)?;
    let (_, word, known) = PARSERS.iter().find(|(known, ..)| *known == path)?;
    if !call.values.is_empty() || path.rsplit('/').next() != Some(call.name.as_str()) {
        return None;
    }
    let mut options = Vec::new();
    if path == TEXT_FUNCTIONS {
        options.push(make::entry("raw", make::boolean(at, true)));
    }
    for (name, value) in call.named.iter().filter(|(name, _)| name != "name") {
        let (_, ours, kind) = known.iter().find(|(known, ..)| known == name)?;
        let value = match (kind, value) {
            (Kind::Bool, Literal::Bool(bool)) => make::boolean(at, *bool),
            (Kind::Text, Literal::Text(text)) => make::text(at, text.as_str()),
            (Kind::Texts, Literal::List(_)) => data(at, value)?,
            (_, Literal::None) => continue,
            _ => return None,
        };
        options.push(make::entry(ours, value));
    }
    let key = known.iter().find(|(python, ..)| *python == "key_name");
    if key.is_some_and(|(_, ours, _)| !options.iter().any(|entry| entry.key == *ours)) {
        return None;
    }
    let value = match options.is_empty() {
        true => make::text(at, *word),
        false => make::pair(at, word, make::map(at, options)),
    };
    Some(make::pair(at, "parser", value))
}

/// The arguments of a call as `kwargs`.
fn arguments(at: Span, call: &Call) -> Option<Item> {
    let named = call.named.iter().map(|(name, value)| Some(make::entry(name, object(at, value)?)));
    Some(make::map(at, named.collect::<Option<_>>()?))
}

/// A value of a call: an object of one of the known classes, or data.
fn object(at: Span, value: &Literal) -> Option<Item> {
    match value {
        Literal::Call(call) => {
            let (_, path) = INNER.iter().find(|(name, _)| *name == call.name && call.values.is_empty())?;
            let id = path.split('/').map(|part| make::text(at, part)).collect();
            Some(make::map(
                at,
                vec![
                    make::entry("lc", make::number(at, 1_i64)),
                    make::entry("type", make::text(at, "constructor")),
                    make::entry("id", make::list(at, id)),
                    make::entry("kwargs", arguments(at, call)?),
                ],
            ))
        }
        Literal::List(items) => {
            let items = items.iter().map(|item| object(at, item)).collect::<Option<_>>()?;
            Some(make::list(at, items))
        }
        // What looks like a node in a `repr` was data in Python, and stays data.
        Literal::Map(entries) if entries.iter().any(|(key, _)| key == "lc" || key == ESCAPE) => {
            Some(make::pair(at, ESCAPE, data(at, value)?))
        }
        Literal::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| Some(make::entry(key, object(at, value)?)));
            Some(make::map(at, entries.collect::<Option<_>>()?))
        }
        value => data(at, value),
    }
}

/// Data.
fn data(at: Span, value: &Literal) -> Option<Item> {
    Some(match value {
        Literal::None => Item { span: at, content: crate::document::Content::Null },
        Literal::Bool(bool) => make::boolean(at, *bool),
        Literal::Number(number) => make::number(at, number.clone()),
        Literal::Text(text) => make::text(at, text.as_str()),
        Literal::List(items) => {
            make::list(at, items.iter().map(|item| data(at, item)).collect::<Option<_>>()?)
        }
        Literal::Map(entries) => {
            let entries = entries.iter().map(|(key, value)| Some(make::entry(key, data(at, value)?)));
            make::map(at, entries.collect::<Option<_>>()?)
        }
        Literal::Call(_) => return None,
    })
}
