//! Objects beside a message that are made only if somebody looks at them; most chains never do.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::{
    fmt,
    ops::Deref,
    sync::{Arc, LazyLock, OnceLock},
};

/// An object that may be made when it is first read; cheap to clone and to hand on unread.
#[derive(Clone, Default)]
pub struct Metadata(Option<Arc<Inner>>);

struct Inner {
    known: OnceLock<Map<String, Value>>,
    make: Option<Make>,
}

type Make = Box<dyn Fn() -> Map<String, Value> + Send + Sync>;

/// What an absent one reads as.
static EMPTY: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);

impl Metadata {
    /// An object that `make` makes when it is first read.
    ///
    /// ```
    /// use windlass_core::Metadata;
    ///
    /// let metadata = Metadata::deferred(|| [("model_name".into(), "gpt-4o".into())].into_iter().collect());
    /// assert_eq!(metadata["model_name"], "gpt-4o");
    /// ```
    pub fn deferred(make: impl Fn() -> Map<String, Value> + Send + Sync + 'static) -> Self {
        Metadata(Some(Arc::new(Inner { known: OnceLock::new(), make: Some(Box::new(make)) })))
    }

    /// Adds the keys of another; the other's values win. An empty side costs nothing.
    pub fn merge(&mut self, next: Metadata) {
        match (&self.0, &next.0) {
            (_, None) => {}
            (None, Some(_)) => *self = next,
            (Some(own), Some(other)) if Arc::ptr_eq(own, other) => {}
            (Some(_), Some(_)) => {
                let both = self.iter().chain(next.iter()).map(|(key, value)| (key.clone(), value.clone()));
                *self = both.collect::<Map<_, _>>().into();
            }
        }
    }

    /// Puts a value in.
    pub fn insert(&mut self, key: impl Into<String>, value: Value) {
        let mut map = (**self).clone();
        map.insert(key.into(), value);
        *self = map.into();
    }
}

impl Deref for Metadata {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Self::Target {
        match &self.0 {
            None => &EMPTY,
            Some(inner) => {
                inner.known.get_or_init(|| inner.make.as_ref().map(|make| make()).unwrap_or_default())
            }
        }
    }
}

impl From<Map<String, Value>> for Metadata {
    fn from(map: Map<String, Value>) -> Self {
        if map.is_empty() {
            return Metadata(None);
        }
        Metadata(Some(Arc::new(Inner { known: OnceLock::from(map), make: None })))
    }
}

impl FromIterator<(String, Value)> for Metadata {
    fn from_iter<T: IntoIterator<Item = (String, Value)>>(pairs: T) -> Self {
        pairs.into_iter().collect::<Map<_, _>>().into()
    }
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    #[test]
    fn is_made_once_and_only_if_read() {
        let made = Arc::new(AtomicUsize::new(0));
        let count = made.clone();
        let metadata = Metadata::deferred(move || {
            count.fetch_add(1, Relaxed);
            Map::from_iter([("a".to_string(), json!(1))])
        });
        let copy = metadata.clone();
        let mut merged = Metadata::default();
        merged.merge(metadata);
        merged.merge(Metadata::default());
        assert_eq!(made.load(Relaxed), 0);
        assert_eq!((copy.get("a"), merged.get("a")), (Some(&json!(1)), Some(&json!(1))));
        assert_eq!(made.load(Relaxed), 1);
    }

    #[test]
    fn the_later_value_wins() {
        let mut metadata: Metadata =
            [("a".to_string(), json!(1)), ("b".to_string(), json!(1))].into_iter().collect();
        metadata.merge([("b".to_string(), json!(2))].into_iter().collect());
        assert_eq!(serde_json::to_value(&metadata).unwrap(), json!({"a": 1, "b": 2}));
    }
}
