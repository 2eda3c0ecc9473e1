//! Messages as LangChain's clients send them: dumped, with all their fields, in the words of Python or of JavaScript.

use super::{message_from, tool_calls};
use crate::{
    AiMessage, ChatMessage, Content, FunctionMessage, HumanMessage, InvalidToolCall, Message, Metadata, Part,
    SystemMessage, ToolCall, ToolCallChunk, ToolMessage, Usage, Val, python,
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

impl Message {
    /// Reads a message in any form in which LangChain's clients send one: dumped with its `type` (also those of pieces,
    /// `AIMessageChunk`, and JavaScript's `generic`), `{"role", "content"}`, a pair, plain text, or as a constructor.
    /// Fields that no message has are left out. `None` if it is no message.
    ///
    /// ```
    /// use serde_json::json;
    /// use windlass_core::Message;
    ///
    /// let dumped = json!({"type": "human", "content": "Hi", "additional_kwargs": {}, "example": false});
    /// assert_eq!(Message::from_stored(&dumped), Some(Message::human("Hi")));
    /// assert_eq!(Message::from_stored(&json!(["human", "Hi"])), Some(Message::human("Hi")));
    /// ```
    pub fn from_stored(json: &Value) -> Option<Self> {
        match Fields::of(json) {
            Some((fields, word)) if fields.has_type(word) => fields.typed(word),
            _ => message_from(Val::from(json.clone())).ok(),
        }
    }

    /// Reads a message that is dumped with its type, and in no other form.
    pub(crate) fn dumped(json: &Value) -> Option<Self> {
        let (fields, word) = Fields::of(json)?;
        fields.typed(word)
    }
}

/// The types of messages, but for those of a vendor's own roles.
const TYPES: [&str; 10] = [
    "human",
    "ai",
    "system",
    "tool",
    "function",
    "HumanMessageChunk",
    "AIMessageChunk",
    "SystemMessageChunk",
    "ToolMessageChunk",
    "FunctionMessageChunk",
];

/// The fields of a dumped message.
struct Fields<'j>(&'j Map<String, Value>);

impl Fields<'_> {
    /// The fields and the type of an object that says its type.
    fn of(json: &Value) -> Option<(Fields<'_>, &str)> {
        let object = json.as_object()?;
        Some((Fields(object), object.get("type")?.as_str()?))
    }

    /// Whether messages have this type, and it is not a role that says who speaks. `chat` has both.
    fn has_type(&self, word: &str) -> bool {
        let chat = matches!(word, "chat" | "generic" | "ChatMessageChunk");
        let plain = TYPES.contains(&word);
        chat || plain && !self.0.contains_key("role")
    }

    /// The message of a type.
    fn typed(&self, word: &str) -> Option<Message> {
        match word {
            "human" | "HumanMessageChunk" => self.human(),
            "ai" => self.ai(Part::Whole),
            "AIMessageChunk" if self.0.get("chunk_position").is_some_and(|position| position == "last") => {
                self.ai(Part::Last)
            }
            "AIMessageChunk" => self.ai(Part::Piece),
            "system" | "SystemMessageChunk" => self.system(),
            "tool" | "ToolMessageChunk" => self.tool(),
            "function" | "FunctionMessageChunk" => self.function(),
            "chat" | "generic" | "ChatMessageChunk" => self.chat(),
            _ => None,
        }
    }

    fn present(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    /// A field, or its default where there is none; the outer `None` is a value of the wrong kind.
    fn read<T: DeserializeOwned + Default>(&self, key: &str) -> Option<T> {
        match self.present(key) {
            Some(value) => T::deserialize(value).ok(),
            None => Some(T::default()),
        }
    }

    /// Text, or a number as text.
    fn label(&self, key: &str) -> Option<Option<String>> {
        match self.present(key) {
            None => Some(None),
            Some(Value::String(text)) => Some(Some(text.clone())),
            Some(Value::Number(number)) => Some(Some(number.to_string())),
            Some(_) => None,
        }
    }

    fn name(&self) -> Option<Option<String>> {
        self.read("name")
    }

    fn content(&self) -> Option<Content> {
        let content = Content::deserialize(self.0.get("content")?).ok()?;
        let readable = |block: &Value| block.is_string() || block.is_object();
        match &content {
            Content::Blocks(blocks) if !blocks.iter().all(readable) => None,
            _ => Some(content),
        }
    }

    fn metadata(&self, key: &str) -> Option<Metadata> {
        self.read::<Map<String, Value>>(key).map(Metadata::from)
    }

    fn human(&self) -> Option<Message> {
        Some(Message::Human(HumanMessage {
            content: self.content()?,
            name: self.name()?,
            id: self.label("id")?,
            additional_kwargs: self.metadata("additional_kwargs")?,
            response_metadata: self.metadata("response_metadata")?,
        }))
    }

    fn system(&self) -> Option<Message> {
        Some(Message::System(SystemMessage {
            content: self.content()?,
            name: self.name()?,
            id: self.label("id")?,
            additional_kwargs: self.metadata("additional_kwargs")?,
            response_metadata: self.metadata("response_metadata")?,
        }))
    }

    fn chat(&self) -> Option<Message> {
        Some(Message::Chat(ChatMessage {
            content: self.content()?,
            role: self.present("role")?.as_str()?.into(),
            name: self.name()?,
            id: self.label("id")?,
            additional_kwargs: self.metadata("additional_kwargs")?,
            response_metadata: self.metadata("response_metadata")?,
        }))
    }

    fn function(&self) -> Option<Message> {
        Some(Message::Function(FunctionMessage {
            content: self.content()?,
            name: self.name()??,
            id: self.label("id")?,
            additional_kwargs: self.metadata("additional_kwargs")?,
            response_metadata: self.metadata("response_metadata")?,
        }))
    }

    fn tool(&self) -> Option<Message> {
        let status = self.read::<Option<String>>("status")?;
        if status.as_ref().is_some_and(|status| status != "success" && status != "error") {
            return None;
        }
        // What a tool answers counts as text where it is a number or a truth.
        let content = match self.0.get("content")? {
            plain @ (Value::Number(_) | Value::Bool(_)) => {
                Content::Text(python::str(&Val::from(plain.clone())))
            }
            _ => self.content()?,
        };
        Some(Message::Tool(ToolMessage {
            content,
            tool_call_id: self.label("tool_call_id")??,
            name: self.name()?,
            id: self.label("id")?,
            status: status.filter(|status| status != "success"),
            additional_kwargs: self.metadata("additional_kwargs")?,
            response_metadata: self.metadata("response_metadata")?,
            artifact: self.present("artifact").cloned(),
        }))
    }

    fn ai(&self, part: Part) -> Option<Message> {
        let additional_kwargs = self.metadata("additional_kwargs")?;
        let mut tool_calls: Vec<ToolCall> = self.read("tool_calls")?;
        let mut invalid_tool_calls: Vec<InvalidToolCall> = self.read("invalid_tool_calls")?;
        let raw = additional_kwargs.get("tool_calls").and_then(Value::as_array);
        if let Some(raw) = raw.filter(|_| tool_calls.is_empty() && invalid_tool_calls.is_empty()) {
            (tool_calls, invalid_tool_calls) = tool_calls::from_vendor(raw);
        }
        Some(Message::Ai(AiMessage {
            content: self.content()?,
            tool_calls,
            invalid_tool_calls,
            tool_call_chunks: match part {
                Part::Piece | Part::Last => self.read::<Vec<ToolCallChunk>>("tool_call_chunks")?,
                Part::Human | Part::Whole => Vec::new(),
            },
            usage: self.read::<Option<Usage>>("usage_metadata")?,
            name: self.name()?,
            id: self.label("id")?.map(Into::into),
            additional_kwargs,
            response_metadata: self.metadata("response_metadata")?,
            part,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// What is read, and how it is written again.
    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "rows of a table")]
    fn check(json: Value, class: &str, stored: Value) {
        let message = Message::from_stored(&json).unwrap_or_else(|| panic!("{json} is no message"));
        let dumped = Value::from(crate::dumpd(message.clone().into()));
        assert_eq!(dumped["id"][3], class, "{json}");
        assert_eq!(serde_json::to_value(&message).unwrap(), stored, "{json}");
    }

    #[test]
    fn dumped_messages_keep_what_they_hold() {
        let noise = |word: &str| json!({"type": word, "content": "x", "additional_kwargs": {"a": 1}, "response_metadata": {"m": 1}, "name": null, "id": 5, "example": false});
        let kept = |word: &str| json!({"type": word, "content": "x", "id": "5", "additional_kwargs": {"a": 1}, "response_metadata": {"m": 1}});
        for (word, class, stored) in [
            ("human", "HumanMessage", "human"),
            ("HumanMessageChunk", "HumanMessage", "human"),
            ("system", "SystemMessage", "system"),
            ("SystemMessageChunk", "SystemMessage", "system"),
            ("ai", "AIMessage", "ai"),
            ("AIMessageChunk", "AIMessageChunk", "ai"),
        ] {
            check(noise(word), class, kept(stored));
        }
        for word in ["tool", "ToolMessageChunk"] {
            let mut tool = noise(word);
            tool["tool_call_id"] = json!(7);
            tool["artifact"] = json!({"raw": [1]});
            tool["status"] = json!("error");
            let mut stored = kept("tool");
            stored["tool_call_id"] = json!("7");
            stored["artifact"] = json!({"raw": [1]});
            stored["status"] = json!("error");
            check(tool, "ToolMessage", stored);
        }
        for word in ["chat", "generic", "ChatMessageChunk"] {
            let mut chat = noise(word);
            chat["role"] = json!("critic");
            let mut stored = kept("chat");
            stored["role"] = json!("critic");
            check(chat, "ChatMessage", stored);
        }
        let function = json!({"type": "function", "content": "x", "name": "f"});
        check(function.clone(), "FunctionMessage", function);
    }

    #[test]
    fn calls_of_tools_and_usage_are_read() {
        let dumped = json!({
            "type": "ai", "content": "", "tool_calls": [{"name": "f", "args": {"x": 1}, "id": "1", "type": "tool_call"}],
            "invalid_tool_calls": [{"type": "invalid_tool_call", "id": "2", "name": "g", "args": "{", "error": "parse"}],
            "usage_metadata": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}, "chunk_position": null,
        });
        let Some(Message::Ai(message)) = Message::from_stored(&dumped) else { panic!("no AI message") };
        assert_eq!((message.tool_calls[0].name.as_str(), message.usage.unwrap().total_tokens), ("f", 3));
        assert_eq!(message.invalid_tool_calls[0].error.as_deref(), Some("parse"));
        let raw = json!({"type": "ai", "content": "", "additional_kwargs": {"tool_calls": [{"id": "1", "function": {"name": "f", "arguments": "{}"}}]}});
        let Some(Message::Ai(message)) = Message::from_stored(&raw) else { panic!("no AI message") };
        assert_eq!(message.tool_calls.len(), 1);
        let piece = json!({
            "type": "AIMessageChunk", "content": "", "chunk_position": "last", "usage_metadata": null,
            "tool_call_chunks": [{"name": "f", "args": "{", "id": "1", "index": 0, "type": "tool_call_chunk"}],
        });
        let Some(Message::Ai(message)) = Message::from_stored(&piece) else { panic!("no AI message") };
        assert_eq!((message.part, message.tool_call_chunks.len()), (Part::Last, 1));
    }

    #[test]
    fn roles_pairs_and_text_are_messages() {
        let human = json!({"type": "human", "content": "x"});
        for form in [json!("x"), json!(["user", "x"]), json!({"role": "user", "content": "x"}), human.clone()]
        {
            check(form, "HumanMessage", human.clone());
        }
        check(
            json!({"role": "tool", "content": "x", "tool_call_id": "1"}),
            "ToolMessage",
            json!({"type": "tool", "content": "x", "tool_call_id": "1"}),
        );
        let developer =
            json!({"type": "system", "content": "x", "additional_kwargs": {"__openai_role__": "developer"}});
        check(json!({"role": "developer", "content": "x"}), "SystemMessage", developer);
    }

    #[test]
    fn what_is_no_message_is_none() {
        for json in [
            json!(5),
            json!({}),
            json!({"type": "alien", "content": "x"}),
            json!({"type": "human"}),
            json!({"type": "human", "content": 5}),
            json!({"type": "human", "content": [5]}),
            json!({"type": "human", "content": "x", "name": 5}),
            json!({"type": "human", "content": "x", "additional_kwargs": []}),
            json!({"type": "tool", "content": "x"}),
            json!({"type": "tool", "content": "x", "tool_call_id": "1", "status": "odd"}),
            json!({"type": "generic", "content": "x"}),
            json!({"type": "ai", "content": "x", "tool_calls": [{"name": 5}]}),
        ] {
            assert_eq!(Message::from_stored(&json), None, "{json}");
        }
    }
}
