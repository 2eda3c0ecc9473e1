//! How an endpoint is served to LangServe's clients: what LangServe's `add_routes` takes.

/// What LangServe's `add_routes` takes, under its names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LangServeRoutes {
    /// The keys of a run's configuration that clients may set; others are left out in silence. Default: `configurable`.
    pub config_keys: Vec<ConfigKey>,
    /// The form of `stream_events`. Default: `v2`.
    pub events_version: EventsVersion,
    /// The endpoints that are served. Default: all.
    pub enabled_endpoints: Vec<LangServeEndpoint>,
    /// The names of runs that `stream_log` and `stream_events` tell of; of others they tell nothing. Default: all.
    pub stream_log_name_allow_list: Option<Vec<String>>,
}

impl Default for LangServeRoutes {
    fn default() -> Self {
        LangServeRoutes {
            config_keys: vec![ConfigKey::Configurable],
            events_version: EventsVersion::V2,
            enabled_endpoints: LangServeEndpoint::ALL.map(|(_, endpoint)| endpoint).into(),
            stream_log_name_allow_list: None,
        }
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$each:meta])* $variant:ident = $word:literal),* $(,)? }, $count:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$each])* $variant),*
        }

        impl $name {
            /// All there are, each under its word.
            pub const ALL: [(&'static str, $name); $count] = [$(($word, $name::$variant)),*];

            /// The word for it.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }
        }
    };
}

words! {
    /// A key of a run's configuration.
    ConfigKey {
        /// Values for configurable steps.
        Configurable = "configurable",
        /// Labels of the run.
        Tags = "tags",
        /// Data that goes with the run into events.
        Metadata = "metadata",
        /// Callbacks; they mean nothing over the wire.
        Callbacks = "callbacks",
        /// How many branches of a step run at once.
        MaxConcurrency = "max_concurrency",
        /// How deep a run may go; it means nothing here.
        RecursionLimit = "recursion_limit",
        /// The run's own id.
        RunId = "run_id",
    }, 7
}

words! {
    /// The form of `stream_events`.
    EventsVersion {
        /// As LangChain's first version.
        V1 = "v1",
        /// As LangChain's second version.
        V2 = "v2",
    }, 2
}

words! {
    /// An endpoint of LangServe's for a chain.
    LangServeEndpoint {
        /// One input, its output.
        Invoke = "invoke",
        /// Many inputs, their outputs.
        Batch = "batch",
        /// One input, its output in pieces.
        Stream = "stream",
        /// One input, the state of its run as it changes.
        StreamLog = "stream_log",
        /// One input, what its run's steps do.
        StreamEvents = "stream_events",
        /// The JSON Schema of the input.
        InputSchema = "input_schema",
        /// The JSON Schema of the output.
        OutputSchema = "output_schema",
        /// The JSON Schema of the configuration.
        ConfigSchema = "config_schema",
        /// All of them once more below `/c/{config_hash}`.
        ConfigHashes = "config_hashes",
    }, 9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_that_of_its_variant() {
        for (word, endpoint) in LangServeEndpoint::ALL {
            assert_eq!(endpoint.as_str(), word);
        }
        let default = LangServeRoutes::default();
        assert_eq!(default.enabled_endpoints.len(), LangServeEndpoint::ALL.len());
        assert_eq!(default.events_version.as_str(), "v2");
        assert_eq!(default.config_keys, [ConfigKey::ALL[0].1]);
    }
}
