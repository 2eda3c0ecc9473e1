//! How a chain is served to LangServe's clients: the mapping under `langserve`.

use super::Context;
use crate::document::Item;
use windlass_core::{ConfigKey, EventsVersion, LangServeEndpoint, LangServeRoutes};

const KEYS: [&str; 4] = ["config_keys", "events_version", "enabled_endpoints", "stream_log_name_allow_list"];

impl Context<'_> {
    /// What the mapping says; LangServe's defaults for the rest.
    pub(super) fn langserve(&mut self, item: &Item) -> Option<LangServeRoutes> {
        let entries = self.entries(item, "`langserve`")?;
        self.only(entries, &KEYS, "`langserve`");
        let mut routes = LangServeRoutes::default();
        let keys = item.get("config_keys");
        if let Some(keys) = keys.and_then(|item| self.words(item, "`config_keys`", &ConfigKey::ALL)) {
            routes.config_keys = keys;
        }
        let version = item.get("events_version");
        if let Some(version) =
            version.and_then(|item| self.word(item, "`events_version`", &EventsVersion::ALL))
        {
            routes.events_version = version;
        }
        let enabled = item.get("enabled_endpoints");
        if let Some(enabled) =
            enabled.and_then(|item| self.words(item, "`enabled_endpoints`", &LangServeEndpoint::ALL))
        {
            routes.enabled_endpoints = enabled;
        }
        let names = item.get("stream_log_name_allow_list");
        routes.stream_log_name_allow_list =
            names.and_then(|item| self.texts(item, "`stream_log_name_allow_list`"));
        Some(routes)
    }

    /// The meanings of the words in the list that `what` is.
    fn words<T: Copy>(&mut self, item: &Item, what: &str, words: &[(&str, T)]) -> Option<Vec<T>> {
        let items = self.items(item, what)?;
        Some(items.iter().filter_map(|item| self.word(item, what, words)).collect())
    }
}
