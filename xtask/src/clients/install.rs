//! Where the clients are installed, in versions that `clients/` pins, and how their scripts are run.

use crate::process::{root, succeed, tools};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// What a script needs to run.
#[derive(Clone, Copy)]
pub(crate) enum Runtime {
    /// The environment of this requirements file in `clients/python`.
    Python(&'static str),
    /// Node with the packages of `clients/js`.
    Node,
}

/// The environments of Python; the first has the newest of everything, the second what still needs openai 2.
const ENVIRONMENTS: [&str; 2] = ["newest", "openai2"];

/// Node and npm, from PyPI: the newest clients want a newer one than Debian has.
const NODE: &str = "node";

/// No client reports home, and none asks another host for what it has itself.
const QUIET: [(&str, &str); 7] = [
    ("DO_NOT_TRACK", "1"),
    ("LANGCHAIN_TRACING_V2", "false"),
    ("LANGSMITH_TRACING", "false"),
    ("LITELLM_LOCAL_MODEL_COST_MAP", "True"),
    ("LITELLM_TELEMETRY", "False"),
    ("HF_HUB_OFFLINE", "1"),
    ("PYTHONDONTWRITEBYTECODE", "1"),
];

fn sources() -> PathBuf {
    root().join("clients")
}

fn place() -> PathBuf {
    tools().join("clients")
}

/// What `pins` says is what is installed in a place.
fn up_to_date(place: &Path, pins: &Path) -> bool {
    let (installed, wanted) = (std::fs::read(place.join("installed")), std::fs::read(pins));
    matches!((installed, wanted), (Ok(installed), Ok(wanted)) if installed == wanted)
}

fn requirements(environment: &str) -> PathBuf {
    sources().join(format!("python/{environment}.txt"))
}

fn lock() -> PathBuf {
    sources().join("js/package-lock.json")
}

/// What is not installed, or in another version.
pub(crate) fn missing() -> Option<String> {
    let environment = ENVIRONMENTS
        .into_iter()
        .chain([NODE])
        .find(|name| !up_to_date(&place().join(name), &requirements(name)))
        .map(|name| format!("clients/python/{name}.txt"));
    environment.or_else(|| (!up_to_date(&place().join("js"), &lock())).then(|| "clients/js".into()))
}

/// Installs what is not.
pub(crate) fn install() -> anyhow::Result<()> {
    for environment in ENVIRONMENTS.into_iter().chain([NODE]) {
        install_python(environment)?;
    }
    let (js, lock) = (place().join("js"), lock());
    if up_to_date(&js, &lock) {
        return Ok(());
    }
    std::fs::create_dir_all(&js)?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(sources().join("js").join(file), js.join(file))?;
    }
    let mut npm = Command::new(node().join("npm"));
    npm.args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--no-update-notifier",
        "--loglevel=error",
    ]);
    succeed(with_path(&mut npm).current_dir(&js))?;
    std::fs::copy(lock, js.join("installed"))?;
    Ok(())
}

fn install_python(environment: &str) -> anyhow::Result<()> {
    let (place, pins) = (place().join(environment), requirements(environment));
    if up_to_date(&place, &pins) {
        return Ok(());
    }
    succeed(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&place))?;
    let mut pip = Command::new(place.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"]).arg(&pins);
    succeed(&mut pip)?;
    std::fs::copy(pins, place.join("installed"))?;
    Ok(())
}

/// The folder of `node` and `npm`.
fn node() -> PathBuf {
    place().join(NODE).join("bin")
}

/// Programs of npm's look for `node` in the path.
fn with_path(command: &mut Command) -> &mut Command {
    command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", node().display()))
}

/// A copy of the scripts beside what they import; removed when it is dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn fresh() -> anyhow::Result<Self> {
        let folder = Folder(place().join(format!("js/run-{}", std::process::id())));
        for name in ["python", "js"] {
            copy_scripts(&sources().join(name), &folder.0)?;
        }
        Ok(folder)
    }

    /// Puts another script into it.
    pub(crate) fn write(&self, name: &str, source: &str) -> anyhow::Result<()> {
        Ok(std::fs::write(self.0.join(name), source)?)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn copy_scripts(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let is_script = path.extension().is_some_and(|extension| extension == "py" || extension == "mjs");
        if let (true, Some(name)) = (is_script, path.file_name()) {
            std::fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

impl Runtime {
    /// Runs a script of the folder, with nothing of this process's environment; a script that hangs is ended.
    pub(crate) fn command(self, folder: &Folder, script: &str) -> Command {
        let program = match self {
            Runtime::Python(environment) => place().join(environment).join("bin/python"),
            Runtime::Node => node().join("node"),
        };
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", "180"]).arg(program).arg(folder.0.join(script));
        command.env_clear().envs(QUIET).env("HOME", &folder.0).current_dir(&folder.0);
        with_path(&mut command);
        command
    }
}
