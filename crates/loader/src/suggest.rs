//! What somebody may have meant: the nearest of the words that are known.

/// The known word that is nearest to `word`, if one is near enough.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = ((word.chars().count() + 1) / 3).min(4);
    let near = known.into_iter().map(|known| (distance(&word.to_lowercase(), known), known));
    near.filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// The words as a list for people: `` `a`, `b` ``.
pub(crate) fn list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// The text, cut where it gets long.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into(),
    }
}

/// How many letters must be changed, added, left out or swapped with their neighbour.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    if from.len().abs_diff(to.len()) > 8 || from.len() > 128 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    let mut last = None;
    for (index, char) in from.chars().enumerate() {
        let mut next = vec![index + 1];
        for (at, other) in to.iter().enumerate() {
            let changed = row[at] + usize::from(char != *other);
            let mut least = changed.min(row[at + 1] + 1).min(next[at] + 1);
            if at > 0 && last == Some(*other) && to[at - 1] == char {
                least = least.min(before[at - 1] + 1);
            }
            next.push(least);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(char);
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(word: &str, expect: Option<&str>) {
        assert_eq!(nearest(word, ["prompt", "model", "parser", "input"]), expect);
    }

    #[test]
    fn finds_what_was_meant() {
        check("promt", Some("prompt"));
        check("Prompt", Some("prompt"));
        check("modle", Some("model"));
        check("inptu", Some("input"));
        check("memory", None);
        check("x", None);
        check("", None);
    }
}
