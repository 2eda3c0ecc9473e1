"""LangChain's ChatOpenAI with a chain of Windlass as its model."""

import asyncio

import openai
from checks import (
    ANSWER, QUESTION, WINDLASS, GivenUp, apaced, araises, auntil_error, check, equal, main, paced, raises, until_error,
)
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI

WORDS = ["You ", "said: ", "What ", "is ", "Python?"]


def model(chain, **options):
    return ChatOpenAI(model=chain, base_url=f"{WINDLASS}/v1", api_key="unused", max_retries=0, **options)


def said(chunks):
    return [chunk.content for chunk in chunks if chunk.content]


@tool
def weather(city: str) -> str:
    """The weather of a city."""
    return "sunny"


@check
def invoke():
    answer = model("ask").invoke(QUESTION)
    equal((answer.content, answer.response_metadata["finish_reason"]), (ANSWER, "stop"))
    equal(answer.usage_metadata["total_tokens"], 15)


@check
async def ainvoke():
    equal((await model("ask").ainvoke(QUESTION)).content, ANSWER)


@check
def invoke_a_conversation():
    messages = [SystemMessage("Hello"), HumanMessage("One"), AIMessage("Two"), HumanMessage("Three")]
    equal(model("chat").invoke(messages).content, "system: Be brief. | system: Hello | user: One | assistant: Two | user: Three")


@check
def batch():
    equal([answer.content for answer in model("ask").batch(["A", "B"])], ["You said: A", "You said: B"])


@check
def stream():
    equal(said(model("ask").stream(QUESTION)), WORDS)


@check
def stream_with_usage():
    total = None
    for chunk in model("ask", stream_usage=True).stream(QUESTION):
        total = chunk if total is None else total + chunk
    equal((total.content, total.usage_metadata["total_tokens"]), (ANSWER, 15))


@check
async def astream():
    equal(said([chunk async for chunk in model("ask").astream(QUESTION)]), WORDS)


@check
def stream_comes_word_by_word():
    equal(said(paced(model("slow").stream(QUESTION))), WORDS)


@check
async def astream_comes_word_by_word():
    equal(said(await apaced(model("slow").astream(QUESTION))), WORDS)


@check
def in_a_chain():
    chain = ChatPromptTemplate.from_messages([("human", "{question}")]) | model("ask") | StrOutputParser()
    equal([piece for piece in chain.stream({"question": QUESTION}) if piece], WORDS)


@check
async def astream_events():
    events = [event async for event in model("ask").astream_events(QUESTION, version="v2")]
    equal((events[0]["event"], events[-1]["event"]), ("on_chat_model_start", "on_chat_model_end"))


@check
def tools_round_trip():
    bound = model("tools").bind_tools([weather])
    asked = HumanMessage(QUESTION)
    answer = bound.invoke([asked])
    call = answer.tool_calls[0]
    equal((call["name"], call["args"]), ("weather", {"city": "Oslo"}))
    result = weather.invoke(call)
    equal(type(result), ToolMessage)
    equal(bound.invoke([asked, answer, result]).content, "You said: sunny")


@check
def tools_in_a_stream():
    total = None
    for chunk in model("tools").bind_tools([weather]).stream(QUESTION):
        total = chunk if total is None else total + chunk
    equal([(call["name"], call["args"]) for call in total.tool_calls], [("weather", {"city": "Oslo"})])


@check
def invoke_404():
    raises(openai.NotFoundError, model("nobody").invoke, QUESTION)


@check
def invoke_422():
    raises(openai.UnprocessableEntityError, model("ask").invoke, [SystemMessage("No question.")])


@check
def stream_422():
    until_error(openai.UnprocessableEntityError, model("ask").stream([SystemMessage("No question.")]))


@check
def invoke_429():
    raises(openai.RateLimitError, model("limited").invoke, QUESTION)


@check
async def astream_429():
    await auntil_error(openai.RateLimitError, model("limited").astream(QUESTION))


@check
def invoke_fails():
    raises(openai.InternalServerError, model("fails").invoke, QUESTION)


@check
async def ainvoke_fails():
    await araises(openai.InternalServerError, model("fails").ainvoke(QUESTION))


@check
def stream_fails_before_the_first_word():
    items, _ = until_error(openai.InternalServerError, model("fails").stream(QUESTION))
    equal(items, [])


def broken(name, chain):
    def stream_breaks():
        items, _ = until_error(openai.APIError, model(chain).stream(QUESTION))
        equal(said(items), WORDS[:3])

    async def astream_breaks():
        items, _ = await auntil_error(openai.APIError, model(chain).astream(QUESTION))
        equal(said(items), WORDS[:3])

    for function in (stream_breaks, astream_breaks):
        function.__name__ += f"_{name}"
        check(function)


broken("with_an_error_of_the_service", "breaks")
broken("when_the_service_is_cut_off", "cuts")
broken("when_the_service_stops_without_a_reason", "stops")
broken("when_the_service_stalls", "stalls")


@check
def stream_fails_late_before_the_first_word():
    items, _ = until_error(openai.APIError, model("late").stream(QUESTION))
    equal(said(items), [])


@check
def a_fallback_takes_over():
    equal(model("fails").with_fallbacks([model("ask")]).invoke(QUESTION).content, ANSWER)


@check
def stream_is_given_up():
    with GivenUp("endless"):
        chunks = model("endless").stream(QUESTION)
        next(chunks), next(chunks)
        chunks.close()


@check
async def ainvoke_is_given_up():
    with GivenUp("silent") as run:
        task = asyncio.ensure_future(model("silent").ainvoke(QUESTION))
        await run.astarted()
        task.cancel()
        await asyncio.wait([task])


main()
