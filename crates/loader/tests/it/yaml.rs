//! YAML itself: what it may hold, where it is broken, and its limits.

use crate::{check, refused};
use std::time::{Duration, Instant};

#[test]
fn broken_yaml_has_a_place() {
    check("", &["1:1 the file is empty | begin with `chains:`"]);
    check("# only this\n", &["1:1 the file is empty"]);
    check("chains:\n\task: 1\n", &["2:2 a tab where YAML wants spaces | indent with spaces"]);
    check("chains: a: b\n", &["1:10 a `:` where no key can be | put quotes"]);
    check("chains:\n  a: \"b\n", &["2:6 the quote that begins here is never closed | close it"]);
    check("chains:\n  a: {x} and {y}\n", &["2:10 this belongs to no mapping"]);
    check("chains: [a, b\n", &["2:1 the list is not closed"]);
    check("chains: *nope\n", &["1:9 there is no anchor of this name before"]);
    check("chains: @x\n", &["1:9 text cannot begin with this character | put quotes"]);
    check("chains: a\0b\n", &["1:10 there is a NUL character in the file"]);
}

#[test]
fn what_a_chain_file_may_not_hold() {
    check(
        "server: {}\nserver: {}\nchains:\n  a: !x\n    <<: 1\n",
        &[
            "2:1 the key `server` is here twice | remove one",
            "4:3 the chain `a` has no `input`",
            "4:3 the chain `a` has no `model`",
            "4:6 the tag `!x` has no meaning here | leave it out",
            "5:5 merge keys (`<<`) are not supported | write the keys out",
        ],
    );
    check("chains: {}\n---\nchains: {}\n", &["2:1 a second document begins here | give each document"]);
    check("? [a]\n: b\n", &["1:3 a key must be text"]);
    check(": x\n", &["1:1 a key is missing before the `:`"]);
    check("a: &a [*a]\n", &["1:8 an alias stands inside what it repeats"]);
    check("- x\n", &["1:1 the file must be a mapping, not a list"]);
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    check(
        "\u{feff}chain: {}\n",
        &["1:1 a chain file has no key `chain` | did you mean `chains`?", "1:1 the file has no"],
    );
}

#[track_caller]
fn quickly_refused(yaml: &str, part: &str) {
    let start = Instant::now();
    let report = refused(yaml);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert!(report.mistakes()[0].message.contains(part), "{report}");
}

#[test]
fn bombs_are_refused_quickly() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    quickly_refused(&bomb, "more than 20000 values");
    let text = "x".repeat(500_000);
    quickly_refused(&format!("a: &a {text}\nb: [{}]\n", "*a, ".repeat(1000)), "more than 20000 values");
    quickly_refused(&format!("a: [{}]", "1, ".repeat(30_000)), "more than 20000 values");
    quickly_refused(&"- ".repeat(100_000), "more than 64 deep");
    quickly_refused(&"[".repeat(1000), "");
    quickly_refused(&"{a: ".repeat(100), "more than 64 deep");
    quickly_refused(&"x".repeat((1 << 20) + 1), "longer than 1 MiB");
    quickly_refused(&"ü".repeat(1 << 19), "must be a mapping");
    let unknown: String = (0..20_000).map(|index| format!("{{v{index}}}")).collect();
    quickly_refused(
        &format!("chains: {{ k: {{ input: {{ q: string }}, prompt: '{unknown}' }} }}"),
        "nothing provides",
    );
}
