"""OpenAI's own SDK, of the major version that is given: models, answers, streams, tools, and what it makes of failures."""

import asyncio
import json
import sys

import openai
from checks import (
    ANSWER, QUESTION, WINDLASS, GivenUp, apaced, araises, auntil_error, check, equal, main, paced, raises,
    until_error, upstream,
)

URL = f"{WINDLASS}/v1"
client = openai.OpenAI(base_url=URL, api_key="unused", max_retries=0)
patient = client.with_options(max_retries=2)
later = openai.AsyncOpenAI(base_url=URL, api_key="unused", max_retries=0)
ASKED = [{"role": "user", "content": QUESTION}]
WORDS = ["You ", "said: ", "What ", "is ", "Python?"]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def create(chain, **options):
    return client.chat.completions.create(model=chain, messages=ASKED, **options)


def acreate(chain, **options):
    return later.chat.completions.create(model=chain, messages=ASKED, **options)


def texts(chunks):
    """The text of a stream's chunks; each is as the SDK types it."""
    found = []
    for chunk in chunks:
        assert chunk.id and chunk.created and chunk.model, chunk
        equal(chunk.object, "chat.completion.chunk")
        found += [choice.delta.content for choice in chunk.choices if choice.delta.content]
    return found


def pieces(events):
    """The text that the helper's events bring."""
    return [event.delta for event in events if event.type == "content.delta" and event.delta]


@check
def is_the_version_that_is_meant():
    equal(openai.VERSION.split(".")[0], sys.argv[1])


# Models

@check
def models_list():
    listed = {model.id: model for model in client.models.list()}
    assert {"ask", "chat", "team/ask", "told"} <= set(listed) and "untold" not in listed, listed
    equal(listed["ask"].object, "model")
    assert listed["ask"].created > 0 and listed["ask"].owned_by, listed["ask"]


@check
async def models_list_async():
    assert "ask" in [model.id async for model in later.models.list()]


@check
def models_retrieve():
    equal(client.models.retrieve("ask").id, "ask")
    equal(client.models.retrieve("team/ask").id, "team/ask")


@check
def models_retrieve_404():
    error = raises(openai.NotFoundError, client.models.retrieve, "nobody")
    assert error.body["message"], error.body


# Answers

@check
def create_answers():
    answer = create("ask")
    choice = answer.choices[0]
    equal((choice.message.role, choice.message.content, choice.finish_reason), ("assistant", ANSWER, "stop"))
    equal((answer.object, answer.model, choice.index), ("chat.completion", "ask", 0))
    equal((answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens), (10, 5, 15))


@check
async def create_answers_async():
    equal((await acreate("ask")).choices[0].message.content, ANSWER)


@check
def create_with_a_name_in_two_parts():
    equal(create("team/ask").choices[0].message.content, ANSWER)


@check
def create_takes_the_text_out_of_an_output_with_a_field():
    equal(create("answer").choices[0].message.content, ANSWER)
    equal(texts(create("answer", stream=True)), WORDS)


@check
def create_takes_the_conversation():
    messages = [
        {"role": "developer", "content": "Hello"},
        {"role": "user", "content": [{"type": "text", "text": "One"}]},
        {"role": "assistant", "content": "Two"},
        {"role": "user", "content": "Three"},
    ]
    answer = client.chat.completions.create(model="chat", messages=messages).choices[0].message.content
    assert answer.startswith("system: Be brief. | ") and answer.endswith("user: One | assistant: Two | user: Three"), answer


@check
def create_takes_the_last_question_where_there_is_one():
    messages = [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"}, *ASKED]
    equal(client.chat.completions.create(model="ask", messages=messages).choices[0].message.content, ANSWER)


@check
def create_fills_fields_as_the_chains_file_says():
    messages = [{"role": "user", "content": "One"}, {"role": "assistant", "content": "Two"}, *ASKED]
    answer = client.chat.completions.create(model="told", messages=messages).choices[0].message.content
    equal(answer, f"system: Be dry. | user: One | assistant: Two | user: {QUESTION}")


@check
def create_takes_what_it_need_not_know():
    answer = create(
        "ask", temperature=1, top_p=1, n=1, presence_penalty=0, frequency_penalty=0, user="me", seed=1, stop=["x"],
        max_tokens=100, metadata={"a": "b"}, extra_body={"unknown": {"a": 1}},
    )
    equal(answer.choices[0].message.content, ANSWER)


@check
def create_takes_tools_that_a_chain_does_not_use():
    answer = create("ask", tools=[WEATHER], tool_choice="auto")
    equal((answer.choices[0].message.content, answer.choices[0].message.tool_calls), (ANSWER, None))


@check
def raw_response_has_the_run_id():
    raw = client.chat.completions.with_raw_response.create(model="ask", messages=ASKED)
    equal(raw.parse().choices[0].message.content, ANSWER)
    assert len(raw.request_id) == 36, raw.request_id
    equal(raw.request_id, raw.headers["x-run-id"])
    assert create("ask")._request_id


# Streams

@check
def create_streams():
    equal(texts(create("ask", stream=True)), WORDS)


@check
async def create_streams_async():
    equal(texts([chunk async for chunk in await acreate("ask", stream=True)]), WORDS)


@check
def stream_comes_word_by_word():
    equal(texts(paced(create("slow", stream=True))), WORDS)


@check
async def stream_comes_word_by_word_async():
    equal(texts(await apaced(await acreate("slow", stream=True))), WORDS)


@check
def stream_begins_with_the_role_and_ends_with_the_reason():
    chunks = list(create("ask", stream=True))
    equal(chunks[0].choices[0].delta.role, "assistant")
    reasons = [chunk.choices[0].finish_reason for chunk in chunks]
    equal(reasons, [None] * (len(chunks) - 1) + ["stop"])
    equal(len({chunk.id for chunk in chunks}), 1)
    equal({chunk.usage for chunk in chunks}, {None})


@check
def stream_with_usage():
    *chunks, last = list(create("ask", stream=True, stream_options={"include_usage": True}))
    equal((last.choices, last.usage.total_tokens), ([], 15))
    equal({chunk.usage for chunk in chunks}, {None})


@check
def stream_helper():
    with client.chat.completions.stream(model="ask", messages=ASKED) as stream:
        deltas = pieces(stream)
        final = stream.get_final_completion()
    equal((deltas, final.choices[0].message.content), (WORDS, ANSWER))


@check
async def stream_helper_async():
    async with later.chat.completions.stream(model="ask", messages=ASKED) as stream:
        deltas = pieces([event async for event in stream])
        final = await stream.get_final_completion()
    equal((deltas, final.choices[0].finish_reason), (WORDS, "stop"))


@check
def raw_stream_has_the_run_id():
    raw = client.chat.completions.with_raw_response.create(model="ask", messages=ASKED, stream=True)
    equal(texts(raw.parse()), WORDS)
    assert raw.request_id, raw.headers


# Tools

@check
def tools_round_trip():
    answer = create("tools", tools=[WEATHER]).choices[0]
    call = answer.message.tool_calls[0]
    equal((answer.finish_reason, call.function.name), ("tool_calls", "weather"))
    equal(json.loads(call.function.arguments), {"city": "Oslo"})
    messages = [*ASKED, answer.message, {"role": "tool", "tool_call_id": call.id, "content": "sunny"}]
    answer = client.chat.completions.create(model="tools", messages=messages, tools=[WEATHER]).choices[0]
    equal((answer.message.content, answer.finish_reason), ("You said: sunny", "stop"))


@check
def tools_in_a_stream():
    with client.chat.completions.stream(model="tools", messages=ASKED, tools=[WEATHER]) as stream:
        done = [event for event in stream if event.type == "tool_calls.function.arguments.done"]
        final = stream.get_final_completion().choices[0]
    equal([(event.name, event.arguments) for event in done], [("weather", '{"city": "Oslo"}')])
    equal((final.finish_reason, final.message.tool_calls[0].id), ("tool_calls", "call_1"))


@check
def no_tools_no_calls():
    answer = create("tools").choices[0]
    equal((answer.message.content, answer.message.tool_calls), (ANSWER, None))


@check
def calls_of_a_chains_own_tools_stay_inside():
    for tools in ({}, {"tools": [{**WEATHER, "function": {"name": "other"}}]}):
        answer = create("caller", **tools).choices[0]
        equal((answer.message.tool_calls, answer.finish_reason), (None, "stop"))
        chunks = list(create("caller", stream=True, **tools))
        equal([chunk.choices[0].delta.tool_calls for chunk in chunks], [None] * len(chunks))


# What goes wrong

@check
def create_404():
    error = raises(openai.NotFoundError, create, "nobody")
    equal((error.body["type"], error.body["code"]), ("invalid_request_error", "model_not_found"))
    assert "nobody" in error.message, error.message


@check
def a_chain_that_no_conversation_fits_is_no_model():
    raises(openai.NotFoundError, create, "untold")


@check
def stream_404():
    raises(openai.NotFoundError, create, "nobody", stream=True)


@check
def create_422():
    error = raises(openai.UnprocessableEntityError, client.chat.completions.create, model="ask", messages=[])
    assert error.body["message"] and error.body["type"], error.body


@check
def stream_422():
    kind = openai.UnprocessableEntityError
    raises(kind, client.chat.completions.create, model="ask", messages=[{"role": "user", "content": 1}], stream=True)


@check
def an_unknown_path_has_the_sdks_error():
    error = raises(openai.NotFoundError, client.embeddings.create, model="ask", input="x")
    assert error.body and error.body["message"], error.body


@check
def create_429():
    error = raises(openai.RateLimitError, create, "limited")
    equal(error.response.headers["retry-after"], "1")
    assert int(error.response.headers["retry-after-ms"]) <= 1000, error.response.headers


@check
async def create_429_async():
    await araises(openai.RateLimitError, acreate("limited"))


@check
def stream_429():
    raises(openai.RateLimitError, create, "limited", stream=True)


@check
def a_429_is_tried_again():
    before = upstream("fails-429")["requests"]
    raises(openai.RateLimitError, patient.chat.completions.create, model="limited", messages=ASKED)
    equal(upstream("fails-429")["requests"] - before, 3)


@check
def create_fails():
    error = raises(openai.InternalServerError, create, "fails")
    equal(error.status_code, 502)
    assert "sk-test" not in str(error.body) and error.body["code"] == "upstream_error", error.body


@check
async def create_fails_async():
    await araises(openai.InternalServerError, acreate("fails"))


@check
def stream_fails_before_the_first_word():
    raises(openai.InternalServerError, create, "fails", stream=True)


@check
def stream_fails_late_before_the_first_word():
    items, error = until_error(openai.APIError, create("late", stream=True))
    equal((texts(items), error.code), ([], "upstream_error"))


@check
def retries_are_as_the_server_says():
    response = raises(openai.InternalServerError, create, "fails").response
    says_so = response.headers.get("x-should-retry", "true") == "true"
    before = upstream("fails-500")["requests"]
    raises(openai.InternalServerError, patient.chat.completions.create, model="fails", messages=ASKED)
    equal(upstream("fails-500")["requests"] - before, 3 if says_so else 1)


@check
def what_the_service_refuses_is_not_tried_again():
    before = upstream("fails-400")["requests"]
    error = raises(openai.APIStatusError, patient.chat.completions.create, model="refused", messages=ASKED)
    equal(error.response.headers["x-should-retry"], "false")
    equal(upstream("fails-400")["requests"] - before, 1)


@check
def create_of_what_breaks():
    raises(openai.InternalServerError, create, "cuts")


def broken(name, chain):
    def stream_breaks():
        items, error = until_error(openai.APIError, create(chain, stream=True))
        equal((texts(items), type(error)), (WORDS[:3], openai.APIError))

    async def stream_breaks_async():
        items, _ = await auntil_error(openai.APIError, await acreate(chain, stream=True))
        equal(texts(items), WORDS[:3])

    def stream_helper_breaks():
        with client.chat.completions.stream(model=chain, messages=ASKED) as stream:
            items, _ = until_error(openai.APIError, stream)
        equal(pieces(items), WORDS[:3])

    for function in (stream_breaks, stream_breaks_async, stream_helper_breaks):
        function.__name__ += f"_{name}"
        check(function)


broken("with_an_error_of_the_service", "breaks")
broken("when_the_service_is_cut_off", "cuts")
broken("when_the_service_stops_without_a_reason", "stops")
broken("when_the_service_stalls", "stalls")


# Clients that go away

@check
def stream_is_given_up():
    with GivenUp("endless"):
        stream = create("endless", stream=True)
        next(stream), next(stream)
        stream.close()


@check
def stream_helper_is_given_up():
    with GivenUp("endless"), client.chat.completions.stream(model="endless", messages=ASKED) as stream:
        next(stream)


@check
async def stream_is_given_up_async():
    with GivenUp("endless"):
        stream = await acreate("endless", stream=True)
        await anext(stream)
        await stream.close()


async def given_up(chain, coroutine):
    """Cancels a task once the service is being asked."""
    with GivenUp(chain) as run:
        task = asyncio.ensure_future(coroutine)
        await run.astarted()
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), task


@check
async def create_is_given_up():
    await given_up("silent", acreate("silent"))


@check
async def stream_is_given_up_before_the_first_word():
    await given_up("silent", acreate("silent", stream=True))


@check
def a_timeout_of_the_client_gives_up():
    with GivenUp("silent"):
        raises(openai.APITimeoutError, create, "silent", timeout=0.3)


@check
def nothing_is_left_open():
    for model in ("echo", "slow", "endless", "silent", "cuts", "stalls"):
        equal(upstream(model)["open"], 0)


main()
