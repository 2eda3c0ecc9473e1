//! The process's environment, read in this one place.

use secrecy::SecretString;
use std::ffi::OsStr;
use windlass::Environment;

/// The environment of this process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProcessEnvironment;

impl Environment for ProcessEnvironment {
    #[expect(clippy::disallowed_methods, reason = "this is the place")]
    fn var(&self, name: &str) -> Option<SecretString> {
        std::env::var(name).ok().filter(|value| !value.is_empty()).map(Into::into)
    }
}

/// Prefix of the variables that are settings.
const PREFIX: &str = "WINDLASS_";

/// Variables that are no settings: those of flags, and the one that the project's own tests know.
const NO_SETTINGS: [&str; 4] =
    ["WINDLASS_LOG", "WINDLASS_LOG_FORMAT", "WINDLASS_THREADS", "WINDLASS_REQUIRE"];

/// A setting in the environment: `WINDLASS_LIMITS__BODY=2MiB` is `limits.body`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) setting: String,
    pub(crate) value: String,
}

/// The settings in the environment, sorted, so that of several wrong ones it is always the same that is named.
pub(crate) fn settings() -> Vec<Variable> {
    let variables = std::env::vars_os();
    let mut settings: Vec<_> = variables.filter_map(|(name, value)| Variable::new(&name, &value)).collect();
    settings.sort_by(|a, b| a.name.cmp(&b.name));
    settings
}

impl Variable {
    /// A setting, unless the variable is another's, or empty, which is as good as not set.
    fn new(name: &OsStr, value: &OsStr) -> Option<Self> {
        let name = name.to_str()?;
        let setting = name.strip_prefix(PREFIX)?.to_ascii_lowercase().replace("__", ".");
        let mine = !value.is_empty() && !NO_SETTINGS.contains(&name) && !is_service_link(name);
        mine.then(|| Variable { name: name.into(), setting, value: value.to_string_lossy().into() })
    }
}

/// Whether Kubernetes set the variable, which it does in every pod for a service called `windlass` or `windlass-...`.
fn is_service_link(name: &str) -> bool {
    let port = |rest: &str| rest.starts_with(|char: char| char.is_ascii_digit());
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || name.ends_with("_PORT")
        || name.split_once("_PORT_").is_some_and(|(_, rest)| port(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_from_other_variables() {
        let variable = |name: &str| Some(Variable::new(name.as_ref(), "1".as_ref())?.setting);
        assert_eq!(variable("WINDLASS_LIMITS__BODY").as_deref(), Some("limits.body"));
        assert_eq!(variable("WINDLASS_LIMIT").as_deref(), Some("limit"), "a mistake, and to be named");
        let others = "WINDLASS_LOG WINDLASS_SERVICE_HOST WINDLASS_SERVICE_PORT WINDLASS_SERVICE_PORT_HTTP \
                      WINDLASS_PORT WINDLASS_PORT_8000_TCP WINDLASS_PORT_8000_TCP_ADDR WINDLASS_WEB_PORT HOME";
        others.split_whitespace().for_each(|name| assert_eq!(variable(name), None, "{name}"));
        assert_eq!(Variable::new("WINDLASS_LISTEN".as_ref(), "".as_ref()), None);
    }
}
