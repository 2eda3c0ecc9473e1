//! `--watch`: files that change are loaded again, however they change; mistakes leave the old chains in place.

use crate::{
    folder_with,
    program::{Windlass, command},
};
use std::{
    fs,
    os::unix::fs::symlink,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::atomic::{AtomicBool, Ordering::SeqCst},
    thread,
};

fn chain(name: &str) -> String {
    format!("chains: {{ {name}: {{ input: {{ q: string }}, prompt: '{{q}}', model: {{ fake: m }} }} }}\n")
}

/// Waits until the server has said this so often. A file that is seen half written may make it say more.
#[track_caller]
fn wait_for(server: &Windlass, text: &str, times: usize) {
    let said = |lines: &[String]| lines.iter().filter(|line| line.contains(text)).count();
    server.wait_until(|lines| (said(lines) >= times).then_some(()));
}

#[track_caller]
fn assert_serves(server: &Windlass, name: &str) {
    assert_eq!(server.post(&format!("/{name}/invoke"), r#"{"q":"hi"}"#).status, 200, "{name}");
    let index = server.get("/").text;
    assert!(index.contains(&format!("\"{name}\"")), "{index}");
}

const LOADED: &str = "files loaded again";

#[test]
fn a_file_that_is_written_in_place() {
    let (folder, file) = folder_with("chains.yaml", &chain("one"));
    let mut command = command(&["serve", "--listen", "127.0.0.1:0", "--watch", "chains.yaml"], &[]);
    command.current_dir(folder.path());
    let server = Windlass::start(command);
    assert_serves(&server, "one");
    fs::write(&file, chain("two")).unwrap();
    wait_for(&server, LOADED, 1);
    assert_serves(&server, "two");
    assert_eq!(server.post("/one/invoke", r#"{"q":"hi"}"#).status, 404);
}

/// As in a folder with a log file.
#[test]
fn a_file_beside_one_that_changes_all_the_time() {
    let (folder, file) = folder_with("chains.yaml", &chain("one"));
    let server = Windlass::serve(&["--watch", &file], &[]);
    let (log, over) = (folder.path().join("log"), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(SeqCst) {
                fs::write(&log, "more").unwrap();
            }
        });
        fs::write(&file, chain("two")).unwrap();
        let loaded = catch_unwind(AssertUnwindSafe(|| wait_for(&server, LOADED, 1)));
        over.store(true, SeqCst);
        loaded.unwrap();
    });
    assert_serves(&server, "two");
}

/// As editors do it.
#[test]
fn a_file_that_another_is_moved_over() {
    let (folder, file) = folder_with("chains.yaml", &chain("one"));
    let server = Windlass::serve(&["--watch", &file], &[]);
    let swap = folder.path().join(".chains.yaml.swp");
    for (time, name) in ["two", "three"].into_iter().enumerate() {
        fs::write(&swap, chain(name)).unwrap();
        fs::rename(&swap, &file).unwrap();
        wait_for(&server, LOADED, time + 1);
        assert_serves(&server, name);
    }
}

/// As Kubernetes changes a mounted ConfigMap: the file links into `..data`, which links to a folder with a date.
#[test]
fn a_link_that_points_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let version = |name: &str| {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("chains.yaml"), chain(name)).unwrap();
        symlink(name, folder.path().join("..data_tmp")).unwrap();
        fs::rename(folder.path().join("..data_tmp"), folder.path().join("..data")).unwrap();
    };
    version("one");
    let file = folder.path().join("chains.yaml");
    symlink(Path::new("..data/chains.yaml"), &file).unwrap();
    let server = Windlass::serve(&["--watch", file.to_str().unwrap()], &[]);
    assert_serves(&server, "one");
    version("two");
    wait_for(&server, LOADED, 1);
    assert_serves(&server, "two");
    fs::remove_dir_all(folder.path().join("one")).unwrap();
    version("three");
    wait_for(&server, LOADED, 2);
    assert_serves(&server, "three");
}

/// As deployments do it that link `current` to the newest release.
#[test]
fn a_link_on_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let current = folder.path().join("current");
    for name in ["one", "two"] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("chains.yaml"), chain(name)).unwrap();
    }
    symlink("one", &current).unwrap();
    let server = Windlass::serve(&["--watch", current.join("chains.yaml").to_str().unwrap()], &[]);
    assert_serves(&server, "one");
    symlink("two", folder.path().join("next")).unwrap();
    fs::rename(folder.path().join("next"), &current).unwrap();
    wait_for(&server, LOADED, 1);
    assert_serves(&server, "two");
    fs::write(folder.path().join("two/chains.yaml"), chain("three")).unwrap();
    wait_for(&server, LOADED, 2);
    assert_serves(&server, "three");
}

/// The link stays, and what it leads to changes.
#[test]
fn a_file_behind_a_link() {
    let (_folder, file) = folder_with("chains.yaml", &chain("one"));
    let (elsewhere, _) = folder_with("other.yaml", "");
    let link = elsewhere.path().join("link.yaml");
    symlink(&file, &link).unwrap();
    let server = Windlass::serve(&["--watch", link.to_str().unwrap()], &[]);
    assert_serves(&server, "one");
    fs::write(&file, chain("two")).unwrap();
    wait_for(&server, LOADED, 1);
    assert_serves(&server, "two");
}

#[test]
fn a_file_with_mistakes_leaves_the_old_chains() {
    let (_folder, file) = folder_with("chains.yaml", &chain("one"));
    let server = Windlass::serve(&["--watch", &file], &[]);
    fs::write(&file, chain("two").replace("{q}", "{p}")).unwrap();
    wait_for(&server, "the files changed, but have mistakes; the old chains stay", 1);
    assert!(server.lines().iter().any(|line| line.contains("chains.yaml:1:")), "{:#?}", server.lines());
    assert_serves(&server, "one");
    fs::remove_file(&file).unwrap();
    wait_for(&server, "chains.yaml could not be read", 1);
    assert_serves(&server, "one");
    fs::write(&file, chain("three")).unwrap();
    wait_for(&server, LOADED, 1);
    assert_serves(&server, "three");
}

#[test]
fn files_that_do_not_go_together_leave_the_old_chains() {
    let (_folder, first) = folder_with("chains.yaml", &chain("one"));
    let (_other, second) = folder_with("chains.yaml", &chain("two"));
    let server = Windlass::serve(&["--watch", &first, &second], &[]);
    assert_serves(&server, "one");
    fs::write(&second, chain("one")).unwrap();
    server.wait_for(|line| {
        line.contains("two chains are called `one`") && line.contains("the old chains stay")
    });
    assert_serves(&server, "two");
}

/// Settings are read once; whoever changes them is told.
#[test]
fn settings_wait_for_the_next_start() {
    let with = |name: &str, body: &str| format!("server: {{ limits: {{ body: {body} }} }}\n{}", chain(name));
    let (_folder, file) = folder_with("chains.yaml", &with("one", "1KiB"));
    let server = Windlass::serve(&["--watch", &file], &[]);
    fs::write(&file, with("two", "1KiB")).unwrap();
    wait_for(&server, LOADED, 1);
    fs::write(&file, with("three", "2KiB")).unwrap();
    wait_for(&server, "it holds from the next start", 1);
    assert_serves(&server, "three");
    assert!(server.lines().iter().filter(|line| line.contains(LOADED)).count() == 2);
}

#[test]
fn without_watch_nothing_is_watched() {
    let (_folder, file) = folder_with("chains.yaml", &chain("one"));
    let (_other, watched) = folder_with("chains.yaml", &chain("witness"));
    let server = Windlass::serve(&[&file], &[]);
    let witness = Windlass::serve(&["--watch", &watched], &[]);
    fs::write(&file, chain("two")).unwrap();
    fs::write(&watched, chain("saw")).unwrap();
    wait_for(&witness, LOADED, 1);
    assert_serves(&server, "one");
}

/// A chain of LangChain's that gives one of its input's keys.
fn pick(key: &str) -> String {
    let id = r#"["langchain","schema","runnable","RunnablePick"]"#;
    format!(r#"{{"lc":1,"type":"constructor","id":{id},"kwargs":{{"keys":"{key}"}}}}"#)
}

#[test]
fn a_file_that_a_chain_file_names() {
    let (folder, file) = folder_with("chains.yaml", "chains: { one: { langchain: lc/one.json } }\n");
    fs::create_dir(folder.path().join("lc")).unwrap();
    let named = folder.path().join("lc/one.json");
    fs::write(&named, pick("a")).unwrap();
    let server = Windlass::serve(&["--watch", &file], &[]);
    let gives = |wanted: &str| {
        let answer = server.post("/one/invoke", r#"{"a":"A","b":"B"}"#);
        assert_eq!((answer.status, answer.text.as_str()), (200, wanted));
    };
    gives("\"A\"");
    assert!(!server.lines().iter().any(|line| line.contains(LOADED)));
    fs::write(&named, pick("b")).unwrap();
    wait_for(&server, LOADED, 1);
    gives("\"B\"");
    fs::write(&named, "{\"lc\": 1}").unwrap();
    wait_for(&server, "the old chains stay", 1);
    gives("\"B\"");
    fs::write(&named, pick("a")).unwrap();
    wait_for(&server, LOADED, 2);
    gives("\"A\"");
}

/// The chain file comes first, and what it names comes later.
#[test]
fn a_file_that_is_named_before_it_is_there() {
    let (folder, file) = folder_with("chains.yaml", &chain("one"));
    let server = Windlass::serve(&["--watch", &file], &[]);
    fs::write(&file, "chains: { two: { langchain: two.json } }\n").unwrap();
    wait_for(&server, "`two.json` could not be read", 1);
    fs::write(folder.path().join("two.json"), pick("q")).unwrap();
    wait_for(&server, LOADED, 1);
    assert_serves(&server, "two");
}

#[test]
fn a_file_that_is_a_chain() {
    let (_folder, file) = folder_with("one.json", &pick("a"));
    let server = Windlass::serve(&["--watch", &file], &[]);
    fs::write(&file, pick("q")).unwrap();
    wait_for(&server, LOADED, 1);
    assert_eq!(server.post("/one/invoke", r#"{"q":"hi"}"#).text, "\"hi\"");
}
