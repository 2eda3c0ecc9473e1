//! Every recorded run, replayed: it passes, and does not if its result or its first request is another.

use crate::replay::{Replay, case, cases_folder, exceptions, run, verdict};
use futures_util::{StreamExt, stream};
use windlass_conformance::{Case, Exceptions, Json, Run, Settings, select};

fn all() -> Vec<Case> {
    let selected = select(&cases_folder(), &[]).unwrap();
    selected.into_iter().map(|(name, case)| case.unwrap_or_else(|error| panic!("{name}: {error}"))).collect()
}

fn runs(case: &Case) -> Vec<Run> {
    let variants = case.variants.iter().filter_map(|variant| variant.run.clone());
    case.runs.iter().cloned().chain(variants).collect()
}

/// The names of the runs whose replay, changed, does not come out as it should.
async fn surprises(change: fn(&mut Replay) -> bool, should_pass: bool) -> (usize, Vec<String>) {
    let cases = all();
    let every = cases.iter().flat_map(|case| runs(case).into_iter().map(move |run| (case, run)));
    let every = every.filter_map(|(case, run)| {
        let mut replay = Replay::of(&run);
        change(&mut replay).then_some((case, run, replay))
    });
    let (mut count, mut surprises) = (0, Vec::new());
    let mut verdicts = stream::iter(every)
        .map(|(case, run, replay)| async move {
            let difference = verdict(replay, case, &run.id, Settings::default()).await;
            (format!("{}/{}", case.name, run.id), difference)
        })
        .buffer_unordered(8);
    while let Some((name, difference)) = verdicts.next().await {
        count += 1;
        if difference.is_none() != should_pass {
            surprises
                .push(difference.map_or_else(|| name.clone(), |difference| format!("{name}: {difference}")));
        }
    }
    (count, surprises)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_right_passes() {
    let (count, wrong) = surprises(|_| true, true).await;
    assert!(count > 600, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_result_fails() {
    let (count, missed) = surprises(|replay| spoil(&mut replay.result), false).await;
    assert!(count > 600, "{count}");
    assert!(missed.is_empty(), "{missed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_request_fails() {
    let change = |replay: &mut Replay| {
        let some = !replay.exchanges.is_empty();
        if some {
            replay.edit_body(0, "{", r#"{"mutant":1,"#);
        }
        some
    };
    let (count, missed) = surprises(change, false).await;
    assert!(count > 400, "{count}");
    assert!(missed.is_empty(), "{missed:?}");
}

/// Changes the last thing in a result.
fn spoil(result: &mut Json) -> bool {
    let Json::Object(members) = result else { return false };
    let keys = ["error", "output", "outputs", "chunks_by_key", "aggregate", "chunks"];
    let key = keys.iter().find(|key| members.contains_key(**key)).unwrap();
    if *key == "error" {
        return spoil_error(&mut members["error"]);
    }
    if *key == "chunks_by_key" && members[*key] == Json::Object(Default::default()) {
        members[*key] = Json::parse(r#"{"mutant": [1]}"#).unwrap();
        return true;
    }
    spoil_value(&mut members[*key])
}

fn spoil_error(error: &mut Json) -> bool {
    let Json::Object(members) = error else { return false };
    members["type"] = Json::from("Mutant");
    true
}

fn spoil_value(value: &mut Json) -> bool {
    match value {
        Json::Object(members) if members.contains_key("__exception__") => {
            return spoil_error(&mut members["__exception__"]);
        }
        Json::Object(members) if members.contains_key("__lone_surrogate__") => return false,
        Json::Object(members) if members.is_empty() => drop(members.insert("mutant".into(), Json::Null)),
        Json::Object(members) => return members.values_mut().rev().any(spoil_value),
        Json::List(items) if items.is_empty() => items.push(Json::Null),
        Json::List(items) => return items.iter_mut().rev().any(spoil_value),
        Json::Text(text) => text.push('!'),
        Json::Int(digits) => digits.push('0'),
        Json::Float(float) => *float += 1.0,
        Json::Bool(value) => *value = !*value,
        Json::Null => *value = Json::Bool(false),
    }
    true
}

#[test]
fn the_exceptions_name_runs_that_exist() {
    let exceptions = exceptions();
    all().iter().for_each(|case| exceptions.check(case).unwrap());
    assert!(exceptions.ruling("load-secrets", "header-secret").is_some());
}

#[test]
fn only_quirks_may_be_excepted() {
    #[track_caller]
    fn check(name: &str, id: &str, words: Option<&str>) {
        let text = format!(
            "[[exception]]\nrule = 'r'\nreason = 'b'\nruns = ['{name}/{id}']\nwanted = {{ refused_at = ['$'] }}"
        );
        let error = Exceptions::read(&text).unwrap().check(&case(name)).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), words);
    }
    check("retry-batch-ext", "last-fails", None);
    check("retry-batch-ext", "raises", Some("`retry-batch-ext/raises` is not named by a `python_quirk`"));
    check("json-then-prompt-ext", "s-string", None);
    check("message-to-prompt", "prompt", None);
    check("load-secrets", "unset", Some("`load-secrets/unset` is not named by a `python_quirk`"));
    check("basic-chat-str", "invoke-1", Some("`basic-chat-str/invoke-1` is not named by a `python_quirk`"));
    check("retry-batch-ext", "nope", Some("`retry-batch-ext/nope`: there is no such run"));
}

#[test]
fn a_case_without_runs_has_its_environment() {
    let case = case("load-no-api-key");
    assert!(case.environment.is_empty());
    assert_eq!(run(&case, "anthropic").upstream.exchanges.len(), 0);
}
