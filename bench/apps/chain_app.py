"""A chain that LangChain wrote and loaded again, served by FastAPI with `await chain.ainvoke`."""

import json
import os
import pathlib

from fastapi import FastAPI
from fastapi.responses import JSONResponse, StreamingResponse
from langchain_core.load import load
from pydantic import BaseModel

NODE = json.loads(pathlib.Path(os.environ["CHAIN"]).read_text().replace("{mock}", os.environ["MOCK_URL"]))


def loaded(node):
    return load(node, allowed_objects="all", secrets_from_env=True)


def chain_of(node):
    """LangChain does not load fallbacks itself, only what they are made of."""
    if node["id"][-1] != "RunnableWithFallbacks":
        return loaded(node)
    parts = node["kwargs"]
    return loaded(parts["runnable"]).with_fallbacks([loaded(part) for part in parts["fallbacks"]])


chain = chain_of(NODE)
app = FastAPI(title="LLM Chain API")


class ChainInput(BaseModel):
    question: str


@app.post("/invoke")
async def invoke(input: ChainInput):
    return JSONResponse(await chain.ainvoke({"question": input.question}))


@app.post("/stream")
async def stream(input: ChainInput):
    async def generate():
        async for chunk in chain.astream({"question": input.question}):
            yield json.dumps({"chunk": chunk}) + "\n"

    return StreamingResponse(generate(), media_type="application/x-ndjson")


@app.get("/health")
async def health():
    return {"status": "healthy"}
