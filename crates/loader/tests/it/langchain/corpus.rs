//! All recordings of the real LangChain, where they are beside this crate.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};
use windlass_loader::{LangChainOptions, Report, Source, Translated, translate};

/// What the recordings were made with.
fn options(tier: &str) -> LangChainOptions {
    let mut options = LangChainOptions { jinja2: tier == "jinja2", ..LangChainOptions::default() };
    let mut allow =
        |name: &str, host: &str| options.secrets.entry(name.into()).or_default().push(host.into());
    allow("OPENAI_API_KEY", "llm.internal.example:8443");
    allow("AZURE_OPENAI_API_KEY", "corpus.openai.azure.com");
    for name in ["MY_TENANT_KEY", "NO_SUCH_VARIABLE", "EMPTY_VAR"] {
        allow(name, "api.openai.com");
    }
    options
}

/// Variants that are decided otherwise than LangChain decides, each by a rule.
const OTHERWISE: [(&str, &str); 9] = [
    // LangChain does not read what it wrote, though all of it is there.
    ("load-reject-matrix", "branch"),
    ("load-config-factories", "itemgetter"),
    ("load-config-factories", "json-parser"),
    ("load-config-factories", "retry-default"),
    ("load-config-factories", "fallbacks-default"),
    // A secret goes into the field of a key, and nowhere else.
    ("load-secrets", "header-secret"),
    ("load-secrets", "secret-in-template"),
    // Whether the environment has a key shows when models are built.
    ("load-no-api-key", "openai"),
    ("load-no-api-key", "azure-no-endpoint"),
];

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The folders of the recordings; none if they are not here.
fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/cases");
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut cases: Vec<_> = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    cases.sort();
    cases
}

fn try_translate(text: &str, options: &LangChainOptions) -> Result<Translated, Report> {
    let read = translate(&Source::new("chain.json", text), options);
    match &read {
        Ok(chain) => {
            assert!(!chain.tree().is_empty());
            assert!(!chain.tree().contains("sk-"));
        }
        Err(report) => {
            assert!(!report.is_empty());
            for mistake in report.mistakes() {
                assert!(mistake.path.starts_with('$'), "{mistake:?}");
                assert!(!mistake.remedy.is_empty(), "{mistake:?}");
            }
        }
    }
    read
}

#[test]
fn every_recorded_chain_is_translated_or_refused_as_its_tier_says() {
    let mut wrong = Vec::new();
    for path in cases() {
        let tier = read(&path.join("case.json"))["tier"].as_str().unwrap().to_string();
        let text = fs::read_to_string(path.join("chain.json")).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        match try_translate(&text, &options(&tier)) {
            Ok(_) if tier == "reject" && name != "load-no-api-key" => {
                wrong.push(format!("{name} is not refused"))
            }
            Err(report) if tier != "reject" => wrong.push(format!("{name}: {report}")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_variant_is_decided_as_langchain_decides() {
    let mut wrong = Vec::new();
    for path in cases().into_iter().filter(|path| path.join("variants.json").exists()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let expected = read(&path.join("expected.json"));
        for variant in read(&path.join("variants.json"))["variants"].as_array().unwrap() {
            let variant_name = variant["name"].as_str().unwrap();
            let loads = expected["variants"][variant_name]["python_load"]["all"]["ok"] == true;
            let otherwise = OTHERWISE.contains(&(name, variant_name));
            let result = try_translate(&variant["chain"].to_string(), &options("core"));
            if (loads != otherwise) != result.is_ok() {
                let shown = result.err().map(|report| report.to_string()).unwrap_or_default();
                wrong.push(format!("{name}/{variant_name}: LangChain loads it: {loads}\n{shown}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
