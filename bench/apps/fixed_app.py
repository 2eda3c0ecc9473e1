"""The FastAPI + LangChain pattern with its usual blocking call mended: `await chain.ainvoke`."""

import json
import os

from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

app = FastAPI(title="LLM Chain API")


class ChainInput(BaseModel):
    question: str


class ChainOutput(BaseModel):
    answer: str


llm = ChatOpenAI(
    model="gpt-4o",
    temperature=0.7,
    base_url=os.environ["MOCK_URL"] + "/v1",
    api_key="sk-mock",
)
prompt = ChatPromptTemplate.from_template("Answer this question concisely: {question}")
chain = prompt | llm | StrOutputParser()


@app.post("/invoke", response_model=ChainOutput)
async def invoke(input: ChainInput):
    result = await chain.ainvoke({"question": input.question})
    return ChainOutput(answer=result)


@app.post("/stream")
async def stream(input: ChainInput):
    async def generate():
        async for chunk in chain.astream({"question": input.question}):
            yield json.dumps({"chunk": chunk}) + "\n"

    return StreamingResponse(generate(), media_type="application/x-ndjson")


@app.get("/health")
async def health():
    return {"status": "healthy"}
