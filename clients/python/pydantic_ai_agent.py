"""Agents of pydantic-ai with a chain of Windlass as their model."""

import asyncio
import time

from checks import ANSWER, QUESTION, WINDLASS, GivenUp, araises, check, equal, main, one_by_one
from openai import APIError, AsyncOpenAI
from pydantic_ai import Agent, ModelAPIError, ModelHTTPError
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

client = AsyncOpenAI(base_url=f"{WINDLASS}/v1", api_key="unused", max_retries=0)


def agent(chain, **options):
    return Agent(OpenAIChatModel(chain, provider=OpenAIProvider(openai_client=client)), **options)


async def pieces(chain):
    """What a streamed answer gave, when, and the error with which it ended."""
    texts, times = [], []
    try:
        async with agent(chain).run_stream(QUESTION) as run:
            async for text in run.stream_text(delta=True, debounce_by=None):
                texts.append(text)
                times.append(time.monotonic())
    except Exception as error:
        return texts, times, error
    return texts, times, None


@check
async def run():
    answer = await agent("ask").run(QUESTION)
    equal(answer.output, ANSWER)
    equal((answer.usage.input_tokens, answer.usage.output_tokens), (10, 5))


@check
async def run_goes_on_with_a_conversation():
    chat = agent("chat", system_prompt="Hello")
    first = await chat.run("One")
    second = await chat.run("Two", message_history=first.all_messages())
    assert second.output.startswith("system: Be brief. | system: Hello | user: One | assistant: system"), second.output
    assert second.output.endswith("| user: Two"), second.output


@check
async def run_stream():
    texts, _, error = await pieces("ask")
    equal(("".join(texts), error), (ANSWER, None))


@check
async def run_stream_comes_word_by_word():
    texts, times, error = await pieces("slow")
    equal(("".join(texts), error), (ANSWER, None))
    one_by_one(times)


@check
async def run_with_a_tool():
    helper = agent("tools")

    @helper.tool_plain
    def weather(city: str) -> str:
        return f"sunny in {city}"

    equal((await helper.run(QUESTION)).output, "You said: sunny in Oslo")


@check
async def run_stream_with_a_tool():
    helper = agent("tools")

    @helper.tool_plain
    def weather(city: str) -> str:
        return f"sunny in {city}"

    async with helper.run_stream(QUESTION) as run:
        equal(await run.get_output(), "You said: sunny in Oslo")


async def refused(chain, code):
    equal((await araises(ModelHTTPError, agent(chain).run(QUESTION))).status_code, code)
    texts, _, error = await pieces(chain)
    assert isinstance(error, ModelHTTPError), error
    equal((texts, error.status_code), ([], code))


@check
async def run_404():
    await refused("nobody", 404)


@check
async def run_422():
    error = await araises(ModelHTTPError, agent("ask").run(None, message_history=None, instructions="No question."))
    equal(error.status_code, 422)


@check
async def run_429():
    await refused("limited", 429)


@check
async def run_fails():
    await refused("fails", 502)


async def breaks(chain):
    texts, _, error = await pieces(chain)
    equal("".join(texts), "You said: What ")
    assert isinstance(error, (APIError, ModelAPIError)), error


@check
async def run_stream_breaks_with_an_error_of_the_service():
    await breaks("breaks")


@check
async def run_stream_breaks_when_the_service_is_cut_off():
    await breaks("cuts")


@check
async def run_stream_breaks_when_the_service_stops_without_a_reason():
    await breaks("stops")


@check
async def run_stream_breaks_when_the_service_stalls():
    await breaks("stalls")


@check
async def run_stream_fails_late_before_the_first_word():
    texts, _, error = await pieces("late")
    assert texts == [] and isinstance(error, (APIError, ModelAPIError)), (texts, error)


@check
async def run_of_what_breaks():
    await araises(ModelHTTPError, agent("cuts").run(QUESTION))


@check
async def run_stream_is_given_up():
    with GivenUp("endless"):
        async with agent("endless").run_stream(QUESTION) as run:
            async for _ in run.stream_text(delta=True, debounce_by=None):
                break
            await run.cancel()


@check
async def run_is_given_up():
    with GivenUp("silent") as run:
        task = asyncio.ensure_future(agent("silent").run(QUESTION))
        await run.astarted()
        task.cancel()
        await asyncio.wait([task])


main()
