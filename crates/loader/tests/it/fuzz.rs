//! No text makes the loader panic, and every report can be printed.

use crate::fake::registry;
use proptest::prelude::*;
use windlass_loader::{STARTER, Source, load};

fn try_to_load(text: &str) {
    match load(&Source::new("fuzz.yaml", text), &registry()) {
        Ok(file) => drop(file.warnings.render(true)),
        Err(report) => {
            assert!(!report.is_empty());
            for mistake in report.mistakes() {
                assert!(mistake.line >= 1 && mistake.column >= 1);
                assert!(text.is_char_boundary(0) && mistake.span.start <= mistake.span.end);
            }
            drop(report.to_string());
            drop(report.render(true));
        }
    }
}

/// Pieces of chain files, so that what comes out is often nearly right.
const PIECES: [&str; 48] = [
    "chains:",
    "models:",
    "input:",
    "prompt:",
    "model:",
    "steps:",
    "parser:",
    "assign:",
    "parallel:",
    "examples:",
    "output:",
    "passthrough",
    "string",
    "messages",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "\n  ",
    "\n    ",
    "\n      - ",
    ", ",
    ": ",
    "- ",
    "a",
    "c",
    "'{a}'",
    "\"{a}\"",
    "{a}",
    "openai",
    "m",
    "&x ",
    "*x",
    "<<",
    "!t ",
    "|\n",
    ">-\n",
    "'",
    "\"",
    "#",
    "1",
    "${A}",
    "\t",
    "ü",
    "\r\n",
    "---\n",
    "? ",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        try_to_load(&text);
    }

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        try_to_load(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn pieces_of_chain_files(pieces in proptest::collection::vec(proptest::sample::select(&PIECES[..]), 0..60)) {
        try_to_load(&pieces.concat());
    }

    #[test]
    fn a_file_with_changes(changes in proptest::collection::vec((any::<prop::sample::Index>(), 0..6_usize, "\\PC{0,3}|[\\[\\]{}:,'\"|>&*!\\n\\t -]{0,3}"), 1..8)) {
        let mut text = STARTER.to_string();
        for (at, cut, put) in changes {
            let start = text.floor_char_boundary(at.index(text.len() + 1));
            let end = text.floor_char_boundary((start + cut).min(text.len())).max(start);
            text.replace_range(start..end, &put);
        }
        try_to_load(&text);
    }
}
