//! The places of LangChain's standard blocks in a stream. Pure.

use serde_json::Value;
use windlass_core::Content;

/// Gives blocks their places where the service gave none: a new one wherever the type changes.
#[derive(Debug, Default)]
pub(crate) struct Places {
    kind: String,
    next: usize,
}

impl Places {
    pub(crate) fn give(&mut self, content: &mut Content) {
        let Content::Blocks(blocks) = content else { return };
        for block in blocks.iter_mut().filter_map(Value::as_object_mut) {
            let kind = block.get("type").and_then(Value::as_str).unwrap_or_default();
            if kind != self.kind {
                self.kind = kind.into();
                self.next += 1;
            }
            let place = self.next.saturating_sub(1);
            block.entry("index").or_insert_with(|| place.into());
        }
    }
}
