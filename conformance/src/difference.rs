//! What was wanted, what came, and where.

use crate::Json;
use std::fmt;

/// The most characters that are shown of a value.
const LONGEST: usize = 400;

/// The first difference between what a case wants and what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where: a JSON path into the result, the request or the chain; or a word for what is none of these.
    pub path: String,
    /// What the case wants there.
    pub wanted: String,
    /// What came.
    pub got: String,
}

impl Difference {
    /// Of two values, either of which may be absent.
    pub fn of_values(path: impl Into<String>, wanted: Option<&Json>, got: Option<&Json>) -> Self {
        let shown = |value: Option<&Json>| value.map_or_else(|| "nothing".into(), Json::to_string);
        Difference::new(path, shown(wanted), shown(got))
    }

    /// Of two texts.
    pub fn new(path: impl Into<String>, wanted: impl Into<String>, got: impl Into<String>) -> Self {
        Difference { path: path.into(), wanted: wanted.into(), got: got.into() }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (wanted, got) = apart(&self.wanted, &self.got);
        write!(formatter, "{}\n    wanted {wanted}\n    got    {got}", self.path)
    }
}

/// Long texts are shown from a little before the place where they part.
fn apart(wanted: &str, got: &str) -> (String, String) {
    let same = wanted.chars().zip(got.chars()).take_while(|(one, other)| one == other).count();
    let longest = wanted.chars().count().max(got.chars().count());
    let skipped = if longest > LONGEST { same.saturating_sub(LONGEST / 4) } else { 0 };
    (excerpt(wanted, skipped), excerpt(got, skipped))
}

fn excerpt(text: &str, skipped: usize) -> String {
    let mut rest = text.chars().skip(skipped);
    let mut shown: String = if skipped > 0 { "...".into() } else { String::new() };
    shown.extend(rest.by_ref().take(LONGEST));
    if rest.next().is_some() {
        shown.push_str("...");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_shown_where_they_part() {
        let (same, tail) = ("x".repeat(1000), "y".repeat(1000));
        let shown = Difference::new("$", format!("{same}a"), format!("{same}b{tail}")).to_string();
        assert!(shown.contains("xa\n") && shown.contains("xby"), "{shown}");
        assert!(shown.len() < 3 * LONGEST, "{shown}");
    }
}
