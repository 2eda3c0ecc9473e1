//! The limit of file descriptors is raised, and the banner says how many connections that allows.

use crate::{
    ASK,
    program::{WINDLASS, Windlass},
};
use std::process::Command;

#[test]
fn the_limit_of_descriptors_is_raised() {
    let hard: u64 = match Command::new("sh").args(["-c", "ulimit -Hn"]).output().unwrap().stdout.as_slice() {
        b"unlimited\n" => u64::MAX,
        number => String::from_utf8_lossy(number).trim().parse().unwrap(),
    };
    assert!(hard > 1000, "this test needs 1000 file descriptors; the hard limit is {hard}");
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -Sn 256 && exec \"$0\" \"$@\"", WINDLASS]);
    command.args(["serve", "--listen", "127.0.0.1:0", "--demo", ASK]).env_clear();
    let server = Windlass::start(command);
    let line = server.wait_for(|line| line.trim_start().starts_with("connections"));
    let reachable: u64 = line.rsplit(' ').next().unwrap().parse().unwrap();
    assert!(reachable > 256 && reachable < hard, "{line}, of {hard} descriptors");
    // More clients than the old limit allowed, all served while all are connected.
    let mut clients: Vec<_> = (0..400).map(|_| server.client()).collect();
    for client in &mut clients {
        client.request("GET", "/health", &[], b"");
        assert_eq!(client.answer().status, 200);
    }
}
