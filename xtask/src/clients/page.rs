//! `useChat` in a page, in headless Chromium: the page comes from another origin than the chains, as pages do.

use super::{
    http::Connection,
    install::{self, Folder, Runtime},
    serve,
    upstream::Upstream,
};
use crate::{
    browser::{FLAGS, chromium},
    process::{root, tools},
    suite::Outcome,
};
use anyhow::Context;
use serde_json::{Value, json};
use std::{
    net::TcpListener,
    process::{Child, Command, Stdio},
    sync::mpsc::{Sender, channel},
    thread,
    time::Duration,
};

/// What the page shows of a chain, after the question: each line begins so.
const WANTED: [(&str, &[&str]); 9] = [
    ("ask", &["assistant: You said: What is Python?", "ready"]),
    ("slow", &["assistant: You said: What is Python?", "ready"]),
    ("chat", &["assistant: system: Be brief. | user: What is Python?", "ready"]),
    ("endless", &["assistant: ", "ready"]),
    ("limited", &["error: The model's service limits the rate; try again later.", "error"]),
    ("fails", &["error: The model's service failed", "error"]),
    ("breaks", &["assistant: You said: What", "error: The model's service", "error"]),
    ("cuts", &["assistant: You said: What", "error: The model's service", "error"]),
    ("nobody", &["error: There is no chain `nobody`", "error"]),
];

/// How long the page may take for all of them.
const PATIENCE: Duration = Duration::from_secs(60);

const PAGE: &str = r#"<!doctype html><meta charset="utf-8"><title>A chat</title><div id="root"></div><script src="chat.js"></script>"#;

/// The page, as a part of the test command.
pub(crate) fn run() -> anyhow::Result<Outcome> {
    if let Some(missing) = install::missing() {
        return Ok(Outcome::Skipped(format!("{missing} is not installed; `cargo xtask setup` installs it")));
    }
    let Some(chromium) = chromium() else {
        return Ok(Outcome::Skipped("Chromium is not installed; `cargo xtask setup` installs it".into()));
    };
    let script = bundled()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let origin = format!("http://{}", listener.local_addr()?);
    let (shown, told) = channel();
    thread::spawn(move || serve_page(&listener, &script, &shown));
    let upstream = Upstream::start()?;
    let server = serve(&upstream, &["--set", &format!("cors.allow_origins=[\"{origin}\"]")])?;
    let chains = WANTED.map(|(chain, _)| chain).join(",");
    let _browser = Browser::open(chromium, &format!("{origin}/?windlass={}&chains={chains}", server.base))?;
    let shown = told.recv_timeout(PATIENCE).context("the page does not tell what it shows")?;
    Ok(compared(&shown))
}

/// The page's script, in one piece with all it imports.
fn bundled() -> anyhow::Result<String> {
    let folder = Folder::fresh()?;
    folder.write("chat.jsx", &std::fs::read_to_string(root().join("clients/js/page/chat.jsx"))?)?;
    let mut esbuild = Runtime::Node.command(&folder, "../node_modules/esbuild/bin/esbuild");
    esbuild.args(["chat.jsx", "--bundle", "--jsx=automatic", "--log-level=warning"]);
    let output =
        esbuild.arg("--define:process.env.NODE_ENV=\"production\"").stderr(Stdio::inherit()).output()?;
    anyhow::ensure!(output.status.success(), "esbuild cannot bundle clients/js/page/chat.jsx");
    Ok(String::from_utf8(output.stdout)?)
}

/// Serves the page, and passes on what it tells.
fn serve_page(listener: &TcpListener, script: &str, shown: &Sender<Value>) {
    thread::scope(|scope| {
        for socket in listener.incoming().flatten() {
            scope.spawn(move || {
                let Ok(mut connection) = Connection::new(socket) else { return };
                while let Some(request) = connection.request() {
                    let goes_on = match (request.method.as_str(), request.path.as_str()) {
                        ("POST", "/shown") => {
                            let _ = shown.send(serde_json::from_slice(&request.body).unwrap_or_default());
                            connection.json(200, &[], &json!({}))
                        }
                        ("GET", "/chat.js") => connection.text("text/javascript", script),
                        ("GET", path) if path.starts_with("/?") => connection.text("text/html", PAGE),
                        _ => connection.json(404, &[], &json!({})),
                    };
                    if !goes_on {
                        return;
                    }
                }
            });
        }
    });
}

/// A browser with a page; ended when it is dropped.
struct Browser {
    child: Child,
    profile: std::path::PathBuf,
}

impl Browser {
    fn open(program: std::path::PathBuf, url: &str) -> anyhow::Result<Self> {
        let profile = tools().join(format!("chromium-page-{}", std::process::id()));
        let child = Command::new(program)
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.display()))
            // With a way to be spoken to, it stays.
            .args(["--remote-debugging-port=0", url])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Browser { child, profile })
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

fn compared(shown: &Value) -> Outcome {
    let fits = |lines: &Value, wanted: &[&str]| {
        let lines: Vec<_> = lines.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        lines.len() == wanted.len() + 1
            && lines.iter().skip(1).zip(wanted).all(|(line, wanted)| line.starts_with(wanted))
    };
    for (index, (chain, wanted)) in WANTED.iter().enumerate() {
        if !fits(&shown[index], wanted) {
            return Outcome::Failed(format!(
                "the chat with `{chain}` shows {}, not {wanted:?}",
                shown[index]
            ));
        }
    }
    Outcome::Passed(WANTED.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_compared_line_by_line() {
        let asked = "user: What is Python?";
        let mut shown: Vec<Value> = WANTED
            .iter()
            .map(|(_, wanted)| std::iter::once(asked).chain(wanted.iter().copied()).collect())
            .collect();
        assert!(matches!(compared(&json!(shown)), Outcome::Passed(9)));
        shown[6] = json!([asked, "assistant: You said: What", "ready"]);
        let Outcome::Failed(why) = compared(&json!(shown)) else { panic!("an error that is not shown") };
        assert!(why.starts_with("the chat with `breaks` shows"), "{why}");
    }
}
