//! Running programs, and servers that end with their guard.

use anyhow::{Context, bail};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// The root of the checkout.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Where tools for tests are kept.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// The cargo that runs us.
#[expect(clippy::disallowed_methods, reason = "cargo tells its path this way")]
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs a program to its end; an error if it fails.
pub(crate) fn succeed(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("{command:?} could not be started"))?;
    if !status.success() {
        bail!("{command:?} failed with {status}");
    }
    Ok(())
}

/// Whether a program can be run.
pub(crate) fn available(program: &Path) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).stdin(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a program, shows what it prints, and gives it back.
pub(crate) fn tee(command: &mut Command) -> anyhow::Result<(bool, String)> {
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{command:?} could not be started"))?;
    let mut printed = String::new();
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line?;
            println!("{line}");
            printed.push_str(&line);
            printed.push('\n');
        }
    }
    Ok((child.wait()?.success(), printed))
}

/// A server on a free port; ended when it is dropped.
pub(crate) struct Server {
    child: Child,
    /// Its address.
    pub(crate) base: String,
}

impl Server {
    /// `windlass serve` with the built-in demo model.
    pub(crate) fn demo(files: &[&str]) -> anyhow::Result<Self> {
        let mut command = windlass();
        command.args(["serve", "--demo", "--log", "warn"]).args(files);
        Self::start(command)
    }

    /// Starts it and waits until it is healthy.
    pub(crate) fn start(mut command: Command) -> anyhow::Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let child = command
            .args(["--listen", &address])
            .current_dir(root())
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("{command:?} could not be started"))?;
        let server = Server { child, base: format!("http://{address}") };
        let deadline = Instant::now() + Duration::from_secs(10);
        while !healthy(&address) {
            if Instant::now() > deadline {
                bail!("the server was not healthy within 10 s");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(server)
    }
}

/// The program under test.
pub(crate) fn windlass() -> Command {
    Command::new(root().join("target/debug/windlass"))
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn healthy(address: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(Duration::from_secs(1)))?;
        stream.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer.starts_with("HTTP/1.1 200"))
    };
    ask().unwrap_or(false)
}
