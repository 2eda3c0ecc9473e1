//! Requests against those that LangChain sent.

use super::*;

/// What is sent, or Python's words for why nothing is.
fn sent(case: &Value) -> Result<(String, String), String> {
    let stream = case["stream"] == true;
    let messages: Vec<Message> = serde_json::from_value(case["messages"].clone()).unwrap();
    let bound = object(case, "bound");
    let kwargs = Some(&bound).filter(|bound| !bound.is_empty());
    let told = |problems: Vec<SpecProblem>| {
        problems.into_iter().map(|problem| problem.message).collect::<Vec<_>>().join("; ")
    };
    let refused = |bad: BadRequest| bad.words.said.unwrap_or(bad.words.ours);
    let (uri, body) = match build(case).map_err(told)? {
        Model::Chat(model) => {
            let stream = model.protocol.streams(stream, kwargs);
            let Prepared { uri, body, .. } =
                model.protocol.request(&messages, kwargs, stream).map_err(refused)?;
            (uri, body)
        }
        Model::Text(model) => {
            let prompt = PromptValue::Messages(messages).to_text();
            let stream = stream || model.streaming;
            let prompts = [Message::human(prompt)];
            let Prepared { uri, body, .. } =
                model.chat.protocol.request(&prompts, kwargs, stream).map_err(refused)?;
            (uri, body)
        }
    };
    let place = format!("{}{}", uri.host().unwrap_or_default(), uri.path_and_query().unwrap());
    Ok((place, String::from_utf8(body.to_vec()).unwrap()))
}

/// What differs from the recording, if anything.
fn difference(case: &Value) -> Option<String> {
    let text = |name: &str| case[name].as_str().unwrap_or_default();
    match (sent(case), case.get("error")) {
        (Ok((place, body)), None) => {
            let expect = format!("{}{}", text("host"), text("path"));
            let same = place == expect && body == text("body");
            (!same).then(|| format!("{place} {body}\ninstead of\n{expect} {}", text("body")))
        }
        // What cannot be built is told in words of our own.
        (Err(_), Some(error)) if error["type"] == "ValidationError" => None,
        (Err(ours), Some(error)) => {
            let same = error["message"] == *ours;
            (!same).then(|| format!("{ours}\ninstead of\n{error}"))
        }
        (Ok((place, body)), Some(error)) => Some(format!("{place} {body}\ninstead of\n{error}")),
        (Err(ours), None) => Some(format!("{ours}\ninstead of\n{}", text("body"))),
    }
}

#[tokio::test]
async fn requests_are_those_that_langchain_sends() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../../../tests/langchain/requests.json")).unwrap();
    assert!(cases.len() > 400);
    let checked = cases.iter().filter(|case| decided_otherwise(case).is_none());
    let different: Vec<_> = checked
        .filter_map(|case| {
            let asked =
                json!([case["vendor"], case["kwargs"], case["bound"], case["stream"], case["messages"]]);
            difference(case).map(|difference| format!("{asked}\n{difference}\n"))
        })
        .collect();
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}
