"""Writes the chains of ../chains as LangChain dumps them; `{mock}` stands for the mock upstream's address."""

import pathlib

from langchain_core.load import dumps
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableParallel
from langchain_openai import ChatOpenAI

CHAINS = pathlib.Path(__file__).resolve().parent.parent / "chains"
MOCK = "http://127.0.0.1:65535"
NOBODY = "http://127.0.0.1:1"


def answer(words, upstream=MOCK, **options):
    model = ChatOpenAI(model="gpt-4o", temperature=0.7, base_url=upstream + "/v1", api_key="sk-mock", **options)
    return ChatPromptTemplate.from_template(words + " {question}") | model | StrOutputParser()


def chains():
    yield "ask", answer("Answer this question concisely:")
    yield "parallel", RunnableParallel(a=answer("Answer concisely:"), b=answer("Answer at length:"))
    first = answer("Answer this question concisely:", NOBODY, max_retries=0)
    yield "fallback", first.with_fallbacks([answer("Answer this question:")])


for name, chain in chains():
    (CHAINS / f"{name}.json").write_text(dumps(chain, pretty=True).replace(MOCK, "{mock}") + "\n")
