//! Compares values as the recordings ask for it.

mod error;
mod ids;
mod numbers;
mod result;

pub(crate) use result::compare;

use crate::{Difference, Json};
use ids::Renaming;
use indexmap::IndexMap;
use numbers::Numbers;

type Members = IndexMap<String, Json>;

/// What a wanted value is if JSON could not hold it: anything passes for it.
const UNSPEAKABLE: &str = "__lone_surrogate__";
const EXCEPTION: &str = "__exception__";

/// One comparison of many values between which run ids are renamed alike.
pub(crate) struct Comparison {
    path: String,
    ids: Renaming,
    numbers: Numbers,
    nulls_vary: bool,
}

impl Comparison {
    /// Of results: `1` is not `1.0`.
    pub(crate) fn of_results() -> Self {
        Self::new(Numbers::AsPrinted)
    }

    /// Of what is sent: `1` is `1.0`.
    pub(crate) fn of_requests() -> Self {
        Self::new(Numbers::ByValue)
    }

    fn new(numbers: Numbers) -> Self {
        Comparison { path: "$".into(), ids: Renaming::default(), numbers, nulls_vary: false }
    }

    /// Compares two values; the first difference if there is one.
    pub(crate) fn values(&mut self, wanted: &Json, got: &Json) -> Result<(), Difference> {
        let same = match (wanted, got) {
            (Json::Object(members), _) if sole(members, UNSPEAKABLE).is_some() => true,
            (Json::Object(wanted), Json::Object(got)) => return self.objects(wanted, got),
            (Json::List(wanted), Json::List(got)) => return self.lists(wanted, got),
            (Json::Text(wanted), Json::Text(got)) => self.ids.same(wanted, got),
            (Json::Int(_) | Json::Float(_), _) => self.numbers.same(wanted, got),
            _ => wanted == got,
        };
        if same { Ok(()) } else { Err(self.difference(Some(wanted), Some(got))) }
    }

    fn objects(&mut self, wanted: &Members, got: &Members) -> Result<(), Difference> {
        if let (Some(wanted), Some(got)) = (sole(wanted, EXCEPTION), sole(got, EXCEPTION)) {
            return self.within(EXCEPTION, |this| this.errors(wanted, got));
        }
        for (key, wanted) in wanted {
            match got.get(key) {
                Some(got) => self.within(key, |this| this.values(wanted, got))?,
                None if self.nulls_vary && *wanted == Json::Null => {}
                None => return self.within(key, |this| Err(this.difference(Some(wanted), None))),
            }
        }
        let known =
            |key: &str, value: &Json| wanted.contains_key(key) || self.nulls_vary && *value == Json::Null;
        let more = got.iter().find(|(key, value)| !known(key, value));
        match more {
            Some((key, value)) => self.within(key, |this| Err(this.difference(None, Some(value)))),
            None => Ok(()),
        }
    }

    fn lists(&mut self, wanted: &[Json], got: &[Json]) -> Result<(), Difference> {
        let mut rest = got.iter();
        for (index, item) in wanted.iter().enumerate() {
            // What cannot be said may also be left out.
            if rest.len() < wanted.len() - index && unspeakable(item) {
                continue;
            }
            let next = rest.next();
            self.at(got.len() - rest.len() - usize::from(next.is_some()), |this| match next {
                Some(next) => this.values(item, next),
                None => Err(this.difference(Some(item), None)),
            })?;
        }
        match rest.next() {
            Some(more) => self.at(got.len() - rest.len() - 1, |this| Err(this.difference(None, Some(more)))),
            None => Ok(()),
        }
    }

    /// Does something one key further down.
    fn within<T>(&mut self, key: &str, work: impl FnOnce(&mut Self) -> T) -> T {
        let (length, nulls_vary) = (self.path.len(), self.nulls_vary);
        self.nulls_vary |=
            self.path.ends_with(".response_metadata") && matches!(key, "token_usage" | "usage");
        if key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            self.path.push('.');
            self.path.push_str(key);
        } else {
            self.path.push_str(&format!("[{}]", Json::from(key)));
        }
        let done = work(self);
        self.path.truncate(length);
        self.nulls_vary = nulls_vary;
        done
    }

    fn at<T>(&mut self, index: usize, work: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push_str(&format!("[{index}]"));
        let done = work(self);
        self.path.truncate(length);
        done
    }

    fn difference(&self, wanted: Option<&Json>, got: Option<&Json>) -> Difference {
        Difference::of_values(self.path.clone(), wanted, got)
    }
}

fn sole<'a>(members: &'a Members, key: &str) -> Option<&'a Json> {
    if members.len() == 1 { members.get(key) } else { None }
}

/// Whether there is something in a value that JSON cannot hold.
fn unspeakable(value: &Json) -> bool {
    match value {
        Json::Object(members) => sole(members, UNSPEAKABLE).is_some() || members.values().any(unspeakable),
        Json::List(items) => items.iter().any(unspeakable),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
