//! Objects beside a message that are made only if somebody looks at them; most chains never do.

use super::merge;
use crate::chunk::difference;
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

    /// An object that is there even if it is empty; what is absent is left out where it would be written.
    pub fn object(map: Map<String, Value>) -> Self {
        Metadata(Some(Arc::new(Inner { known: OnceLock::from(map), make: None })))
    }

    /// Whether there is no object, not even an empty one.
    pub fn is_absent(&self) -> bool {
        self.0.is_none()
    }

    /// Adds the entries of the next piece as LangChain does: text joins, whole numbers add, lists and objects merge. An
    /// empty side, and a piece that says nothing new, cost nothing.
    pub fn merge(&mut self, next: Metadata) {
        self.grow(next);
    }

    /// Merges, and gives by how much the weight grew.
    pub(super) fn grow(&mut self, next: Metadata) -> isize {
        if next.0.is_none() {
            return 0;
        }
        if self.0.is_none() {
            *self = next;
            return difference(self.weight(), 0);
        }
        if merge::holds(self, &next) {
            return 0;
        }
        // What is still to be made has no weight yet.
        let before = self.weight();
        let mut map = std::mem::take(self).into_map();
        let made = merge::map_weight(&map);
        let grown = merge::merge_maps(&mut map, next.into_map());
        *self = Metadata::object(map);
        grown + difference(made, before)
    }

    /// Puts a value in.
    pub fn insert(&mut self, key: impl Into<String>, value: Value) {
        let mut map = std::mem::take(self).into_map();
        map.insert(key.into(), value);
        *self = Metadata::object(map);
    }

    /// The object by value; a copy only if somebody else holds it.
    pub fn into_map(self) -> Map<String, Value> {
        let shared = match self.0.map(Arc::try_unwrap) {
            None => return Map::new(),
            Some(Ok(Inner { known, make })) => {
                return known.into_inner().or_else(|| make.map(|make| make())).unwrap_or_default();
            }
            Some(Err(shared)) => shared,
        };
        (*Metadata(Some(shared))).clone()
    }

    /// About how many bytes this holds; nothing as long as it is not made.
    pub(super) fn weight(&self) -> usize {
        self.0.as_ref().and_then(|inner| inner.known.get()).map_or(0, merge::map_weight)
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
        Metadata::object(map)
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

    #[track_caller]
    fn object(json: Value) -> Metadata {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn pieces_add_and_leave_copies_alone() {
        let mut metadata = object(json!({"a": "x", "b": 1}));
        let copy = metadata.clone();
        metadata.merge(object(json!({"a": "y", "c": null})));
        assert_eq!(serde_json::to_value(&metadata).unwrap(), json!({"a": "xy", "b": 1, "c": null}));
        assert_eq!(serde_json::to_value(&copy).unwrap(), json!({"a": "x", "b": 1}));
    }

    #[test]
    fn a_piece_that_says_nothing_new_costs_no_copy() {
        let provider = object(json!({"model_provider": "openai"}));
        let mut metadata = provider.clone();
        metadata.merge(provider.clone());
        assert!(Arc::ptr_eq(metadata.0.as_ref().unwrap(), provider.0.as_ref().unwrap()));
    }

    #[test]
    fn what_is_empty_may_be_there_or_not() {
        assert!(Metadata::default().is_absent() && Metadata::from(Map::new()).is_absent());
        assert!(!Metadata::object(Map::new()).is_absent());
        let mut metadata = Metadata::default();
        metadata.merge(Metadata::object(Map::new()));
        assert!(!metadata.is_absent());
    }
}
