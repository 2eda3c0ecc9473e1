"""What is asked of LangChain's OpenAI classes by record.py."""

import itertools
import json

TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": {"type": "object", "properties": {}}}}
SCHEMA = {"title": "P", "description": "d", "type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
FORMAT = {"type": "json_schema", "json_schema": {"name": "P", "strict": True, "schema": SCHEMA}}
USAGE = {"stream_usage": True}


def kw(model="gpt-4o", **kwargs):
    return {"model": model, **kwargs}


def turn(*messages, **case):
    return {"kwargs": kw(), "messages": list(messages), **case}


def human(content, **more):
    return {"type": "human", "content": content, **more}


def ai(content, **more):
    return {"type": "ai", "content": content, **more}


def tool(content, **more):
    return {"type": "tool", "content": content, "tool_call_id": "call_1", **more}


PARAMETERS = [
    {"kwargs": kw()},
    {"kwargs": kw(), "stream": True},
    {"kwargs": kw(**USAGE), "stream": True},
    {"kwargs": {}},
    {"kwargs": kw(temperature=0, top_p=1, presence_penalty=0, frequency_penalty=1, seed=3, n=1, max_tokens=5, logprobs=True,
                  top_logprobs=2, logit_bias={"5": -1}, stop=["a"], service_tier="auto", store=True, reasoning_effort="low",
                  verbosity="low", prompt_cache_options={"mode": "implicit"})},
    {"kwargs": kw(temperature="0.5", max_tokens="7", logprobs="true", n="2", seed=5.0)},
    {"kwargs": {"model_name": "m", "max_completion_tokens": 9, "stop_sequences": "x", "base_url": "https://h.example/v2", "api_key": "k2", "organization": "o1", "timeout": 3}},
    {"kwargs": {"model": "m", "openai_api_base": "https://h.example/v2/", "openai_api_key": "k2", "openai_organization": "o1"}},
    {"kwargs": kw(stop=[])},
    {"kwargs": kw(stop="one"), "bound": {"stop": None}},
    {"kwargs": kw(stop="one"), "bound": {"stop": ["two"]}},
    {"kwargs": kw(model_kwargs={"user": "u", "top_p": 0.5})},
    {"kwargs": kw(user="u", nonsense=1)},
    {"kwargs": kw(model_kwargs={"prediction": {"type": "content", "content": "é"}, "zeta": 1, "alpha": 2})},
    {"kwargs": kw(extra_body={"user": "x", "more": {"a": 1}, "temperature": 2}, temperature=1)},
    {"kwargs": kw(extra_body={"a": 1}), "bound": {"extra_body": {"b": 2}}},
    {"kwargs": kw(default_headers={"X-Team": "t"}, default_query={"q": "1", "r": True})},
    {"kwargs": kw(), "bound": {"extra_headers": {"X-Extra": "e"}, "extra_query": {"z": "1"}}},
    {"kwargs": kw(temperature=1), "bound": {"temperature": 0, "max_tokens": 3, "logprobs": None}},
    {"kwargs": kw(), "bound": {"metadata": {"k": "v"}}, "stream": True},
    {"kwargs": kw(max_tokens=1), "bound": {"max_completion_tokens": 2}},
    {"kwargs": kw(max_tokens=1), "bound": {"max_completion_tokens": 2, "max_tokens": 3}},
    {"kwargs": kw(), "bound": {"tools": [TOOL], "tool_choice": "required", "parallel_tool_calls": False}},
    {"kwargs": kw(**USAGE), "bound": {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}}, "stream": True},
    {"kwargs": kw(), "bound": {"response_format": {"type": "json_object"}}},
    {"kwargs": kw(**USAGE), "bound": {"response_format": FORMAT}, "stream": True},
    {"kwargs": kw(), "bound": {"response_format": FORMAT, "ls_structured_output_format": {"kwargs": {"method": "json_schema"}, "schema": SCHEMA}}},
    {"kwargs": kw(), "bound": {"structured_output_format": {"schema": SCHEMA}}, "stream": True},
    {"kwargs": kw(), "bound": {"response_format": FORMAT, "nonsense": 1}},
    {"kwargs": kw(), "bound": {"response_format": FORMAT, "nonsense": 1}, "stream": True},
    {"kwargs": kw(), "bound": {"nonsense": 1, "other": 2}},
    {"kwargs": kw(), "bound": {"stream_usage": True}},
    {"kwargs": kw(), "bound": {"stream_usage": True}, "stream": True},
    {"kwargs": kw(**USAGE), "bound": {"stream_usage": False}, "stream": True},
    {"kwargs": kw(**USAGE), "bound": {"stream_options": {"include_usage": False}}, "stream": True},
    {"kwargs": kw(**USAGE), "bound": {"stream_options": {"include_obfuscation": False}}, "stream": True},
    {"kwargs": kw(), "bound": {"stream_options": {"include_usage": True, "include_obfuscation": False}}, "stream": True},
    {"kwargs": kw(model_kwargs={"stream_options": {"include_usage": True}}), "stream": True},
    {"kwargs": kw(), "bound": {"stream_options": {"include_usage": True}}},
    {"kwargs": kw(streaming=True)},
    {"kwargs": kw(streaming=True, **USAGE), "bound": {"stream": False}},
    {"kwargs": kw(streaming=False), "stream": True},
    {"kwargs": kw(), "bound": {"stream": True}},
    {"kwargs": kw(), "bound": {"stream": False}, "stream": True},
    {"kwargs": kw(disable_streaming=True), "stream": True},
    {"kwargs": kw(disable_streaming="tool_calling"), "bound": {"tools": [TOOL]}, "stream": True},
    {"kwargs": kw(disable_streaming="tool_calling"), "bound": {"tools": []}, "stream": True},
    {"kwargs": kw(n=0)},
    {"kwargs": kw(n=2, streaming=True)},
    {"kwargs": kw(), "bound": {"model": "other"}},
    {"kwargs": kw(), "bound": {"timeout": 3}},
    {"kwargs": kw(), "bound": {"functions": [{"name": "f"}], "function_call": "auto"}},
]

NAMES = ["o1", "o1-mini", "o3-mini", "O1", "o4", "omni", "gpt-5", "gpt-5-mini", "GPT-5", "gpt-5-chat-latest", "gpt-5.2-chat", "gpt-5-pro",
         "gpt-5.2-pro", "gpt-5.4-pro", "gpt-5.5-pro", "gpt-5.6-sol", "gpt-5-codex", "codex-mini-latest", "gpt-6", "GPT-6-x", "gpt-4o"]
RULES = [{"kwargs": kw(name, **more), "messages": [{"type": "system", "content": "s"}, human("hi")]}
         for name in NAMES for more in ({}, {"temperature": 0.5}, {"temperature": 1})]
RULES += [{"kwargs": kw(name, **more), "bound": bound} for name, more, bound in [
    ("gpt-5", {"temperature": 0.5, "reasoning_effort": "none"}, {}),
    ("gpt-5", {"temperature": 0.5, "reasoning": {"effort": "none"}}, {}),
    ("gpt-5", {"temperature": 0.5, "reasoning": {"effort": "low"}}, {}),
    ("gpt-5", {}, {"temperature": 0.5}),
    ("o1", {"temperature": None}, {}),
    ("gpt-6", {}, {"tools": [TOOL]}),
    ("gpt-6", {}, {"tools": []}),
    ("o3", {"reasoning_effort": "low"}, {"reasoning": {"effort": "high"}}),
]]

PNG = "iVBORw0KGgo="
CALLS = [{"name": "f", "args": {"city": "Zürich", "n": 1.0, "big": 1e300, "nested": {"a": [True, None, "😀\n"]}}, "id": "call_1"}]
BLOCKS = [
    {"type": "text", "text": "t", "cache_control": {"type": "ephemeral"}},
    {"type": "text", "text": "t", "extras": {"prompt_cache_breakpoint": {"mode": "explicit"}}},
    {"type": "image_url", "image_url": {"url": "https://e.com/i.png", "detail": "low"}},
    {"type": "image_url", "image_url": "https://e.com/i.png"},
    {"type": "image", "url": "https://e.com/i.png"},
    {"type": "image", "base64": PNG, "mime_type": "image/png"},
    {"type": "image", "base64": PNG},
    {"type": "image", "source_type": "base64", "data": PNG, "mime_type": "image/png"},
    {"type": "image", "source_type": "url", "url": "https://e.com/i.png"},
    {"type": "image", "file_id": "file-1"},
    {"type": "image", "source": {"type": "base64", "media_type": "image/gif", "data": "R0lG"}},
    {"type": "image", "source": {"type": "url", "url": "https://e.com/i.png"}},
    {"type": "image", "source": {"type": "file", "file_id": "f"}},
    {"type": "image", "base64": PNG, "mime_type": "image/png", "prompt_cache_breakpoint": {"mode": "explicit"}},
    {"type": "file", "base64": "JVBERi0=", "mime_type": "application/pdf"},
    {"type": "file", "base64": "JVBERi0=", "mime_type": "application/pdf", "filename": "a.pdf"},
    {"type": "file", "base64": "JVBERi0=", "mime_type": "application/pdf", "extras": {"filename": "b.pdf"}},
    {"type": "file", "source_type": "base64", "data": "JVBERi0=", "mime_type": "application/pdf", "metadata": {"filename": "c.pdf"}},
    {"type": "file", "source_type": "base64", "data": "JVBERi0=", "mime_type": "application/pdf", "filename": "d.pdf"},
    {"type": "file", "file_id": "file-1"},
    {"type": "file", "source_type": "id", "id": "file-2"},
    {"type": "file", "url": "https://e.com/a.pdf"},
    {"type": "file", "file": {"file_id": "x"}},
    {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0=", "filename": "z.pdf"}},
    {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0="}},
    {"type": "audio", "base64": "UklG", "mime_type": "audio/wav"},
    {"type": "audio", "source_type": "base64", "data": "UklG", "mime_type": "audio/mpeg"},
    {"type": "audio", "url": "https://e.com/a.wav"},
    {"type": "video", "url": "https://e.com/a.mp4"},
    {"type": "text-plain", "text": "plain", "mime_type": "text/plain"},
    {"type": "tool_use", "id": "1", "name": "f", "input": {}},
    {"type": "thinking", "thinking": "hm"},
    {"type": "reasoning_content", "reasoning_content": {}},
    {"type": "reasoning", "reasoning": "r"},
    {"type": "function_call", "name": "f"},
    {"type": "code_interpreter_call", "id": "1"},
    {"type": "non_standard", "value": {"type": "x"}},
    {"type": "additional_tools", "tools": []},
    {"type": "unknown", "x": 1},
    {"no": "type"},
    "raw",
]
MESSAGES = [turn(human([block]), **more) for block in BLOCKS for more in ({}, {"kwargs": kw(use_responses_api=True)})]
MESSAGES += [turn(human([{"type": "input_audio", "input_audio": {"data": "UklG", "format": "wav"}}]))]
MESSAGES += [turn(ai([block]), **more) for block in BLOCKS if block != "raw" for more in ({}, {"kwargs": kw(use_responses_api=True)})]
MESSAGES += [{**turn(*messages), "kwargs": kwargs} for messages in [
    [{"type": "system", "content": "s", "name": "n"}, human("h", name="ann", id="1"), ai("a", name="bob")],
    [{"type": "system", "content": "s", "additional_kwargs": {"__openai_role__": "developer"}}],
    [{"type": "system", "content": [{"type": "text", "text": "s", "x": 1}]}],
    [{"type": "chat", "content": "c", "role": "critic"}],
    [{"type": "chat", "content": "c", "role": "assistant"}],
    [{"type": "function", "content": "r", "name": "fn"}],
    [human("h", additional_kwargs={"name": "kw"})],
    [human("")], [human([])],
    [ai("")], [ai([])], [ai([{"type": "text", "text": "a", "annotations": [], "id": "msg_1"}, {"type": "text", "text": "b", "id": "msg_1"}])],
    [ai("", tool_calls=CALLS), tool("42", name="f", status="error", id="9")],
    [ai("with text", tool_calls=CALLS)],
    [ai([{"type": "text", "text": "with"}], tool_calls=CALLS)],
    [ai([{"type": "text", "text": "x"}, {"type": "tool_call", "name": "f", "args": {}, "id": "call_1"}], tool_calls=CALLS)],
    [ai("", tool_calls=[{"name": "f", "args": {}, "id": None}])],
    [ai("", invalid_tool_calls=[{"name": "f", "args": "{oops", "id": "c", "error": "e"}])],
    [ai("", invalid_tool_calls=[{"name": None, "args": None, "id": None, "error": None}])],
    [ai("t", tool_calls=CALLS, invalid_tool_calls=[{"name": "g", "args": "{", "id": "c2", "error": None}])],
    [ai("", additional_kwargs={"function_call": {"name": "f", "arguments": "{}"}})],
    [ai("", additional_kwargs={"function_call": {"name": "f", "arguments": "{}"}}, tool_calls=CALLS)],
    [ai("x", additional_kwargs={"audio": {"id": "aud_1", "data": "x"}})],
    [ai("x", additional_kwargs={"audio": {"data": "x"}})],
    [ai([{"type": "audio", "id": "aud_2"}])],
    [ai("x", additional_kwargs={"refusal": "no"})],
    [ai([{"type": "text", "text": "x"}], additional_kwargs={"refusal": "no"})],
    [ai([{"type": "text", "text": "x"}], additional_kwargs={"reasoning": {"id": "rs_1", "summary": []}, "tool_outputs": [{"type": "web_search_call", "id": "ws"}, {"type": "mcp_call", "id": "mc"}]}, id="msg_9", response_metadata={"id": "resp_9"})],
    [ai([{"type": "text", "text": "x"}], additional_kwargs={"__openai_function_call_ids__": {"call_1": "fc_1"}}, tool_calls=CALLS)],
    [ai([{"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "s", "index": 0}], "index": 0}, {"type": "text", "text": "x", "index": 1, "id": "msg_1", "phase": "final"}])],
    [ai([{"type": "reasoning", "id": "rs_1", "reasoning": "one"}, {"type": "reasoning", "id": "rs_1", "reasoning": "two", "extras": {"encrypted_content": "e"}}, {"type": "reasoning", "id": "rs_2"}])],
    [ai([{"type": "refusal", "refusal": "no", "id": "msg_1"}])],
    [ai([{"type": "text", "text": "c", "annotations": [{"type": "citation", "url": "https://u", "title": "t", "start_index": 0, "end_index": 1}, {"type": "citation", "title": "f.txt", "extras": {"file_id": "f", "file_index": 3}}, {"type": "non_standard_annotation", "value": {"type": "v"}}, {"type": "file_citation", "file_index": 2}]}])],
    [ai([{"type": "function_call", "name": "f", "arguments": "{}", "call_id": "call_1", "id": "fc_1", "index": 0}], tool_calls=CALLS)],
    [ai([{"type": "tool_call", "name": "f", "args": {"a": 1}, "id": "call_9", "extras": {"item_id": "fc_9", "arguments": "{\"a\":1}", "status": "completed"}}])],
    [ai([{"type": "image_generation_call", "id": "ig_1", "result": "x"}, {"type": "web_search_call", "id": "ws_1"}])],
    [ai([{"type": "server_tool_call", "name": "web_search", "id": "ws_1", "args": {"q": 1}}, {"type": "server_tool_result", "tool_call_id": "ws_1", "status": "success"}])],
    [ai([{"type": "server_tool_call", "name": "file_search", "id": "fs", "args": {"queries": ["q"]}}, {"type": "server_tool_result", "tool_call_id": "fs", "output": [1], "extras": {"status": "incomplete"}}])],
    [ai([{"type": "server_tool_call", "name": "code_interpreter", "id": "ci", "args": {"code": "1"}, "extras": {"container_id": "c"}}, {"type": "server_tool_result", "tool_call_id": "ci", "output": [1], "status": "error"}])],
    [ai([{"type": "server_tool_call", "name": "remote_mcp", "id": "m", "args": {"a": 1}, "extras": {"tool_name": "t", "server_label": "l", "more": 1}}, {"type": "server_tool_result", "tool_call_id": "m", "output": "o", "extras": {"error": "e"}}])],
    [ai([{"type": "server_tool_call", "name": "mcp_list_tools", "id": "m", "extras": {"server_label": "l"}}, {"type": "server_tool_result", "tool_call_id": "m", "output": []}])],
    [ai([{"type": "server_tool_call", "name": "web_search", "id": "a"}, {"type": "text", "text": "x"}])],
    [tool([{"type": "text", "text": "ok", "extra": 1}, {"type": "image_url", "image_url": {"url": "https://e.com/i.png"}}])],
    [tool([{"type": "other", "x": 1}])],
    [tool(["a", "b"])],
    [tool([{"type": "input_image", "image_url": "u"}], additional_kwargs={"type": "computer_call_output"})],
    [human([{"type": "mcp_approval_response", "id": "1"}, {"type": "text", "text": "x"}])],
    [human([{"type": "input_text", "text": "x"}])],
    [{"type": "system", "content": [{"type": "additional_tools", "tools": []}]}],
] for kwargs in (kw(), kw(use_responses_api=True), kw(use_responses_api=True, store=False))]

RESPONSES = [{"kwargs": kw(**kwargs), "bound": bound, **case} for kwargs, bound, case in [
    ({"use_responses_api": True, "max_tokens": 64, "temperature": 0, "stop": ["x"], "reasoning_effort": "low", "verbosity": "high"}, {}, {}),
    ({"use_responses_api": True}, {}, {"stream": True}),
    ({"use_responses_api": True, **USAGE}, {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": False}, {"stream": True}),
    ({"use_responses_api": True}, {"tools": [{**TOOL, "strict": True}, {"type": "web_search"}], "tool_choice": "auto"}, {}),
    ({"use_responses_api": True}, {"tools": [{"type": "image_generation"}]}, {"stream": True}),
    ({"use_responses_api": True}, {"tools": [{"type": "image_generation", "partial_images": 2}]}, {"stream": True}),
    ({}, {"tools": [{"type": "web_search"}]}, {}),
    ({}, {"tools": [{"type": "web_search"}]}, {"stream": True}),
    ({"model_kwargs": {"tools": [{"type": "web_search"}]}}, {}, {}),
    ({"use_responses_api": False}, {"tools": [{"type": "web_search"}]}, {}),
    ({"include": ["reasoning.encrypted_content"]}, {}, {}),
    ({"truncation": "auto"}, {}, {"stream": True}),
    ({"reasoning": {"effort": "low", "summary": "auto"}, "reasoning_effort": "high"}, {}, {}),
    ({"output_version": "responses/v1"}, {}, {}),
    ({"output_version": "v1"}, {}, {}),
    ({"context_management": [{"type": "compaction"}]}, {}, {}),
    ({}, {"previous_response_id": "resp_1"}, {}),
    ({}, {"text": {"verbosity": "low"}}, {}),
    ({"verbosity": "high"}, {"text": {"format": {"type": "text"}}}, {}),
    ({"use_responses_api": True}, {"response_format": FORMAT}, {}),
    ({"use_responses_api": True}, {"response_format": {"type": "json_object"}}, {}),
    ({"use_responses_api": True, "verbosity": "low"}, {"response_format": {"name": "P", "schema": SCHEMA}, "strict": True}, {"stream": True}),
    ({"use_responses_api": True}, {"response_format": SCHEMA}, {}),
    ({"use_responses_api": True}, {"response_format": {**SCHEMA, "strict": True}}, {}),
    ({"use_responses_api": True}, {"response_format": {"type": "json_schema", "json_schema": {"name": "P", "strict": False, "schema": SCHEMA}}, "strict": True}, {}),
    ({"use_responses_api": True}, {"nonsense": 1}, {}),
    ({"use_responses_api": True, "seed": 1}, {}, {}),
    ({"use_responses_api": False, "include": ["x"]}, {}, {}),
    ({"use_responses_api": True, "n": 1, "frequency_penalty": 1}, {"nonsense": 1}, {}),
    ({"use_responses_api": True, "service_tier": "flex", "store": False, "top_p": 0.5, "extra_body": {"x": 1}, "top_logprobs": 1, "prompt_cache_options": {}}, {"instructions": "i", "max_tool_calls": 3, "safety_identifier": "s", "user": "u", "prompt_cache_key": "k"}, {}),
    ({"use_responses_api": True}, {"metadata": {"a": "b"}}, {"stream": True}),
    ({"use_responses_api": True, "use_previous_response_id": True}, {}, {"messages": [human("a"), ai("b", response_metadata={"id": "resp_7"}), human("c")]}),
    ({"use_previous_response_id": True}, {}, {"messages": [human("a"), ai("b", response_metadata={"id": "chatcmpl-7"}), human("c")]}),
    ({"use_responses_api": True, "disable_streaming": True}, {}, {"stream": True}),
    ({"use_responses_api": True, "streaming": True}, {}, {}),
]]

ENDPOINT = {"azure_endpoint": "https://r.openai.azure.com/", "api_version": "2024-10-21"}
AZURE = [{"vendor": "azure_openai", "bound": {}, **case} for case in [
    {"kwargs": {**ENDPOINT, "azure_deployment": "dep"}},
    {"kwargs": {**ENDPOINT, "deployment_name": "dep", "model": "gpt-4o", "temperature": 0, "max_tokens": 5}, "stream": True},
    {"kwargs": {**ENDPOINT, "deployment_name": "dep", "stream_usage": True}, "stream": True},
    {"kwargs": {**ENDPOINT, "deployment_name": "a b", "default_query": {"q": "1"}}},
    {"kwargs": {**ENDPOINT, "model": "gpt-4o"}},
    {"kwargs": {**ENDPOINT}},
    {"kwargs": {**ENDPOINT, "azure_deployment": "dep", "max_tokens": 5}, "bound": {"max_tokens": 7}},
    {"kwargs": {**ENDPOINT, "azure_deployment": "dep", "model": "o3-mini"}, "messages": [{"type": "system", "content": "s"}]},
    {"kwargs": {**ENDPOINT, "azure_deployment": "dep", "model": "o1"}},
    {"kwargs": {**ENDPOINT, "azure_deployment": "dep", "model": "gpt-5", "temperature": 0.5}},
    {"kwargs": {**ENDPOINT, "azure_deployment": "dep", "use_responses_api": True}},
    {"kwargs": {**ENDPOINT, "azure_deployment": "dep", "model": "gpt-4o", "use_responses_api": True}, "stream": True},
    {"kwargs": {"base_url": "https://r.openai.azure.com/openai/deployments/dep", "api_version": "v"}},
    {"kwargs": {"base_url": "https://r.openai.azure.com/openai/deployments/dep", "api_version": "v", "model": "m"}},
    {"kwargs": {"base_url": "https://r.openai.azure.com/openai", "api_version": "v", "model": "m"}},
    {"kwargs": {"base_url": "https://r.openai.azure.com/", "api_version": "v"}},
    {"kwargs": {"base_url": "https://r.openai.azure.com/openai", "api_version": "v", "azure_deployment": "dep"}},
    {"kwargs": {**ENDPOINT, "azure_deployment": "dep", "azure_ad_token": "tok"}},
    {"kwargs": {**ENDPOINT, "azure_deployment": "dep", "api_key": "k3", "organization": "o1"}},
    {"kwargs": {"azure_endpoint": "https://r.openai.azure.com", "azure_deployment": "dep"}},
    {"kwargs": {"azure_deployment": "dep", "api_version": "v"}},
    {"kwargs": {**ENDPOINT, "azure_deployment": "dep"}, "bound": {"nonsense": 1}},
]]

LEGACY = [{"vendor": "openai_completions", "bound": {}, **case} for case in [
    {"kwargs": {}}, {"kwargs": {}, "stream": True},
    {"kwargs": {"model": "m", "temperature": 0, "max_tokens": 5, "top_p": 0.5, "frequency_penalty": 1, "presence_penalty": 1, "n": 2, "best_of": 3,
                "logit_bias": {"5": 1}, "seed": 1, "logprobs": 2, "extra_body": {"x": 1}, "model_kwargs": {"user": "u"}}},
    {"kwargs": {"model": "m"}, "messages": [{"type": "system", "content": "s"}, human("h"), ai("a"), {"type": "chat", "content": "c", "role": "critic"}, tool("t"), {"type": "function", "name": "f", "content": "r"}]},
    {"kwargs": {"model": "m"}, "bound": {"stop": ["x"], "temperature": 0, "logit_bias": None}},
    {"kwargs": {"model": "m"}, "bound": {"nonsense": 1}},
    {"kwargs": {"model": "m", "streaming": True}},
    {"kwargs": {"model": "m", "n": 0}},
    {"kwargs": {"model": "m", "best_of": 2, "streaming": True}},
    {"kwargs": {"model": "m", "base_url": "https://h.example/v2", "organization": "o", "default_headers": {"X-Team": "t"}}},
]]

REQUESTS = PARAMETERS + RULES + MESSAGES + RESPONSES + AZURE + LEGACY

COUNT = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
DETAILS = {**COUNT, "prompt_tokens_details": {"cached_tokens": 4, "audio_tokens": 0, "cache_write_tokens": 2},
           "completion_tokens_details": {"reasoning_tokens": 3, "audio_tokens": 1}}


def completion(message=None, finish="stop", **more):
    said = {"role": "assistant", "content": "ok", **(message or {})}
    return {"json": {"id": "c1", "object": "chat.completion", "created": 1, "model": "m-1",
                     "choices": [{"index": 0, "message": said, "finish_reason": finish, "logprobs": None}], **more}}


def call(arguments, name="f", id="call_1", **more):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}, **more}


ARGUMENTS = ['{"a": 1}', "", "{}", "[]", "0", "false", '""', "[1]", "5", '"x"', "null", '{"a": "Par', "{'a': 1}", "{\"a\": 1,}", '{"a": "line\nbreak"}', " ",
             '{"a": 1} x', '{"a" 1}', "tru", "{bad", '{"a": "\\x"}', '{"a": "\\u12"}', '[1,', '{"a": 1', '"abc', "{\"é\": \"ü\"", '{\n"a": 1,\n}', "nul", "-", "\ufeff{}", '{"a":01}', '{"a": 123456789012345678901234567890}']

WHOLE = [completion(), completion({"content": None, "refusal": "no"}), completion({"content": [{"type": "text", "text": "a"}]}),
         completion(usage=COUNT), completion(usage=DETAILS, service_tier="flex", system_fingerprint="fp"),
         completion(usage={**DETAILS, "total_tokens": 0}, service_tier="priority"), completion(usage={"prompt_tokens": 1}),
         completion(usage=DETAILS, service_tier="default"), completion(finish="length"), completion(finish=None),
         completion({"function_call": {"name": "f", "arguments": "{}"}}), completion({"audio": {"id": "aud_1", "data": "x", "expires_at": 1, "transcript": "t"}}),
         completion({"name": "bob"}), completion({"id": "own"}), completion({"reasoning_content": "r", "annotations": []})]
WHOLE += [completion({"content": None, "tool_calls": [call(text)]}, "tool_calls") for text in ARGUMENTS]
WHOLE += [completion({"content": None, "tool_calls": [call("{}", id=None), call(None), call("{}", name=None)]}, "tool_calls"),
          completion({"content": None, "tool_calls": [{"id": "x", "type": "custom", "custom": {"name": "c", "input": "i"}}]}, "tool_calls")]
WHOLE += [{**completion(*args), "bound": {"response_format": FORMAT}} for args in [({"content": '{"a": 1}'},), ({"content": "not json"},), ({"content": None, "refusal": "no"},), ({"content": '{"a'}, "length"), ({"content": ""}, "content_filter")]]
WHOLE += [{"json": body} for body in [{}, {"choices": None}, {"choices": []}, {"error": {"message": "quota", "code": 429}}, {"error": "busy"}, {"choices": None, "error": {"message": "it's", "n": [1.0, None, True]}}, {**completion()["json"], "extra": 1}]]
WHOLE += [{"raw": "<html>hi</html>", "content_type": "text/html"}, {"raw": "<html>" + "x" * 300, "content_type": "text/html"}, {"raw": "<html>hi</html>"}, {"raw": ""}, {"raw": '{"a": '}, {"raw": "[]"}, {"raw": "5"}]


def sse(*frames, done=True):
    return {"sse": "".join(f"data: {json.dumps(frame) if not isinstance(frame, str) else frame}\n\n" for frame in frames) + ("data: [DONE]\n\n" if done else "")}


def delta(finish=None, **piece):
    more = {key: piece.pop(key) for key in ("logprobs", "usage", "service_tier", "system_fingerprint") if key in piece}
    logprobs = more.pop("logprobs", None)
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m-1", **more,
            "choices": [{"index": 0, "delta": piece, "finish_reason": finish, "logprobs": logprobs}]}


def last(**more):
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m-1", "choices": [], **more}


ROLE = delta(role="assistant", content="")


def pieces(*parts, **first):
    head = delta(tool_calls=[{"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": ""}, **first}])
    return [ROLE, head, *[delta(tool_calls=[{"index": 0, "function": {"arguments": part}}]) for part in parts], delta("tool_calls")]


TOKEN = {"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}
STREAMS = [sse(ROLE, delta(content="a"), delta(content="b"), delta("stop"), last(usage=DETAILS)),
           sse(ROLE, delta(content="a"), delta("stop", system_fingerprint="fp", service_tier="flex"), last(usage=DETAILS, service_tier="flex")),
           sse(ROLE, delta("stop", content="a", usage=COUNT)), sse(ROLE, delta(content="a"), done=False), sse(), sse(done=False),
           sse(ROLE, delta(content="a", logprobs={"content": [TOKEN]}), delta(content="b", logprobs={"content": [TOKEN]}), delta("stop")),
           sse(ROLE, delta(refusal="no"), delta(refusal="pe"), delta("stop")), sse(ROLE, delta(function_call={"name": "f", "arguments": ""}), delta(function_call={"arguments": "{\"a"}), delta(function_call={"name": None, "arguments": "\": 1}"}), delta("function_call")),
           sse(ROLE, delta("stop", content="a"), delta("stop", content="b")), sse(ROLE, delta(content="a"), {"error": {"message": "down"}}), sse(ROLE, {"error": "down"}), sse(ROLE, {"error": {"code": 5}}), sse(ROLE, {"message": "busy"}), sse("{bad"), sse(ROLE, "5"),
           {"sse": "event: error\ndata: {\"message\": \"busy\"}\n\n"}, {"sse": "event: error\ndata: {\"error\": {\"message\": \"busy\"}}\n\n"}, {"sse": "event: ping\n\n: c\n\ndata: " + json.dumps(ROLE) + "\n\n"},
           sse({**ROLE, "choices": [{"index": 0, "delta": None}]}), sse({**ROLE, "choices": None}), sse({"choices": [{"delta": {"content": "x"}}]}), sse(delta(content="a", id="own"), delta(content="b")), sse(delta(content="a", role="user"), delta("stop")),
           sse(ROLE, delta(tool_calls=[{"id": "x", "function": {"name": "f", "arguments": "{}"}}]), delta("stop")), sse(ROLE, delta(tool_calls=[{"index": 0, "id": "x", "function": {"name": "f"}}]), delta("stop")),
           sse(ROLE, delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{"}}, {"index": 1, "id": "b", "function": {"name": "g", "arguments": "{}"}}]), delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "", "arguments": "}"}}]), delta("tool_calls")),
           sse(ROLE, delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]), delta(tool_calls=[{"index": 0, "id": "b", "function": {"name": "g", "arguments": "{}"}}]), delta("tool_calls")),
           ]
STREAMS += [sse(*pieces(text)) for text in ARGUMENTS] + [sse(*pieces('{"ci', 'ty": "Pa', 'r"}')), sse(*pieces("[1", ", 2]"))]
STREAMS += [{**case, "bound": {"response_format": FORMAT}} for case in [
    sse(ROLE, delta(content='{"a"'), delta(content=": 1}"), delta("stop"), last(usage=DETAILS)), sse(ROLE, delta(refusal="n"), delta(refusal="o"), delta("stop"), last(usage=COUNT)),
    sse(ROLE, delta(content='{"a"'), delta("length")), sse(ROLE, delta(content='{"a"'), delta("content_filter")), sse(*pieces('{"a": 1}')), sse(), sse(ROLE, delta(content="x", logprobs={"content": [TOKEN]}), delta("stop")), sse(ROLE, delta(content="x"), done=False), sse(last(), ROLE, delta(content="x"), delta("stop"))]]
STREAMS += [{**case, "kwargs": {"output_version": "v1"}} for case in [STREAMS[0], sse(*pieces('{"a": 1}')), completion(), completion({"content": None, "tool_calls": [call("{}")]})]]
STREAMS += [{**sse(ROLE, delta(content="a"), delta("stop")), "kwargs": {"streaming": False}}]


def response(*output, **more):
    return {"json": {"id": "resp_1", "object": "response", "created_at": 1735689600, "status": "completed", "error": None, "incomplete_details": None,
                     "instructions": None, "model": "m-1", "output": list(output), "parallel_tool_calls": True, "temperature": 1.0, "top_p": 1.0, "tool_choice": "auto",
                     "tools": [], "metadata": {}, **more}, "kwargs": {"use_responses_api": True}}


def said(*content, id="msg_1", **more):
    return {"id": id, "type": "message", "role": "assistant", "status": "completed", "content": list(content), **more}


def text(words, annotations=()):
    return {"type": "output_text", "text": words, "annotations": list(annotations), "logprobs": []}


FUNCTION = {"id": "fc_1", "type": "function_call", "name": "f", "call_id": "call_1", "arguments": "{\"a\": 1}", "status": "completed"}
RESPONSE_USAGE = {"input_tokens": 12, "input_tokens_details": {"cached_tokens": 2}, "output_tokens": 6, "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 18}
REASONING = {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "thinking"}], "encrypted_content": None, "status": None}
OUTPUTS = [
    response(said(text("hi"))), response(said(text("hi", [{"type": "url_citation", "url": "https://u", "title": "t", "start_index": 0, "end_index": 2}, {"type": "file_citation", "file_id": "f", "filename": "n", "index": 3}]), text("more")), usage=RESPONSE_USAGE, service_tier="flex"),
    response(said({"type": "refusal", "refusal": "no"})), response(FUNCTION), response({**FUNCTION, "arguments": "{bad"}), response({**FUNCTION, "arguments": "[1]"}), response(REASONING, said(text("a"), phase="final_answer")),
    response({"id": "ct_1", "type": "custom_tool_call", "name": "c", "call_id": "call_2", "input": "in"}), response({"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}, said(text("found"))),
    response(error={"code": "server_error", "message": "down"}), response(said(text("cut")), status="incomplete", incomplete_details={"reason": "max_output_tokens"}), response(), response(said(text("")), user="u", metadata={"k": "v"}),
    {**response(said(text('{"a": 1}')), text={"format": {"type": "json_schema", "name": "P", "schema": SCHEMA, "strict": True}}), "bound": {"response_format": FORMAT}},
    {**response(said(text('not json')), text={"format": {"type": "json_schema", "name": "P", "schema": SCHEMA, "strict": True}}), "bound": {"response_format": FORMAT}},
    {**response(said(text('{}')), text={"format": {"type": "json_object"}}), "bound": {"response_format": {"type": "json_object"}}},
]
OUTPUTS += [{**case, "kwargs": {"use_responses_api": True, "output_version": version}} for version in ("v0", "responses/v1", "v1") for case in [OUTPUTS[1], OUTPUTS[3], OUTPUTS[6], OUTPUTS[8], OUTPUTS[2]]]


def events(*items, kwargs=None, **case):
    out = "".join(f"event: {item['type']}\ndata: {json.dumps({'sequence_number': number, **item})}\n\n" for number, item in enumerate(items))
    return {"sse": out, "kwargs": {"use_responses_api": True, **(kwargs or {})}, **case}


def created():
    body = response()["json"]
    return [{"type": kind, "response": {**body, "status": "in_progress"}} for kind in ("response.created", "response.in_progress")]


def item(kind, index, body):
    return {"type": f"response.output_item.{kind}", "output_index": index, "item": body}


def words(index, *parts, sub=0, id="msg_1"):
    at = {"item_id": id, "output_index": index, "content_index": sub}
    return [{"type": "response.content_part.added", **at, "part": text("")}, *[{"type": "response.output_text.delta", **at, "delta": part, "logprobs": []} for part in parts],
            {"type": "response.output_text.done", **at, "text": "".join(parts), "logprobs": []}, {"type": "response.content_part.done", **at, "part": text("".join(parts))}]


def done(*output, kind="response.completed", **more):
    return {"type": kind, "response": response(*output, usage=RESPONSE_USAGE, **more)["json"]}


ASKED = [item("added", 0, {**FUNCTION, "arguments": "", "status": "in_progress"}), *[{"type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 0, "delta": part} for part in ("{\"a\"", ": 1}")],
         {"type": "response.function_call_arguments.done", "item_id": "fc_1", "output_index": 0, "name": "f", "arguments": "{\"a\": 1}"}, item("done", 0, FUNCTION)]
THOUGHT = [item("added", 0, {"id": "rs_1", "type": "reasoning", "summary": []}), {"type": "response.reasoning_summary_part.added", "item_id": "rs_1", "output_index": 0, "summary_index": 0, "part": {"type": "summary_text", "text": ""}},
           *[{"type": "response.reasoning_summary_text.delta", "item_id": "rs_1", "output_index": 0, "summary_index": 0, "delta": part} for part in ("think", "ing")], item("done", 0, {**REASONING, "encrypted_content": "enc"})]
ANSWERED = [item("added", 0, said()), *words(0, "Hel", "lo"), item("done", 0, said(text("Hello")))]
LATER = [item("added", 1, said()), *words(1, "a", "b"), *words(1, "c", sub=1), item("done", 1, said(text("ab"), text("c")))]
EVENTS = [
    [*created(), *ANSWERED, done(said(text("Hello")))], [*created(), *ASKED, done(FUNCTION)], [*created(), *THOUGHT, *LATER, done(REASONING, said(text("ab"), text("c")))],
    [*created(), *ANSWERED, done(said(text("Hello")), kind="response.incomplete", status="incomplete", incomplete_details={"reason": "max_output_tokens"})],
    [*created(), *ANSWERED], [*created(), {"type": "response.failed", "response": response(status="failed", error={"code": "server_error", "message": "down"})["json"]}],
    [*created(), {"type": "error", "code": "rate", "message": "slow", "param": None}], [*created(), {"type": "error", "code": None, "message": "slow", "param": None}],
    [*created(), item("added", 0, said()), {"type": "response.refusal.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": "no"}, {"type": "response.refusal.done", "item_id": "msg_1", "output_index": 0, "content_index": 0, "refusal": "no"}, done(said({"type": "refusal", "refusal": "no"}))],
    [*created(), item("added", 0, {"id": "ws_1", "type": "web_search_call", "status": "in_progress"}), item("done", 0, {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}), *LATER, {"type": "response.output_text.annotation.added", "item_id": "msg_1", "output_index": 1, "content_index": 0, "annotation_index": 0, "annotation": {"type": "file_citation", "file_id": "f", "filename": "n", "index": 3}}, done(said(text("ab")))],
    [*created(), item("done", 0, {"id": "ct_1", "type": "custom_tool_call", "name": "c", "call_id": "call_2", "input": "in"}), done()],
    [*created(), item("added", 0, said(phase="commentary")), *words(0, "x"), done(said(text("x"), phase="commentary"))],
    [],
]
STREAMED = [events(*items) for items in EVENTS] + [events(*items, kwargs={"output_version": version}) for version in ("v0", "v1") for items in EVENTS[:3] + [EVENTS[8], EVENTS[9]]]
STREAMED += [events(*EVENTS[0][:-1], done(said(text('{"a": 1}')), text={"format": {"type": "json_schema", "name": "P", "schema": SCHEMA, "strict": True}}), bound={"response_format": FORMAT})]

AZURE_KWARGS = {"azure_endpoint": "https://r.openai.azure.com", "api_version": "v", "azure_deployment": "dep"}
FILTERED = {"hate": {"filtered": False, "severity": "safe"}}
AZURE_ANSWERS = [{**case, "vendor": "azure_openai", "kwargs": {**AZURE_KWARGS, **more}} for case, more in [
    (completion(usage=COUNT, prompt_filter_results=[{"prompt_index": 0}]), {}), (completion(), {"model_version": "0125"}), (completion(finish="content_filter"), {}),
    ({"json": {**completion()["json"], "choices": [{**completion()["json"]["choices"][0], "content_filter_results": FILTERED}]}}, {}),
    (sse(last(prompt_filter_results=[{"prompt_index": 0}]), ROLE, delta(content="a"), delta("stop")), {}),
]]


def cmpl(*texts, **more):
    return {"json": {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m", "choices": [{"text": words, "index": index, "logprobs": None, "finish_reason": "stop"} for index, words in enumerate(texts)], "usage": COUNT, **more}, "vendor": "openai_completions"}


LEGACY_ANSWERS = [cmpl("ok"), cmpl("a", "b"), cmpl(), {"json": {"error": {"message": "quota"}}, "vendor": "openai_completions"},
                  {**sse(*[{"id": "x", "object": "text_completion", "created": 1, "model": "m", "choices": [{"text": words, "index": 0, "logprobs": None, "finish_reason": None}]} for words in ("a", "", "b")], {"choices": []}), "vendor": "openai_completions"},
                  {**sse(), "vendor": "openai_completions"}]

ANSWERS = WHOLE + STREAMS + OUTPUTS + STREAMED + AZURE_ANSWERS + LEGACY_ANSWERS
