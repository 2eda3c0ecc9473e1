"""The same chain behind LangServe's add_routes: /chain/invoke, /chain/stream (SSE)."""

import os

from fastapi import FastAPI
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
from langserve import add_routes

app = FastAPI(title="LLM Chain API")
llm = ChatOpenAI(
    model="gpt-4o",
    temperature=0.7,
    base_url=os.environ["MOCK_URL"] + "/v1",
    api_key="sk-mock",
)
prompt = ChatPromptTemplate.from_template("Answer this question concisely: {question}")
add_routes(app, prompt | llm | StrOutputParser(), path="/chain")


@app.get("/health")
async def health():
    return {"status": "healthy"}
