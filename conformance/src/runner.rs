//! Runs cases, so many at a time, and each within its time.

mod single;

use crate::{Case, CaseReport, Difference, Exceptions, Failure, Loader, Report, select::Selected};
use futures_util::{StreamExt, stream};
use single::Single;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::{runtime::Handle, task::spawn_blocking, time::timeout};

/// How much longer than its time a check may take before it is left alone, because it does not even yield.
const GRACE: Duration = Duration::from_secs(5);

/// How cases are run.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Whether each chain is first converted to a chain file, and loaded from that.
    pub converted: bool,
    /// How many checks run at a time; at least one.
    pub jobs: usize,
    /// How long one check may take.
    pub time_limit: Duration,
    /// What is held to a rule instead of the recording.
    pub exceptions: Exceptions,
    /// The names of runs, as `CASE/RUN`, besides which nothing of their cases is run; all of a case if none is of it.
    pub only: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            converted: false,
            jobs: 4,
            time_limit: Duration::from_secs(60),
            exceptions: Exceptions::default(),
            only: Vec::new(),
        }
    }
}

/// What is checked of a case.
#[derive(Debug, Clone, Copy)]
enum Part {
    Load,
    Run(usize),
    Variant(usize),
}

/// Checks cases against what a loader loads.
///
/// Has to be called in a multi-threaded Tokio runtime: checks run on its blocking threads, so that one that never
/// yields stops no other.
pub async fn check(loader: Arc<dyn Loader>, cases: Vec<Selected>, settings: &Settings) -> Report {
    let mut report = Report::default();
    let mut checks = Vec::new();
    for (number, (name, case)) in cases.into_iter().enumerate() {
        report.cases.push(CaseReport { name, ..CaseReport::default() });
        let unreadable = |what: String| Failure {
            id: "(read)".into(),
            difference: Difference::new("the case", "a case that can be read", what),
        };
        match case.map_err(|error| error.to_string()).and_then(|case| {
            settings.exceptions.check(&case).map(|()| Arc::new(case)).map_err(|error| error.to_string())
        }) {
            Ok(case) => {
                checks.extend(parts(&case, settings).into_iter().map(|part| (number, case.clone(), part)))
            }
            Err(what) => report.cases[number].failures.push(unreadable(what)),
        }
    }
    let mut failures: HashMap<usize, Vec<(usize, Failure)>> = HashMap::new();
    let mut done = stream::iter(checks.into_iter().enumerate())
        .map(|(place, (number, case, part))| {
            let check = Single::new(loader.clone(), case, part, settings);
            async move { (place, number, check.is_ruled(), limited(check, settings.time_limit).await) }
        })
        .buffer_unordered(settings.jobs.max(1));
    while let Some((place, number, ruled, failure)) = done.next().await {
        report.cases[number].checks += 1;
        report.cases[number].ruled += usize::from(ruled);
        failures.entry(number).or_default().extend(failure.map(|failure| (place, failure)));
    }
    for (number, mut failed) in failures {
        failed.sort_by_key(|(place, _)| *place);
        let failed = failed.into_iter().map(|(_, failure)| failure);
        report.cases[number].failures = telling(failed.collect());
    }
    report
}

fn parts(case: &Case, settings: &Settings) -> Vec<Part> {
    let only: Vec<&str> =
        settings.only.iter().filter_map(|name| name.strip_prefix(&case.name)?.strip_prefix('/')).collect();
    let chosen = |id: &str| only.is_empty() || only.contains(&id);
    let mut parts = Vec::new();
    parts.extend(only.is_empty().then_some(Part::Load));
    parts.extend((0..case.runs.len()).filter(|run| chosen(&case.runs[*run].id)).map(Part::Run));
    parts.extend((0..case.variants.len()).filter(|one| chosen(&case.variants[*one].name)).map(Part::Variant));
    parts
}

/// That a chain cannot be loaded says all that its runs would say.
fn telling(mut failures: Vec<Failure>) -> Vec<Failure> {
    let load = failures.iter().position(|failure| failure.id == single::LOAD);
    if let Some(load) = load {
        let difference = failures[load].difference.clone();
        failures.retain(|failure| failure.id == single::LOAD || failure.difference != difference);
    }
    failures
}

async fn limited(check: Single, limit: Duration) -> Option<Failure> {
    let id = check.id();
    let late = || Difference::new("time", format!("an end within {limit:?}"), "no end");
    let on_thread = spawn_blocking(move || Handle::current().block_on(timeout(limit, check.check())));
    let result = match timeout(limit.saturating_add(GRACE), on_thread).await {
        Ok(Ok(Ok(result))) => result,
        Ok(Err(_)) => Err(Difference::new("engine", "a result", "a panic")),
        Ok(Ok(Err(_))) | Err(_) => Err(late()),
    };
    result.err().map(|difference| Failure { id, difference })
}
