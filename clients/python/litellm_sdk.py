"""LiteLLM, with Windlass as an OpenAI-compatible provider."""

import asyncio
import json

import litellm
import openai
from checks import (
    ANSWER, QUESTION, WINDLASS, GivenUp, apaced, araises, auntil_error, check, equal, main, paced, raises, until_error,
    upstream,
)

litellm.suppress_debug_info = True
ASKED = [{"role": "user", "content": QUESTION}]
WEATHER = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def target(chain):
    return {"model": f"openai/{chain}", "api_base": f"{WINDLASS}/v1", "api_key": "unused", "max_retries": 0}


def complete(chain, messages=ASKED, **options):
    return litellm.completion(**target(chain), messages=messages, **options)


def acomplete(chain, **options):
    return litellm.acompletion(**target(chain), messages=ASKED, **options)


def said(chunks):
    texts = [chunk.choices[0].delta.content for chunk in chunks if chunk.choices]
    return "".join(text for text in texts if text)


@check
def completion():
    answer = complete("ask")
    equal((answer.choices[0].message.content, answer.choices[0].finish_reason), (ANSWER, "stop"))
    equal(answer.usage.total_tokens, 15)


@check
async def acompletion():
    equal((await acomplete("ask")).choices[0].message.content, ANSWER)


@check
def completion_of_a_name_in_two_parts():
    equal(complete("team/ask").choices[0].message.content, ANSWER)


@check
def completion_of_a_conversation():
    messages = [{"role": "system", "content": "Hello"}, *ASKED]
    answer = complete("chat", messages).choices[0].message.content
    equal(answer, f"system: Be brief. | system: Hello | user: {QUESTION}")


@check
def stream():
    chunks = list(complete("ask", stream=True))
    equal((said(chunks), chunks[-1].choices[0].finish_reason), (ANSWER, "stop"))


@check
def stream_with_usage():
    chunks = list(complete("ask", stream=True, stream_options={"include_usage": True}))
    equal(chunks[-1].usage.total_tokens, 15)


@check
async def astream():
    equal(said([chunk async for chunk in await acomplete("ask", stream=True)]), ANSWER)


@check
def stream_comes_word_by_word():
    equal(said(paced(complete("slow", stream=True))), ANSWER)


@check
async def astream_comes_word_by_word():
    equal(said(await apaced(await acomplete("slow", stream=True))), ANSWER)


@check
def stream_builds_a_whole():
    whole = litellm.stream_chunk_builder(list(complete("ask", stream=True)))
    equal(whole.choices[0].message.content, ANSWER)


@check
def tools_round_trip():
    message = complete("tools", tools=[WEATHER]).choices[0].message
    call = message.tool_calls[0]
    equal((call.function.name, json.loads(call.function.arguments)), ("weather", {"city": "Oslo"}))
    result = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    answer = complete("tools", [*ASKED, message, result], tools=[WEATHER])
    equal(answer.choices[0].message.content, "You said: sunny")


@check
def tools_in_a_stream():
    whole = litellm.stream_chunk_builder(list(complete("tools", tools=[WEATHER], stream=True)))
    equal(whole.choices[0].message.tool_calls[0].function.arguments, '{"city": "Oslo"}')


@check
def completion_404():
    raises(litellm.NotFoundError, complete, "nobody")


@check
def completion_422():
    error = raises(openai.APIStatusError, complete, "ask", [{"role": "system", "content": "No question."}])
    equal(error.response.status_code, 422)


@check
def completion_429():
    raises(litellm.RateLimitError, complete, "limited")


@check
async def astream_429():
    await araises(litellm.RateLimitError, acomplete("limited", stream=True))


@check
def completion_is_tried_again():
    before = upstream("fails-429")["requests"]
    options = {**target("limited"), "max_retries": 1}
    raises(litellm.RateLimitError, litellm.completion, **options, messages=ASKED)
    equal(upstream("fails-429")["requests"] - before, 2)


@check
def completion_fails():
    equal(raises(litellm.BadGatewayError, complete, "fails").status_code, 502)


@check
def stream_fails_before_the_first_word():
    raises(litellm.BadGatewayError, complete, "fails", stream=True)


def broken(name, chain):
    def stream_breaks():
        items, _ = until_error(Exception, complete(chain, stream=True))
        equal(said(items), "You said: What ")

    async def astream_breaks():
        items, _ = await auntil_error(Exception, await acomplete(chain, stream=True))
        equal(said(items), "You said: What ")

    for function in (stream_breaks, astream_breaks):
        function.__name__ += f"_{name}"
        check(function)


broken("with_an_error_of_the_service", "breaks")
broken("when_the_service_is_cut_off", "cuts")
broken("when_the_service_stops_without_a_reason", "stops")
broken("when_the_service_stalls", "stalls")


@check
def stream_fails_late_before_the_first_word():
    items, _ = until_error(Exception, complete("late", stream=True))
    equal(said(items), "")


@check
def stream_is_given_up():
    with GivenUp("endless"):
        chunks = complete("endless", stream=True)
        next(chunks)
        chunks.completion_stream.close()


@check
async def acompletion_is_given_up():
    with GivenUp("silent") as run:
        task = asyncio.ensure_future(acomplete("silent"))
        await run.astarted()
        task.cancel()
        await asyncio.wait([task])


@check
def a_timeout_of_the_client_gives_up():
    with GivenUp("silent"):
        raises(litellm.Timeout, complete, "silent", timeout=0.3)


main()
