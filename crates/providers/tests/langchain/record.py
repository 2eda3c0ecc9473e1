"""Records what LangChain's OpenAI classes send and make of answers: writes requests.json and answers.json beside itself.

Needs langchain-openai; sends nothing over the network.
"""

import copy
import json
import os
import pathlib
import re

import httpx2
from langchain_core.load.dump import dumpd
from langchain_core.messages import (
    AIMessage, AIMessageChunk, ChatMessage, FunctionMessage, HumanMessage, SystemMessage, ToolMessage, messages_from_dict,
)
from langchain_openai import AzureChatOpenAI, ChatOpenAI, OpenAI

HERE = pathlib.Path(__file__).parent
os.environ.update(OPENAI_API_KEY="sk-key", AZURE_OPENAI_API_KEY="az-key")
CLASSES = {"openai": ChatOpenAI, "azure_openai": AzureChatOpenAI, "openai_completions": OpenAI}
CHAT = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m-1", "choices": [
    {"index": 0, "message": {"role": "assistant", "content": "ok"}, "finish_reason": "stop"}]}
RESPONSE = {"id": "resp_1", "object": "response", "created_at": 1, "model": "m-1", "status": "completed", "output": [
    {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
     "content": [{"type": "output_text", "text": "ok", "annotations": []}]}],
    "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None, "incomplete_details": None,
    "instructions": None, "metadata": {}, "temperature": 1.0, "top_p": 1.0}
LEGACY = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m-1",
          "choices": [{"text": "ok", "index": 0, "logprobs": None, "finish_reason": "stop"}] * 3}


class Stop(Exception):
    pass


def build(vendor, kwargs, handler):
    return CLASSES[vendor](http_client=httpx2.Client(transport=httpx2.MockTransport(handler)), **kwargs)


def message(written):
    written = dict(written)
    kind = written.pop("type")
    classes = {"human": HumanMessage, "system": SystemMessage, "ai": AIMessage, "tool": ToolMessage,
               "function": FunctionMessage, "chat": ChatMessage}
    return classes[kind](**written)


def told(error):
    return {"type": type(error).__name__, "message": str(error)}


def stable(value):
    """Names run ids, which differ each time, by their order of appearance."""
    seen = {}
    text = json.dumps(value)
    name = lambda found: "lc_run--" + seen.setdefault(found[1], f"RUN{len(seen) + 1}")
    return json.loads(re.sub(r"lc_run--([0-9a-f-]{36})", name, text))


def request(case):
    sent = []

    def handler(request):
        sent.append(request)
        raise Stop

    case = {"vendor": "openai", "messages": [{"type": "human", "content": "hi"}], **case}
    try:
        model = build(case["vendor"], copy.deepcopy({"max_retries": 0, **case["kwargs"]}), handler)
        given = [message(m) for m in case["messages"]]
        bound = case.get("bound", {})
        if case.get("stream"):
            list(model.stream(given, **bound))
        else:
            model.invoke(given, **bound)
    except Exception as error:
        if not sent:
            return {**case, "error": told(error)}
    first = sent[0]
    kept = {"authorization", "api-key", "openai-organization", "x-extra", "x-team"}
    return {**case, "path": str(first.url.raw_path, "ascii"), "host": first.url.host, "body": first.content.decode(),
            "headers": {k: v for k, v in first.headers.items() if k in kept}}


def answer(case):
    def handler(request):
        if "sse" in case:
            return httpx2.Response(200, headers={"content-type": "text/event-stream"}, text=case["sse"])
        if "json" in case:
            return httpx2.Response(200, json=case["json"])
        return httpx2.Response(200, headers={"content-type": case.get("content_type", "application/json")}, text=case["raw"])

    case = {"vendor": "openai", "kwargs": {}, **case}
    model = build(case["vendor"], copy.deepcopy({"max_retries": 0, "model": "m", **case["kwargs"]}), handler)
    bound = case.get("bound", {})
    if "sse" not in case:
        try:
            return {**case, "message": stable(dumpd(model.invoke("hi", **bound)))}
        except Exception as error:
            return {**case, "error": told(error)}
    chunks, error = [], None
    try:
        for chunk in model.stream("hi", **bound):
            chunks.append(chunk)
    except Exception as caught:
        error = told(caught)
    whole = None
    for chunk in chunks:
        whole = chunk if whole is None else whole + chunk
    out = {**case, "chunks": stable(dumpd(chunks)), "sum": stable(dumpd(whole))}
    return {**out, "error": error} if error else out


def write(name, cases):
    lines = ",\n".join(json.dumps(case, ensure_ascii=False, allow_nan=False) for case in cases)
    (HERE / name).write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    from cases import ANSWERS, REQUESTS

    write("requests.json", [request(case) for case in REQUESTS])
    write("answers.json", [answer(case) for case in ANSWERS])
