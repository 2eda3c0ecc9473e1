//! What `convert` writes is what `schema` describes.

use crate::program::run;
use serde_json::{Value, json};
use std::{fs, path::Path};
use windlass::{Registry, Section, Source};

/// What the recordings were made with.
const OPTIONS: [&str; 11] = [
    "--langchain-jinja2",
    "--langchain-secret",
    "OPENAI_API_KEY=llm.internal.example:8443",
    "--langchain-secret",
    "AZURE_OPENAI_API_KEY=corpus.openai.azure.com",
    "--langchain-secret",
    "MY_TENANT_KEY=api.openai.com",
    "--langchain-secret",
    "NO_SUCH_VARIABLE=api.openai.com",
    "--langchain-secret",
    "EMPTY_VAR=api.openai.com",
];

/// A chain file as JSON, by way of a section that takes anything but secrets.
fn as_json(yaml: &str) -> Value {
    let indented: String = yaml.lines().map(|line| format!("  {line}\n")).collect();
    let indented = indented.replace("${", "$SECRET{");
    let chain = "chains: { k: { input: any, steps: [passthrough] } }\n";
    let sections = vec![Section { key: "any".into(), schema: json!({}) }];
    let registry = Registry { sections, ..Registry::default() };
    let file = windlass::load(&Source::new("x", format!("any:\n{indented}{chain}")), &registry);
    let file = file.unwrap_or_else(|report| panic!("{report}"));
    serde_json::from_str(&file.sections["any"].to_string().replace("$SECRET{", "${")).unwrap()
}

#[test]
fn every_recorded_chain_fits_the_schema_once_it_is_converted() {
    let schema: Value = serde_json::from_str(&run(&["schema"], &[]).out).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/cases");
    let (mut count, mut wrong) = (0, Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path().join("chain.json");
        let name = path.to_str().unwrap();
        let converted = match path.exists() {
            true => run(&[&["convert", name], OPTIONS.as_slice()].concat(), &[]),
            false => continue,
        };
        if converted.code == Some(0) {
            count += 1;
            let file = as_json(&converted.out);
            let errors = schema.iter_errors(&file).map(|error| error.to_string());
            wrong.extend(errors.map(|error| format!("{name}: {error}\n{}", converted.out)));
        }
    }
    assert!(count > 100, "{count} were converted");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
