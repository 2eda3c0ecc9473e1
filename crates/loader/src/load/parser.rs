//! `parser`: a word, or a word with options.

use super::{Context, Semantics, read::did_you_mean};
use crate::{
    document::{Content, Entry, Item},
    suggest::{list, shorten},
};
use windlass_core::{
    CommaSeparatedListOutputParser, DynChain, IntoChain, JsonKeyOutputFunctionsParser,
    JsonOutputFunctionsParser, JsonOutputKeyToolsParser, JsonOutputParser, JsonOutputToolsParser,
    MarkdownListOutputParser, NumberedListOutputParser, OutputFunctionsParser, StrOutputParser,
    XMLOutputParser,
};

/// A parser that can be named by a word alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parser {
    Text,
    Json,
    Csv,
    NumberedList,
    MarkdownList,
    Xml,
    Tools,
    Functions,
}

/// The words, then LangChain's names.
pub(super) const PARSERS: [(&str, Parser); 16] = [
    ("text", Parser::Text),
    ("json", Parser::Json),
    ("csv", Parser::Csv),
    ("numbered_list", Parser::NumberedList),
    ("markdown_list", Parser::MarkdownList),
    ("xml", Parser::Xml),
    ("tools", Parser::Tools),
    ("functions", Parser::Functions),
    ("StrOutputParser", Parser::Text),
    ("JsonOutputParser", Parser::Json),
    ("CommaSeparatedListOutputParser", Parser::Csv),
    ("NumberedListOutputParser", Parser::NumberedList),
    ("MarkdownListOutputParser", Parser::MarkdownList),
    ("XMLOutputParser", Parser::Xml),
    ("JsonOutputToolsParser", Parser::Tools),
    ("JsonOutputFunctionsParser", Parser::Functions),
];

/// The words that take options.
const WITH_OPTIONS: [&str; 5] = ["json", "xml", "tools", "tool", "functions"];

impl Parser {
    pub(super) fn chain(self, semantics: Semantics) -> DynChain {
        match (self, semantics) {
            (Parser::Text, Semantics::LangChain) => return StrOutputParser::langchain().into_chain().erase(),
            (Parser::Json, Semantics::LangChain) => {
                return JsonOutputParser::langchain().into_chain().erase();
            }
            (Parser::Tools, Semantics::LangChain) => {
                return JsonOutputToolsParser::new().langchain().into_chain().erase();
            }
            (Parser::Functions, Semantics::LangChain) => {
                return JsonOutputFunctionsParser::new().langchain().into_chain().erase();
            }
            _ => {}
        }
        match self {
            Parser::Text => StrOutputParser.into_chain().erase(),
            Parser::Json => JsonOutputParser.into_chain().erase(),
            Parser::Csv => CommaSeparatedListOutputParser.into_chain().erase(),
            Parser::NumberedList => NumberedListOutputParser.into_chain().erase(),
            Parser::MarkdownList => MarkdownListOutputParser.into_chain().erase(),
            Parser::Xml => XMLOutputParser::new().into_chain().erase(),
            Parser::Tools => JsonOutputToolsParser::new().into_chain().erase(),
            Parser::Functions => JsonOutputFunctionsParser::new().into_chain().erase(),
        }
    }
}

impl Context<'_> {
    /// The parser that `parser:` says.
    pub(super) fn parser(&mut self, item: &Item) -> Option<DynChain> {
        match &item.content {
            Content::Map(entries) => self.parser_with_options(item, entries),
            Content::Text(word, _) if word == "tool" => {
                let remedy = "write `parser: { tool: get_weather }`";
                self.mistakes.error(item.span, "the parser `tool` needs the name of a tool", remedy);
                None
            }
            _ => self.word(item, "`parser`", &PARSERS).map(|parser| parser.chain(self.semantics)),
        }
    }

    fn parser_with_options(&mut self, item: &Item, entries: &[Entry]) -> Option<DynChain> {
        let [entry] = entries else {
            let remedy = "write one parser: `parser: { tools: { first: true } }`";
            self.mistakes.error(item.span, "`parser` names no single parser", remedy);
            return None;
        };
        match entry.key.as_str() {
            "json" => self.json_parser(entry),
            "xml" => self.xml_parser(entry),
            "tools" => self.tools_parser(entry),
            "tool" => self.tool_parser(entry),
            "functions" => self.functions_parser(entry),
            key => {
                let known = PARSERS.iter().any(|(word, _)| *word == key);
                let remedy = match did_you_mean(key, WITH_OPTIONS) {
                    _ if known => format!("write `parser: {key}`"),
                    Some(remedy) => remedy,
                    None => format!("write one of: {}", list(WITH_OPTIONS)),
                };
                let message = format!("no parser with options is called `{}`", shorten(key));
                self.mistakes.error(entry.span, message, remedy);
                None
            }
        }
    }

    fn json_parser(&mut self, entry: &Entry) -> Option<DynChain> {
        let [diff] = self.flags(&entry.value, "`json`", ["diff"], &[])?;
        Some(match diff {
            Some(true) => JsonOutputParser::langchain().diff(true).into_chain().erase(),
            _ => Parser::Json.chain(self.semantics),
        })
    }

    fn xml_parser(&mut self, entry: &Entry) -> Option<DynChain> {
        let entries = self.entries(&entry.value, "`xml`")?;
        self.only(entries, &["tags"], "`xml`");
        let tags = match entry.value.get("tags") {
            Some(tags) => self.texts(tags, "`tags`")?,
            None => return Some(Parser::Xml.chain(self.semantics)),
        };
        Some(XMLOutputParser::new().tags(tags).into_chain().erase())
    }

    fn tools_parser(&mut self, entry: &Entry) -> Option<DynChain> {
        let [first, ids, strict] = self.flags(&entry.value, "`tools`", ["first", "ids", "strict"], &[])?;
        let parser = JsonOutputToolsParser::new().first_tool_only(first.unwrap_or(false));
        let parser = parser.return_id(ids.unwrap_or(false)).strict(strict.unwrap_or(false));
        Some(match self.semantics {
            Semantics::Windlass => parser.into_chain().erase(),
            Semantics::LangChain => parser.langchain().into_chain().erase(),
        })
    }

    fn tool_parser(&mut self, entry: &Entry) -> Option<DynChain> {
        if let Some(name) = entry.value.as_text() {
            let parser = JsonOutputKeyToolsParser::new(name);
            return Some(match self.semantics {
                Semantics::Windlass => parser.into_chain().erase(),
                Semantics::LangChain => parser.langchain().into_chain().erase(),
            });
        }
        let [first, ids, strict] =
            self.flags(&entry.value, "`tool`", ["first", "ids", "strict"], &["name"])?;
        let Some(name) = entry.value.get("name") else {
            let remedy = "write `tool: { name: get_weather }`";
            self.mistakes.error(entry.span, "`tool` has no `name`", remedy);
            return None;
        };
        let parser = JsonOutputKeyToolsParser::new(self.text(name, "`name`")?);
        let parser = parser.first_tool_only(first.unwrap_or(false)).return_id(ids.unwrap_or(false));
        let parser = parser.strict(strict.unwrap_or(false));
        Some(match self.semantics {
            Semantics::Windlass => parser.into_chain().erase(),
            Semantics::LangChain => parser.langchain().into_chain().erase(),
        })
    }

    fn functions_parser(&mut self, entry: &Entry) -> Option<DynChain> {
        let names = ["args_only", "strict", "diff", "raw"];
        let [args_only, strict, diff, raw] = self.flags(&entry.value, "`functions`", names, &["key"])?;
        let (args_only, strict, diff) =
            (args_only.unwrap_or(true), strict.unwrap_or(false), diff.unwrap_or(false));
        let key = match entry.value.get("key") {
            Some(key) => Some(self.text(key, "`key`")?),
            None => None,
        };
        Some(match key {
            None if raw == Some(true) => {
                OutputFunctionsParser::new().args_only(args_only).into_chain().erase()
            }
            None => {
                let parser = JsonOutputFunctionsParser::new().args_only(args_only);
                let parser = parser.strict(strict).diff(diff);
                match self.semantics {
                    Semantics::Windlass => parser.into_chain().erase(),
                    Semantics::LangChain => parser.langchain().into_chain().erase(),
                }
            }
            Some(key) => {
                let parser = JsonKeyOutputFunctionsParser::new(key).args_only(args_only);
                let parser = parser.strict(strict).diff(diff);
                match self.semantics {
                    Semantics::Windlass => parser.into_chain().erase(),
                    Semantics::LangChain => parser.langchain().into_chain().erase(),
                }
            }
        })
    }

    /// The options of these names that are true or false; `None` if something is wrong with them. `others` may stand beside
    /// them.
    fn flags<const N: usize>(
        &mut self,
        item: &Item,
        what: &str,
        names: [&str; N],
        others: &[&str],
    ) -> Option<[Option<bool>; N]> {
        let before = self.mistakes.errors();
        let entries = self.entries(item, what)?;
        let all: Vec<_> = others.iter().copied().chain(names).collect();
        self.only(entries, &all, what);
        let flags = names.map(|name| self.boolean(item.get(name)?, &format!("`{name}`")));
        (self.mistakes.errors() == before).then_some(flags)
    }
}
