//! The program as a child process: a server that runs, or a command that ends.

use crate::{
    PATIENCE,
    http::{Answer, Client},
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{Arc, Condvar, Mutex, mpsc},
    thread,
    time::Instant,
};

/// The program.
pub(crate) const WINDLASS: &str = env!("CARGO_BIN_EXE_windlass");

/// The program with arguments, and no variables but these.
pub(crate) fn command(args: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(WINDLASS);
    command.args(args).env_clear().envs(variables.iter().copied()).stdin(Stdio::null());
    command
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program to its end.
#[track_caller]
pub(crate) fn run(args: &[&str], variables: &[(&str, &str)]) -> Ended {
    run_to_end(command(args, variables), "")
}

/// Runs a command to its end, with this on its standard input.
#[track_caller]
pub(crate) fn run_to_end(mut command: Command, input: &str) -> Ended {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let (out, err) = (read(child.stdout.take().unwrap()), read(child.stderr.take().unwrap()));
    let whole = |text: mpsc::Receiver<String>| text.recv_timeout(PATIENCE);
    let (Ok(out), Ok(err)) = (whole(out), whole(err)) else {
        child.kill().unwrap();
        panic!("{command:?} does not end");
    };
    Ended { code: child.wait().unwrap().code(), out, err }
}

fn read(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        sender.send(text)
    });
    receiver
}

/// A server; killed when it is dropped.
pub(crate) struct Windlass {
    child: Child,
    pub(crate) address: SocketAddr,
    written: Arc<Written>,
}

/// What a server has written to standard error.
#[derive(Default)]
struct Written {
    so_far: Mutex<Lines>,
    more: Condvar,
}

#[derive(Default)]
struct Lines {
    lines: Vec<String>,
    ended: bool,
}

impl Windlass {
    /// `windlass serve` on a port of its own; ready when it has said where it listens.
    #[track_caller]
    pub(crate) fn serve(args: &[&str], variables: &[(&str, &str)]) -> Self {
        let args = [&["serve", "--listen", "127.0.0.1:0"], args].concat();
        Self::start(command(&args, variables))
    }

    /// The server that a command starts.
    #[track_caller]
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let written = Written::of(child.stderr.take().unwrap());
        let mut server = Windlass { child, address: ([0, 0, 0, 0], 0).into(), written };
        server.address = address(&server.wait_for(|line| address(line).is_some())).unwrap();
        server
    }

    /// A connection of its own.
    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address)
    }

    /// Asks for a page.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> Answer {
        let mut client = self.client();
        client.request("GET", path, &[], b"");
        client.answer()
    }

    /// Posts JSON and waits for the whole answer.
    #[track_caller]
    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        let mut client = self.client();
        client.post(path, body);
        client.answer()
    }

    /// The first line on standard error that is like this, once it is there.
    #[track_caller]
    pub(crate) fn wait_for(&self, like: impl Fn(&str) -> bool) -> String {
        self.wait_until(|lines| lines.iter().find(|line| like(line)).cloned())
    }

    /// What can be found in the lines on standard error, once it can.
    #[track_caller]
    pub(crate) fn wait_until<T>(&self, find: impl Fn(&[String]) -> Option<T>) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut so_far = self.written.so_far.lock().unwrap();
        loop {
            if let Some(found) = find(&so_far.lines) {
                return found;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if so_far.ended || left.is_zero() {
                panic!("not what was waited for:\n{}", so_far.lines.join("\n"));
            }
            so_far = self.written.more.wait_timeout(so_far, left).unwrap().0;
        }
    }

    /// All lines on standard error so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.written.so_far.lock().unwrap().lines.clone()
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal: `TERM`, `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let kill = format!("kill -s {name} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// The exit code, once the process has ended.
    #[track_caller]
    pub(crate) fn exit_code(&mut self) -> Option<i32> {
        let so_far = self.written.so_far.lock().unwrap();
        let waited = self.written.more.wait_timeout_while(so_far, PATIENCE, |so_far| !so_far.ended);
        let (so_far, waited) = waited.unwrap();
        assert!(!waited.timed_out(), "it does not end:\n{}", so_far.lines.join("\n"));
        self.child.wait().unwrap().code()
    }
}

impl Drop for Windlass {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Written {
    fn of(pipe: impl Read + Send + 'static) -> Arc<Self> {
        let written = Arc::new(Written::default());
        let writing = written.clone();
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines() {
                writing.so_far.lock().unwrap().lines.push(line.unwrap());
                writing.more.notify_all();
            }
            writing.so_far.lock().unwrap().ended = true;
            writing.more.notify_all();
        });
        written
    }
}

/// The address in a line's first URL.
fn address(line: &str) -> Option<SocketAddr> {
    let authority = line.split_once("http://")?.1.split(['/', '"', ' ']).next()?;
    authority.replace("localhost", "127.0.0.1").parse().ok()
}
