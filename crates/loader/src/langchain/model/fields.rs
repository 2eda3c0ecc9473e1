//! The fields of LangChain's models: their names, what they take, and what they are called in chain files.

use crate::langchain::ids::Class;

/// A vendor of models that is built in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::langchain) enum Vendor {
    OpenAi,
    AzureOpenAi,
    OpenAiCompletions,
    Anthropic,
}

/// A field of a model.
pub(super) struct Field {
    /// LangChain's name.
    pub(super) name: &'static str,
    /// Another name that LangChain takes, and prefers; empty if there is none.
    pub(super) alias: &'static str,
    /// The parameter in chain files; empty if it is the same as `name`.
    parameter: &'static str,
    pub(super) kind: Kind,
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The model's name.
    Name,
    /// The name of Azure's deployment.
    Deployment,
    /// A secret.
    Key,
    /// Where the service is.
    Address,
    /// Another way to the service, which only the operator may choose.
    Proxy,
    Float,
    Integer,
    Boolean,
    Text,
    Texts,
    TextOrTexts,
    Map,
    /// HTTP headers.
    Headers,
    /// Numbers of tokens, and how much likelier they are made.
    Bias,
    Maps,
    MapOrText,
    /// Maps of servers of tools, or the secret that LangChain writes in their place.
    Servers,
    /// A boolean or `tool_calling`.
    Streams,
    /// Seconds, or a pair of seconds to connect and to read.
    Timeouts,
    /// Means nothing outside of Python.
    Inert,
}

impl Field {
    pub(super) fn parameter(&self) -> &'static str {
        if self.parameter.is_empty() { self.name } else { self.parameter }
    }

    /// Whether pydantic takes null for it. Of Azure's models the name can be left open.
    pub(super) fn takes_null(&self, vendor: Vendor) -> bool {
        if vendor == Vendor::OpenAiCompletions && ALWAYS_SENT.contains(&self.name) {
            return false;
        }
        let name = self.kind == Kind::Name && self.parameter.is_empty();
        !name && !matches!(self.name, "streaming" | "include_response_headers" | "use_previous_response_id")
    }
}

const fn field(name: &'static str, alias: &'static str, parameter: &'static str, kind: Kind) -> Field {
    Field { name, alias, parameter, kind }
}

const fn plain(name: &'static str, kind: Kind) -> Field {
    field(name, "", "", kind)
}

impl Vendor {
    pub(in crate::langchain) fn of(class: Class) -> Option<Self> {
        Some(match class {
            Class::ChatOpenAi => Vendor::OpenAi,
            Class::AzureChatOpenAi => Vendor::AzureOpenAi,
            Class::OpenAi => Vendor::OpenAiCompletions,
            Class::ChatAnthropic => Vendor::Anthropic,
            _ => return None,
        })
    }

    /// Its name in chain files.
    pub(super) fn id(self) -> &'static str {
        match self {
            Vendor::OpenAi => "openai",
            Vendor::AzureOpenAi => "azure_openai",
            Vendor::OpenAiCompletions => "openai_completions",
            Vendor::Anthropic => "anthropic",
        }
    }

    /// The secret that its models use when they name none.
    pub(super) fn secret(self) -> &'static str {
        match self {
            Vendor::OpenAi | Vendor::OpenAiCompletions => "OPENAI_API_KEY",
            Vendor::AzureOpenAi => "AZURE_OPENAI_API_KEY",
            Vendor::Anthropic => "ANTHROPIC_API_KEY",
        }
    }

    /// Whether its class fails where an empty key is written. Anthropic's sends none then.
    pub(super) fn needs_key(self) -> bool {
        self != Vendor::Anthropic
    }

    /// Where its models are when they name no address. Azure has no such place.
    pub(super) fn host(self) -> Option<&'static str> {
        match self {
            Vendor::OpenAi | Vendor::OpenAiCompletions => Some("api.openai.com"),
            Vendor::AzureOpenAi => None,
            Vendor::Anthropic => Some("api.anthropic.com"),
        }
    }

    /// The model that LangChain takes when none is named.
    pub(super) fn default_model(self) -> Option<&'static str> {
        match self {
            Vendor::OpenAi => Some("gpt-3.5-turbo"),
            Vendor::OpenAiCompletions => Some("gpt-3.5-turbo-instruct"),
            Vendor::AzureOpenAi | Vendor::Anthropic => None,
        }
    }

    fn tables(self) -> [&'static [Field]; 3] {
        match self {
            Vendor::OpenAi => [EVERY, OPENAI, OPENAI_CHAT],
            Vendor::AzureOpenAi => [EVERY, AZURE, OPENAI_CHAT],
            Vendor::OpenAiCompletions => [EVERY, OPENAI, COMPLETIONS],
            Vendor::Anthropic => [EVERY, ANTHROPIC, &[]],
        }
    }

    /// The field of this name or alias.
    pub(super) fn field(self, name: &str) -> Option<&'static Field> {
        let fields = self.tables().into_iter().flatten();
        fields.into_iter().find(|field| field.name == name || !field.alias.is_empty() && field.alias == name)
    }

    /// The parameter that callers may choose, of LangChain's field.
    pub(in crate::langchain) fn configurable(self, name: &str) -> Option<&'static str> {
        let field = self.field(name).filter(|field| field.name == name)?;
        match field.kind {
            Kind::Name if self != Vendor::AzureOpenAi => Some(self.id()),
            Kind::Deployment => Some(self.id()),
            Kind::Key | Kind::Address | Kind::Proxy | Kind::Headers | Kind::Timeouts | Kind::Inert => None,
            _ => Some(field.parameter()),
        }
    }
}

/// The fields that every model has.
const EVERY: &[Field] = &[
    plain("name", Kind::Inert),
    plain("cache", Kind::Inert),
    plain("verbose", Kind::Inert),
    plain("callbacks", Kind::Inert),
    plain("tags", Kind::Inert),
    plain("metadata", Kind::Inert),
    plain("custom_get_token_ids", Kind::Inert),
    plain("rate_limiter", Kind::Inert),
    plain("profile", Kind::Inert),
    plain("client", Kind::Inert),
    plain("async_client", Kind::Inert),
    plain("root_client", Kind::Inert),
    plain("root_async_client", Kind::Inert),
    plain("http_client", Kind::Inert),
    plain("http_async_client", Kind::Inert),
    plain("http_socket_options", Kind::Inert),
    plain("stream_chunk_timeout", Kind::Inert),
    plain("tiktoken_model_name", Kind::Inert),
    plain("disable_streaming", Kind::Streams),
    plain("output_version", Kind::Text),
    plain("model_kwargs", Kind::Map),
    plain("temperature", Kind::Float),
    plain("top_p", Kind::Float),
    plain("max_retries", Kind::Integer),
    plain("streaming", Kind::Boolean),
    plain("default_headers", Kind::Headers),
];

/// The fields of OpenAI's own models.
const OPENAI: &[Field] = &[
    field("model_name", "model", "", Kind::Name),
    field("openai_api_key", "api_key", "api_key", Kind::Key),
    field("openai_api_base", "base_url", "base_url", Kind::Address),
    field("openai_organization", "organization", "organization", Kind::Text),
    plain("openai_proxy", Kind::Proxy),
    field("request_timeout", "timeout", "timeouts", Kind::Timeouts),
    plain("presence_penalty", Kind::Float),
    plain("frequency_penalty", Kind::Float),
    plain("seed", Kind::Integer),
    plain("logit_bias", Kind::Bias),
    plain("n", Kind::Integer),
    plain("default_query", Kind::Map),
    plain("extra_body", Kind::Map),
];

/// The fields of OpenAI's models on Azure, beside those that all chat models of OpenAI's have.
const AZURE: &[Field] = &[
    field("model_name", "model", "model_name", Kind::Name),
    field("deployment_name", "azure_deployment", "", Kind::Deployment),
    field("openai_api_key", "api_key", "api_key", Kind::Key),
    plain("azure_ad_token", Kind::Key),
    plain("azure_ad_token_provider", Kind::Inert),
    plain("azure_ad_async_token_provider", Kind::Inert),
    plain("azure_endpoint", Kind::Address),
    field("openai_api_base", "base_url", "base_url", Kind::Address),
    field("openai_api_version", "api_version", "api_version", Kind::Text),
    plain("model_version", Kind::Text),
    plain("openai_api_type", Kind::Inert),
    plain("validate_base_url", Kind::Inert),
    field("openai_organization", "organization", "organization", Kind::Text),
    plain("openai_proxy", Kind::Proxy),
    field("request_timeout", "timeout", "timeouts", Kind::Timeouts),
    plain("presence_penalty", Kind::Float),
    plain("frequency_penalty", Kind::Float),
    plain("seed", Kind::Integer),
    plain("logit_bias", Kind::Bias),
    plain("n", Kind::Integer),
    plain("default_query", Kind::Map),
    plain("extra_body", Kind::Map),
];

/// The fields of chat models of OpenAI's.
const OPENAI_CHAT: &[Field] = &[
    plain("stream_usage", Kind::Boolean),
    plain("logprobs", Kind::Boolean),
    plain("top_logprobs", Kind::Integer),
    field("max_tokens", "max_completion_tokens", "", Kind::Integer),
    plain("reasoning_effort", Kind::Text),
    plain("reasoning", Kind::Map),
    plain("verbosity", Kind::Text),
    field("stop", "stop_sequences", "", Kind::TextOrTexts),
    plain("include_response_headers", Kind::Boolean),
    // Keeps arguments from being bound, which is done when a chain is written.
    plain("disabled_params", Kind::Inert),
    plain("context_management", Kind::Maps),
    plain("include", Kind::Texts),
    plain("prompt_cache_options", Kind::Map),
    plain("service_tier", Kind::Text),
    plain("store", Kind::Boolean),
    plain("truncation", Kind::Text),
    plain("use_previous_response_id", Kind::Boolean),
    plain("use_responses_api", Kind::Boolean),
];

/// What OpenAI's models that complete text always have a value of.
const ALWAYS_SENT: [&str; 9] = [
    "temperature",
    "max_tokens",
    "top_p",
    "frequency_penalty",
    "presence_penalty",
    "n",
    "best_of",
    "batch_size",
    "max_retries",
];

/// The fields of OpenAI's models that complete text.
const COMPLETIONS: &[Field] = &[
    plain("max_tokens", Kind::Integer),
    plain("best_of", Kind::Integer),
    plain("batch_size", Kind::Integer),
    plain("logprobs", Kind::Integer),
    plain("allowed_special", Kind::Inert),
    plain("disallowed_special", Kind::Inert),
];

/// The fields of Anthropic's models.
const ANTHROPIC: &[Field] = &[
    field("model", "model_name", "", Kind::Name),
    field("anthropic_api_key", "api_key", "api_key", Kind::Key),
    field("anthropic_api_url", "base_url", "base_url", Kind::Address),
    plain("anthropic_proxy", Kind::Proxy),
    field("max_tokens", "max_tokens_to_sample", "", Kind::Integer),
    plain("top_k", Kind::Integer),
    field("default_request_timeout", "timeout", "", Kind::Float),
    field("stop_sequences", "stop", "", Kind::Texts),
    plain("betas", Kind::Texts),
    plain("stream_usage", Kind::Boolean),
    plain("thinking", Kind::Map),
    plain("output_config", Kind::Map),
    field("reasoning_effort", "effort", "", Kind::Text),
    plain("mcp_servers", Kind::Servers),
    plain("context_management", Kind::Map),
    plain("container", Kind::MapOrText),
    plain("reuse_last_container", Kind::Boolean),
    plain("inference_geo", Kind::Text),
    plain("user_profile_id", Kind::Text),
];
