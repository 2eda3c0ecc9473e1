//! Requests against those that Python sent, and refusals against Python's.

use super::*;
use serde::Deserialize;

/// What LangChain's `ChatAnthropic` made of messages, parameters and call arguments.
#[derive(Debug, Deserialize)]
struct Recorded {
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    messages: Option<Vec<Message>>,
    #[serde(default)]
    kwargs: Option<Map<String, Value>>,
    #[serde(default)]
    stream: bool,
    body: Option<Value>,
    beta: Option<String>,
    profile: Option<String>,
    text: Option<bool>,
    error: Option<Refused>,
}

#[derive(Debug, Deserialize)]
struct Refused {
    class: String,
    message: String,
}

impl Recorded {
    fn request(&self) -> Result<Outgoing, BadRequest> {
        let params = if self.params.is_null() { json!({}) } else { self.params.clone() };
        let params: AnthropicParams = serde_json::from_value(params).unwrap();
        let plan = RequestPlan::new(self.model.as_deref().unwrap_or("claude-sonnet-4-5-20250929"), &params);
        let messages = self.messages.clone().unwrap_or_else(|| vec![Message::human("hi")]);
        plan.request(&messages, self.kwargs.as_ref(), self.stream)
    }

    /// What is compared: the body, the headers that features need, and the form of the answer; or the exception.
    fn seen(&self) -> Value {
        let outgoing = match self.request() {
            Ok(outgoing) => outgoing,
            Err(bad) => return json!({"class": bad.class, "message": bad.words.ours}),
        };
        let header = |name: &str| outgoing.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let body: Value = serde_json::from_slice(&outgoing.body).unwrap();
        let text = self.text.map(|_| outgoing.answer.text);
        json!([body, header("anthropic-beta"), header("anthropic-user-profile-id"), text])
    }

    fn expected(&self) -> Value {
        match &self.error {
            Some(error) => json!({"class": error.class, "message": error.message}),
            None => json!([self.body, self.beta, self.profile, self.text]),
        }
    }

    fn differs(&self) -> Option<String> {
        let (seen, expected) = (self.seen(), self.expected());
        (seen != expected).then(|| format!("{self:?}\n  ours:   {seen}\n  Python: {expected}"))
    }
}

#[test]
fn all_requests_are_those_of_python() {
    let recorded: Vec<Recorded> =
        serde_json::from_str(include_str!("../../../tests/fixtures/anthropic/requests.json")).unwrap();
    let differing: Vec<_> = recorded.iter().filter_map(Recorded::differs).collect();
    assert!(
        differing.is_empty(),
        "{} of {} differ:\n{}",
        differing.len(),
        recorded.len(),
        differing.join("\n")
    );
}
