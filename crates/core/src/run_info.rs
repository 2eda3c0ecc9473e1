//! How the runs of a step are told of: their type, their name, and when they begin and end, all as in LangChain.

use crate::RunnableConfig;
use serde_json::{Map, Value};
use std::{borrow::Cow, sync::Arc};

/// The types of run that LangChain tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RunType {
    /// Anything that is none of the others.
    Chain,
    /// A prompt template.
    Prompt,
    /// A model of messages.
    ChatModel,
    /// A model of text.
    Llm,
    /// An output parser.
    Parser,
    /// A tool.
    Tool,
    /// A retriever.
    Retriever,
}

impl RunType {
    /// LangChain's word for it: `chain`, `prompt`, `chat_model`, `llm`, `parser`, `tool`, `retriever`.
    pub fn as_str(self) -> &'static str {
        match self {
            RunType::Chain => "chain",
            RunType::Prompt => "prompt",
            RunType::ChatModel => "chat_model",
            RunType::Llm => "llm",
            RunType::Parser => "parser",
            RunType::Tool => "tool",
            RunType::Retriever => "retriever",
        }
    }
}

/// When a run that is streamed begins, and what of its output is told before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// It begins with the first piece of its input, which is told at its end, and tells each piece of its output.
    Pieces,
    /// It begins when the whole input is there, and tells each piece of its output.
    Answer,
    /// It begins when the whole input is there; its pieces are the run's around it only.
    Passed,
    /// It begins when the whole input is there, and tells its output when it has ended.
    Whole,
}

/// How the runs of a step are told of; see [`Runnable::run_info`](crate::Runnable::run_info).
#[derive(Debug, Clone, PartialEq)]
pub struct RunInfo {
    /// The run's name if no configuration gives another: LangChain's class, a function's name.
    pub name: Cow<'static, str>,
    /// The run's type.
    pub run_type: RunType,
    /// When it begins and what it tells.
    pub telling: Telling,
    /// Metadata of the step's own, such as a model's name.
    pub metadata: Map<String, Value>,
    /// The configuration of the run, where a binding changes it.
    pub(crate) config: Option<Arc<RunnableConfig>>,
}

impl RunInfo {
    fn of(run_type: RunType, telling: Telling, name: impl Into<Cow<'static, str>>) -> Self {
        RunInfo { name: name.into(), run_type, telling, metadata: Map::new(), config: None }
    }

    /// A step that tells its pieces as they come.
    pub fn chain(name: impl Into<Cow<'static, str>>) -> Self {
        RunInfo::of(RunType::Chain, Telling::Pieces, name)
    }

    /// A prompt template.
    pub fn prompt(name: impl Into<Cow<'static, str>>) -> Self {
        RunInfo::of(RunType::Prompt, Telling::Whole, name)
    }

    /// An output parser that gives pieces as they come.
    pub fn parser(name: impl Into<Cow<'static, str>>) -> Self {
        RunInfo::of(RunType::Parser, Telling::Pieces, name)
    }

    /// A model of messages, by the name of its class in LangChain: `ChatOpenAI`. The metadata says what LangChain says of
    /// a class that says nothing of itself.
    pub fn chat_model(class: impl Into<Cow<'static, str>>) -> Self {
        let class = class.into();
        let provider = class.strip_prefix("Chat").or(class.strip_suffix("Chat")).unwrap_or(&class);
        let provider = provider.to_lowercase();
        RunInfo::of(RunType::ChatModel, Telling::Answer, class)
            .with("ls_provider", provider)
            .with("ls_model_type", "chat")
            .with("ls_integration", "langchain_chat_model")
    }

    /// A model of text, by the name of its class in LangChain: `OpenAI`.
    pub fn llm(class: impl Into<Cow<'static, str>>) -> Self {
        let class = class.into();
        let provider = class.strip_suffix("LLM").unwrap_or(&class).to_lowercase();
        RunInfo::of(RunType::Llm, Telling::Answer, class)
            .with("ls_provider", provider)
            .with("ls_model_type", "llm")
    }

    /// A tool.
    pub fn tool(name: impl Into<Cow<'static, str>>) -> Self {
        RunInfo::of(RunType::Tool, Telling::Whole, name)
    }

    /// A retriever, by the name of its class: `VectorStoreRetriever`.
    pub fn retriever(class: impl Into<Cow<'static, str>>) -> Self {
        let class = class.into();
        let name = class.strip_prefix("Retriever").or(class.strip_suffix("Retriever")).unwrap_or(&class);
        let name = name.to_lowercase();
        RunInfo::of(RunType::Retriever, Telling::Whole, class).with("ls_retriever_name", name)
    }

    /// The same, telling otherwise.
    #[must_use]
    pub fn telling(mut self, telling: Telling) -> Self {
        self.telling = telling;
        self
    }

    /// The same with a piece of metadata; one of the same key is replaced.
    #[must_use]
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(info: RunInfo, run_type: &str, metadata: &serde_json::Value) {
        assert_eq!(info.run_type.as_str(), run_type);
        assert_eq!(&serde_json::Value::Object(info.metadata), metadata);
    }

    #[test]
    fn a_class_that_says_nothing_of_itself_is_told_by_its_name() {
        let chat = |provider: &str| {
            serde_json::json!({
                "ls_provider": provider, "ls_model_type": "chat", "ls_integration": "langchain_chat_model",
            })
        };
        check(RunInfo::chat_model("FakeListChatModel"), "chat_model", &chat("fakelistchatmodel"));
        check(RunInfo::chat_model("ChatOpenAI"), "chat_model", &chat("openai"));
        check(RunInfo::chat_model("OtherChat"), "chat_model", &chat("other"));
        let llm = serde_json::json!({"ls_provider": "fakestreaminglist", "ls_model_type": "llm"});
        check(RunInfo::llm("FakeStreamingListLLM"), "llm", &llm);
        check(RunInfo::retriever("Retr"), "retriever", &serde_json::json!({"ls_retriever_name": "retr"}));
        check(RunInfo::tool("t"), "tool", &serde_json::json!({}));
    }
}
