//! Order where branches of a chain run at once: what belongs to one branch stays in its order, and the branches are put one
//! after the other.

use super::Named;
use crate::Json;
use std::collections::HashMap;

/// How LangChain tags the runs of branches.
const BRANCH: &str = "map:key:";

/// Puts the branches one after the other, by their names.
pub(super) fn settle(events: Vec<Named>) -> Vec<Named> {
    let mut branches = Branches::default();
    let events = events.into_iter().map(without_totals);
    let mut placed: Vec<_> = events.map(|event| (branches.place(&event), event)).collect();
    placed.sort_by(|(one, _), (other, _)| one.cmp(other));
    placed.into_iter().map(|(_, event)| event).collect()
}

/// Of a log's patches of the outermost run only the piece: how the total grows depends on which branch was first.
fn without_totals((name, data): Named) -> Named {
    let piece = |data: &Json| {
        let op = data.get("ops")?.items().first()?;
        let added = op.get("path")?.as_text()? == "/streamed_output/-";
        added.then(|| op.get("value").cloned())?
    };
    let data = data.map(|data| piece(&data).unwrap_or(data));
    (name, data)
}

/// The branches that runs are in.
#[derive(Default)]
struct Branches(HashMap<String, String>);

impl Branches {
    /// First what comes before all runs, then branch by branch, then the end.
    fn place(&mut self, (name, data): &Named) -> (u8, String) {
        match (name.as_str(), data) {
            ("metadata", _) => (0, String::new()),
            ("data", Some(data)) if data.get("event").is_some() => (1, self.of_event(data)),
            ("data", Some(data)) => (1, of_data(data)),
            _ => (2, String::new()),
        }
    }

    /// The branch that the event's run is, or is in, or that its piece is of.
    fn of_event(&mut self, event: &Json) -> String {
        let run = event.get("run_id").and_then(Json::as_text).unwrap_or_default();
        let texts = |key: &str| {
            let items = event.get(key).map(Json::items).unwrap_or_default();
            items.iter().filter_map(Json::as_text)
        };
        let own = texts("tags").find_map(|tag| tag.strip_prefix(BRANCH)).map(String::from);
        let within = own.or_else(|| texts("parent_ids").find_map(|run| self.0.get(run).cloned()));
        if let Some(branch) = within {
            self.0.insert(run.into(), branch.clone());
            return branch;
        }
        event.get("data").and_then(|data| data.get("chunk")).map(only_key).unwrap_or_default()
    }
}

/// Logs do not say which run is in which, so there each run stands for itself.
fn of_data(data: &Json) -> String {
    let path = data.get("ops").and_then(|ops| ops.items().first()?.get("path")?.as_text());
    match path {
        Some(path) => path.split('/').nth(2).unwrap_or_default().into(),
        None => only_key(data),
    }
}

/// The key of an object that has one.
fn only_key(piece: &Json) -> String {
    let keys = piece.as_object().filter(|keys| keys.len() == 1);
    keys.and_then(|keys| keys.keys().next()).cloned().unwrap_or_default()
}
