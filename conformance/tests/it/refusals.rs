//! Chains that must be refused, and with which reasons.

use crate::replay::{Replay, case, exceptions, run, verdict};
use std::sync::Arc;
use windlass_conformance::{Case, Engine, Json, LoadOptions, Loader, Reason, Report, Settings, check};

/// Refuses everything for these reasons.
struct Refuse(Vec<Reason>);

impl Refuse {
    fn at(paths: &[&str]) -> Self {
        Refuse(paths.iter().map(|path| Reason { path: (*path).into(), message: "no".into() }).collect())
    }
}

impl Loader for Refuse {
    fn load(&self, _chain: &str, _options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        Err(self.0.clone())
    }

    fn convert(&self, _chain: &str, _: &LoadOptions) -> Result<String, Vec<Reason>> {
        Err(self.0.clone())
    }

    fn load_yaml(&self, _yaml: &str, _options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        Err(self.0.clone())
    }
}

/// Loads whatever Jinja2 allows.
struct Jinja2(Replay);

impl Loader for Jinja2 {
    fn load(&self, chain: &str, options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        let refused =
            || vec![Reason { path: "$.kwargs.first".into(), message: "Jinja2 is not allowed".into() }];
        if options.jinja2 { self.0.load(chain, options) } else { Err(refused()) }
    }

    fn convert(&self, chain: &str, options: &LoadOptions) -> Result<String, Vec<Reason>> {
        self.0.convert(chain, options)
    }

    fn load_yaml(&self, yaml: &str, options: &LoadOptions) -> Result<Box<dyn Engine>, Vec<Reason>> {
        self.0.load_yaml(yaml, options)
    }
}

fn nothing() -> Replay {
    Replay { exchanges: Vec::new(), result: Json::parse(r#"{"output": null}"#).unwrap() }
}

/// What failed of a case without variants.
async fn failures(loader: impl Loader + 'static, case: Case) -> Vec<String> {
    let case = Case { variants: Vec::new(), ..case };
    let report: Report =
        check(Arc::new(loader), vec![(case.name.clone(), Ok(case))], &Settings::default()).await;
    let failures = report.cases.into_iter().flat_map(|case| case.failures);
    failures.map(|failure| format!("{} {}", failure.id, failure.difference.wanted)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_cannot_be_rebuilt_is_refused_with_every_reason() {
    let every = [
        "$.kwargs.middle[0].kwargs.kwargs.response_format",
        "$.kwargs.last.kwargs.bound",
        "$.kwargs.last.kwargs.custom_output_type",
    ];
    assert_eq!(failures(Refuse::at(&every), case("structured-pydantic")).await, Vec::<String>::new());
    assert_eq!(
        failures(Refuse::at(&every[..2]), case("structured-pydantic")).await,
        [format!("(load) a reason at {}", every[2])]
    );
    let loaded = failures(nothing(), case("structured-pydantic")).await;
    assert!(loaded[0].starts_with("(load) a refusal, as Python's: "), "{loaded:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_that_is_refused_fails_once() {
    assert_eq!(failures(Refuse::at(&["$"]), case("basic-chat-str")).await, ["(load) a chain"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jinja2_is_refused_unless_it_is_allowed() {
    let only_load = || Case { runs: Vec::new(), ..case("jinja2-basic") };
    assert_eq!(failures(Jinja2(nothing()), only_load()).await, Vec::<String>::new());
    assert_eq!(failures(nothing(), only_load()).await.len(), 1);
    assert_eq!(failures(Refuse::at(&["$"]), only_load()).await, ["(load) a chain"]);
}

/// Whether a variant without a run passes if it is loaded, and if it is refused at its root.
async fn variant(name: &str, id: &str, loaded: bool, refused: bool) {
    let case = case(name);
    let passes = |difference: Option<_>| difference.is_none();
    assert_eq!(passes(verdict(nothing(), &case, id, Settings::default()).await), loaded, "{id}");
    assert_eq!(passes(verdict(Refuse::at(&["$"]), &case, id, Settings::default()).await), refused, "{id}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn variants_are_refused_as_python_refuses_them() {
    variant("load-reject-matrix", "seq-empty", false, true).await;
    variant("load-reject-matrix", "removed-class", false, true).await;
    variant("load-reject-matrix", "lambda", false, false).await;
    variant("load-reject-matrix", "empty-field", true, false).await;
    variant("load-config-factories", "tuple-and-set", false, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_may_load_what_the_json_holds() {
    variant("load-config-factories", "json-parser", true, true).await;
    variant("load-config-factories", "itemgetter", true, true).await;
    variant("load-config-factories", "retry-default", true, true).await;
    variant("load-reject-matrix", "branch", true, true).await;
    variant("load-reject-matrix", "json-parser-as-constructor", false, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_stands_instead_of_the_recording() {
    let case = case("load-secrets");
    let ruled = || Settings { exceptions: exceptions(), ..Settings::default() };
    let recorded = Replay::of(run(&case, "header-secret"));
    assert_eq!(verdict(recorded.clone(), &case, "header-secret", Settings::default()).await, None);
    let difference = verdict(recorded, &case, "header-secret", ruled()).await.unwrap();
    assert_eq!((difference.path.as_str(), difference.got.as_str()), ("load", "a chain"));
    let field = "$.kwargs.middle[0].kwargs.default_headers.x-extra";
    assert_eq!(verdict(Refuse::at(&[field]), &case, "header-secret", ruled()).await, None);
    let named = verdict(Refuse::at(&["$"]), &case, "header-secret", ruled()).await.unwrap();
    assert_eq!(named.wanted, format!("a reason at {field}"));
}
