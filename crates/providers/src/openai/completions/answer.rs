//! What a completion model answers. Pure.

use super::super::{
    bad_answer::{misread_object, raised, told, without_dump},
    error::error_text,
    wire::Text,
};
use crate::{
    call::{BadAnswer, NO_CHUNKS, Reader},
    python_json::is_truthy,
    sse::{Event, Limits, SseDecoder},
};
use bytes::Bytes;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{Map, Value};
use windlass_core::{AiMessage, AiMessageChunk, Content, ModelErrorKind};

const DONE: &str = "[DONE]";

/// Reads an answer: a whole one as a list with a text for each prompt, a stream as pieces of text.
pub(in super::super) struct TextDecoder {
    events: SseDecoder,
    prompts: usize,
    /// How many answers each prompt gets; the first counts.
    answers: usize,
    begun: bool,
    done: bool,
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    choices: Option<Vec<Choice<'a>>>,
    usage: Option<IgnoredAny>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    text: Option<Text<'a>>,
}

impl TextDecoder {
    pub(super) fn new(prompts: usize, answers: usize) -> Self {
        let events = SseDecoder::new(Limits::default());
        TextDecoder { events, prompts, answers, begun: false, done: false }
    }
}

/// A piece of the text.
fn piece(data: &str) -> Result<AiMessageChunk, BadAnswer> {
    let answer: Answer<'_> = serde_json::from_str(data)
        .map_err(|error| misread_object(data.as_bytes(), "an event is not a completion", &error))?;
    if let Some(error) = answer.error.filter(is_truthy) {
        return Err(BadAnswer { kind: ModelErrorKind::Server, ..BadAnswer::told(error_text(&error)) });
    }
    let text = answer.choices.and_then(|choices| choices.into_iter().next()?.text);
    Ok(AiMessage::text(text.map(|text| text.0.into_owned()).unwrap_or_default()))
}

impl Reader for TextDecoder {
    fn whole(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer> {
        let answer: Answer<'_> = serde_json::from_slice(body)
            .map_err(|error| misread_object(body, "the answer is not a completion", &error))?;
        if let Some(error) = answer.error.filter(is_truthy) {
            return Err(told(error));
        }
        // LangChain sums up what was counted, and fails where nothing was.
        let (Some(choices), Some(_)) = (answer.choices, answer.usage) else {
            return Err(raised("TypeError", "'NoneType' object is not iterable"));
        };
        let firsts = choices.into_iter().step_by(self.answers.max(1)).take(self.prompts);
        let texts: Vec<Value> = firsts
            .map(|choice| choice.text.map(|text| text.0.into_owned()).unwrap_or_default().into())
            .collect();
        if texts.len() < self.prompts {
            return Err(raised("IndexError", "list index out of range"));
        }
        Ok(AiMessage { content: Content::Blocks(texts), ..AiMessage::default() })
    }

    fn plain(&mut self, body: &Bytes) -> Result<AiMessage, BadAnswer> {
        let is_object = serde_json::from_slice::<Map<String, Value>>(body).is_ok();
        if is_object { self.whole(body) } else { Err(without_dump("str")) }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.events.push(bytes);
    }

    fn next_chunk(&mut self) -> Result<Option<AiMessageChunk>, BadAnswer> {
        while let Some(event) = self.events.next_event().filter(|_| !self.done) {
            let Event { data, .. } = event.map_err(|error| BadAnswer::nonsense(error.to_string()))?;
            if data.starts_with(DONE) {
                self.done = true;
            } else if !data.is_empty() {
                let piece = piece(data)?;
                self.begun = true;
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }

    fn is_done(&self) -> bool {
        self.done
    }

    fn end(&self) -> Result<(), BadAnswer> {
        if self.begun { Ok(()) } else { Err(raised("ValueError", NO_CHUNKS)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_object_has_no_attributes() {
        let text = TextDecoder::new(1, 1).plain(&Bytes::from("<html>")).unwrap_err();
        assert_eq!(text.ours, "'str' object has no attribute 'model_dump'");
        let list = TextDecoder::new(1, 1).whole(&Bytes::from("[]")).unwrap_err();
        assert_eq!(list.ours, "'list' object has no attribute 'model_dump'");
    }

    #[test]
    fn an_answer_without_counts_fails_as_in_python() {
        let read = |body: &'static str| TextDecoder::new(1, 1).whole(&Bytes::from(body));
        assert!(read(r#"{"choices":[{"text":"a"}],"usage":{}}"#).is_ok());
        for body in [r#"{"choices":[{"text":"a"}]}"#, r#"{"choices":[{"text":"a"}],"usage":null}"#] {
            assert_eq!(read(body).unwrap_err().class, Some("TypeError"), "{body}");
        }
    }
}
