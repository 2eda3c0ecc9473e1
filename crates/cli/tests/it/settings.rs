//! Settings: flags over the environment over the file over the defaults, and errors that name what is wrong.

use crate::{
    ASK, QUESTION, folder_with,
    program::{Windlass, command, run, run_to_end},
};
use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

const CHAIN: &str = "chains: { one: { input: { q: string }, prompt: '{q}', model: { fake: m } } }\n";

/// The status of a request with a body of so many bytes.
#[track_caller]
fn status(server: &Windlass, bytes: usize) -> u16 {
    let body = r#"{"q":""}"#;
    server.post("/invoke", &body.replace("\"\"", &format!("\"{}\"", "x".repeat(bytes - body.len())))).status
}

/// Checks that the largest body is this.
#[track_caller]
fn assert_limit(server: &Windlass, bytes: usize) {
    assert_eq!((status(server, bytes), status(server, bytes + 1)), (200, 413));
}

#[test]
fn flags_over_environment_over_file_over_defaults() {
    let (_folder, plain) = folder_with("plain.yaml", CHAIN);
    let (_other, file) =
        folder_with("file.yaml", &format!("server: {{ limits: {{ body: 3KiB }} }}\n{CHAIN}"));
    let variable = ("WINDLASS_LIMITS__BODY", "2KiB");
    let flag = ["--set", "limits.body=1KiB"];
    assert_limit(&Windlass::serve(&[&plain], &[]), 1 << 20);
    assert_limit(&Windlass::serve(&[&file], &[]), 3 << 10);
    assert_limit(&Windlass::serve(&[&file], &[variable]), 2 << 10);
    assert_limit(&Windlass::serve(&[flag[0], flag[1], &file], &[variable]), 1 << 10);
}

/// Every address of 127.0.0.0/8 is this machine, on Linux.
#[cfg(target_os = "linux")]
#[test]
fn the_address_has_the_same_order() {
    let (_folder, file) = folder_with("file.yaml", &format!("server: {{ listen: '127.0.0.2:0' }}\n{CHAIN}"));
    let address = |args: &[&str], variables: &[(&str, &str)]| {
        let server = Windlass::start(command(&[&["serve", &file], args].concat(), variables));
        assert_eq!(server.get("/health").status, 200);
        server.address.ip().to_string()
    };
    let variable = [("WINDLASS_LISTEN", "127.0.0.3:0")];
    assert_eq!(address(&[], &[]), "127.0.0.2");
    assert_eq!(address(&[], &variable), "127.0.0.3");
    assert_eq!(address(&["--listen", "127.0.0.4:0"], &variable), "127.0.0.4");
    assert_eq!(address(&["--set", "listen=127.0.0.5:0"], &[]), "127.0.0.5");
}

/// With one thread the runtime is another one.
#[test]
fn one_thread_serves_too() {
    let mut server = Windlass::serve(&["--demo", "--threads", "1", ASK], &[]);
    let mut streaming = server.client();
    streaming.post("/stream", QUESTION);
    assert_eq!(streaming.head().0, 200);
    assert_eq!(server.post("/invoke", QUESTION).status, 200);
    server.signal("TERM");
    let lines: Vec<_> = std::iter::from_fn(|| streaming.line()).collect();
    assert!(lines.last().unwrap()["end"].is_object(), "{lines:?}");
    assert_eq!(server.exit_code(), Some(0));
}

#[test]
fn the_path_that_a_proxy_shows() {
    let flags = ["--demo", "--set", "base_path=/ai", "--set", "dialects.native=/chains", ASK];
    let server = Windlass::serve(&flags, &[]);
    for path in ["/ai/chains/invoke", "/chains/ask/invoke"] {
        assert_eq!(server.post(path, QUESTION).status, 200, "{path}");
    }
    assert_eq!(server.get("/ai/openapi.json").json()["servers"][0]["url"], "/ai");
    let expect = format!("POST http://{}/ai/chains/invoke", server.address);
    assert!(server.wait_for(|line| line.contains("invoke")).contains(&expect));
}

/// The program refuses to start, and says all this.
#[track_caller]
fn refuses(args: &[&str], variables: &[(&str, &str)], expect: &[&str]) {
    let ended = run(&[&["serve", "--demo"], args].concat(), variables);
    assert!(matches!(ended.code, Some(1 | 2)), "{ended:?}");
    for expect in expect {
        assert!(ended.err.contains(expect), "no `{expect}` in: {}", ended.err);
    }
    assert!(!ended.err.contains("http://"), "it listened: {}", ended.err);
}

#[test]
fn unknown_names_are_named() {
    refuses(&["--set", "limits.bdy=1MiB", ASK], &[], &["limits.bdy", "`bdy`", "`body`"]);
    refuses(&["--set", "nonsense=1", ASK], &[], &["`nonsense`", "`limits`"]);
    refuses(&["--set", "limits.body", ASK], &[], &["--set limits.body", "`=`"]);
    refuses(&["--nonsense", ASK], &[], &["--nonsense"]);
    refuses(&[ASK], &[("WINDLASS_NONSENSE", "1")], &["WINDLASS_NONSENSE", "`limits`"]);
    refuses(&[ASK], &[("WINDLASS_LIMITS__BDY", "1")], &["WINDLASS_LIMITS__BDY", "`body`"]);
    let (_folder, file) = folder_with("file.yaml", &format!("server: {{ limits: {{ bdy: 1 }} }}\n{CHAIN}"));
    refuses(&[&file], &[], &["file.yaml:1:", "bdy", "body"]);
}

#[test]
fn bad_values_name_their_setting() {
    refuses(&["--set", "timeouts.drain=ten", ASK], &[], &["timeouts.drain", "`ten`", "`30s`"]);
    refuses(&["--set", "limits.in_flight=0", ASK], &[], &["limits.in_flight"]);
    refuses(&["--set", "limits.body=big", ASK], &[], &["limits.body", "`big`"]);
    refuses(&["--set", "trusted_proxies=me", ASK], &[], &["trusted_proxies", "me"]);
    refuses(&["--set", "base_path=ai", ASK], &[], &["base_path"]);
    refuses(&["--set", "limits=3", ASK], &[], &["limits"]);
    refuses(&["--listen", "nowhere", ASK], &[], &["--listen", "nowhere"]);
    refuses(&["--threads", "0", ASK], &[], &["--threads"]);
    refuses(&["--log", "a=b=c", ASK], &[], &["--log"]);
    refuses(&[ASK], &[("WINDLASS_TIMEOUTS__DRAIN", "10")], &["WINDLASS_TIMEOUTS__DRAIN", "`10s`"]);
    refuses(&[ASK], &[("WINDLASS_LISTEN", "nowhere")], &["WINDLASS_LISTEN", "`listen`"]);
    let (_folder, file) =
        folder_with("file.yaml", &format!("server: {{ timeouts: {{ run: 10 }} }}\n{CHAIN}"));
    refuses(&[&file], &[], &["file.yaml:1:", "run"]);
}

#[test]
fn an_address_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run(&["serve", "--demo", "--listen", &address, ASK], &[]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains(&address) && ended.err.contains("--listen"), "{}", ended.err);
}

#[test]
fn one_file_has_the_settings() {
    let (_folder, first) =
        folder_with("first.yaml", &format!("server: {{ limits: {{ queue: 1 }} }}\n{CHAIN}"));
    let other = CHAIN.replace("one", "two");
    let (_other, second) = folder_with("second.yaml", &format!("server: {{}}\n{other}"));
    refuses(&[&first, &second], &[], &["first.yaml", "second.yaml", "`server:`"]);
    refuses(&[&first, &first], &[], &["first.yaml"]);
}

/// Kubernetes sets such variables in each pod of a namespace that has a service called `windlass`.
#[test]
fn variables_of_kubernetes_are_no_settings() {
    let variables = [
        ("WINDLASS_SERVICE_HOST", "10.0.0.1"),
        ("WINDLASS_SERVICE_PORT", "8000"),
        ("WINDLASS_PORT", "tcp://10.0.0.1:8000"),
        ("WINDLASS_PORT_8000_TCP_ADDR", "10.0.0.1"),
    ];
    assert_eq!(Windlass::serve(&["--demo", ASK], &variables).get("/health").status, 200);
}

/// Whoever writes `NAME=${OTHER}` sets an empty variable if there is no other; and not every variable is text.
#[test]
fn variables_that_are_empty_or_no_text_do_no_harm() {
    let variables = [("WINDLASS_LISTEN", ""), ("WINDLASS_LIMITS__BODY", ""), ("WINDLASS_LOG", "")];
    let mut start = command(&["serve", "--set", "listen=127.0.0.1:0", "--demo", ASK], &variables);
    start.env("OTHER", OsStr::from_bytes(b"\xff"));
    assert_eq!(Windlass::start(start).get("/health").status, 200);
    let mut check = command(&["check", "--demo", ASK], &[]);
    check.env("WINDLASS_LIMITS__BODY", OsStr::from_bytes(b"1\xff"));
    let ended = run_to_end(check, "");
    assert_eq!(ended.code, Some(1));
    assert!(ended.err.contains("WINDLASS_LIMITS__BODY"), "{}", ended.err);
}
