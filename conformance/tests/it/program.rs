//! The program as it is started.

use std::{
    fs,
    process::{Command, Output},
};

fn conformance(args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_windlass-conformance")).args(args).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_case_that_cannot_be_read_fails() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("odd")).unwrap();
    fs::write(folder.path().join("odd/case.json"), r#"{"tier": "unheard-of"}"#).unwrap();
    let (code, stdout, _) = conformance(&["--cases", folder.path().to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(stdout.starts_with("odd/(read): the case\n"), "{stdout}");
    assert!(stdout.contains("case.json: unknown variant `unheard-of`"), "{stdout}");
    assert!(stdout.ends_with("\n0 passed, 1 failed\n"), "{stdout}");
}

#[test]
fn nothing_to_run_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, stderr) = conformance(&["--cases", folder.path().to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(stderr.contains("there is no case in this folder"), "{stderr}");
    for name in ["no-such-case", "basic-chat-str/no-such-run", "basic-chat-str/"] {
        let (code, _, stderr) = conformance(&[name]);
        assert_eq!((code, stderr), (Some(1), format!("error: there is no case or run `{name}`\n")));
    }
}
