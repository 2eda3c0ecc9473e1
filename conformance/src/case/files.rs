//! The files of a case.

use super::{Call, Mode, ReadError, Run, Tier, Upstream, Variant, Wanted};
use crate::Json;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::{collections::BTreeMap, path::Path};

#[derive(Deserialize)]
pub(super) struct CaseFile {
    pub(super) tier: Tier,
    pub(super) python_quirk: Option<String>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) load_env: BTreeMap<String, Option<String>>,
}

#[derive(Deserialize)]
struct InputsFile {
    runs: Vec<CallFile>,
}

#[derive(Clone, Deserialize)]
struct CallFile {
    #[serde(default, deserialize_with = "or_default")]
    id: String,
    mode: ModeName,
    #[serde(default, deserialize_with = "present")]
    input: Option<Box<RawValue>>,
    inputs: Option<Vec<Box<RawValue>>>,
    config: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "or_default")]
    return_exceptions: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ModeName {
    Invoke,
    Stream,
    Batch,
}

#[derive(Default, Deserialize)]
struct UpstreamFile {
    #[serde(default, deserialize_with = "or_default")]
    runs: BTreeMap<String, Upstream>,
    #[serde(default, deserialize_with = "or_default")]
    variants: BTreeMap<String, Upstream>,
}

#[derive(Deserialize)]
pub(super) struct ExpectedFile {
    python_load: Option<PythonLoad>,
    lenient_rebuild: Option<Json>,
    #[serde(default, deserialize_with = "or_default")]
    runs: BTreeMap<String, Json>,
    #[serde(default, deserialize_with = "or_default")]
    variants: BTreeMap<String, ExpectedVariant>,
}

#[derive(Deserialize)]
struct ExpectedVariant {
    python_load: PythonLoad,
    run: Option<Json>,
}

#[derive(Deserialize)]
struct PythonLoad {
    all: Verdict,
}

#[derive(Deserialize)]
struct Verdict {
    ok: bool,
    error: Option<Complaint>,
}

#[derive(Deserialize)]
struct Complaint {
    #[serde(rename = "type")]
    class: String,
    message: String,
}

#[derive(Deserialize)]
struct VariantsFile {
    run: Option<CallFile>,
    variants: Vec<VariantFile>,
}

#[derive(Deserialize)]
struct VariantFile {
    name: String,
    chain: Box<RawValue>,
}

impl ExpectedFile {
    /// What was said when the chain was refused; the rebuild from the JSON alone got further than Python.
    pub(super) fn refusal(&self) -> Option<String> {
        let rebuild = self.lenient_rebuild.as_ref().and_then(Json::as_text).map(str::to_owned);
        rebuild.or_else(|| self.python_load.as_ref()?.refusal())
    }
}

impl PythonLoad {
    fn refusal(&self) -> Option<String> {
        match &self.all {
            Verdict { ok: true, .. } => None,
            Verdict { error: Some(error), .. } => Some(format!("{}: {}", error.class, error.message)),
            Verdict { error: None, .. } => Some(String::new()),
        }
    }
}

/// The runs of the case's chain.
pub(super) fn runs(folder: &Path, expected: &mut ExpectedFile) -> Result<Vec<Run>, ReadError> {
    let inputs: InputsFile = read(folder, "inputs.json")?;
    let mut upstream: UpstreamFile = read(folder, "upstream.json")?;
    let mut run = |call: CallFile| {
        let result = expected
            .runs
            .remove(&call.id)
            .ok_or_else(|| wrong("expected.json", format!("there is no result of the run `{}`", call.id)))?;
        let upstream = upstream.runs.remove(&call.id).unwrap_or_default();
        call.run(result, upstream, "inputs.json")
    };
    inputs.runs.into_iter().map(&mut run).collect()
}

/// The other chains of the case, if there are any.
pub(super) fn variants(folder: &Path, expected: &mut ExpectedFile) -> Result<Vec<Variant>, ReadError> {
    if !folder.join("variants.json").exists() {
        return Ok(Vec::new());
    }
    let file: VariantsFile = read(folder, "variants.json")?;
    let mut upstream: UpstreamFile = read(folder, "upstream.json")?;
    let mut variant = |variant: VariantFile| {
        let name = variant.name;
        let expected = expected
            .variants
            .remove(&name)
            .ok_or_else(|| wrong("expected.json", format!("there is no word of the variant `{name}`")))?;
        let run = match (&file.run, expected.run) {
            (Some(call), Some(result)) => {
                let call = CallFile { id: name.clone(), ..call.clone() };
                Some(call.run(
                    result,
                    upstream.variants.remove(&name).unwrap_or_default(),
                    "variants.json",
                )?)
            }
            (_, None) => None,
            (None, Some(_)) => return Err(wrong("variants.json", format!("there is no run for `{name}`"))),
        };
        let refusal = expected.python_load.refusal();
        Ok(Variant { name, chain: variant.chain.get().to_owned(), refusal, run })
    };
    file.variants.into_iter().map(&mut variant).collect()
}

impl CallFile {
    fn run(self, result: Json, upstream: Upstream, file: &str) -> Result<Run, ReadError> {
        let id = self.id.clone();
        let missing = |what: &str| wrong(file, format!("the run `{id}` has no `{what}`"));
        let mode = match self.mode {
            ModeName::Invoke => Mode::Invoke(self.input.ok_or_else(|| missing("input"))?),
            ModeName::Stream => Mode::Stream(self.input.ok_or_else(|| missing("input"))?),
            ModeName::Batch => Mode::Batch {
                inputs: self.inputs.ok_or_else(|| missing("inputs"))?,
                return_exceptions: self.return_exceptions,
            },
        };
        let wanted =
            Wanted::read(result).map_err(|what| wrong("expected.json", format!("the run `{id}`: {what}")))?;
        Ok(Run { id: self.id, call: Call { mode, config: self.config }, upstream, wanted })
    }
}

impl Wanted {
    /// Reads a run's result in the form of `expected.json`; says what is wrong with it.
    pub fn read(result: Json) -> Result<Self, String> {
        const RESULTS: [&str; 6] = ["output", "outputs", "chunks", "chunks_by_key", "aggregate", "error"];
        if !RESULTS.iter().any(|key| result.get(key).is_some()) {
            return Err("there is no result".into());
        }
        let compare = match result.get("compare") {
            None => super::Compare::default(),
            Some(word) => serde_json::from_str(&word.to_string())
                .map_err(|_| format!("there is no comparison {word}"))?,
        };
        Ok(Wanted { compare, result })
    }
}

pub(super) fn read<T: DeserializeOwned>(folder: &Path, file: &str) -> Result<T, ReadError> {
    serde_json::from_str(&text(folder, file)?).map_err(|error| wrong(file, error.to_string()))
}

pub(super) fn text(folder: &Path, file: &str) -> Result<String, ReadError> {
    std::fs::read_to_string(folder.join(file)).map_err(|error| wrong(file, error.to_string()))
}

fn wrong(file: &str, what: String) -> ReadError {
    ReadError { file: file.into(), what }
}

/// A null stands for what is not there.
pub(super) fn or_default<'de, T: Default + Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A null that is there is an input.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
