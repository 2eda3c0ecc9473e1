//! Run ids differ from run to run: `lc_run--UUID` is compared up to renaming.

use std::collections::HashMap;

const MARK: &str = "lc_run--";
const UUID: usize = 36;

/// Which id stands for which.
#[derive(Debug, Default)]
pub(crate) struct Renaming {
    wanted: HashMap<String, String>,
    got: HashMap<String, String>,
}

impl Renaming {
    /// Whether two texts are the same if ids are renamed, in the same way wherever they come.
    pub(crate) fn same(&mut self, wanted: &str, got: &str) -> bool {
        if !wanted.contains(MARK) {
            return wanted == got;
        }
        let (wanted, got) = (split(wanted), split(got));
        wanted.len() == got.len()
            && wanted.iter().zip(&got).enumerate().all(|(index, (wanted, got))| {
                if index % 2 == 0 { wanted == got } else { self.pair(wanted, got) }
            })
    }

    fn pair(&mut self, wanted: &str, got: &str) -> bool {
        let forth = self.wanted.entry(wanted.into()).or_insert_with(|| got.into());
        let back = self.got.entry(got.into()).or_insert_with(|| wanted.into());
        forth == got && back == wanted
    }
}

/// Text, id, text, id, ..., text.
fn split(text: &str) -> Vec<&str> {
    let (mut pieces, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = text[at..].find(MARK) {
        let id = at + found + MARK.len();
        at = id;
        if text.as_bytes().get(id..id + UUID).is_some_and(is_uuid) {
            at = id + UUID;
            pieces.extend([&text[start..id], &text[id..at]]);
            start = at;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

fn is_uuid(bytes: &[u8]) -> bool {
    bytes.iter().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "lc_run--00000000-0000-4000-8000-000000000001";
    const B: &str = "lc_run--00000000-0000-4000-8000-000000000002";
    const X: &str = "lc_run--019bd1c2-7e1a-7c01-9d2e-5a3bd1c27e1a";
    const Y: &str = "lc_run--119bd1c2-7e1a-7c01-9d2e-5a3bd1c27e1b";

    #[track_caller]
    fn check(pairs: &[(&str, &str)], same: bool) {
        let mut ids = Renaming::default();
        assert_eq!(pairs.iter().all(|(wanted, got)| ids.same(wanted, got)), same, "{pairs:?}");
    }

    #[test]
    fn ids_are_the_same_up_to_renaming() {
        check(&[(A, X), (B, Y), (A, X)], true);
        check(&[(A, X), (A, Y)], false);
        check(&[(A, X), (B, X)], false);
        check(&[(&format!("{A}-0"), &format!("{X}-0"))], true);
        check(&[(&format!("{A}-0"), &format!("{X}-1"))], false);
        check(&[(&format!("id='{A}' {B}"), &format!("id='{X}' {Y}"))], true);
        check(&[(&format!("id='{A}' {B}"), &format!("id='{X}' {X}"))], false);
        check(&[(A, "lc_run--no-uuid")], false);
        check(&[("lc_run--", "lc_run--"), ("lc_run--x", "lc_run--y")], false);
    }
}
