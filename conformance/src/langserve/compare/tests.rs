//! What counts in an answer, and what does not.

use super::*;

const A: &str = "00000000-0000-4000-8000-00000000000a";
const B: &str = "00000000-0000-4000-8000-00000000000b";

fn answer(kind: &str, body: &str) -> Answer {
    let text = format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nallow: POST\r\n\r\n{body}");
    Answer::read(text.replace('A', A).replace('B', B).as_bytes()).unwrap()
}

#[track_caller]
fn check(wanted: &Answer, got: &Answer, races: bool, path: Option<&str>) {
    let recording = Recording {
        name: String::new(),
        shows: String::new(),
        request: b"POST /a/invoke HTTP/1.1\r\nHost: h:1\r\n\r\n".to_vec(),
        answer: wanted.clone(),
    };
    match (compare(&recording, got, races), path) {
        (Ok(()), None) => {}
        (Err(difference), Some(path)) => assert!(difference.path.starts_with(path), "{difference}"),
        (result, _) => panic!("{result:?}"),
    }
}

#[test]
fn json_counts_without_ids_and_order_of_keys() {
    let json = |body: &str| answer("application/json; charset=utf-8", body);
    check(&json(r#"{"a":1,"b":["A"]}"#), &json(r#"{ "b": ["B"], "a": 1 }"#), false, None);
    check(&json(r#"{"a":1}"#), &json(r#"{"a":2}"#), false, Some("$.a"));
    check(&json(r#"["A","A"]"#), &json(r#"["A","B"]"#), false, Some("$[1]"));
    check(&json("1"), &answer("text/plain", "1"), false, Some("header content-type"));
    let mut other = json("1");
    other.status = 404;
    check(&json("1"), &other, false, Some("status"));
    other = json("1");
    other.headers.pop();
    check(&json("1"), &other, false, Some("header allow"));
}

#[test]
fn errors_may_have_a_message_beside_their_detail() {
    let error = |status: u16, body: &str| Answer { status, ..answer("application/json", body) };
    let wanted = r#"{"detail":"x"}"#;
    check(&error(422, wanted), &error(422, r#"{"detail":"x","message":"x"}"#), false, None);
    check(&error(422, wanted), &error(422, r#"{"detail":"y","message":"x"}"#), false, Some("$.detail"));
    check(&error(200, wanted), &error(200, r#"{"detail":"x","message":"x"}"#), false, Some("$.message"));
}

#[test]
fn redirects_to_the_same_host_are_the_same_with_and_without_it() {
    let to = |location: &str| Answer {
        status: 307,
        headers: vec![("location".into(), location.into())],
        ..Answer::default()
    };
    check(&to("http://h:1/a"), &to("/a"), false, None);
    check(&to("http://h:1/a"), &to("http://h:1/a"), false, None);
    check(&to("http://h:1/a"), &to("/b"), false, Some("header location"));
}

#[test]
fn text_for_people_does_not_count() {
    let text = answer("text/plain", "Internal Server Error");
    check(&text, &answer("application/json", "{}"), false, None);
}

#[test]
fn events_count_in_their_order() {
    let events = |body: &str| answer("text/event-stream", &body.replace(';', "\n\n").replace('|', "\n"));
    let wanted = events("event: data|data: {\"a\": 1};event: end;");
    check(&wanted, &events(": ping;event: data|data: {\"a\":1};event: end;"), false, None);
    check(&wanted, &events("event: end;event: data|data: {\"a\":1};"), false, Some("event 0"));
    check(&wanted, &events("event: data|data: {\"a\":1};"), false, Some("event 1"));
    check(&wanted, &events("event: data|data: {\"a\":1};event: end;event: end;"), false, Some("event 2"));
    check(&wanted, &events("event: data|data: {\"a\":2};event: end;"), false, Some("event 0 $.a"));
    check(&events(": ping;event: end;"), &events("event: end;"), false, Some("body"));
}

#[test]
fn each_event_is_a_write_of_its_own() {
    let wanted = answer("text/event-stream", "event: data\ndata: 1\n\nevent: end\n\n");
    let written = |chunks: &[usize]| Answer { chunks: chunks.into(), ..wanted.clone() };
    check(&wanted, &written(&[21, 12]), false, None);
    check(&wanted, &written(&[33]), false, Some("write"));
    check(&wanted, &written(&[10, 11, 12]), false, Some("write"));
}

#[test]
fn branches_may_race_but_not_what_is_in_them() {
    let events = |items: &[&str]| {
        let body: String = items.iter().map(|item| format!("event: data\ndata: {item}\n\n")).collect();
        answer("text/event-stream", &body)
    };
    let (a1, a2, b) = (r#"{"a":1}"#, r#"{"a":2}"#, r#"{"b":1}"#);
    check(&events(&[a1, b, a2]), &events(&[b, a1, a2]), true, None);
    check(&events(&[a1, b, a2]), &events(&[b, a1, a2]), false, Some("event 0"));
    check(&events(&[a1, b, a2]), &events(&[b, a2, a1]), true, Some("event 0"));
}

#[test]
fn what_is_told_of_one_branch_stays_in_its_order_across_runs() {
    let event = |run: &str, tags: &str, parents: &str, chunk: &str| {
        let ids = format!(r#""run_id":"{run}","tags":[{tags}],"parent_ids":[{parents}]"#);
        format!(r#"{{"event":"e",{ids},"data":{{"chunk":{chunk}}}}}"#)
    };
    let a = event("a", r#""map:key:a""#, r#""r""#, "1");
    let within_a = event("x", r#""seq:step:1""#, r#""r","a""#, "2");
    let b = event("b", r#""map:key:b""#, r#""r""#, "3");
    let piece = event("r", "", "", r#"{"a":1}"#);
    let stream = |events: &[&String]| {
        let body: String = events.iter().map(|event| format!("event: data\ndata: {event}\n\n")).collect();
        answer("text/event-stream", &body)
    };
    let wanted = stream(&[&a, &b, &within_a, &piece]);
    check(&wanted, &stream(&[&b, &a, &within_a, &piece]), true, None);
    check(&wanted, &stream(&[&a, &within_a, &piece, &b]), true, None);
    check(&wanted, &stream(&[&a, &b, &piece, &within_a]), true, Some("event 1"));
    check(&wanted, &stream(&[&within_a, &b, &a, &piece]), true, Some("event 0"));
}
