//! Failures as text: clients show the body of a refused request to their users, word by word.

use crate::{
    error::ApiError,
    http::{Response, ResponseBody},
};
use http::{HeaderValue, header};
use windlass_core::RunId;

/// The failure as an answer of its own, with the status and the headers it has in every dialect.
pub(super) fn respond(error: ApiError, run: RunId) -> Response {
    let text = text_of(&error);
    let mut response = error.into_response(run);
    *response.body_mut() = ResponseBody::Whole(Some(text.into()));
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}

/// A failure as people read it.
pub(super) fn text_of(error: &ApiError) -> String {
    match error.problems.is_empty() {
        true => sentence(&error.message),
        false => sentence(&format!("this chain does not take the conversation: {}", error.message)),
    }
}

/// A message as a sentence.
fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    let end = if message.ends_with(['.', '!', '?']) { "" } else { "." };
    first.chain(chars).collect::<String>() + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_becomes_a_sentence() {
        assert_eq!(sentence("the queue is full"), "The queue is full.");
        assert_eq!(sentence("`x` takes POST, not GET."), "`x` takes POST, not GET.");
    }
}
