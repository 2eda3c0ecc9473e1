//! Settings from flags over the environment over the file's `server:` over the defaults; files into chains.

use crate::{
    args::LangChainArgs,
    environment::{self, ProcessEnvironment, Variable},
};
use anyhow::{Context, anyhow, bail};
use serde_json::{Map, Value};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use windlass::{ChainFile, Endpoint, Files, HttpPool, PoolSettings, Registry, Report, Settings, Source};

/// What chain files can name.
pub(crate) fn registry(demo: bool, langchain: &LangChainArgs) -> Registry {
    let pool = HttpPool::new(PoolSettings::default());
    let vendors = if demo { windlass::demo_vendors(&pool) } else { windlass::vendors(&pool) };
    let mut registry = windlass::registry(vendors, Arc::new(ProcessEnvironment));
    registry.langchain.jinja2 = langchain.jinja2;
    for (name, host) in &langchain.secrets {
        registry.langchain.secrets.entry(name.clone()).or_default().push(host.clone());
    }
    registry.files = Arc::new(FilesBeside::default());
    registry
}

/// The files that chain files name, beside them or below.
#[derive(Default)]
pub(crate) struct FilesBeside {
    named: Mutex<BTreeSet<PathBuf>>,
}

impl FilesBeside {
    /// The files that were named since the last time this was asked, also those that could not be read.
    pub(crate) fn named(&self) -> Vec<PathBuf> {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *named).into_iter().collect()
    }
}

impl Files for FilesBeside {
    fn read(&self, from: &str, path: &str) -> io::Result<String> {
        let path = Path::new(from).parent().unwrap_or(Path::new("")).join(path);
        self.named.lock().unwrap_or_else(PoisonError::into_inner).insert(path.clone());
        let read = read(&path).map_err(|error| io::Error::other(error.root_cause().to_string()))?;
        Ok(read.text().into())
    }
}

/// The name of the chain that is a file of its own: the file's, without what is behind the first dot.
pub(crate) fn name_of(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    name.split('.').next().unwrap_or_default().into()
}

/// Files that were loaded together.
pub(crate) struct Loaded {
    pub(crate) files: Vec<ChainFile>,
}

/// Why files could not be loaded: what could not be read, and what is wrong in the others.
#[derive(Debug)]
pub(crate) struct LoadFailure {
    pub(crate) unreadable: Vec<String>,
    pub(crate) reports: Vec<Report>,
}

/// Loads files, or says everything that is wrong with any of them.
pub(crate) fn load(paths: &[PathBuf], registry: &Registry) -> Result<Loaded, LoadFailure> {
    let mut failure = LoadFailure { unreadable: Vec::new(), reports: Vec::new() };
    let mut files = Vec::new();
    for path in paths {
        let source = match read(path) {
            Ok(source) => source,
            Err(error) => {
                failure.unreadable.push(format!("{error:#}"));
                continue;
            }
        };
        let loaded = match windlass::is_langchain(&source) {
            true => windlass::load_langchain(&source, &name_of(path), registry),
            false => windlass::load(&source, registry),
        };
        match loaded {
            Ok(file) => files.push(file),
            Err(report) => failure.reports.push(report),
        }
    }
    if failure.unreadable.is_empty() && failure.reports.is_empty() {
        Ok(Loaded { files })
    } else {
        Err(failure)
    }
}

/// The largest file that is read, in bytes; the loader's own limit is below it.
const MAX_FILE: u64 = 8 << 20;

pub(crate) fn read(path: &Path) -> anyhow::Result<Source> {
    let name = path.display().to_string();
    let size = fs::metadata(path).with_context(|| format!("{name} could not be read"))?.len();
    if size > MAX_FILE {
        bail!("{name} has {size} bytes; a chain file has at most {MAX_FILE}");
    }
    let bytes = fs::read(path).with_context(|| format!("{name} could not be read"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        anyhow!("{name} is not UTF-8 (byte {}); save it as UTF-8", error.utf8_error().valid_up_to())
    })?;
    Ok(Source::new(name, text))
}

impl Loaded {
    /// The chains of all files.
    pub(crate) fn endpoints(&self) -> Vec<Endpoint> {
        self.files.iter().flat_map(|file| file.endpoints.iter().cloned()).collect()
    }

    /// What has no use in the files.
    pub(crate) fn warnings(&self) -> impl Iterator<Item = &Report> {
        self.files.iter().map(|file| &file.warnings).filter(|warnings| !warnings.is_empty())
    }

    /// The `server:` part; only one of the files may have one.
    fn server(&self) -> anyhow::Result<Option<Value>> {
        let mut parts =
            self.files.iter().filter_map(|file| Some((file.source().name(), file.sections.get("server")?)));
        match (parts.next(), parts.next()) {
            (Some((first, _)), Some((second, _))) => {
                bail!("both {first} and {second} have a `server:` part; keep one of them")
            }
            (first, _) => Ok(first.map(|(_, part)| part.clone())),
        }
    }

    /// The settings, with `flags` (`NAME=VALUE`) over the environment over the file.
    pub(crate) fn settings(&self, flags: &[String]) -> anyhow::Result<Settings> {
        let mut value = self.server()?.unwrap_or_else(|| Value::Object(Map::new()));
        for Variable { name, setting, value: text } in environment::settings() {
            set(&mut value, &setting, &text)
                .with_context(|| format!("the variable {name}, for the setting `{setting}`"))?;
        }
        for flag in flags {
            let (name, text) = flag.split_once('=').ok_or_else(|| anyhow!("`--set {flag}` lacks a `=`"))?;
            set(&mut value, name, text).with_context(|| format!("`--set {flag}`"))?;
        }
        Ok(serde_json::from_value(value)?)
    }
}

/// Puts a setting into its place and checks it there, so that the error is about this one.
fn set(settings: &mut Value, name: &str, text: &str) -> anyhow::Result<()> {
    let mut place = &mut *settings;
    for key in name.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place = &mut place[key];
    }
    let parsed = serde_json::from_str(text).ok();
    let items = || text.split(',').map(|item| Value::from(item.trim())).collect();
    let list = || name_is_list(name).then(|| Value::Array(items()));
    *place = parsed.or_else(list).unwrap_or_else(|| text.into());
    serde_json::from_value::<Settings>(settings.clone()).map(drop).map_err(Into::into)
}

/// Settings that are lists take values with commas between.
fn name_is_list(name: &str) -> bool {
    matches!(name, "trusted_proxies" | "cors.allow_origins")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_finds_its_place_and_is_checked_there() {
        let mut value = serde_json::json!({"limits": {"queue": 5}});
        set(&mut value, "limits.body", "2MiB").unwrap();
        set(&mut value, "cors.allow_origins", "https://a.example, https://b.example").unwrap();
        set(&mut value, "dialects.native", "false").unwrap();
        let settings: Settings = serde_json::from_value(value.clone()).unwrap();
        assert_eq!((settings.limits.body.0, settings.limits.queue), (2 << 20, 5));
        assert_eq!(settings.cors.allow_origins.len(), 2);
        assert!(set(&mut value, "timeouts.drain", "10").unwrap_err().to_string().contains("10s"));
        assert!(set(&mut value, "limits.nonsense", "1").unwrap_err().to_string().contains("nonsense"));
    }
}
