//! The closed table of class ids: every path by which LangChain's `load` knows a class, and no other.

use Class::{
    AiMessage, AiTemplate, Assign, AzureChatOpenAi, Binding, Branch, ChatAnthropic, ChatMessage, ChatOpenAi,
    ChatPrompt, ChatTemplate, ConfigurableAlternatives, ConfigurableFields, CsvParser, DictPrompt, Each,
    Fallbacks, FewShotWithTemplates, FunctionMessage, HumanMessage, HumanTemplate, ImagePrompt, OpenAi,
    Parallel, Passthrough, Pick, Placeholder, PromptTemplate, RemoveMessage, Retry, Router, Sequence,
    StrParser, StructuredPrompt, SystemMessage, SystemTemplate, ToolMessage, Unserved,
};
use Why::{Abstract, Data, Gone, MessageHistory, OtherModel};

/// A class of LangChain's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Sequence,
    Parallel,
    Passthrough,
    Assign,
    Pick,
    Binding,
    Each,
    Router,
    Branch,
    Fallbacks,
    Retry,
    ConfigurableFields,
    ConfigurableAlternatives,
    PromptTemplate,
    ChatPrompt,
    StructuredPrompt,
    FewShotWithTemplates,
    ImagePrompt,
    DictPrompt,
    HumanTemplate,
    SystemTemplate,
    AiTemplate,
    ChatTemplate,
    Placeholder,
    /// Only made of a `repr`; no id of a constructor names it.
    FewShot,
    /// Only made of a `repr`; no id of a constructor names it.
    FewShotChat,
    ChatOpenAi,
    AzureChatOpenAi,
    OpenAi,
    ChatAnthropic,
    StrParser,
    CsvParser,
    HumanMessage,
    AiMessage,
    SystemMessage,
    ToolMessage,
    FunctionMessage,
    ChatMessage,
    RemoveMessage,
    Unserved(Why),
}

/// Why a class that LangChain knows cannot be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Only other classes are made of it.
    Abstract,
    /// It is data, not a part of a chain.
    Data,
    /// LangChain itself has it no longer.
    Gone,
    /// Its conversations are kept by Python code.
    MessageHistory,
    /// A model whose vendor is not built in.
    OtherModel,
}

impl Class {
    /// Whether it is a message as it stands.
    pub(super) fn is_message(self) -> bool {
        let messages = [
            HumanMessage,
            AiMessage,
            SystemMessage,
            ToolMessage,
            FunctionMessage,
            ChatMessage,
            RemoveMessage,
        ];
        messages.contains(&self)
    }
}

impl Why {
    /// The reason and the way round.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            Abstract => ("is only a base of other classes", "export the chain anew with `dumps`"),
            Data => ("is data, not a part of a chain", "export the chain, not what it was given or gave"),
            Gone => (
                "is no longer part of LangChain",
                "write the chain as `prompt | model | parser`, and export that",
            ),
            MessageHistory => (
                "keeps its conversations in Python code, which is not in the file",
                "export the chain inside it, with a `MessagesPlaceholder` for the conversation that callers send",
            ),
            OtherModel => (
                "is of a vendor that is not built in",
                "use `ChatOpenAI`, `AzureChatOpenAI`, `OpenAI` or `ChatAnthropic`; many services speak OpenAI's protocol under a `base_url`",
            ),
        }
    }
}

/// The class of an id, its parts joined by `/`.
pub(super) fn class(path: &str) -> Option<Class> {
    IDS.binary_search_by_key(&path, |(id, _)| id).ok().map(|at| IDS[at].1)
}

/// An id of the class of this name, for hints.
pub(super) fn known_as(name: &str) -> Option<&'static str> {
    IDS.iter().map(|(id, _)| *id).find(|id| id.rsplit('/').next() == Some(name))
}

/// Sorted by id.
#[rustfmt::skip]
const IDS: &[(&str, Class)] = &[
    ("langchain/agents/output_parsers/openai_tools/OpenAIToolAgentAction", Unserved(Gone)),
    ("langchain/agents/output_parsers/tools/ToolAgentAction", Unserved(Gone)),
    ("langchain/chains/llm/LLMChain", Unserved(Gone)),
    ("langchain/chat_models/anthropic/ChatAnthropic", ChatAnthropic),
    ("langchain/chat_models/anthropic_bedrock/ChatAnthropicBedrock", Unserved(OtherModel)),
    ("langchain/chat_models/azure_openai/AzureChatOpenAI", AzureChatOpenAi),
    ("langchain/chat_models/bedrock/BedrockChat", Unserved(OtherModel)),
    ("langchain/chat_models/bedrock/ChatBedrock", Unserved(OtherModel)),
    ("langchain/chat_models/fireworks/ChatFireworks", Unserved(OtherModel)),
    ("langchain/chat_models/google_genai/ChatGoogleGenerativeAI", Unserved(OtherModel)),
    ("langchain/chat_models/google_palm/ChatGooglePalm", Unserved(OtherModel)),
    ("langchain/chat_models/groq/ChatGroq", Unserved(OtherModel)),
    ("langchain/chat_models/mistralai/ChatMistralAI", Unserved(OtherModel)),
    ("langchain/chat_models/openai/ChatOpenAI", ChatOpenAi),
    ("langchain/chat_models/vertexai/ChatVertexAI", Unserved(OtherModel)),
    ("langchain/llms/bedrock/Bedrock", Unserved(OtherModel)),
    ("langchain/llms/bedrock/BedrockLLM", Unserved(OtherModel)),
    ("langchain/llms/fireworks/Fireworks", Unserved(OtherModel)),
    ("langchain/llms/google_palm/GooglePalm", Unserved(OtherModel)),
    ("langchain/llms/openai/AzureOpenAI", Unserved(OtherModel)),
    ("langchain/llms/openai/BaseOpenAI", Unserved(OtherModel)),
    ("langchain/llms/openai/OpenAI", OpenAi),
    ("langchain/llms/replicate/Replicate", Unserved(OtherModel)),
    ("langchain/llms/vertexai/VertexAI", Unserved(OtherModel)),
    ("langchain/output_parsers/combining/CombiningOutputParser", Unserved(Gone)),
    ("langchain/output_parsers/fix/OutputFixingParser", Unserved(Gone)),
    ("langchain/output_parsers/list/CommaSeparatedListOutputParser", CsvParser),
    ("langchain/output_parsers/regex/RegexParser", Unserved(Gone)),
    ("langchain/prompts/base/StringPromptTemplate", Unserved(Abstract)),
    ("langchain/prompts/base/StringPromptValue", Unserved(Data)),
    ("langchain/prompts/chat/AIMessagePromptTemplate", AiTemplate),
    ("langchain/prompts/chat/BaseMessagePromptTemplate", Unserved(Abstract)),
    ("langchain/prompts/chat/BaseStringMessagePromptTemplate", Unserved(Abstract)),
    ("langchain/prompts/chat/ChatMessagePromptTemplate", ChatTemplate),
    ("langchain/prompts/chat/ChatPromptTemplate", ChatPrompt),
    ("langchain/prompts/chat/ChatPromptValue", Unserved(Data)),
    ("langchain/prompts/chat/ChatPromptValueConcrete", Unserved(Data)),
    ("langchain/prompts/chat/HumanMessagePromptTemplate", HumanTemplate),
    ("langchain/prompts/chat/MessagesPlaceholder", Placeholder),
    ("langchain/prompts/chat/SystemMessagePromptTemplate", SystemTemplate),
    ("langchain/prompts/few_shot_with_templates/FewShotPromptWithTemplates", FewShotWithTemplates),
    ("langchain/prompts/image/ImagePromptTemplate", ImagePrompt),
    ("langchain/prompts/pipeline", Unserved(Gone)),
    ("langchain/prompts/prompt/PromptTemplate", PromptTemplate),
    ("langchain/runnables/hub/HubRunnable", Unserved(Gone)),
    ("langchain/runnables/openai_functions/OpenAIFunctionsRouter", Unserved(Gone)),
    ("langchain/schema/AIMessage", AiMessage),
    ("langchain/schema/ChatMessage", ChatMessage),
    ("langchain/schema/FunctionMessage", FunctionMessage),
    ("langchain/schema/HumanMessage", HumanMessage),
    ("langchain/schema/SystemMessage", SystemMessage),
    ("langchain/schema/agent/AgentAction", Unserved(Data)),
    ("langchain/schema/agent/AgentActionMessageLog", Unserved(Data)),
    ("langchain/schema/agent/AgentFinish", Unserved(Data)),
    ("langchain/schema/agent/OpenAIToolAgentAction", Unserved(Gone)),
    ("langchain/schema/agent/ToolAgentAction", Unserved(Gone)),
    ("langchain/schema/document/Document", Unserved(Data)),
    ("langchain/schema/messages/AIMessage", AiMessage),
    ("langchain/schema/messages/AIMessageChunk", AiMessage),
    ("langchain/schema/messages/BaseMessage", Unserved(Abstract)),
    ("langchain/schema/messages/BaseMessageChunk", Unserved(Abstract)),
    ("langchain/schema/messages/ChatMessage", ChatMessage),
    ("langchain/schema/messages/ChatMessageChunk", ChatMessage),
    ("langchain/schema/messages/FunctionMessage", FunctionMessage),
    ("langchain/schema/messages/FunctionMessageChunk", FunctionMessage),
    ("langchain/schema/messages/HumanMessage", HumanMessage),
    ("langchain/schema/messages/HumanMessageChunk", HumanMessage),
    ("langchain/schema/messages/RemoveMessage", RemoveMessage),
    ("langchain/schema/messages/SystemMessage", SystemMessage),
    ("langchain/schema/messages/SystemMessageChunk", SystemMessage),
    ("langchain/schema/messages/ToolMessage", ToolMessage),
    ("langchain/schema/messages/ToolMessageChunk", ToolMessage),
    ("langchain/schema/output/ChatGeneration", Unserved(Data)),
    ("langchain/schema/output/ChatGenerationChunk", Unserved(Data)),
    ("langchain/schema/output/Generation", Unserved(Data)),
    ("langchain/schema/output/GenerationChunk", Unserved(Data)),
    ("langchain/schema/output_parser/StrOutputParser", StrParser),
    ("langchain/schema/prompt/PromptValue", Unserved(Data)),
    ("langchain/schema/prompt_template/BaseChatPromptTemplate", Unserved(Abstract)),
    ("langchain/schema/prompt_template/BasePromptTemplate", Unserved(Abstract)),
    ("langchain/schema/prompt_template/ImagePromptTemplate", ImagePrompt),
    ("langchain/schema/runnable/DynamicRunnable", Unserved(Abstract)),
    ("langchain/schema/runnable/HubRunnable", Unserved(Gone)),
    ("langchain/schema/runnable/OpenAIFunctionsRouter", Unserved(Gone)),
    ("langchain/schema/runnable/RouterRunnable", Router),
    ("langchain/schema/runnable/RunnableAssign", Assign),
    ("langchain/schema/runnable/RunnableBinding", Binding),
    ("langchain/schema/runnable/RunnableBindingBase", Binding),
    ("langchain/schema/runnable/RunnableBranch", Branch),
    ("langchain/schema/runnable/RunnableConfigurableAlternatives", ConfigurableAlternatives),
    ("langchain/schema/runnable/RunnableConfigurableFields", ConfigurableFields),
    ("langchain/schema/runnable/RunnableEach", Each),
    ("langchain/schema/runnable/RunnableEachBase", Each),
    ("langchain/schema/runnable/RunnableParallel", Parallel),
    ("langchain/schema/runnable/RunnablePassthrough", Passthrough),
    ("langchain/schema/runnable/RunnablePick", Pick),
    ("langchain/schema/runnable/RunnableRetry", Retry),
    ("langchain/schema/runnable/RunnableSequence", Sequence),
    ("langchain/schema/runnable/RunnableWithFallbacks", Fallbacks),
    ("langchain/schema/runnable/RunnableWithMessageHistory", Unserved(MessageHistory)),
    ("langchain_anthropic/chat_models/ChatAnthropic", ChatAnthropic),
    ("langchain_aws/chat_models/ChatBedrock", Unserved(OtherModel)),
    ("langchain_aws/chat_models/ChatBedrockConverse", Unserved(OtherModel)),
    ("langchain_aws/chat_models/anthropic/ChatAnthropicBedrock", Unserved(OtherModel)),
    ("langchain_aws/chat_models/bedrock_converse/ChatBedrockConverse", Unserved(OtherModel)),
    ("langchain_aws/llms/bedrock/BedrockLLM", Unserved(OtherModel)),
    ("langchain_baseten/chat_models/ChatBaseten", Unserved(OtherModel)),
    ("langchain_core/agents/AgentAction", Unserved(Data)),
    ("langchain_core/agents/AgentActionMessageLog", Unserved(Data)),
    ("langchain_core/agents/AgentFinish", Unserved(Data)),
    ("langchain_core/documents/base/Document", Unserved(Data)),
    ("langchain_core/messages/AIMessage", AiMessage),
    ("langchain_core/messages/AIMessageChunk", AiMessage),
    ("langchain_core/messages/BaseMessage", Unserved(Abstract)),
    ("langchain_core/messages/BaseMessageChunk", Unserved(Abstract)),
    ("langchain_core/messages/ChatMessage", ChatMessage),
    ("langchain_core/messages/ChatMessageChunk", ChatMessage),
    ("langchain_core/messages/FunctionMessage", FunctionMessage),
    ("langchain_core/messages/FunctionMessageChunk", FunctionMessage),
    ("langchain_core/messages/HumanMessage", HumanMessage),
    ("langchain_core/messages/HumanMessageChunk", HumanMessage),
    ("langchain_core/messages/SystemMessage", SystemMessage),
    ("langchain_core/messages/SystemMessageChunk", SystemMessage),
    ("langchain_core/messages/ToolMessage", ToolMessage),
    ("langchain_core/messages/ToolMessageChunk", ToolMessage),
    ("langchain_core/messages/ai/AIMessage", AiMessage),
    ("langchain_core/messages/ai/AIMessageChunk", AiMessage),
    ("langchain_core/messages/base/BaseMessage", Unserved(Abstract)),
    ("langchain_core/messages/base/BaseMessageChunk", Unserved(Abstract)),
    ("langchain_core/messages/chat/ChatMessage", ChatMessage),
    ("langchain_core/messages/chat/ChatMessageChunk", ChatMessage),
    ("langchain_core/messages/function/FunctionMessage", FunctionMessage),
    ("langchain_core/messages/function/FunctionMessageChunk", FunctionMessage),
    ("langchain_core/messages/human/HumanMessage", HumanMessage),
    ("langchain_core/messages/human/HumanMessageChunk", HumanMessage),
    ("langchain_core/messages/modifier/RemoveMessage", RemoveMessage),
    ("langchain_core/messages/system/SystemMessage", SystemMessage),
    ("langchain_core/messages/system/SystemMessageChunk", SystemMessage),
    ("langchain_core/messages/tool/ToolMessage", ToolMessage),
    ("langchain_core/messages/tool/ToolMessageChunk", ToolMessage),
    ("langchain_core/output_parsers/list/CommaSeparatedListOutputParser", CsvParser),
    ("langchain_core/output_parsers/string/StrOutputParser", StrParser),
    ("langchain_core/outputs/chat_generation/ChatGeneration", Unserved(Data)),
    ("langchain_core/outputs/chat_generation/ChatGenerationChunk", Unserved(Data)),
    ("langchain_core/outputs/generation/Generation", Unserved(Data)),
    ("langchain_core/outputs/generation/GenerationChunk", Unserved(Data)),
    ("langchain_core/prompt_values/ChatPromptValue", Unserved(Data)),
    ("langchain_core/prompt_values/ChatPromptValueConcrete", Unserved(Data)),
    ("langchain_core/prompt_values/PromptValue", Unserved(Data)),
    ("langchain_core/prompt_values/StringPromptValue", Unserved(Data)),
    ("langchain_core/prompts/base/BasePromptTemplate", Unserved(Abstract)),
    ("langchain_core/prompts/chat/AIMessagePromptTemplate", AiTemplate),
    ("langchain_core/prompts/chat/BaseChatPromptTemplate", Unserved(Abstract)),
    ("langchain_core/prompts/chat/BaseMessagePromptTemplate", Unserved(Abstract)),
    ("langchain_core/prompts/chat/BaseStringMessagePromptTemplate", Unserved(Abstract)),
    ("langchain_core/prompts/chat/ChatMessagePromptTemplate", ChatTemplate),
    ("langchain_core/prompts/chat/ChatPromptTemplate", ChatPrompt),
    ("langchain_core/prompts/chat/HumanMessagePromptTemplate", HumanTemplate),
    ("langchain_core/prompts/chat/MessagesPlaceholder", Placeholder),
    ("langchain_core/prompts/chat/SystemMessagePromptTemplate", SystemTemplate),
    ("langchain_core/prompts/dict/DictPromptTemplate", DictPrompt),
    ("langchain_core/prompts/few_shot_with_templates/FewShotPromptWithTemplates", FewShotWithTemplates),
    ("langchain_core/prompts/image/ImagePromptTemplate", ImagePrompt),
    ("langchain_core/prompts/message/_DictMessagePromptTemplate", DictPrompt),
    ("langchain_core/prompts/pipeline", Unserved(Gone)),
    ("langchain_core/prompts/prompt/PromptTemplate", PromptTemplate),
    ("langchain_core/prompts/string/StringPromptTemplate", Unserved(Abstract)),
    ("langchain_core/prompts/structured/StructuredPrompt", StructuredPrompt),
    ("langchain_core/runnables/base/RunnableBinding", Binding),
    ("langchain_core/runnables/base/RunnableBindingBase", Binding),
    ("langchain_core/runnables/base/RunnableEach", Each),
    ("langchain_core/runnables/base/RunnableEachBase", Each),
    ("langchain_core/runnables/base/RunnableParallel", Parallel),
    ("langchain_core/runnables/base/RunnableSequence", Sequence),
    ("langchain_core/runnables/branch/RunnableBranch", Branch),
    ("langchain_core/runnables/configurable/DynamicRunnable", Unserved(Abstract)),
    ("langchain_core/runnables/configurable/RunnableConfigurableAlternatives", ConfigurableAlternatives),
    ("langchain_core/runnables/configurable/RunnableConfigurableFields", ConfigurableFields),
    ("langchain_core/runnables/fallbacks/RunnableWithFallbacks", Fallbacks),
    ("langchain_core/runnables/history/RunnableWithMessageHistory", Unserved(MessageHistory)),
    ("langchain_core/runnables/passthrough/RunnableAssign", Assign),
    ("langchain_core/runnables/passthrough/RunnablePassthrough", Passthrough),
    ("langchain_core/runnables/passthrough/RunnablePick", Pick),
    ("langchain_core/runnables/retry/RunnableRetry", Retry),
    ("langchain_core/runnables/router/RouterRunnable", Router),
    ("langchain_fireworks/chat_models/ChatFireworks", Unserved(OtherModel)),
    ("langchain_fireworks/llms/Fireworks", Unserved(OtherModel)),
    ("langchain_google_genai/chat_models/ChatGoogleGenerativeAI", Unserved(OtherModel)),
    ("langchain_google_vertexai/chat_models/ChatVertexAI", Unserved(OtherModel)),
    ("langchain_groq/chat_models/ChatGroq", Unserved(OtherModel)),
    ("langchain_mistralai/chat_models/ChatMistralAI", Unserved(OtherModel)),
    ("langchain_openai/chat_models/azure/AzureChatOpenAI", AzureChatOpenAi),
    ("langchain_openai/chat_models/base/ChatOpenAI", ChatOpenAi),
    ("langchain_openai/llms/azure/AzureOpenAI", Unserved(OtherModel)),
    ("langchain_openai/llms/base/OpenAI", OpenAi),
    ("langchain_openrouter/chat_models/ChatOpenRouter", Unserved(OtherModel)),
    ("langchain_vertexai/llms/VertexAI", Unserved(OtherModel)),
    ("langchain_xai/chat_models/ChatXAI", Unserved(OtherModel)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_paths_name_a_class() {
        assert!(IDS.is_sorted_by_key(|(id, _)| id));
        assert_eq!(class("langchain/schema/runnable/RunnableSequence"), Some(Sequence));
        assert_eq!(class("langchain_core/runnables/base/RunnableSequence"), Some(Sequence));
        assert_eq!(class("langchain/runnables/RunnableSequence"), None);
        assert_eq!(class("RunnableSequence"), None);
        assert_eq!(class(""), None);
        assert_eq!(known_as("StructuredPrompt"), Some("langchain_core/prompts/structured/StructuredPrompt"));
        assert_eq!(known_as("system"), None);
    }
}
