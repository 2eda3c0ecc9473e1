"""langserve's RemoteRunnable: every method, sync and async, and what it makes of failures."""

import asyncio
import json

import httpx
from checks import (
    ANSWER, QUESTION, WINDLASS, GivenUp, apaced, araises, auntil_error, check, equal, main, paced, raises,
    until_error, upstream,
)
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough
from langserve import RemoteRunnable

INPUT = {"question": QUESTION}
WORDS = ["You ", "said: ", "What ", "is ", "Python?"]
CONFIG = {"tags": ["a"], "metadata": {"user": "b"}, "run_name": "named", "max_concurrency": 2}


def remote(chain):
    return RemoteRunnable(f"{WINDLASS}/langserve/{chain}/")


def said(chunks):
    """The chunks that hold text."""
    return [chunk for chunk in chunks if chunk]


def status(error):
    return error.response.status_code


# invoke

@check
def invoke():
    equal(remote("ask").invoke(INPUT), ANSWER)


@check
async def ainvoke():
    equal(await remote("ask").ainvoke(INPUT), ANSWER)


@check
def invoke_without_a_slash_at_the_end():
    equal(RemoteRunnable(f"{WINDLASS}/langserve/ask").invoke(INPUT), ANSWER)


@check
def invoke_a_name_in_two_parts():
    equal(remote("team/ask").invoke(INPUT), ANSWER)


@check
def invoke_gives_what_the_chain_gives_without_the_field_around_it():
    equal(remote("answer").invoke(INPUT), ANSWER)


@check
def invoke_with_config():
    equal(remote("ask").invoke(INPUT, config=CONFIG), ANSWER)


@check
async def ainvoke_with_config():
    equal(await remote("ask").ainvoke(INPUT, config=CONFIG), ANSWER)


@check
def invoke_with_a_configurable_field():
    equal(remote("warm").invoke(INPUT, {"configurable": {"temperature": 0.5}}), "temperature 0.5")
    equal(remote("warm").invoke(INPUT), "temperature 0.1")


@check
def invoke_with_bound_config():
    warm = remote("warm").with_config(configurable={"temperature": 0.75})
    equal(warm.invoke(INPUT), "temperature 0.75")


@check
def invoke_with_messages():
    messages = [SystemMessage("Hello"), HumanMessage("One"), AIMessage("Two"), HumanMessage("Three")]
    wanted = "system: Be brief. | system: Hello | user: One | assistant: Two | user: Three"
    equal(remote("chat").invoke({"messages": messages}), wanted)


@check
def invoke_with_a_tools_result():
    call = {"name": "weather", "args": {"city": "Oslo"}, "id": "call_1"}
    messages = [HumanMessage("Weather?"), AIMessage("", tool_calls=[call]), ToolMessage("sunny", tool_call_id="call_1")]
    answer = remote("chat").invoke({"messages": messages})
    assert answer.endswith("| tool: sunny"), answer


@check
def invoke_gives_a_message():
    answer = remote("message").invoke({"messages": [HumanMessage(QUESTION)]})
    equal((type(answer), answer.content), (AIMessage, ANSWER))
    equal(answer.usage_metadata["output_tokens"], 5)


@check
async def ainvoke_gives_a_message():
    answer = await remote("message").ainvoke({"messages": [HumanMessage(QUESTION)]})
    equal((type(answer), answer.content), (AIMessage, ANSWER))


@check
def invoke_behind_a_prompt():
    prompt = ChatPromptTemplate.from_messages([("human", "{question}")])
    chain = prompt | remote("message")
    equal(chain.invoke(INPUT).content, ANSWER)


@check
def invoke_inside_of_a_chain():
    chain = RunnablePassthrough.assign(answer=remote("ask")) | (lambda value: value["answer"].upper())
    equal(chain.invoke(INPUT), ANSWER.upper())


# What `{"configurable": {"temperature": 0.5}}` is in a URL.
HASH = "N4Igxg9gdgZglgcwK4CcCGAjANgUxALlABccBbABx3SNT3wAYA6AVgF9Wg"


@check
def invoke_with_a_config_in_the_url():
    equal(remote(f"warm/c/{HASH}").invoke(INPUT), "temperature 0.5")
    equal(remote(f"warm/c/{HASH}").invoke(INPUT, {"configurable": {"temperature": 0.75}}), "temperature 0.75")


# batch

@check
def batch():
    equal(remote("ask").batch([{"question": "A"}, {"question": "B"}]), ["You said: A", "You said: B"])


@check
async def abatch():
    equal(await remote("ask").abatch([{"question": "A"}, {"question": "B"}]), ["You said: A", "You said: B"])


@check
def batch_of_nothing():
    equal(remote("ask").batch([]), [])


@check
def batch_with_a_config_for_all():
    equal(remote("warm").batch([INPUT, INPUT], {"configurable": {"temperature": 0.5}}), ["temperature 0.5"] * 2)


@check
def batch_with_a_config_for_each():
    configs = [{"configurable": {"temperature": value}} for value in (0.25, 0.5)]
    equal(remote("warm").batch([INPUT, INPUT], configs), ["temperature 0.25", "temperature 0.5"])


@check
async def abatch_with_a_config_for_each():
    configs = [{"configurable": {"temperature": value}} for value in (0.25, 0.5)]
    equal(await remote("warm").abatch([INPUT, INPUT], configs), ["temperature 0.25", "temperature 0.5"])


@check
def batch_gives_messages():
    answers = remote("message").batch([{"messages": [HumanMessage(text)]} for text in "AB"])
    equal([answer.content for answer in answers], ["You said: A", "You said: B"])


@check
def batch_as_completed():
    answers = remote("ask").batch_as_completed([{"question": "A"}, {"question": "B"}])
    equal(sorted(answers), [(0, "You said: A"), (1, "You said: B")])


@check
async def abatch_as_completed():
    answers = remote("ask").abatch_as_completed([{"question": "A"}, {"question": "B"}])
    equal(sorted([answer async for answer in answers]), [(0, "You said: A"), (1, "You said: B")])


@check
def batch_with_an_item_that_does_not_fit():
    error = raises(httpx.HTTPStatusError, remote("ask").batch, [INPUT, {"question": 1}])
    equal(status(error), 422)


@check
async def abatch_with_an_item_that_does_not_fit():
    error = await araises(httpx.HTTPStatusError, remote("ask").abatch([INPUT, {"question": 1}]))
    equal(status(error), 422)


@check
def batch_of_failures_that_are_returned():
    errors = remote("fails").batch([INPUT, INPUT], return_exceptions=True)
    equal([type(error) for error in errors], [httpx.HTTPStatusError] * 2)


# stream

@check
def stream():
    equal(said(remote("ask").stream(INPUT)), WORDS)


@check
async def astream():
    equal(said([chunk async for chunk in remote("ask").astream(INPUT)]), WORDS)


@check
def stream_comes_word_by_word():
    equal(said(paced(remote("slow").stream(INPUT))), WORDS)


@check
async def astream_comes_word_by_word():
    equal(said(await apaced(remote("slow").astream(INPUT))), WORDS)


@check
def stream_with_config():
    chunks = remote("warm").stream(INPUT, {**CONFIG, "configurable": {"temperature": 0.5}})
    equal("".join(chunks), "temperature 0.5")


@check
async def astream_with_config():
    chunks = remote("warm").astream(INPUT, {**CONFIG, "configurable": {"temperature": 0.5}})
    equal("".join([chunk async for chunk in chunks]), "temperature 0.5")


@check
def stream_with_messages():
    chunks = remote("chat").stream({"messages": [HumanMessage("One"), AIMessage("Two")]})
    equal("".join(chunks), "system: Be brief. | user: One | assistant: Two")


@check
def stream_gives_chunks_of_a_message():
    total = None
    for chunk in remote("message").stream({"messages": [HumanMessage(QUESTION)]}):
        equal(type(chunk), AIMessageChunk)
        total = chunk if total is None else total + chunk
    equal(total.content, ANSWER)


@check
def stream_of_two_at_once_adds_up():
    total = {"first": "", "second": ""}
    for chunk in remote("two").stream(INPUT):
        for key, text in chunk.items():
            total[key] += text
    equal(total, {"first": ANSWER, "second": ANSWER + ", again"})


@check
def stream_keeps_line_separators():
    text = "a\u2028b\u2029c\u0085d\r\ne"
    equal("".join(remote("ask").stream({"question": text})), f"You said: {text}")


@check
def transform():
    equal(said(remote("ask").transform(iter([INPUT]))), WORDS)


@check
async def atransform():
    async def inputs():
        yield INPUT

    equal(said([chunk async for chunk in remote("ask").atransform(inputs())]), WORDS)


@check
def transform_behind_a_prompt():
    prompt = ChatPromptTemplate.from_messages([("human", "{question}")])
    chain = prompt | remote("message")
    equal("".join(chunk.content for chunk in chain.stream(INPUT)), ANSWER)


# astream_log, astream_events

@check
async def astream_log():
    state = None
    async for patch in remote("ask").astream_log(INPUT):
        state = patch if state is None else state + patch
    equal(state.state["final_output"], ANSWER)
    equal(said(state.state["streamed_output"]), WORDS)
    equal({"ChatPromptTemplate", "ChatOpenAI", "StrOutputParser"}, set(state.state["logs"]))


@check
async def astream_log_with_config():
    state = None
    async for patch in remote("warm").astream_log(INPUT, {**CONFIG, "configurable": {"temperature": 0.5}}):
        state = patch if state is None else state + patch
    equal(state.state["final_output"], "temperature 0.5")


@check
async def astream_log_with_filters():
    state = None
    async for patch in remote("ask").astream_log(INPUT, include_names=["ChatOpenAI"]):
        state = patch if state is None else state + patch
    equal(list(state.state["logs"]), ["ChatOpenAI"])


@check
async def astream_log_comes_word_by_word():
    patches = await apaced(remote("slow").astream_log(INPUT))
    assert len(patches) > 6, patches


async def events(chain, **options):
    return [event async for event in remote(chain).astream_events(INPUT, version="v2", **options)]


@check
async def astream_events():
    found = await events("ask")
    kinds = [event["event"] for event in found]
    equal(kinds[0], "on_chain_start")
    equal(kinds[-1], "on_chain_end")
    equal(found[-1]["data"]["output"], ANSWER)
    for kind in ("on_prompt_start", "on_prompt_end", "on_chat_model_start", "on_chat_model_stream",
                 "on_chat_model_end", "on_parser_stream", "on_parser_end", "on_chain_stream"):
        assert kind in kinds, f"no {kind} in {kinds}"


@check
async def astream_events_gives_messages():
    found = await events("ask", include_types=["chat_model"])
    chunks = [event["data"]["chunk"] for event in found if event["event"] == "on_chat_model_stream"]
    equal({type(chunk) for chunk in chunks}, {AIMessageChunk})
    equal("".join(chunk.content for chunk in chunks), ANSWER)
    equal({event["name"] for event in found}, {"ChatOpenAI"})


@check
async def astream_events_with_filters():
    found = await events("ask", include_names=["StrOutputParser"])
    equal({event["name"] for event in found}, {"StrOutputParser"})
    found = await events("ask", exclude_types=["prompt", "parser", "chat_model"])
    equal({event["event"].split("_")[1] for event in found}, {"chain"})


@check
async def astream_events_with_config():
    stream = remote("warm").astream_events(INPUT, {"configurable": {"temperature": 0.5}}, version="v2")
    equal((await all_of(stream))[-1]["data"]["output"], "temperature 0.5")


@check
async def astream_events_have_parents():
    found = await events("ask")
    root = found[0]["run_id"]
    equal({tuple(event["parent_ids"]) for event in found}, {(), (root,)})


@check
async def astream_events_come_word_by_word():
    found = await apaced(remote("slow").astream_events(INPUT, version="v2"))
    equal(found[-1]["data"]["output"], ANSWER)


@check
async def astream_events_take_only_the_config_that_the_chain_allows():
    config = {"tags": ["mine"], "metadata": {"user": "b"}}
    found = await all_of(remote("old").astream_events(INPUT, config, version="v1"))
    assert all("mine" in event["tags"] and event["metadata"]["user"] == "b" for event in found), found
    found = await all_of(remote("ask").astream_events(INPUT, config, version="v2"))
    assert not any("mine" in event["tags"] or "user" in event["metadata"] for event in found), found


@check
async def astream_events_of_version_1():
    found = await all_of(remote("old").astream_events(INPUT, version="v1"))
    equal((found[0]["event"], found[-1]["data"]["output"]), ("on_chain_start", ANSWER))
    equal({tuple(event["parent_ids"]) for event in found}, {()})


@check
async def astream_log_under_the_callers_run_id():
    run_id = "01a20567-0000-7000-8000-000000000001"
    state = None
    async for patch in remote("old").astream_log(INPUT, {"run_id": run_id}):
        state = patch if state is None else state + patch
    equal(state.state["id"], run_id)


# What goes wrong

BAD = {"question": 1}


@check
def invoke_422():
    error = raises(httpx.HTTPStatusError, remote("ask").invoke, BAD)
    equal(status(error), 422)
    equal(json.loads(error.response.text)["detail"][0]["loc"][-1], "question")
    assert "string" in str(error), error


@check
async def ainvoke_422():
    equal(status(await araises(httpx.HTTPStatusError, remote("ask").ainvoke(BAD))), 422)


@check
def stream_422():
    items, error = until_error(httpx.HTTPStatusError, remote("ask").stream(BAD))
    equal((items, status(error)), ([], 422))


@check
async def astream_422():
    items, error = await auntil_error(httpx.HTTPStatusError, remote("ask").astream(BAD))
    equal((items, status(error)), ([], 422))


@check
async def astream_log_422():
    items, error = await auntil_error(httpx.HTTPStatusError, remote("ask").astream_log(BAD))
    equal((items, status(error)), ([], 422))


@check
async def astream_events_422():
    stream = remote("ask").astream_events(BAD, version="v2")
    items, error = await auntil_error(httpx.HTTPStatusError, stream)
    equal((items, status(error)), ([], 422))


@check
def invoke_404():
    equal(status(raises(httpx.HTTPStatusError, remote("nobody").invoke, INPUT)), 404)


@check
def invoke_429():
    error = raises(httpx.HTTPStatusError, remote("limited").invoke, INPUT)
    equal((status(error), error.response.headers["retry-after"]), (429, "1"))


@check
async def ainvoke_429():
    equal(status(await araises(httpx.HTTPStatusError, remote("limited").ainvoke(INPUT))), 429)


@check
def batch_429():
    equal(status(raises(httpx.HTTPStatusError, remote("limited").batch, [INPUT, INPUT])), 429)


def refused(stream, code):
    """A stream refuses as a whole, or with its first event; it says why, and gives nothing."""
    items, error = until_error(httpx.HTTPStatusError, stream)
    equal((said(items), status(error)), ([], code))


async def arefused(stream, code):
    items, error = await auntil_error(httpx.HTTPStatusError, stream)
    equal((said(items), status(error)), ([], code))


@check
def stream_429():
    refused(remote("limited").stream(INPUT), 429)


@check
async def astream_429():
    await arefused(remote("limited").astream(INPUT), 429)


@check
def invoke_fails():
    error = raises(httpx.HTTPStatusError, remote("fails").invoke, INPUT)
    equal(status(error), 502)
    assert "sk-test" not in str(error), error


@check
async def ainvoke_fails():
    equal(status(await araises(httpx.HTTPStatusError, remote("fails").ainvoke(INPUT))), 502)


@check
def batch_fails():
    equal(status(raises(httpx.HTTPStatusError, remote("fails").batch, [INPUT, INPUT])), 502)


@check
async def abatch_fails():
    equal(status(await araises(httpx.HTTPStatusError, remote("fails").abatch([INPUT, INPUT]))), 502)


@check
def stream_fails_before_the_first_word():
    refused(remote("fails").stream(INPUT), 502)


@check
async def astream_fails_before_the_first_word():
    await arefused(remote("fails").astream(INPUT), 502)


@check
def stream_fails_late_before_the_first_word():
    refused(remote("late").stream(INPUT), 502)


@check
async def astream_fails_late_before_the_first_word():
    await arefused(remote("late").astream(INPUT), 502)


@check
async def astream_log_fails_before_the_first_word():
    await auntil_error(httpx.HTTPStatusError, remote("fails").astream_log(INPUT))


@check
async def astream_events_fail_before_the_first_word():
    await auntil_error(httpx.HTTPStatusError, remote("fails").astream_events(INPUT, version="v2"))


@check
def invoke_of_what_breaks():
    raises(httpx.HTTPStatusError, remote("cuts").invoke, INPUT)


def broken(name, chain, code=502):
    def stream_breaks():
        items, error = until_error(httpx.HTTPStatusError, remote(chain).stream(INPUT))
        equal((said(items), status(error)), (WORDS[:3], code))

    async def astream_breaks():
        items, error = await auntil_error(httpx.HTTPStatusError, remote(chain).astream(INPUT))
        equal((said(items), status(error)), (WORDS[:3], code))

    async def astream_log_breaks():
        items, _ = await auntil_error(httpx.HTTPStatusError, remote(chain).astream_log(INPUT))
        assert len(items) > 3, items

    async def astream_events_break():
        stream = remote(chain).astream_events(INPUT, version="v2")
        items, _ = await auntil_error(httpx.HTTPStatusError, stream)
        assert any(event["event"] == "on_chat_model_stream" for event in items), items

    def transform_breaks():
        items, _ = until_error(httpx.HTTPStatusError, remote(chain).transform(iter([INPUT])))
        equal(said(items), WORDS[:3])

    for function in (stream_breaks, astream_breaks, astream_log_breaks, astream_events_break, transform_breaks):
        function.__name__ += f"_{name}"
        check(function)


broken("with_an_error_of_the_service", "breaks")
broken("when_the_service_is_cut_off", "cuts")
broken("when_the_service_stops_without_a_reason", "stops")
broken("when_the_service_stalls", "stalls", 504)


# Clients that go away

@check
def stream_is_given_up():
    with GivenUp("endless"):
        chunks = remote("endless").stream(INPUT)
        next(chunks), next(chunks)
        chunks.close()


@check
async def astream_is_given_up():
    with GivenUp("endless"):
        chunks = remote("endless").astream(INPUT)
        await anext(chunks), await anext(chunks)
        await chunks.aclose()


async def given_up(chain, coroutine):
    """Cancels a task once the service is being asked."""
    with GivenUp(chain) as run:
        task = asyncio.ensure_future(coroutine)
        await run.astarted()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), task


async def all_of(stream):
    return [item async for item in stream]


@check
async def ainvoke_is_given_up():
    await given_up("silent", remote("silent").ainvoke(INPUT))


@check
async def astream_is_given_up_before_the_first_word():
    await given_up("silent", all_of(remote("silent").astream(INPUT)))


@check
async def astream_log_is_given_up():
    await given_up("endless", all_of(remote("endless").astream_log(INPUT)))


@check
async def astream_events_are_given_up():
    await given_up("endless", all_of(remote("endless").astream_events(INPUT, version="v2")))


@check
def a_timeout_of_the_client_gives_up():
    with GivenUp("silent"):
        client = RemoteRunnable(f"{WINDLASS}/langserve/silent", timeout=0.3)
        raises(httpx.ReadTimeout, client.invoke, INPUT)


@check
def nothing_is_left_open():
    for model in ("echo", "slow", "endless", "silent", "cuts", "stalls"):
        equal(upstream(model)["open"], 0)


main()
