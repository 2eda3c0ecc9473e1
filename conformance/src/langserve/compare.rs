//! Compares answers: status, headers that mean something, and what the body says.

mod headers;

use super::{Answer, Event, Recording, normal::Normal};
use crate::{Difference, Json, compare::Comparison};

/// The first difference between the recorded answer and what came. Where branches race, order counts within each run.
pub(super) fn compare(recording: &Recording, got: &Answer, races: bool) -> Result<(), Difference> {
    let wanted = &recording.answer;
    status(recording, got)?;
    if let Some(wanted_events) = wanted.events() {
        headers::compare(recording, got, true)?;
        let Some(got_events) = got.events() else {
            return Err(Difference::new("body", "a stream of events", String::from_utf8_lossy(&got.body)));
        };
        return events(recording, (wanted_events, got_events), races);
    }
    let Some(wanted_json) = wanted.json() else {
        // Text for people: only that it is an answer of this kind counts.
        return headers::compare(recording, got, false);
    };
    headers::compare(recording, got, true)?;
    let Some(mut got_json) = got.json() else {
        return Err(Difference::new("body", wanted_json.to_string(), String::from_utf8_lossy(&got.body)));
    };
    if wanted.status >= 400 {
        without_message(&mut got_json);
    }
    let wanted_json = Normal::keeping(&recording.request).value(&wanted_json);
    Comparison::of_results().values(&wanted_json, &Normal::keeping(&recording.request).value(&got_json))
}

/// A browser takes any success for leave to send what it asked for.
fn status(recording: &Recording, got: &Answer) -> Result<(), Difference> {
    let wanted = &recording.answer;
    let success = |status: u16| (200..300).contains(&status);
    let granted = recording.method() == "OPTIONS" && success(wanted.status) && success(got.status);
    if granted || wanted.status == got.status {
        return Ok(());
    }
    let shown = |answer: &Answer| {
        let body = String::from_utf8_lossy(&answer.body);
        format!("{} {}", answer.status, body.escape_debug())
    };
    Err(Difference::new("status", shown(wanted), shown(got)))
}

/// Errors also have a `message`, which is all that JavaScript's streams show of them.
fn without_message(error: &mut Json) {
    if let Json::Object(members) = error
        && members.contains_key("detail")
    {
        members.shift_remove("message");
    }
}

type Named = (String, Option<Json>);

fn events(
    recording: &Recording,
    (wanted, got): (Vec<Event>, Vec<Event>),
    races: bool,
) -> Result<(), Difference> {
    if wanted.contains(&Event::Comment) && !got.contains(&Event::Comment) {
        return Err(Difference::new("body", "a comment", "none"));
    }
    let read = |events: Vec<Event>| {
        let mut named: Vec<Named> = events.into_iter().filter_map(named).collect();
        if races {
            named = named.into_iter().map(without_totals).collect();
            named.sort_by_cached_key(run_of);
        }
        let mut normal = Normal::keeping(&recording.request);
        let events = named.into_iter().map(|(name, data)| (name, data.map(|data| normal.value(&data))));
        events.collect::<Vec<_>>()
    };
    let (wanted, got) = (read(wanted), read(got));
    for (index, wanted) in wanted.iter().enumerate() {
        same(index, wanted, got.get(index))?;
    }
    match got.get(wanted.len()) {
        Some(more) => Err(Difference::new(format!("event {}", wanted.len()), "nothing", shown(more))),
        None => Ok(()),
    }
}

fn same(index: usize, wanted: &Named, got: Option<&Named>) -> Result<(), Difference> {
    let at = |what: &str| format!("event {index} {what}");
    let Some(got) = got else {
        return Err(Difference::new(at(""), shown(wanted), "nothing"));
    };
    match (&wanted.1, &got.1) {
        _ if wanted.0 != got.0 => Err(Difference::new(at(""), shown(wanted), shown(got))),
        (Some(wanted), Some(got)) => Comparison::of_results().values(wanted, got).map_err(|difference| {
            let path = format!("{} of {wanted}", at(&difference.path));
            Difference { path, ..difference }
        }),
        (None, None) => Ok(()),
        _ => Err(Difference::new(at("data"), shown(wanted), shown(got))),
    }
}

fn shown((name, data): &Named) -> String {
    data.as_ref().map_or_else(|| name.clone(), |data| format!("{name}: {data}"))
}

fn named(event: Event) -> Option<Named> {
    match event {
        Event::Named { name, data } => {
            let json = data.map(|data| Json::parse(&data).unwrap_or(Json::Text(data)));
            Some((name, json))
        }
        Event::Comment => None,
    }
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

/// By what events are sorted where branches race: the run, and the branch that a piece of the outermost run is of.
fn run_of((name, data): &Named) -> (u8, String) {
    match (name.as_str(), data) {
        ("data", Some(data)) => (1, run_of_data(data)),
        ("metadata", _) => (0, String::new()),
        _ => (2, String::new()),
    }
}

fn run_of_data(data: &Json) -> String {
    let text = |key: &str| data.get(key).map(Json::to_string).unwrap_or_default();
    if data.get("event").is_some() {
        let branch = data.get("data").and_then(|data| data.get("chunk")).map(branch_of);
        return format!("{}{}{}", text("name"), text("tags"), branch.unwrap_or_default());
    }
    let path = data.get("ops").and_then(|ops| ops.items().first()?.get("path")?.as_text());
    match path {
        Some(path) => path.split('/').nth(2).unwrap_or_default().into(),
        None => branch_of(data),
    }
}

/// The key of an object that has one.
fn branch_of(piece: &Json) -> String {
    let keys = piece.as_object().filter(|keys| keys.len() == 1);
    keys.and_then(|keys| keys.keys().next()).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests;
