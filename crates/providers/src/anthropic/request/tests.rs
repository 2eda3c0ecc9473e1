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

    fn differs(&self) -> Option<String> {
        let header = |headers: &HeaderMap, name: &str| Some(headers.get(name)?.to_str().ok()?.to_owned());
        let (seen, expect) = match (self.request(), &self.error) {
            (Ok(request), None) => {
                let body: Value = serde_json::from_slice(&request.body).unwrap();
                let beta = header(&request.headers, "anthropic-beta");
                let profile = header(&request.headers, "anthropic-user-profile-id");
                let text = self.text.map(|_| request.answer.text);
                (format!("{body} {beta:?} {profile:?} {text:?}"), {
                    let body = self.body.as_ref().unwrap();
                    if *body == serde_json::from_slice::<Value>(&request.body).unwrap() {
                        format!(
                            "{} {:?} {:?} {:?}",
                            serde_json::from_slice::<Value>(&request.body).unwrap(),
                            self.beta,
                            self.profile,
                            self.text
                        )
                    } else {
                        format!("{body} {:?} {:?} {:?}", self.beta, self.profile, self.text)
                    }
                })
            }
            (Err(bad), Some(error)) => {
                (format!("{} {}", bad.class, bad.words.ours), format!("{} {}", error.class, error.message))
            }
            (Ok(request), Some(error)) => {
                (format!("{:?}", request.body), format!("{} {}", error.class, error.message))
            }
            (Err(bad), None) => (format!("{} {}", bad.class, bad.words.ours), format!("{:?}", self.body)),
        };
        (seen != expect).then(|| format!("{self:?}\n  ours:   {seen}\n  Python: {expect}"))
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
