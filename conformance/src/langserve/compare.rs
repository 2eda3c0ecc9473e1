//! Compares answers: status, headers that mean something, and what the body says.

mod headers;
mod races;

use super::{Answer, Event, Recording, normal::Normal};
use crate::{Difference, Json, compare::Comparison};

/// The first difference between the recorded answer and what came. Where branches race, order counts within each.
pub(super) fn compare(recording: &Recording, got: &Answer, races: bool) -> Result<(), Difference> {
    let wanted = &recording.answer;
    status(recording, got)?;
    if let Some(wanted_events) = wanted.events() {
        headers::compare(recording, got, true)?;
        let Some(got_events) = got.events() else {
            return Err(Difference::new("body", "a stream of events", String::from_utf8_lossy(&got.body)));
        };
        writes(got)?;
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

/// Clients that look at what comes in one read want each event in a write of its own.
fn writes(got: &Answer) -> Result<(), Difference> {
    let mut rest = got.body.as_slice();
    for length in &got.chunks {
        let (chunk, after) = rest.split_at((*length).min(rest.len()));
        let events = Event::all(&String::from_utf8_lossy(chunk)).len();
        if events != 1 {
            let shown = String::from_utf8_lossy(chunk);
            return Err(Difference::new("write", "one event", format!("{events}: {}", shown.escape_debug())));
        }
        rest = after;
    }
    Ok(())
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
            named = races::settle(named);
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

#[cfg(test)]
mod tests;
